/**
 * Two-layer nets, f(x_k) = (1/m) Σ wᵢ σ(θᵢ·x_k), in two passes over tiles of data rows: forward over all particles, residuals, backward
 * from the stored σ. No array of n × m exists. Rows are split into chunks by the sizes alone, and their sums added in order, so that the
 * bits depend on nothing else.
 */
import type { FusedField, Loss, Precision, Vec } from '../types.js';
import { addresses, upTo } from './addresses.js';
import { threadsFor } from './compute.js';
import { type Instance, instance, type Vectors } from './engine.js';

export interface TwoLayer {
  readonly activation: 'relu' | 'sigmoid' | 'tanh';
  /** n rows of d numbers, row-major. */
  readonly rows: number;
  readonly columns: number;
  readonly values: Vec;
  /** Particles θ with s(θ) = θ|θ| and a fixed weight ±1 each, in place of [w, θ]. */
  readonly sign?: (particle: number) => number;
}

/** The words of assembly/layout.ts, in its order. */
const WORDS = [
  ...['n', 'm', 'd', 'mPadded', 'dPadded', 'tile', 'tiles', 'chunks', 'mode', 'loss', 'chart', 'dim'],
  ...['state', 'result', 'signs', 'inputs', 'targets', 'output', 'residual', 'weights', 'directions'],
  ...['sums', 'sumsStride', 'losses', 'scratch', 'scratchStride', 'ranges', 'turned', 'blocks'],
] as const;
const MODE = WORDS.indexOf('mode');
const [SCALE, UNIT] = [128, 136];
/** Of θ·x, for the activation in the kernels. */
const UNITS = { relu: 1, sigmoid: Math.LOG2E, tanh: 2 * Math.LOG2E } as const;
const TABLE_BYTES = 256;

/** Bytes of a number, and numbers of a panel of two vectors. */
const BYTES = { double: 8, single: 4 } as const;
const PANEL = { double: 4, single: 8 } as const;
type Numbers = Vec | Float32Array;
const numbersIn = { double: Float64Array, single: Float32Array } as const;

/** Of what the kernels are. */
interface Arithmetic {
  readonly tier: Vectors;
  readonly precision: Precision;
}

const FORCE = 0;
const SUM = 1;
const PULL = 2;

const LOSS = { square: 1, logistic: 2 } as const;
/** Nanoseconds for a row and a particle, of the order seen: what chunks are worth. */
const COST = { relu: 0.5, sigmoid: 2.4, tanh: 2.7 } as const;
const COST_PER_INPUT = 0.2;
/** Less than this many nanoseconds are not divided. */
const DIVISIBLE = 15e3;
/** Numbers of a state that are copied in less time than threads are asked in. */
const COPIED_ALONE = 20_000;

/** Exponents of two rows of a block in assembly/plane.ts. */
const PLANE_BLOCK = 256;

/** Chunks of rows, each with sums of its own: enough for many threads, few enough that adding them up costs little. */
function chunksOf(n: number, cost: number): number {
  if (cost < DIVISIBLE) return 1;
  return Math.min(Math.ceil(n / 4), n < 4000 ? 4 : n < 16000 ? 8 : 16);
}

/** Rows and inputs that the kernels take at once: those of assembly/plane.ts, and of assembly/blocks.ts. */
const PLANE_ROWS = 4;
const PANEL_ROWS = { strict: 5, fast: 6, wide: 6 } as const;
/** Panels that they take at once: pairs of vectors are joined in double precision. */
const PANELS = { strict: 1, fast: 1, wide: 2 } as const;
const blockOf = (d: number, tier: Vectors): number => (d <= 3 ? PLANE_ROWS : PANEL_ROWS[tier]);
const panelsOf = (d: number, { tier, precision }: Arithmetic): number =>
  d > 3 && precision === 'double' ? PANELS[tier] : 1;

/**
 * Rows of a tile, whole blocks: σ of a tile stays in the second cache, and chunks have as many tiles as one another, or nearly.
 * @param bytes of σ of a row
 */
function tileOf(n: number, bytes: number, d: number, chunks: number, block: number): number {
  const largest = d > 3 ? 84 : 16;
  const smallest = d > 3 ? 15 : 4;
  const fitting = Math.max(smallest, Math.min(largest, 2 ** 20 / bytes));
  const longest = (tile: number) => tile * Math.ceil(n / (tile * chunks));
  let best = upTo(Math.min(fitting, Math.ceil(n / chunks)), block);
  for (let tile = best - block; tile >= fitting / 2; tile -= block) if (longest(tile) < longest(best)) best = tile;
  return best;
}

