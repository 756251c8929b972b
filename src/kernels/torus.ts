/**
 * Tensor products of the basis of trigonometric.ts on the d-torus of side `period`, d = 1, 2, 3: (2K+1)^d functions, orthonormal in the mean,
 * function (k₁, …, k_d) at index ((k₁·n) + k₂)·n + k₃, n = 2K+1. Sums and jets by outer products of the one-dimensional recurrences.
 */
import type { Vec } from '../types.js';
import { basisInto } from './trigonometric.js';

/** How often φ is differentiated along each axis. */
export type Orders = readonly (0 | 1 | 2)[];

export interface TorusBasis {
  readonly dimension: number;
  /** (2K+1)^d. */
  readonly size: number;
  /** out: size numbers, += scale·∂^orders φ(θ), θ the d numbers of y from `at` on. */
  addInto(y: Vec, at: number, orders: Orders, scale: number, out: Vec): void;
  /** out: value, then gradient (d), then for order 2 the Hessian (d·d), of p(θ) = ⟨g, φ(θ)⟩. */
  jetInto(y: Vec, at: number, g: Vec, order: 0 | 1 | 2, out: Vec): void;
}

/** out: length/n numbers, the last axis of a tensor summed against b. */
function contract(tensor: Vec, length: number, b: Vec, out: Vec): void {
  const n = b.length;
  for (let i = 0; i < length / n; i++) {
    let sum = 0;
    for (let k = 0; k < n; k++) sum += tensor[i * n + k] * b[k];
    out[i] = sum;
  }
}

/** out: a ⊗ b for the first `length` entries of a. */
function outer(a: Vec, length: number, b: Vec, out: Vec): void {
  const n = b.length;
  for (let i = 0; i < length; i++) for (let k = 0; k < n; k++) out[i * n + k] = a[i] * b[k];
}

/** Where a mixed derivative stands in a jet: twice off the diagonal. */
function placeOf(orders: readonly number[], d: number): readonly number[] {
  const axes = orders.flatMap((o, j) => Array.from({ length: o }, () => j));
  if (axes.length === 0) return [0];
  if (axes.length === 1) return [1 + axes[0]];
  const [a, b] = axes;
  return [1 + d + a * d + b, 1 + d + b * d + a];
}

export function torusBasis(d: number, K: number, period: number): TorusBasis {
  const n = 2 * K + 1;
  const tables = Array.from({ length: d }, () => Array.from({ length: 3 }, () => new Float64Array(n)));
  /** powers[j]: n^j numbers. */
  const powers = Array.from({ length: d + 1 }, (_, j) => new Float64Array(n ** j));
  const fill = (axis: number, order: 0 | 1 | 2, theta: number) => {
    const table = tables[axis][order];
    basisInto(theta / period, K, order, table);
    if (order > 0 && period !== 1) for (let k = 0; k < n; k++) table[k] /= period ** order;
    return table;
  };
  const orders = new Array<number>(d).fill(0);
  const visit = (axis: number, tensor: Vec, left: number, out: Vec): void => {
    if (axis < 0) {
      for (const k of placeOf(orders, d)) out[k] = tensor[0];
      return;
    }
    for (let o = 0; o <= left; o++) {
      orders[axis] = o;
      contract(tensor, n ** (axis + 1), tables[axis][o], powers[axis]);
      visit(axis - 1, powers[axis], left - o, out);
    }
    orders[axis] = 0;
  };
  return {
    dimension: d,
    size: n ** d,
    addInto(y, at, along, scale, out) {
      powers[0][0] = scale;
      for (let j = 0; j < d; j++) outer(powers[j], n ** j, fill(j, along[j], y[at + j]), powers[j + 1]);
      for (let k = 0; k < n ** d; k++) out[k] += powers[d][k];
    },
    jetInto(y, at, g, order, out) {
      for (let j = 0; j < d; j++) for (let o = 0; o <= order; o++) fill(j, o as 0 | 1 | 2, y[at + j]);
      visit(d - 1, g, order, out);
    },
  };
}
