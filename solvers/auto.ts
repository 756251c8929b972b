import { choosing } from '../src/choosing.js';
import { stepping } from '../src/drive.js';
import { minimising } from '../src/safety-net.js';
import type { Solver, Stepper } from '../src/types.js';
import { dopri5Stepper } from './dopri5.js';
import { rkc2Stepper } from './rkc2.js';
import { rodas4Stepper } from './rodas4.js';
import { rodas5pStepper } from './rodas5p.js';

const stepper = choosing({
  name: 'auto',
  explicit: dopri5Stepper,
  implicit: rodas4Stepper,
  tight: rodas5pStepper,
  stabilised: rkc2Stepper,
  net: minimising,
});

/** Of variable order: that of the method in use. */
export const auto: Solver & { readonly stepper: Stepper } = {
  ...stepping(
    stepper,
    'chooses between dopri5, rodas4, rodas5p and rkc2 by the stiffness it meets, between located kinks',
    true,
    'auto',
  ),
  order: null,
};
