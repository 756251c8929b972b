/** Of samples. */

/** Exact where all are equal. NaN of none. */
export const meanOf = (values: readonly number[]): number =>
  values.length === 0 ? Number.NaN : values[0] + values.reduce((sum, x) => sum + (x - values[0]), 0) / values.length;

/** Of values in increasing order, linear between order statistics (Hyndman & Fan 1996, type 7). NaN of none. */
export function quantile(sorted: readonly number[], share: number): number {
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted.length === 0 ? Number.NaN : sorted[below] + (place - below) * (sorted[above] - sorted[below]);
}
