/** Explicit Runge–Kutta methods whose last stage sits at the end of the step, from their coefficients. */
import { pool, workspace } from './combination.js';
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

/** Vectors and combinations of one run. */
interface Work {
  attempt(rhs: Rhs, h: number, y: Vec, v: Vec): Attempt;
}

function workOf({ tableau: { a }, twiceAtEnd, errorInto, dense }: ExplicitMethod, length: number): Work {
  const last = a.length - 1;
  const { vectors, combination } = workspace(length, a.length + 3, a.length);
  // The stages come first.
  const k = vectors.slice(0, a.length);
  const [start, stage, y1] = [a.length, a.length + 1, a.length + 2];
  const rows = a.map((row, s) => combination(s === last ? y1 : stage, start, row, 0));
  const targets = a.map((_, s) => vectors[s === last ? y1 : stage]);
  const error = new Float64Array(length);
  const stages: { -readonly [K in keyof Stages]: Stages[K] } = { y0: error, y1: vectors[y1], h: 0, k, rhs: () => {} };
  const taken: Attempt = {
    y: vectors[y1],
    v: k[last],
    error,
    dense: (room = fresh) => dense(stages, room),
    get stiffness() {
      return twiceAtEnd ? slope(stages.h, k[last], k[last - 1], vectors[y1], vectors[stage]) : undefined;
    },
  };
  return {
    attempt(rhs, h, y, v) {
      k[0].set(v);
      vectors[start].set(y);
      for (let s = 1; s < a.length; s++) {
        rows[s](h);
        rhs(targets[s], k[s]);
      }
      stages.y0 = y;
      stages.h = h;
      stages.rhs = rhs;
      errorInto(stages, error);
      return taken;
    },
  };
}

export function explicitStepper(method: ExplicitMethod): Stepper {
  const { name, order, errorOrder, tableau } = method;
  const works = pool(length => workOf(method, length));
  return {
    name,
    order,
    errorOrder,
    weights: tableau.a[tableau.a.length - 1],
    start(length) {
      const work = works.take(length);
      const attempt = (rhs: Rhs, h: number, y: Vec, v: Vec) => work.attempt(rhs, h, y, v);
      return Object.assign(attempt, { release: () => works.give(length, work) });
    },
  };
}
