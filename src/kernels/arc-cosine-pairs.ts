/**
 * The arc-cosine kernel of order 1 (Cho & Saul 2009) in any dimension, k(a, b) = E max(0, a·x) max(0, b·x) for x ~ N(0, I):
 * |a||b|(sin p + (π − p) cos p)/2π, p the angle between a and b, and 2π∇ₐk = |b| sin p â + (π − p) b. Each pair of charges once.
 */
import type { Interaction, Vec } from '../types.js';
import { weigh, weighRates } from './pull.js';

const TURN = 2 * Math.PI;

/** Directions, and 0 where there is none. */
interface Units {
  readonly lengths: Vec;
  readonly units: Vec;
}

/** @param rows [·, b] */
function unitsInto(rows: Vec, count: number, d: number, { lengths, units }: Units): void {
  for (let i = 0; i < count; i++) {
    const at = i * (1 + d) + 1;
    let large = 0;
    for (let j = at; j < at + d; j++) if (!(Math.abs(rows[j]) <= large)) large = Math.abs(rows[j]);
    let square = 0;
    for (let j = at; j < at + d; j++) square += large === 0 ? 0 : (rows[j] / large) ** 2;
    lengths[i] = large * Math.sqrt(square);
    for (let j = 0; j < d; j++) units[i * d + j] = large === 0 ? 0 : rows[at + j] / large / Math.sqrt(square);
  }
}

/**
 * out: sin p and π − p of units i and k; 0 and π where one is 0. |â − b̂| = 2 sin(p/2) and |â + b̂| = 2 cos(p/2) keep the digits that
 * arccos loses (Kahan 2006), and sin p is half their product.
 */
function angleInto(a: Units, i: number, b: Units, k: number, d: number, out: Vec): void {
  out[0] = 0;
  out[1] = Math.PI;
  if (a.lengths[i] === 0 || b.lengths[k] === 0) return;
  let minus = 0;
  let plus = 0;
  for (let j = 0; j < d; j++) {
    const x = a.units[i * d + j];
    const z = b.units[k * d + j];
    minus += (x - z) * (x - z);
    plus += (x + z) * (x + z);
  }
  out[0] = Math.sqrt(minus * plus) / 2;
  out[1] = 2 * Math.atan2(Math.sqrt(plus), Math.sqrt(minus));
}

const unitsOf = (n: number, d: number): Units => ({ lengths: new Float64Array(n), units: new Float64Array(n * d) });

/** out: rows [a·g, g], g = (out + across·â)/2π, for `count` rows [·, a]. */
function finish({ units }: Units, points: Vec, across: Vec, count: number, d: number, out: Vec): void {
  for (let i = 0, at = 0; i < count; i++, at += 1 + d) {
    let sum = 0;
    for (let j = 0; j < d; j++) {
      out[at + 1 + j] = (out[at + 1 + j] + across[i] * units[i * d + j]) / TURN;
      sum += points[at + 1 + j] * out[at + 1 + j];
    }
    out[at] = sum;
  }
}

function potentials(charges: Vec, own: Units, across: Vec, d: number, angle: Vec, out: Vec): void {
  out.fill(0);
  across.fill(0);
  const { lengths } = own;
  for (let i = 0, at = 0; i < lengths.length; i++, at += 1 + d) {
    for (let k = 0, to = 0; k < i; k++, to += 1 + d) {
      angleInto(own, i, own, k, d, angle);
      const sine = angle[0];
      const p = angle[1] * charges[to];
      const q = angle[1] * charges[at];
      across[i] += charges[to] * lengths[k] * sine;
      across[k] += charges[at] * lengths[i] * sine;
      for (let j = 1; j <= d; j++) {
        out[at + j] += p * charges[to + j];
        out[to + j] += q * charges[at + j];
      }
    }
    for (let j = 1; j <= d; j++) out[at + j] += Math.PI * charges[at] * charges[at + j];
  }
  finish(own, charges, across, lengths.length, d, out);
}

/** The same at points. */
function potentialsAt(
  charges: Vec,
  own: Units,
  points: Vec,
  theirs: Units,
  across: Vec,
  count: number,
  angle: Vec,
  out: Vec,
): void {
  const { lengths } = own;
  const d = own.units.length / lengths.length;
  out.fill(0, 0, count * (1 + d));
  across.fill(0);
  for (let i = 0, at = 0; i < count; i++, at += 1 + d)
    for (let k = 0, to = 0; k < lengths.length; k++, to += 1 + d) {
      angleInto(theirs, i, own, k, d, angle);
      across[i] += charges[to] * lengths[k] * angle[0];
      const p = angle[1] * charges[to];
      for (let j = 1; j <= d; j++) out[at + j] += p * charges[to + j];
    }
  finish(theirs, points, across, count, d, out);
}

