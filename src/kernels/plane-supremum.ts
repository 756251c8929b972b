/**
 * The supremum of |η| for η(θ) = Σ g_k σ(θ·x_k), σ increasing and bounded, over a box of the plane or all of it, with proof: branch and
 * bound by the values of σ at the ends of each θ·x_k, and by Taylor's formula to the third order. The plane is a box and, outside of it,
 * four charts θ = (±1, τ)/s in which s = 0 are the limits at infinity, step functions (Chizat & Bach 2018, Assumption 3.4-(iii)(a)).
 */
import type { Supremum, Vec } from '../types.js';

/** σ with two derivatives. */
export interface Sigmoidal {
  value(z: number): number;
  slope(z: number): number;
  bend(z: number): number;
  /** max |σ‴|. */
  readonly third: number;
}

export interface Rows {
  /** Rows of two numbers; the second is 0 where Θ has one dimension. */
  readonly x: Vec;
  readonly flat: boolean;
  readonly unit: Sigmoidal;
}

/** Of the two coordinates of a chart: a part of the box when `face` is 0, else of θ = (±1, τ)/s with (s, τ) in it. */
interface Cell {
  readonly face: 0 | 1 | -1 | 2 | -2;
  readonly from: readonly [number, number];
  readonly to: readonly [number, number];
}

const MOST_CELLS = 20_000;
/** What is left between the value and its upper bound, as a share. */
const SHARP = 1e-8;

type Point = readonly [number, number];

/** θ at chart coordinates. */
function place(face: Cell['face'], [a, b]: Point): Point {
  if (face === 0) return [a, b];
  return Math.abs(face) === 1 ? [face / a, b / a] : [b / a, face / 2 / a];
}

const middle = ({ from, to }: Cell): Point => [(from[0] + to[0]) / 2, (from[1] + to[1]) / 2];

/** The largest distance of a point of the cell from θ; cells are convex in θ. */
function radiusOf({ face, from, to }: Cell, [p, q]: Point): number {
  if (face !== 0 && from[0] === 0) return Number.POSITIVE_INFINITY;
  const corners = [from[0], to[0]].flatMap(a => [from[1], to[1]].map(b => place(face, [a, b])));
  return corners.reduce((most, c) => Math.max(most, Math.hypot(c[0] - p, c[1] - q)), 0);
}

/** Ends of θ·x over the cell. */
function rangeOf({ face, from, to }: Cell, x: number, z: number): Point {
  if (face === 0)
    return [
      Math.min(from[0] * x, to[0] * x) + Math.min(from[1] * z, to[1] * z),
      Math.max(from[0] * x, to[0] * x) + Math.max(from[1] * z, to[1] * z),
    ];
  const [along, across] = Math.abs(face) === 1 ? [face * x, z] : [(face / 2) * z, x];
  const [a, b] = [along + from[1] * across, along + to[1] * across];
  const [low, high] = [Math.min(a, b), Math.max(a, b)];
  // Over s: 0/0 is a row that the chart does not see.
  return [low === 0 ? 0 : low / (low > 0 ? to[0] : from[0]), high === 0 ? 0 : high / (high > 0 ? from[0] : to[0])];
}

/** Bounds of η and −η by the monotonicity of σ in each term. */
function termwise(g: Vec, { x, unit }: Rows, cell: Cell): Point {
  let [most, least] = [0, 0];
  for (let k = 0; k < g.length; k++) {
    const [low, high] = rangeOf(cell, x[2 * k], x[2 * k + 1]);
    const [a, b] = [g[k] * unit.value(low), g[k] * unit.value(high)];
    most += Math.max(a, b);
    least += Math.min(a, b);
  }
  return [most, -least];
}

/** η, its gradient and second derivatives at θ, and a Lipschitz constant of these. */
interface Jet {
  readonly value: number;
  readonly slope: Point;
  readonly bend: readonly [number, number, number];
  readonly third: number;
}

