/**
 * Discrete methods as solvers: iterate k lives at t = k·η, and between iterates the path is the straight line that
 * interpolates them, so its velocity is (u_{k+1} − u_k)/η and every diagnostic of the flow applies to it.
 */
import { checkpointOf, decodeVec, encodeVec, stateOf } from './checkpoint.js';
import { linear } from './dense.js';
import { ESCAPE } from './drive.js';
import { allFinite, dot, maxAbs, squaredSpeed } from './math/vec.js';
import { type Counts, noCounts, outcome, soundEnd } from './outcome.js';
import type { Capability, Checkpoint, Code, Flow, Outcome, Segment, SolveOptions, Solver, Vec } from './types.js';

const DEFAULT_MAX_STEPS = 1e8;
const EMPTY: [] = [];

/** F this many times above its start is no descent: a run of few, huge steps diverges long before its numbers overflow. */
const RUNAWAY = 1e3;

const ranAway = (flow: Flow, y: Vec, start: number): boolean => start > 0 && flow.energy(y) > RUNAWAY * start;

/** Writes the next iterate: out ← one step of length eta from y. `scratch` has the length of y. */
export type Update = (flow: Flow, y: Vec, eta: number, out: Vec, scratch: Vec) => void;

interface Loop {
  /** Iterations done; t = k·η without accumulated rounding. */
  k: number;
  y: Vec;
  dissipation: number;
  counts: Counts;
  /** |F(0)|. */
  readonly start: number;
  readonly eta: number;
}
interface Saved extends Omit<Loop, 'y'> {
  y: string;
}

function resume(name: string, from: Checkpoint, size: number, eta: number): Loop {
  const saved = stateOf<Saved>(from, name);
  // t = k·η: another step would jump in time.
  if (saved.eta !== eta) throw new RangeError(`checkpoint was written at step ${saved.eta}; this run takes ${eta}`);
  return { ...saved, y: decodeVec(saved.y, size), counts: { ...saved.counts } };
}

/** t = k·η, without the rounding that would put the last iterate beside the end. */
function timeOf(k: number, eta: number, end: number): number {
  const t = k * eta;
  return Math.abs(t - end) <= 1e-12 * end ? end : t;
}

function segmentOf(
  name: string,
  [t0, t1]: readonly [number, number],
  loop: Loop,
  y0: Vec,
  v: Vec,
  spent: number,
): Segment {
  const eta = t1 - t0;
  const { y: y1, dissipation: dissipation1, k } = loop;
  const line = linear(y0, y1);
  return {
    t0,
    t1,
    y0,
    y1,
    v0: v,
    v1: v,
    dissipation0: dissipation1 - spent,
    dissipation1,
    error: Number.NaN,
    rejected: 0,
    events: EMPTY,
    at(t, out) {
      line(t >= t1 ? 1 : (t - t0) / eta, out);
      return out;
    },
    dissipationAt: t => dissipation1 - spent * (1 - (t - t0) / eta),
    checkpoint() {
      if (loop.k !== k) throw new Error('checkpoint() must be taken before the next segment is asked for');
      const { y, ...rest } = loop;
      return checkpointOf(name, t1, { ...rest, counts: { ...loop.counts }, y: encodeVec(y) } satisfies Saved);
    },
  };
}

interface Method {
  readonly name: string;
  readonly needs: readonly Capability[];
  readonly update: Update;
}

function* iterate(
  { name, needs, update }: Method,
  flow: Flow,
  y0: Vec,
  o: SolveOptions,
  from?: Checkpoint,
): Generator<Segment, Outcome> {
  const eta = o.step;
  if (eta === undefined || !(eta > 0 && eta < Number.POSITIVE_INFINITY))
    throw new RangeError(
      `${name} takes fixed steps: step must be ${eta === Number.POSITIVE_INFINITY ? 'finite' : '> 0'}, got ${eta}`,
    );
  if (y0.length !== flow.size) throw new RangeError(`the start must have ${flow.size} numbers, got ${y0.length}`);
  const loop = from
    ? resume(name, from, flow.size, eta)
    : { k: 0, y: y0.slice(), dissipation: 0, counts: noCounts(), start: Math.abs(flow.energy(y0)), eta };
  const scratch = new Float64Array(flow.size);
  const deadline = o.maxSeconds === undefined ? Number.POSITIVE_INFINITY : performance.now() + 1e3 * o.maxSeconds;
  const time = (k: number) => timeOf(k, eta, o.end);
  const end = (code: Code, detail?: string) =>
    outcome(
      soundEnd(code, () => flow.energy(loop.y)),
      time(loop.k),
      loop.counts,
      detail,
    );
  if (needs.includes('split') && !flow.split)
    return end('missing-capability', `${name} needs a penalty with a proximal map, and this one has none`);
  if (!Number.isFinite(flow.energy(loop.y))) return end('not-finite');
  // The last iterate is the first at or past the end.
  while (time(loop.k) < o.end) {
    if (o.signal?.aborted) return end('interrupted');
    if (loop.counts.steps >= (o.maxSteps ?? DEFAULT_MAX_STEPS)) return end('max-steps');
    if (performance.now() > deadline) return end('max-time');
    const [before, next, v] = [loop.y, new Float64Array(flow.size), new Float64Array(flow.size)];
    update(flow, before, eta, next, scratch);
    loop.counts.velocityEvaluations++;
    if (!allFinite(next)) return end(maxAbs(before) > 1e50 ? 'diverged' : 'not-finite');
    for (let i = 0; i < v.length; i++) v[i] = (next[i] - before[i]) / eta;
    const spent = flow.metric ? eta * squaredSpeed(flow, before, v) : (eta * dot(v, v)) / flow.particles;
    loop.k++;
    loop.counts.steps++;
    loop.y = next;
    loop.dissipation += spent;
    yield segmentOf(name, [time(loop.k - 1), time(loop.k)], loop, before, v, spent);
    if (maxAbs(next) > ESCAPE) return end('diverged');
    if (o.stationarity !== undefined && Math.sqrt(spent / eta) <= o.stationarity) return end('stationary');
  }
  return end(loop.k > 0 && ranAway(flow, loop.y, loop.start) ? 'diverged' : 'end');
}

/** A solver from the update of a discrete method of order 1 in η. */
export function iterating(name: string, summary: string, needs: readonly Capability[], update: Update): Solver {
  return {
    name,
    summary,
    order: 1,
    needs,
    fixedStep: true,
    integrate: (flow, y0, o, from) => iterate({ name, needs, update }, flow, y0, o, from),
  };
}
