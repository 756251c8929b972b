import { dot } from '../../src/math/vec.js';
import type { Penalty } from '../../src/types.js';

/** V(u) = β|u|² over all `dim` coordinates of a particle. */
export function squared(beta: number, dim: number): Penalty {
  return {
    name: 'squared',
    separable: true,
    value: (y, m) => beta * dot(y, y, m * dim),
    minNormInto(y, m, force) {
      for (let k = 0; k < m * dim; k++) force[k] -= 2 * beta * y[k];
    },
    proxInto(y, m, step, out) {
      for (let k = 0; k < m * dim; k++) out[k] = y[k] / (1 + 2 * step * beta);
    },
    curvatureInto(_y, m, x, out) {
      for (let k = 0; k < m * dim; k++) out[k] = 2 * beta * x[k];
    },
  };
}
