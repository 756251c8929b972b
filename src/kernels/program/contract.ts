/** The contracts of this folder; no code. */
import type { Vec } from '../../types.js';

/** `inverse` is 1/x for x ≥ 0 and NaN below: the derivative of the logarithm, which must not outlive its value. */
export type UnaryName =
  | 'atan'
  | 'cos'
  | 'cosh'
  | 'exp'
  | 'expm1'
  | 'inverse'
  | 'log'
  | 'log1p'
  | 'sigmoid'
  | 'sin'
  | 'sinh'
  | 'softplus'
  | 'sqrt'
  | 'tan'
  | 'tanh';

/** Number of a node. */
export type Id = number;

/**
 * `chain(g, d)` is g·d, and 0 where g is 0 whatever d: the derivative of a branch that is not taken may be infinite.
 * `select(s, a, b)` is a where s > 0, else b. `side(s)` is the sign of s; on a pattern, the side the pattern gives.
 */
export type Op =
  | 'constant'
  | 'input'
  | 'column'
  | 'add'
  | 'sub'
  | 'mul'
  | 'div'
  | 'pow'
  | 'chain'
  | 'neg'
  | 'select'
  | 'side'
  | UnaryName;

export interface Node {
  readonly op: Op;
  readonly args: readonly Id[];
  /** The constant; the index of an input; the index of a column. */
  readonly value: number;
  /** Changes with the inputs; changes from row to row. */
  readonly active: boolean;
  readonly row: boolean;
}

/** Formulae that share their parts, on rows; parts come before what uses them. */
export interface Program {
  readonly nodes: readonly Node[];
  readonly output: Id;
  /** ∂output/∂input, of a particle's coordinates in their order; of a loss, of its one input. */
  readonly partials: readonly Id[];
  readonly rows: number;
  /** Values of a node that is not active: one, or one per row. */
  given(id: Id): Vec;
}
