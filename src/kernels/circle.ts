/** Data in the plane, sorted by angle. */
import type { Vec } from '../types.js';

/** Products that leave this range by their size lose digits or overflow: the sign of each is asked then. */
const RANGE = { least: 1e-290, most: 1e290 } as const;
/** A bucket with more data than this is searched by halving. */
const FEW = 8;

/** Angle along the unit diamond |x₁| + |x₂| = 1, in [0, 4]: one division, and a right angle is 1. */
export function diamond(a: number, b: number): number {
  const share = a / (Math.abs(a) + Math.abs(b));
  return b >= 0 ? 1 - share : 3 + share;
}

/** Into [0, 4). */
export function wrapped(t: number): number {
  if (t < 0) t += 4;
  return t < 4 ? t : t - 4;
}

/** Data that are not 0, by angle from the cut. */
export interface Circle {
  /** All data. */
  readonly rows: number;
  /** The row of each. */
  readonly order: Int32Array;
  /** Two coordinates each. */
  readonly x: Vec;
  /** x/|x|₁ */
  readonly unit: Vec;
  readonly angles: Vec;
  readonly cut: number;
  /** Where the halves begin, and the number of data. */
  readonly bounds: readonly [number, number, number];
  /** The first of each bucket of angles, `perUnit` of them to a right angle. */
  readonly buckets: Int32Array;
  readonly perUnit: number;
  /** |θ|₁ of directions whose products keep their digits. */
  readonly least: number;
  readonly most: number;
  /** Rows that are 0. */
  readonly zeros: readonly number[];
}

/** In the middle of the widest gap between lines through the data: no window's edge near it has data on its other side. */
function cutOf(angles: readonly number[]): number {
  const lines = Float64Array.from(angles, t => t % 2).sort();
  let [widest, at] = [-1, 0];
  for (let k = 0; k < lines.length; k++) {
    const gap = (k + 1 < lines.length ? lines[k + 1] : lines[0] + 2) - lines[k];
    if (gap > widest) [widest, at] = [gap, lines[k] + gap / 2];
  }
  return at % 2;
}

function bucketsOf(angles: Vec): { buckets: Int32Array; perUnit: number } {
  const perUnit = Math.max(1, Math.ceil(angles.length / 2));
  // One beyond the last, for an edge that rounds to 4.
  const buckets = new Int32Array(4 * perUnit + 2).fill(angles.length);
  for (let k = angles.length - 1; k >= 0; k--) buckets[Math.floor(angles[k] * perUnit)] = k;
  for (let b = buckets.length - 2; b >= 0; b--) if (buckets[b] > buckets[b + 1]) buckets[b] = buckets[b + 1];
  return { buckets, perUnit };
}

/** @param values n·2 numbers */
export function circleOf(values: Vec): Circle {
  const rows = values.length / 2;
  const size = (k: number) => Math.abs(values[2 * k]) + Math.abs(values[2 * k + 1]);
  const all = Array.from({ length: rows }, (_, k) => k);
  const some = all.filter(k => size(k) !== 0);
  const raw = some.map(k => diamond(values[2 * k], values[2 * k + 1]));
  const cut = cutOf(raw);
  const angle = new Float64Array(rows);
  for (const [j, k] of some.entries()) angle[k] = wrapped(raw[j] - cut);
  const order = Int32Array.from(some).sort((a, b) => angle[a] - angle[b] || a - b);
  const angles = Float64Array.from(order, k => angle[k]);
  const middle = angles.findIndex(t => t >= 2);
  const sizes = some.map(size);
  return {
    rows,
    order,
    x: Float64Array.from({ length: 2 * order.length }, (_, j) => values[2 * order[j >> 1] + (j & 1)]),
    unit: Float64Array.from(
      { length: 2 * order.length },
      (_, j) => values[2 * order[j >> 1] + (j & 1)] / size(order[j >> 1]),
    ),
    angles,
    cut,
    bounds: [0, middle < 0 ? order.length : middle, order.length],
    ...bucketsOf(angles),
    least: RANGE.least / sizes.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY),
    most: RANGE.most / sizes.reduce((a, b) => Math.max(a, b), 0),
    zeros: all.filter(k => size(k) === 0),
  };
}

/** The first datum with angle ≥ t. */
export function firstFrom({ buckets, perUnit, angles }: Circle, t: number): number {
  const b = Math.floor(t * perUnit);
  let lower = buckets[b];
  let upper = buckets[b + 1];
  while (upper - lower > FEW) {
    const middle = (lower + upper) >> 1;
    if (angles[middle] < t) lower = middle + 1;
    else upper = middle;
  }
  while (lower < upper && angles[lower] < t) lower++;
  return lower;
}
