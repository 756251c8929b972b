/** Ṽ(θ) of V = β|w|Ṽ(θ): functions of |θ|, and formulae. θ is a particle without the coordinate of its weight. */
import type { Feature, Modulation, Vec } from '../src/types.js';

/** A modulation with second derivatives; `name` is shown. */
export interface Modulus extends Modulation {
  readonly name: string;
  /** out: rows Ṽ″(uᵢ) xᵢ */
  curvatureInto(y: Vec, m: number, x: Vec, out: Vec): void;
}

/** Ṽ = G(|θ|²) from G, G′ and G″. */
interface Radial {
  readonly name: string;
  readonly norm?: boolean;
  readonly value: (s: number) => number;
  readonly slope: (s: number) => number;
  readonly bend: (s: number) => number;
}

function radial({ name, norm, value, slope, bend }: Radial, dim: number, coordinate: number): Modulus {
  const times = (a: Vec, b: Vec, i: number) => {
    let sum = 0;
    for (let k = 0; k < dim; k++) if (k !== coordinate) sum += a[i * dim + k] * b[i * dim + k];
    return sum;
  };
  return {
    name,
    ...(norm && { norm }),
    valuesInto(y, m, out) {
      for (let i = 0; i < m; i++) out[i] = value(times(y, y, i));
    },
    gradientInto(y, m, out) {
      for (let i = 0; i < m; i++) {
        const by = 2 * slope(times(y, y, i));
        for (let k = 0; k < dim; k++) out[i * dim + k] = k === coordinate ? 0 : by * y[i * dim + k];
      }
    },
    curvatureInto(y, m, x, out) {
      for (let i = 0; i < m; i++) {
        const s = times(y, y, i);
        const [by, along] = [2 * slope(s), 4 * bend(s) * times(y, x, i)];
        for (let k = i * dim; k < (i + 1) * dim; k++) out[k] = k % dim === coordinate ? 0 : by * x[k] + along * y[k];
      }
    },
  };
}

const NORM: Radial = {
  name: '|θ|',
  norm: true,
  value: Math.sqrt,
  // At θ = 0 the subgradient of least norm, 0.
  slope: s => (s > 0 ? 0.5 / Math.sqrt(s) : 0),
  bend: s => (s > 0 ? -0.25 / (s * Math.sqrt(s)) : 0),
};

const ROOT: Radial = {
  name: '√(1 + |θ|²)',
  value: s => Math.sqrt(1 + s),
  slope: s => 0.5 / Math.sqrt(1 + s),
  bend: s => -0.25 / ((1 + s) * Math.sqrt(1 + s)),
};

const QUADRATIC: Radial = { name: '1 + |θ|²', value: s => 1 + s, slope: () => 1, bend: () => 0 };

const named =
  (r: Radial) =>
  (dim: number, coordinate = 0): Modulus =>
    radial(r, dim, coordinate);

/** Ṽ by name, from the number of coordinates and which of them is the weight. */
export const moduli = { norm: named(NORM), root: named(ROOT), quadratic: named(QUADRATIC) } as const;

/** Ṽ from a feature of one number that does not depend on the coordinate of the weight. NaN, which ends a run, where it is negative. */
export function featureModulus(feature: Feature, name: string): Modulus {
  const { dim } = feature;
  const [one, value] = [Float64Array.of(1), new Float64Array(1)];
  return {
    name,
    valuesInto(y, m, out) {
      for (let i = 0; i < m; i++) {
        feature.sumInto(y.subarray(i * dim, (i + 1) * dim), 1, value);
        out[i] = value[0] >= 0 ? value[0] : Number.NaN;
      }
    },
    gradientInto: (y, m, out) => feature.pullbackInto(y, m, one, out),
    curvatureInto: (y, m, x, out) => feature.curvatureInto?.(y, m, one, x, out),
  };
}
