/**
 * Curves that the first particles lie on, carried along by the field v_t of a run (Chizat & Bach 2018, Assumptions 3.2 and 3.4: the support
 * separates): how far they get from the nearest particle. A sample of the curves by tracers, no proof.
 */
import { difference, wrap } from './particles.js';
import type { RunResult } from './results.js';
import { followedBy, initialState, type RunOptions, settingOf } from './run.js';
import type { Domain, Problem, Segment, Vec } from './types.js';

export interface Hole {
  readonly t: number;
  /** The largest distance of a curve from the nearest particle of its copy, in the coordinates of a particle. */
  readonly hole: number;
  /** The largest distance of a particle from the nearest tracer: the tracers' error where particles start on the curve, for one starts at each. */
  readonly error: number;
  readonly tracers: number;
  /** Where places are directions of the plane: the largest angle between a direction and the nearest particle of the same copy, in radians. */
  readonly angle?: number;
}

/** Of the tracers' own steps: Heun's method less Euler's. */
const TOLERANCE = 1e-4;
const MOST_TRACERS = 5000;

/** A closed curve, the particles that it is compared with, and the copy of the domain that both are on (0: there is one). */
interface Curve {
  readonly side: -1 | 0 | 1;
  readonly particles: readonly number[];
  points: Vec;
}

/** Rows i of a and j of b. */
function apart(domain: Domain, a: Vec, i: number, b: Vec, j: number): number {
  const dim = domain.length;
  let square = 0;
  for (let k = 0; k < dim; k++) square += difference(a[i * dim + k], b[j * dim + k], domain[k]) ** 2;
  return Math.sqrt(square);
}

/** The largest distance of a row of a from the nearest one of b. */
function farthest(domain: Domain, a: Vec, b: Vec): number {
  const dim = domain.length;
  let most = 0;
  for (let i = 0; dim * i < a.length; i++) {
    let near = Number.POSITIVE_INFINITY;
    for (let j = 0; dim * j < b.length; j++) near = Math.min(near, apart(domain, a, i, b, j));
    most = Math.max(most, near);
  }
  return most;
}

const rowOf = (y: Vec, dim: number, i: number): number[] => Array.from(y.subarray(i * dim, (i + 1) * dim));

/** A point between any two neighbours on the closed curve that are further apart than `spacing`. */
function refined(domain: Domain, curve: Vec, spacing: number): Vec {
  const dim = domain.length;
  const n = curve.length / dim;
  if (n >= MOST_TRACERS) return curve;
  return Float64Array.from(
    Array.from({ length: n }, (_, i) => {
      const next = (i + 1) % n;
      const own = rowOf(curve, dim, i);
      if (apart(domain, curve, i, curve, next) <= spacing) return own;
      return [...own, ...own.map((x, k) => x + difference(curve[next * dim + k], x, domain[k]) / 2)];
    }).flat(),
  );
}

/** No tracer passes w = 0 in one step: there V has its kink. */
const stopped =
  (dim: number) =>
  (next: Vec, last: Vec): Vec =>
    next.map((x, k) => (k % dim === 0 && last[k] !== 0 && Math.sign(x) === -Math.sign(last[k]) ? 0 : x));
const free = (next: Vec): Vec => next;

type Field = (t: number, points: Vec) => Vec;

/** Heun's method from t0 to t1 in steps that keep its error below TOLERANCE. */
function carried(curve: Vec, t0: number, t1: number, field: Field, hold: (next: Vec, last: Vec) => Vec): Vec {
  let [t, h, now] = [t0, t1 - t0, curve];
  while (t < t1) {
    h = Math.min(h, t1 - t);
    const v = field(t, now);
    const euler = hold(
      now.map((x, k) => x + h * v[k]),
      now,
    );
    const w = field(t + h, euler);
    const heun = hold(
      now.map((x, k) => x + (h / 2) * (v[k] + w[k])),
      now,
    );
    const error = heun.reduce((most, x, k) => Math.max(most, Math.abs(x - euler[k])), 0);
    if (error <= TOLERANCE || h <= 1e-9 * t1) [t, now] = [t + h, heun];
    h *= Math.min(2, Math.max(0.2, 0.8 * Math.sqrt(TOLERANCE / (error || TOLERANCE / 4))));
  }
  return now;
}

