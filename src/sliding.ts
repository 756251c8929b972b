/**
 * Sliding along kinks z_k(u) = 0 of Φ, where both sides push a particle onto the kink: the Filippov extension (Filippov 1988, §4).
 *
 * Φ is continuous, so a kink changes the velocity along its own normal alone: v(on) − v(off) = s_k d_k, d_k the gradient of z_k raised by
 * the metric and cut where the branch rests. On the kink Φ itself is the same from both sides, f is, and particles slide independently.
 * The velocity of a particle on several kinks is v(off) + Σ α_k s_k d_k, α ∈ [0, 1]: the point of smallest norm where s_k < 0 (−F_m is
 * concave across the kink and may hold a particle), while a kink with s_k ≥ 0 is on exactly when the particle moves to its on side.
 */

import { zeros } from './math/bytes.js';
import { type Factors, factorise, solveFactored } from './math/linear.js';
import { dot } from './math/vec.js';
import type { Branch, FeatureKinks, RepellingSide, Vec } from './types.js';

/** The kinks of one particle that it is on; `offset` of the whole branch is added where one is asked. */
export interface Meeting {
  readonly particle: number;
  readonly kinks: readonly number[];
}

/** A meeting measured at a state: rows of `dim` numbers. */
interface Faces extends Meeting {
  /** Gradients of z_k. */
  readonly normals: readonly Vec[];
  /** The same as velocities. */
  readonly directions: readonly Vec[];
}

/** Faces with the velocity on the off side of all of them and the jumps. */
interface Sides extends Faces {
  readonly off: Vec;
  readonly jumps: Vec;
}

/** An α this close to 0 or 1 is there; a rate this small beside the jump is none. */
const AT_BOUND = 1e-12;
/** Far from the bounds the margin is the distance itself. */
const NEAR_BOUND = 1e-6;
/** Squared sine below which a normal lies in the span of others: twins among the samples, or every sample at θ = 0. */
const DEPENDENT = 1e-20;
/** A particle is on a kink when z_k is this small beside |∇z_k||u|: root finding stops there. */
const ON = 1e-13;
/** As small as this and it may be on either side by rounding alone. */
const ROUNDING = 1e-15;
const LIMITS = { sweeps: 10000, rounds: 50, moved: 1e-15 } as const;

const add = (factor: number, a: Vec, out: Vec): void => {
  for (let j = 0; j < out.length; j++) out[j] += factor * a[j];
};

/** Orthonormal pairs (normal, direction) that span the faces: modified Gram–Schmidt. */
function basisOf({ normals, directions }: Faces): [Vec, Vec][] {
  const basis: [Vec, Vec][] = [];
  for (let k = 0; k < normals.length && basis.length < normals[0].length; k++) {
    const [q, d] = [normals[k].slice(), directions[k].slice()];
    const whole = dot(q, d);
    for (let pass = 0; pass < 2; pass++)
      for (const [p, e] of basis) {
        const share = dot(q, e);
        add(-share, p, q);
        add(-share, e, d);
      }
    const square = dot(q, d);
    if (!(square > DEPENDENT * whole)) continue;
    const scale = 1 / Math.sqrt(square);
    basis.push([q.map(x => scale * x), d.map(x => scale * x)]);
  }
  return basis;
}

/** In place: the particle's row `v` along all the faces. */
function project(basis: readonly [Vec, Vec][], v: Vec): void {
  for (let pass = 0; pass < 2; pass++) for (const [q, d] of basis) add(-dot(q, v), d, v);
}

/** The weights that keep the particle on independent faces; null where they are dependent. */
function exactWeights(s: Sides): Vec | null {
  const n = s.kinks.length;
  if (basisOf(s).length < n) return null;
  const a: Factors = { a: new Float64Array(n * n), n, pivots: new Int32Array(n) };
  const out = Float64Array.from(s.normals, normal => -dot(normal, s.off));
  for (let k = 0; k < n; k++) for (let l = 0; l < n; l++) a.a[k * n + l] = dot(s.normals[k], s.directions[l]);
  if (!(factorise(a) > 0)) return null;
  solveFactored(a, out);
  return out.map((x, k) => x / s.jumps[k]);
}

/** In place: α ∈ [0, 1] of the faces with s_k < 0, at the least |v|; each move lowers |v|, so nothing cycles. */
function leastNorm({ normals, directions, jumps }: Sides, alpha: Vec, v: Vec): void {
  for (let sweep = 0; sweep < LIMITS.sweeps; sweep++) {
    let moved = 0;
    for (let k = 0; k < alpha.length; k++) {
      const square = dot(normals[k], directions[k]);
      if (!(jumps[k] < 0 && square > 0)) continue;
      const to = Math.min(1, Math.max(0, alpha[k] - dot(normals[k], v) / (jumps[k] * square)));
      const by = to - alpha[k];
      add(by * jumps[k], directions[k], v);
      alpha[k] = to;
      moved = Math.max(moved, Math.abs(by));
    }
    if (moved <= LIMITS.moved) return;
  }
}

