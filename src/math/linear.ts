/**
 * Small linear algebra on flat row-major arrays: LU for blocks and dense matrices, Cholesky where a matrix is positive definite,
 * MINRES where it is known by its products alone.
 */
import type { Vec } from '../types.js';
import { dot } from './vec.js';

/** n×n from index `at` on, overwritten by its factors; `pivots` from `pivotAt` on. */
export interface Factors {
  readonly a: Vec;
  readonly n: number;
  readonly pivots: Int32Array;
}

/** The row at or below k with the largest entry in column k. */
function pivotRow(a: Vec, at: number, n: number, k: number): number {
  let best = k;
  let largest = Math.abs(a[at + k * n + k]);
  for (let i = k + 1; i < n; i++) {
    const x = Math.abs(a[at + i * n + k]);
    if (x > largest) {
      largest = x;
      best = i;
    }
  }
  return best;
}

/**
 * P A = L U in place with partial pivoting (Golub & Van Loan 2013, §3.4), of block number `block`.
 * Returns the smallest pivot over the largest entry: 0 for a singular matrix, NaN for one with NaN.
 */
export function factorise({ a, n, pivots }: Factors, block = 0): number {
  const at = block * n * n;
  let largest = 0;
  let smallest = Number.POSITIVE_INFINITY;
  const end = at + n * n;
  for (let i = at; i < end; i++) {
    const x = Math.abs(a[i]);
    if (!(x <= largest)) largest = x;
  }
  for (let k = 0; k < n; k++) {
    const p = pivotRow(a, at, n, k);
    pivots[block * n + k] = p;
    if (p !== k) for (let j = 0; j < n; j++) swap(a, at + k * n + j, at + p * n + j);
    const pivot = a[at + k * n + k];
    if (!(Math.abs(pivot) >= smallest)) smallest = Math.abs(pivot);
    if (pivot === 0) return 0;
    eliminate(a, at + k * n + k, n, n - k);
  }
  return smallest / largest;
}

/** The step of the elimination whose pivot stands at `first`, and `left` rows with it; two rows at once read the first row once. */
function eliminate(a: Vec, first: number, n: number, left: number): void {
  const pivot = a[first];
  let i = 1;
  for (; i + 1 < left; i += 2) {
    const p = first + i * n;
    const q = p + n;
    const u = a[p] / pivot;
    const v = a[q] / pivot;
    a[p] = u;
    a[q] = v;
    for (let j = 1; j < left; j++) {
      const x = a[first + j];
      a[p + j] -= u * x;
      a[q + j] -= v * x;
    }
  }
  if (i === left) return;
  const p = first + i * n;
  const u = a[p] / pivot;
  a[p] = u;
  for (let j = 1; j < left; j++) a[p + j] -= u * a[first + j];
}

function swap(a: Vec, i: number, j: number): void {
  const x = a[i];
  a[i] = a[j];
  a[j] = x;
}

/** In place: x[from …] ← A⁻¹ x[from …] with entries `stride` apart. */
export function solveFactored({ a, n, pivots }: Factors, x: Vec, from = 0, stride = 1, block = 0): void {
  const at = block * n * n;
  for (let k = 0; k < n; k++) {
    const p = pivots[block * n + k];
    if (p !== k) swap(x, from + k * stride, from + p * stride);
  }
  for (let i = 1; i < n; i++) {
    let sum = x[from + i * stride];
    for (let j = 0; j < i; j++) sum -= a[at + i * n + j] * x[from + j * stride];
    x[from + i * stride] = sum;
  }
  for (let i = n - 1; i >= 0; i--) {
    let sum = x[from + i * stride];
    for (let j = i + 1; j < n; j++) sum -= a[at + i * n + j] * x[from + j * stride];
    x[from + i * stride] = sum / a[at + i * n + i];
  }
}

/** Pivots of [[a, b], [c, d]] with rows exchanged as in `factorise`: the smallest over the largest entry. */
function pivotsOfTwo(a: number, b: number, c: number, d: number, det: number): number {
  const first = Math.max(Math.abs(a), Math.abs(c));
  return Math.min(first, Math.abs(det) / first) / Math.max(first, Math.abs(b), Math.abs(d));
}

