/** Fewer points, the same picture. */

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Where a line is interrupted. */
export const BREAK: Point = { x: Number.NaN, y: Number.NaN };

/** First, lowest, highest and last point of a stretch, in order. */
function extremes(points: readonly Point[], from: number, to: number): Point[] {
  let low = from;
  let high = from;
  for (let i = from; i < to; i++) {
    if (points[i].y < points[low].y) low = i;
    if (points[i].y > points[high].y) high = i;
  }
  const kept = new Set([from, low, high, to - 1]);
  return [...kept].sort((a, b) => a - b).map(i => points[i]);
}

/** At most about `most` points of a curve of increasing x, buckets of equal width on the axis `place`; no peak is lost. */
export function thin(points: readonly Point[], most: number, place: (x: number) => number): readonly Point[] {
  if (points.length <= most) return points;
  const buckets = Math.max(1, Math.floor(most / 4));
  const start = place(points[0].x);
  const width = (place(points[points.length - 1].x) - start) / buckets;
  const bucket = (i: number) => Math.min(buckets - 1, Math.floor((place(points[i].x) - start) / width));
  const out: Point[] = [];
  for (let from = 0, to = 0; from < points.length; from = to) {
    while (to < points.length && bucket(to) === bucket(from)) to++;
    // NaN (an axis without width) is its own bucket and equals nothing: step over it.
    to = Math.max(to, from + 1);
    out.push(...extremes(points, from, to));
  }
  return out;
}

/** Distance of p from the segment ab, in units where the axes are `sx` and `sy` long. */
function offset(p: Point, a: Point, b: Point, sx: number, sy: number): number {
  const [dx, dy] = [(b.x - a.x) * sx, (b.y - a.y) * sy];
  const [px, py] = [(p.x - a.x) * sx, (p.y - a.y) * sy];
  const length = dx * dx + dy * dy;
  const s = length === 0 ? 0 : Math.min(1, Math.max(0, (px * dx + py * dy) / length));
  return Math.hypot(px - s * dx, py - s * dy);
}

/** Drops points closer than `tolerance` to the line through those kept (Ramer 1972, Douglas & Peucker 1973). */
export function simplify(points: readonly Point[], sx: number, sy: number, tolerance: number): readonly Point[] {
  if (points.length < 3) return points;
  const keep = new Uint8Array(points.length);
  keep[0] = keep[points.length - 1] = 1;
  const open: [number, number][] = [[0, points.length - 1]];
  for (let span = open.pop(); span; span = open.pop()) {
    const [from, to] = span;
    let far = -1;
    let most = tolerance;
    for (let i = from + 1; i < to; i++) {
      const d = offset(points[i], points[from], points[to], sx, sy);
      if (d > most) [far, most] = [i, d];
    }
    if (far < 0) continue;
    keep[far] = 1;
    open.push([from, far], [far, to]);
  }
  return points.filter((_, i) => keep[i] === 1);
}

/** At most `most` of the items, evenly over the list, with both ends. */
export function spread<T>(items: readonly T[], most: number): readonly T[] {
  if (items.length <= most) return items;
  if (most < 2) return items.slice(0, most);
  return Array.from({ length: most }, (_, i) => items[Math.round((i * (items.length - 1)) / (most - 1))]);
}
