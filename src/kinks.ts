/**
 * The kinks of a flow as blocks that are joined: V = weight·|u[coordinate]|·Ṽ (one per particle, and another at θ = 0 for Ṽ = |θ|),
 * the walls of the domain (one per particle and wall), and those of Φ (one per particle and sample).
 */
import type { Wall } from './math/domain.js';
import type { Sliding } from './sliding.js';
import { keepsItsSide, staysAtRest } from './steady.js';
import type {
  Branch,
  FeatureKinks,
  KinkOwner,
  Kinks,
  MarginsAt,
  Penalty,
  RepellingSide,
  Stride,
  Vec,
} from './types.js';

/** A particle resting at w = 0 may stay while |η| ≤ β up to this relative slack, so that rounding does not push it off. */
const STICK_SLACK = 1e-9;

/** A block of kinks inside a longer branch: `b` is the whole branch, `k` counts within the block. */
export interface KinkBlock {
  readonly count: number;
  branchInto(y: Vec, out: Branch, offset: number, side?: RepellingSide): void;
  marginsInto(y: Vec, b: Branch, offset: number, out: Vec): void;
  /** The same one at a time, counted within the block; where most of them need not be looked at. */
  marginsAt?(y: Vec, b: Branch, offset: number): MarginsAt;
  /** Of the block's own kinks; see `Kinks`. */
  begin?(): void;
  isClear?(step: Stride, offset: number): boolean;
  owner: NonNullable<Kinks['owner']>;
  cross(y: Vec, k: number, b: Branch, offset: number): -1 | 0 | 1;
  /** crossed: counted within the block */
  settle?(y: Vec, b: Branch, crossed: readonly number[]): void;
  hold?(y: Vec, b: Branch): void;
  repelling?(y: Vec, b: Branch): readonly KinkOwner[];
}

function anyResting(b: Branch, from: number, count: number): boolean {
  for (let k = from; k < from + count; k++) if (b[k] === 0) return true;
  return false;
}

/**
 * One kink per particle: branch ±1 while the coordinate has that sign, 0 while it rests at zero.
 * Chizat & Bach (2018), eq. 5: rest while |ṽ| ≤ weight·Ṽ, else leave with the sign of ṽ.
 * @param pulls the largest |ṽ| of each particle at rest in the velocities that were asked for since it was filled with 0
 */
export function absoluteKinks(
  dim: number,
  m: number,
  { coordinate, weight, modulation }: NonNullable<Penalty['absolute']>,
  force: (y: Vec, out: Vec, b?: Branch) => void,
  pulls: Vec,
): KinkBlock {
  const [v, values] = [new Float64Array(m * dim), new Float64Array(m).fill(1)];
  const pushed = (y: Vec, b?: Branch) => {
    force(y, v, b);
    modulation?.valuesInto(y, m, values);
  };
  const settle = (i: number, slack: number) => {
    const pull = v[i * dim + coordinate];
    return Math.abs(pull) <= weight * values[i] * (1 + slack) ? 0 : pull > 0 ? 1 : -1;
  };
  return {
    count: m,
    ...(!modulation && {
      begin: () => void pulls.fill(0),
      isClear: (step: Stride, offset: number) =>
        staysAtRest(step, offset, weight, pulls) && keepsItsSide(step, offset, dim, coordinate),
    }),
    owner: particle => ({ particle }),
    branchInto(y, out, offset) {
      pushed(y);
      for (let i = 0; i < m; i++) {
        const w = y[i * dim + coordinate];
        out[offset + i] = w !== 0 ? Math.sign(w) : settle(i, 0);
      }
    },
    marginsInto(y, b, offset, out) {
      if (anyResting(b, offset, m)) pushed(y, b);
      for (let i = 0; i < m; i++) {
        const k = i * dim + coordinate;
        out[offset + i] = b[offset + i] === 0 ? weight * values[i] - Math.abs(v[k]) : b[offset + i] * y[k];
      }
    },
    cross(y, i, b, offset) {
      const k = i * dim + coordinate;
      y[k] = 0;
      pushed(y, b);
      // A resting particle crosses its kink only outwards: the tie |ṽ| = weight is broken by the side it is pushed to.
      return b[offset + i] === 0 ? (v[k] > 0 ? 1 : -1) : settle(i, STICK_SLACK);
    },
  };
}

/** The direction of θ turns ever faster near 0, so a particle has arrived when |θ| is this small; F changes by no more. */
const ORIGIN = 1e-10;

/**
 * V = weight·|w||θ| at θ = 0, one kink per particle: branch 1 while θ moves, 0 while it rests at 0.
 * Rest while |ṽ_θ| ≤ weight·|w|, else leave in the direction of ṽ_θ.
 */
