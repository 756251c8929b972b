/**
 * Φ(w, θ) = w φ(θ) on the torus of two dimensions, φ as in torus.ts: particles are spread over a grid, which is transformed; the polynomial
 * of R′(f) and its slopes are read off a grid likewise. The cost is that of m·14² + K³ products, where sums over all frequencies and
 * particles would have m·12K².
 */
import type { FusedField, Loss, Vec } from '../types.js';
import { addresses, upTo } from './addresses.js';
import { threadsFor } from './compute.js';
import { turn } from './elementary.js';
import { instance, type Vectors } from './engine.js';
import { deconvolution, FINENESS, PIECES, TAPS, TERMS, windowTable } from './kaiser-bessel.js';
import { MOST_BYTES } from './room.js';
import { isSound, type SpikesKernel, spikesField } from './spikes-field.js';
import { runningTier } from './tiers.js';
import { torusBasis } from './torus.js';

/** The words of assembly/torus-layout.ts, in its order. */
const WORDS = [
  ...['particles', 'chunks', 'side', 'rows', 'depth', 'depthPadded', 'ranges', 'state', 'result', 'window'],
  ...['grids', 'gridStride', 'forward', 'backward', 'folded', 'partial', 'sums', 'scratch', 'scratchStride'],
  ...['records', 'coefficients', 'targets'],
] as const;
/** Columns of a grid beyond its side. */
const BEYOND = upTo(TAPS, 4);
const PERIOD = 128;
const SCALE = 144;
const TABLE_BYTES = 256;
/** Bytes for place and windows of a particle; records that stay in the second cache are kept: to make them again costs more. */
const RECORD = 32 + 448;
const RECORDS_BYTES = 2 ** 20;
/** Nanoseconds for the transforms, of the order seen. */
const transformCost = (products: number): number => 5e3 + 0.15 * products;
/** For a particle. */
const COST = 100;
/** For a particle, and for each of its coefficients, in TypeScript. */
const COST_SCALAR = 2000;
const COST_SCALAR_COEFFICIENT = 13;
/** Less than this many nanoseconds are not divided. */
const DIVISIBLE = 15e3;

/** Points along an axis; rows of a class; points that decide. */
function sizesOf(K: number) {
  const side = Math.max(BEYOND, upTo(FINENESS * K, 4));
  const rows = upTo(Math.floor(K / 2) + 1, 4);
  const depth = side / 4 + 1;
  const products = 8 * rows * depth * (side + 4 * rows);
  return { side, rows, depth, depthPadded: upTo(depth, 4), products };
}

/** Chunks of particles, each with a grid, which is cleared and added up: two threads are worth one each, more only where there is more to do. */
function chunksOf(m: number, side: number): number {
  const most = Math.floor((64 * m) / (side + TAPS) ** 2);
  return Math.max(1, Math.min(most, m < 2000 ? 2 : m < 4000 ? 4 : 16));
}

function layoutOf(K: number, m: number, threads: number) {
  const { products, ...sizes } = sizesOf(K);
  const { side, rows, depthPadded: padded } = sizes;
  const chunks = COST * m < DIVISIBLE ? 1 : chunksOf(m, side);
  const { doubles, bytes } = addresses(TABLE_BYTES);
  const gridStride = upTo(8 * (side + TAPS) * (side + BEYOND), 128);
  const words = {
    ...{ particles: m, chunks, ...sizes, ranges: rangesOf(transformCost(products)) },
    state: doubles(3 * m),
    result: doubles(3 * m),
    window: doubles(PIECES * TERMS * TAPS),
    grids: doubles((chunks * gridStride) / 8),
    gridStride,
    forward: doubles(4 * rows * sizes.depth),
    backward: doubles(4 * rows * padded),
    folded: doubles(4 * padded * Math.max(side, 4 * rows)),
    partial: doubles(4 * rows * side),
    sums: doubles(16 * rows * rows),
    scratch: doubles(threads * RECORD),
    scratchStride: 8 * RECORD,
    records: m * RECORD <= RECORDS_BYTES ? doubles((m * RECORD) / 8) : 0,
    coefficients: doubles(16 * rows * rows),
    targets: doubles(16 * rows * rows),
  };
  return { words, bytes: bytes() };
}

/** Tasks of a transform; they change no bit. Small ones are not worth four times waiting for each other. */
const rangesOf = (cost: number): number => (cost < 4 * DIVISIBLE ? 1 : 8);

type Words = ReturnType<typeof layoutOf>['words'];

/** The class of function j = 0 … 2K of one axis, even or odd cosines or sines, and its row there. */
function rowOf(j: number, K: number): readonly [sine: boolean, k: number, group: number, row: number] {
  const sine = j > K;
  const k = sine ? j - K : j;
  return [sine, k, (sine ? 2 : 0) + (k % 2), k >> 1];
}

/** Both matrices of the transforms of one axis, the window undone. */
function putTransforms(K: number, { side, rows, depth, depthPadded }: Words, forward: Vec, backward: Vec): void {
  for (let j = 0; j <= 2 * K; j++) {
    const [sine, k, group, row] = rowOf(j, K);
    const scale = (k === 0 ? 1 : Math.SQRT2) * deconvolution(k / side);
    for (let l = 0; l < depth; l++) {
      const value = scale * turn(k * l, side)[sine ? 1 : 0];
      // Points that are their own image are there twice.
      const share = l === 0 || 4 * l === side ? 0.5 : 1;
      forward[(group * rows + row - (row % 4)) * depth + 4 * l + (row % 4)] = share * value;
      backward[(group * depthPadded + l - (l % 4)) * rows + 4 * row + (l % 4)] = value;
    }
  }
}

