import { hermite } from '../src/dense.js';
import { stepping } from '../src/drive.js';
import { explicitStepper, weighted } from '../src/runge-kutta.js';
import { bosh3Tableau } from './tableaux/bosh3.js';

/** Bogacki & Shampine (1989): order 3, error estimate of order 2, cubic Hermite between the steps. */
export const bosh3Stepper = explicitStepper({
  name: 'bosh3',
  order: 3,
  errorOrder: 3,
  tableau: bosh3Tableau,
  errorInto: ({ h, k }, out) => weighted(h, bosh3Tableau.e, k, out),
  dense: ({ y0, y1, h, k }) => hermite(y0, k[0].slice(), y1.slice(), k[3].slice(), h),
});

export const bosh3 = stepping(bosh3Stepper, 'Bogacki–Shampine 3(2), adaptive; for loose tolerances');
