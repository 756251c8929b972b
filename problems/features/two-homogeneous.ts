import { fusedField } from '../../src/kernels/fused.js';
import type { Feature, FusedField, Loss, Vec } from '../../src/types.js';

/** |uᵢ|² of particle i. */
function square(y: Vec, i: number, dim: number): number {
  let sum = 0;
  for (let k = i * dim; k < (i + 1) * dim; k++) sum += y[k] * y[k];
  return sum;
}

const product = (a: Vec, b: Vec, i: number, dim: number): number => {
  let sum = 0;
  for (let k = i * dim; k < (i + 1) * dim; k++) sum += a[k] * b[k];
  return sum;
};

/** The field of `length` coordinates from that of Φ: its sums are at `shrunk` states, its pullbacks are `turned`. */
function opened(
  length: number,
  field: FusedField,
  loss: Loss,
  size: number,
  shrunk: (y: Vec) => Vec,
  turned: (y: Vec, slope: Vec) => Vec,
): FusedField {
  const [state, result, slope] = Array.from({ length: 3 }, () => new Float64Array(length));
  const [output, residual] = [new Float64Array(size), new Float64Array(size)];
  const run = (mode: string) => {
    if (mode === 'sum') field.sumInto(shrunk(state), output);
    else {
      field.pullbackInto(state, residual, slope);
      result.set(turned(state, slope).map(x => -x));
    }
    return Number.NaN;
  };
  const { tier } = field;
  return fusedField({ tier, state, result, output, residual, known: false, take: () => undefined, run }, loss);
}

/**
 * Φ(u)/|u|^{p−2} for a feature Φ of degree p > 2 in all coordinates: the same measures on the sphere with masses |u|², so that Theorem 3.3 of
 * Chizat & Bach (2018), which wants degree 2, applies. Zero, with its derivative, at u = 0.
 */
export function twoHomogeneous(feature: Feature): Feature {
  const { dim, size, homogeneity } = feature;
  const p = homogeneity?.degree ?? 0;
  const { pushforwardInto, curvatureInto, open, roomFor } = feature;
  if (!(p > 2 && homogeneity?.coordinates.length === dim && pushforwardInto && curvatureInto))
    throw new TypeError(`${feature.name} must be of degree > 2 in all coordinates, with second derivatives`);
  const e = p - 2;
  /** Rows by coordinate k of particle i with n2 = |uᵢ|²; zero where uᵢ = 0. */
  const rows = (y: Vec, m: number, row: (i: number, n2: number, k: number) => number): Vec => {
    const out = new Float64Array(m * dim);
    for (let i = 0; i < m; i++) {
      const n2 = square(y, i, dim);
      if (n2 !== 0) for (let k = i * dim; k < (i + 1) * dim; k++) out[k] = row(i, n2, k);
    }
    return out;
  };
  const pulled = (y: Vec, m: number, g: Vec): Vec => {
    const out = new Float64Array(m * dim);
    feature.pullbackInto(y, m, g, out);
    return out;
  };
  /** Where Φ is what Φ(u)/|u|^e is at u. */
  const shrunk = (y: Vec, m: number): Vec => rows(y, m, (_i, n2, k) => y[k] * n2 ** (-e / (2 * p)));
  // h = ⟨g, Φ⟩ is ∇h·u/p by Euler's identity, so ∇(h|u|^−e) needs ∇h alone.
  const turned = (y: Vec, m: number, slope: Vec): Vec => {
    const value = Float64Array.from({ length: m }, (_, i) => product(slope, y, i, dim) / p);
    return rows(y, m, (i, n2, k) => n2 ** (-e / 2) * (slope[k] - (e * value[i] * y[k]) / n2));
  };
  return {
    name: `two-homogeneous-${feature.name}`,
    dim,
    size,
    homogeneity: { degree: 2, coordinates: homogeneity.coordinates },
    ...(open && {
      open(m: number, loss: Loss) {
        const field = open(m, loss);
        return (
          field &&
          opened(
            m * dim,
            field,
            loss,
            size,
            y => shrunk(y, m),
            (y, slope) => turned(y, m, slope),
          )
        );
      },
    }),
    ...(roomFor && { roomFor }),
    sumInto: (y, m, out) => feature.sumInto(shrunk(y, m), m, out),
    pullbackInto: (y, m, g, out) => out.set(turned(y, m, pulled(y, m, g))),
    pushforwardInto(y, m, x, out) {
      const turned = rows(y, m, (i, n2, k) => n2 ** (-e / 2) * (x[k] - (e * product(x, y, i, dim) * y[k]) / (p * n2)));
      pushforwardInto(y, m, turned, out);
    },
    curvatureInto(y, m, g, x, out) {
      const slope = pulled(y, m, g);
      const bent = new Float64Array(m * dim);
      curvatureInto(y, m, g, x, bent);
      const along = (i: number) => [product(slope, y, i, dim) / p, product(slope, x, i, dim), product(x, y, i, dim)];
      const terms = Array.from({ length: m }, (_, i) => along(i));
      out.set(
        rows(y, m, (i, n2, k) => {
          const [h, hx, ux] = terms[i];
          const mixed = slope[k] * ux + y[k] * hx + h * x[k] - ((e + 2) * h * ux * y[k]) / n2;
          return n2 ** (-e / 2) * (bent[k] - (e * mixed) / n2);
        }),
      );
    },
  };
}
