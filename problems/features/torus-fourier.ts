import { circle } from '../../src/kernels/circular-field.js';
import { type Orders, torusBasis } from '../../src/kernels/torus.js';
import { torus } from '../../src/kernels/torus-field.js';
import type { Feature, Vec } from '../../src/types.js';

/**
 * Φ(w, θ) = w φ(θ), φ the tensor product of the orthonormal real Fourier bases of degree K on the d-torus of side `period`:
 * |φ|² = (2K+1)^d and ⟨φ(θ), φ(x)⟩ is the product of the Dirichlet kernels of the coordinates of x − θ, not normalised.
 */
export function torusFourier(dimension: 1 | 2 | 3, K: number, period = 1): Feature {
  const d = dimension;
  const dim = 1 + d;
  const basis = torusBasis(d, K, period);
  const jet = new Float64Array(1 + d + d * d);
  const value: Orders = Array.from({ length: d }, () => 0 as const);
  const slopes: readonly Orders[] = value.map((_, j) => value.map((_, k) => (k === j ? 1 : 0)));
  const row = (g: Vec, y: Vec, i: number, x: Vec, out: Vec) => {
    basis.jetInto(y, i * dim + 1, g, 2, jet);
    const [w, dw] = [y[i * dim], x[i * dim]];
    out[i * dim] = 0;
    for (let j = 0; j < d; j++) {
      out[i * dim] += jet[1 + j] * x[i * dim + 1 + j];
      let bent = 0;
      for (let k = 0; k < d; k++) bent += jet[1 + d + j * d + k] * x[i * dim + 1 + k];
      out[i * dim + 1 + j] = jet[1 + j] * dw + w * bent;
    }
  };
  return {
    name: `torus-fourier-${d}`,
    dim,
    size: basis.size,
    homogeneity: { degree: 1, coordinates: [0] },
    sumInto(y, m, out) {
      out.fill(0);
      for (let i = 0; i < m; i++) if (y[i * dim] !== 0) basis.addInto(y, i * dim + 1, value, y[i * dim] / m, out);
    },
    pullbackInto(y, m, g, out) {
      for (let i = 0; i < m; i++) {
        basis.jetInto(y, i * dim + 1, g, 1, jet);
        out[i * dim] = jet[0];
        for (let j = 0; j < d; j++) out[i * dim + 1 + j] = y[i * dim] * jet[1 + j];
      }
    },
    pushforwardInto(y, m, x, out) {
      out.fill(0);
      for (let i = 0; i < m; i++) {
        basis.addInto(y, i * dim + 1, value, x[i * dim] / m, out);
        for (let j = 0; j < d; j++)
          basis.addInto(y, i * dim + 1, slopes[j], (y[i * dim] * x[i * dim + 1 + j]) / m, out);
      }
    },
    jacobianInto(y, m, out) {
      out.fill(0);
      for (let i = 0; i < m; i++)
        for (let j = 0; j < dim; j++) {
          const row = out.subarray((i * dim + j) * basis.size, (i * dim + j + 1) * basis.size);
          basis.addInto(y, i * dim + 1, j === 0 ? value : slopes[j - 1], j === 0 ? 1 : y[i * dim], row);
        }
    },
    curvatureInto(y, m, g, x, out) {
      for (let i = 0; i < m; i++) row(g, y, i, x, out);
    },
    ...(d === 1 && period === 1 && { open: circle(K) }),
    ...(d === 2 && { open: torus(K, period) }),
  };
}