function jetAt(g: Vec, { x, unit }: Rows, [p, q]: Point): Jet {
  let [value, a, b, aa, ab, bb, third] = [0, 0, 0, 0, 0, 0, 0];
  for (let k = 0; k < g.length; k++) {
    const [u, v] = [x[2 * k], x[2 * k + 1]];
    const z = p * u + q * v;
    value += g[k] * unit.value(z);
    const [slope, bend] = [g[k] * unit.slope(z), g[k] * unit.bend(z)];
    a += slope * u;
    b += slope * v;
    aa += bend * u * u;
    ab += bend * u * v;
    bb += bend * v * v;
    third += Math.abs(g[k]) * (u * u + v * v) ** 1.5;
  }
  return { value, slope: [a, b], bend: [aa, ab, bb], third: third * unit.third };
}

/** Of a cell around a point: its largest distance, and half its sides where these are parallel to the axes. */
interface Extent {
  readonly radius: number;
  readonly half?: Point;
}

const extentOf = (cell: Cell, at: Point): Extent => ({
  radius: radiusOf(cell, at),
  ...(cell.face === 0 && { half: [(cell.to[0] - cell.from[0]) / 2, (cell.to[1] - cell.from[1]) / 2] as const }),
});

/**
 * Bound of sign·η within `radius`: η + |∇η|s + (λ + T·radius/3)s²/2 for s ≤ radius, λ the top eigenvalue, T the Lipschitz constant. Over a
 * rectangle ∇η·s is largest in a corner: at a maximum on a wall of the box only that is exact to second order.
 */
function taylor({ value, slope, bend: [aa, ab, bb], third }: Jet, sign: number, extent: Extent, flat: boolean): number {
  const { radius, half } = extent;
  const top = flat ? sign * aa : (sign * (aa + bb)) / 2 + Math.hypot((aa - bb) / 2, ab);
  const [steep, curved] = [Math.hypot(...slope), top + (third * radius) / 3];
  const rise = steep + curved * radius > 0 ? radius * (steep + (curved * radius) / 2) : (steep * steep) / (-2 * curved);
  const linear = half ? Math.abs(slope[0]) * half[0] + Math.abs(slope[1]) * half[1] : Number.POSITIVE_INFINITY;
  return sign * value + Math.min(rise, linear + (Math.max(0, curved) * radius * radius) / 2);
}

/** Bounds of η and −η over a cell, the better of two each. */
function boundsOver(g: Vec, rows: Rows, cell: Cell, jet: Jet, extent: Extent): Point {
  const [most, least] = termwise(g, rows, cell);
  if (!(extent.radius < Number.POSITIVE_INFINITY)) return [most, least];
  return [Math.min(most, taylor(jet, 1, extent, rows.flat)), Math.min(least, taylor(jet, -1, extent, rows.flat))];
}

/** One Newton step towards a critical point; the same point where η is singular there. */
function newton({ slope: [a, b], bend: [aa, ab, bb] }: Jet, [p, q]: Point, flat: boolean): Point {
  if (flat) return [aa === 0 ? p : p - a / aa, q];
  const det = aa * bb - ab * ab;
  return det === 0 ? [p, q] : [p - (bb * a - ab * b) / det, q - (aa * b - ab * a) / det];
}

const inside = ([p, q]: Point, { from, to }: Cell): Point => [
  Math.min(to[0], Math.max(from[0], p)),
  Math.min(to[1], Math.max(from[1], q)),
];

/** The wall of the box that the cell has in its k-th coordinate and |η| rises towards. */
function wallAhead(box: Cell, { from, to }: Cell, { value, slope }: Jet, k: 0 | 1): number | undefined {
  const uphill = Math.sign(value) * slope[k];
  if (uphill > 0 && to[k] === box.to[k]) return to[k];
  return uphill < 0 && from[k] === box.from[k] ? from[k] : undefined;
}

