/** What the kernels reach here, and what two doubles at a time could reach at most. */
import type { Vec } from '../types.js';
import { instance, type Vectors } from './engine.js';
import { squareOf, twoLayerField } from './two-layer.js';

type Size = readonly [d: number, n: number, m: number];
/** Sums of products dominate, and everything stays in the second cache. */
const SIZE: Size = [64, 512, 512];
/** The same in a tenth of a millisecond. */
const SMALL: Size = [32, 128, 128];
const TURNS = 12;
const TURN_MS = 1;
const CEILING_ROUNDS = 20_000;

/** Operations a nanosecond, the best of many calls within so many milliseconds: others may be at work on the machine. */
export function best(operations: number, call: () => void, milliseconds: number): number {
  let shortest = Number.POSITIVE_INFINITY;
  const end = performance.now() + milliseconds;
  do {
    const start = performance.now();
    call();
    shortest = Math.min(shortest, performance.now() - start);
  } while (performance.now() < end);
  return operations / (1e6 * shortest);
}

/** GFLOP/s of products and sums that wait for nothing, on one thread. */
export function ceilingOf(tier: Vectors, milliseconds: number): number {
  const { buffer, job } = instance(256, 1, tier);
  new Uint32Array(buffer)[0] = CEILING_ROUNDS;
  new Float64Array(buffer).set([0.999999, 1e-6], 1);
  const run = job('ceiling', 1);
  run();
  return best(CEILING_ROUNDS * new Float64Array(buffer)[8], run, milliseconds);
}

const even = (count: number): Vec => Float64Array.from({ length: count }, (_, i) => Math.cos(i));

/** One evaluation of the field of a ReLU net, 4nmd + 4nm operations. */
function evaluation([d, n, m]: Size, tier: Vectors, threads: number): { operations: number; run: () => void } {
  const net = { activation: 'relu', rows: n, columns: d, values: even(n * d) } as const;
  const field = twoLayerField(net, m, squareOf(even(n)), tier, threads);
  const [y, out] = [even(m * (d + 1)), new Float64Array(m * (d + 1))];
  return { operations: 4 * n * m * (d + 1), run: () => field.forceInto(y, out) };
}

/** GFLOP/s of the field of a ReLU net. */
export function throughputOf(tier: Vectors, threads: number, milliseconds: number): number {
  const { operations, run } = evaluation(SIZE, tier, threads);
  return best(operations, run, milliseconds);
}

/** How many times faster one tier is than another, on one thread: in turns, since others may be at work on the machine. */
export function gainOf(tier: Vectors, other: Vectors): number {
  const rivals = [tier, other].map(t => evaluation(SMALL, t, 1));
  const reached = [0, 0];
  for (let turn = 0; turn < TURNS; turn++)
    rivals.forEach(({ operations, run }, i) => {
      reached[i] = Math.max(reached[i], best(operations, run, TURN_MS));
    });
  return reached[0] / reached[1];
}
