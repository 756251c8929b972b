/**
 * Tables for blocks D and a matrix G of few columns, and the passes over them that solve systems with D + G C Gᵀ by Woodbury's formula.
 * Each pass reads a table once; the small matrices of `rank` rows are the caller's business.
 */
import type { Vec } from '../types.js';
import { addresses } from './addresses.js';
import { instance } from './engine.js';
import { runningTier } from './tiers.js';

/** The words of assembly/low-rank.ts, in its order. */
const WORDS = [
  'n',
  'rank',
  'dim',
  'width',
  'rows',
  'solved',
  'blocks',
  'inverse',
  'gram',
  'x',
  'out',
  'small',
] as const;
const TABLE_BYTES = 128;

export interface LowRank {
  /** G: m·dim rows of `rank` numbers. */
  readonly rows: Vec;
  /** m·dim·dim numbers: symmetric blocks, and inverses of the blocks D that stand for them. */
  readonly blocks: Vec;
  readonly inverse: Vec;
  /** GᵀD⁻¹G, the lower triangle, `width` numbers to a row. */
  readonly gram: Vec;
  readonly width: number;
  /** m·dim numbers that go in, and what comes out. */
  readonly x: Vec;
  readonly out: Vec;
  /** width numbers; those from `rank` on must be 0 where they go in. */
  readonly small: Vec;
  /** gram ← GᵀD⁻¹G; D⁻¹G is kept. */
  condense(): void;
  /** small ← GᵀD⁻¹ x, out ← D⁻¹ x */
  reduceSolved(): void;
  /** out ← out − D⁻¹G small */
  expandSolved(): void;
  /** small ← Gᵀ x, out ← blocks x */
  reduceRows(): void;
  /** out ← out + G small */
  expandRows(): void;
}

type Tables = Pick<LowRank, 'rows' | 'blocks' | 'inverse' | 'gram' | 'x' | 'out' | 'small'> & { readonly solved: Vec };

function countsOf(m: number, dim: number, rank: number, condensed: boolean) {
  const [n, width] = [m * dim, 4 * Math.ceil(rank / 4)];
  // The last row is read up to the width.
  const table = n * rank + width;
  const own = condensed ? { solved: table, inverse: n * dim, gram: width * width } : { solved: 0, inverse: 0, gram: 0 };
  const counts: Record<keyof Tables, number> = { rows: table, blocks: n * dim, ...own, x: n, out: n, small: width };
  return { width, counts };
}

/** out: blocks x */
function blockwise(blocks: Vec, dim: number, x: Vec, out: Vec): void {
  for (let k = 0; k < x.length; k++) {
    const first = k - (k % dim);
    let sum = 0;
    for (let l = 0; l < dim; l++) sum += blocks[k * dim + l] * x[first + l];
    out[k] = sum;
  }
}

/** out: matrixᵀ x */
function reduce(matrix: Vec, rank: number, x: Vec, out: Vec): void {
  out.fill(0);
  for (let k = 0; k < x.length; k++) for (let j = 0; j < rank; j++) out[j] += x[k] * matrix[k * rank + j];
}

function expand(matrix: Vec, rank: number, small: Vec, scale: 1 | -1, out: Vec): void {
  for (let k = 0; k < out.length; k++) {
    let sum = 0;
    for (let j = 0; j < rank; j++) sum += matrix[k * rank + j] * small[j];
    out[k] += scale * sum;
  }
}

/** The passes by plain loops. */
function scalar(dim: number, rank: number, counts: Record<keyof Tables, number>, width: number): LowRank {
  const room = Object.fromEntries(Object.entries(counts).map(([key, count]) => [key, new Float64Array(count)]));
  const { rows, solved, blocks, inverse, gram, x, out, small } = room as Record<keyof Tables, Vec>;
  const solve = () => {
    solved.fill(0);
    for (let k = 0; k < x.length; k++)
      for (let l = 0; l < dim; l++) {
        const [share, from] = [inverse[k * dim + l], (k - (k % dim) + l) * rank];
        for (let j = 0; j < rank; j++) solved[k * rank + j] += share * rows[from + j];
      }
  };
  return {
    ...{ rows: rows.subarray(0, x.length * rank), blocks, inverse, gram, width, x, out, small },
    condense() {
      solve();
      gram.fill(0);
      for (let k = 0; k < x.length; k++)
        for (let a = 0; a < rank; a++) {
          const left = rows[k * rank + a];
          if (left !== 0) for (let b = 0; b <= a; b++) gram[a * width + b] += left * solved[k * rank + b];
        }
    },
    reduceSolved() {
      reduce(solved, rank, x, small);
      blockwise(inverse, dim, x, out);
    },
    expandSolved: () => expand(solved, rank, small, -1, out),
    reduceRows() {
      reduce(rows, rank, x, small);
      blockwise(blocks, dim, x, out);
    },
    expandRows: () => expand(rows, rank, small, 1, out),
  };
}

/** Tables of m blocks of dim×dim and of m·dim×rank numbers, all zero. @param condensed whether D⁻¹G is asked for */
export function lowRank(m: number, dim: number, rank: number, condensed: boolean): LowRank {
  const tier = runningTier();
  const { width, counts } = countsOf(m, dim, rank, condensed);
  if (tier === 'scalar') return scalar(dim, rank, counts, width);
  const at = addresses(TABLE_BYTES);
  const places = Object.fromEntries(Object.entries(counts).map(([key, count]) => [key, at.doubles(count)]));
  const words: Record<string, number> = { n: m * dim, rank, dim, width, ...places };
  const { buffer, job } = instance(at.bytes(), 1, tier);
  new Uint32Array(buffer, 0, WORDS.length).set(WORDS.map(word => words[word]));
  const view = (key: keyof Tables, count = counts[key]) => new Float64Array(buffer, places[key], count);
  return {
    ...{ rows: view('rows', m * dim * rank), blocks: view('blocks'), inverse: view('inverse'), gram: view('gram') },
    ...{ width, x: view('x'), out: view('out'), small: view('small') },
    condense: job('condense', 1),
    reduceSolved: job('reduceSolved', 1),
    expandSolved: job('expandSolved', 1),
    reduceRows: job('reduceRows', 1),
    expandRows: job('expandRows', 1),
  };
}
