/** Which tier runs: the one that was asked for, if the engine takes its instructions and it computes what the formulae say. */
import { dot } from '../math/vec.js';
import type { Loss, Vec } from '../types.js';
import { compute, type Tier } from './compute.js';
import { isRunnable, type Vectors } from './engine.js';
import { hasExperiments } from './platform.js';
import { type TwoLayer, twoLayerField } from './two-layer.js';

/** Relative; rounding is some 1e-15. */
const TOLERANCE = 1e-12;
/** What is tried instead, in this order. */
const LOWER: Readonly<Record<Vectors, Tier>> = { wide: 'fast', fast: 'strict', strict: 'scalar' };

const ACTIVATIONS: Readonly<
  Record<TwoLayer['activation'], readonly [value: (z: number) => number, slope: (s: number) => number]>
> = {
  relu: [z => Math.max(z, 0), s => (s > 0 ? 1 : 0)],
  sigmoid: [z => 1 / (1 + Math.exp(-z)), s => s * (1 - s)],
  tanh: [Math.tanh, s => 1 - s * s],
};

/** Numbers in [−1, 1] that are no simple fractions. */
const scattered = (count: number, stride: number): Vec =>
  Float64Array.from({ length: count }, (_, i) => 2 * ((stride * (i + 1)) % 1) - 1);

/** The force of a net with square loss, by its formula. */
function forceOf({ activation, rows, columns: d, values }: TwoLayer, y: Vec, m: number, targets: Vec): Vec {
  const [value, slope] = ACTIVATIONS[activation];
  const out = new Float64Array(y.length);
  for (let k = 0; k < rows; k++) {
    const x = values.subarray(k * d, (k + 1) * d);
    const units = Float64Array.from({ length: m }, (_, i) =>
      value(dot(y.subarray(i * (d + 1) + 1, (i + 1) * (d + 1)), x)),
    );
    let f = -targets[k];
    for (let i = 0; i < m; i++) f += (y[i * (d + 1)] * units[i]) / m;
    for (let i = 0; i < m; i++) {
      const at = i * (d + 1);
      out[at] -= f * units[i];
      for (let j = 0; j < d; j++) out[at + 1 + j] -= f * y[at] * slope(units[i]) * x[j];
    }
  }
  return out;
}

/** Largest relative error of the force over the activations, on few and on many inputs. */
export function errorOf(tier: Vectors): number {
  let worst = 0;
  for (const activation of ['relu', 'sigmoid', 'tanh'] as const)
    for (const [d, n, m] of [
      [2, 9, 7],
      [3, 6, 5],
      [12, 21, 9],
    ]) {
      const net = { activation, rows: n, columns: d, values: scattered(n * d, 0.6180339887) };
      const [targets, y] = [scattered(n, 0.7548776662), scattered(m * (d + 1), 0.5698402909).map(x => 3 * x)];
      const [truth, out] = [forceOf(net, y, m, targets), new Float64Array(y.length)];
      twoLayerField(net, m, squareOf(targets), tier, 1).forceInto(y, out);
      const error = truth.map((x, i) => x - out[i]);
      worst = Math.max(worst, Math.sqrt(dot(error, error) / dot(truth, truth)));
      if (!(worst <= TOLERANCE)) return worst;
    }
  return worst;
}

/** The kernels know the loss by its terms. */
const squareOf = (targets: Vec): Loss => ({
  name: 'square',
  terms: { kind: 'square', targets, scale: 1 },
  value: () => Number.NaN,
  gradientInto: () => undefined,
});

const tested = new Map<Vectors, string | null>();

/** Why a tier does not run here; null where it does. */
export function obstacle(tier: Vectors): string | null {
  const known = tested.get(tier);
  if (known !== undefined) return known;
  const found = test(tier);
  tested.set(tier, found);
  return found;
}

function test(tier: Vectors): string | null {
  if (tier === 'wide' && !hasExperiments()) return 'it needs Node 24 or later';
  if (!isRunnable(tier)) return 'the engine does not take its instructions';
  const error = errorOf(tier);
  return error <= TOLERANCE
    ? null
    : `it computes with a relative error of ${error.toPrecision(2)}, allowed is ${TOLERANCE}`;
}

/** The tier asked for, or the first below it that runs. */
export function runningTier(): Tier {
  let { tier } = compute();
  while (tier !== 'scalar' && obstacle(tier) !== null) tier = LOWER[tier];
  return tier;
}
