/** Lines through 0 in the plane by their angles, in an order that is kept from one state to the next. */
import type { Vec } from '../types.js';

/** The arc tangent at multiples of 1/STEPS, and the coefficients of its series beyond the first, for |t| ≤ 1/(2·STEPS). */
const STEPS = 16;
export const ARCS = Float64Array.from({ length: STEPS + 1 }, (_, k) => Math.atan(k / STEPS));
const [C3, C5, C7, C9] = [-1 / 3, 1 / 5, -1 / 7, 1 / 9];
/** 1.5·2⁵²: added to a small number it leaves the nearest integer. */
const ROUNDING = 6755399441055744;

/**
 * out: the angles in [−π/2, π/2] of the lines through 0 and (x, y), for `count` rows [·, x, y]; 0 for (0, 0). Of the arc tangent of
 * u = k/STEPS + rest, the first part is looked up: tan(a − b) = (tan a − tan b)/(1 + tan a tan b). Math.atan2 takes half as long again.
 */
export function anglesInto(rows: Vec, count: number, out: Vec): void {
  for (let i = 0, at = 0; i < count; i++, at += 3) {
    const x = Math.abs(rows[at + 1]);
    const y = Math.abs(rows[at + 2]);
    const steep = y > x;
    const large = steep ? y : x;
    const u = large > 0 ? (steep ? x : y) / large : 0;
    const k = STEPS * u + ROUNDING - ROUNDING;
    const c = k / STEPS;
    const t = (u - c) / (1 + u * c);
    const s = t * t;
    const arc = ARCS[k | 0] + (t + t * s * (C3 + s * (C5 + s * (C7 + s * C9))));
    const angle = steep ? Math.PI / 2 - arc : arc;
    out[i] = rows[at + 1] < 0 === rows[at + 2] < 0 ? angle : -angle;
  }
}

export interface ByAngle {
  /** The number of each line, ascending in angle and then in number. */
  readonly order: Int32Array;
  /** Their angles in this order. */
  readonly sorted: Vec;
  /** The place of each in this order. */
  readonly ranks: Int32Array;
}

export const byAngle = (n: number): ByAngle => ({
  order: Int32Array.from({ length: n }, (_, i) => i),
  sorted: new Float64Array(n),
  ranks: new Int32Array(n),
});

/** Of insertion sort, in places for each line: beyond them the order is not nearly the last one. */
const FEW = 8;
/** Insertion sort of those `gap` apart; false when it has been given up after `most` places. */
function inserted({ order, sorted }: ByAngle, gap: number, most: number): boolean {
  let places = 0;
  for (let k = gap; k < order.length; k++) {
    const angle = sorted[k];
    const line = order[k];
    let to = k;
    for (; to >= gap; to -= gap) {
      const before = sorted[to - gap];
      if (!(before > angle || (before === angle && order[to - gap] > line))) break;
      sorted[to] = before;
      order[to] = order[to - gap];
      places++;
    }
    sorted[to] = angle;
    order[to] = line;
    if (places > most) return false;
  }
  return true;
}

/** Sorts by these angles, from the order that there is; Shell's method with Knuth's distances (1973) where it is far from that. */
export function sortByAngle(lines: ByAngle, angles: Vec): void {
  const { order, sorted, ranks } = lines;
  const n = order.length;
  for (let k = 0; k < n; k++) sorted[k] = angles[order[k]];
  if (!inserted(lines, 1, FEW * n)) {
    let gap = 1;
    while (gap < n / 9) gap = 3 * gap + 1;
    for (; gap > 0; gap = Math.floor(gap / 3)) inserted(lines, gap, Number.POSITIVE_INFINITY);
  }
  for (let k = 0; k < n; k++) ranks[order[k]] = k;
}

/** out: how many lines come before each of `count` angles. */
export function ranksInto({ sorted }: ByAngle, angles: Vec, count: number, out: Int32Array): void {
  for (let i = 0; i < count; i++) {
    let lower = 0;
    let upper = sorted.length;
    while (lower < upper) {
      const middle = (lower + upper) >> 1;
      if (sorted[middle] < angles[i]) lower = middle + 1;
      else upper = middle;
    }
    out[i] = lower;
  }
}