/** A better point than the middle of a cell: by Newton, along a wall where |η| rises towards one. */
function climbed(jet: Jet, at: Point, cell: Cell, flat: boolean, box: Cell | undefined): Point {
  if (!box) return newton(jet, at, flat);
  const [p, q] = [wallAhead(box, cell, jet, 0), wallAhead(box, cell, jet, 1)];
  const [aa, ab, bb] = jet.bend;
  const along = (x: number, slope: number, bend: number) => (bend === 0 ? x : x - slope / bend);
  if (p === undefined && q === undefined) return inside(newton(jet, at, flat), box);
  if (p === undefined) return inside([along(at[0], jet.slope[0] + ab * ((q as number) - at[1]), aa), q as number], box);
  return inside([p, q ?? (flat ? at[1] : along(at[1], jet.slope[1] + ab * (p - at[0]), bb))], box);
}

function halves({ face, from, to }: Cell, scale: Point): readonly Cell[] {
  const k = (to[0] - from[0]) / scale[0] >= (to[1] - from[1]) / scale[1] ? 0 : 1;
  const cut = (from[k] + to[k]) / 2;
  const at = (p: Point): Point => (k === 0 ? [cut, p[1]] : [p[0], cut]);
  return [
    { face, from, to: at(to) },
    { face, from: at(from), to },
  ];
}

/** The box |θ|∞ ≤ reach, and what is outside of it. */
function wholePlane({ x, flat }: Rows): Cell[] {
  const mean = Math.sqrt(x.reduce((sum, v) => sum + v * v, 0) / Math.max(1, x.length / 2));
  const reach = mean > 0 ? 8 / mean : 1;
  const side = flat ? 0 : 1;
  const faces = flat ? ([1, -1] as const) : ([1, -1, 2, -2] as const);
  return [
    { face: 0, from: [-reach, -side * reach], to: [reach, side * reach] },
    ...faces.map(face => ({ face, from: [0, -side] as const, to: [1 / reach, side] as const })),
  ];
}

/** The best point met so far. */
interface Best {
  value: number;
  at: Point;
}

function tryOut(best: Best, at: Point, value: number): void {
  if (Math.abs(value) > best.value) Object.assign(best, { value: Math.abs(value), at });
}

/** Level by level, so that what is left when cells run out has even bounds. Returns the upper bound. */
function search(g: Vec, rows: Rows, start: readonly Cell[], box: Cell | undefined, best: Best): number {
  let cells = start;
  let upper = 0;
  const scales = new Map(start.map(c => [c.face, [c.to[0] - c.from[0] || 1, c.to[1] - c.from[1] || 1] as Point]));
  for (let used = 0; cells.length > 0; ) {
    const kept: [Cell, number][] = [];
    for (const cell of cells) {
      const at = place(cell.face, middle(cell));
      const jet = jetAt(g, rows, at);
      tryOut(best, at, jet.value);
      const bounds = boundsOver(g, rows, cell, jet, extentOf(cell, at));
      const bound = Math.max(...bounds);
      if (bound > best.value) {
        const better = climbed(jet, at, cell, rows.flat, box);
        tryOut(best, better, jetAt(g, rows, better).value);
      }
      kept.push([cell, bound]);
    }
    used += cells.length;
    const open = kept.filter(([, bound]) => !(bound <= best.value * (1 + SHARP)));
    for (const [, bound] of kept) if (bound <= best.value * (1 + SHARP)) upper = Math.max(upper, bound);
    if (used + 2 * open.length > MOST_CELLS) return open.reduce((top, [, bound]) => Math.max(top, bound), upper);
    cells = open.flatMap(([cell]) => halves(cell, scales.get(cell.face) as Point));
  }
  return upper;
}

/** @param box bounds of each coordinate of θ; the whole plane when left out */
export function planeSupremum(g: Vec, rows: Rows, box?: { readonly from: number; readonly to: number }): Supremum {
  const best: Best = { value: 0, at: [0, 0] };
  const bounded: Cell | undefined = box && {
    face: 0,
    from: [box.from, rows.flat ? 0 : box.from],
    to: [box.to, rows.flat ? 0 : box.to],
  };
  const upper = search(g, rows, bounded ? [bounded] : wholePlane(rows), bounded, best);
  return {
    value: best.value,
    upper: Math.max(best.value, upper),
    at: Float64Array.from(rows.flat ? best.at.slice(0, 1) : best.at),
    proof: g.every(Number.isFinite),
    method: 'branch and bound, directions compactified',
  };
}
