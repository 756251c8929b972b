import type { Loss, Vec } from '../../src/types.js';

/** log(1 + e^z) without overflow. */
const softplus = (z: number): number => Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z)));
const logistic = (z: number): number => (z >= 0 ? 1 / (1 + Math.exp(-z)) : Math.exp(z) / (1 + Math.exp(z)));
/** x log x, 0 at 0. */
const entropy = (x: number): number => (x > 0 ? x * Math.log(x) : 0);

/**
 * R(f) = Σ log(1 + exp(−y_k f_k))/scale with labels y = ±1. R has no minimiser on separable data: the flow then escapes to infinity.
 * R*(p) = Σ (s log s + (1 − s) log(1 − s))/scale, s = −y_k p_k·scale in [0, 1], infinite elsewhere.
 */
export function logisticLoss(labels: Vec, scale: number): Loss {
  return {
    name: 'logistic',
    terms: { kind: 'logistic', targets: labels, scale },
    value: f => f.reduce((sum, x, k) => sum + softplus(-labels[k] * x), 0) / scale,
    termsInto(f, out) {
      for (let k = 0; k < f.length; k++) out[k] = softplus(-labels[k] * f[k]) / scale;
    },
    gradientInto(f, out) {
      for (let k = 0; k < f.length; k++) out[k] = (-labels[k] * logistic(-labels[k] * f[k])) / scale;
    },
    hessianTimesInto(f, x, out) {
      for (let k = 0; k < f.length; k++) out[k] = (logistic(f[k]) * logistic(-f[k]) * x[k]) / scale;
    },
    smoothness: 1 / (4 * scale),
    conjugate(p) {
      let sum = 0;
      for (let k = 0; k < p.length; k++) {
        const s = -labels[k] * p[k] * scale;
        if (!(s >= 0 && s <= 1)) return Number.POSITIVE_INFINITY;
        sum += entropy(s) + entropy(1 - s);
      }
      return sum / scale;
    },
    bestScale(q) {
      const shares = q.map((x, k) => labels[k] * x * scale);
      const most = shares.reduce((a, b) => Math.max(a, b), 0);
      // −R*(−αq) is −∞ off α = 0 unless all shares are of one sign, which −R′ has.
      if (!(most > 0) || !shares.every(s => s >= 0)) return 0;
      // Its derivative, Σ s log((1 − αs)/(αs))/scale, falls.
      let [low, high] = [0, 1 / most];
      for (let i = 0; i < 60; i++) {
        const alpha = (low + high) / 2;
        const rises = shares.reduce((sum, s) => sum + (s > 0 ? s * Math.log((1 - alpha * s) / (alpha * s)) : 0), 0);
        if (rises > 0) low = alpha;
        else high = alpha;
      }
      return low;
    },
  };
}
