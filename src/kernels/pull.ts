/** Rows of a potential K and its gradient at rows [w, a], and those of scale·w K(a). */
import type { Vec } from '../types.js';

/** out: rows scale·[K, w∇K] from rows [K, ∇K], which may be the same array */
export function weigh(points: Vec, gradients: Vec, scale: number, count: number, dim: number, out: Vec): void {
  for (let at = 0; at < count * dim; at += dim) {
    const share = scale * points[at];
    out[at] = scale * gradients[at];
    for (let j = at + 1; j < at + dim; j++) out[j] = share * gradients[j];
  }
}

/** out: rows scale·d[K, w∇K] in place of rows d[K, ∇K] */
export function weighRates(
  points: Vec,
  gradients: Vec,
  moves: Vec,
  scale: number,
  count: number,
  dim: number,
  out: Vec,
): void {
  for (let at = 0; at < count * dim; at += dim) {
    const share = scale * points[at];
    const change = scale * moves[at];
    out[at] *= scale;
    for (let j = at + 1; j < at + dim; j++) out[j] = change * gradients[j] + share * out[j];
  }
}
