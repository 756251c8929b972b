/** Rows of a potential K and its gradient at rows [w, a], and those of w K(a). */
import type { Vec } from '../types.js';

/** out: rows [K, w∇K] from rows [K, ∇K], which may be the same array */
export function weigh(points: Vec, gradients: Vec, count: number, dim: number, out: Vec): void {
  for (let at = 0; at < count * dim; at += dim) {
    out[at] = gradients[at];
    for (let j = at + 1; j < at + dim; j++) out[j] = points[at] * gradients[j];
  }
}

/** out: rows d[K, w∇K] in place of rows d[K, ∇K] */
export function weighRates(points: Vec, gradients: Vec, moves: Vec, count: number, dim: number, out: Vec): void {
  for (let at = 0; at < count * dim; at += dim)
    for (let j = at + 1; j < at + dim; j++) out[j] = moves[at] * gradients[j] + points[at] * out[j];
}
