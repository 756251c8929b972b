/**
 * Linear combinations of stages. Each passes once over the numbers, with as many stages side by side as have a weight: a loop over stages
 * inside costs three times as much, one pass for every four twice.
 */
import { vectorsOf } from './kernels/vectors.js';
import type { Vec } from './types.js';

/** out, which may be the base itself but none of k: base + scale·Σⱼ weights[j] k[j] */
export type Combination = (base: Vec, scale: number, k: readonly Vec[], out: Vec) => void;

// Numbers taken out of an array by a pattern are objects on the heap: hot loops name them one by one.
/** Of one row, the stages that have a weight; padded with weights 0. */
interface Row {
  readonly w: Vec;
  readonly at: Int32Array;
}
type Pass = (base: Vec, scale: number, row: Row, k: readonly Vec[], out: Vec) => void;

const one: Pass = (y, h, { w, at }, k, out) => {
  const a = w[0];
  const ka = k[at[0]];
  for (let i = 0; i < out.length; i++) out[i] = y[i] + h * (a * ka[i]);
};

const two: Pass = (y, h, { w, at }, k, out) => {
  const a = w[0];
  const b = w[1];
  const ka = k[at[0]];
  const kb = k[at[1]];
  for (let i = 0; i < out.length; i++) out[i] = y[i] + h * (a * ka[i] + b * kb[i]);
};

const four: Pass = (y, h, { w, at }, k, out) => {
  const a = w[0];
  const b = w[1];
  const c = w[2];
  const d = w[3];
  const ka = k[at[0]];
  const kb = k[at[1]];
  const kc = k[at[2]];
  const kd = k[at[3]];
  for (let i = 0; i < out.length; i++) out[i] = y[i] + h * (a * ka[i] + b * kb[i] + c * kc[i] + d * kd[i]);
};

const six: Pass = (y, h, { w, at }, k, out) => {
  const a = w[0];
  const b = w[1];
  const c = w[2];
  const d = w[3];
  const e = w[4];
  const f = w[5];
  const ka = k[at[0]];
  const kb = k[at[1]];
  const kc = k[at[2]];
  const kd = k[at[3]];
  const ke = k[at[4]];
  const kf = k[at[5]];
  for (let i = 0; i < out.length; i++)
    out[i] = y[i] + h * (a * ka[i] + b * kb[i] + c * kc[i] + d * kd[i] + e * ke[i] + f * kf[i]);
};

const eight: Pass = (y, h, { w, at }, k, out) => {
  const a = w[0];
  const b = w[1];
  const c = w[2];
  const d = w[3];
  const e = w[4];
  const f = w[5];
  const g = w[6];
  const l = w[7];
  const ka = k[at[0]];
  const kb = k[at[1]];
  const kc = k[at[2]];
  const kd = k[at[3]];
  const ke = k[at[4]];
  const kf = k[at[5]];
  const kg = k[at[6]];
  const kl = k[at[7]];
  for (let i = 0; i < out.length; i++)
    out[i] = y[i] + h * (a * ka[i] + b * kb[i] + c * kc[i] + d * kd[i] + e * ke[i] + f * kf[i] + g * kg[i] + l * kl[i]);
};

const PASSES: readonly (readonly [terms: number, pass: Pass])[] = [
  [1, one],
  [2, two],
  [4, four],
  [6, six],
  [8, eight],
];
const MOST = 8;

function passOf(weights: readonly number[], stages: readonly number[]): Combination {
  const [terms, pass] = PASSES.find(([n]) => n >= stages.length) as (typeof PASSES)[number];
  const row: Row = { w: new Float64Array(terms), at: new Int32Array(terms).fill(stages[0]) };
  for (const [j, stage] of stages.entries()) {
    row.w[j] = weights[stage];
    row.at[j] = stage;
  }
  return (base, scale, k, out) => pass(base, scale, row, k, out);
}

/** The combination with these weights; stages of weight 0 are not looked at. */
export function combination(weights: readonly number[]): Combination {
  const stages = [...weights.keys()].filter(j => weights[j] !== 0);
  if (stages.length === 0) return (base, _scale, _k, out) => out.set(base);
  const passes: Combination[] = [];
  for (let j = 0; j < stages.length; j += MOST) passes.push(passOf(weights, stages.slice(j, j + MOST)));
  const [first, ...rest] = passes;
  if (rest.length === 0) return first;
  return (base, scale, k, out) => {
    first(base, scale, k, out);
    for (const pass of rest) pass(out, scale, k, out);
  };
}

/** out: scale·Σⱼ weights[j] k[j] */
export function sumOf(weights: readonly number[]): (scale: number, k: readonly Vec[], out: Vec) => void {
  const combine = combination(weights);
  return (scale, k, out) => combine(out.fill(0), scale, k, out);
}

/** Vectors of a method of stages, and the combinations of them that each of its steps takes. */
export interface Workspace {
  readonly vectors: readonly Vec[];
  /** vectors[out] ← vectors[base] + scale·Σⱼ weights[j] vectors[first + j]; `out` may be `base`. */
  combination(out: number, base: number, weights: readonly number[], first: number): (scale: number) => void;
}

/** Shorter vectors are summed before a kernel has begun. */
const SHORT = 64;

/** @param sums that are asked for at most */
export function workspace(length: number, count: number, sums: number): Workspace {
  const kernel = length < SHORT ? undefined : vectorsOf(length, count, sums);
  const vectors = kernel?.vectors ?? Array.from({ length: count }, () => new Float64Array(length));
  return {
    vectors,
    combination(out, base, weights, first) {
      const stages = [...weights.keys()].filter(j => weights[j] !== 0);
      if (!kernel || stages.length === 0) {
        const own = combination(weights);
        const k = vectors.slice(first, first + weights.length);
        return scale => own(vectors[base], scale, k, vectors[out]);
      }
      return kernel.sum(
        out,
        base,
        stages.map(j => first + j),
        stages.map(j => weights[j]),
      );
    },
  };
}

/** Things that are used again by who comes after, a few of each size. */
export function pool<T>(make: (length: number) => T): { take(length: number): T; give(length: number, t: T): void } {
  const free = new Map<number, T[]>();
  return {
    take: length => free.get(length)?.pop() ?? make(length),
    give(length, t) {
      const those = free.get(length) ?? [];
      if (those.length < KEPT) free.set(length, [...those, t]);
    },
  };
}
const KEPT = 2;
