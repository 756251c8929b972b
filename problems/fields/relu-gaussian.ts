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

/** Multiplications for each charge in the plane, a division counted as five. */
const WORK = 50;

/** R(f) = ½ E (f(x) − y(x))², x ~ N(0, I_d), particles [w, θ] with Φ = w max(0, θ·x), y a teacher of the same kind. */
export function reluGaussian(teacher: Teacher): Field {
  const name = 'relu-gaussian';
  if (teacher.directions[0].length !== 2) return fieldOfCharges(name, teacher, arcCosine);
  const work = (m: number) => WORK * (m + teacher.weights.length);
  return { ...fieldOfCharges(name, teacher, (n, _, scale) => planeArcCosine(n, scale)), work };
}
