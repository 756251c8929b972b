/**
 * Φ and R of particles from formulae, as WebAssembly that is made for them: over tiles of rows forward, R′, and backward from what was kept, all
 * operations on a pair of particles in registers. Chunks of tiles are those of the sizes alone, and their sums are added in order.
 */
import type { FusedField, Loss } from '../../types.js';
import { threadsFor } from '../compute.js';
import { instance, type Vectors } from '../engine.js';
import { fusedField, type Mode } from '../fused.js';
import { moduleOf } from './binary.js';
import { chunk, MODES, slope, unite, WORDS, wordAt } from './chunks.js';
import type { Id, Program } from './contract.js';
import { pool, type Shared } from './lanes.js';
import { costOf, type Fixed, fixedOf, type Sized, type Source, sizedOf } from './layout.js';
import { reached } from './plan.js';
import { backward, forward } from './sweep.js';

/** Operations of a part, one inside the other, and bytes of code; more is left to loops that are not made for the formula. */
const [MOST_NODES, MOST_DEPTH, MOST_CODE] = [1500, 400, 2 ** 18];

function isLong({ nodes, output, partials }: Program): boolean {
  const all = reached(nodes, [output, ...partials]);
  const depths = new Map<Id, number>();
  for (const id of all) depths.set(id, 1 + Math.max(0, ...nodes[id].args.map(a => depths.get(a) ?? 0)));
  return all.length > MOST_NODES || [...depths.values()].some(depth => depth > MOST_DEPTH);
}

interface Made {
  readonly fixed: Fixed;
  module(shared: boolean): WebAssembly.Module;
  /** Numbers at `fixed.end`. */
  readonly numbers: BigUint64Array;
}

function codeOf(fixed: Fixed, shared: Shared) {
  const passes = fixed.parts.flatMap((p, k) => [
    forward(`forward${k}`, shared, p),
    backward(`backward${k}`, shared, p),
  ]);
  const functions = fixed.slope ? [...passes, slope('slope', shared, fixed.slope)] : passes;
  // Functions that are asked for are numbered first.
  const first = shared.imported.length;
  const parts = fixed.parts.map(({ program: { rows }, padded, tiling }, k) => ({
    ...{ rows, padded, tile: tiling, tiles: tiling + 4 },
    ...{ forward: first + 2 * k, backward: first + 2 * k + 1 },
    slope: k === 0 && fixed.slope ? first + passes.length : undefined,
  }));
  return [...functions, chunk('chunk', shared, parts), unite('unite', shared)];
}

/** null where the code would be too long, or this engine or page takes none. */
function made(source: Source, loss: Program | undefined, fused: boolean): Made | null {
  if (source.parts.some(isLong)) return null;
  const fixed = fixedOf(source, loss);
  const shared: Shared = { pool: pool(fixed.end), imported: [], fused };
  const functions = codeOf(fixed, shared);
  if (functions.reduce((sum, f) => sum + f.bytes.length, 0) > MOST_CODE) return null;
  const modules = new Map<boolean, WebAssembly.Module>();
  const module = (threads: boolean): WebAssembly.Module => {
    const known = modules.get(threads) ?? new WebAssembly.Module(moduleOf(shared.imported, functions, threads));
    modules.set(threads, known);
    return known;
  };
  try {
    module(false);
  } catch {
    return null;
  }
  return { fixed, module, numbers: BigUint64Array.from(shared.pool.bits) };
}