/** Blocks of inputs, and after them blocks of four: as few inputs too many as can be. Of two panels there are none of four. */
function inputBlocks(d: number, block: number, together: number): { blocks: number; padded: number } {
  const paddedFrom = (blocks: number) => blocks * block + upTo(Math.max(0, d - blocks * block), 4);
  let best = Math.ceil(d / block);
  for (let blocks = best - 1; together === 1 && blocks >= 0; blocks--)
    if (paddedFrom(blocks) < paddedFrom(best)) best = blocks;
  return { blocks: best, padded: paddedFrom(best) };
}

const costOf = ({ activation, rows, columns }: TwoLayer, m: number, precision: Precision): number =>
  (rows * m * (COST[activation] + COST_PER_INPUT * columns) * BYTES[precision]) / BYTES.double;

type Words = Record<(typeof WORDS)[number], number>;

/** Sizes, and the arrays one after the other, each on a cache line of its own. */
function layoutOf(net: TwoLayer, m: number, threads: number, arithmetic: Arithmetic) {
  const { precision } = arithmetic;
  const size = BYTES[precision];
  const { rows: n, columns: d, sign } = net;
  const [panels, dim] = [d > 3, sign ? d : 1 + d];
  const block = blockOf(d, arithmetic.tier);
  const together = panelsOf(d, arithmetic);
  const { blocks, padded } = inputBlocks(d, block, together);
  const [mPadded, dPadded] = [upTo(m, PANEL[precision] * together), panels ? padded : Math.max(d, 2)];
  const chunks = chunksOf(n, costOf(net, m, precision));
  const tile = tileOf(n, size * m, d, chunks, block);
  const tiles = Math.ceil(n / tile);
  const places = addresses(TABLE_BYTES);
  // Some loops read a little beyond.
  const doubles = (count: number) => places.doubles(count + 4);
  const numbers = (count: number) => doubles(Math.ceil((count * size) / 8));
  const chunkSums = upTo(mPadded * (1 + dPadded), 16) + 16;
  const units = (tile * mPadded * size) / 8;
  const scratch = upTo(units + (panels ? tile * (2 + 4 * together) : PLANE_BLOCK), 16) + 16;
  const words: Words = {
    ...{ n, m, d, mPadded, dPadded, tile, tiles, chunks, mode: FORCE, loss: 0, chart: sign ? 1 : 0, dim },
    state: doubles(m * dim),
    result: doubles(m * dim),
    signs: doubles(sign ? m : 0),
    inputs: numbers(tiles * tile * Math.max(d, 2)),
    targets: doubles(n),
    output: doubles(tiles * tile),
    residual: doubles(tiles * tile),
    weights: numbers(mPadded),
    directions: numbers(mPadded * dPadded),
    sums: numbers(chunks * chunkSums),
    sumsStride: size * chunkSums,
    losses: doubles(chunks),
    scratch: doubles(threads * scratch),
    scratchStride: 8 * scratch,
    ranges: m * dim > COPIED_ALONE ? 8 : 1,
    turned: numbers(panels ? tiles * tile * dPadded : 0),
    blocks,
  };
  return { words, bytes: places.bytes() };
}

/** Rows as the kernels read them in the plane, row by row. */
function putRows({ rows, columns, values }: TwoLayer, dPadded: number, inputs: Numbers): void {
  for (let k = 0; k < rows; k++) for (let j = 0; j < columns; j++) inputs[k * dPadded + j] = values[k * columns + j];
}

/** By block of rows, there input by input; and by tile and block of inputs, there row by row. */
function putBlocks(
  { rows, columns, values }: TwoLayer,
  words: Words,
  block: number,
  inputs: Numbers,
  turned: Numbers,
): void {
  const { dPadded, tile, blocks } = words;
  for (let j = 0; j < columns; j++) {
    const width = j < blocks * block ? block : 4;
    const first = width === block ? j - (j % block) : j - ((j - blocks * block) % 4);
    for (let k = 0, from = j * block, turn = first * tile + j - first; k < rows; ) {
      for (let row = 0; row < tile && k < rows; row++, k++) {
        inputs[from + (row % block)] = turned[turn + row * width] = values[k * columns + j];
        if (row % block === block - 1) from += columns * block;
      }
      turn += tile * dPadded;
    }
  }
}

