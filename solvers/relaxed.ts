import { stepping } from '../src/drive.js';
import { relaxationFault, relaxing } from '../src/relaxation.js';
import { bosh3Stepper } from './bosh3.js';

/**
 * Relaxation: F(y₁) − F(y₀) + γh Σ bᵢ|kᵢ|²_m = 0 in every step to rounding, by the length γh ≈ h of the step. `of` wraps another
 * explicit method with weights b ≥ 0, and refuses those without.
 */
export const relaxed = {
  ...stepping(
    relaxing(bosh3Stepper),
    'Bogacki–Shampine 3(2) with steps of the length at which the energy identity holds to rounding',
  ),
  of: relaxing,
  fault: relaxationFault,
};
