import { combination, sumOf } from '../src/combination.js';
import { stepping } from '../src/drive.js';
import { explicitStepper, type Stages } from '../src/runge-kutta.js';
import type { Dense, Room, Vec } from '../src/types.js';
import { dop853Tableau } from './tableaux/dop853.js';

const { a, e3, e5, d } = dop853Tableau;
const further = a.slice(13).map(combination);
const coefficientsOf = d.map(sumOf);

/** Order 7 with three stages more: Hairer's `contd8` (Hairer, Nørsett & Wanner I (1993), II.6). */
function extension({ y0, y1, h, k, rhs }: Stages, room: Room): Dense {
  const n = y0.length;
  const all = [...k];
  for (const next of further) {
    const [stage, slope] = [room(n), room(n)];
    next(y0, h, all, stage);
    rhs(stage, slope);
    all.push(slope);
  }
  const c = Array.from({ length: 8 }, () => room(n));
  for (let i = 0; i < n; i++) {
    const rise = y1[i] - y0[i];
    c[0][i] = y0[i];
    c[1][i] = rise;
    c[2][i] = h * k[0][i] - rise;
    c[3][i] = 2 * rise - h * (k[12][i] + k[0][i]);
  }
  for (const [j, of] of coefficientsOf.entries()) of(h, all, c[4 + j]);
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
function errorInto({ h, k }: Stages, out: Vec): void {
  for (let i = 0; i < out.length; i++) {
    let five = 0;
    let three = 0;
    for (let j = 0; j < 12; j++) {
      five += e5[j] * k[j][i];
      three += e3[j] * k[j][i];
    }
    // Their quotient is squared: the squares of an escaping particle's dissipation would overflow, and `Math.hypot` leaves objects behind.
    out[i] = five === 0 ? 0 : (h * five) / Math.sqrt(1 + ((0.1 * three) / five) ** 2);
  }
}

/** Dormand & Prince's 8(5,3) (Hairer, Nørsett & Wanner I (1993), II.5); 12 evaluations a step and 3 for its extension. */
export const dop853Stepper = explicitStepper({
  name: 'dop853',
  order: 8,
  errorOrder: 8,
  tableau: { a: a.slice(0, 13) },
  errorInto,
  dense: extension,
});

export const dop853 = stepping(
  dop853Stepper,
  'Dormand–Prince 8(5,3), adaptive; for tight tolerances on smooth problems',
);
