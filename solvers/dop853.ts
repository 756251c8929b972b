import { copied } from '../src/dense.js';
import { stepping } from '../src/drive.js';
import { explicitStepper, type Stages } from '../src/runge-kutta.js';
import type { Dense, Room, Vec } from '../src/types.js';
import { dop853Tableau } from './tableaux/dop853.js';

const { a, e3, e5, d } = dop853Tableau;

/** Order 7 with three stages more: Hairer's `contd8` (Hairer, Nørsett & Wanner I (1993), II.6). */
function extension({ y0, y1, h, k, sums }: Stages, room: Room): Dense {
  const n = y0.length;
  const c = [...Array.from({ length: 4 }, () => room(n)), ...sums.map(sum => copied(sum, room))];
  for (let i = 0; i < n; i++) {
    const rise = y1[i] - y0[i];
    c[0][i] = y0[i];
    c[1][i] = rise;
    c[2][i] = h * k[0][i] - rise;
    c[3][i] = 2 * rise - h * (k[12][i] + k[0][i]);
  }
  return (theta, out) => {
    const other = 1 - theta;
    for (let i = 0; i < n; i++) {
      let sum = 0;
      for (let j = 7; j > 0; j--) sum = (sum + c[j][i]) * (j % 2 === 1 ? theta : other);
      out[i] = c[0][i] + sum;
    }
  };
}

/**
 * The estimates of order 5 and 3 put together, e₅²/√(e₅² + e₃²/100), component by component so that it needs no tolerance; DOP853
 * itself takes the quotient of their norms.
 */
function errorInto([five, three]: readonly Vec[], out: Vec): void {
  for (let i = 0; i < out.length; i++)
    // Their quotient is squared: the squares of an escaping particle's dissipation would overflow, and `Math.hypot` leaves objects behind.
    out[i] = five[i] === 0 ? 0 : five[i] / Math.sqrt(1 + ((0.1 * three[i]) / five[i]) ** 2);
}

/** Dormand & Prince's 8(5,3) (Hairer, Nørsett & Wanner I (1993), II.5); 12 evaluations a step and 3 for its extension. */
export const dop853Stepper = explicitStepper({
  name: 'dop853',
  order: 8,
  errorOrder: 8,
  tableau: { a: a.slice(0, 13) },
  errors: [e5, e3].map(row => row.slice(0, 12)),
  errorInto,
  further: a.slice(13),
  sums: d,
  dense: extension,
});

export const dop853 = stepping(
  dop853Stepper,
  'Dormand–Prince 8(5,3), adaptive; for tight tolerances on smooth problems',
);
