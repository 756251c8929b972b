/** Explicit Runge–Kutta methods whose last stage sits at the end of the step, from their coefficients. */
import type { Dense, Rhs, Stepper, Vec } from './types.js';

/** Stage s is y + h Σⱼ a[s][j] kⱼ; the last row of `a` are the weights b. */
export interface ExplicitTableau {
  readonly a: readonly (readonly number[])[];
}

/** A step that has been taken: k[j] are the stages' right-hand sides, all of the same length as y0. */
export interface Stages {
  readonly y0: Vec;
  readonly y1: Vec;
  readonly h: number;
  readonly k: readonly Vec[];
  readonly rhs: Rhs;
}

export interface ExplicitMethod {
  readonly name: string;
  readonly order: number;
  readonly errorOrder: number;
  readonly tableau: ExplicitTableau;
  /** The last two stages sit at the end of the step: their difference shows the stiffness (Hairer & Wanner II (1996), IV.2 eq. (2.13)). */
  readonly twiceAtEnd?: boolean;
  /** out: the estimate of the local error */
  errorInto(stages: Stages, out: Vec): void;
  dense(stages: Stages): Dense;
}

/** out: y + h Σⱼ weights[j] kⱼ */
export function combine(y: Vec, h: number, weights: readonly number[], k: readonly Vec[], out: Vec): void {
  for (let i = 0; i < y.length; i++) {
    let sum = 0;
    for (let j = 0; j < weights.length; j++) sum += weights[j] * k[j][i];
    out[i] = y[i] + h * sum;
  }
}

/** out: h Σⱼ weights[j] kⱼ */
export function weighted(h: number, weights: readonly number[], k: readonly Vec[], out: Vec): void {
  for (let i = 0; i < out.length; i++) {
    let sum = 0;
    for (let j = 0; j < weights.length; j++) sum += weights[j] * k[j][i];
    out[i] = h * sum;
  }
}

/** h|f(a) − f(b)|/|a − b|; the last entry, the dissipation, does not act back. */
function slope(h: number, fa: Vec, fb: Vec, a: Vec, b: Vec): number {
  let [above, below] = [0, 0];
  for (let i = 0; i < a.length - 1; i++) {
    above += (fa[i] - fb[i]) ** 2;
    below += (a[i] - b[i]) ** 2;
  }
  return below > 0 ? h * Math.sqrt(above / below) : 0;
}

export function explicitStepper({
  name,
  order,
  errorOrder,
  tableau: { a },
  twiceAtEnd,
  errorInto,
  dense,
}: ExplicitMethod): Stepper {
  return {
    name,
    order,
    errorOrder,
    weights: a[a.length - 1],
    start(length) {
      const k = a.map(() => new Float64Array(length));
      const [y1, stage, error] = Array.from({ length: 3 }, () => new Float64Array(length));
      return (rhs, h, y, v) => {
        k[0].set(v);
        for (let s = 1; s < a.length; s++) {
          const target = s === a.length - 1 ? y1 : stage;
          combine(y, h, a[s], k, target);
          rhs(target, k[s]);
        }
        const stages: Stages = { y0: y, y1, h, k, rhs };
        errorInto(stages, error);
        const last = a.length - 1;
        return {
          y: y1,
          v: k[last],
          error,
          dense: () => dense(stages),
          ...(twiceAtEnd && {
            get stiffness() {
              return slope(h, k[last], k[last - 1], y1, stage);
            },
          }),
        };
      };
    },
  };
}
