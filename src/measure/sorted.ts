/** Squared W₂ in one dimension, where the optimal plan keeps the order. */
import type { Vec } from '../types.js';

/** On the line: ∫₀¹ (quantile of a − quantile of b)², counts may differ. */
export function sorted(a: Vec, b: Vec): number {
  const [x, y] = [a.slice().sort(), b.slice().sort()];
  const [m, n] = [x.length, y.length];
  let [i, j, at, sum] = [0, 0, 0, 0];
  while (i < m && j < n) {
    // Ends of the steps in whole numbers: (i+1)/m and (j+1)/n over the common denominator m·n.
    const next = Math.min((i + 1) * n, (j + 1) * m);
    sum += (next - at) * (x[i] - y[j]) ** 2;
    if (next === (i + 1) * n) i++;
    if (next === (j + 1) * m) j++;
    at = next;
  }
  return sum / (m * n);
}

/**
 * On the circle, equal counts: the order is kept up to a rotation of the labels, and the cost is convex in that rotation
 * (Delon, Salomon & Sobolevski 2010, SIAM J. Appl. Math. 70).
 */
export function circular(a: Vec, b: Vec, period: number): number {
  const unit = (y: Vec) => y.map(x => x - period * Math.floor(x / period)).sort();
  const [x, y] = [unit(a), unit(b)];
  const n = x.length;
  const cost = (k: number) => {
    let sum = 0;
    for (let i = 0; i < n; i++) {
      const turns = Math.floor((i + k) / n);
      sum += (x[i] - y[i + k - turns * n] - turns * period) ** 2;
    }
    return sum / n;
  };
  let [low, high] = [-n, n];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (cost(middle) <= cost(middle + 1)) high = middle;
    else low = middle + 1;
  }
  return cost(low);
}
