/** A real function on a uniform grid of the torus, and its Fourier coefficients. */
import { basisInto } from '../../src/kernels/trigonometric.js';
import type { ProblemContext, Vec } from '../../src/types.js';
import { arraysIn, isArrayFile } from './array-table.js';
import { ArrayError, type NumericArray } from './npy.js';

/** Point i₁, i₂, … of N₁·N₂·… at (i₁/N₁, i₂/N₂, …) of the torus of side 1; the last axis fastest. */
export type Grid = NumericArray;

export interface Projection {
  readonly samples: number;
  readonly coefficients: Vec;
  /** Root mean square of what the coefficients leave unexplained. */
  readonly residual: number;
  /** Condition number of the sampling: large when the samples leave a gap. */
  readonly condition: number;
}

/** out: the tensor with its axis j of N numbers replaced by 2K+1 means against the basis functions. */
function analyseAxis(values: Vec, shape: readonly number[], j: number, K: number): Vec {
  const [N, n] = [shape[j], 2 * K + 1];
  const inner = shape.slice(j + 1).reduce((a, b) => a * b, 1);
  const outer = values.length / (N * inner);
  const out = new Float64Array(outer * n * inner);
  const phi = new Float64Array(n);
  for (let i = 0; i < N; i++) {
    basisInto(i / N, K, 0, phi);
    for (let a = 0; a < outer; a++)
      for (let k = 0; k < n; k++)
        for (let b = 0; b < inner; b++) out[(a * n + k) * inner + b] += (phi[k] / N) * values[(a * N + i) * inner + b];
  }
  return out;
}

/**
 * The (2K+1)^d coefficients by the trapezoid rule, which on 2K+1 points an axis or more is least squares and, for a function without
 * higher frequencies, exact. `residual` is the root mean square of what they leave.
 */
export function projectGrid({ shape, values }: Grid, order: number): Projection {
  const n = 2 * order + 1;
  const short = shape.findIndex(N => N < n);
  if (short >= 0)
    throw new ArrayError(`order ${order} needs at least ${n} points along each axis, found (${shape.join(', ')})`);
  let [tensor, sides] = [values as Vec, [...shape]];
  for (let j = 0; j < shape.length; j++) {
    tensor = analyseAxis(tensor, sides, j, order);
    sides = sides.map((N, i) => (i === j ? n : N));
  }
  const square = (v: Vec) => v.reduce((s, x) => s + x * x, 0);
  // Parseval on the grid: the basis is orthonormal in the mean over its points.
  const left = square(values) / values.length - square(tensor);
  return {
    samples: values.length,
    coefficients: tensor,
    residual: Math.sqrt(Math.max(0, left)),
    condition: 1,
  };
}

/** The array of a file as a grid of dimension d; null where it is a table, or text. */
export function gridIn(file: string, d: number, context: ProblemContext): Grid | null {
  if (!isArrayFile(file)) return null;
  const [array, ...others] = arraysIn(file, context).values();
  if (others.length > 0 || array.shape.length !== d) return null;
  // A plane of d + 1 = 3 columns is a table of places and values.
  return d === 2 && array.shape[1] === 3 ? null : array;
}

/** The grid on which places (in periods) lie, with the values put in order; RangeError when they lie on none. */
export function gridOf(places: readonly (readonly number[])[], values: readonly number[]): Grid {
  const wrapped = places.map(axis => axis.map(x => x - Math.floor(x + 1e-9)));
  const sides = wrapped.map(axis => new Set(axis.map(x => Math.round(x * 1e7))).size);
  const index = (k: number) =>
    wrapped.reduce((at, axis, j) => at * sides[j] + (Math.round(axis[k] * sides[j]) % sides[j]), 0);
  const out = new Float64Array(values.length);
  const seen = new Set<number>();
  for (let k = 0; k < values.length; k++) {
    const off = wrapped.findIndex((axis, j) => Math.abs(axis[k] * sides[j] - Math.round(axis[k] * sides[j])) > 1e-3);
    if (off >= 0 || seen.has(index(k)))
      throw new ArrayError(
        `row ${k + 1} is not a place of its own on a uniform grid of ${sides.join(' × ')} points: i/N periods, i = 0…N−1`,
      );
    seen.add(index(k));
    out[index(k)] = values[k];
  }
  const count = sides.reduce((a, b) => a * b, 1);
  if (count !== values.length)
    throw new ArrayError(`${values.length} rows do not fill a uniform grid of ${sides.join(' × ')} = ${count} points`);
  return { shape: sides, values: out };
}
