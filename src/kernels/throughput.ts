/** What the kernels reach here, and what two doubles at a time could reach at most. */
import type { Loss, Vec } from '../types.js';
import { instance, type Vectors } from './engine.js';
import { twoLayerField } from './two-layer.js';

/** d, n, m: sums of products dominate, and everything stays in the second cache. */
const SIZE = [64, 512, 512] as const;
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

/** GFLOP/s of one evaluation of a ReLU net's field: 4nmd + 4nm operations. */
export function throughputOf(tier: Vectors, threads: number, milliseconds: number): number {
  const [d, n, m] = SIZE;
  const loss: Loss = {
    name: 'square',
    terms: { kind: 'square', targets: even(n), scale: n },
    value: () => Number.NaN,
    gradientInto: () => undefined,
  };
  const net = { activation: 'relu', rows: n, columns: d, values: even(n * d) } as const;
  const field = twoLayerField(net, m, loss, tier, threads);
  const [y, out] = [even(m * (d + 1)), new Float64Array(m * (d + 1))];
  return best(4 * n * m * (d + 1), () => field.forceInto(y, out), milliseconds);
}
