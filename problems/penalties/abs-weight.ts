import type { Penalty } from '../../src/types.js';

/** V(u) = β|u[coordinate]|, u of `dim` coordinates. */
export function absoluteAt(beta: number, coordinate: number, dim: number): Penalty {
  return {
    name: 'abs-weight',
    separable: true,
    absolute: { coordinate, weight: beta },
    value(y, m) {
      let sum = 0;
      for (let k = coordinate; k < m * dim; k += dim) sum += Math.abs(y[k]);
      return beta * sum;
    },
    minNormInto(y, m, force) {
      for (let k = coordinate; k < m * dim; k += dim) {
        const pull = force[k];
        force[k] = y[k] !== 0 ? pull - beta * Math.sign(y[k]) : pull - Math.min(beta, Math.max(-beta, pull));
      }
    },
    proxInto(y, m, step, out) {
      out.set(y.subarray(0, m * dim));
      for (let k = coordinate; k < m * dim; k += dim)
        out[k] = Math.sign(y[k]) * Math.max(Math.abs(y[k]) - step * beta, 0);
    },
  };
}

/** V(u) = β|w|, w the first of `dim` coordinates. */
export const absWeight = (beta: number, dim: number): Penalty => absoluteAt(beta, 0, dim);
