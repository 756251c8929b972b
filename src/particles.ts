/**
 * The layout of a state: particle-major, coordinate k of particle i at `y[i·dim + k]`. Said here, nowhere else.
 */
import type { Domain, Vec } from './types.js';

/** y: m·dim numbers from rows of `dim`. */
export function fromRows(rows: readonly (readonly number[])[], dim: number): Vec {
  const y = new Float64Array(rows.length * dim);
  for (const [i, row] of rows.entries()) {
    if (row.length !== dim) throw new RangeError(`particle ${i} must have ${dim} coordinates, got ${row.length}`);
    y.set(row, i * dim);
  }
  return y;
}

/** Rows of `dim` numbers, one per particle. */
export function toRows(y: Vec, dim: number): number[][] {
  return Array.from({ length: y.length / dim }, (_, i) => Array.from(y.subarray(i * dim, (i + 1) * dim)));
}

/** The representative of x in [0, period). */
export const wrap = (x: number, period: number): number => {
  const r = x - period * Math.floor(x / period);
  // Rounding can land on the period itself, and a denormal just below zero stays there.
  return r >= 0 && r < period ? r : 0;
};

/** Signed difference a − b along one coordinate, the short way round on a circle. */
export function difference(a: number, b: number, coordinate: Domain[number]): number {
  const d = a - b;
  return coordinate.kind === 'period' ? d - coordinate.period * Math.round(d / coordinate.period) : d;
}
