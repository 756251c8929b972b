/**
 * What stochastic gradient methods share: where batches come from, how steps shrink, how iterates are averaged, and the state of all
 * three, which a checkpoint holds.
 */
import { decodeVec, encodeVec } from './checkpoint.js';
import { iterating, type Memory } from './iterate.js';
import { random, randomFrom } from './math/random.js';
import type { Batch, Capability, Flow, Precision, Random, RandomState, Solver, Vec } from './types.js';

export interface StochasticOptions {
  /** Terms per step, default 1. */
  readonly batch?: number;
  /** Of rows: drawn anew for each step (default), or each row once per epoch, in random order. */
  readonly replacement?: boolean;
  /** Step k is η·(1 + k/after)^−power; constant when left out. */
  readonly decay?: { readonly power: number; readonly after: number };
  /** From this time on the mean of the iterates is given out (Polyak & Juditsky 1992), the iterate before. */
  readonly averageFrom?: number;
  /** Of the gradients of batches, default double; the iterates, F and what watches a run are in double precision in any case. */
  readonly precision?: Precision;
  /** Batches come from the stream `seed/sgd`. */
  readonly seed?: string;
}

interface State {
  readonly random: Random;
  /** The rows in the order of this epoch; null where rows are drawn with replacement or fresh. */
  readonly order: Int32Array | null;
  /** Rows of the epoch used so far. */
  position: number;
  /** Where the method is; null when that is what it gives out. */
  iterate: Vec | null;
  /** Iterates in the mean. */
  averaged: number;
  t: number;
}

/** Fisher & Yates (1938), in place. */
function shuffle(order: Int32Array, chance: Random): void {
  for (let k = order.length - 1; k > 0; k--) {
    const j = Math.floor((k + 1) * chance.uniform());
    [order[k], order[j]] = [order[j], order[k]];
  }
}

/** The rows left at the end of an epoch make a smaller batch, so that each is used once and none twice in a step. */
function nextBatch(state: State, { draw, pick, rows }: NonNullable<Flow['batch']>, size: number): Batch {
  const { order, random } = state;
  if (!order || !pick || rows === null) return draw(random, size);
  if (state.position === rows) state.position = 0;
  if (state.position === 0) shuffle(order, random);
  const from = state.position;
  state.position = Math.min(rows, from + size);
  return pick(order.subarray(from, state.position));
}

interface Saved {
  random: RandomState;
  order: string | null;
  position: number;
  iterate: string | null;
  averaged: number;
  t: number;
}

const memory = ({ replacement = true, averageFrom, seed = 'pgf' }: StochasticOptions): Memory<State> => ({
  start: ({ batch }, y0) => ({
    random: random(seed, 'sgd'),
    order: replacement || !batch?.rows ? null : Int32Array.from({ length: batch.rows }, (_, k) => k),
    position: 0,
    iterate: averageFrom === undefined ? null : y0.slice(),
    averaged: 0,
    t: 0,
  }),
  save: (s): Saved => ({
    ...s,
    random: s.random.state(),
    order: s.order && encodeVec(Float64Array.from(s.order)),
    iterate: s.iterate && encodeVec(s.iterate),
  }),
  load(saved) {
    const s = saved as Saved;
    return {
      ...s,
      random: randomFrom(s.random),
      order: s.order === null ? null : Int32Array.from(decodeVec(s.order)),
      iterate: s.iterate === null ? null : decodeVec(s.iterate),
    };
  },
});

/** Why batches of this size cannot be drawn from so many rows (null: fresh ones); undefined when they can. */
export function batchFault(
  rows: number | null,
  { batch = 1, replacement = true }: StochasticOptions,
): string | undefined {
  if (replacement) return undefined;
  if (rows === null) return 'fresh samples do not come back; replacement: false is for the rows of a table';
  return batch <= rows ? undefined : `a batch of ${batch} without replacement wants as many rows, found ${rows}`;
}

/** Why the gradients of batches are not to be had as asked for; undefined when they are. */
function precisionFault({ singleFault }: NonNullable<Flow['batch']>, { precision }: StochasticOptions) {
  if (precision !== 'single') return undefined;
  return singleFault
    ? singleFault()
    : 'batches of this flow have no gradients in single precision; leave precision out';
}

const SINGLE_OVERFLOW = {
  cause: 'overflow: numbers of single precision end at 3.4e38, or a step size above the stability limit',
  remedy: 'leave solver.precision out, or take a smaller step',
} as const;

/** One step from y on a batch. */
export type BatchStep = (flow: Flow, batch: Batch, y: Vec, eta: number, out: Vec, scratch: Vec) => void;

/** A solver from one step on a batch; its expectation over batches is a step of first order on the flow. */
export function stochastic(
  name: string,
  summary: string,
  needs: readonly Capability[],
  step: BatchStep,
  o: StochasticOptions,
): Solver {
  const { batch: size = 1, decay, averageFrom = 0, precision = 'double' } = o;
  if (!(Number.isSafeInteger(size) && size > 0)) throw new RangeError(`batch must be a whole number ≥ 1, got ${size}`);
  if (precision !== 'double' && precision !== 'single')
    throw new RangeError(`precision must be double or single, got ${precision}`);
  const update = (flow: Flow, y: Vec, eta: number, out: Vec, scratch: Vec, state: State) => {
    if (!flow.batch) throw new TypeError(`${name} needs batches`);
    const drawn = nextBatch(state, flow.batch, size);
    const batch = precision === 'single' ? { ...drawn, precision } : drawn;
    state.t += eta;
    if (!state.iterate) {
      step(flow, batch, y, eta, out, scratch);
      return undefined;
    }
    const next = new Float64Array(y.length);
    step(flow, batch, state.iterate, eta, next, scratch);
    state.iterate = next;
    if (state.t >= averageFrom) state.averaged++;
    const share = 1 / Math.max(1, state.averaged);
    for (let k = 0; k < out.length; k++) out[k] = share === 1 ? next[k] : y[k] + share * (next[k] - y[k]);
    return undefined;
  };
  return iterating(name, summary, ['batch', ...needs], update, {
    memory: memory(o),
    pace: decay && (k => (1 + k / decay.after) ** -decay.power),
    order: null,
    refuses: flow => flow.batch && (batchFault(flow.batch.rows, o) ?? precisionFault(flow.batch, o)),
    ...(precision === 'single' && { overflow: SINGLE_OVERFLOW }),
  });
}
