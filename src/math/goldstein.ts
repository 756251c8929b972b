/**
 * Descent over kinks that nobody names: towards the shortest vector of the hull of the gradients met within a radius (Goldstein 1977;
 * Zhang, Lin, Jegelka, Jadbabaie & Sra 2020; Davis, Drusvyatskiy, Lee, Padmanabhan & Ye 2022).
 */
import type { Vec } from '../types.js';
import { dot } from './vec.js';

const MOST = { gradients: 40, exchanges: 1000, bisections: 40, doublings: 20 } as const;
/** Of the descent that the shortest vector promises. */
const SUFFICIENT = 0.1;
const SHORTEST = 1e-10;

export interface Rough {
  value(u: Vec): number;
  /** out: minus a gradient at u; where there are several, one of them */
  downhillInto(u: Vec, out: Vec): void;
  /** In place: back onto what must not be passed. */
  settle(x: Vec): void;
}

/** out: the shortest vector of the convex hull, by exchange of weight between the two vectors that gain most (Mitchell et al. 1974). */
export function shortestInto(vectors: readonly Vec[], out: Vec): void {
  const weights = vectors.map((_, k) => (k === 0 ? 1 : 0));
  out.set(vectors[0]);
  for (let round = 0; round < MOST.exchanges; round++) {
    const along = vectors.map(a => dot(a, out));
    let [low, high] = [0, -1];
    for (const [k, x] of along.entries()) {
      if (x < along[low]) low = k;
      if (weights[k] > 0 && (high < 0 || x > along[high])) high = k;
    }
    const gain = along[high] - along[low];
    if (!(gain > SHORTEST * dot(out, out))) return;
    const apart = vectors[high].map((x, i) => x - vectors[low][i]);
    const by = Math.min(weights[high], gain / dot(apart, apart));
    weights[high] -= by;
    weights[low] += by;
    for (let i = 0; i < out.length; i++) out[i] -= by * apart[i];
  }
}

/**
 * A point lower than u, at least `radius` away along a line; null where none was found: `flat` tells whether the shortest vector is at
 * most `floor`, so that u is stationary on this scale. Lengths are Euclidean.
 */
export function goldsteinStep(
  { value, downhillInto, settle }: Rough,
  u: Vec,
  radius: number,
  floor: number,
): { lower: Vec | null; flat: boolean } {
  const start = value(u);
  const [first, g] = [new Float64Array(u.length), new Float64Array(u.length)];
  downhillInto(u, first);
  const met = [first];
  const moved = (by: number) => {
    const x = u.map((c, i) => c + by * g[i]);
    settle(x);
    return x;
  };
  while (met.length <= MOST.gradients) {
    shortestInto(met, g);
    const square = dot(g, g);
    if (!(square > floor * floor)) return { lower: null, flat: square <= floor * floor };
    const excess = (by: number) => value(moved(by)) - start + SUFFICIENT * by * square;
    let step = radius / Math.sqrt(square);
    if (excess(step) <= 0) {
      for (let k = 0; k < MOST.doublings && value(moved(2 * step)) < value(moved(step)); k++) step *= 2;
      return { lower: moved(step), flat: false };
    }
    // Somewhere before, the function rises too fast along g: the gradient there is none of those met yet.
    const next = new Float64Array(u.length);
    let [low, high] = [0, step];
    for (let k = 0; k < MOST.bisections; k++) {
      downhillInto(moved(high), next);
      if (dot(next, g) < SUFFICIENT * square) break;
      const middle = (low + high) / 2;
      if (excess(middle) > 0) high = middle;
      else low = middle;
    }
    met.push(next);
  }
  return { lower: null, flat: false };
}
