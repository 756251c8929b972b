/**
 * Φ(w, θ) = w φ(θ) on ℝ/ℤ, φ the orthonormal real Fourier basis of degree K, in two passes over the particles: sums of w e^{2πikθ}, then
 * the polynomial of R′(f) and its derivative at every particle. R sees 2K + 1 numbers, so that any loss will do.
 */
import type { FusedField, Loss, Vec } from '../types.js';
import { addresses, upTo } from './addresses.js';
import { awakeThreadsFor } from './compute.js';
import { instance, type Vectors } from './engine.js';
import { MOST_BYTES } from './room.js';
import { isSound, type SpikesKernel, spikesField } from './spikes-field.js';
import { runningTier } from './tiers.js';
import { analyseInto, synthesiseInto } from './trigonometric.js';

/** The words of assembly/circle.ts, in its order. */
const WORDS = [
  ...['fives', 'vectors', 'chunks', 'state', 'result', 'records', 'scratch', 'scratchStride', 'sums', 'sumsStride'],
  'coefficients',
] as const;
const TABLE_BYTES = 256;
/** Vectors of a block. */
const BLOCK = 32;
/** Records that stay in the second cache are kept: to read them costs half of making them again. */
const RECORDS_BYTES = 2 ** 20;
/** Nanoseconds for a particle and a frequency, of the order seen, and what e^{2πiθ} costs in frequencies. */
const COST = 0.75;
const FIXED = 5;
/** Less than this many nanoseconds are not divided. */
const DIVISIBLE = 12e3;
/** Numbers of a chunk: Σ with 1 and the four small functions; for each five those of cos and sin with these. */
const SMALL = 5;

function layoutOf(K: number, m: number, threads: number) {
  const [eights, fives] = [Math.ceil(m / 8), Math.max(0, Math.ceil((K - 2) / 5))];
  const cost = COST * m * (K + FIXED);
  const chunks = cost < DIVISIBLE ? 1 : Math.min(eights, m * K < 1e6 ? 4 : 16);
  const { doubles, bytes } = addresses(TABLE_BYTES);
  const products = SMALL * (1 + 2 * fives);
  const chunkSums = upTo(3 * products, 16);
  const record = 8 + 4 * fives;
  const scratch = upTo(BLOCK * (record + 2 * SMALL), 16);
  const words = {
    ...{ fives, vectors: Math.ceil(m / 2), chunks },
    state: doubles(16 * eights),
    result: doubles(16 * eights),
    records: 32 * eights * record <= RECORDS_BYTES ? doubles(4 * eights * record) : 0,
    scratch: doubles(threads * scratch),
    scratchStride: 8 * scratch,
    sums: doubles(chunks * chunkSums),
    sumsStride: 8 * chunkSums,
    coefficients: doubles(2 * products),
  };
  return { words, bytes: bytes() };
}

type Sizes = ReturnType<typeof layoutOf>['words'];

/**
 * The kernel sums products of 1, cos 5a·, sin 5a· with 1, cos b·, sin b·, b = 1, 2: for a = 0 the latter alone, then for each a cos and sin
 * beside each of them. out: 2K + 1 numbers from the sums of the chunks in their order, which are added up in the first.
 */
function gather(sums: Vec, { chunks, sumsStride, fives }: Sizes, K: number, m: number, out: Vec): void {
  const products = SMALL * (1 + 2 * fives);
  const scale = Math.SQRT2 / m;
  for (let c = 1; c < chunks; c++) for (let p = 0; p < products; p++) sums[p] += sums[(c * sumsStride) / 8 + p];
  out[0] = sums[0] / m;
  for (let p = 1; p < SMALL && p < 2 * K + 1; p++) out[p % 2 === 1 ? (p + 1) / 2 : K + p / 2] = scale * sums[p];
  for (let a = 1; a <= fives; a++) {
    const at = SMALL * (2 * a - 1);
    for (let b = -2; b <= 2 && 5 * a + b <= K; b++) {
      const k = 5 * a + b;
      const p = at + Math.max(0, 4 * Math.abs(b) - 2);
      const turn = Math.sign(b);
      out[k] = scale * (sums[p] - turn * sums[p + 3]);
      out[K + k] = scale * (sums[p + 1] + turn * sums[p + 2]);
    }
  }
}