/** Everything in the memory that stays as it is. */
function fill(buffer: ArrayBuffer, { fixed, numbers }: Made, sized: Sized, m: number): void {
  const words = new Uint32Array(buffer);
  words.set(WORDS.map(word => (word === 'mode' ? 0 : word === 'm' ? m : sized[word])));
  new Float64Array(buffer, fixed.inverse, 1)[0] = 1 / m;
  new BigUint64Array(buffer, fixed.end, numbers.length).set(numbers);
  for (const [p, { program, plan, tables, padded, tiling }] of fixed.parts.entries()) {
    words.set([sized.tiles[p], Math.ceil(padded / sized.tiles[p])], tiling / 4);
    const width = plan.tables.length;
    const to = new Float64Array(buffer, tables, 2 * padded * width);
    for (const [j, id] of plan.tables.entries()) {
      const values = program.given(id);
      // The last row once more where there is none.
      for (let k = 0; k < padded; k++)
        to.fill(values[Math.min(k, program.rows - 1)], 2 * (k * width + j), 2 * (k * width + j + 1));
    }
  }
  const { program, tables } = fixed.slope ?? {};
  for (const [id, address] of tables ?? [])
    if (program) new Float64Array(buffer, address, program.rows).set(program.given(id));
}

const nothing = (): void => {};

/** The field of m particles on a runnable tier. */
function opened(code: Made, m: number, loss: Loss, tier: Vectors, team: number): FusedField {
  const { fixed } = code;
  const { parts, dim, size } = fixed;
  const sized = sizedOf(fixed, m, fixed.end + code.numbers.byteLength, team);
  const { buffer, job } = instance(sized.bytes, team, tier, { other: code.module(team > 1) });
  fill(buffer, code, sized, m);
  const view = (at: number, count: number) => new Float64Array(buffer, at, count);
  const [output, residual] = [view(fixed.output, size), view(fixed.residual, size)];
  const own = parts.map(p => view(p.residual, p.program.rows));
  const given = parts.map(p => residual.subarray(p.first, p.first + p.program.rows));
  const rows = parts[0].program.rows;
  const values = fixed.slope && view(fixed.slope.values, rows);
  const mode = new Uint32Array(buffer, wordAt('mode'), 1);
  const [sweep, join] = [job('chunk', sized.chunks), sized.chunks > 1 ? job('unite', 1) : nothing];
  /** R; numbers of F beyond the rows of the loss count as they are. */
  const sumOf = (terms: Float64Array): number => {
    let R = 0;
    for (let k = 0; k < rows; k++) R += terms[k];
    for (let k = rows; k < size; k++) R += output[k];
    return R;
  };
  const run = (what: Mode): number => {
    for (let p = 0; p < parts.length; p++) {
      if (what === 'pull') own[p].set(given[p]);
      else if (p > 0) own[p].fill(1);
    }
    mode[0] = MODES[what];
    sweep();
    if (what !== 'sum') join();
    return values ? sumOf(values) : Number.NaN;
  };
  const [state, result] = [view(sized.state, m * dim), view(sized.result, m * dim)];
  const known = values !== undefined;
  return fusedField({ tier, state, result, output, residual, known, take: nothing, run }, loss);
}

export interface Formulae {
  roomFor(m: number): number;
  /** @param program of the loss, where it is one of rows and R that of the first part's rows and of what is behind them as it is */
  open(m: number, loss: Loss, tier: Vectors, program?: Program, threads?: number): FusedField | undefined;
}

/** Bytes for the numbers of code that is not made yet. */
const POOL = 1024;

export function formulae(source: () => Source): Formulae {
  const known = new Map<Program | undefined, Map<boolean, Made | null>>();
  const code = (program: Program | undefined, fused: boolean): Made | null => {
    const tiers = known.get(program) ?? new Map<boolean, Made | null>();
    known.set(program, tiers);
    const found = tiers.get(fused);
    if (found !== undefined) return found;
    const its = made(source(), program, fused);
    tiers.set(fused, its);
    return its;
  };
  const teamOf = (fixed: Fixed, m: number): number => threadsFor(costOf(fixed, m));
  return {
    roomFor(m) {
      const its = source();
      if (its.parts.some(isLong)) return 0;
      const fixed = fixedOf(its);
      return sizedOf(fixed, m, fixed.end + POOL, teamOf(fixed, m)).bytes;
    },
    open(m, loss, tier, program, threads) {
      const its = code(program?.rows === source().parts[0].rows ? program : undefined, tier !== 'strict');
      return its ? opened(its, m, loss, tier, threads ?? teamOf(its.fixed, m)) : undefined;
    },
  };
}
