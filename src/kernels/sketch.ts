/**
 * Sketches of mixtures by frequencies, Φ(w, θ) = w D_k [cos ω_k·θ, sin ω_k·θ], in two passes over tiles of frequencies; no array of
 * frequencies × particles exists. Chunks of tiles are those of the sizes alone, and their sums are added in order.
 */
import type { FusedField, Loss, Vec } from '../types.js';
import { addresses, upTo } from './addresses.js';
import { threadsFor } from './compute.js';
import { type Instance, instance, type Vectors } from './engine.js';
import { fusedField, type Mode } from './fused.js';

export interface Sketch {
  readonly count: number;
  readonly dimension: number;
  /** count·dimension numbers, row-major. */
  readonly values: Vec;
  /** D_k */
  readonly damping: Vec;
}

/** The words of assembly/wave.ts, in its order. */
const WORDS = [
  ...['n', 'm', 'd', 'dPadded', 'tile', 'tiles', 'chunks', 'mode', 'square', 'state', 'result', 'turns', 'omega'],
  ...['damping', 'targets', 'output', 'residual', 'weights', 'positions', 'sums', 'sumsStride', 'losses'],
  ...['scratch', 'scratchStride', 'ranges'],
] as const;
type Words = Record<(typeof WORDS)[number], number>;
const SCALE = 128;
const TABLE_BYTES = 256;
const MODES: Readonly<Record<Mode, number>> = { force: 0, sum: 1, pull: 2 };

/** Nanoseconds for a frequency and a particle, of the order seen: what chunks are worth. */
const COST = 4;
const COST_PER_COORDINATE = 0.2;
/** Less than this many nanoseconds are not divided. */
const DIVISIBLE = 15e3;
/** Frequencies of a tile at most; fewer where cosines and sines of more would leave the second cache. */
const TILE = 64;
const TILE_BYTES = 2 ** 19;
/** Numbers of a state that are copied in less time than threads are asked in. */
const COPIED_ALONE = 20_000;

const costOf = ({ count, dimension }: Sketch, m: number): number =>
  count * m * (COST + COST_PER_COORDINATE * dimension);

function layoutOf(sketch: Sketch, m: number, threads: number): { words: Words; bytes: number } {
  const { count: n, dimension: d } = sketch;
  const [mPadded, dPadded] = [upTo(m, 4), upTo(d, 4)];
  const chunks = costOf(sketch, m) < DIVISIBLE ? 1 : Math.min(Math.ceil(n / 4), n < 4000 ? 4 : 16);
  const largest = Math.max(4, Math.min(TILE, 4 * Math.floor(TILE_BYTES / (64 * mPadded))));
  const tile = upTo(Math.ceil(n / (chunks * Math.ceil(n / (chunks * largest)))), 4);
  const tiles = Math.ceil(n / tile);
  const { doubles, bytes } = addresses(TABLE_BYTES);
  const chunkSums = upTo(mPadded * (1 + dPadded), 16);
  const scratch = upTo(tile * (2 * mPadded + 10), 16);
  const words = {
    ...{ n, m, d, dPadded, tile, tiles, chunks, mode: 0, square: 0 },
    state: doubles(m * (1 + d)),
    result: doubles(m * (1 + d)),
    turns: doubles(tiles * tile * d),
    omega: doubles(tiles * tile * dPadded),
    damping: doubles(n),
    targets: doubles(2 * n),
    output: doubles(2 * n),
    residual: doubles(2 * n),
    weights: doubles(mPadded),
    positions: doubles(mPadded * d),
    sums: doubles(chunks * chunkSums),
    sumsStride: 8 * chunkSums,
    losses: doubles(chunks),
    scratch: doubles(threads * scratch),
    scratchStride: 8 * scratch,
    ranges: m * (1 + d) > COPIED_ALONE ? 8 : 1,
  };
  return { words, bytes: bytes() };
}

function prepare({ count, dimension: d, values, damping }: Sketch, loss: Loss, { buffer }: Instance, words: Words) {
  const doubles = (at: number, count: number) => new Float64Array(buffer, at, count);
  const { tile, tiles, dPadded } = words;
  const square = loss.terms?.kind === 'square' ? loss.terms : undefined;
  if (square) {
    doubles(words.targets, 2 * count).set(square.targets);
    doubles(SCALE, 1)[0] = square.scale;
  }
  new Uint32Array(buffer).set(WORDS.map(word => (word === 'square' ? Number(square !== undefined) : words[word])));
  doubles(words.damping, count).set(damping);
  const [turns, omega] = [doubles(words.turns, tiles * tile * d), doubles(words.omega, tiles * tile * dPadded)];
  for (let k = 0; k < count; k++)
    for (let j = 0; j < d; j++) {
      const x = values[k * d + j];
      omega[k * dPadded + j] = x;
      turns[(k - (k % tile)) * d + j * tile + (k % tile)] = x / (2 * Math.PI);
    }
  return square !== undefined;
}

/** Bytes of the memory of m particles. */
export const sketchRoom = (sketch: Sketch, m: number): number =>
  layoutOf(sketch, m, threadsFor(costOf(sketch, m))).bytes;

/** The field of m particles on a runnable tier. */
export function sketchField(sketch: Sketch, m: number, loss: Loss, tier: Vectors, threads?: number): FusedField {
  const team = threads ?? threadsFor(costOf(sketch, m));
  const { words, bytes } = layoutOf(sketch, m, team);
  const kernels = instance(bytes, team, tier);
  const known = prepare(sketch, loss, kernels, words);
  const { buffer, job } = kernels;
  const view = (at: number, count: number) => new Float64Array(buffer, at, count);
  const table = new Uint32Array(buffer, 0, WORDS.length);
  const [length, size] = [m * (1 + sketch.dimension), 2 * sketch.count];
  const losses = view(words.losses, words.chunks);
  const [sweep, take] = [job('wave', words.chunks), job('packWave', words.ranges)];
  const unpack = job('unpackWave', words.ranges);
  return fusedField(
    {
      tier,
      known,
      state: view(words.state, length),
      result: view(words.result, length),
      output: view(words.output, size),
      residual: view(words.residual, size),
      take,
      run(mode) {
        table[WORDS.indexOf('mode')] = MODES[mode];
        sweep();
        if (mode !== 'sum') unpack();
        let R = 0;
        for (let c = 0; c < losses.length; c++) R += losses[c];
        return R;
      },
    },
    loss,
  );
}
