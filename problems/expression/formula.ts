/** The contracts of this folder; no code. */
import type { Id, Node, Op, UnaryName } from '../../src/kernels/program/contract.js';
import type { Vec } from '../../src/types.js';

export type { Id, Node, Op, UnaryName };

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
