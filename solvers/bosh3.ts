import { sumOf } from '../src/combination.js';
import { copied, hermite } from '../src/dense.js';
import { stepping } from '../src/drive.js';
import { explicitStepper } from '../src/runge-kutta.js';
import { bosh3Tableau } from './tableaux/bosh3.js';

const errorOf = sumOf(bosh3Tableau.e);

/** Bogacki & Shampine (1989): order 3, error estimate of order 2, cubic Hermite between the steps. */
export const bosh3Stepper = explicitStepper({
  name: 'bosh3',
  order: 3,
  errorOrder: 3,
  tableau: bosh3Tableau,
  errorInto: ({ h, k }, out) => errorOf(h, k, out),
  dense: ({ y0, y1, h, k }, room) => hermite(y0, copied(k[0], room), copied(y1, room), copied(k[3], room), h),
});

export const bosh3 = stepping(bosh3Stepper, 'Bogacki–Shampine 3(2), adaptive; for loose tolerances');
