import { dot } from '../../src/math/vec.js';
import type { Loss, Vec } from '../../src/types.js';

/** R(f) = |f − y|²/(2λ); R*(p) = λ|p|²/2 + ⟨p, y⟩. */
export function square(target: Vec, lambda: number): Loss {
  return {
    name: 'square',
    terms: { kind: 'square', targets: target, scale: lambda },
    value(f) {
      let sum = 0;
      for (let k = 0; k < f.length; k++) sum += (f[k] - target[k]) ** 2;
      return sum / (2 * lambda);
    },
    termsInto(f, out) {
      for (let k = 0; k < f.length; k++) out[k] = (f[k] - target[k]) ** 2 / (2 * lambda);
    },
    gradientInto(f, out) {
      for (let k = 0; k < f.length; k++) out[k] = (f[k] - target[k]) / lambda;
    },
    hessianTimesInto(_f, x, out) {
      for (let k = 0; k < x.length; k++) out[k] = x[k] / lambda;
    },
    smoothness: 1 / lambda,
    conjugate: p => (lambda * dot(p, p)) / 2 + dot(p, target),
    bestScale(q) {
      const norm = lambda * dot(q, q);
      return norm > 0 ? dot(q, target) / norm : 0;
    },
  };
}
