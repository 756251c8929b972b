/**
 * The arc-cosine kernel of order 1 in the plane (Cho & Saul 2009), k(a, b) = E max(0, a·x) max(0, b·x) for x ~ N(0, I₂), summed over n
 * charges in O(n log n), and in O(n) where their order by angle is that of the last call.
 *
 * k is a·b/4 and a part that is even in a and in b, (|a×b| + (π/2 − |α − β|) a·b)/2π with both turned into the half-plane x ≥ 0, where
 * their angles α and β lie in [−π/2, π/2] (max(0, z) = (z + |z|)/2). In the order of angles the charges before a differ from those
 * behind it in signs alone: sums of b and of βb from one end give the potential and its gradient everywhere, and the circle has no cut.
 */
import type { Interaction, Vec } from '../types.js';
import { instance, type Vectors } from './engine.js';
import { ARCS, anglesInto, type ByAngle, byAngle, ranksInto, sortByAngle } from './lines.js';
import { runningTier } from './tiers.js';

const HALF = Math.PI / 2;
const TURN = 2 * Math.PI;
/** Outside of this |a|² has lost digits or overflowed. */
const RANGE = { least: 1e-280, most: 1e280 } as const;

/** With b̃ for b turned into x ≥ 0. */
interface Sums {
  /** Σ q b̃ and Σ q β b̃ over the charges before each, and over all. */
  readonly before: Vec;
  /** Σ q b, and of its rate what charges at 0 have in it: they have no line. */
  readonly whole: Vec;
}

const sumsOf = (n: number): Sums => ({ before: new Float64Array(4 * n + 4), whole: new Float64Array(4) });

function addUp(charges: Vec, { order, sorted }: ByAngle, { before, whole }: Sums): void {
  let [p, q, r, s, X, Y] = [0, 0, 0, 0, 0, 0];
  for (let k = 0, to = 4; k < order.length; k++, to += 4) {
    const at = 3 * order[k];
    const x = charges[at] * charges[at + 1];
    const y = charges[at] * charges[at + 2];
    X += x;
    Y += y;
    const side = charges[at + 1] < 0 ? -1 : 1;
    p += side * x;
    q += side * y;
    const turned = side * sorted[k];
    r += turned * x;
    s += turned * y;
    before[to] = p;
    before[to + 1] = q;
    before[to + 2] = r;
    before[to + 3] = s;
  }
  whole[0] = X;
  whole[1] = Y;
}

/** The rates of these sums; from a charge at 0 the mean of both sides, and K changes by q a·db/2. */
function addUpRates(charges: Vec, moves: Vec, { order, sorted }: ByAngle, { before, whole }: Sums): void {
  whole.fill(0);
  for (let k = 0, from = 0; k < order.length; k++, from += 4) {
    const at = 3 * order[k];
    const q = charges[at];
    const x = charges[at + 1];
    const y = charges[at + 2];
    const u = moves[at] * x + q * moves[at + 1];
    const v = moves[at] * y + q * moves[at + 2];
    whole[0] += u;
    whole[1] += v;
    const size = Math.max(Math.abs(x), Math.abs(y));
    if (size === 0) {
      whole[2] += u;
      whole[3] += v;
    }
    const side = size === 0 ? 0 : x < 0 ? -1 : 1;
    const a = size === 0 ? 1 : x / size;
    const b = size === 0 ? 0 : y / size;
    // q dβ |b|, to be shared out along b.
    const turn = (q * (a * moves[at + 2] - b * moves[at + 1])) / (a * a + b * b);
    before[from + 4] = before[from] + side * u;
    before[from + 5] = before[from + 1] + side * v;
    before[from + 6] = before[from + 2] + side * (sorted[k] * u + turn * a);
    before[from + 7] = before[from + 3] + side * (sorted[k] * v + turn * b);
  }
}

/**
 * out: rows [K, w∇K] at `count` rows [w, a] at these angles and behind so many charges, or [K, ∇K]. At a = 0, which has no line, ∇K is
 * Σ q b/2.
 */
function evaluate(
  { before, whole }: Sums,
  points: Vec,
  count: number,
  angles: Vec,
  ranks: Int32Array,
  weighted: boolean,
  out: Vec,
): void {
  const end = before.length - 4;
  const p = before[end];
  const q = before[end + 1];
  const r = before[end + 2];
  const s = before[end + 3];
  const X = (whole[0] + whole[2]) / 4;
  const Y = (whole[1] + whole[3]) / 4;
  for (let i = 0, at = 0; i < count; i++, at += 3) {
    const k = 4 * ranks[i];
    const x = points[at + 1];
    const y = points[at + 2];
    let a = x;
    let b = y;
    let square = x * x + y * y;
    if (!(square > RANGE.least && square < RANGE.most)) {
      const size = Math.max(Math.abs(x), Math.abs(y));
      a = size === 0 ? 0 : x / size;
      b = size === 0 ? 0 : y / size;
      square = a * a + b * b;
    }
    // What lies behind less what lies before.
    const u = p - 2 * before[k];
    const v = q - 2 * before[k + 1];
    const share = x < 0 ? -1 / TURN : 1 / TURN;
    const along = (a * v - b * u) / square;
    let gx = X + share * (HALF * p + angles[i] * u - (r - 2 * before[k + 2]) + along * a);
    let gy = Y + share * (HALF * q + angles[i] * v - (s - 2 * before[k + 3]) + along * b);
    if (square === 0) {
      gx = whole[0] / 2;
      gy = whole[1] / 2;
    }
    const w = weighted ? points[at] : 1;
    out[at] = x * gx + y * gy;
    out[at + 1] = w * gx;
    out[at + 2] = w * gy;
  }
}

