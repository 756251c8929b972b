import { copied } from '../src/dense.js';
import { stepping } from '../src/drive.js';
import { explicitStepper, type Stages } from '../src/runge-kutta.js';
import type { Dense, Room } from '../src/types.js';
import { dopri5Tableau } from './tableaux/dopri5.js';

/** Order 4 at no extra evaluation: y(θ) = c₀ + θ(c₁ + (1−θ)(c₂ + θ(c₃ + (1−θ)c₄))) (Hairer, Nørsett & Wanner I, II.6). */
function extension({ y0, y1, h, k, sums }: Stages, room: Room): Dense {
  const n = y0.length;
  const [c, last] = [room(4 * n), copied(sums[0], room)];
  for (let i = 0; i < n; i++) {
    const rise = y1[i] - y0[i];
    const bend = h * k[0][i] - rise;
    c[i] = y0[i];
    c[n + i] = rise;
    c[2 * n + i] = bend;
    c[3 * n + i] = rise - h * k[6][i] - bend;
  }
  return (theta, out) => {
    const other = 1 - theta;
    for (let i = 0; i < n; i++)
      out[i] = c[i] + theta * (c[n + i] + other * (c[2 * n + i] + theta * (c[3 * n + i] + other * last[i])));
  };
}

/** Dormand & Prince (1980): order 5, error estimate of order 4, first stage of a step is the last of the one before. */
export const dopri5Stepper = explicitStepper({
  name: 'dopri5',
  order: 5,
  errorOrder: 5,
  tableau: dopri5Tableau,
  twiceAtEnd: true,
  errors: [dopri5Tableau.e],
  sums: [dopri5Tableau.d],
  dense: extension,
});

export const dopri5 = stepping(dopri5Stepper, 'Dormand–Prince 5(4), adaptive; takes the field as smooth');
