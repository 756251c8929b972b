import { outerProducts } from '../../src/kernels/fields.js';
import type { Feature, Vec } from '../../src/types.js';

/** θᵢθᵢᵀ summed with (1/m): out is d×d, row-major. */
function gram(y: Vec, x: Vec, m: number, d: number, out: Vec): void {
  out.fill(0);
  for (let i = 0; i < m; i++)
    for (let a = 0; a < d; a++) {
      const left = y[i * d + a] / m;
      for (let b = 0; b < d; b++) out[a * d + b] += left * x[i * d + b];
    }
}

/** out: rows (G + Gᵀ) xᵢ */
function symmetricTimes(g: Vec, x: Vec, m: number, d: number, out: Vec): void {
  for (let i = 0; i < m; i++)
    for (let a = 0; a < d; a++) {
      let sum = 0;
      for (let b = 0; b < d; b++) sum += (g[a * d + b] + g[b * d + a]) * x[i * d + b];
      out[i * d + a] = sum;
    }
}

/** Φ(θ) = θθᵀ ∈ ℝ^{d×d}: symmetric low-rank matrices (Burer & Monteiro 2003). */
export function outerProduct(d: number): Feature {
  return {
    name: 'outer-product',
    dim: d,
    size: d * d,
    homogeneity: { degree: 2, coordinates: Array.from({ length: d }, (_, j) => j) },
    ...outerProducts(d),
    sumInto: (y, m, out) => gram(y, y, m, d, out),
    pullbackInto: (y, m, g, out) => symmetricTimes(g, y, m, d, out),
    pushforwardInto(y, m, x, out) {
      const other = new Float64Array(d * d);
      gram(y, x, m, d, out);
      gram(x, y, m, d, other);
      for (let k = 0; k < d * d; k++) out[k] += other[k];
    },
    derivativesInto(y, m, g, rows, blocks) {
      rows.fill(0);
      for (let i = 0; i < m; i++)
        for (let a = 0; a < d; a++) {
          const row = (i * d + a) * d * d;
          for (let b = 0; b < d; b++) {
            rows[row + a * d + b] += y[i * d + b];
            rows[row + b * d + a] += y[i * d + b];
            blocks[(i * d + a) * d + b] = g[a * d + b] + g[b * d + a];
          }
        }
    },
    curvatureInto: (_y, m, g, x, out) => symmetricTimes(g, x, m, d, out),
  };
}