/** Makes rows [a·d∇K, d∇K] those of d[K, w∇K], with what the charges' own motion brings: with S = Σ q |â×b̃|, 2S dα across a in d∇K. */
function addOwnRates({ before }: Sums, charges: Vec, moves: Vec, ranks: Int32Array, gradients: Vec, out: Vec): void {
  const end = before.length - 4;
  for (let i = 0, at = 0; i < ranks.length; i++, at += 3) {
    const k = 4 * ranks[i];
    const x = charges[at + 1];
    const y = charges[at + 2];
    const size = Math.max(Math.abs(x), Math.abs(y));
    const a = size === 0 ? 1 : x / size;
    const b = size === 0 ? 0 : y / size;
    const square = a * a + b * b;
    const across = a * (before[end + 1] - 2 * before[k + 1]) - b * (before[end] - 2 * before[k]);
    const dAngle = size === 0 ? 0 : (a * moves[at + 2] - b * moves[at + 1]) / square / size;
    const turn = ((x < 0 ? -2 : 2) / TURN) * (across / square) * dAngle;
    out[at] += moves[at + 1] * gradients[at + 1] + moves[at + 2] * gradients[at + 2];
    out[at + 1] = moves[at] * gradients[at + 1] + charges[at] * (out[at + 1] - turn * b);
    out[at + 2] = moves[at] * gradients[at + 2] + charges[at] * (out[at + 2] + turn * a);
  }
}

/** What n charges in the plane are summed in: on a kernel's memory, or on the heap. */
interface Room {
  readonly lines: ByAngle;
  readonly sums: Sums;
  readonly angles: Vec;
  /** out: rows [K, w∇K] at the charges themselves, and everything above */
  pullInto(charges: Vec, out: Vec): void;
}

function onHeap(n: number): Room {
  const [lines, sums, angles] = [byAngle(n), sumsOf(n), new Float64Array(n)];
  return {
    ...{ lines, sums, angles },
    pullInto(charges, out) {
      anglesInto(charges, n, angles);
      sortByAngle(lines, angles);
      addUp(charges, lines, sums);
      evaluate(sums, charges, n, angles, lines.ranks, true, out);
    },
  };
}

const TABLE_BYTES = 128;
/** Arc tangents, and what else numbers that are not finite look up. */
const LOOKED_UP = 32;

function onKernel(n: number, tier: Vectors): Room {
  // Angles are taken two at a time: a row of zeros where there is no second.
  const even = n + (n % 2);
  // In the order of the words of assembly/arc-cosine.ts.
  const sizes = {
    ...{ charges: 3 * even, angles: even, order: n, sorted: n, ranks: n },
    ...{ before: 4 * n + 4, whole: 4, result: 3 * n, arcs: LOOKED_UP },
  };
  let bytes = TABLE_BYTES;
  const at = new Map<string, number>();
  for (const [name, size] of Object.entries(sizes)) {
    at.set(name, bytes);
    bytes += 8 * size;
  }
  const { buffer, job } = instance(bytes, 1, tier);
  new Uint32Array(buffer).set([n, ...at.values()]);
  const numbers = (name: keyof typeof sizes) => new Float64Array(buffer, at.get(name), sizes[name]);
  const places = (name: 'order' | 'ranks') => new Int32Array(buffer, at.get(name), n);
  numbers('arcs').set(ARCS);
  places('order').set(Int32Array.from({ length: n }, (_, k) => k));
  const [state, result, sum] = [numbers('charges'), numbers('result'), job('arcCosine', 1)];
  return {
    lines: { order: places('order'), sorted: numbers('sorted'), ranks: places('ranks') },
    sums: { before: numbers('before'), whole: numbers('whole') },
    angles: numbers('angles'),
    pullInto(charges, out) {
      state.set(charges);
      sum();
      out.set(result);
    },
  };
}

/** Charges for which it is worth to open a kernel. */
const MANY = 32;

/** n charges in the plane. */
export function planeArcCosine(n: number): Interaction {
  const tier = n < MANY ? 'scalar' : runningTier();
  const room = tier === 'scalar' ? onHeap(n) : onKernel(n, tier);
  const { lines, sums, angles } = room;
  const { ranks } = lines;
  const [rates, gradients] = [sumsOf(n), new Float64Array(3 * n)];
  let charges: Vec = new Float64Array(3 * n);
  let [theirs, places] = [new Float64Array(0), new Int32Array(0)];
  return {
    pullInto(given, out) {
      charges = given;
      room.pullInto(charges, out);
    },
    pullAtInto(points, count, out) {
      if (theirs.length < count) [theirs, places] = [new Float64Array(count), new Int32Array(count)];
      anglesInto(points, count, theirs);
      ranksInto(lines, theirs, count, places);
      evaluate(sums, points, count, theirs, places, true, out);
    },
    pullRateInto(moves, out) {
      addUpRates(charges, moves, lines, rates);
      evaluate(sums, charges, n, angles, ranks, false, gradients);
      evaluate(rates, charges, n, angles, ranks, false, out);
      addOwnRates(sums, charges, moves, ranks, gradients, out);
    },
  };
}