/** Rates over the jump of the face that jumps most: 0 when the particle stays on all of them. */
function drift({ normals, directions, jumps }: Sides, v: Vec): number {
  const scale = Math.max(...normals.map((n, k) => Math.abs(jumps[k]) * dot(n, directions[k])));
  const rate = Math.max(...normals.map(n => Math.abs(dot(n, v))));
  return rate <= AT_BOUND * scale ? 0 : rate / scale;
}

/**
 * The weights of the velocity that agrees with its own sides, from the direction `towards`: faces with s_k ≥ 0 are set by the sign of
 * the rate and the others by the least norm, in turn. Each round lowers the slope of F_m (a difference of convex functions).
 */
function consistent(s: Sides, towards: Vec): { alpha: Vec; v: Vec } {
  const alpha = new Float64Array(s.kinks.length);
  let v = towards;
  for (let round = 0; round < LIMITS.rounds; round++) {
    const sides = alpha.map((a, k) => (s.jumps[k] < 0 ? a : dot(s.normals[k], v) > 0 ? 1 : 0));
    const same = round > 0 && sides.every((a, k) => a === alpha[k]);
    if (same) break;
    alpha.set(sides);
    v = s.off.slice();
    for (let k = 0; k < alpha.length; k++) add(alpha[k] * s.jumps[k], s.directions[k], v);
    leastNorm(s, alpha, v);
  }
  return { alpha, v };
}

/** Directions that a particle may leave in when it is on more kinks than it has coordinates: as at θ = 0. */
const axes = (dim: number): Vec[] =>
  Array.from({ length: 2 * dim }, (_, k) => {
    const e = new Float64Array(dim);
    e[k >> 1] = k % 2 ? -1 : 1;
    return e;
  });

/** The velocity on the on side of all the faces. */
function onSide({ off, jumps, directions }: Sides): Vec {
  const v = off.slice();
  for (const [k, d] of directions.entries()) add(jumps[k], d, v);
  return v;
}

const isDependent = (s: Sides): boolean => basisOf(s).length < s.kinks.length;

/** A velocity that agrees with its own sides, as branches of the faces. */
interface Way {
  readonly signs: readonly number[];
  readonly drift: number;
}

/**
 * The way off the faces, or along them, from the direction `towards`: off, on, or along. A face that was slid on is left within rounding
 * of a bound, where its event was located; one that is met is slid on however little holds it, or a particle nearly at rest would meet it
 * again and again.
 */
function wayFrom(s: Sides, towards: Vec, slid: (k: number) => boolean = () => false): Way {
  const { alpha, v } = consistent(s, towards);
  const sign = (a: number, j: number) => {
    const slack = slid(s.kinks[j]) ? AT_BOUND : 0;
    return a <= slack ? -1 : a >= 1 - slack ? 1 : 0;
  };
  return { signs: [...alpha].map(sign), drift: drift(s, v) };
}

/** The way that is taken. */
function branches(s: Sides, towards: Vec, slid?: (k: number) => boolean): Way {
  const dependent = isDependent(s);
  const found = (dependent ? [towards, s.off, ...axes(s.off.length)] : [towards]).map(u => wayFrom(s, u, slid));
  const best = found.find(way => way.drift > 0) ?? found[0];
  return dependent && best.drift === 0 ? { signs: s.kinks.map(() => 0), drift: 0 } : best;
}

/** Where more than one way leads off: the ways, and the first face whose sides they are; null where there is no choice. */
function parting(s: Sides): { ways: readonly Way[]; face: number } | null {
  const dependent = isDependent(s);
  const all = [s.off, onSide(s), ...(dependent ? axes(s.off.length) : [])].map(u => wayFrom(s, u));
  const ways = dependent ? all.filter(way => way.drift > 0) : all;
  const face = s.kinks.findIndex((_, j) => ways.some(({ signs }) => signs[j] !== ways[0].signs[j]));
  return face >= 0 && ways.some(way => way.drift > 0) ? { ways, face } : null;
}

/** The way to the side that was asked for. */
function chosen(s: Sides, side: RepellingSide): Way | undefined {
  const found = parting(s);
  return found?.ways.find(({ signs }) => signs[found.face] === (side === 'on' ? 1 : -1));
}

