import { copied } from '../src/dense.js';
import { stepping } from '../src/drive.js';
import { explicitStepper, type Stages } from '../src/runge-kutta.js';
import type { Dense, Room, Vec } from '../src/types.js';
import { dop853Tableau } from './tableaux/dop853.js';

const { a, e3, e5, d } = dop853Tableau;

/** Order 7 with three stages more: Hairer's `contd8` (Hairer, Nørsett & Wanner I (1993), II.6). */
function extension({ y0, y1, h, k, sums }: Stages, room: Room): Dense {
  const n = y0.length;
  const [c1, c2, c3] = Array.from({ length: 3 }, () => room(n));
  const [c0, c4, c5, c6, c7] = [y0, ...sums].map(a => copied(a, room));
  const [first, last] = [k[0], k[12]];
  for (let i = 0; i < n; i++) {
    const rise = y1[i] - y0[i];
    c1[i] = rise;
    c2[i] = h * first[i] - rise;
    c3[i] = 2 * rise - h * (last[i] + first[i]);
  }
  // Written out: a loop over the coefficients of each number takes several times as long.
  return (p, out) => {
    const q = 1 - p;
    for (let i = 0; i < n; i++) {
      const inner = (((c7[i] * p + c6[i]) * q + c5[i]) * p + c4[i]) * q;
      out[i] = c0[i] + (((inner + c3[i]) * p + c2[i]) * q + c1[i]) * p;
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
