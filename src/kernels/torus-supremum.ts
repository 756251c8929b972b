/**
 * The supremum of |p|, or of p, for p(θ) = ⟨g, φ(θ)⟩ on the d-torus, with proof: the scheme of
 * trigonometric-supremum.ts with Bernstein's inequality along each axis, |∂^a p| ≤ (2πK/period)^|a| max|p|.
 */
import type { Supremum, Vec } from '../types.js';
import { type TorusBasis, torusBasis } from './torus.js';

/** Beyond this many cells are no longer bisected, and the bound that is left is loose but still one. */
const MAX_CELLS = 200_000;
/** Points of the grid along an axis, per frequency. */
const DENSITY = [0, 32, 16, 8] as const;

interface Peak {
  readonly at: Vec;
  readonly value: number;
  /** |p| ≤ value + slack on |θ − at| ≤ radius. */
  readonly radius: number;
  readonly slack: number;
}

/** What is asked of every function here: the polynomial, the torus, and a bound of all derivatives of one order. */
interface Question {
  readonly basis: TorusBasis;
  readonly g: Vec;
  readonly period: number;
  /** Of p, not of |p|. */
  readonly oneSided: boolean;
  /** |∂^a p| ≤ bounds[|a|]. */
  readonly bounds: readonly number[];
  readonly jet: Vec;
}

/** |p| at a point; its gradient and Hessian are left in `jet`, with the sign of p taken out. */
function magnitude({ basis, g, jet, oneSided }: Question, at: Vec, order: 0 | 1 | 2): number {
  basis.jetInto(at, 0, g, order, jet);
  if (jet[0] < 0 && !oneSided) for (let k = 0; k < jet.length; k++) jet[k] = -jet[k];
  return jet[0];
}

/** L of −H = L Lᵀ, row by row; null unless H is negative definite. */
function cholesky(jet: Vec, d: number): Float64Array | null {
  const L = new Float64Array(d * d);
  for (let i = 0; i < d; i++)
    for (let j = 0; j <= i; j++) {
      let sum = -jet[1 + d + i * d + j];
      for (let k = 0; k < j; k++) sum -= L[i * d + k] * L[j * d + k];
      if (i === j && !(sum > 0)) return null;
      L[i * d + j] = i === j ? Math.sqrt(sum) : sum / L[j * d + j];
    }
  return L;
}

/** x with L Lᵀ x = b, in place. */
function solveInto(L: Float64Array, d: number, x: Vec): void {
  for (let i = 0; i < d; i++) {
    for (let k = 0; k < i; k++) x[i] -= L[i * d + k] * x[k];
    x[i] /= L[i * d + i];
  }
  for (let i = d - 1; i >= 0; i--) {
    for (let k = i + 1; k < d; k++) x[i] -= L[k * d + i] * x[k];
    x[i] /= L[i * d + i];
  }
}

/** A number that the smallest eigenvalue of L Lᵀ is not below: 1/trace of the inverse. */
function leastCurvature(L: Float64Array, d: number): number {
  let trace = 0;
  for (let j = 0; j < d; j++) {
    const column = new Float64Array(d);
    column[j] = 1;
    solveInto(L, d, column);
    trace += column[j];
  }
  return 1 / trace;
}

/** Newton on ∇p from a grid maximum; null when it runs away or lands where |p| is not strictly concave. */
function polish(q: Question, start: Vec, reach: number): Peak | null {
  const d = start.length;
  const [at, step] = [start.slice(), new Float64Array(d)];
  for (let i = 0; i < 30; i++) {
    magnitude(q, at, 2);
    const L = cholesky(q.jet, d);
    if (!L) return null;
    step.set(q.jet.subarray(1, 1 + d));
    solveInto(L, d, step);
    for (let j = 0; j < d; j++) at[j] += step[j];
    if (at.some((x, j) => !(Math.abs(x - start[j]) <= reach))) return null;
    if (step.every((x, j) => Math.abs(x) <= 1e-15 * (1 + Math.abs(at[j])))) break;
  }
  const value = magnitude(q, at, 2);
  const L = cholesky(q.jet, d);
  if (!L) return null;
  // Taylor: |p| ≤ value + |∇||h| − curvature|h|²/2 + third (Σ|hⱼ|)³/6, and the last two cancel up to |h| = radius, as Σ|hⱼ| ≤ √d |h|.
  const radius = (3 * leastCurvature(L, d)) / (q.bounds[3] * d ** 1.5);
  return { at, value, radius, slack: Math.hypot(...q.jet.subarray(1, 1 + d)) * radius };
}

