import { copied } from '../src/dense.js';
import { stepping } from '../src/drive.js';
import { explicitStepper, type Stages } from '../src/runge-kutta.js';
import type { Dense, Room } from '../src/types.js';
import { tsit5Tableau } from './tableaux/tsit5.js';

const { e, d } = tsit5Tableau;

/** Order 4 at no extra evaluation: y(θ) = y₀ + h Σₖ θ^{k+1} Σⱼ d[j][k] kⱼ (Tsitouras 2011, §4). */
function extension({ y0, sums }: Stages, room: Room): Dense {
  const n = y0.length;
  const start = copied(y0, room);
  const [k1, k2, k3, k4] = sums.map(sum => copied(sum, room));
  return (theta, out) => {
    for (let i = 0; i < n; i++) {
      out[i] = start[i] + theta * (k1[i] + theta * (k2[i] + theta * (k3[i] + theta * k4[i])));
    }
  };
}

/** Tsitouras (2011): order 5, error estimate of order 4, smaller error terms than Dormand & Prince's. */
export const tsit5Stepper = explicitStepper({
  name: 'tsit5',
  order: 5,
  errorOrder: 5,
  tableau: tsit5Tableau,
  errors: [e],
  sums: [0, 1, 2, 3].map(p => d.map(row => row[p])),
  dense: extension,
});

export const tsit5 = stepping(tsit5Stepper, 'Tsitouras 5(4), adaptive');
