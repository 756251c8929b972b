/**
 * The kinks of a flow as blocks that are joined: V = weight·|u[coordinate]| (one per particle), and those of Φ (one per particle and sample).
 */
import type { Branch, FeatureKinks, Kinks, Penalty, Vec } from './types.js';

/** A particle resting at w = 0 may stay while |η| ≤ β up to this relative slack, so that rounding does not push it off. */
const STICK_SLACK = 1e-9;

/** A block of kinks inside a longer branch: `b` is the whole branch, `k` counts within the block. */
export interface KinkBlock {
  readonly count: number;
  branchInto(y: Vec, out: Branch, offset: number): void;
  marginsInto(y: Vec, b: Branch, offset: number, out: Vec): void;
  owner: NonNullable<Kinks['owner']>;
  cross(y: Vec, k: number, b: Branch, offset: number): -1 | 0 | 1;
}

/**
 * One kink per particle: branch ±1 while the coordinate has that sign, 0 while it rests at zero.
 * Chizat & Bach (2018), eq. 5: rest while |ṽ| ≤ weight, else leave with the sign of ṽ. Nonnegative: rest while ṽ ≤ weight, else leave upwards.
 */
export function absoluteKinks(
  dim: number,
  m: number,
  { coordinate, weight, nonnegative = false }: NonNullable<Penalty['absolute']>,
  force: (y: Vec, out: Vec, b?: Branch) => void,
): KinkBlock {
  const v = new Float64Array(m * dim);
  const push = (pull: number) => (nonnegative ? pull : Math.abs(pull));
  const settle = (pull: number, slack: number) => (push(pull) <= weight * (1 + slack) ? 0 : pull > 0 ? 1 : -1);
  return {
    count: m,
    owner: particle => ({ particle }),
    branchInto(y, out, offset) {
      force(y, v);
      for (let i = 0; i < m; i++) {
        const w = y[i * dim + coordinate];
        out[offset + i] = w !== 0 ? Math.sign(w) : settle(v[i * dim + coordinate], 0);
      }
    },
    marginsInto(y, b, offset, out) {
      if (b.subarray(offset, offset + m).includes(0)) force(y, v, b);
      for (let i = 0; i < m; i++) {
        const k = i * dim + coordinate;
        out[offset + i] = b[offset + i] === 0 ? weight - push(v[k]) : b[offset + i] * y[k];
      }
    },
    cross(y, i, b, offset) {
      const k = i * dim + coordinate;
      y[k] = 0;
      force(y, v, b);
      // A resting particle crosses its kink only outwards: the tie |ṽ| = weight is broken by the side it is pushed to.
      return b[offset + i] === 0 ? (nonnegative || v[k] > 0 ? 1 : -1) : settle(v[k], STICK_SLACK);
    },
  };
}

/**
 * The kinks of Φ: the Filippov rule. Both sides push the same way: cross. Towards each other: the particle would slide, which this
 * version does not follow; the branch stays and the loop reports chattering if it happens again and again.
 */
export function featureKinks(
  kinks: FeatureKinks,
  m: number,
  velocityInto: (y: Vec, out: Vec, b: Branch) => void,
): KinkBlock {
  const n = kinks.perParticle;
  const values = new Float64Array(m * n);
  return {
    count: m * n,
    owner: k => ({ particle: Math.floor(k / n), sample: k % n }),
    branchInto(y, out, offset) {
      kinks.valuesInto(y, m, values);
      // On the kink itself the value of Φ is the same from both sides; the off side is taken.
      for (let k = 0; k < m * n; k++) out[offset + k] = values[k] > 0 ? 1 : -1;
    },
    marginsInto(y, b, at, out) {
      kinks.valuesInto(y, m, values);
      for (let k = 0; k < m * n; k++) out[at + k] = b[at + k] * values[k];
    },
    cross(y, k, b, at) {
      const [i, sample] = [Math.floor(k / n), k % n];
      kinks.snap(y, i, sample);
      const side = b[at + k] as -1 | 1;
      const beyond = b.slice();
      beyond[at + k] = -side;
      const v = new Float64Array(y.length);
      velocityInto(y, v, beyond);
      return kinks.rate(y, v, i, sample) * side < 0 ? (-side as -1 | 1) : side;
    },
  };
}

/** Blocks one after another; undefined when there is none. */
export function joined(blocks: readonly KinkBlock[]): Kinks | undefined {
  if (blocks.length === 0) return undefined;
  const offsets = blocks.map((_, j) => blocks.slice(0, j).reduce((sum, b) => sum + b.count, 0));
  const count = blocks.reduce((sum, b) => sum + b.count, 0);
  const find = (k: number): [KinkBlock, number] => {
    const j = offsets.findLastIndex(o => k >= o);
    return [blocks[j], offsets[j]];
  };
  return {
    count,
    owner(k) {
      const [block, offset] = find(k);
      return block.owner(k - offset);
    },
    branchAt(y) {
      const b = new Int8Array(count);
      for (const [j, block] of blocks.entries()) block.branchInto(y, b, offsets[j]);
      return b;
    },
    marginsInto(y, b, out) {
      for (const [j, block] of blocks.entries()) block.marginsInto(y, b, offsets[j], out);
    },
    cross(y, k, b) {
      const [block, offset] = find(k);
      return block.cross(y, k - offset, b, offset);
    },
  };
}
