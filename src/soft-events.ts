/**
 * Soft events of V = β|w|: a step is taken whole, and every particle that met w = 0 or left it inside is put right afterwards, many at
 * once. With thousands of particles one step carries hundreds of events, and stopping at each makes the cost grow with m.
 */
import { effectiveAtol, type Tolerance } from './control.js';
import { dot } from './math/vec.js';
import type { Counts } from './outcome.js';
import type { Branch, Dense, Flow, KinkEvent, SoftKinks, SolveOptions, Vec } from './types.js';

/** Beyond so many particles `auto` takes events softly. */
export const MANY_PARTICLES = 200;

/** @param but what there is beside V = β|w|, or in its place */
export const softWants = (but: string): string => `soft events need V = β|w| alone, and ${but}; take events: located`;

/** How events are taken: in a flow that allows it, as asked or by the number of particles. Throws RangeError where soft is refused. */
export function takenSoftly({ kinks, particles }: Flow, events: SolveOptions['events'] = 'auto'): boolean {
  const soft = kinks?.soft;
  if (events === 'soft' && typeof soft !== 'object') throw new RangeError(softWants(soft ?? 'this flow has no kinks'));
  return typeof soft === 'object' && (events === 'soft' || (events === 'auto' && particles > MANY_PARTICLES));
}

/** A whole step with its events: `y` its end, size + 1 numbers, `branch` from there on, `error` what the error test adds. */
export interface SoftStep {
  readonly y: Vec;
  readonly branch: Branch;
  readonly at: Dense;
  readonly error: number;
  /** In the order of time; `t` is the position in the step, in [0, 1]. */
  readonly events: readonly KinkEvent[];
}
/** @param y1 the end of the step as the method has it */
export type TakingSoftly = (dense: Dense, y1: Vec, h: number) => SoftStep | null;

/** What is read of the loop, at the start of a step. */
interface Cloud {
  readonly z: Vec;
  readonly branch: Branch | undefined;
  readonly counts: Counts;
}

/** One particle's event at `x` in the step; what it does to the state and the dissipation at a later position. */
interface Correction extends KinkEvent {
  readonly correct: (position: number, z: Vec) => void;
}

/** No continuous extension in use has a higher degree. */
const DEGREE = 8;
const BINOMIALS = [1, 8, 28, 56, 70, 56, 28, 8, 1] as const;

/** One component of the step at any position, from its values at evenly spaced ones: exact for polynomials (Berrut & Trefethen 2004). */
function componentwise(samples: readonly Vec[]): (k: number, position: number) => number {
  return (k, position) => {
    let [above, below] = [0, 0];
    for (let j = 0; j <= DEGREE; j++) {
      const apart = position - j / DEGREE;
      if (apart === 0) return samples[j][k];
      const weight = ((j % 2 === 0 ? 1 : -1) * BINOMIALS[j]) / apart;
      above += weight * samples[j][k];
      below += weight;
    }
    return above / below;
  };
}

/** Halvings that leave nothing of a bracket of length 1/8. */
const HALVINGS = 50;

/** Where component k leaves its side for good: the left end when it never is there. */
function rootOf(component: (k: number, position: number) => number, k: number, side: number): number {
  const last = Array.from({ length: DEGREE }, (_, j) => j).findLast(j => side * component(k, j / DEGREE) > 0);
  if (last === undefined) return 0;
  let [lower, upper] = [last / DEGREE, (last + 1) / DEGREE];
  for (let i = 0; i < HALVINGS; i++) {
    const middle = (lower + upper) / 2;
    if (side * component(k, middle) > 0) lower = middle;
    else upper = middle;
  }
  return upper;
}

/** So late a departure is none yet. */
const LAST = 1 - 1e-6;
/** Where e, straight between the ends, passes 0; the left end when it has before. */
const passage = (e0: number, e1: number): number => (e0 >= 0 ? 0 : Math.min(LAST, e0 / (e0 - e1)));

/** Share in the error test of what the others felt of particles on the wrong side: a bound, not an estimate. */
const SHARE = 0.1;
/**
 * The same of late departures. Their weight of about ½h(|η| − β) is missing from the whole step, and the others answer to it: with a tenth
 * of this, `deconv-cross-m12` erred by 130 and 200 times the tolerance at 1e-4 and 1e-5, with 2 by 4; m = 1000 costs 313 evaluations for 290.
 */
const LATE = 2;

interface Step {
  readonly flow: Flow;
  readonly soft: SoftKinks;
  readonly h: number;
}

/** w := 0 from x on, and nothing of the particle moves; `excess` is the velocity of w that the step went on with. */
function stick({ flow, soft, h }: Step, i: number, x: number, rest: Vec, excess: number): Correction['correct'] {
  const [first, m, n] = [i * flow.dim, flow.particles, flow.size];
  return (position, z) => {
    z.set(rest, first);
    z[first + soft.coordinate] = 0;
    z[n] -= (excess ** 2 * (position - x) * h) / m;
  };
}

/** From x on V pulls the other way: ẇ = η + sβ in place of η − sβ. */
function cross({ flow, soft, h }: Step, i: number, x: number, side: number, eta: number): Correction['correct'] {
  const [k, m, n] = [i * flow.dim + soft.coordinate, flow.particles, flow.size];
  return (position, z) => {
    z[k] += 2 * side * soft.weight * (position - x) * h;
    z[n] += (4 * side * soft.weight * eta * (position - x) * h) / m;
  };
}