export function originKinks(
  dim: number,
  m: number,
  { coordinate, weight }: NonNullable<Penalty['absolute']>,
  force: (y: Vec, out: Vec, b?: Branch) => void,
): KinkBlock & {
  bendInto(y: Vec, b: Branch, offset: number, out: Vec): void;
  restrict(b: Branch, offset: number, a: Vec): void;
} {
  const v = new Float64Array(m * dim);
  const length = (a: Vec, i: number) => {
    let sum = 0;
    for (let k = 0; k < dim; k++) if (k !== coordinate) sum += a[i * dim + k] ** 2;
    return Math.sqrt(sum);
  };
  const scale = (a: Vec, i: number, by: number) => {
    for (let k = 0; k < dim; k++) if (k !== coordinate) a[i * dim + k] *= by;
  };
  const bound = (y: Vec, i: number) => weight * Math.abs(y[i * dim + coordinate]);
  const settle = (y: Vec, i: number, slack: number) => (length(v, i) <= bound(y, i) * (1 + slack) ? 0 : 1);
  return {
    count: m,
    owner: particle => ({ particle }),
    branchInto(y, out, offset) {
      force(y, v);
      for (let i = 0; i < m; i++) out[offset + i] = length(y, i) > 0 ? 1 : settle(y, i, 0);
    },
    marginsInto(y, b, offset, out) {
      if (b.subarray(offset, offset + m).includes(0)) force(y, v, b);
      for (let i = 0; i < m; i++)
        out[offset + i] = b[offset + i] === 0 ? bound(y, i) - length(v, i) : length(y, i) - ORIGIN;
    },
    cross(y, i, b, offset) {
      scale(y, i, 0);
      force(y, v, b);
      return b[offset + i] === 0 ? 1 : settle(y, i, STICK_SLACK);
    },
    bendInto(y, b, offset, out) {
      for (let i = 0; i < m; i++) {
        if (b[offset + i] === 0) scale(out, i, 0);
        // Fresh from θ = 0: |ṽ_θ| shortened by the threshold. Elsewhere the gradient of V does it.
        else if (length(y, i) === 0) scale(out, i, Math.max(0, 1 - bound(y, i) / (length(out, i) || 1)));
      }
    },
    restrict(b, offset, a) {
      for (let i = 0; i < m; i++) if (b[offset + i] === 0) scale(a, i, 0);
    },
  };
}

/**
 * The walls of the domain, one kink per particle and wall: branch 1 inside, 0 while the particle rests on the wall because the velocity
 * points outwards (the normal cone takes that part away).
 * @param slack the size of V's jump along a wall's coordinate, for rounding
 * @param free the velocity of the branch as if there were no wall
 */
export function wallKinks(
  dim: number,
  m: number,
  walls: readonly Wall[],
  slack: (w: Wall) => number,
  free: (y: Vec, out: Vec, b?: Branch) => void,
): KinkBlock & { restrict(b: Branch, offset: number, a: Vec): void } {
  const n = walls.length;
  const v = new Float64Array(m * dim);
  const place = (k: number): [Wall, number] => {
    const wall = walls[k % n];
    return [wall, Math.floor(k / n) * dim + wall.coordinate];
  };
  return {
    count: m * n,
    owner(k) {
      const { coordinate, at } = walls[k % n];
      return { particle: Math.floor(k / n), wall: { coordinate, at } };
    },
    branchInto(y, out, offset) {
      free(y, v);
      for (let k = 0; k < m * n; k++) {
        const [{ at, inward }, j] = place(k);
        out[offset + k] = inward * (y[j] - at) > 0 || inward * v[j] > 0 ? 1 : 0;
      }
    },
    marginsInto(y, b, offset, out) {
      if (anyResting(b, offset, m * n)) free(y, v, b);
      for (let k = 0; k < m * n; k++) {
        const [{ at, inward }, j] = place(k);
        out[offset + k] = b[offset + k] === 0 ? -inward * v[j] : inward * (y[j] - at);
      }
    },
    cross(y, k, b, offset) {
      const [wall, j] = place(k);
      y[j] = wall.at;
      free(y, v, b);
      return b[offset + k] === 0 || wall.inward * v[j] > STICK_SLACK * slack(wall) ? 1 : 0;
    },
    restrict(b, offset, a) {
      for (let k = 0; k < m * n; k++) if (b[offset + k] === 0) a[place(k)[1]] = 0;
    },
  };
}

/** Margins of sorted kinks, one at a time. */
function marginsAsked(
  sorted: NonNullable<FeatureKinks['sorted']>,
  {
    m,
    n,
    sliding,
    pattern,
    marginOf,
  }: {
    readonly m: number;
    readonly n: number;
    readonly sliding: Sliding;
    readonly pattern: (b?: Branch) => Branch | undefined;
    readonly marginOf: (y: Vec, k: number, side: number, value: number) => number;
  },
): NonNullable<KinkBlock['marginsAt']> {
  return (y, b, at) => {
    let slid: Record<number, number> | undefined;
    const held = () => {
      if (slid) return slid;
      slid = {};
      sliding.marginsInto(y, b, slid);
      return slid;
    };
    return {
      suspects() {
        const turned = sorted.turned(y, m, pattern(b) as Branch);
        if (!sliding.slides(b)) return turned;
        return [...new Set([...Object.keys(held()).map(k => Number(k) - at), ...turned])].sort((i, j) => i - j);
      },
      of: k =>
        b[at + k] === 0 ? held()[at + k] : marginOf(y, k, b[at + k], sorted.value(y, Math.floor(k / n), k % n)),
    };
  };
}