/** out: the inverses of blocks + shift·I, two by two each; false where one has pivots of at most `least`. */
function invertTwos(blocks: Vec, shift: number, least: number, out: Vec): boolean {
  for (let i = 0; i < blocks.length; i += 4) {
    const a = blocks[i] + shift;
    const b = blocks[i + 1];
    const c = blocks[i + 2];
    const d = blocks[i + 3] + shift;
    const det = a * d - b * c;
    if (!(pivotsOfTwo(a, b, c, d, det) > least)) return false;
    const scale = 1 / det;
    out[i] = d * scale;
    out[i + 1] = -b * scale;
    out[i + 2] = -c * scale;
    out[i + 3] = a * scale;
  }
  return true;
}

/**
 * out: (Bᵢ + shift·I)⁻¹ of n×n blocks Bᵢ, one after the other; false, with out spoiled, where the smallest pivot of one is not above `least`
 * beside its largest entry.
 */
export function invertBlocks(blocks: Vec, n: number, shift: number, least: number, out: Vec): boolean {
  if (n === 2) return invertTwos(blocks, shift, least, out);
  const block: Factors = { a: new Float64Array(n * n), n, pivots: new Int32Array(n) };
  for (let at = 0; at < blocks.length; at += n * n) {
    for (let k = 0; k < n * n; k++) block.a[k] = blocks[at + k] + (k % (n + 1) === 0 ? shift : 0);
    if (!(factorise(block) > least)) return false;
    for (let k = 0; k < n * n; k++) out[at + k] = k % (n + 1) === 0 ? 1 : 0;
    for (let k = 0; k < n; k++) solveFactored(block, out, at + k, n);
  }
  return true;
}

/** A = L Lᵀ in the lower triangle of a (Golub & Van Loan 2013, §4.2); false, with a spoiled, when A is not positive definite. */
export function cholesky(a: Vec, n: number): boolean {
  for (let i = 0; i < n; i++)
    for (let j = 0; j <= i; j++) {
      let sum = a[i * n + j];
      for (let k = 0; k < j; k++) sum -= a[i * n + k] * a[j * n + k];
      if (i !== j) a[i * n + j] = sum / a[j * n + j];
      else if (sum > 0) a[i * n + i] = Math.sqrt(sum);
      else return false;
    }
  return true;
}

/** In place: x ← (L Lᵀ)⁻¹ x. */
export function solveCholesky(l: Vec, n: number, x: Vec): void {
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) x[i] -= l[i * n + j] * x[j];
    x[i] /= l[i * n + i];
  }
  for (let i = n - 1; i >= 0; i--) {
    x[i] /= l[i * n + i];
    for (let j = 0; j < i; j++) x[j] -= l[i * n + j] * x[i];
  }
}

/**
 * out: A⁻¹ b for a symmetric A, definite or not, by MINRES from x = 0 (Paige & Saunders 1975; Greenbaum 1997, algorithm 4).
 * False when the residual has not come down to `tolerance`·|b| after `most` products.
 */
export function minres(
  timesInto: (x: Vec, out: Vec) => void,
  b: Vec,
  out: Vec,
  tolerance: number,
  most: number,
): boolean {
  const n = b.length;
  out.fill(0);
  let beta = Math.sqrt(dot(b, b));
  if (beta === 0) return true;
  const goal = tolerance * beta;
  let [vOld, v, w] = [new Float64Array(n), b.map(x => x / beta), new Float64Array(n)];
  let [dOld, dBefore] = [new Float64Array(n), new Float64Array(n)];
  let [eta, cOld, c, sOld, s] = [beta, 1, 1, 0, 0];
  beta = 0;
  for (let k = 0; k < most; k++) {
    timesInto(v, w);
    const alpha = dot(v, w);
    for (let i = 0; i < n; i++) w[i] -= alpha * v[i] + beta * vOld[i];
    const next = Math.sqrt(dot(w, w));
    // The new column of the tridiagonal matrix, turned by the last two Givens rotations and then by one that clears `next`.
    const [third, turned] = [sOld * beta, cOld * beta];
    const [second, diagonal] = [c * turned + s * alpha, c * alpha - s * turned];
    const rho = Math.hypot(diagonal, next);
    [cOld, sOld, c, s] = [c, s, diagonal / rho, next / rho];
    for (let i = 0; i < n; i++) {
      const d = (v[i] - third * dOld[i] - second * dBefore[i]) / rho;
      dOld[i] = d;
      out[i] += c * eta * d;
    }
    [dOld, dBefore] = [dBefore, dOld];
    eta *= -s;
    if (Math.abs(eta) <= goal) return true;
    if (!(next > 0)) return false;
    for (let i = 0; i < n; i++) w[i] /= next;
    [vOld, v, w, beta] = [v, w, vOld, next];
  }
  return false;
}
