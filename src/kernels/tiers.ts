/** Which tier runs: the one that was asked for, if the engine takes its instructions and it computes what the formulae say. */
import { dot } from '../math/vec.js';
import type { FusedField, Loss, Precision, Vec } from '../types.js';
import { compute, type Tier } from './compute.js';
import { isRunnable, type Vectors } from './engine.js';
import { symmetricField } from './outer-products.js';
import { hasExperiments } from './platform.js';
import type { Op, Program } from './program/contract.js';
import { formulae } from './program/field.js';
import { type Sketch, sketchField } from './sketch.js';
import { gainOf } from './throughput.js';
import { squareOf, type TwoLayer, twoLayerField } from './two-layer.js';

/** Relative; rounding is some 1e-15, and 1e-7. */
const TOLERANCE = { double: 1e-12, single: 1e-5 } as const;
/** Times faster than the next tier that a tier must be: less is no gain for bits that other machines do not have. */
const WORTHWHILE = 0.95;
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

/** The force of a sketched mixture with square loss, by its formula. */
function waveForceOf({ count, dimension: d, values, damping }: Sketch, y: Vec, m: number, targets: Vec): Vec {
  const out = new Float64Array(y.length);
  for (let k = 0; k < count; k++) {
    const omega = values.subarray(k * d, (k + 1) * d);
    const angles = Float64Array.from({ length: m }, (_, i) => dot(omega, y.subarray(i * (d + 1) + 1)));
    const weighted = (of: (z: number) => number) => angles.reduce((s, z, i) => s + y[i * (d + 1)] * of(z), 0);
    const c = damping[k] * ((damping[k] * weighted(Math.cos)) / m - targets[k]);
    const s = damping[k] * ((damping[k] * weighted(Math.sin)) / m - targets[count + k]);
    for (let i = 0; i < m; i++) {
      const [at, cos, sin] = [i * (d + 1), Math.cos(angles[i]), Math.sin(angles[i])];
      out[at] -= c * cos + s * sin;
      for (let j = 0; j < d; j++) out[at + 1 + j] -= y[at] * (s * cos - c * sin) * omega[j];
    }
  }
  return out;
}

/** The force of a symmetric matrix of low rank with square loss, by its formula. */
function matrixForceOf(d: number, y: Vec, m: number, targets: Vec): Vec {
  const G = targets.map((t, k) => {
    let f = -t;
    for (let i = 0; i < m; i++) f += (y[i * d + Math.floor(k / d)] * y[i * d + (k % d)]) / m;
    return f;
  });
  return y.map((_, at) => {
    const [i, a] = [Math.floor(at / d), at % d];
    let force = 0;
    for (let b = 0; b < d; b++) force -= (G[a * d + b] + G[b * d + a]) * y[i * d + b];
    return force;
  });
}

const difference = (field: FusedField, y: Vec, truth: Vec): number => {
  const out = new Float64Array(y.length);
  field.forceInto(y, out);
  const error = truth.map((x, i) => x - out[i]);
  return Math.sqrt(dot(error, error) / dot(truth, truth));
};

/** For a kernel that leaves R to its caller: |f − y|²/2. */
const halfSquareOf = (targets: Vec): Loss => ({
  ...squareOf(targets),
  value: f => f.reduce((sum, x, k) => sum + (x - targets[k]) ** 2 / 2, 0),
  gradientInto(f, out) {
    for (let k = 0; k < f.length; k++) out[k] = f[k] - targets[k];
  },
});

/** w·σ(ax) on so many rows, as code is made for it. */
function neuronsOf(rows: number, values: Vec): Program {
  const node = (op: Op, args: readonly number[], value: number, active: boolean, row: boolean) => ({
    ...{ op, args, value, active, row },
  });
  const nodes = [
    node('input', [], 0, true, false),
    node('input', [], 1, true, false),
    node('column', [], 0, false, true),
    node('mul', [1, 2], 0, true, true),
    node('sigmoid', [3], 0, true, true),
    node('mul', [0, 4], 0, true, true),
    node('constant', [], 1, false, false),
    node('sub', [6, 4], 0, true, true),
    node('mul', [5, 7], 0, true, true),
    node('chain', [8, 2], 0, true, true),
  ];
  const one = Float64Array.of(1);
  return { nodes, output: 5, partials: [4, 9], rows, given: id => (id === 6 ? one : values) };
}

