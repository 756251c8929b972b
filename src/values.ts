/**
 * The contracts that rest on no other: chance, and how a run ends. No code lives here; types.ts passes them on.
 */

/** A named stream of pseudo-random numbers whose state can be saved and restored exactly. */
export interface Random {
  /** Uniform on [0, 1), 53 random bits. */
  uniform(): number;
  /** Standard normal. */
  normal(): number;
  /** JSON-able state; `randomFrom(state)` continues the stream bit for bit. */
  state(): RandomState;
}
export interface RandomState {
  readonly generator: unknown;
  readonly spare: number | null;
}

/** Work done so far. */
export interface Stats {
  readonly steps: number;
  readonly rejected: number;
  /** Evaluations of the velocity field. */
  readonly velocityEvaluations: number;
  /** Evaluations of the kink margins while watching for events. */
  readonly marginEvaluations: number;
  /** Jacobians, and matrices factorised with them. */
  readonly jacobians: number;
  readonly factorisations: number;
  /** Mode changes of particles after t = 0. */
  readonly events: number;
}

export type Code =
  | 'end'
  | 'stationary'
  | 'stopped'
  | 'max-steps'
  | 'max-time'
  | 'step-underflow'
  | 'not-finite'
  | 'diverged'
  | 'energy-rise'
  | 'inner-solve-failed'
  | 'chattering'
  | 'missing-capability'
  | 'interrupted';

/** A method that was chosen along the way. */
export interface Choice {
  readonly t: number;
  readonly method: string;
  readonly why: string;
}

/** Steps of the safety net: how many after refusals in a row, how many after a rise of F, and when the first and the last ended. */
export interface Rescues {
  readonly refusals: number;
  readonly rises: number;
  readonly first: number;
  readonly last: number;
}

export interface Outcome {
  readonly code: Code;
  readonly ok: boolean;
  readonly t: number;
  readonly message: string;
  /** Of solvers that choose among methods. */
  readonly choices?: readonly Choice[] | undefined;
  /** Of solvers with a safety net, where it was used. */
  readonly rescues?: Rescues | undefined;
  readonly stats: Stats;
}
