/**
 * The curve of zero weights, carried along by the field v_t of a run (Chizat & Bach 2018, Assumption 3.2: the support separates): how far
 * it gets from the nearest particle. A sample of the curve by tracers, no proof.
 */
import { difference, wrap } from './particles.js';
import type { RunResult } from './results.js';
import { followedBy, initialState, type RunOptions, settingOf } from './run.js';
import type { Domain, Segment, Vec } from './types.js';

export interface Hole {
  readonly t: number;
  /** The largest distance of the curve from the nearest particle, in (w, θ). */
  readonly hole: number;
  /** The largest distance of a particle from the nearest tracer: the tracers' error where particles start on the curve, for one starts at each. */
  readonly error: number;
  readonly tracers: number;
}

/** Of the tracers' own steps: Heun's method less Euler's. */
const TOLERANCE = 1e-4;
const MOST_TRACERS = 5000;

const apart = (domain: Domain, a: Vec, i: number, b: Vec, j: number): number =>
  Math.hypot(a[2 * i] - b[2 * j], difference(a[2 * i + 1], b[2 * j + 1], domain[1]));

/** The largest distance of a point of a from the nearest one of b. */
function farthest(domain: Domain, a: Vec, b: Vec): number {
  let most = 0;
  for (let i = 0; 2 * i < a.length; i++) {
    let near = Number.POSITIVE_INFINITY;
    for (let j = 0; 2 * j < b.length; j++) near = Math.min(near, apart(domain, a, i, b, j));
    most = Math.max(most, near);
  }
  return most;
}

/** A point between any two neighbours on the closed curve that are further apart than `spacing`. */
function refined(domain: Domain, curve: Vec, spacing: number): Vec {
  const n = curve.length / 2;
  if (n >= MOST_TRACERS) return curve;
  return Float64Array.from(
    Array.from({ length: n }, (_, i) => {
      const [next, own] = [(i + 1) % n, [curve[2 * i], curve[2 * i + 1]]];
      if (apart(domain, curve, i, curve, next) <= spacing) return own;
      const half = difference(curve[2 * next + 1], own[1], domain[1]) / 2;
      return [...own, (own[0] + curve[2 * next]) / 2, own[1] + half];
    }).flat(),
  );
}

/** No tracer passes w = 0 in one step: there V has its kink. */
const stopped = (next: Vec, last: Vec): Vec =>
  next.map((x, k) => (k % 2 === 0 && last[k] !== 0 && Math.sign(x) === -Math.sign(last[k]) ? 0 : x));

type Field = (t: number, points: Vec) => Vec;

/** Heun's method from t0 to t1 in steps that keep its error below TOLERANCE. */
function carried(curve: Vec, t0: number, t1: number, field: Field): Vec {
  let [t, h, now] = [t0, t1 - t0, curve];
  while (t < t1) {
    h = Math.min(h, t1 - t);
    const v = field(t, now);
    const euler = stopped(
      now.map((x, k) => x + h * v[k]),
      now,
    );
    const w = field(t + h, euler);
    const heun = stopped(
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

/** Null unless particles are [w, θ] with θ on a circle. @param times when to look, ascending */
export function largestHoles(
  run: Pick<RunResult, 'spec'>,
  times: readonly number[],
  options: RunOptions = {},
): Hole[] | null {
  const { problem } = settingOf(run.spec, options.sources);
  const { domain } = problem;
  if (problem.dim !== 2 || domain[0].kind !== 'line' || domain[1].kind !== 'period') return null;
  const { flow, solver, solve } = followedBy(run.spec, problem);
  const y0 = initialState(run.spec, problem);
  const { period } = domain[1];
  const m = flow.particles;
  const n = 8 * m;
  let curve = zeroCurve(n, period, y0);
  const state = new Float64Array(flow.size);
  const seen: Hole[] = [];
  const look = (t: number, y: Vec) => {
    seen.push({ t, hole: farthest(domain, curve, y), error: farthest(domain, y, curve), tracers: curve.length / 2 });
  };
  const along =
    (segment: Segment): Field =>
    (t, points) => {
      const out = new Float64Array(points.length);
      flow.fieldInto(segment.at(Math.min(segment.t1, t), state), points, points.length / 2, out);
      return out;
    };
  let next = 0;
  if (times[0] === 0) look(times[next++], y0);
  for (const segment of solver.integrate(flow, y0, solve)) {
    let t = segment.t0;
    while (next < times.length && times[next] <= segment.t1) {
      curve = carried(curve, t, times[next], along(segment));
      t = times[next++];
      look(t, segment.at(t, state));
    }
    if (next === times.length) break;
    curve = refined(domain, carried(curve, t, segment.t1, along(segment)), (2 * period) / n);
  }
  return seen;
}