function prepare(net: TwoLayer, loss: Loss, kernels: Instance, words: Words): void {
  const { buffer, precision } = kernels;
  const numbers = (at: number, count: number) => new numbersIn[precision](buffer, at, count);
  const doubles = (at: number, count: number) => new Float64Array(buffer, at, count);
  const { m, n, d, tile, tiles, dPadded } = words;
  new Uint32Array(buffer, 0, WORDS.length).set(WORDS.map(word => words[word]));
  const inputs = numbers(words.inputs, tiles * tile * Math.max(d, 2));
  if (d <= 3) putRows(net, dPadded, inputs);
  else putBlocks(net, words, blockOf(d, kernels.tier), inputs, numbers(words.turned, tiles * tile * dPadded));
  doubles(UNIT, 1)[0] = UNITS[net.activation];
  const { sign } = net;
  if (sign) doubles(words.signs, m).set(Float64Array.from({ length: m }, (_, i) => sign(i)));
  if (!loss.terms) return;
  new Uint32Array(buffer)[WORDS.indexOf('loss')] = LOSS[loss.terms.kind];
  doubles(SCALE, 1)[0] = loss.terms.scale;
  doubles(words.targets, n).set(loss.terms.targets);
}

/** The kernels know a loss by its terms: Σ (f − y)²/2, for measurements of the kernels themselves. */
export const squareOf = (targets: Vec): Loss => ({
  name: 'square',
  terms: { kind: 'square', targets, scale: 1 },
  value: () => Number.NaN,
  gradientInto: () => undefined,
});

/** Bytes of the memory of m particles. */
export const roomOf = (net: TwoLayer, m: number): number =>
  layoutOf(net, m, threadsFor(costOf(net, m, 'double')), { tier: 'strict', precision: 'double' }).bytes;

/** The field of m particles on a runnable tier. */
export const twoLayerField = (
  net: TwoLayer,
  m: number,
  loss: Loss,
  tier: Vectors,
  threads?: number,
  precision: Precision = 'double',
): FusedField => exchangeable(net, m, loss, { tier, precision }, threads).field;

/** The same, and what puts as many other rows, with a loss of known terms, in the place of its data. */
export function exchangeable(net: TwoLayer, m: number, loss: Loss, arithmetic: Arithmetic, threads?: number) {
  const { tier, precision } = arithmetic;
  const team = threads ?? threadsFor(costOf(net, m, precision));
  const { words, bytes } = layoutOf(net, m, team, arithmetic);
  const kernels = instance(bytes, team, tier, { precision });
  const put = (other: TwoLayer, itsLoss: Loss) => prepare(other, itsLoss, kernels, words);
  put(net, loss);
  return { field: fieldOn(kernels, words, net.activation, loss), put };
}

function fieldOn(kernels: Instance, words: Words, activation: TwoLayer['activation'], loss: Loss): FusedField {
  const { tier, precision, buffer, job } = kernels;
  const { n, m, d, dim, chunks } = words;
  const view = (at: number, count: number) => new Float64Array(buffer, at, count);
  const [state, result, losses] = [view(words.state, m * dim), view(words.result, m * dim), view(words.losses, chunks)];
  const [output, residual] = [view(words.output, n), view(words.residual, n)];
  job('constants', 1)();
  const table = new Uint32Array(buffer, 0, WORDS.length);
  const kind = d <= 3 ? `${words.dPadded}` : panelsOf(d, kernels) > 1 ? 'Wide' : '';
  const sweep = job(`${activation}${kind}`, chunks);
  const [pack, unpack] = [job('pack', words.ranges), job('unpack', words.ranges)];
  const passes = (y: Vec, mode: number): number => {
    state.set(y.length > state.length ? y.subarray(0, state.length) : y);
    table[MODE] = mode;
    pack();
    sweep();
    if (mode !== SUM) unpack();
    let sum = 0;
    for (let c = 0; c < chunks; c++) sum += losses[c];
    return sum;
  };
  const known = loss.terms !== undefined;
  /** R at the state of the last force: what observers ask for next, and NaN where something else was computed since. */
  let value = Number.NaN;
  const stands = (y: Vec): boolean => {
    for (let i = 0; i < state.length; i++) if (state[i] !== y[i]) return false;
    return true;
  };
  const twice = (y: Vec): number => {
    passes(y, SUM);
    loss.gradientInto(output, residual);
    const R = loss.value(output);
    passes(y, PULL);
    return R;
  };
  return {
    tier,
    precision,
    forceInto(y, out) {
      value = known ? passes(y, FORCE) : twice(y);
      out.set(result);
      return value;
    },
    energy(y) {
      if (!Number.isNaN(value) && stands(y)) return value;
      const sum = passes(y, SUM);
      value = known ? sum : loss.value(output);
      return value;
    },
    sumInto(y, f) {
      value = Number.NaN;
      passes(y, SUM);
      f.set(output);
    },
    pullbackInto(y, g, out) {
      value = Number.NaN;
      residual.set(g);
      passes(y, PULL);
      for (let i = 0; i < result.length; i++) out[i] = -result[i];
    },
  };
}
