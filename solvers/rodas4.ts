import { stepping } from '../src/drive.js';
import { rosenbrock } from '../src/rosenbrock.js';
import { rodas4Tableau } from './tableaux/rodas4.js';

/** RODAS of Hairer & Wanner: order 4(3), six stages, L-stable; the choice where V = β|w| makes the flow stiff. */
export const rodas4Stepper = rosenbrock({ name: 'rodas4', order: 4, errorOrder: 4, tableau: rodas4Tableau });

export const rodas4 = stepping(
  rodas4Stepper,
  'Rodas 4(3), linearly implicit, between located kinks: stiff flows',
  true,
  'rodas4',
);
