/** Distances between particles: per coordinate, and the short way round where it is a circle. */
import type { Domain, Vec } from '../types.js';

/** |x| folded at half the period: the geodesic distance on the circle. */
export const folded = (x: number, period: number): number => Math.abs(x - period * Math.round(x / period));

/** Period of each coordinate; 0 for none. */
const periodsOf = (domain: Domain): Vec => Float64Array.from(domain, c => (c.kind === 'period' ? c.period : 0));

/** Rows of squared distances from particle i of `a` to all of `b`: Σ_k d_k(a_ik − b_jk)². */
export function squaredDistances(domain: Domain, a: Vec, b: Vec): (i: number, out: Vec) => Vec {
  const dim = domain.length;
  const periods = periodsOf(domain);
  return (i, out) => {
    out.fill(0);
    for (let k = 0; k < dim; k++) {
      const [x, period] = [a[i * dim + k], periods[k]];
      for (let j = 0, at = k; at < b.length; j++, at += dim) {
        const d = period > 0 ? folded(x - b[at], period) : x - b[at];
        out[j] += d * d;
      }
    }
    return out;
  };
}
