import { arcSine } from '../../src/kernels/arc-sine.js';
import type { Field } from '../../src/types.js';
import { fieldOfCharges, type Teacher } from './charges.js';

/** R(f) = ½ E (f(x) − y(x))², x ~ N(0, I_d), particles [w, θ] with Φ = w erf(θ·x), y a teacher of the same kind. */
export const erfGaussian = (teacher: Teacher): Field => fieldOfCharges('erf-gaussian', teacher, arcSine);
