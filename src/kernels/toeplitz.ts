/**
 * Hermitian Toeplitz matrices T(u) of the moments of a measure on ℝ/ℤ, u in the basis of trigonometric.ts, and the barrier −log det T with its
 * derivatives. T(u) ⪰ 0 exactly where u are the moments of a measure ≥ 0 (Carathéodory & Toeplitz 1911).
 */
import { cholesky, solveCholesky } from '../math/linear.js';
import type { Vec } from '../types.js';

/** n = K+1: T as the symmetric matrix [[A, −B], [B, A]] of 2n rows, T = A + iB. */
function realForm(u: Vec, K: number): Vec {
  const n = K + 1;
  const size = 2 * n;
  const out = new Float64Array(size * size);
  for (let a = 0; a < n; a++)
    for (let b = 0; b < n; b++) {
      const k = Math.abs(a - b);
      const re = k === 0 ? u[0] : u[k] * Math.SQRT1_2;
      // Moment a − b is ∫ e^{−2πi(a−b)θ}.
      const im = k === 0 ? 0 : -Math.sign(a - b) * u[K + k] * Math.SQRT1_2;
      out[a * size + b] = re;
      out[(n + a) * size + n + b] = re;
      out[(n + a) * size + b] = im;
      out[a * size + n + b] = -im;
    }
  return out;
}

/** T(u)⁻¹ = re + i·im, row-major, with log det T(u); null where T(u) is not positive definite. */
export interface Inverse {
  readonly n: number;
  readonly re: Vec;
  readonly im: Vec;
  readonly logDet: number;
}

export function toeplitzInverse(u: Vec, K: number): Inverse | null {
  const n = K + 1;
  const L = realForm(u, K);
  if (!cholesky(L, 2 * n)) return null;
  let logDet = 0;
  for (let a = 0; a < 2 * n; a++) logDet += Math.log(L[a * 2 * n + a]);
  const [re, im] = [new Float64Array(n * n), new Float64Array(n * n)];
  const x = new Float64Array(2 * n);
  for (let b = 0; b < n; b++) {
    x.fill(0);
    x[b] = 1;
    solveCholesky(L, 2 * n, x);
    for (let a = 0; a < n; a++) {
      re[a * n + b] = x[a];
      im[a * n + b] = x[n + a];
    }
  }
  // The real form has every eigenvalue twice, and the diagonal of L its root: the sum is log det T itself.
  return { n, re, im, logDet };
}

/** out: 2K+1 numbers, the gradient of log det T(u). */
export function logDetGradient({ n, re, im }: Inverse): Vec {
  const K = n - 1;
  const out = new Float64Array(2 * K + 1);
  for (let b = 0; b < n; b++) out[0] += re[b * n + b];
  for (let k = 1; k <= K; k++)
    for (let b = 0; b + k < n; b++) {
      out[k] += Math.SQRT2 * re[b * n + b + k];
      out[K + k] += Math.SQRT2 * im[b * n + b + k];
    }
  return out;
}

/** tr(W S_j W S_k), S_j the shift by j ≥ 0, S_{−k} its transpose. */
function pairing({ n, re, im }: Inverse, j: number, k: number): readonly [number, number] {
  let [x, y] = [0, 0];
  for (let d = Math.max(0, -k); d + Math.max(0, k) < n; d++)
    for (let b = 0; b + j < n; b++) {
      const [p, q] = [d * n + b + j, b * n + d + k];
      x += re[p] * re[q] - im[p] * im[q];
      y += re[p] * im[q] + im[p] * re[q];
    }
  return [x, y];
}

/** (2K+1)² numbers, the Hessian of −log det T(u). */
export function logDetHessian(W: Inverse): Vec {
  const K = W.n - 1;
  const size = 2 * K + 1;
  const H = new Float64Array(size * size);
  const put = (a: number, b: number, value: number) => {
    H[a * size + b] = value;
    H[b * size + a] = value;
  };
  for (let j = 0; j <= K; j++)
    for (let k = 0; k <= K; k++) {
      const [x, y] = pairing(W, j, k);
      if (j === 0 && k === 0) put(0, 0, x);
      else if (j === 0) {
        put(0, k, Math.SQRT2 * x);
        put(0, K + k, Math.SQRT2 * y);
      } else if (k > 0) {
        const [back, turned] = pairing(W, j, -k);
        put(j, k, x + back);
        put(K + j, K + k, back - x);
        put(j, K + k, y - turned);
      }
    }
  return H;
}
