/** Where the arrays of a field of formulae stand in its memory: first those that do not depend on the particles, so that their addresses are in the code. */
import { addresses, upTo } from '../addresses.js';
import { type Slope, WORDS } from './chunks.js';
import type { Program } from './contract.js';
import { type Plan, planOf, reached } from './plan.js';
import type { Place } from './sweep.js';

/** Φ in parts, one after the other in F. */
export interface Source {
  readonly parts: readonly Program[];
  readonly dim: number;
}

/**
 * Rows of a loop's turn, a processor has several of them under way, and the sums of a particle are taken up once for them all: more where few
 * operations are long chains, fewer where registers are short.
 */
const SLOTS = { few: 1, usual: 2, dear: 4 } as const;
const DEAR = { least: 35, most: 120, tables: 4 } as const;
const slotsOf = ({ cost, tables }: Plan, rows: number): number => {
  if (rows < 2 * SLOTS.dear) return SLOTS.few;
  return cost >= DEAR.least && cost <= DEAR.most && tables.length <= DEAR.tables ? SLOTS.dear : SLOTS.usual;
};
/** Rows of a tile at most, whole turns of any loop, and bytes that are kept of one: they stay in the second cache. */
const TILE = 64;
const KEPT_BYTES = 2 ** 19;
const PAIR_BYTES = 16;
const INVERSE = 8 * Math.ceil((4 * WORDS.length) / 8);

export interface Part extends Place {
  /** Its first row in F. */
  readonly first: number;
  /** Rows up to whole turns of the loop. */
  readonly padded: number;
  /** Addresses of two words: rows of a tile, and tiles. */
  readonly tiling: number;
}

export interface Fixed {
  readonly dim: number;
  /** Numbers in F, and where they and those of R′ stand. */
  readonly size: number;
  readonly output: number;
  readonly residual: number;
  readonly inverse: number;
  readonly parts: readonly Part[];
  readonly slope?: Slope;
  /** Behind all of these. */
  readonly end: number;
}

function slopeOf(program: Program, doubles: (count: number) => number): Omit<Slope, 'output' | 'residual'> {
  const { nodes, output, partials, rows } = program;
  const given = reached(nodes, [output, ...partials]).filter(id => !nodes[id].active && nodes[id].row);
  return { program, tables: new Map(given.map(id => [id, doubles(rows + 1)])), values: doubles(rows + 1) };
}

export function fixedOf({ parts, dim }: Source, loss?: Program): Fixed {
  const { doubles, bytes } = addresses(INVERSE + 8);
  const size = parts.reduce((sum, p) => sum + p.rows, 0);
  const [output, residual] = [doubles(size + 2), doubles(size)];
  const held = PAIR_BYTES * TILE;
  const scratch = 2 * held;
  const kept = scratch + PAIR_BYTES * (dim + 1);
  let first = 0;
  const placed = parts.map((program): Part => {
    const plan = planOf(program);
    const slots = slotsOf(plan, program.rows);
    const padded = upTo(program.rows, slots);
    const arrays = { residual: doubles(padded + 2), tables: doubles(2 * padded * plan.tables.length) };
    const its = {
      ...arrays,
      lanes: 0,
      held,
      scratch,
      kept,
      inverse: INVERSE,
      output: output + 8 * first,
      tiling: doubles(1),
    };
    first += program.rows;
    return { ...its, program, plan, dim, slots, padded, first: first - program.rows };
  });
  const slope = loss && { ...slopeOf(loss, doubles), output, residual: placed[0].residual };
  return { dim, size, output, residual, inverse: INVERSE, parts: placed, ...(slope && { slope }), end: bytes() };
}

/** What the number of particles and of threads decides. */
export interface Sized {
  readonly state: number;
  readonly result: number;
  readonly resultBytes: number;
  readonly chunks: number;
  /** Arrays of the first thread. */
  readonly own: number;
  readonly ownBytes: number;
  /** Rows of a tile of each part. */
  readonly tiles: readonly number[];
  readonly bytes: number;
}

/** Nanoseconds for an operation on a row and a particle, of the order seen. */
const COST = 0.06;
export const costOf = ({ parts }: Fixed, m: number): number =>
  parts.reduce((sum, { plan, padded }) => sum + COST * plan.cost * padded * m, 0);

/** Less than this many nanoseconds are not divided. */
const DIVISIBLE = 15e3;
const chunksOf = (fixed: Fixed, m: number): number => (costOf(fixed, m) < DIVISIBLE ? 1 : 4);

/** Rows of a tile: as many in all tiles, and as many tiles in all chunks, as can be. */
function tileOf({ plan, slots, padded }: Part, pairs: number, chunks: number): number {
  const whole = upTo(slots, 2);
  const fitting = whole * Math.floor(KEPT_BYTES / (PAIR_BYTES * pairs * plan.saved.length * whole));
  const largest = Math.max(whole, Math.min(TILE, fitting));
  return upTo(Math.ceil(padded / (chunks * Math.ceil(padded / (chunks * largest)))), whole);
}

export function sizedOf(fixed: Fixed, m: number, from: number, threads: number): Sized {
  const { parts, dim } = fixed;
  const { doubles, bytes } = addresses(upTo(from, PAIR_BYTES));
  const [pairs, chunks] = [Math.ceil(m / 2), chunksOf(fixed, m)];
  const tiles = parts.map(p => tileOf(p, pairs, chunks));
  const kept = parts.map((p, k) => 2 * pairs * tiles[k] * p.plan.saved.length);
  const own = parts[0].kept / 8 + Math.max(...kept);
  const [numbers, ownBytes] = [upTo(m * dim, 16), 8 * upTo(own, 16)];
  const arrays = { state: doubles(m * dim), result: doubles(numbers * chunks), own: doubles((ownBytes / 8) * threads) };
  return { ...arrays, resultBytes: 8 * numbers, ownBytes, chunks, tiles, bytes: bytes() };
}