/** g times √2·turn in pairs (cos, sin) for k = 1 … K, behind them by `behind` those of the slope. */
function prepare(g: Vec, K: number, turn: 1 | -1, pairs: Vec, behind: number): void {
  for (let k = 1; k <= K; k++) {
    // Named one by one: numbers taken out of an array are objects on the heap.
    const a = turn * Math.SQRT2 * g[k];
    const b = turn * Math.SQRT2 * g[K + k];
    const rate = 2 * Math.PI * k;
    pairs[2 * k] = a;
    pairs[2 * k + 1] = b;
    pairs[behind + 2 * k] = rate * b;
    pairs[behind + 2 * k + 1] = -rate * a;
  }
}

/** out: coefficients of the small functions, two numbers apart, and of the fives from them, four apart with cos beside sin. */
function spread(pairs: Vec, from: number, fives: number, out: Vec, at: number): void {
  for (let p = 1; p < SMALL; p++) out[at + 2 * p] = pairs[from + p + 1];
  for (let a = 1; a <= fives; a++) {
    const [to, middle] = [2 * at + 10 * (2 * a - 1), from + 10 * a];
    out[to] = pairs[middle];
    out[to + 1] = pairs[middle + 1];
    for (let b = 1; b <= 2; b++) {
      const [before, after] = [middle - 2 * b, middle + 2 * b];
      out[to + 8 * b - 4] = pairs[after] + pairs[before];
      out[to + 8 * b - 3] = pairs[after + 1] + pairs[before + 1];
      out[to + 8 * b] = pairs[after + 1] - pairs[before + 1];
      out[to + 8 * b + 1] = pairs[before] - pairs[after];
    }
  }
}

function field(K: number, m: number, loss: Loss, tier: Vectors): FusedField | undefined {
  const { threads, wakes } = awakeThreadsFor(COST * m * (K + FIXED));
  const { words, bytes } = layoutOf(K, m, threads);
  if (bytes > MOST_BYTES) return undefined;
  const { buffer, job } = instance(bytes, threads, tier, { wakes });
  const view = (at: number, count: number) => new Float64Array(buffer, at, count);
  new Uint32Array(buffer, 0, WORDS.length).set(WORDS.map(word => words[word]));
  const [state, result] = [view(words.state, 2 * m), view(words.result, 2 * m)];
  const products = SMALL * (1 + 2 * words.fives);
  const sums = view(words.sums + 16 * products, (words.chunks * words.sumsStride) / 8 - 2 * products);
  const coefficients = view(words.coefficients, 2 * products);
  const behind = 10 * words.fives + 6;
  const pairs = new Float64Array(2 * behind);
  const [sum, read] = [job('synthesise', words.chunks), job('analyse', words.chunks)];
  const kernel: SpikesKernel = {
    ...{ tier, state },
    synthesise(out) {
      sum();
      gather(sums, words, K, m, out);
    },
    analyse(g, sign) {
      prepare(g, K, sign, pairs, behind);
      coefficients[0] = sign * g[0];
      spread(pairs, 0, words.fives, coefficients, 0);
      spread(pairs, behind, words.fives, coefficients, 1);
      read();
      return result;
    },
  };
  return spikesField(kernel, 2 * K + 1, loss);
}

/** −⟨f, DΦ⟩ at every particle, f their mean. */
function readable(K: number, y: Vec, m: number, out: Vec): void {
  const f = new Float64Array(2 * K + 1);
  synthesiseInto(y, m, K, 1 / m, f);
  analyseInto(
    y,
    m,
    K,
    f.map(x => -x),
    out,
  );
}

/** Powers by fives, and a rest. */
const CHECKED = 13;

/** The field of m particles, as a feature offers it; undefined where the engine cannot run it. */
export const circle =
  (K: number) =>
  (m: number, loss: Loss): FusedField | undefined => {
    const tier = runningTier();
    if (tier === 'scalar') return undefined;
    const open = (count: number, of: Loss) => field(CHECKED, count, of, tier);
    const sound = isSound(`circle, ${tier}`, 2, open, (y, count, out) => readable(CHECKED, y, count, out));
    return sound ? field(K, m, loss, tier) : undefined;
  };