/** Where the sums of functions (j₁, j₂) stand. */
function places(K: number, rows: number): Int32Array {
  const n = 2 * K + 1;
  const at = Array.from({ length: n }, (_, j) => {
    const [, , group, row] = rowOf(j, K);
    return group * rows + row;
  });
  return Int32Array.from({ length: n * n }, (_, k) => at[k % n] * 4 * rows + at[Math.floor(k / n)]);
}

/** Bytes of the field: less than 320 for a coefficient and 960 for a particle, which is what a run counts for them (src/resolve.ts). */
export const torusBytes = (K: number, m: number, threads: number): number => layoutOf(K, m, threads).bytes;

const costOf = (K: number, m: number): number => COST * m + transformCost(sizesOf(K).products);

/** What stays the same as long as there is a field. */
function putConstants(K: number, period: number, words: Words, view: (at: number, count: number) => Vec): void {
  const { side, rows, depth, depthPadded } = words;
  view(PERIOD, 2).set([period, (PIECES * side) / period]);
  view(words.window, PIECES * TERMS * TAPS).set(windowTable());
  putTransforms(K, words, view(words.forward, 4 * rows * depth), view(words.backward, 4 * rows * depthPadded));
}

function field(K: number, period: number, m: number, loss: Loss, tier: Vectors): FusedField | undefined {
  const size = (2 * K + 1) ** 2;
  const threads = threadsFor(costOf(K, m));
  const { words, bytes } = layoutOf(K, m, threads);
  if (bytes > MOST_BYTES) return undefined;
  const { buffer, job } = instance(bytes, threads, tier);
  const view = (at: number, count: number) => new Float64Array(buffer, at, count);
  new Uint32Array(buffer, 0, WORDS.length).set(WORDS.map(word => words[word]));
  putConstants(K, period, words, view);
  const [state, result] = [view(words.state, 3 * m), view(words.result, 3 * m)];
  const [sums, coefficients, targets] = [words.sums, words.coefficients, words.targets].map(at =>
    view(at, 16 * words.rows ** 2),
  );
  const place = places(K, words.rows);
  const [spread, interpolate] = [job('spread', words.chunks), job('interpolate', words.chunks)];
  const [gatherRows, gatherColumns] = [job('gatherRows', words.ranges), job('gatherColumns', words.ranges)];
  const [spreadColumns, spreadRows] = [job('spreadColumns', words.ranges), job('spreadRows', words.ranges)];
  const sum = () => {
    spread();
    gatherRows();
    gatherColumns();
  };
  const read = (out: Vec) => {
    for (let k = 0; k < size; k++) out[k] = sums[place[k]] / m;
  };
  const evaluate = () => {
    spreadColumns();
    spreadRows();
    interpolate();
    return result;
  };
  const kernel: SpikesKernel = {
    ...{ tier, state },
    synthesise(out) {
      sum();
      read(out);
    },
    analyse(g, sign) {
      // What is not finite leaves traces beside them.
      coefficients.fill(0);
      for (let k = 0; k < size; k++) coefficients[place[k]] = sign * g[k];
      return evaluate();
    },
  };
  if (loss.terms?.kind !== 'square') return spikesField(kernel, size, loss);
  const constants = view(SCALE, 2);
  constants[0] = loss.terms.scale;
  for (let k = 0; k < size; k++) targets[place[k]] = loss.terms.targets[k];
  const square = job('square', 1);
  const within = {
    ...{ sum, read, descend: evaluate },
    loss() {
      square();
      return constants[1];
    },
  };
  return spikesField({ ...kernel, within }, size, loss);
}

/** −⟨f, DΦ⟩ at every particle, f their mean. */
function readable(K: number, y: Vec, m: number, out: Vec): void {
  const [basis, jet] = [torusBasis(2, K, 1), new Float64Array(3)];
  const f = new Float64Array(basis.size);
  for (let i = 0; i < m; i++) basis.addInto(y, 3 * i + 1, [0, 0], y[3 * i] / m, f);
  for (let i = 0; i < m; i++) {
    basis.jetInto(y, 3 * i + 1, f, 1, jet);
    out.set([-jet[0], -y[3 * i] * jet[1], -y[3 * i] * jet[2]], 3 * i);
  }
}

const CHECKED = 5;

/** The field of m particles, as a feature offers it; undefined where the engine cannot run it, or TypeScript is faster. */
export const torus =
  (K: number, period: number) =>
  (m: number, loss: Loss): FusedField | undefined => {
    const tier = runningTier();
    const readily = m * (COST_SCALAR + COST_SCALAR_COEFFICIENT * (2 * K + 1) ** 2);
    if (tier === 'scalar' || costOf(K, m) > readily) return undefined;
    const open = (count: number, of: Loss) => field(CHECKED, 1, count, of, tier);
    const sound = isSound(`torus, ${tier}`, 3, open, (y, count, out) => readable(CHECKED, y, count, out));
    return sound ? field(K, period, m, loss, tier) : undefined;
  };
