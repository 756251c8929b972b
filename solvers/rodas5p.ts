import { stepping } from '../src/drive.js';
import { rosenbrock } from '../src/rosenbrock.js';
import { rodas5pTableau } from './tableaux/rodas5p.js';

/** Rodas5P of Steinebach (2023): order 5(4), eight stages, L-stable; for tolerances below 1e-6. */
export const rodas5pStepper = rosenbrock({ name: 'rodas5p', order: 5, errorOrder: 5, tableau: rodas5pTableau });

export const rodas5p = stepping(
  rodas5pStepper,
  'Rodas5P 5(4), linearly implicit, between located kinks: stiff flows, tight tolerances',
  true,
  'rodas5p',
);
