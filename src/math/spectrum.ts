import { EigenvalueDecomposition, Matrix, SingularValueDecomposition } from 'ml-matrix';
import type { Vec } from '../types.js';
import { dot } from './vec.js';

/** A fixed start vector with every direction in it, so that the result is the same on every run. */
function startVector(n: number): Vec {
  const v = Float64Array.from({ length: n }, (_, i) => Math.sin(1 + 12.9898 * i) + 0.5);
  const norm = Math.sqrt(dot(v, v));
  return v.map(x => x / norm);
}

/** Removes from w its components along the basis, twice: once is not enough in floating point (Parlett 1998, §6.9). */
function orthogonalise(w: Vec, basis: readonly Vec[]): void {
  for (let pass = 0; pass < 2; pass++)
    for (const q of basis) {
      const c = dot(q, w);
      for (let i = 0; i < w.length; i++) w[i] -= c * q[i];
    }
}

/**
 * Smallest and largest eigenvalue of a symmetric operator on ℝⁿ by Lanczos with full reorthogonalisation (Golub & Van Loan 2013, §10.1);
 * exact up to rounding once `steps` reaches n. `timesInto` writes A x.
 */
export function extremeEigenvalues(
  timesInto: (x: Vec, out: Vec) => void,
  n: number,
  steps = Math.min(n, 60),
): readonly [smallest: number, largest: number] {
  const basis: Vec[] = [];
  const [alpha, beta]: [number[], number[]] = [[], []];
  let q = startVector(n);
  for (let j = 0; j < steps; j++) {
    basis.push(q);
    const w = new Float64Array(n);
    timesInto(q, w);
    alpha.push(dot(q, w));
    const before = Math.sqrt(dot(w, w));
    orthogonalise(w, basis);
    const norm = Math.sqrt(dot(w, w));
    if (!(norm > 1e-13 * before)) break;
    beta.push(norm);
    q = w.map(x => x / norm);
  }
  const k = alpha.length;
  if (!alpha.every(Number.isFinite)) return [Number.NaN, Number.NaN];
  const T = Matrix.zeros(k, k);
  for (let j = 0; j < k; j++) {
    T.set(j, j, alpha[j]);
    if (j + 1 < k) {
      T.set(j, j + 1, beta[j]);
      T.set(j + 1, j, beta[j]);
    }
  }
  const values = new EigenvalueDecomposition(T, { assumeSymmetric: true }).realEigenvalues;
  return [Math.min(...values), Math.max(...values)];
}

/** The largest absolute value of an eigenvalue. */
export const spectralRadius = (timesInto: (x: Vec, out: Vec) => void, n: number, steps?: number): number =>
  Math.max(...extremeEigenvalues(timesInto, n, steps).map(Math.abs));

/** Eigenvalues of a symmetric matrix given by its rows, from the largest down. */
export const symmetricEigenvalues = (rows: readonly (readonly number[])[]): number[] =>
  new EigenvalueDecomposition(new Matrix(rows.map(r => [...r])), { assumeSymmetric: true }).realEigenvalues.sort(
    (a, b) => b - a,
  );

/** Singular values of a matrix given by its rows, from the largest down. */
export const singularValues = (rows: readonly (readonly number[])[]): number[] =>
  new SingularValueDecomposition(new Matrix(rows.map(r => [...r])), {
    computeLeftSingularVectors: false,
    computeRightSingularVectors: false,
    autoTranspose: true,
  }).diagonal.sort((a, b) => b - a);
