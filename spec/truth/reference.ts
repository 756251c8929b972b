/** Reads the fixtures of this folder; conventions in README.md. */
import { readFileSync } from 'node:fs';
import { deconvolution } from '../../problems/index.js';
import { scaledDistance } from '../../src/math/vec.js';
import { fromRows } from '../../src/particles.js';
import type { ComposedProblem, Vec } from '../../src/types.js';
import { absLine, quadratic } from '../problems-of-ones-own.js';

export type EventType = 'leave' | 'stick' | 'cross';
export interface ReferenceEvent {
  readonly t: number;
  readonly type: EventType;
  readonly particle: number;
}

type Rows = readonly (readonly number[])[];
type Definition =
  | {
      readonly type: 'deconvolution-1d';
      readonly K: number;
      readonly lambda: number;
      readonly beta: number;
      readonly y: readonly number[];
    }
  | { readonly type: 'quadratic'; readonly Q: Rows; readonly B: Rows; readonly a: readonly number[] }
  | { readonly type: 'abs-line'; readonly a: number; readonly lambda: number; readonly beta: number };

export interface Reference {
  readonly name: string;
  readonly problem: Definition;
  readonly m: number;
  readonly d: number;
  readonly initial: Rows;
  readonly F0: number;
  readonly velocity0: Rows;
  readonly times: readonly number[];
  readonly states: readonly Rows[];
  readonly F: readonly number[];
  readonly dissipation: readonly number[];
  readonly events: readonly ReferenceEvent[];
  readonly optimum?: {
    readonly Fstar: number;
    readonly positions: readonly number[];
    readonly weights: readonly number[];
  };
  readonly certificate?: {
    readonly max_abs_eta: readonly number[];
    readonly dual_value: readonly number[];
    readonly gap: readonly number[];
  };
}

/** The package root, seen from dist/spec/truth/. */
export const packageRoot = new URL('../../../', import.meta.url);

const readTruth = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`spec/truth/${name}.json`, packageRoot), 'utf8'));

export interface UnitChecks {
  readonly prox_abs: { readonly cases: readonly { x: number; h: number; beta: number; out: number }[] };
  readonly min_norm_velocity: {
    readonly cases: readonly { V: string; beta: number; u: number[]; vtilde: number[]; out: number[] }[];
  };
  readonly trig_sup: { q: number[]; max_abs: number; argmax: number; dual_value_at_f0: number; gap_at_f0: number };
}
export const unitChecks = (): UnitChecks => readTruth('unit_checks') as UnitChecks;

export const reference = (name: string): Reference => readTruth(name) as Reference;

export function problemOf({ problem: p }: Reference): ComposedProblem {
  if (p.type === 'quadratic') return quadratic(p.Q, p.B, p.a);
  if (p.type === 'abs-line') return absLine(p.a, p.lambda, p.beta);
  return deconvolution({ order: p.K, lambda: p.lambda, beta: p.beta, coefficients: Float64Array.from(p.y) });
}

export const startOf = (r: Reference): Vec => fromRows(r.initial, r.d);

export const stateAt = (r: Reference, k: number): Vec => fromRows(r.states[k], r.d);

/** sup_t |u(t) − u(0)|_m over the reference times: what relative state errors are divided by. */
export const displacement = (r: Reference): number =>
  Math.max(...r.times.map((_, k) => scaledDistance(stateAt(r, k), startOf(r), r.m)));