/** [0, θ] at n even places and at those of the particles without weight. */
function zeroCurve(n: number, period: number, y: Vec): Vec {
  const own = Array.from({ length: y.length / 2 }, (_, i) => i)
    .filter(i => y[2 * i] === 0)
    .map(i => wrap(y[2 * i + 1], period));
  const places = new Set([...own, ...Array.from({ length: n }, (_, k) => (k * period) / n)]);
  return Float64Array.from([...places].sort((a, b) => a - b).flatMap(theta => [0, theta]));
}

/** Where the curves are, and how far apart neighbours of one may get. */
interface Traced {
  readonly curves: Curve[];
  readonly spacing: number;
  readonly hold: (next: Vec, last: Vec) => Vec;
  readonly angleAt?: (y: Vec) => number;
}

/** The circle of weight 0. */
function strip(domain: Domain, y0: Vec): Traced | null {
  const [, place] = domain;
  if (place?.kind !== 'period') return null;
  const m = y0.length / 2;
  const points = zeroCurve(8 * m, place.period, y0);
  const curves = [{ side: 0 as const, particles: Array.from({ length: m }, (_, i) => i), points }];
  return { curves, spacing: (2 * place.period) / (8 * m), hold: stopped(2) };
}

/** Angle of the last two coordinates. */
const angleOf = (row: readonly number[]): number => Math.atan2(row[row.length - 1], row[row.length - 2]);
const TURN = 2 * Math.PI;

/** Between two neighbours in angle: as many points as keep the angle below `step`, sizes and weights in between. */
function between(from: readonly number[], to: readonly number[], step: number): number[] {
  const [a, turn] = [angleOf(from), (angleOf(to) - angleOf(from) + TURN) % TURN || TURN];
  const n = Math.max(1, Math.ceil(turn / step));
  const size = (row: readonly number[]) => Math.hypot(row[row.length - 2], row[row.length - 1]);
  return Array.from({ length: n }, (_, k) => {
    if (k === 0) return [...from];
    const share = k / n;
    const length = (1 - share) * size(from) + share * size(to);
    const weight = from.slice(0, -2).map((w, j) => (1 - share) * w + share * to[j]);
    const at = a + share * turn;
    return [...weight, length * Math.cos(at), length * Math.sin(at)];
  }).flat();
}

/** Half of the largest gap between directions; π where there are less than two. */
function largestGap(angles: readonly number[]): number {
  const sorted = [...angles].sort((a, b) => a - b);
  const gaps = sorted.map((a, i) => (sorted[(i + 1) % sorted.length] - a + TURN) % TURN);
  return sorted.length < 2 ? Math.PI : Math.max(...gaps) / 2;
}

/**
 * A closed curve around 0 through the particles of each copy: particles θ ∈ ℝ² on the two copies of a problem, or [w, θ] on the two signs of
 * w, each projected to the circle of directions.
 */
function around({ dim, copies }: Problem, y0: Vec): Traced | null {
  const m = y0.length / dim;
  const sideOf = (i: number): number => (copies ? copies(i) : Math.sign(y0[i * dim]));
  const all = Array.from({ length: m }, (_, i) => i);
  const step = TURN / (4 * m);
  const curves = ([1, -1] as const).flatMap(side => {
    const particles = all.filter(i => sideOf(i) === side && Math.hypot(...rowOf(y0, dim, i).slice(-2)) > 0);
    const sorted = particles.map(i => rowOf(y0, dim, i)).sort((a, b) => angleOf(a) - angleOf(b));
    if (sorted.length === 0) return [];
    const points = sorted.flatMap((row, i) => between(row, sorted[(i + 1) % sorted.length], step));
    return [{ side, particles, points: Float64Array.from(points) }];
  });
  if (curves.length === 0) return null;
  const size = Math.max(...curves.map(c => Math.max(...c.points.map(Math.abs))));
  const angleAt = (y: Vec): number =>
    curves.length < 2
      ? Math.PI
      : Math.max(...curves.map(c => largestGap(c.particles.map(i => angleOf(rowOf(y, dim, i))))));
  return { curves, spacing: 2 * size * step, hold: free, angleAt };
}

