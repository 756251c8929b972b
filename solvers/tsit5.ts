import { sumOf } from '../src/combination.js';
import { stepping } from '../src/drive.js';
import { explicitStepper, type Stages } from '../src/runge-kutta.js';
import type { Dense, Room, Vec } from '../src/types.js';
import { tsit5Tableau } from './tableaux/tsit5.js';

const { e, d } = tsit5Tableau;
const errorOf = sumOf(e);
const powersOf = [0, 1, 2, 3].map(p => sumOf(d.map(row => row[p])));

/** Order 4 at no extra evaluation: y(θ) = y₀ + h Σₖ θ^{k+1} Σⱼ d[j][k] kⱼ (Tsitouras 2011, §4). */
function extension({ y0, h, k }: Stages, room: Room): Dense {
  const n = y0.length;
  const start = room(n);
  start.set(y0);
  const powers = powersOf.map(of => {
    const c: Vec = room(n);
    of(h, k, c);
    return c;
  });
  return (theta, out) => {
    for (let i = 0; i < n; i++) {
      const [a, b, c, f] = [powers[0][i], powers[1][i], powers[2][i], powers[3][i]];
      out[i] = start[i] + theta * (a + theta * (b + theta * (c + theta * f)));
    }
  };
}

/** Tsitouras (2011): order 5, error estimate of order 4, smaller error terms than Dormand & Prince's. */
export const tsit5Stepper = explicitStepper({
  name: 'tsit5',
  order: 5,
  errorOrder: 5,
  tableau: tsit5Tableau,
  errorInto: ({ h, k }, out) => errorOf(h, k, out),
  dense: extension,
});

export const tsit5 = stepping(tsit5Stepper, 'Tsitouras 5(4), adaptive');