/** The kinks of Φ: crossed where both sides push the same way, slid along where they push towards each other (Filippov's rule). */
export function featureKinks(
  kinks: FeatureKinks,
  m: number,
  sliding: Sliding,
  pattern: (b?: Branch) => Branch | undefined,
): KinkBlock {
  const n = kinks.perParticle;
  // Many flows never ask where their kinks are: m·n numbers may be more than there is room for.
  let room: Vec | undefined;
  const valuesAt = (y: Vec): Vec => {
    room ??= new Float64Array(m * n);
    kinks.valuesInto(y, m, room);
    return room;
  };
  const owner = (k: number) => ({ particle: Math.floor(k / n), sample: k % n });
  const { sorted } = kinks;
  const marginOf = (y: Vec, k: number, side: number, value: number) => {
    const margin = side * value;
    return margin < 0 && sliding.isRounding(y, Math.floor(k / n), k % n, margin) ? 0 : margin;
  };
  return {
    count: m * n,
    owner,
    ...(sorted && { marginsAt: marginsAsked(sorted, { m, n, sliding, pattern, marginOf }) }),
    branchInto(y, out, offset, side = 'off') {
      const values = valuesAt(y);
      for (let k = 0; k < m * n; k++) out[offset + k] = values[k] > 0 ? 1 : -1;
      const on = [...values.keys()].filter(k => values[k] === 0);
      for (const i of new Set(on.map(k => owner(k).particle))) sliding.settle(y.slice(), out, i, [], side);
    },
    marginsInto(y, b, at, out) {
      const values = valuesAt(y);
      for (let k = 0; k < m * n; k++) out[at + k] = marginOf(y, k, b[at + k], values[k]);
      sliding.marginsInto(y, b, out);
    },
    cross(y, k, b, at) {
      const next = b.slice();
      const { particle, sample } = owner(k);
      sliding.settle(y, next, particle, [sample]);
      return next[at + k] as -1 | 0 | 1;
    },
    settle(y, b, crossed) {
      for (const i of new Set(crossed.map(k => owner(k).particle))) {
        const own = crossed.map(owner).filter(o => o.particle === i);
        sliding.settle(
          y,
          b,
          i,
          own.map(o => o.sample),
        );
      }
    },
    hold: sliding.hold,
    repelling: (y, b) => sliding.repelling(y, b).map(({ particle, kinks: [sample] }) => ({ particle, sample })),
  };
}

/** Margins of blocks one after another; those of a block that cannot be asked singly are all computed here. */
function marginsOf(blocks: readonly KinkBlock[], offsets: readonly number[], y: Vec, b: Branch): MarginsAt {
  const whole = blocks.findLastIndex(block => !block.marginsAt);
  const margins = new Float64Array(whole < 0 ? 0 : offsets[whole] + blocks[whole].count);
  const parts = blocks.map((block, j): MarginsAt => {
    const asked = block.marginsAt?.(y, b, offsets[j]);
    if (asked) return asked;
    block.marginsInto(y, b, offsets[j], margins);
    return {
      suspects: () => margins.subarray(offsets[j], offsets[j] + block.count).keys(),
      of: k => margins[offsets[j] + k],
    };
  });
  return {
    *suspects() {
      for (const [j, part] of parts.entries()) for (const k of part.suspects()) yield offsets[j] + k;
    },
    of(k) {
      let j = parts.length - 1;
      while (k < offsets[j]) j--;
      return parts[j].of(k - offsets[j]);
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
    branchAt(y, side) {
      const b = new Int8Array(count);
      for (const [j, block] of blocks.entries()) block.branchInto(y, b, offsets[j], side);
      return b;
    },
    marginsInto(y, b, out) {
      for (let j = 0; j < blocks.length; j++) blocks[j].marginsInto(y, b, offsets[j], out);
    },
    ...(blocks.some(block => block.marginsAt) && {
      marginsAt: (y: Vec, b: Branch) => marginsOf(blocks, offsets, y, b),
    }),
    cross(y, k, b) {
      const [block, offset] = find(k);
      return block.cross(y, k - offset, b, offset);
    },
    settle(y, next, old, crossed) {
      for (const [j, block] of blocks.entries()) {
        const within = crossed.map(k => k - offsets[j]).filter(k => k >= 0 && k < block.count);
        if (!block.settle || within.length === 0) continue;
        for (const k of within) next[offsets[j] + k] = old[offsets[j] + k];
        block.settle(y, next, within);
      }
    },
    repelling(y) {
      const b = this.branchAt(y);
      return blocks.flatMap(block => block.repelling?.(y, b) ?? []);
    },
    hold(y, b) {
      for (const block of blocks) block.hold?.(y, b);
    },
    ...(blocks.every(block => block.isClear) && {
      begin() {
        for (const block of blocks) block.begin?.();
      },
      isClear(step: Stride) {
        for (let j = 0; j < blocks.length; j++) if (!blocks[j].isClear?.(step, offsets[j])) return false;
        return true;
      },
    }),
  };
}
