import type { Feature, Vec } from '../../src/types.js';

/** The distinct entries a ≤ b ≤ c of a symmetric d×d×d tensor, with the root of how often each of them occurs. */
export interface CubeEntries {
  readonly count: number;
  readonly indices: Int32Array;
  readonly roots: Vec;
}

/** How many orders a triple of so many different indices has. */
const TIMES: Readonly<Record<number, number>> = { 1: 1, 2: 3, 3: 6 };

export function cubeEntries(d: number): CubeEntries {
  const triples: number[][] = [];
  for (let a = 0; a < d; a++) for (let b = a; b < d; b++) for (let c = b; c < d; c++) triples.push([a, b, c]);
  return {
    count: triples.length,
    indices: Int32Array.from(triples.flat()),
    roots: Float64Array.from(triples, t => Math.sqrt(TIMES[new Set(t).size])),
  };
}

/**
 * Φ(θ) = θ⊗θ⊗θ for symmetric tensors of order 3, as its d(d+1)(d+2)/6 distinct entries, each times the root of its multiplicity, so that
 * lengths and angles are those of ℝ^{d×d×d}. Of odd order: −θ carries the negative.
 */
export function symmetricCube(d: number): Feature {
  const { count, indices, roots } = cubeEntries(d);
  /** Calls with the coordinates a ≤ b ≤ c of every entry. */
  const each = (at: number, visit: (a: number, b: number, c: number, k: number) => void): void => {
    for (let k = 0; k < count; k++) visit(at + indices[3 * k], at + indices[3 * k + 1], at + indices[3 * k + 2], k);
  };
  return {
    name: 'symmetric-cube',
    dim: d,
    size: count,
    homogeneity: { degree: 3, coordinates: Array.from({ length: d }, (_, j) => j) },
    sumInto(y, m, out) {
      out.fill(0);
      for (let i = 0; i < m; i++)
        each(i * d, (a, b, c, k) => {
          out[k] += (roots[k] * y[a] * y[b] * y[c]) / m;
        });
    },
    pullbackInto(y, m, g, out) {
      out.fill(0, 0, m * d);
      for (let i = 0; i < m; i++)
        each(i * d, (a, b, c, k) => {
          const s = roots[k] * g[k];
          out[a] += s * y[b] * y[c];
          out[b] += s * y[a] * y[c];
          out[c] += s * y[a] * y[b];
        });
    },
    pushforwardInto(y, m, x, out) {
      out.fill(0);
      for (let i = 0; i < m; i++)
        each(i * d, (a, b, c, k) => {
          out[k] += (roots[k] * (x[a] * y[b] * y[c] + y[a] * x[b] * y[c] + y[a] * y[b] * x[c])) / m;
        });
    },
    curvatureInto(y, m, g, x, out) {
      out.fill(0, 0, m * d);
      for (let i = 0; i < m; i++)
        each(i * d, (a, b, c, k) => {
          const s = roots[k] * g[k];
          out[a] += s * (x[b] * y[c] + y[b] * x[c]);
          out[b] += s * (x[a] * y[c] + y[a] * x[c]);
          out[c] += s * (x[a] * y[b] + y[a] * x[b]);
        });
    },
  };
}
