import type { Penalty } from '../../src/types.js';

/** An event is located to rounding; a weight this far below 0 counts as 0. */
const ROUNDING = 1e-12;

/** V(u) = βw for w ≥ 0 and +∞ below, w the first of `dim` coordinates: at w = 0 a particle rests while η ≤ β. */
export function nonnegativeWeight(beta: number, dim: number): Penalty {
  return {
    name: 'nonnegative-weight',
    separable: true,
    absolute: { coordinate: 0, weight: beta, nonnegative: true },
    value(y, m) {
      let sum = 0;
      for (let k = 0; k < m * dim; k += dim) sum += y[k] >= -ROUNDING ? Math.abs(y[k]) : Number.POSITIVE_INFINITY;
      return sum === Number.POSITIVE_INFINITY ? sum : beta * sum;
    },
    minNormInto(y, m, force) {
      for (let k = 0; k < m * dim; k += dim) force[k] = y[k] > 0 ? force[k] - beta : Math.max(force[k] - beta, 0);
    },
    proxInto(y, m, step, out) {
      out.set(y.subarray(0, m * dim));
      for (let k = 0; k < m * dim; k += dim) out[k] = Math.max(y[k] - step * beta, 0);
    },
  };
}