/** What the charges' motion is made of: û·du of each, and the sums of coefficients of û and of du. */
interface Moving {
  readonly along: Vec;
  readonly across: Vec;
  readonly own: Vec;
}

/** out: the rate of p for charges i and k: −(b̂·da − cos p â·da)/(|a| sin p) and the same for b; nothing at p = 0 and π. */
function turnInto({ lengths, units }: Units, { along }: Moving, moves: Vec, i: number, k: number, angle: Vec): void {
  const d = units.length / lengths.length;
  angle[2] = 0;
  if (!(angle[0] > 1e-14)) return;
  let [a, b] = [0, 0];
  for (let j = 0; j < d; j++) {
    a += units[k * d + j] * moves[i * (1 + d) + 1 + j];
    b += units[i * d + j] * moves[k * (1 + d) + 1 + j];
  }
  const cosine = -Math.cos(angle[1]);
  angle[2] = -((a - cosine * along[i]) / lengths[i] + (b - cosine * along[k]) / lengths[k]) / angle[0];
}

/**
 * What charge k brings to the rate of ∇K at charge i:
 * 2π d∇ₐk = (sin p b̂·db − |b| sin p â·da/|a| + |b| cos p dp) â + |b| sin p da/|a| − dp b + (π − p) db.
 */
function addRate(
  charges: Vec,
  moves: Vec,
  { lengths }: Units,
  w: Moving,
  i: number,
  k: number,
  angle: Vec,
  out: Vec,
): void {
  const dim = charges.length / lengths.length;
  const [at, from] = [i * dim, k * dim];
  const q = charges[from];
  const sine = angle[0];
  const stretch = sine === 0 ? 0 : (q * lengths[k] * sine) / lengths[i];
  w.own[i] += stretch;
  w.across[i] +=
    q * (sine * w.along[k] - lengths[k] * Math.cos(angle[1]) * angle[2]) -
    stretch * w.along[i] +
    moves[from] * lengths[k] * sine;
  const still = moves[from] * angle[1] - q * angle[2];
  const moved = q * angle[1];
  for (let j = 1; j < dim; j++) out[at + j] += still * charges[from + j] + moved * moves[from + j];
}

function rates(charges: Vec, moves: Vec, units: Units, w: Moving, gradients: Vec, angle: Vec, out: Vec): void {
  const n = units.lengths.length;
  const d = units.units.length / n;
  out.fill(0);
  w.across.fill(0);
  w.own.fill(0);
  for (let i = 0; i < n; i++) {
    w.along[i] = 0;
    for (let j = 0; j < d; j++) w.along[i] += units.units[i * d + j] * moves[i * (1 + d) + 1 + j];
  }
  for (let i = 0, at = 0; i < n; i++, at += 1 + d) {
    for (let k = 0; k < i; k++) {
      angleInto(units, i, units, k, d, angle);
      turnInto(units, w, moves, i, k, angle);
      addRate(charges, moves, units, w, i, k, angle, out);
      addRate(charges, moves, units, w, k, i, angle, out);
    }
    for (let j = 1; j <= d; j++) out[at + j] += Math.PI * (moves[at] * charges[at + j] + charges[at] * moves[at + j]);
  }
  for (let i = 0, at = 0; i < n; i++, at += 1 + d) for (let j = 1; j <= d; j++) out[at + j] += w.own[i] * moves[at + j];
  finish(units, charges, w.across, n, d, out);
  for (let at = 0; at < out.length; at += 1 + d)
    for (let j = at + 1; j <= at + d; j++) out[at] += moves[j] * gradients[j];
}

/** n charges in ℝ^d. */
export function arcCosine(n: number, d: number): Interaction {
  const units = unitsOf(n, d);
  const gradients = new Float64Array(n * (1 + d));
  let charges: Vec = new Float64Array(n * (1 + d));
  const [along, across, own] = Array.from({ length: 3 }, () => new Float64Array(n));
  const moving = { along, across, own };
  const angle = new Float64Array(3);
  let theirs = unitsOf(0, d);
  let beside = new Float64Array(0);
  return {
    pullInto(given, out) {
      charges = given;
      unitsInto(charges, n, d, units);
      potentials(charges, units, across, d, angle, gradients);
      weigh(charges, gradients, n, 1 + d, out);
    },
    pullAtInto(points, count, out) {
      if (beside.length < count) [theirs, beside] = [unitsOf(count, d), new Float64Array(count)];
      unitsInto(points, count, d, theirs);
      potentialsAt(charges, units, points, theirs, beside, count, angle, out);
      weigh(points, out, count, 1 + d, out);
    },
    pullRateInto(moves, out) {
      rates(charges, moves, units, moving, gradients, angle, out);
      weighRates(charges, gradients, moves, n, 1 + d, out);
    },
  };
}
