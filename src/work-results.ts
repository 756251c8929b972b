/** What `pgf bench solvers` prints. No code. */
import type { Outcome } from './types.js';

export interface WorkRow {
  readonly method: string;
  readonly rtol: number;
  /** sup over compared times of |u − reference|_m, by the displacement sup_t |u(t) − u(0)|_m; NaN when the run did not reach the end. */
  readonly error: number;
  /** The error is no larger than what the reference itself may be off. */
  readonly floor: boolean;
  /** max |F + ∫|u′|² − F(0)| / |F(0)|. */
  readonly defect: number;
  /** Wall time of one run. */
  readonly seconds: number;
  readonly outcome: Outcome;
}

export interface Recommendation {
  readonly error: number;
  /** The method that reaches the error for the fewest evaluations of the velocity, and for the least time; work between measured points. */
  readonly evaluations: { readonly method: string; readonly work: number };
  readonly seconds: { readonly method: string; readonly work: number };
}

export interface WorkPrecision {
  readonly problem: string;
  readonly particles: number;
  readonly end: number;
  /** The run that errors are measured against, and how far it is from itself at ten times its tolerance. */
  readonly reference: { readonly method: string; readonly rtol: number; readonly error: number };
  readonly rows: readonly WorkRow[];
  readonly recommended: readonly Recommendation[];
}
