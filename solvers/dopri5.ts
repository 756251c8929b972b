import { stepping } from '../src/drive.js';
import type { Dense, Stepper, Vec } from '../src/types.js';
import { dopri5Tableau } from './tableaux/dopri5.js';

const { a, e, d } = dopri5Tableau;

/** out: y + h Σ weightsⱼ kⱼ */
function combine(y: Vec, h: number, weights: readonly number[], k: readonly Vec[], out: Vec): void {
  for (let i = 0; i < y.length; i++) {
    let sum = 0;
    for (let j = 0; j < weights.length; j++) sum += weights[j] * k[j][i];
    out[i] = y[i] + h * sum;
  }
}

/** Order 4 at no extra evaluation: y(θ) = c₀ + θ(c₁ + (1−θ)(c₂ + θ(c₃ + (1−θ)c₄))) (Hairer, Nørsett & Wanner I, II.6). */
function extension(y0: Vec, y1: Vec, h: number, k: readonly Vec[]): Dense {
  const n = y0.length;
  const c = new Float64Array(5 * n);
  for (let i = 0; i < n; i++) {
    const rise = y1[i] - y0[i];
    const bend = h * k[0][i] - rise;
    let last = 0;
    for (let j = 0; j < 7; j++) last += d[j] * k[j][i];
    c[i] = y0[i];
    c[n + i] = rise;
    c[2 * n + i] = bend;
    c[3 * n + i] = rise - h * k[6][i] - bend;
    c[4 * n + i] = h * last;
  }
  return (theta, out) => {
    const other = 1 - theta;
    for (let i = 0; i < n; i++)
      out[i] = c[i] + theta * (c[n + i] + other * (c[2 * n + i] + theta * (c[3 * n + i] + other * c[4 * n + i])));
  };
}

/** Dormand & Prince (1980): order 5, error estimate of order 4, first stage of a step is the last of the one before. */
export const dopri5Stepper: Stepper = {
  name: 'dopri5',
  order: 5,
  errorOrder: 5,
  start(length) {
    const k = Array.from({ length: 7 }, () => new Float64Array(length));
    const [y1, stage, error, zero] = Array.from({ length: 4 }, () => new Float64Array(length));
    return (rhs, h, y, v) => {
      k[0].set(v);
      for (let s = 1; s < 7; s++) {
        const target = s === 6 ? y1 : stage;
        combine(y, h, a[s], k, target);
        rhs(target, k[s]);
      }
      combine(zero, h, e, k, error);
      return { y: y1, v: k[6], error, dense: () => extension(y, y1, h, k) };
    };
  },
};

export const dopri5 = stepping(dopri5Stepper, 'Dormand–Prince 5(4), adaptive; takes the field as smooth');
