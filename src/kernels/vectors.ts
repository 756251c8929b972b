/** Vectors of one length side by side in one memory, and linear combinations of them, two doubles at a time. */
import type { Vec } from '../types.js';
import { instance } from './engine.js';
import { runningTier } from './tiers.js';

const LINE = 64;
const HEAD_BYTES = LINE;
/** Words of a sum before its terms, and bytes of each term: see assembly/combination.ts. */
const [SUM_BYTES, TERM_BYTES] = [16, 16];

export interface Vectors {
  readonly vectors: readonly Vec[];
  /** vectors[out] ← vectors[base] + scale·Σ weights[j] vectors[terms[j]]; at least one term, and as many sums as were announced. */
  sum(out: number, base: number, terms: readonly number[], weights: readonly number[]): (scale: number) => void;
}

/** `count` vectors, all zero, and room for so many sums of them; undefined where this engine has no kernels. */
export function vectorsOf(length: number, count: number, sums: number): Vectors | undefined {
  const tier = runningTier();
  if (tier === 'scalar') return undefined;
  const bytes = LINE * Math.ceil((8 * length) / LINE);
  const sumBytes = SUM_BYTES + TERM_BYTES * count;
  const first = HEAD_BYTES + LINE * Math.ceil((sums * sumBytes) / LINE);
  const { buffer, job } = instance(first + count * bytes, 1, tier);
  const [words, numbers] = [new Uint32Array(buffer), new Float64Array(buffer)];
  const combine = job('combine', 1);
  const place = (k: number) => first + k * bytes;
  let next = HEAD_BYTES;
  return {
    vectors: Array.from({ length: count }, (_, k) => new Float64Array(buffer, place(k), length)),
    sum(out, base, terms, weights) {
      const at = next;
      next += sumBytes;
      if (next > first || terms.length === 0 || terms.length > count)
        throw new RangeError(`one of ${sums} sums of 1 to ${count} terms, got ${terms.length} terms`);
      words.set([place(out), place(base), terms.length, bytes], at / 4);
      for (const [j, k] of terms.entries()) {
        words[(at + SUM_BYTES + j * TERM_BYTES) / 4] = place(k);
        numbers[(at + SUM_BYTES + j * TERM_BYTES) / 8 + 1] = weights[j];
      }
      return scale => {
        words[0] = at;
        numbers[1] = scale;
        combine();
      };
    },
  };
}
