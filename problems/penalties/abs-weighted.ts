import type { Penalty, Vec } from '../../src/types.js';
import type { Modulus } from '../moduli.js';

const MAX_ITERATIONS = 200;
/** Of the equation for θ, in units of |θ| + |w|. */
const RESIDUAL = 1e-14;

/**
 * The resolvent at one particle, c = step·β: |w| = |w₀| − cṼ(θ) and θ = θ₀ − c|w|∇Ṽ(θ), w put into the second equation, which is solved by
 * the step of Barzilai & Borwein (1988). No closed form is known; a residual above 1e-14 gives NaN, which ends a run.
 * It is the minimiser while c·sup|∇Ṽ| < 1, where the objective is convex.
 */
function resolventInto(u: Vec, c: number, coordinate: number, modulus: Modulus, out: Vec): void {
  const [w0, value] = [Math.abs(u[coordinate]), new Float64Array(1)];
  const slope = new Float64Array(u.length);
  const weight = () => {
    modulus.valuesInto(out, 1, value);
    return Math.max(0, w0 - c * value[0]);
  };
  out.set(u);
  const scale = w0 + Math.hypot(...u);
  let [w, last] = [weight(), new Float64Array(u.length)];
  for (let k = 0, step = 1; ; k++) {
    modulus.gradientInto(out, 1, slope);
    const r = slope.map((s, j) => (j === coordinate ? 0 : out[j] - u[j] + c * w * s));
    const size = Math.hypot(...r);
    const solved = size <= RESIDUAL * scale;
    // Rounding has the last word once the residual no longer falls.
    if ((solved && size >= Math.hypot(...last) / 2) || size === 0 || k === MAX_ITERATIONS || Number.isNaN(size)) {
      out[coordinate] = solved ? Math.sign(u[coordinate]) * w : Number.NaN;
      return;
    }
    const turned = r.map((x, j) => x - last[j]);
    const along = turned.reduce((sum, x, j) => sum - step * last[j] * x, 0);
    if (k > 0 && along > 0) step = (step * step * last.reduce((sum, x) => sum + x * x, 0)) / along;
    for (const [j, x] of r.entries()) out[j] -= step * x;
    [w, last] = [weight(), r];
  }
}

/** V(u) = β|w|Ṽ(θ), w the coordinate given (the first), Ṽ from problems/moduli.ts, ≥ 0 (Chizat & Bach 2018, Assumption 3.4). */
export function absWeighted(beta: number, dim: number, modulus: Modulus, coordinate = 0): Penalty {
  const rows = (y: Vec, m: number, size: number, into: (y: Vec, m: number, out: Vec) => void) => {
    const out = new Float64Array(m * size);
    into(y, m, out);
    return out;
  };
  const factors = (y: Vec, m: number) => rows(y, m, 1, modulus.valuesInto);
  return {
    name: 'abs-weighted',
    absolute: { coordinate, weight: beta, modulation: modulus },
    value: (y, m) => beta * factors(y, m).reduce((sum, g, i) => sum + g * Math.abs(y[i * dim + coordinate]), 0),
    minNormInto(y, m, force) {
      const [g, slopes] = [factors(y, m), rows(y, m, dim, modulus.gradientInto)];
      for (let i = 0; i < m; i++) {
        const k = i * dim + coordinate;
        const [w, pull, most] = [y[k], force[k], beta * g[i]];
        for (let j = i * dim; j < (i + 1) * dim; j++) force[j] -= beta * Math.abs(w) * slopes[j];
        force[k] = pull - (w !== 0 ? most * Math.sign(w) : Math.min(most, Math.max(-most, pull)));
      }
    },
    curvatureInto(y, m, x, out, side) {
      modulus.curvatureInto(y, m, x, out);
      const slopes = rows(y, m, dim, modulus.gradientInto);
      for (let i = 0; i < m; i++) {
        const [at, k] = [i * dim, i * dim + coordinate];
        const s = beta * (side ? side[i] : Math.sign(y[k]));
        let along = 0;
        for (let j = at; j < at + dim; j++) {
          along += slopes[j] * x[j];
          out[j] = s * (y[k] * out[j] + slopes[j] * x[k]);
        }
        out[k] = s * along;
      }
    },
    proxInto(y, m, step, out) {
      for (let i = 0; i < m * dim; i += dim)
        resolventInto(y.slice(i, i + dim), step * beta, coordinate, modulus, out.subarray(i, i + dim));
    },
  };
}
