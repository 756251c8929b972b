/** Systems with blocks and a product of low rank, solved by Woodbury's formula. */
import type { LowRank } from './kernels/low-rank.js';
import { type Factors, factorise, invertBlocks, solveFactored } from './math/linear.js';
import { copyInto } from './math/vec.js';
import type { Vec } from './types.js';

/** A pivot this small beside the largest entry: the blocks alone lose too many digits. */
const NEARLY_SINGULAR = 1e-8;
export type Times = (x: Vec, out: Vec) => void;
/** Solves with one factorised matrix, in place; null when the matrix is singular to working precision. */
export type Solve = (x: Vec) => void;
export type Factorise = (shift: number) => Solve | null;
/** −J of m particles as blocks and a product of low rank; tables are refilled at each linearisation. */
export interface Structure {
  readonly m: number;
  readonly dim: number;
  readonly rank: number;
  /** Rows ∂_kΦ(uᵢ), and blocks of −J. */
  readonly tables: LowRank;
  /** out: (1/m) R″(f) x */
  readonly bend: Times;
}

/** Between the passes over the tables: C small, and what `turn` makes of it, takes the place of small. */
function inSmall({ rank, tables: { small }, bend }: Structure, turn?: (x: Vec) => void): () => void {
  const [head, bent] = [small.subarray(0, rank), new Float64Array(rank)];
  return () => {
    bend(head, bent);
    turn?.(bent);
    head.set(bent);
    small.fill(0, rank);
  };
}

/** out: −J x */
export function structuredTimes(s: Structure): Times {
  const { tables } = s;
  const n = s.m * s.dim;
  const turned = inSmall(s);
  return (x, out) => {
    copyInto(x, tables.x, n);
    tables.reduceRows();
    turned();
    tables.expandRows();
    copyInto(tables.out, out, n);
  };
}

/** out: blocks + (1/m) G R″ Gᵀ, n×n */
export function assemble({ m, dim, rank, tables: { blocks, rows }, bend }: Structure, h: Vec): void {
  const n = m * dim;
  const bent = new Float64Array(rank);
  for (let k = 0; k < n; k++) {
    bend(rows.subarray(k * rank, (k + 1) * rank), bent);
    for (let l = 0; l <= k; l++) {
      let sum = 0;
      for (let j = 0; j < rank; j++) sum += bent[j] * rows[l * rank + j];
      h[k * n + l] = sum;
      h[l * n + k] = sum;
    }
  }
  for (let i = 0; i < m; i++)
    for (let k = 0; k < dim; k++)
      for (let l = 0; l < dim; l++) h[(i * dim + k) * n + i * dim + l] += blocks[(i * dim + k) * dim + l];
}

/**
 * (D + G C Gᵀ)⁻¹ = D⁻¹ − D⁻¹G (I + C S)⁻¹ C Gᵀ D⁻¹, S = GᵀD⁻¹G, C = R″/m, which need not be invertible (Woodbury 1950; Henderson & Searle
 * 1981, eq. (17)). D is m blocks of dim×dim.
 */
export function woodbury(s: Structure): Factorise {
  const { m, dim, rank, tables, bend } = s;
  const { gram, width } = tables;
  const capacity: Factors = { a: new Float64Array(rank * rank), n: rank, pivots: new Int32Array(rank) };
  const [row, bent] = [new Float64Array(rank), new Float64Array(rank)];
  const capacitance = (): boolean => {
    for (let a = 0; a < rank; a++) {
      for (let b = 0; b < rank; b++) row[b] = b <= a ? gram[a * width + b] : gram[b * width + a];
      bend(row, bent);
      for (let b = 0; b < rank; b++) capacity.a[b * rank + a] = bent[b] + (a === b ? 1 : 0);
    }
    return factorise(capacity) > 0;
  };
  const turned = inSmall(s, x => solveFactored(capacity, x));
  const solve: Solve = x => {
    copyInto(x, tables.x, m * dim);
    tables.reduceSolved();
    turned();
    tables.expandSolved();
    copyInto(tables.out, x, m * dim);
  };
  return shift => {
    if (!invertBlocks(tables.blocks, dim, shift, NEARLY_SINGULAR, tables.inverse)) return null;
    tables.condense();
    return capacitance() ? solve : null;
  };
}
