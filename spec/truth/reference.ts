/** Reads the fixtures of this folder; conventions in README.md. */
import { readFileSync } from 'node:fs';
import {
  deconvolution,
  lowRank,
  network,
  relu,
  reluPopulation,
  reluSignedSquare,
  sigmoid,
} from '../../problems/index.js';
import { scaledDistance } from '../../src/math/vec.js';
import { fromRows } from '../../src/particles.js';
import type { Problem, Vec } from '../../src/types.js';
import { absLine, quadratic } from '../problems-of-ones-own.js';

export type EventType = 'leave' | 'stick' | 'cross' | 'kink' | 'slide' | 'unslide';
export interface ReferenceEvent {
  readonly t: number;
  readonly type: EventType;
  readonly particle: number;
  /** Of a kink of Φ. */
  readonly sample?: number;
}

type Rows = readonly (readonly number[])[];
interface Sample {
  readonly X: Rows;
  readonly y: readonly number[];
}
type Definition =
  | {
      readonly type: 'deconvolution-1d';
      readonly K: number;
      readonly lambda: number;
      readonly beta: number;
      readonly y: readonly number[];
    }
  | { readonly type: 'quadratic'; readonly Q: Rows; readonly B: Rows; readonly a: readonly number[] }
  | { readonly type: 'abs-line'; readonly a: number; readonly lambda: number; readonly beta: number }
  | (Sample & { readonly type: 'sigmoid'; readonly bias: boolean; readonly lambda: number; readonly beta: number })
  | (Sample & { readonly type: 'relu'; readonly bias: boolean })
  | (Sample & { readonly type: 'relu-signed-square'; readonly signs: readonly number[]; readonly beta: number })
  | {
      readonly type: 'relu-gaussian-population';
      readonly teacher: { readonly theta: Rows; readonly c: readonly number[] };
    }
  | { readonly type: 'lowrank'; readonly M: Rows };

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

/** A linearly implicit method, and what it does with J = 0, f = 1, h = 1. */
interface RosenbrockChecks {
  readonly gamma: number;
  readonly a: readonly (readonly number[])[];
  readonly c: readonly (readonly number[])[];
  readonly b: readonly number[];
  readonly dense: readonly (readonly number[])[];
  readonly check_stage_values_J0_f1_h1: readonly number[];
  readonly check_abscissae: readonly number[];
}
export interface UnitChecks {
  readonly prox_abs: { readonly cases: readonly { x: number; h: number; beta: number; out: number }[] };
  readonly prox_product: {
    readonly cases: readonly { w: number; theta: number[]; h: number; out_w: number; out_theta: number[] }[];
  };
  readonly min_norm_velocity: {
    readonly cases: readonly { V: string; beta: number; u: number[]; vtilde: number[]; out: number[] }[];
  };
  readonly tableau_rodas4: RosenbrockChecks;
  readonly tableau_rodas5p: RosenbrockChecks;
  /** An Ornstein–Uhlenbeck process: Φ(u) = u, R(f) = (f−a)²/2, V = bu²/2, temperature tau, m particles from N(mu0, s²). */
  readonly langevin_ou: {
    readonly a: number;
    readonly b: number;
    readonly tau: number;
    readonly m: number;
    readonly mu0: number;
    readonly s: number;
    readonly times: readonly number[];
    readonly EF: readonly number[];
    readonly free_energy: readonly number[];
  };
  readonly rkc2_stage_numbers: readonly { h_rho: number; s: number }[];
  readonly trig_sup: { q: number[]; max_abs: number; argmax: number; dual_value_at_f0: number; gap_at_f0: number };
}
export const unitChecks = (): UnitChecks => readTruth('unit_checks') as UnitChecks;

export const reference = (name: string): Reference => readTruth(name) as Reference;

const tableOf = ({ X, y }: Sample) => ({
  inputs: { rows: X.length, columns: X[0].length, values: Float64Array.from(X.flat()) },
  targets: Float64Array.from(y),
});

export function problemOf({ problem: p }: Reference): Problem {
  switch (p.type) {
    case 'quadratic':
      return quadratic(p.Q, p.B, p.a);
    case 'abs-line':
      return absLine(p.a, p.lambda, p.beta);
    case 'sigmoid': {
      const penalty = { kind: 'abs-weight' as const, beta: p.beta };
      return network({ data: tableOf(p), activation: sigmoid, bias: p.bias, lambda: p.lambda, penalty });
    }
    case 'relu':
      return network({ data: tableOf(p), activation: relu, bias: p.bias });
    case 'relu-signed-square':
      return reluSignedSquare({ data: tableOf(p), signs: p.signs, penalty: { kind: 'squared', beta: p.beta } });
    case 'relu-gaussian-population':
      return reluPopulation({ weights: p.teacher.c, directions: p.teacher.theta });
    case 'lowrank':
      return lowRank(p.M);
    case 'deconvolution-1d':
      return deconvolution({ order: p.K, lambda: p.lambda, beta: p.beta, coefficients: Float64Array.from(p.y) });
  }
}

export const startOf = (r: Reference): Vec => fromRows(r.initial, r.d);

export const stateAt = (r: Reference, k: number): Vec => fromRows(r.states[k], r.d);

/** sup_t |u(t) − u(0)|_m over the reference times: what relative state errors are divided by. */
export const displacement = (r: Reference): number =>
  Math.max(...r.times.map((_, k) => scaledDistance(stateAt(r, k), startOf(r), r.m)));
