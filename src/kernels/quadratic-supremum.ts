import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import type { Feature, Supremum, Vec } from '../types.js';

/** The symmetric H with ⟨g, Φ(u)⟩ = uᵀHu, from the derivatives of Φ at the unit vectors. */
function formOf(feature: Feature, g: Vec): Matrix {
  const d = feature.dim;
  const [units, rows] = [new Float64Array(d * d), new Float64Array(d * d)];
  for (let j = 0; j < d; j++) units[j * d + j] = 1;
  feature.pullbackInto(units, d, g, rows);
  const H = Matrix.zeros(d, d);
  for (let i = 0; i < d; i++) for (let j = 0; j < d; j++) H.set(i, j, (rows[i * d + j] + rows[j * d + i]) / 4);
  return H;
}

/**
 * The largest ⟨g, Φ(u)⟩ over |u| = 1 for a Φ that is quadratic: the top eigenvalue. It is below `upper` by the backward error of the
 * symmetric eigenvalue problem, a few roundings of |H|_F for each coordinate (Golub & Van Loan 2013, §8.3).
 */
export function quadraticSupremum(feature: Feature, g: Vec): Supremum {
  const H = formOf(feature, g);
  const method = 'top eigenvalue';
  const norm = H.norm();
  if (!Number.isFinite(norm))
    return { value: Number.NaN, upper: Number.NaN, at: new Float64Array(feature.dim), proof: false, method };
  const { realEigenvalues: values, eigenvectorMatrix } = new EigenvalueDecomposition(H, { assumeSymmetric: true });
  const top = values.reduce((best, v, k) => (v > values[best] ? k : best), 0);
  const at = Float64Array.from(eigenvectorMatrix.getColumn(top));
  const value = Matrix.rowVector(at).mmul(H).mmul(Matrix.columnVector(at)).get(0, 0);
  const upper = Math.max(0, value, values[top] + 8 * feature.dim * Number.EPSILON * norm);
  return { value: Math.max(0, value), upper, at, proof: true, method };
}
