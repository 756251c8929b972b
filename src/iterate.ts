/**
 * Discrete methods as solvers: iterate k lives at t = k·η, and between iterates the path is the straight line that
 * interpolates them, so its velocity is (u_{k+1} − u_k)/η and every diagnostic of the flow applies to it.
 */
import { checkpointOf, decodeVec, encodeVec, stateOf } from './checkpoint.js';
import { linear } from './dense.js';
import { checkStart } from './loop.js';
import { dot, maxAbs, squaredSpeed } from './math/vec.js';
import { type Counts, ESCAPE, type Finding, lacking, noCounts, outcome, soundEnd } from './outcome.js';
import { statesOf } from './states.js';
import type { Capability, Checkpoint, Code, Flow, Outcome, Segment, SolveOptions, Solver, Vec } from './types.js';

const DEFAULT_MAX_STEPS = 1e8;
const EMPTY: [] = [];

/** F this many times above its start is no descent: a run of few, huge steps diverges long before its numbers overflow. */
const RUNAWAY = 1e3;

const ranAway = (flow: Flow, y: Vec, start: number): boolean => start > 0 && flow.energy(y) > RUNAWAY * start;

/**
 * Writes the next iterate: out ← one step of length eta from y. `scratch` has the length of y; `memory` is the method's own. Returns |v|_m
 * where the speed of the iterates does not say how near the end is, nothing where it does, and a code where there is no next iterate.
 */
export type Update<M = undefined> = (
  flow: Flow,
  y: Vec,
  eta: number,
  out: Vec,
  scratch: Vec,
  memory: M,
  counts: Counts,
) => number | Code | undefined;

/** What a method carries from iterate to iterate besides the iterate. */
export interface Memory<M> {
  start(flow: Flow, y0: Vec): M;
  /** JSON-able, everything that the next update reads. */
  save(memory: M): unknown;
  load(saved: unknown): M;
}

/** What sets a method apart beyond its update. */
export interface Traits<M> {
  readonly memory?: Memory<M>;
  /** Step k is eta·pace(k), from k = 0; constant when left out. */
  readonly pace?: ((k: number) => number) | undefined;
  /** The time that a step of length η takes; η itself when left out. */
  readonly clock?: ((eta: number) => number) | undefined;
  readonly order?: number | null;
  readonly dynamics?: Solver['dynamics'];
  readonly staysInside?: boolean;
  /** Why it cannot run on this flow. */
  readonly refuses?: (flow: Flow) => string | undefined;
  /** What may be behind numbers that are not finite, where that is known. */
  readonly overflow?: Finding;
}

interface Loop<M> {
  /** Iterations done. */
  k: number;
  t: number;
  y: Vec;
  readonly memory: M;
  dissipation: number;
  counts: Counts;
  /** |F(0)|. */
  readonly start: number;
  readonly eta: number;
}
interface Saved extends Omit<Loop<unknown>, 'y'> {
  y: string;
}

function resume<M>({ name, memory }: Method<M>, from: Checkpoint, size: number, eta: number): Loop<M> {
  const saved = stateOf<Saved>(from, name);
  // t = k·η: another step would jump in time.
  if (saved.eta !== eta) throw new RangeError(`checkpoint was written at step ${saved.eta}; this run takes ${eta}`);
  return {
    ...saved,
    y: decodeVec(saved.y, size),
    counts: { ...saved.counts },
    memory: memory?.load(saved.memory) as M,
  };
}

function begin<M>({ memory }: Method<M>, flow: Flow, y0: Vec, eta: number): Loop<M> {
  const own = memory?.start(flow, y0) as M;
  return {
    k: 0,
    t: 0,
    y: y0.slice(),
    memory: own,
    dissipation: 0,
    counts: noCounts(),
    start: Math.abs(flow.energy(y0)),
    eta,
  };
}

/** When the iterate after step k lives: (k + 1)·η without accumulated rounding where steps are equal, and never just beside the end. */
function timeAfter<M>({ k, t, eta }: Loop<M>, { pace, clock = x => x }: Traits<M>, end: number): number {
  const next = pace ? t + clock(eta * pace(k)) : (k + 1) * clock(eta);
  return Math.abs(next - end) <= 1e-12 * end ? end : next;
}

