import type { Penalty } from '../../src/types.js';

/** V(u) = βr², r the first of `dim` coordinates: β|w| in the conic chart w = r|r|. */
export function squaredWeight(beta: number, dim: number): Penalty {
  return {
    name: 'squared-weight',
    separable: true,
    variation: beta,
    value(y, m) {
      let sum = 0;
      for (let k = 0; k < m * dim; k += dim) sum += y[k] * y[k];
      return beta * sum;
    },
    minNormInto(y, m, force) {
      for (let k = 0; k < m * dim; k += dim) force[k] -= 2 * beta * y[k];
    },
    proxInto(y, m, step, out) {
      out.set(y.subarray(0, m * dim));
      for (let k = 0; k < m * dim; k += dim) out[k] = y[k] / (1 + 2 * step * beta);
    },
    curvatureInto(_y, m, x, out) {
      out.fill(0, 0, m * dim);
      for (let k = 0; k < m * dim; k += dim) out[k] = 2 * beta * x[k];
    },
  };
}
