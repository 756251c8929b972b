/**
 * Which kink is met first inside an accepted step, and where: root finding on the dense output.
 */
import { pool } from './combination.js';
import { zeros } from './math/bytes.js';
import { sameNumbers } from './math/vec.js';
import type { Branch, Dense, Kinks, MarginsAt, Vec } from './types.js';

/** A margin this close to zero is a root; a bracket this short cannot be halved. */
export const MARGIN_TOLERANCE = 1e-14;
const BRACKET_TOLERANCE = 4e-16;
const SAMPLES = [1 / 3, 2 / 3, 1] as const;

export interface Crossing {
  /** Position in the step, in (0, 1]; 0 when the particle turned back at once. */
  readonly theta: number;
  readonly kinks: readonly number[];
}

/** The margins along one step. */
export interface Margins {
  /** At the left end. */
  readonly start: MarginsAt;
  /** Kinks not to be watched during this step (1 = masked). */
  readonly masked: Uint8Array;
  /** Good until the next but one is asked for at a sample, or the next elsewhere; at 1 as long as the step. */
  at(theta: number, sample?: number): MarginsAt;
}

/** A state with the dissipation, which is none of the kinks' business, and the margins there. */
interface Place {
  readonly z: Vec;
  readonly y: Vec;
  readonly margins: Vec;
}

/** Arrays for the margins of one step after another. */
export interface MarginRoom {
  readonly masked: Uint8Array;
  /** Kinks that the state rests on, in ascending order; kept for the branch that was asked for last. */
  resting(b: Branch): readonly number[];
  start: Place;
  /** Two neighbouring samples. */
  readonly samples: readonly [Place, Place];
  end: Place;
  /** On which the margins at the end are those of the step before; none yet where left out. */
  ended?: Branch | undefined;
  readonly elsewhere: Place;
  /** Nothing of it is read any more. */
  release(): void;
}

const rooms = pool(numbers => new Float64Array(numbers));

export function marginRoom(kinks: Kinks, length: number): MarginRoom {
  const count = kinks.marginsAt ? 0 : kinks.count;
  const numbers = rooms.take(5 * (length + count));
  let next = 0;
  const take = (wanted: number) => {
    next += wanted;
    return numbers.subarray(next - wanted, next);
  };
  const place = (): Place => {
    const z = take(length);
    return { z, y: z.subarray(0, -1), margins: take(count) };
  };
  let [last, rest]: [Branch | undefined, readonly number[]] = [undefined, []];
  return {
    masked: new Uint8Array(kinks.count),
    resting(b) {
      if (b !== last) rest = zeros(b);
      last = b;
      return rest;
    },
    ...{ start: place(), samples: [place(), place()], end: place(), elsewhere: place() },
    release: () => rooms.give(numbers.length, numbers),
  };
}

/** An iterator over all of them would leave an object each to the garbage collector. */
function negative(margins: Vec): number[] {
  const found: number[] = [];
  for (let k = 0; k < margins.length; k++) if (margins[k] < 0) found.push(k);
  return found;
}

/** The margins of all kinks, asked one at a time where the flow can say them so; else in `margins`. */
export function marginsAt(kinks: Kinks, y: Vec, b: Branch, margins: Vec = new Float64Array(kinks.count)): MarginsAt {
  const asked = kinks.marginsAt?.(y, b);
  if (asked) return asked;
  kinks.marginsInto(y, b, margins);
  return all(margins);
}

const all = (margins: Vec): MarginsAt => ({ suspects: () => negative(margins), of: k => margins[k] });

/** The margins at the left end of a step, which as a rule is the right end of the step before. */
export function marginsAtStart(kinks: Kinks, room: MarginRoom, b: Branch, from: Vec): MarginsAt {
  const { start, end, ended } = room;
  room.ended = undefined;
  if (ended === b && sameNumbers(from, end.z, end.y.length)) {
    [room.start, room.end] = [end, start];
    return all(end.margins);
  }
  start.z.set(from);
  return marginsAt(kinks, start.y, b, start.margins);
}

/** Margins along the step from `dense`, with the right end taken from `y1` itself so that no rounding creeps in. */
export function marginsAlong(
  kinks: Kinks,
  b: Branch,
  dense: Dense,
  y1: Vec,
  start: MarginsAt,
  room: MarginRoom,
  count: () => void,
): Margins {
  const { masked, samples, end, elsewhere } = room;
  let last: MarginsAt | undefined;
  return {
    start,
    masked,
    at(theta, sample) {
      if (theta >= 1 && last) return last;
      const { z, y, margins } = theta >= 1 ? end : sample === undefined ? elsewhere : samples[sample % 2];
      if (theta < 1) dense(theta, z);
      else z.set(y1);
      count();
      const asked = marginsAt(kinks, y, b, margins);
      if (theta >= 1) {
        last = asked;
        room.ended = kinks.marginsAt ? undefined : b;
      }
      return asked;
    },
  };
}

