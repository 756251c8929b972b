import { twoLayer } from '../../src/kernels/fields.js';
import { dot } from '../../src/math/vec.js';
import type { Branch, Feature, FeatureKinks, Vec } from '../../src/types.js';
import { isPlane, type SortedKinks, unitsInPlane, weighted } from '../plane/units.js';
import type { Activation } from './activations.js';

/** Inputs of a network: n rows of d numbers, row-major. */
export interface Inputs {
  readonly rows: number;
  readonly columns: number;
  readonly values: Vec;
  /** Rows for one gradient: to sort them would cost more. */
  readonly once?: boolean;
}

/** One column more, all ones: the bias as a weight. */
export function withBias({ columns, values, ...rest }: Inputs): Inputs {
  const { rows } = rest;
  const out = new Float64Array(rows * (columns + 1));
  for (let k = 0; k < rows; k++) {
    const at = k * (columns + 1);
    for (let j = 0; j < columns; j++) out[at + j] = values[k * columns + j];
    out[at + columns] = 1;
  }
  return { ...rest, columns: columns + 1, values: out };
}

/** θᵢ·x_k, particle θ beginning at `at` in y. */
export function product(y: Vec, at: number, { columns, values }: Inputs, k: number): number {
  let z = 0;
  for (let j = 0; j < columns; j++) z += y[at + j] * values[k * columns + j];
  return z;
}

/** The kinks θᵢ·x_k = 0, θ at coordinates 1…d of a particle [w, θ]. */
function neuronKinks(x: Inputs, sorted: SortedKinks | undefined): FeatureKinks {
  const dim = 1 + x.columns;
  const square = (k: number): number => {
    const row = x.values.subarray(k * x.columns, (k + 1) * x.columns);
    return dot(row, row);
  };
  return {
    perParticle: x.rows,
    linear: true,
    valuesInto(y, m, out) {
      for (let i = 0; i < m; i++) for (let k = 0; k < x.rows; k++) out[i * x.rows + k] = product(y, i * dim + 1, x, k);
    },
    ...(sorted && { sorted: { ...sorted, value: (y: Vec, i: number, k: number) => product(y, i * dim + 1, x, k) } }),
    rate: (_y, v, i, k) => product(v, i * dim + 1, x, k),
    snap(y, i, k) {
      const length = square(k);
      if (length === 0) return;
      const share = product(y, i * dim + 1, x, k) / length;
      for (let j = 0; j < x.columns; j++) y[i * dim + 1 + j] -= share * x.values[k * x.columns + j];
    },
  };
}

const sideOf = (pattern: Branch | undefined, at: number): number | undefined => pattern?.[at];

/** First derivatives along a direction and one by one, and second derivatives. */
function neuronDerivatives(
  x: Inputs,
  activation: Activation,
): Pick<Feature, 'pushforwardInto' | 'jacobianInto' | 'curvatureInto'> {
  const { rows: n, columns: d, values } = x;
  const dim = 1 + d;
  return {
    pushforwardInto(y, m, v, out, pattern) {
      out.fill(0);
      for (let i = 0; i < m; i++) {
        const at = i * dim;
        for (let k = 0; k < n; k++) {
          const z = product(y, at + 1, x, k);
          const side = sideOf(pattern, i * n + k);
          const turn = y[at] * activation.slope(z, side) * product(v, at + 1, x, k);
          out[k] += (v[at] * activation.value(z, side) + turn) / m;
        }
      }
    },
    jacobianInto(y, m, out, pattern) {
      for (let i = 0; i < m; i++) {
        const at = i * dim;
        for (let k = 0; k < n; k++) {
          const z = product(y, at + 1, x, k);
          const side = sideOf(pattern, i * n + k);
          out[at * n + k] = activation.value(z, side);
          const turn = y[at] * activation.slope(z, side);
          for (let j = 0; j < d; j++) out[(at + 1 + j) * n + k] = turn * values[k * d + j];
        }
      }
    },
    curvatureInto(y, m, g, v, out, pattern) {
      out.fill(0);
      for (let i = 0; i < m; i++) {
        const at = i * dim;
        for (let k = 0; k < n; k++) {
          const z = product(y, at + 1, x, k);
          const slope = activation.slope(z, sideOf(pattern, i * n + k));
          const dz = product(v, at + 1, x, k);
          out[at] += g[k] * slope * dz;
          const pull = g[k] * (v[at] * slope + y[at] * activation.bend(z) * dz);
          for (let j = 0; j < d; j++) out[at + 1 + j] += pull * values[k * d + j];
        }
      }
    },
  };
}

/** Φ(w, θ) = w (σ(θ·x_k))_k ∈ ℝⁿ: one hidden unit on n inputs (Chizat & Bach 2018, §4.2). */
export function neuron(x: Inputs, activation: Activation): Feature {
  const { rows: n, columns: d, values } = x;
  const dim = 1 + d;
  const { leak } = activation;
  const plane = leak !== undefined && isPlane(x) ? unitsInPlane(values, weighted, leak) : undefined;
  return {
    name: `${activation.name}-neuron`,
    dim,
    size: n,
    homogeneity: activation.kinked
      ? { degree: 2, coordinates: Array.from({ length: dim }, (_, k) => k) }
      : { degree: 1, coordinates: [0] },
    ...(activation.kinked && { kinks: neuronKinks(x, plane?.sorted) }),
    sumInto(y, m, out, pattern) {
      out.fill(0);
      for (let i = 0; i < m; i++) {
        const w = y[i * dim] / m;
        for (let k = 0; k < n; k++)
          out[k] += w * activation.value(product(y, i * dim + 1, x, k), sideOf(pattern, i * n + k));
      }
    },
    pullbackInto(y, m, g, out, pattern) {
      out.fill(0);
      for (let i = 0; i < m; i++) {
        const [at, w] = [i * dim, y[i * dim]];
        for (let k = 0; k < n; k++) {
          const z = product(y, at + 1, x, k);
          const side = sideOf(pattern, i * n + k);
          out[at] += g[k] * activation.value(z, side);
          const pull = g[k] * w * activation.slope(z, side);
          for (let j = 0; j < d; j++) out[at + 1 + j] += pull * values[k * d + j];
        }
      }
    },
    ...neuronDerivatives(x, activation),
    // Sums over sorted angles cost O(m + n), a kernel m·n.
    ...(plane?.sums ?? (activation.kernel && twoLayer({ ...x, activation: activation.kernel }))),
  };
}
