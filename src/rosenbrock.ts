/** Linearly implicit one-step methods (Rosenbrock): a linear system with the exact Jacobian per stage, no Newton iteration. */
import { endVelocity } from './dense.js';
import type { Dense, Stepper, Vec } from './types.js';

/** In the variables u = h Γ k, which need no product with J (Hairer & Wanner II (1996), IV.7 eq. (7.25)). Rows begin with stage 2. */
export interface RosenbrockTableau {
  readonly gamma: number;
  readonly a: readonly (readonly number[])[];
  readonly c: readonly (readonly number[])[];
  readonly b: readonly number[];
  /** Rows of H: the continuous extension. */
  readonly dense: readonly (readonly number[])[];
}

/** out: base + scale·Σ weightsⱼ uⱼ */
function combine(base: Vec, scale: number, weights: readonly number[], u: readonly Vec[], out: Vec): void {
  for (let i = 0; i < base.length; i++) {
    let sum = 0;
    for (let j = 0; j < weights.length; j++) sum += weights[j] * u[j][i];
    out[i] = base[i] + scale * sum;
  }
}

/** y(θ) = (1−θ)y₀ + θ(y₁ + (1−θ)(k₁ + θ(k₂ + θk₃))), k = H u (Hairer & Wanner II (1996), IV.7, `CONTRO`; Steinebach 2023, §3). */
function extension(y0: Vec, y1: Vec, rows: RosenbrockTableau['dense'], u: readonly Vec[]): Dense {
  const zero = new Float64Array(y0.length);
  const [start, end] = [y0.slice(), y1.slice()];
  const k = rows.map(row => {
    const out = new Float64Array(y0.length);
    combine(zero, 1, row, u, out);
    return out;
  });
  return (theta, out) => {
    for (let i = 0; i < start.length; i++) {
      let inner = 0;
      for (let j = k.length - 1; j >= 0; j--) inner = k[j][i] + theta * inner;
      out[i] = (1 - theta) * start[i] + theta * (end[i] + (1 - theta) * inner);
    }
  };
}

export type RosenbrockMethod = Pick<Stepper, 'name' | 'order' | 'errorOrder'> & {
  readonly tableau: RosenbrockTableau;
};

/** Stage i: (I/(hγ) − J) uᵢ = f(y + Σ aᵢⱼuⱼ) + (1/h) Σ cᵢⱼuⱼ. Stiffly accurate: the last uᵢ is the error of the embedded method. */
export function rosenbrock({ tableau, ...method }: RosenbrockMethod): Stepper {
  const { gamma, a, c, b, dense } = tableau;
  return {
    ...method,
    controller: 'predictive',
    implicit: true,
    start(length, around) {
      if (!around) throw new TypeError(`${method.name} needs the Jacobian of the field`);
      const u = b.map(() => new Float64Array(length));
      const [point, f, right, y1, v1] = Array.from({ length: 5 }, () => new Float64Array(length));
      return (rhs, h, y, v) => {
        const jacobian = around.linearise(y, v);
        for (let s = 0; s < b.length; s++) {
          combine(y, 1, s === 0 ? [] : a[s - 1], u, point);
          if (s > 0) rhs(point, f);
          combine(s === 0 ? v : f, 1 / h, s === 0 ? [] : c[s - 1], u, right);
          jacobian.solveInto(1 / (h * gamma), right, u[s]);
        }
        combine(y, 1, b, u, y1);
        const velocity = endVelocity(rhs, y1, v1);
        return {
          y: y1,
          get v() {
            return velocity();
          },
          error: u[b.length - 1],
          dense: () => extension(y, y1, dense, u),
        };
      };
    },
  };
}