/** A step by which the state and its velocity change as given. */
interface Whole {
  readonly h: number;
  readonly gap: number;
  readonly v0: Vec;
  /** Asked last. */
  readonly v1: () => Vec;
}

/** Whether surely no kink is met, from the margins at both ends and at the stages; `false` where they have to be looked at in between. */
export function isClear(kinks: Kinks, b: Branch, along: Margins, { start, end }: MarginRoom, step: Whole) {
  const { h, gap, v0, v1 } = step;
  if (!kinks.isClear || kinks.marginsAt) return false;
  along.at(1);
  return kinks.isClear({ h, gap, branch: b, margins0: start.margins, margins1: end.margins, v0, v1 });
}

interface Bracket {
  readonly kink: number;
  lower: number;
  upper: number;
  atLower: number;
  atUpper: number;
}

/** Illinois regula falsi (Dowell & Jarratt 1971): superlinear, and the bracket never opens. */
function refine(b: Bracket, margin: (theta: number) => number): number {
  let side = 0;
  for (let i = 0; i < 100 && b.upper - b.lower > BRACKET_TOLERANCE; i++) {
    const theta = (b.lower * b.atUpper - b.upper * b.atLower) / (b.atUpper - b.atLower);
    const inside = theta > b.lower && theta < b.upper ? theta : (b.lower + b.upper) / 2;
    const value = margin(inside);
    if (Math.abs(value) <= MARGIN_TOLERANCE) return inside;
    if (value < 0) {
      b.upper = inside;
      b.atUpper = value;
      if (side === -1) b.atLower /= 2;
      side = -1;
    } else {
      b.lower = inside;
      b.atLower = value;
      if (side === 1) b.atUpper /= 2;
      side = 1;
    }
  }
  return b.upper;
}

/**
 * A kink that starts on its zero (a fresh departure) is no root there: look for a point inside where its margin is positive.
 * Null: it turned back at once.
 */
function departure(kink: number, upper: number, along: Margins): number | null {
  for (let theta = upper / 2; theta > 1e-12; theta /= 4) if (along.at(theta).of(kink) > 0) return theta;
  return null;
}

/** The kinks whose margin turns negative between the samples, each with the bracket of its first sign change. */
function brackets(along: Margins): Bracket[] | number {
  // Most steps meet none.
  let found: Map<number, Bracket> | undefined;
  let lower = 0;
  let before = along.start;
  for (let sample = 0; sample < SAMPLES.length; sample++) {
    const upper = SAMPLES[sample];
    const after = along.at(upper, sample);
    for (const k of after.suspects()) {
      if (!(after.of(k) < 0) || found?.has(k) || along.masked[k] === 1) continue;
      found ??= new Map();
      if (before.of(k) > 0) found.set(k, { kink: k, lower, upper, atLower: before.of(k), atUpper: after.of(k) });
      else {
        const inside = departure(k, upper, along);
        if (inside === null) return k;
        found.set(k, { kink: k, lower: inside, upper, atLower: along.at(inside).of(k), atUpper: after.of(k) });
      }
    }
    if (found) break;
    lower = upper;
    before = after;
  }
  return found ? [...found.values()] : [];
}

/** The earliest crossing of the step and every kink that is crossed at that very time (symmetric starts cross together). */
export function firstCrossing(along: Margins): Crossing | null {
  const candidates = brackets(along);
  if (typeof candidates === 'number') return { theta: 0, kinks: [candidates] };
  if (candidates.length === 0) return null;
  let theta = Number.POSITIVE_INFINITY;
  let first = -1;
  for (const b of candidates) {
    if (theta < b.lower) continue;
    if (theta < b.upper && along.at(theta).of(b.kink) > MARGIN_TOLERANCE) continue;
    const root = refine(b, x => along.at(x).of(b.kink));
    if (root < theta) [theta, first] = [root, b.kink];
  }
  if (first < 0) return null;
  const there = along.at(theta);
  const together = candidates
    .filter(b => b.kink === first || Math.abs(there.of(b.kink)) <= MARGIN_TOLERANCE)
    .map(b => b.kink);
  return { theta, kinks: together };
}
