/** Maximum mean discrepancy |∫k dμ − ∫k dν| in the space of a kernel (Gretton et al. 2012): the rate m^{−1/2} of samples in any dimension. */
import { folded } from '../math/ground.js';
import type { Domain, Vec } from '../types.js';

export interface Kernel {
  readonly name: string;
  /** Σᵢⱼ k(aᵢ, bⱼ)/(m n). */
  mean(a: Vec, b: Vec): number;
}

/** exp(−d²/2s²) beyond this many widths is below 10⁻¹⁷. */
const REACH = 9;

/** exp(−d²/2s²) on a line; on a circle its sum over all turns, which stays positive definite, divided by its value at 0. */
function factor(width: number, period: number): (d: number) => number {
  const gauss = (d: number) => Math.exp((-d * d) / (2 * width * width));
  if (period === 0) return gauss;
  const reach = REACH * width;
  const wrapped = (d: number) => {
    let sum = gauss(d);
    for (let turn = period; turn - d <= reach; turn += period) {
      sum += gauss(turn - d);
      if (turn + d <= reach) sum += gauss(turn + d);
    }
    return sum;
  };
  const top = wrapped(0);
  return d => wrapped(folded(d, period)) / top;
}

/** The Gaussian kernel, wrapped around circles: a product over the coordinates. */
export function gaussianKernel(domain: Domain, widths: readonly number[]): Kernel {
  const dim = domain.length;
  const factors = domain.map((c, k) => factor(widths[k], c.kind === 'period' ? c.period : 0));
  return {
    name: `Gaussian kernel, ${domain.map((c, k) => `${c.name} ${Number(widths[k].toPrecision(3))}`).join(', ')} wide`,
    mean(a, b) {
      let sum = 0;
      for (let i = 0; i < a.length; i += dim)
        for (let j = 0; j < b.length; j += dim) {
          let k = 1;
          for (let c = 0; c < dim; c++) k *= factors[c](a[i + c] - b[j + c]);
          sum += k;
        }
      return (sum * dim * dim) / (a.length * b.length);
    },
  };
}

/** Widths that see what a cloud looks like: a tenth of a circle, the deviation of a coordinate elsewhere (1 where it has none). */
export function widthsFor(domain: Domain, y: Vec): number[] {
  const dim = domain.length;
  return domain.map((c, k) => {
    if (c.kind === 'period') return c.period / 10;
    const x = Array.from({ length: y.length / dim }, (_, i) => y[i * dim + k]);
    const mean = x.reduce((s, v) => s + v, 0) / x.length;
    return Math.sqrt(x.reduce((s, v) => s + (v - mean) ** 2, 0) / x.length) || 1;
  });
}

/** @param self mean of k over pairs of b, where it is known already */
export const discrepancy = (kernel: Kernel, a: Vec, b: Vec, self = kernel.mean(b, b)): number =>
  Math.sqrt(Math.max(0, kernel.mean(a, a) + self - 2 * kernel.mean(a, b)));
