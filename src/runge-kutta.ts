/** Explicit Runge–Kutta methods whose last stage sits at the end of the step, from their coefficients. */
import { pool, workspace } from './combination.js';
import { fresh } from './dense.js';
import type { Attempt, Dense, Rhs, Room, Stepper, Vec } from './types.js';

/** Stage s is y + h Σⱼ a[s][j] kⱼ; the last row of `a` are the weights b. */
export interface ExplicitTableau {
  readonly a: readonly (readonly number[])[];
}

/** A step that has been taken: k[j] are the stages' right-hand sides, all of the same length as y0. The next step overwrites all of it. */
export interface Stages {
  readonly y0: Vec;
  readonly y1: Vec;
  readonly h: number;
  readonly k: readonly Vec[];
  /** h Σⱼ sums[i][j] kⱼ, of the method's `sums`. */
  readonly sums: readonly Vec[];
}

export interface ExplicitMethod {
  readonly name: string;
  readonly order: number;
  readonly errorOrder: number;
  readonly tableau: ExplicitTableau;
  /** The last two stages sit at the end of the step: their difference shows the stiffness (Hairer & Wanner II (1996), IV.2 eq. (2.13)). */
  readonly twiceAtEnd?: boolean;
  /** Weights of the stages in the estimates of the local error; of several, `errorInto` makes one. */
  readonly errors: readonly (readonly number[])[];
  errorInto?(estimates: readonly Vec[], out: Vec): void;
  /** For the extension: stages after the last, and weights of combinations of them all. */
  readonly further?: readonly (readonly number[])[];
  readonly sums?: readonly (readonly number[])[];
  /** What it needs later it copies into the room. */
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

/** Vectors of one run, the stages first, and their combinations. */
function vectorsOf({ tableau: { a }, errors, further = [], sums = [] }: ExplicitMethod, length: number) {
  const stages = a.length + further.length;
  const count = stages + 4 + errors.length + sums.length;
  const { vectors, combination } = workspace(length, count, stages + errors.length + sums.length);
  const [zero, start, stage, y1] = [0, 1, 2, 3].map(j => stages + j);
  const results = stages + 4;
  const last = a.length - 1;
  return {
    k: vectors.slice(0, stages),
    start: vectors[start],
    stage: vectors[stage],
    y1: vectors[y1],
    errors: errors.map((_, j) => vectors[results + j]),
    sums: sums.map((_, j) => vectors[results + errors.length + j]),
    rows: a.map((row, s) => combination(s === last ? y1 : stage, start, row, 0)),
    further: further.map(row => combination(stage, start, row, 0)),
    results: [...errors, ...sums].map((row, j) => combination(results + j, zero, row, 0)),
  };
}

/** What one run works with. */
function workOf(method: ExplicitMethod, length: number) {
  const { twiceAtEnd, errors, errorInto, dense } = method;
  const { k, start, stage, y1, rows, further, results, ...of } = vectorsOf(method, length);
  const [estimates, sums] = [results.slice(0, errors.length), results.slice(errors.length)];
  const last = rows.length - 1;
  const error = errorInto ? new Float64Array(length) : of.errors[0];
  const stages: { -readonly [K in keyof Stages]: Stages[K] } = { y0: start, y1, h: 0, k, sums: of.sums };
  let evaluate: Rhs = () => {};
  const extended = (room: Room): Dense => {
    for (const [j, row] of further.entries()) {
      row(stages.h);
      evaluate(stage, k[last + 1 + j]);
    }
    for (const sum of sums) sum(stages.h);
    return dense(stages, room);
  };
  const taken: Attempt = {
    y: y1,
    v: k[last],
    error,
    dense: (room = fresh) => extended(room),
    get stiffness() {
      return twiceAtEnd ? slope(stages.h, k[last], k[last - 1], y1, stage) : undefined;
    },
  };
  return (rhs: Rhs, h: number, y: Vec, v: Vec): Attempt => {
    k[0].set(v);
    start.set(y);
    for (let s = 1; s <= last; s++) {
      rows[s](h);
      rhs(s === last ? y1 : stage, k[s]);
    }
    stages.h = h;
    evaluate = rhs;
    for (const estimate of estimates) estimate(h);
    errorInto?.(of.errors, error);
    return taken;
  };
}

/** Between the times Σⱼ a[s][j] of the stages, the last of which is 1. */
function gapOf({ a }: ExplicitTableau): number {
  const times = a.map(row => row.reduce((sum, x) => sum + x, 0)).sort((s, t) => s - t);
  return times.reduce((most, t, j) => Math.max(most, t - (times[j - 1] ?? 0)), 0);
}

export function explicitStepper(method: ExplicitMethod): Stepper {
  const { name, order, errorOrder, tableau } = method;
  const works = pool(length => workOf(method, length));
  return {
    name,
    order,
    errorOrder,
    gap: gapOf(tableau),
    weights: tableau.a[tableau.a.length - 1],
    start(length) {
      const work = works.take(length);
      const attempt = (rhs: Rhs, h: number, y: Vec, v: Vec) => work(rhs, h, y, v);
      return Object.assign(attempt, { release: () => works.give(length, work) });
    },
  };
}
