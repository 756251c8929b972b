/** What a domain says of its coordinates: bounds, walls, and which states lie outside. */
import type { Coordinate, Domain, Vec } from '../types.js';

type Bounds = readonly [lower: number, upper: number];
const UNBOUNDED: Bounds = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];

/** [lower, upper], infinite where there is no bound. */
export function boundsOf(c: Coordinate): Bounds {
  if (c.kind !== 'interval' && c.kind !== 'half-line') return UNBOUNDED;
  return [c.from ?? UNBOUNDED[0], c.to ?? UNBOUNDED[1]];
}

/** A coordinate between two numbers, either of which may be missing. */
export function between(from: number | undefined, to: number | undefined): Coordinate {
  if (from !== undefined && to !== undefined) return { kind: 'interval', from, to };
  if (from !== undefined) return { kind: 'half-line', from };
  return to === undefined ? { kind: 'line' } : { kind: 'half-line', to };
}

/** What is wrong with two bounds; null when nothing is. */
export function boundsFault(from: number | undefined, to: number | undefined): string | null {
  for (const x of [from, to])
    if (x !== undefined && !Number.isFinite(x))
      return `a bound must be a finite number, found ${x}; leave out what is open`;
  return from === undefined || to === undefined || from < to ? null : `from must be < to, found from ${from}, to ${to}`;
}

/** One finite bound of a coordinate; the domain lies on its `inward` side. */
export interface Wall {
  readonly coordinate: number;
  readonly at: number;
  readonly inward: -1 | 1;
}

export const wallsOf = (domain: Domain): Wall[] =>
  domain.flatMap((c, coordinate) => {
    const [from, to] = boundsOf(c);
    const lower: Wall[] = Number.isFinite(from) ? [{ coordinate, at: from, inward: 1 }] : [];
    return Number.isFinite(to) ? [...lower, { coordinate, at: to, inward: -1 }] : lower;
  });

/** An event on a bound is located to rounding: so much beyond it, in its own size, still counts as inside. */
const ROUNDING = 1e-12;

/** The first number of y, m·dim, that lies beyond a bound. */
export function firstOutside(walls: readonly Wall[], y: Vec, dim: number): { particle: number; wall: Wall } | null {
  for (let i = 0; i * dim < y.length; i++)
    for (const wall of walls) {
      const inside = wall.inward * (y[i * dim + wall.coordinate] - wall.at);
      if (!(inside >= -ROUNDING * (1 + Math.abs(wall.at)))) return { particle: i, wall };
    }
  return null;
}

/** What a state outside must hear. */
export function outsideMessage(domain: Domain, y: Vec): string | null {
  const dim = domain.length;
  const found = firstOutside(wallsOf(domain), y, dim);
  if (!found) return null;
  const { particle, wall } = found;
  const value = y[particle * dim + wall.coordinate];
  return `${domain[wall.coordinate].name} must be ${wall.inward > 0 ? '≥' : '≤'} ${wall.at}, found ${value}`;
}

/** In place: every coordinate of y, m·dim, to the nearest point within its bounds. */
export function clip(walls: readonly Wall[], y: Vec, dim: number): void {
  for (const { coordinate, at, inward } of walls)
    for (let k = coordinate; k < y.length; k += dim) if (inward * (y[k] - at) < 0) y[k] = at;
}

/** x folded at the bounds until it lies between them: a cloud with a density keeps one, where clipping would leave atoms. */
export function folded(x: number, [from, to]: Bounds): number {
  if (x >= from && x <= to) return x;
  if (to === UNBOUNDED[1]) return 2 * from - x;
  if (from === UNBOUNDED[0]) return 2 * to - x;
  const width = to - from;
  const r = (((x - from) % (2 * width)) + 2 * width) % (2 * width);
  return Math.min(to, Math.max(from, from + (r <= width ? r : 2 * width - r)));
}
