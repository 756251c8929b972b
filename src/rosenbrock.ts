/** Linearly implicit one-step methods (Rosenbrock): a linear system with the exact Jacobian per stage, no Newton iteration. */
import { pool, workspace } from './combination.js';
import { copied, endVelocity, fresh } from './dense.js';
import type { Attempt, Dense, Linearisation, Rhs, Room, Stepper, Vec } from './types.js';

/** In the variables u = h Γ k, which need no product with J (Hairer & Wanner II (1996), IV.7 eq. (7.25)). Rows begin with stage 2. */
export interface RosenbrockTableau {
  readonly gamma: number;
  readonly a: readonly (readonly number[])[];
  readonly c: readonly (readonly number[])[];
  readonly b: readonly number[];
  /** Rows of H: the continuous extension. */
  readonly dense: readonly (readonly number[])[];
}

/** Whether a row only adds the last stage to the row before it. */
const addsTo = (before: readonly number[] | undefined, row: readonly number[]): boolean =>
  before !== undefined && row.length === before.length + 1 && before.every((x, j) => x === row[j]);

/** y(θ) = (1−θ)y₀ + θ(y₁ + (1−θ)(k₁ + θ(k₂ + θk₃))), k = H u (Hairer & Wanner II (1996), IV.7, `CONTRO`; Steinebach 2023, §3). */
function extension(y0: Vec, y1: Vec, k: readonly Vec[], room: Room): Dense {
  const n = y0.length;
  const [start, end] = [copied(y0, room), copied(y1, room)];
  const [k1, k2, k3] = k.map(row => copied(row, room));
  return (theta, out) => {
    const other = 1 - theta;
    for (let i = 0; i < n; i++) {
      const inner = k1[i] + theta * (k3 ? k2[i] + theta * k3[i] : k2[i]);
      out[i] = other * start[i] + theta * (end[i] + other * inner);
    }
  };
}

export type RosenbrockMethod = Pick<Stepper, 'name' | 'order' | 'errorOrder'> & {
  readonly tableau: RosenbrockTableau;
};

/** Vectors and combinations of one run. */
function workOf({ gamma, a, c, b, dense }: RosenbrockTableau, length: number) {
  const { vectors, combination } = workspace(length, b.length + 5 + dense.length, 2 * b.length + 1 + dense.length);
  // The stages u come first.
  const u = vectors.slice(0, b.length);
  const [start, y1, f, right, zero] = [0, 1, 2, 3, 4].map(j => b.length + j);
  const rows = [...a, b];
  const points = rows.map((row, s) => {
    const adds = addsTo(rows[s - 1], row);
    const weights = adds ? row.map((x, j) => (j === row.length - 1 ? x : 0)) : row;
    return combination(y1, adds ? y1 : start, weights, 0);
  });
  const carried = c.map(row => combination(right, f, row, 0));
  const extensions = dense.map((row, j) => combination(zero + 1 + j, zero, row, 0));
  return {
    u,
    y1: vectors[y1],
    v1: new Float64Array(length),
    step(rhs: Rhs, h: number, y: Vec, v: Vec, jacobian: Linearisation): void {
      vectors[start].set(y);
      vectors[right].set(v);
      for (let s = 0; ; s++) {
        jacobian.solveInto(1 / (h * gamma), vectors[right], u[s]);
        points[s](1);
        if (s === c.length) return;
        rhs(vectors[y1], vectors[f]);
        carried[s](1 / h);
      }
    },
    dense(y0: Vec, room: Room): Dense {
      for (const row of extensions) row(1);
      return extension(y0, vectors[y1], vectors.slice(zero + 1), room);
    },
  };
}

/** Stage i: (I/(hγ) − J) uᵢ = f(y + Σ aᵢⱼuⱼ) + (1/h) Σ cᵢⱼuⱼ. Stiffly accurate: the last uᵢ is the error of the embedded method. */
export function rosenbrock({ tableau, ...method }: RosenbrockMethod): Stepper {
  const works = pool(length => workOf(tableau, length));
  return {
    ...method,
    controller: 'predictive',
    implicit: true,
    start(length, around) {
      if (!around) throw new TypeError(`${method.name} needs the Jacobian of the field`);
      const work = works.take(length);
      const { u, y1, v1 } = work;
      let [from, velocity]: [Vec, () => Vec] = [y1, () => v1];
      const taken: Attempt = {
        y: y1,
        get v() {
          return velocity();
        },
        error: u[u.length - 1],
        dense: (room = fresh) => work.dense(from, room),
      };
      const attempt = (rhs: Rhs, h: number, y: Vec, v: Vec): Attempt => {
        work.step(rhs, h, y, v, around.linearise(y, v));
        from = y;
        velocity = endVelocity(rhs, y1, v1);
        return taken;
      };
      return Object.assign(attempt, { release: () => works.give(length, work) });
    },
  };
}
