/** Explicit Runge–Kutta methods whose last stage sits at the end of the step, from their coefficients. */
import { fresh } from './dense.js';
import type { Attempt, Dense, Rhs, Room, Stepper, Vec } from './types.js';

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
  dense(stages: Stages, room: Room): Dense;
}

/** out: Σⱼ weights[j] kⱼ, four terms in one pass: a loop over j inside costs three times as much. */
function sumInto(weights: readonly number[], k: readonly Vec[], out: Vec): void {
  out.fill(0);
  for (let j = 0; j < weights.length; j += 4) {
    const left = weights.length - j;
    const ka = k[j];
    const kb = left > 1 ? k[j + 1] : ka;
    const kc = left > 2 ? k[j + 2] : ka;
    const kd = left > 3 ? k[j + 3] : ka;
    const a = weights[j];
    const b = left > 1 ? weights[j + 1] : 0;
    const c = left > 2 ? weights[j + 2] : 0;
    const d = left > 3 ? weights[j + 3] : 0;
    for (let i = 0; i < out.length; i++) out[i] = out[i] + a * ka[i] + b * kb[i] + c * kc[i] + d * kd[i];
  }
}

/** out, not y itself: y + h Σⱼ weights[j] kⱼ */
export function combine(y: Vec, h: number, weights: readonly number[], k: readonly Vec[], out: Vec): void {
  sumInto(weights, k, out);
  for (let i = 0; i < y.length; i++) out[i] = y[i] + h * out[i];
}

/** out: h Σⱼ weights[j] kⱼ */
export function weighted(h: number, weights: readonly number[], k: readonly Vec[], out: Vec): void {
  sumInto(weights, k, out);
  for (let i = 0; i < out.length; i++) out[i] *= h;
}

/** h|f(a) − f(b)|/|a − b|; the last entry, the dissipation, does not act back. */
function slope(h: number, fa: Vec, fb: Vec, a: Vec, b: Vec): number {
  let above = 0;
  let below = 0;
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
      const last = a.length - 1;
      const stages: { -readonly [K in keyof Stages]: Stages[K] } = { y0: y1, y1, h: 0, k, rhs: () => {} };
      const taken: Attempt = {
        y: y1,
        v: k[last],
        error,
        dense: (room = fresh) => dense(stages, room),
        get stiffness() {
          return twiceAtEnd ? slope(stages.h, k[last], k[last - 1], y1, stage) : undefined;
        },
      };
      return (rhs, h, y, v) => {
        k[0].set(v);
        for (let s = 1; s < a.length; s++) {
          const target = s === last ? y1 : stage;
          combine(y, h, a[s], k, target);
          rhs(target, k[s]);
        }
        stages.y0 = y;
        stages.h = h;
        stages.rhs = rhs;
        errorInto(stages, error);
        return taken;
      };
    },
  };
}
