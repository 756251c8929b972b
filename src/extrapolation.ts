/** Extrapolation of first-order steps to order 2, with an error estimate and a test that F falls. */
import { endVelocity, linear } from './dense.js';
import type { EulerKind, Stepper, Vec } from './types.js';

/** An error no tolerance allows. */
const REFUSED = 1e100;
/** Of |F|: a rise smaller than this is rounding. */
const ROUNDING = 16 * Number.EPSILON;

/**
 * From one, two and three steps over the same time (Hairer & Wanner II (1996), IV.9): T₃₂ = 3T₃₁ − 2T₂₁, of order 2, and T₃₃, of order 3,
 * whose difference is the error. T₃₂ is put back where it passed a kink of V or a wall which T₃₁ did not pass. A step over which F rises is
 * refused, whatever its error: without that test forward–backward steps ride their stability limit and F rises by the hundred. The
 * dissipation is ∫|u′|²_m along the straight pieces, extrapolated likewise.
 */
export function extrapolated(
  name: string,
  euler: EulerKind,
  traits: Pick<Stepper, 'implicit' | 'needs'> = {},
): Stepper {
  return {
    name,
    order: 2,
    errorOrder: 3,
    ...traits,
    start(length, surroundings) {
      const around = surroundings?.euler;
      if (!around) throw new TypeError(`${name} needs the flow`);
      const n = length - 1;
      const step = around.step(euler);
      const T = Array.from({ length: 3 }, () => new Float64Array(length));
      const [last, y1, v1, error] = Array.from({ length: 4 }, () => new Float64Array(length));
      const walk = (from: Vec, h: number, count: number, to: Vec) => {
        to.set(from);
        for (let k = 0; k < count; k++) {
          last.set(to);
          step(last.subarray(0, n), h / count, to.subarray(0, n));
          to[n] = last[n] + around.spent(last, to, h / count);
        }
      };
      return (rhs, h, y) => {
        for (const [k, to] of T.entries()) walk(y, h, k + 1, to);
        for (let i = 0; i < length; i++) {
          const [one, two, three] = [T[0][i], T[1][i], T[2][i]];
          y1[i] = three + 2 * (three - two);
          error[i] = (y1[i] - (two + two - one)) / 2;
        }
        around.settle(y1, T[2]);
        const [before, after] = [surroundings.energy(y), surroundings.energy(y1)];
        if (after > before + ROUNDING * Math.abs(before)) error.fill(REFUSED);
        const velocity = endVelocity(rhs, y1, v1);
        return {
          y: y1,
          get v() {
            return velocity();
          },
          error,
          dense: () => linear(y, y1.slice()),
        };
      };
    },
  };
}
