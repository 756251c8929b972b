import { copied, hermite } from '../src/dense.js';
import { stepping } from '../src/drive.js';
import { explicitStepper } from '../src/runge-kutta.js';
import { bosh3Tableau } from './tableaux/bosh3.js';

/** Bogacki & Shampine (1989): order 3, error estimate of order 2, cubic Hermite between the steps. */
export const bosh3Stepper = explicitStepper({
  name: 'bosh3',
  order: 3,
  errorOrder: 3,
  tableau: bosh3Tableau,
  errors: [bosh3Tableau.e],
  dense: ({ y0, y1, h, k }, room) =>
    hermite(copied(y0, room), copied(k[0], room), copied(y1, room), copied(k[3], room), h),
});

export const bosh3 = stepping(bosh3Stepper, 'Bogacki–Shampine 3(2), adaptive; for loose tolerances');
