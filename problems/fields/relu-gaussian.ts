import { planeArcCosine } from '../../src/kernels/arc-cosine.js';
import { arcCosine } from '../../src/kernels/arc-cosine-pairs.js';
import { fieldOfCharges } from '../../src/kernels/charges.js';
import type { Field } from '../../src/types.js';

/** A network Σ cⱼ max(0, bⱼ·x): the teacher. */
export interface Teacher {
  readonly weights: readonly number[];
  /** Rows bⱼ. */
  readonly directions: readonly (readonly number[])[];
}

/** R(f) = ½ E (f(x) − y(x))², x ~ N(0, I_d), particles [w, θ] with Φ = w max(0, θ·x), y a teacher of the same kind. */
export const reluGaussian = (teacher: Teacher): Field =>
  fieldOfCharges('relu-gaussian', teacher, (n, d, scale) =>
    d === 2 ? planeArcCosine(n, scale) : arcCosine(n, d, scale),
  );