export interface Sliding {
  /** Whether the value z of a kink is rounding: a particle at rest on a kink would else be on its wrong side for ever. */
  isRounding(y: Vec, particle: number, k: number, z: number): boolean;
  /** Whether a particle slides on the branch. */
  slides(b: Branch): boolean;
  /** In place: no component across the kinks that the branch slides on. */
  tangentInto(y: Vec, b: Branch, v: Vec): void;
  /** out: for the kinks that slide, min(α, 1 − α) by their place in the branch */
  marginsInto(y: Vec, b: Branch, out: Record<number, number>): void;
  /** In place: puts particles exactly on the kinks they slide on. */
  hold(y: Vec, b: Branch): void;
  /**
   * In place: the branch of every kink that the particle is on, `crossed` among them, decided together.
   * @param side where they push it away to both sides
   */
  settle(y: Vec, b: Branch, particle: number, crossed: readonly number[], side?: RepellingSide): void;
  /** Particles that start on kinks which push them away to both sides, each with the first of these kinks. */
  repelling(y: Vec, b: Branch): Meeting[];
}

export interface SlidingParts {
  readonly kinks: FeatureKinks;
  readonly m: number;
  readonly dim: number;
  /** Where the kinks of Φ begin in a branch. */
  readonly offset: number;
  /** The velocity of a branch, sliding kinks off. */
  readonly velocityInto: (y: Vec, out: Vec, b: Branch) => void;
  /** In place: gradients of functions of the particles as velocities. */
  readonly raise: (y: Vec, a: Vec, b: Branch) => void;
}

/** out: the gradient of z_k at particle i */
function normal({ kinks, m, dim }: SlidingParts, y: Vec, i: number, k: number): Vec {
  const unit = new Float64Array(m * dim);
  return Float64Array.from({ length: dim }, (_, j) => {
    unit[i * dim + j] = 1;
    const slope = kinks.rate(y, unit, i, k);
    unit[i * dim + j] = 0;
    return slope;
  });
}

/** Measures all meetings at once: one raise for the first kink of each, one for the second. */
function facesOf(parts: SlidingParts, y: Vec, b: Branch, meetings: readonly Meeting[]): Faces[] {
  const { m, dim, raise } = parts;
  const faces = meetings.map(g => ({
    ...g,
    normals: g.kinks.map(k => normal(parts, y, g.particle, k)),
    directions: [] as Vec[],
  }));
  const layer = new Float64Array(m * dim);
  for (let j = 0; faces.some(f => j < f.kinks.length); j++) {
    layer.fill(0);
    for (const f of faces) if (j < f.kinks.length) layer.set(f.normals[j], f.particle * dim);
    raise(y, layer, b);
    for (const f of faces)
      if (j < f.kinks.length) f.directions.push(layer.slice(f.particle * dim, (f.particle + 1) * dim));
  }
  return faces;
}

/** The same with the velocities on both sides of each kink: one velocity for the first kink of each meeting, one for the second. */
function sidesOf(parts: SlidingParts, y: Vec, b: Branch, meetings: readonly Meeting[]): Sides[] {
  const { m, dim, kinks, offset, velocityInto } = parts;
  const at = (g: Meeting, j: number) => offset + g.particle * kinks.perParticle + g.kinks[j];
  const off = b.slice();
  for (const g of meetings) for (let j = 0; j < g.kinks.length; j++) off[at(g, j)] = -1;
  const v = new Float64Array(m * dim);
  velocityInto(y, v, off);
  const row = (i: number) => v.slice(i * dim, (i + 1) * dim);
  const faces = facesOf(parts, y, b, meetings).map(f => ({
    ...f,
    off: row(f.particle),
    jumps: new Float64Array(f.kinks.length),
  }));
  for (let j = 0; faces.some(f => j < f.kinks.length); j++) {
    const on = off.slice();
    for (const f of faces) if (j < f.kinks.length) on[at(f, j)] = 1;
    velocityInto(y, v, on);
    for (const f of faces) {
      if (j >= f.kinks.length) continue;
      const [n, square] = [f.normals[j], dot(f.normals[j], f.directions[j])];
      f.jumps[j] = square > 0 ? (dot(n, row(f.particle)) - dot(n, f.off)) / square : 0;
    }
  }
  return faces;
}

/** In place: onto the kinks of a meeting, one after another until rounding is left. */
function snap({ kinks }: SlidingParts, y: Vec, { particle, kinks: met }: Meeting): void {
  for (let pass = 0; pass < (met.length > 1 ? 4 : 1); pass++) for (const k of met) kinks.snap(y, particle, k);
}

/**
 * Margins of one meeting: the weights' distance to 0 and 1. A particle at rest on a kink may have a weight that is at a bound but for
 * rounding; it is held until the weight is beyond the bound, or it would leave and meet the kink again at once, for ever.
 */