/** The same error of code that is made for a formula. */
function formulaErrorOf(tier: Vectors): number {
  const [rows, m] = [13, 5];
  const net = { activation: 'sigmoid', rows, columns: 1, values: scattered(rows, 0.6180339887) } as const;
  const [targets, y] = [scattered(rows, 0.7548776662), scattered(2 * m, 0.5698402909).map(x => 3 * x)];
  const kernel = formulae(() => ({ parts: [neuronsOf(rows, net.values)], dim: 2 }));
  const field = kernel.open(m, halfSquareOf(targets), tier, undefined, 1);
  // Where an engine takes no such code, formulae are left to TypeScript.
  return field ? difference(field, y, forceOf(net, y, m, targets)) : 0;
}

/** The same errors of waves, of products of matrices and of a formula. */
function otherErrorsOf(tier: Vectors): number[] {
  const [m, d, count] = [9, 5, 11];
  const omega = { count, dimension: d, values: scattered(count * d, 0.6180339887), damping: scattered(count, 0.81) };
  const [waves, cloud] = [scattered(2 * count, 0.7548776662), scattered(m * (d + 1), 0.5698402909)];
  const [entries, factors] = [scattered(d * d, 0.7548776662), scattered(m * d, 0.5698402909)];
  return [
    difference(sketchField(omega, m, squareOf(waves), tier, 1), cloud, waveForceOf(omega, cloud, m, waves)),
    difference(symmetricField(d, m, halfSquareOf(entries), tier), factors, matrixForceOf(d, factors, m, entries)),
    formulaErrorOf(tier),
  ];
}

/**
 * Largest relative error of the force over the activations, on few and on many inputs, and over the other kernels of this kind, which are
 * in double precision alone.
 */
export function errorOf(tier: Vectors, precision: Precision = 'double'): number {
  let worst = 0;
  for (const error of precision === 'double' ? otherErrorsOf(tier) : []) if (!(error <= worst)) worst = error;
  for (const activation of ['relu', 'sigmoid', 'tanh'] as const)
    for (const [d, n, m] of [
      [2, 9, 7],
      [3, 6, 5],
      [12, 21, 9],
    ]) {
      const net = { activation, rows: n, columns: d, values: scattered(n * d, 0.6180339887) };
      const [targets, y] = [scattered(n, 0.7548776662), scattered(m * (d + 1), 0.5698402909).map(x => 3 * x)];
      const field = twoLayerField(net, m, squareOf(targets), tier, 1, precision);
      worst = Math.max(worst, difference(field, y, forceOf(net, y, m, targets)));
      if (!(worst <= TOLERANCE[precision])) return worst;
    }
  return worst;
}

const tested = new Map<string, string | null>();

/** Why a tier does not run here; null where it does. */
export function obstacle(tier: Vectors, precision: Precision = 'double'): string | null {
  const key = `${tier} ${precision}`;
  const known = tested.get(key);
  if (known !== undefined) return known;
  const found = precision === 'double' ? test(tier) : (obstacle(tier) ?? inexactness(tier, precision));
  tested.set(key, found);
  return found;
}

function inexactness(tier: Vectors, precision: Precision): string | null {
  if (!isRunnable(tier, precision)) return 'the engine does not take its instructions';
  const [error, allowed] = [errorOf(tier, precision), TOLERANCE[precision]];
  return error <= allowed
    ? null
    : `it computes with a relative error of ${error.toPrecision(2)}, allowed is ${allowed}`;
}

function test(tier: Vectors): string | null {
  if (tier === 'wide' && !hasExperiments()) return 'it needs Node 24 or later';
  const inexact = inexactness(tier, 'double');
  if (inexact !== null) return inexact;
  const lower = LOWER[tier];
  if (lower === 'scalar' || obstacle(lower) !== null) return null;
  const gain = gainOf(tier, lower);
  return gain >= WORTHWHILE ? null : `it is ${(1 / gain).toFixed(1)} times slower here than ${lower}`;
}

/** The tier asked for, or the first below it that runs. */
export function runningTier(precision: Precision = 'double'): Tier {
  let { tier } = compute();
  while (tier !== 'scalar' && obstacle(tier, precision) !== null) tier = LOWER[tier];
  return tier;
}
