/**
 * Relaxation Runge–Kutta (Ketcheson 2019; Ranocha, Sayyari, Dalcin, Parsani & Ketcheson 2020, §2): y₁ = y₀ + γh Σ bᵢkᵢ at time t₀ + γh,
 * with γ = 1 + O(h^{p−1}) the root near 1 of r(γ) = F(y₁) − F(y₀) + γh Σ bᵢ|kᵢ|²_m. The order p is kept, and F falls by exactly what is
 * dissipated.
 */
import { hermite } from './dense.js';
import type { Stepper, Vec } from './types.js';

/** Of F(0), which is F(y₀) and what was dissipated: at most this is left of the identity. F itself is known to some of these. */
const ROUNDING = 16 * Number.EPSILON;
/** How far γ may be from 1. */
const REACH = 0.5;
const MOST_EVALUATIONS = 30;
/** r(1) below this share of the dissipation: F and the velocity belong together, and the step is to be shortened. */
const CONSISTENT = 0.1;
/** An error no tolerance allows. */
const REFUSED = 1e100;

/** Why a method cannot be relaxed; undefined when it can. */
export function relaxationFault({ name, weights }: Stepper): string | undefined {
  if (!weights) return `relaxed(${name}): only explicit Runge–Kutta methods are relaxed, and ${name} is none`;
  const negative = weights.find(b => b < 0);
  return negative === undefined
    ? undefined
    : `relaxed(${name}): the weight ${negative.toPrecision(4)} of ${name} is negative, so that Σ b|k|² need not be a dissipation; take relaxed(bosh3)`;
}

/** The root of r near 1 by safeguarded secants, r(0) = 0 being the other one; NaN where there is none. Where r(1) is rounding it is 1. */
function rootNearOne(r: (gamma: number) => number, rounding: number): number {
  let [before, residualBefore] = [1, r(1)];
  if (Math.abs(residualBefore) <= rounding) return 1;
  let gamma = 1 - 0.01 * Math.sign(residualBefore);
  for (let k = 0; k < MOST_EVALUATIONS; k++) {
    const residual = r(gamma);
    if (Math.abs(residual) <= rounding) return gamma;
    const next = gamma - (residual * (gamma - before)) / (residual - residualBefore);
    if (!(Math.abs(next - 1) <= REACH)) return Number.NaN;
    [before, residualBefore, gamma] = [gamma, residual, next];
  }
  return Number.NaN;
}

/** Where no γ near 1 meets the identity the plain step is taken if F and the velocity do not belong together, and refused if they do. */
export function relaxing(base: Stepper): Stepper {
  const fault = relaxationFault(base);
  if (fault !== undefined) throw new RangeError(fault);
  return {
    name: `relaxed(${base.name})`,
    order: base.order,
    errorOrder: base.errorOrder,
    start(length, around) {
      if (!around) throw new TypeError(`relaxed(${base.name}) needs F of the flow`);
      const attempt = base.start(length, around);
      const [way, y1, v1, error] = Array.from({ length: 4 }, () => new Float64Array(length));
      return (rhs, h, y, v) => {
        const plain = attempt(rhs, h, y, v);
        for (let i = 0; i < length; i++) way[i] = plain.y[i] - y[i];
        const [start, spent] = [around.energy(y), way[length - 1]];
        const residual = (gamma: number): number => {
          for (let i = 0; i < length; i++) y1[i] = y[i] + gamma * way[i];
          return around.energy(y1) - start + gamma * spent;
        };
        const found = rootNearOne(residual, ROUNDING * (Math.abs(start) + y[length - 1]));
        const gamma = Number.isNaN(found) ? 1 : found;
        const off = residual(gamma);
        const refused = Number.isNaN(found) && Math.abs(off) < CONSISTENT * spent;
        // The chord leaves the path by γ(γ − 1)h²/2·u″.
        const bend = (h / 2) * Math.abs(gamma - 1);
        for (let i = 0; i < length; i++)
          error[i] = refused ? REFUSED : Math.abs(plain.error[i]) + bend * Math.abs(plain.v[i] - v[i]);
        let ended = false;
        const end = (): Vec => {
          if (!ended) rhs(y1, v1);
          ended = true;
          return v1;
        };
        return {
          y: y1,
          get v() {
            return end();
          },
          error,
          length: gamma * h,
          dense: () => hermite(y, v.slice(), y1.slice(), end().slice(), gamma * h),
        };
      };
    },
  };
}
