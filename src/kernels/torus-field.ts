/**
 * Φ(w, θ) = w φ(θ) on the torus of two dimensions, φ as in torus.ts: particles are spread over a grid, which is transformed; the polynomial
 * of R′(f) and its slopes are read off a grid likewise. The cost is that of m·16² + K³ products, where sums over all frequencies and
 * particles would have m·12K².
 */
import type { FusedField, Loss, Vec } from '../types.js';
import { threadsFor } from './compute.js';
import { turn } from './elementary.js';
import { instance } from './engine.js';
import { runningTier } from './tiers.js';
import { deconvolution, FINENESS, PIECES, TAPS, TERMS, windowTable } from './window.js';

/** The words of assembly/torus.ts, in its order. */
const WORDS = [
  ...['particles', 'chunks', 'side', 'rows', 'depth', 'depthPadded', 'ranges', 'state', 'result', 'window'],
  ...['grids', 'gridStride', 'forward', 'backward', 'folded', 'partial', 'sums', 'scratch', 'scratchStride'],
] as const;
const PERIOD = 128;
const TABLE_BYTES = 256;
/** Nanoseconds for a particle and for a product of the transforms, of the order seen. */
const COST = 130;
const COST_PRODUCT = 0.15;
/** Nanoseconds that this takes in TypeScript for a particle and a coefficient. */
const COST_SCALAR = 8;
/** Less than this many nanoseconds are not divided. */
const DIVISIBLE = 15e3;

const upTo = (x: number, multiple: number): number => Math.ceil(x / multiple) * multiple;

/** Points along an axis; rows of a class; points that decide. */
function sizesOf(K: number) {
  const side = Math.max(TAPS, upTo(FINENESS * K, 4));
  const rows = upTo(Math.floor(K / 2) + 1, 4);
  const depth = side / 4 + 1;
  const products = 8 * rows * depth * (side + 4 * rows);
  return { side, rows, depth, depthPadded: upTo(depth, 4), products };
}

/** Chunks of particles, each with a grid: to clear it and to add it up costs little beside them. */
function chunksOf(m: number, side: number): number {
  const most = Math.floor((64 * m) / (side + TAPS) ** 2);
  return Math.max(1, Math.min(most, m < 4000 ? 4 : 16));
}

function layoutOf(K: number, m: number, threads: number) {
  const { products, ...sizes } = sizesOf(K);
  const { side, rows, depthPadded: padded } = sizes;
  const chunks = COST * m < DIVISIBLE ? 1 : chunksOf(m, side);
  let bytes = TABLE_BYTES;
  const doubles = (count: number): number => {
    const at = bytes;
    bytes = upTo(at + 8 * count, 128);
    return at;
  };
  const gridStride = upTo(8 * (side + TAPS) ** 2, 128);
  const words = {
    ...{ particles: m, chunks, ...sizes, ranges: COST_PRODUCT * products < 4 * DIVISIBLE ? 1 : 4 },
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
    scratch: doubles(threads * 64),
    scratchStride: 512,
  };
  return { words, bytes };
}

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

/** The field of m particles, as a feature offers it; undefined where the engine cannot run it, or TypeScript is faster. */
export const torus =
  (K: number, period: number) =>
  (m: number, loss: Loss): FusedField | undefined => {
    const tier = runningTier();
    const [size, cost] = [(2 * K + 1) ** 2, COST * m + COST_PRODUCT * sizesOf(K).products];
    if (tier === 'scalar' || cost > COST_SCALAR * m * size) return undefined;
    const threads = threadsFor(cost);
    const { words, bytes } = layoutOf(K, m, threads);
    const kernels = instance(bytes, threads, tier);
    const { buffer, job } = kernels;
    const view = (at: number, count: number) => new Float64Array(buffer, at, count);
    new Uint32Array(buffer, 0, WORDS.length).set(WORDS.map(word => words[word]));
    view(PERIOD, 2).set([period, (PIECES * words.side) / period]);
    view(words.window, PIECES * TERMS * TAPS).set(windowTable());
    const [state, result] = [view(words.state, 3 * m), view(words.result, 3 * m)];
    const sums = view(words.sums, 16 * words.rows ** 2);
    putTransforms(
      K,
      words,
      view(words.forward, 4 * words.rows * words.depth),
      view(words.backward, 4 * words.rows * words.depthPadded),
    );
    const place = places(K, words.rows);
    const [f, g] = [new Float64Array(size), new Float64Array(size)];
    const [spread, interpolate] = [job('spread', words.chunks), job('interpolate', words.chunks)];
    const [gatherRows, gatherColumns] = [job('gatherRows', words.ranges), job('gatherColumns', words.ranges)];
    const [spreadColumns, spreadRows] = [job('spreadColumns', words.ranges), job('spreadRows', words.ranges)];
    const forward = (y: Vec, out: Vec): void => {
      state.set(y.length > state.length ? y.subarray(0, state.length) : y);
      spread();
      gatherRows();
      gatherColumns();
      for (let k = 0; k < size; k++) out[k] = sums[place[k]] / m;
    };
    const backward = (gradient: Vec, sign: 1 | -1, out: Vec): void => {
      for (let k = 0; k < size; k++) sums[place[k]] = sign * gradient[k];
      spreadColumns();
      spreadRows();
      interpolate();
      out.set(result);
    };
    return {
      tier,
      forceInto(y, out) {
        forward(y, f);
        loss.gradientInto(f, g);
        backward(g, -1, out);
        return loss.value(f);
      },
      energy(y) {
        forward(y, f);
        return loss.value(f);
      },
      sumInto: forward,
      pullbackInto(y, gradient, out) {
        forward(y, f);
        backward(gradient, 1, out);
      },
    };
  };