function marginsOf(s: Sides): Vec {
  const alpha = exactWeights(s);
  const held = (a: number) => (a < NEAR_BOUND ? a + AT_BOUND : a);
  const margin = (a: number) => (Number.isFinite(a) ? held(Math.min(a, 1 - a)) : -1);
  if (alpha) return alpha.map(margin);
  const out = branches(s, s.off).drift;
  return new Float64Array(s.kinks.length).fill(out > 0 ? -out : 1);
}

/** Where a branch slides; the last one is remembered, since a branch lives for many steps. */
function meetingsOf({ kinks, m, offset }: SlidingParts): (b: Branch) => readonly Meeting[] {
  const n = kinks.perParticle;
  let last: Branch | undefined;
  let meetings: Meeting[] = [];
  return b => {
    if (b === last) return meetings;
    [last, meetings] = [b, []];
    const met = new Map<number, number[]>();
    for (const k of zeros(b.subarray(offset, offset + m * n))) {
      const i = Math.floor(k / n);
      met.set(i, [...(met.get(i) ?? []), k % n]);
    }
    meetings = [...met].map(([particle, own]) => ({ particle, kinks: own }));
    return meetings;
  };
}

/** Whether the value z of kink k is within `share` of |∇z||u|. */
function isWithin(share: number, parts: SlidingParts, y: Vec, i: number, k: number, z: number): boolean {
  if (z === 0) return true;
  const row = y.subarray(i * parts.dim, (i + 1) * parts.dim);
  const slope = normal(parts, y, i, k);
  return z * z <= share * share * dot(row, row) * dot(slope, slope);
}

/** The kinks that particle i is on. */
function kinksAt(parts: SlidingParts, y: Vec, i: number, crossed: readonly number[], b: Branch): number[] {
  const { kinks, m, offset } = parts;
  const { sorted, perParticle: n } = kinks;
  const rests = (k: number) => b[offset + i * n + k] === 0;
  if (sorted) {
    const near = sorted.near(y, i, ON).filter(k => isWithin(ON, parts, y, i, k, sorted.value(y, i, k)));
    const resting = zeros(b.subarray(offset + i * n, offset + (i + 1) * n));
    return [...new Set([...crossed, ...resting, ...near])].sort((j, k) => j - k);
  }
  const values = new Float64Array(m * n);
  kinks.valuesInto(y, m, values);
  const on = (k: number) => crossed.includes(k) || rests(k) || isWithin(ON, parts, y, i, k, values[i * n + k]);
  return Array.from({ length: n }, (_, k) => k).filter(on);
}

export function slidingOf(parts: SlidingParts): Sliding {
  const { kinks, m, dim, offset, velocityInto } = parts;
  const n = kinks.perParticle;
  const meetingsIn = meetingsOf(parts);
  const row = (v: Vec, i: number) => v.subarray(i * dim, (i + 1) * dim);
  const tangentInto: Sliding['tangentInto'] = (y, b, v) => {
    const meetings = meetingsIn(b);
    if (meetings.length === 0) return;
    for (const f of facesOf(parts, y, b, meetings)) project(basisOf(f), row(v, f.particle));
  };
  return {
    isRounding: (y, i, k, z) => isWithin(ROUNDING, parts, y, i, k, z),
    slides: b => meetingsIn(b).length > 0,
    tangentInto,
    marginsInto(y, b, out) {
      const meetings = meetingsIn(b);
      if (meetings.length === 0) return;
      for (const s of sidesOf(parts, y, b, meetings))
        for (const [j, margin] of marginsOf(s).entries()) out[offset + s.particle * n + s.kinks[j]] = margin;
    },
    hold(y, b) {
      for (const g of meetingsIn(b)) snap(parts, y, g);
    },
    settle(y, b, particle, crossed, side) {
      const met = kinksAt(parts, y, particle, crossed, b);
      if (met.length === 0) return;
      const meeting = { particle, kinks: met };
      snap(parts, y, meeting);
      const old = b.slice();
      const v = new Float64Array(m * dim);
      velocityInto(y, v, old);
      tangentInto(y, old, v);
      const [s] = sidesOf(parts, y, old, [meeting]);
      const at = offset + particle * n;
      const { signs } = (side && chosen(s, side)) ?? branches(s, row(v, particle), k => old[at + k] === 0);
      for (const [j, sign] of signs.entries()) b[at + met[j]] = sign;
    },
    repelling(y, b) {
      const values = new Float64Array(m * n);
      kinks.valuesInto(y, m, values);
      const met = Array.from({ length: m }, (_, i) => ({
        particle: i,
        kinks: Array.from({ length: n }, (_, k) => k).filter(k => values[i * n + k] === 0),
      }));
      return met.flatMap(g => {
        if (g.kinks.length === 0) return [];
        const [s] = sidesOf(parts, y, b, [g]);
        const found = parting(s);
        return found ? [{ particle: g.particle, kinks: [g.kinks[found.face]] }] : [];
      });
    },
  };
}
