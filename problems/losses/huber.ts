import { dot, maxAbs } from '../../src/math/vec.js';
import type { Loss, Vec } from '../../src/types.js';

/**
 * R(f) = Σ ρ(f_k − y_k)/scale with ρ(r) = r²/2 for |r| ≤ δ and δ|r| − δ²/2 beyond (Huber 1964).
 * R*(p) = Σ (q²/2)/scale + ⟨p, y⟩, q = p_k·scale, for |q| ≤ δ, infinite elsewhere.
 */
export function huber(target: Vec, scale: number, delta: number): Loss {
  const clamp = (r: number) => Math.min(delta, Math.max(-delta, r));
  const term = (r: number) => (r <= delta ? (r * r) / 2 : delta * r - (delta * delta) / 2);
  return {
    name: 'huber',
    value(f) {
      let sum = 0;
      for (let k = 0; k < f.length; k++) sum += term(Math.abs(f[k] - target[k]));
      return sum / scale;
    },
    termsInto(f, out) {
      for (let k = 0; k < f.length; k++) out[k] = term(Math.abs(f[k] - target[k])) / scale;
    },
    gradientInto(f, out) {
      for (let k = 0; k < f.length; k++) out[k] = clamp(f[k] - target[k]) / scale;
    },
    hessianTimesInto(f, x, out) {
      for (let k = 0; k < f.length; k++) out[k] = Math.abs(f[k] - target[k]) <= delta ? x[k] / scale : 0;
    },
    smoothness: 1 / scale,
    conjugate(p) {
      let sum = 0;
      for (let k = 0; k < p.length; k++) {
        const q = p[k] * scale;
        if (!(Math.abs(q) <= delta)) return Number.POSITIVE_INFINITY;
        sum += (q * q) / 2 / scale + p[k] * target[k];
      }
      return sum;
    },
    bestScale(q) {
      const [norm, largest] = [scale * dot(q, q), maxAbs(q)];
      if (!(norm > 0)) return 0;
      const most = delta / (scale * largest);
      return Math.max(-most, Math.min(most, dot(q, target) / norm));
    },
  };
}
