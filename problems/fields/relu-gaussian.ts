import { planeArcCosine } from '../../src/kernels/arc-cosine.js';
import { arcCosine } from '../../src/kernels/arc-cosine-pairs.js';
import type { Field } from '../../src/types.js';
import { fieldOfCharges, type Teacher } from './charges.js';

/** R(f) = ½ E (f(x) − y(x))², x ~ N(0, I_d), particles [w, θ] with Φ = w max(0, θ·x), y a teacher of the same kind. */
export const reluGaussian = (teacher: Teacher): Field =>
  fieldOfCharges('relu-gaussian', teacher, (n, d) => (d === 2 ? planeArcCosine(n) : arcCosine(n, d)));
