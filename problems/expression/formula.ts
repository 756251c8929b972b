/** The contracts of this folder; no code. */
import type { Vec } from '../../src/types.js';

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

export interface Graph {
  readonly nodes: readonly Node[];
  constant(value: number): Id;
  /** @param row one value per row */
  input(index: number, row?: boolean): Id;
  column(index: number): Id;
  add(a: Id, b: Id): Id;
  sub(a: Id, b: Id): Id;
  mul(a: Id, b: Id): Id;
  div(a: Id, b: Id): Id;
  pow(a: Id, b: Id): Id;
  chain(g: Id, d: Id): Id;
  neg(a: Id): Id;
  select(s: Id, a: Id, b: Id): Id;
  side(s: Id): Id;
  apply(name: UnaryName, a: Id): Id;
}

/** A place where a formula has a kink or a jump: where `on` changes its sign. */
export interface Corner {
  readonly on: Id;
  /** What was written, and at which column. */
  readonly name: string;
  readonly column: number;
  readonly jumps: boolean;
}

/** A formula of particle coordinates (inputs 0…dim−1) on a table. */
export interface Formula {
  readonly graph: Graph;
  readonly output: Id;
  readonly rows: number;
  readonly columns: readonly Vec[];
  /** Nodes whose sign changes are located as kinks of the flow. */
  readonly kinks: readonly Id[];
}