/** Indices along the axes of point i of a lattice of N^d, as positions. */
const latticePoint = (i: number, N: number, d: number, period: number): Vec =>
  Float64Array.from({ length: d }, (_, j) => ((Math.floor(i / N ** (d - 1 - j)) % N) * period) / N);

/** Neighbours of point i along the axes. */
function neighbours(i: number, N: number, d: number): number[] {
  return Array.from({ length: d }, (_, j) => N ** (d - 1 - j)).flatMap(stride => {
    const k = Math.floor(i / stride) % N;
    return [i + (((k + 1) % N) - k) * stride, i + (((k + N - 1) % N) - k) * stride];
  });
}

/** The farthest point of the cell from a peak lies inside its certified ball. */
function covered(peak: Peak, centre: Vec, half: number, period: number): boolean {
  let square = 0;
  for (let j = 0; j < centre.length; j++) {
    const away = centre[j] - peak.at[j];
    square += (Math.abs(away - period * Math.round(away / period)) + half) ** 2;
  }
  return square <= peak.radius ** 2;
}

interface Cell {
  readonly centre: Vec;
  /** Half its side. */
  readonly half: number;
}

const halves = ({ centre, half }: Cell): Cell[] =>
  Array.from({ length: 2 ** centre.length }, (_, corner) => ({
    centre: centre.map((x, j) => x + ((corner >> j) & 1 ? half : -half) / 2),
    half: half / 2,
  }));

/** Bisects cells until each is below `best` or inside the ball of a peak; the bound that is left over. */
function bound(q: Question, best: number, found: readonly Peak[], cells: Cell[]): number {
  const d = q.basis.dimension;
  let upper = best;
  // Breadth first: when the cells run out, those left are all small.
  for (const cell of cells) {
    const value = magnitude(q, cell.centre, 1);
    const slope = q.jet.subarray(1, 1 + d).reduce((sum, s) => sum + Math.abs(s), 0);
    const here = value + slope * cell.half + (q.bounds[2] * (d * cell.half) ** 2) / 2;
    if (here <= best) continue;
    const peak = found.find(p => covered(p, cell.centre, cell.half, q.period));
    if (peak) upper = Math.max(upper, peak.value + peak.slack);
    else if (cells.length >= MAX_CELLS) upper = Math.max(upper, here);
    else cells.push(...halves(cell));
  }
  return upper;
}

/** @param g (2K+1)^d coefficients in the order of torus.ts; `oneSided` for the supremum of p instead of |p|. */
export function torusSupremum(g: Vec, d: 1 | 2 | 3, K: number, period: number, oneSided = false): Supremum {
  const basis = torusBasis(d, K, period);
  const N = Math.max(8, DENSITY[d] * K);
  const jet = new Float64Array(1 + d + d * d);
  const points = Array.from({ length: N ** d }, (_, i) => latticePoint(i, N, d, period));
  const values = Float64Array.from(points, at => {
    basis.jetInto(at, 0, g, 0, jet);
    return oneSided ? jet[0] : Math.abs(jet[0]);
  });
  const method = 'Newton-polished maxima on a grid, branch and bound by Bernstein’s inequality along each axis';
  const top = values.reduce((a, b) => Math.max(a, b));
  if (!Number.isFinite(top)) return { value: Number.NaN, upper: Number.NaN, at: points[0], proof: false, method };
  // max|p| ≤ max over the grid / cos(πK/N)^d: Ehlich & Zeller (1964) along one axis after the other.
  const size = values.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
  const ceiling = size / Math.cos((Math.PI * K) / N) ** d;
  const bounds = [0, 1, 2, 3].map(a => ceiling * ((2 * Math.PI * K) / period) ** a);
  const q: Question = { basis, g, period, oneSided, bounds, jet };
  const crests = points.filter((_, i) => neighbours(i, N, d).every(k => values[i] >= values[k]));
  const found = size > 0 ? crests.flatMap(at => polish(q, at, (2 * period) / N) ?? []) : [];
  const start: Peak = { at: points[values.indexOf(top)], value: top, radius: 0, slack: 0 };
  const best = found.reduce((a, b) => (b.value > a.value ? b : a), start);
  const cells = points.map(centre => ({ centre, half: period / (2 * N) }));
  const upper = size > 0 ? Math.min(ceiling, bound(q, best.value, found, cells)) : 0;
  return { value: best.value, upper, at: best.at, proof: true, method };
}
