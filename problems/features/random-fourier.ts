import { sketch } from '../../src/kernels/fields.js';
import type { Feature, Vec } from '../../src/types.js';

/** Frequencies ω_k of a sketch and what a Gaussian of variance σ² leaves of them, exp(−σ²|ω_k|²/2). */
export interface Frequencies {
  readonly count: number;
  readonly dimension: number;
  /** count·dimension numbers, row-major */
  readonly values: Vec;
  readonly damping: Vec;
}

export function frequencies(rows: readonly (readonly number[])[], sigma: number): Frequencies {
  return {
    count: rows.length,
    dimension: rows[0].length,
    values: Float64Array.from(rows.flat()),
    damping: Float64Array.from(rows, r => Math.exp((-(sigma ** 2) * r.reduce((s, x) => s + x * x, 0)) / 2)),
  };
}

/** ω_k·x with x at `at` of y. */
export function phase({ dimension, values }: Frequencies, k: number, y: Vec, at: number): number {
  let z = 0;
  for (let j = 0; j < dimension; j++) z += values[k * dimension + j] * y[at + j];
  return z;
}

/** Takes damped cosine and sine of frequency k. */
type Visit = (k: number, c: number, s: number) => void;

function eachFrequency(omega: Frequencies, y: Vec, at: number, visit: Visit): void {
  for (let k = 0; k < omega.count; k++) {
    const z = phase(omega, k, y, at);
    visit(k, omega.damping[k] * Math.cos(z), omega.damping[k] * Math.sin(z));
  }
}

/**
 * Φ(w, θ) = w E_{x ~ N(θ, σ²I)} [cos ω_k·x, sin ω_k·x]: a Gaussian seen through random Fourier features, all cosines first
 * (Rahimi & Recht 2007; Keriven, Bourrier, Gribonval & Pérez 2018). |φ(θ)| is the same for every θ.
 */
export function randomFourier(omega: Frequencies): Feature {
  const { count: p, dimension: d, values } = omega;
  const dim = 1 + d;
  const each = (y: Vec, i: number, visit: Visit) => eachFrequency(omega, y, i * dim + 1, visit);
  return {
    name: 'random-fourier',
    dim,
    size: 2 * p,
    homogeneity: { degree: 1, coordinates: [0] },
    ...sketch(omega),
    sumInto(y, m, out) {
      out.fill(0);
      for (let i = 0; i < m; i++) {
        const w = y[i * dim] / m;
        if (w === 0) continue;
        each(y, i, (k, c, s) => {
          out[k] += w * c;
          out[p + k] += w * s;
        });
      }
    },
    pullbackInto(y, m, g, out) {
      out.fill(0, 0, m * dim);
      for (let i = 0; i < m; i++) {
        const [at, w] = [i * dim, y[i * dim]];
        each(y, i, (k, c, s) => {
          out[at] += g[k] * c + g[p + k] * s;
          const slope = w * (g[p + k] * c - g[k] * s);
          for (let j = 0; j < d; j++) out[at + 1 + j] += slope * values[k * d + j];
        });
      }
    },
    pushforwardInto(y, m, x, out) {
      out.fill(0);
      for (let i = 0; i < m; i++) {
        const [w, dw] = [y[i * dim] / m, x[i * dim] / m];
        each(y, i, (k, c, s) => {
          const turn = w * phase(omega, k, x, i * dim + 1);
          out[k] += dw * c - turn * s;
          out[p + k] += dw * s + turn * c;
        });
      }
    },
    curvatureInto(y, m, g, x, out) {
      out.fill(0, 0, m * dim);
      for (let i = 0; i < m; i++) {
        const [at, w, dw] = [i * dim, y[i * dim], x[i * dim]];
        each(y, i, (k, c, s) => {
          const turn = phase(omega, k, x, at + 1);
          const slope = g[p + k] * c - g[k] * s;
          out[at] += slope * turn;
          const bent = dw * slope - w * turn * (g[k] * c + g[p + k] * s);
          for (let j = 0; j < d; j++) out[at + 1 + j] += bent * values[k * d + j];
        });
      }
    },
  };
}
