/**
 * Φ(w, θ) = w φ(θ) on ℝ/ℤ, φ the orthonormal real Fourier basis of degree K, in two passes over the particles: sums of w e^{2πikθ}, then
 * the polynomial of R′(f) and its derivative at every particle. R sees 2K + 1 numbers, so that any loss will do.
 */
import type { FusedField, Loss, Vec } from '../types.js';
import { threadsFor } from './compute.js';
import { instance } from './engine.js';
import { runningTier } from './tiers.js';

/** The words of assembly/circle.ts, in its order. */
const WORDS = [
  ...['order', 'groups', 'chunks', 'state', 'result', 'weights', 'base', 'powers', 'sums'],
  ...['sumsStride', 'coefficients'],
] as const;
const TABLE_BYTES = 256;
const GROUP = 4;
/** Powers that stay in the second cache are stored: to read them costs half of computing them again. */
const POWERS_BYTES = 2 ** 20;
/** Nanoseconds for a particle and a frequency, of the order seen. */
const COST = 1.5;
/** Less than this many nanoseconds are not divided. */
const DIVISIBLE = 15e3;

const upTo = (x: number, multiple: number): number => Math.ceil(x / multiple) * multiple;

function layoutOf(K: number, m: number) {
  const groups = 2 * Math.ceil(m / GROUP / 2);
  const cost = COST * m * K;
  const chunks = cost < DIVISIBLE ? 1 : Math.min(groups / 2, m * K < 1e6 ? 4 : 16);
  let bytes = TABLE_BYTES;
  const doubles = (count: number): number => {
    const at = bytes;
    bytes = upTo(at + 8 * count, 128);
    return at;
  };
  const chunkSums = upTo(2 + 4 * K, 16);
  const stored = 16 * GROUP * groups * K <= POWERS_BYTES;
  const words = {
    ...{ order: K, groups, chunks },
    state: doubles(2 * GROUP * groups),
    result: doubles(2 * GROUP * groups),
    weights: doubles(GROUP * groups),
    base: doubles(2 * GROUP * groups),
    powers: stored ? doubles(2 * GROUP * groups * K) : 0,
    sums: doubles(chunks * chunkSums),
    sumsStride: 8 * chunkSums,
    coefficients: doubles(1 + 4 * K),
  };
  return { words, bytes, cost };
}

/** out: 2K + 1 numbers, the sums of the chunks in their order. */
function gather(sums: Vec, stride: number, chunks: number, K: number, m: number, out: Vec): void {
  for (let k = 0; k <= 2 * K; k++) {
    let sum = 0;
    for (let c = 0; c < chunks; c++) sum += sums[c * stride + 2 * k] + sums[c * stride + 2 * k + 1];
    const scale = (k === 0 ? 1 : Math.SQRT2) / m;
    out[k === 0 ? 0 : k % 2 === 1 ? (k + 1) / 2 : K + k / 2] = scale * sum;
  }
}

/** out: the coefficients of sign·⟨g, φ⟩ as the kernel reads them. */
function spread(g: Vec, K: number, sign: 1 | -1, out: Vec): void {
  out[0] = sign * g[0];
  for (let k = 1; k <= K; k++) {
    const [a, b, rate] = [sign * Math.SQRT2 * g[k], sign * Math.SQRT2 * g[K + k], 2 * Math.PI * k];
    out[4 * k - 3] = a;
    out[4 * k - 2] = b;
    out[4 * k - 1] = rate * b;
    out[4 * k] = -rate * a;
  }
}

/** The field of m particles, as a feature offers it; undefined where the engine cannot run it. */
export const circle =
  (K: number) =>
  (m: number, loss: Loss): FusedField | undefined => {
    const tier = runningTier();
    if (tier === 'scalar') return undefined;
    const { words, bytes, cost } = layoutOf(K, m);
    const { buffer, job } = instance(bytes, threadsFor(cost), tier);
    const view = (at: number, count: number) => new Float64Array(buffer, at, count);
    new Uint32Array(buffer, 0, WORDS.length).set(WORDS.map(word => words[word]));
    const [state, result] = [view(words.state, 2 * m), view(words.result, 2 * m)];
    const sums = view(words.sums, (words.chunks * words.sumsStride) / 8);
    const coefficients = view(words.coefficients, 1 + 4 * K);
    const [f, g] = [new Float64Array(2 * K + 1), new Float64Array(2 * K + 1)];
    const [synthesise, analyse] = [job('synthesise', words.chunks), job('analyse', words.chunks)];
    const forward = (y: Vec, out: Vec): void => {
      state.set(y.length > state.length ? y.subarray(0, state.length) : y);
      synthesise();
      gather(sums, words.sumsStride / 8, words.chunks, K, m, out);
    };
    const backward = (gradient: Vec, sign: 1 | -1, out: Vec): void => {
      spread(gradient, K, sign, coefficients);
      analyse();
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
