import type { Penalty, Vec } from '../../src/types.js';
import { moduli } from '../moduli.js';
import { absWeighted } from './abs-weighted.js';

/** What is left of the lengths x = |w| and y = |θ|: argmin c·ab + (a − x)²/2 + (b − y)²/2 over a, b ≥ 0. */
function shortened(x: number, y: number, c: number): [number, number] {
  // c ≥ 1: the quadratic form is not convex, and the minimum lies on the axis of the larger.
  if (c >= 1) return x >= y ? [x, 0] : [0, y];
  const [a, b] = [(x - c * y) / (1 - c * c), (y - c * x) / (1 - c * c)];
  if (a < 0) return [0, y];
  return b < 0 ? [x, 0] : [a, b];
}

/** |θ|, particle [w, θ] beginning at `at`. */
const lengthOf = (y: Vec, at: number, dim: number): number => Math.hypot(...y.subarray(at + 1, at + dim));

/** V(u) = β|w||θ|, w the first of `dim` coordinates: semiconvex, V + β|u|²/2 = β(|w| + |θ|)²/2; 2-homogeneous. */
export function absProduct(beta: number, dim: number): Penalty {
  const { minNormInto, ...rest } = absWeighted(beta, dim, moduli.norm(dim));
  return {
    ...rest,
    name: 'abs-product',
    minNormInto(y, m, force) {
      minNormInto(y, m, force);
      for (let at = 0; at < m * dim; at += dim) {
        if (lengthOf(y, at, dim) > 0) continue;
        const [most, pull] = [beta * Math.abs(y[at]), lengthOf(force, at, dim)];
        for (let k = at + 1; k < at + dim; k++) force[k] *= most > 0 ? Math.max(0, 1 - most / (pull || 1)) : 1;
      }
    },
    proxInto(y, m, step, out) {
      for (let at = 0; at < m * dim; at += dim) {
        const [x, length] = [Math.abs(y[at]), lengthOf(y, at, dim)];
        const [w, theta] = shortened(x, length, step * beta);
        out[at] = Math.sign(y[at]) * w;
        for (let k = at + 1; k < at + dim; k++) out[k] = length > 0 ? (y[k] * theta) / length : 0;
      }
    },
  };
}