function segmentOf<M>(
  { name, memory }: Method<M>,
  [t0, t1]: readonly [number, number],
  loop: Loop<M>,
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
      const own = { memory: memory?.save(loop.memory) ?? null, counts: { ...loop.counts } };
      return checkpointOf(name, t1, { ...rest, ...own, y: encodeVec(y) } satisfies Saved);
    },
  };
}

interface Method<M> extends Traits<M> {
  readonly name: string;
  readonly needs: readonly Capability[];
  readonly update: Update<M>;
}

function checked(name: string, { step: eta }: SolveOptions, flow: Flow, y0: Vec): number {
  if (eta === undefined || !(eta > 0 && eta < Number.POSITIVE_INFINITY))
    throw new RangeError(
      `${name} takes fixed steps: step must be ${eta === Number.POSITIVE_INFINITY ? 'finite' : '> 0'}, got ${eta}`,
    );
  checkStart(flow, y0);
  return eta;
}

function* iterate<M>(
  method: Method<M>,
  flow: Flow,
  y0: Vec,
  o: SolveOptions,
  from?: Checkpoint,
): Generator<Segment, Outcome> {
  const { name, needs, update, pace, clock = x => x, refuses, overflow } = method;
  const eta = checked(name, o, flow, y0);
  const missing = lacking(name, needs, flow) ?? refuses?.(flow);
  if (missing !== undefined) return outcome('missing-capability', from?.t ?? 0, noCounts(), missing);
  const loop = from ? resume(method, from, flow.size, eta) : begin(method, flow, y0, eta);
  const scratch = new Float64Array(flow.size);
  const states = statesOf(flow.size, o.reuse);
  const deadline = o.maxSeconds === undefined ? Number.POSITIVE_INFINITY : performance.now() + 1e3 * o.maxSeconds;
  const energy = () => flow.energy(loop.y);
  const end = (code: Code, detail?: string | Finding) => outcome(soundEnd(code, energy), loop.t, loop.counts, detail);
  if (!Number.isFinite(energy())) return end('not-finite');
  // The last iterate is the first at or past the end.
  while (loop.t < o.end) {
    if (o.signal?.aborted) return end('interrupted');
    if (loop.counts.steps >= (o.maxSteps ?? DEFAULT_MAX_STEPS)) return end('max-steps');
    if (performance.now() > deadline) return end('max-time');
    const [before, next, v] = [loop.y, states.take(), states.take()];
    const [t0, t1, h] = [loop.t, timeAfter(loop, method, o.end), pace ? eta * pace(loop.k) : eta];
    const speed = update(flow, before, h, next, scratch, loop.memory, loop.counts);
    loop.counts.velocityEvaluations++;
    if (typeof speed === 'string') return end(speed);
    const farthest = maxAbs(next);
    if (!(farthest < Number.POSITIVE_INFINITY)) return end(maxAbs(before) > 1e50 ? 'diverged' : 'not-finite', overflow);
    const lasted = clock(h);
    for (let i = 0; i < v.length; i++) v[i] = (next[i] - before[i]) / lasted;
    const spent = flow.metric ? lasted * squaredSpeed(flow, before, v) : (lasted * dot(v, v)) / flow.particles;
    loop.k++;
    loop.counts.steps++;
    [loop.t, loop.y] = [t1, next];
    loop.dissipation += spent;
    yield segmentOf(method, [t0, t1], loop, before, v, spent);
    if (farthest > ESCAPE) return end('diverged');
    if (o.stationarity !== undefined && (speed ?? Math.sqrt(spent / lasted)) <= o.stationarity)
      return end('stationary');
  }
  return end(loop.k > 0 && ranAway(flow, loop.y, loop.start) ? 'diverged' : 'end');
}

/** A solver from the update of a discrete method, of order 1 in η unless its traits say otherwise. */
export function iterating<M = undefined>(
  name: string,
  summary: string,
  needs: readonly Capability[],
  update: Update<M>,
  traits: Traits<M> = {},
): Solver {
  return {
    name,
    summary,
    order: traits.order === undefined ? 1 : traits.order,
    ...(traits.dynamics && { dynamics: traits.dynamics }),
    ...(traits.clock && { clock: traits.clock }),
    // What needs the proximal map ends its steps with it.
    staysInside: traits.staysInside ?? needs.includes('split'),
    needs,
    fixedStep: true,
    integrate: (flow, y0, o, from) => iterate({ name, needs, update, ...traits }, flow, y0, o, from),
  };
}
