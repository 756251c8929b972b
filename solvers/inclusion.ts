import { stepping } from '../src/drive.js';
import type { Solver, Stepper } from '../src/types.js';

/**
 * The differential inclusion u′ ∈ −m ∂F_m(u) as a first-class object: one smooth branch of the minimal-norm selection at a time,
 * kinks located on the dense output, then stick, cross or leave (Chizat & Bach 2018, Definition 2.2 and eq. 5).
 */
export const inclusion = (stepper: Stepper): Solver & { readonly stepper: Stepper } =>
  stepping(stepper, `the differential inclusion by ${stepper.name} between located kinks`, true);
