import { twoLayer } from '../../src/kernels/fields.js';
import { dot } from '../../src/math/vec.js';
import type { Feature, FeatureKinks, Vec } from '../../src/types.js';
import { isPlane, type SortedKinks, signedSquares, unitsInPlane } from '../plane/units.js';
import { type Inputs, product } from './neuron.js';

/** s(θ)ⱼ = θⱼ|θⱼ| for all particles. */
const squared = (y: Vec, n: number): Vec => Float64Array.from({ length: n }, (_, j) => y[j] * Math.abs(y[j]));

function signedSquareKinks(x: Inputs, sorted: SortedKinks | undefined): FeatureKinks {
  const d = x.columns;
  const rate = (y: Vec, v: Vec, i: number, k: number) => {
    let sum = 0;
    for (let j = 0; j < d; j++) sum += 2 * Math.abs(y[i * d + j]) * v[i * d + j] * x.values[k * d + j];
    return sum;
  };
  const value = (y: Vec, i: number, k: number) => product(squared(y.subarray(i * d, (i + 1) * d), d), 0, x, k);
  return {
    perParticle: x.rows,
    ...(sorted && { sorted: { ...sorted, value } }),
    valuesInto(y, m, out) {
      const s = squared(y, m * d);
      for (let i = 0; i < m; i++) for (let k = 0; k < x.rows; k++) out[i * x.rows + k] = product(s, i * d, x, k);
    },
    rate,
    snap(y, i, k) {
      // One Newton step along the gradient of s(θ)·x_k; the particle is on the kink up to rounding already.
      const gradient = Float64Array.from({ length: d }, (_, j) => 2 * Math.abs(y[i * d + j]) * x.values[k * d + j]);
      const length = dot(gradient, gradient);
      if (length === 0) return;
      const share = value(y, i, k) / length;
      for (let j = 0; j < d; j++) y[i * d + j] -= share * gradient[j];
    },
  };
}

/**
 * Φ(θ) = ±(max(0, s(θ)·x_k))_k, s(θ)ⱼ = θⱼ|θⱼ|: the differentiable parametrisation of the ReLU unit on two copies of the domain
 * (Chizat & Bach 2018, §4.2). `sign` names the copy a particle lives on.
 */
export function signedSquare(x: Inputs, sign: (particle: number) => number): Feature {
  const { rows: n, columns: d, values } = x;
  const active = (s: Vec, i: number, k: number, side: number | undefined) => {
    const z = product(s, i * d, x, k);
    return (side ?? z) > 0 ? z : 0;
  };
  const on = (s: Vec, i: number, k: number, side: number | undefined) => (side ?? product(s, i * d, x, k)) > 0;
  const plane = isPlane(x) ? unitsInPlane(values, signedSquares(sign)) : undefined;
  return {
    name: 'signed-square-neuron',
    dim: d,
    size: n,
    homogeneity: { degree: 2, coordinates: Array.from({ length: d }, (_, j) => j) },
    kinks: signedSquareKinks(x, plane?.sorted),
    sumInto(y, m, out, pattern) {
      out.fill(0);
      const s = squared(y, m * d);
      for (let i = 0; i < m; i++)
        for (let k = 0; k < n; k++) out[k] += (sign(i) / m) * active(s, i, k, pattern?.[i * n + k]);
    },
    pullbackInto(y, m, g, out, pattern) {
      out.fill(0);
      const s = squared(y, m * d);
      for (let i = 0; i < m; i++)
        for (let k = 0; k < n; k++) {
          if (!on(s, i, k, pattern?.[i * n + k])) continue;
          for (let j = 0; j < d; j++) out[i * d + j] += sign(i) * g[k] * values[k * d + j] * 2 * Math.abs(y[i * d + j]);
        }
    },
    pushforwardInto(y, m, v, out, pattern) {
      out.fill(0);
      const s = squared(y, m * d);
      for (let i = 0; i < m; i++)
        for (let k = 0; k < n; k++) {
          if (!on(s, i, k, pattern?.[i * n + k])) continue;
          let rate = 0;
          for (let j = 0; j < d; j++) rate += values[k * d + j] * 2 * Math.abs(y[i * d + j]) * v[i * d + j];
          out[k] += (sign(i) * rate) / m;
        }
    },
    curvatureInto(y, m, g, v, out, pattern) {
      out.fill(0);
      const s = squared(y, m * d);
      for (let i = 0; i < m; i++)
        for (let k = 0; k < n; k++) {
          if (!on(s, i, k, pattern?.[i * n + k])) continue;
          for (let j = 0; j < d; j++)
            out[i * d + j] += sign(i) * g[k] * values[k * d + j] * 2 * Math.sign(y[i * d + j]) * v[i * d + j];
        }
    },
    ...(plane?.sums ?? twoLayer({ ...x, activation: 'relu', sign })),
  };
}