const isStrip = ({ dim, domain }: Problem): boolean =>
  dim === 2 && domain[0].kind === 'line' && domain[1].kind === 'period';

/** Why no curve is known to carry along; null where one is. */
export function tracersFault(problem: Problem): string | null {
  const { dim, domain, copies, spikes, feature } = problem;
  const homogeneous = spikes?.directions || feature?.homogeneity?.coordinates.length === dim;
  const [onCopies, onSigns] = [copies && dim === 2, spikes?.weight === 0 && dim === 3];
  if (isStrip(problem) || (homogeneous && (onCopies || onSigns))) return null;
  return `tracers carry a curve of weights 0 over a circle, or one around 0 through directions in the plane (signed squares, ReLU units with two inputs); particles here are (${domain.map(c => c.name).join(', ')})`;
}

/** The rows of `points` at numbers of particles that are on that copy; problems without copies take any. */
function onCopy({ copies, dim }: Problem, points: Vec, side: number): { padded: Vec; at: number[] } {
  const n = points.length / dim;
  if (!copies) return { padded: points, at: Array.from({ length: n }, (_, k) => k) };
  const at: number[] = [];
  for (let i = 0; at.length < n; i++) if (copies(i) === side) at.push(i);
  const padded = new Float64Array((at[n - 1] + 1) * dim);
  for (const [k, i] of at.entries()) padded.set(points.subarray(k * dim, (k + 1) * dim), i * dim);
  return { padded, at };
}

const pick = (y: Vec, dim: number, rows: readonly number[]): Vec =>
  Float64Array.from(rows.flatMap(i => rowOf(y, dim, i)));

/** Null where no curve is known. @param times when to look, ascending */
export function largestHoles(
  run: Pick<RunResult, 'spec'>,
  times: readonly number[],
  options: RunOptions = {},
): Hole[] | null {
  const { problem } = settingOf(run.spec, options.sources);
  if (tracersFault(problem) !== null) return null;
  const { domain, dim } = problem;
  const { flow, solver, solve } = followedBy(run.spec, problem);
  const y0 = initialState(run.spec, problem);
  const traced = isStrip(problem) ? strip(domain, y0) : around(problem, y0);
  if (!traced) return null;
  const { curves, spacing, hold, angleAt } = traced;
  const state = new Float64Array(flow.size);
  const seen: Hole[] = [];
  const look = (t: number, y: Vec) => {
    const pairs = curves.map(c => [c.points, pick(y, dim, c.particles)] as const);
    seen.push({
      t,
      hole: Math.max(...pairs.map(([curve, cloud]) => farthest(domain, curve, cloud))),
      error: Math.max(...pairs.map(([curve, cloud]) => farthest(domain, cloud, curve))),
      tracers: curves.reduce((sum, c) => sum + c.points.length / dim, 0),
      ...(angleAt && { angle: angleAt(y) }),
    });
  };
  const along =
    (segment: Segment, side: number): Field =>
    (t, points) => {
      const { padded, at } = onCopy(problem, points, side);
      const out = new Float64Array(padded.length);
      flow.fieldInto(segment.at(Math.min(segment.t1, t), state), padded, padded.length / dim, out);
      return problem.copies ? pick(out, dim, at) : out;
    };
  const carry = (segment: Segment, t0: number, t1: number) => {
    for (const c of curves) c.points = carried(c.points, t0, t1, along(segment, c.side), hold);
  };
  let next = 0;
  if (times[0] === 0) look(times[next++], y0);
  for (const segment of solver.integrate(flow, y0, solve)) {
    let t = segment.t0;
    while (next < times.length && times[next] <= segment.t1) {
      carry(segment, t, times[next]);
      t = times[next++];
      look(t, segment.at(t, state));
    }
    if (next === times.length) break;
    carry(segment, t, segment.t1);
    for (const c of curves) c.points = refined(domain, c.points, spacing);
  }
  return seen;
}
