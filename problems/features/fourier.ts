import { circle } from '../../src/kernels/circular-field.js';
import { analyseInto, basisInto, jetInto, synthesiseInto } from '../../src/kernels/trigonometric.js';
import { derivativesInto } from '../../src/kernels/trigonometric-derivatives.js';
import type { Feature } from '../../src/types.js';

/**
 * Φ(w, θ) = w φ(θ), φ the orthonormal real Fourier basis of degree K on ℝ/ℤ: F ≅ ℝ^{2K+1}, |φ|² = 2K+1,
 * ⟨φ(θ), φ(x)⟩ = ψ(x − θ) with the Dirichlet kernel ψ (Chizat & Bach 2018, §4.1).
 */
export function fourier(K: number): Feature {
  const size = 2 * K + 1;
  const jet = new Float64Array(3);
  const phi = new Float64Array(size);
  const slope = new Float64Array(size);
  return {
    name: 'fourier',
    dim: 2,
    size,
    homogeneity: { degree: 1, coordinates: [0] },
    sumInto: (y, m, out) => synthesiseInto(y, m, K, 1 / m, out),
    pullbackInto: (y, m, g, out) => analyseInto(y, m, K, g, out),
    pushforwardInto(y, m, x, out) {
      out.fill(0);
      for (let i = 0; i < m; i++) {
        basisInto(y[2 * i + 1], K, 0, phi);
        basisInto(y[2 * i + 1], K, 1, slope);
        const [dw, dtheta] = [x[2 * i] / m, (y[2 * i] * x[2 * i + 1]) / m];
        for (let k = 0; k < size; k++) out[k] += dw * phi[k] + dtheta * slope[k];
      }
    },
    jacobianInto(y, m, out) {
      for (let i = 0; i < m; i++) {
        basisInto(y[2 * i + 1], K, 0, phi);
        basisInto(y[2 * i + 1], K, 1, slope);
        for (let k = 0; k < size; k++) {
          out[2 * i * size + k] = phi[k];
          out[(2 * i + 1) * size + k] = y[2 * i] * slope[k];
        }
      }
    },
    curvatureInto(y, m, g, x, out) {
      for (let i = 0; i < m; i++) {
        jetInto(y[2 * i + 1], K, g, jet);
        out[2 * i] = jet[1] * x[2 * i + 1];
        out[2 * i + 1] = jet[1] * x[2 * i] + y[2 * i] * jet[2] * x[2 * i + 1];
      }
    },
    derivativesInto: (y, m, g, rows, blocks) => derivativesInto(y, m, K, g, rows, blocks),
    open: circle(K),
  };
}