/** w grows from 0 at x, its velocity along a straight line to `pull` at the end. */
function leave({ flow, soft, h }: Step, i: number, x: number, pull: number): Correction['correct'] {
  const [k, m, n] = [i * flow.dim + soft.coordinate, flow.particles, flow.size];
  return (position, z) => {
    z[k] = (pull * (position - x) ** 2 * h) / (2 * (1 - x));
    z[n] += (pull ** 2 * (position - x) ** 3 * h) / (3 * (1 - x) ** 2 * m);
  };
}

/** η of every particle at a state. */
function pulls({ flow, soft }: Step, counts: Counts, y: Vec, force: Vec): (i: number) => number {
  counts.marginEvaluations++;
  const state = y.subarray(0, flow.size);
  flow.forceInto(state, state, flow.particles, force);
  return i => force[i * flow.dim + soft.coordinate];
}

/** What became of the active particles that are on the wrong side at the end. */
function arrivals(step: Step, hits: readonly number[], dense: Dense, b: Branch, eta: (i: number) => number) {
  const { flow, soft } = step;
  const { dim } = flow;
  if (hits.length === 0) return [];
  const samples = Array.from({ length: DEGREE + 1 }, () => new Float64Array(flow.size + 1));
  for (const [j, sample] of samples.entries()) dense(j / DEGREE, sample);
  const component = componentwise(samples);
  return hits.map((i): Correction => {
    const [side, pull] = [b[i] as -1 | 1, eta(i)];
    const x = rootOf(component, i * dim + soft.coordinate, side);
    const turns = soft.nonnegative ? pull > soft.weight : Math.abs(pull) > soft.weight;
    const [kink, t, from] = [i, x, side];
    if (turns && !soft.nonnegative)
      return { kink, t, from, to: -side as -1 | 1, correct: cross(step, i, x, side, pull) };
    if (turns) return { kink, t, from, to: side, correct: leave(step, i, x, pull - soft.weight) };
    const rest = Float64Array.from({ length: dim }, (_, k) => component(i * dim + k, x));
    return { kink, t, from, to: 0, correct: stick(step, i, x, rest, pull - soft.weight * side) };
  });
}

/** Resting particles whose pull exceeds the threshold at the end. */
function departures(
  step: Step,
  off: readonly number[],
  eta: (i: number) => number,
  before: () => (i: number) => number,
) {
  const { soft } = step;
  if (off.length === 0) return [];
  const excess = (pull: number) => (soft.nonnegative ? pull : Math.abs(pull)) - soft.weight;
  const ends = off.map(eta);
  const start = before();
  return off.map((i, j): Correction => {
    const x = passage(excess(start(i)), excess(ends[j]));
    const to = soft.nonnegative ? 1 : (Math.sign(ends[j]) as -1 | 1);
    return { kink: i, t: x, from: 0, to, correct: leave(step, i, x, to * excess(ends[j])) };
  });
}

/**
 * Events of whole steps, the particles frozen at w = 0 and the active ones told apart by the branch of the loop. What the others felt of
 * a particle on the wrong side, or late to leave, is of the size |w| and h(|η| − β), and enters the error test.
 */
export function softEvents(flow: Flow, soft: SoftKinks, loop: Cloud, tolerance: () => Tolerance): TakingSoftly {
  const { dim, particles: m, size: n } = flow;
  const force = new Float64Array(n);
  const weights = new Float64Array(m);
  const scale = (y1: Vec) => {
    for (let i = 0; i < m; i++) weights[i] = y1[i * dim + soft.coordinate];
    const allowed = tolerance();
    return effectiveAtol(allowed, y1, n) + allowed.rtol * Math.sqrt(dot(weights, weights) / m);
  };
  return (dense, y1, h) => {
    const step = { flow, soft, h };
    const b = loop.branch as Branch;
    const eta = pulls(step, loop.counts, y1, force);
    const [hits, off]: [number[], number[]] = [[], []];
    for (let i = 0; i < m; i++) {
      const pull = soft.nonnegative ? eta(i) : Math.abs(eta(i));
      if (b[i] === 0 && pull > soft.weight) off.push(i);
      if (b[i] !== 0 && b[i] * y1[i * dim + soft.coordinate] < 0) hits.push(i);
    }
    if (hits.length + off.length === 0) return null;
    const missed = Math.sqrt(hits.reduce((sum, i) => sum + y1[i * dim + soft.coordinate] ** 2, 0) / m);
    const late = Math.sqrt(off.reduce((sum, i) => sum + (Math.abs(eta(i)) - soft.weight) ** 2, 0) / m);
    const arrived = arrivals(step, hits, dense, b, eta);
    const left = departures(step, off, eta, () => pulls(step, loop.counts, loop.z, force));
    const all = [...arrived, ...left].sort((p, q) => p.t - q.t);
    const at: Dense = (position, out) => {
      dense(position, out);
      for (const e of all) if (position > e.t) e.correct(position, out);
    };
    const [y, branch] = [y1.slice(), b.slice()];
    for (const e of all) {
      e.correct(1, y);
      branch[e.kink] = e.to;
    }
    return { y, branch, at, error: (SHARE * missed + LATE * h * late) / scale(y1), events: all };
  };
}
