import type { Penalty } from '../../src/types.js';

/** V(u) = β|w|, w the first of `dim` coordinates. */
export function absWeight(beta: number, dim: number): Penalty {
  return {
    name: 'abs-weight',
    absolute: { coordinate: 0, weight: beta },
    value(y, m) {
      let sum = 0;
      for (let i = 0; i < m; i++) sum += Math.abs(y[i * dim]);
      return beta * sum;
    },
    minNormInto(y, m, force) {
      for (let k = 0; k < m * dim; k += dim) {
        const pull = force[k];
        force[k] = y[k] !== 0 ? pull - beta * Math.sign(y[k]) : pull - Math.min(beta, Math.max(-beta, pull));
      }
    },
    proxInto(y, m, step, out) {
      out.set(y.subarray(0, m * dim));
      for (let k = 0; k < m * dim; k += dim) out[k] = Math.sign(y[k]) * Math.max(Math.abs(y[k]) - step * beta, 0);
    },
  };
}
