/**
 * ‖σ‖_BL = sup { ∫ f dσ : |f| ≤ 1, Lip(f) ≤ 1 } of a signed atomic measure on the line or a circle, exactly: the distance in which
 * Chizat & Bach (2018, §2) speak of limits of measures. By duality it is the least cost of moving mass at 1 per length and making or
 * destroying it at 1 per unit (Piccoli & Rossi 2016).
 */
import type { Atom, Vec } from '../types.js';

/** A concave function of f on [−1, 1] that is linear between knots, by its slopes: maximal where these change sign. */
interface Concave {
  readonly knots: number[];
  /** One less than knots, decreasing. */
  readonly slopes: number[];
}

/** The interval of maximisers. */
function crest({ knots, slopes }: Concave): readonly [number, number] {
  const first = slopes.findIndex(s => s <= 0);
  const a = first < 0 ? knots.length - 1 : first;
  const next = slopes.findIndex(s => s < 0);
  return [knots[a], knots[next < 0 ? knots.length - 1 : next]];
}

/** max over |g − f| ≤ d of V(g): both sides of the crest move outwards by d, cut at ±1. */
function widened(v: Concave, d: number): Concave {
  const [low, high] = crest(v);
  const [knots, slopes]: [number[], number[]] = [[-1], []];
  const add = (knot: number, slope: number) => {
    const end = Math.min(1, knot);
    if (end <= knots[knots.length - 1]) return;
    knots.push(end);
    slopes.push(slope);
  };
  for (const [k, slope] of v.slopes.entries()) if (v.knots[k + 1] <= low) add(v.knots[k + 1] - d, slope);
  add(high + d, 0);
  for (const [k, slope] of v.slopes.entries()) if (v.knots[k] >= high) add(v.knots[k + 1] + d, slope);
  return { knots, slopes };
}

const tilted = ({ knots, slopes }: Concave, by: number): Concave => ({ knots, slopes: slopes.map(s => s + by) });

export interface Potential {
  readonly value: number;
  /** A maximiser f at the atoms. */
  readonly f: Vec;
}

/** sup Σ σᵢ fᵢ over |fᵢ| ≤ 1, |fᵢ₊₁ − fᵢ| ≤ gapᵢ: exact dynamic programming along the chain, O(n²). */
export function onChain(sigma: Vec, gaps: Vec): Potential {
  const n = sigma.length;
  const f = new Float64Array(n);
  if (n === 0) return { value: 0, f };
  const crests: (readonly [number, number])[] = [];
  let v: Concave = { knots: [-1, 1], slopes: [0] };
  for (let i = 0; i < n; i++) {
    v = tilted(i > 0 ? widened(v, gaps[i - 1]) : v, sigma[i]);
    crests.push(crest(v));
  }
  f[n - 1] = crests[n - 1][0];
  // The best fᵢ within reach of fᵢ₊₁ is the point of the crest nearest to it, or as near to the crest as the reach allows.
  for (let i = n - 2; i >= 0; i--) {
    const [low, high] = crests[i];
    const [from, to] = [f[i + 1] - gaps[i], f[i + 1] + gaps[i]];
    const wanted = Math.max(low, Math.min(high, f[i + 1]));
    f[i] = Math.max(-1, Math.min(1, Math.max(from, Math.min(to, wanted))));
  }
  return { value: f.reduce((s, x, i) => s + x * sigma[i], 0), f };
}

/** Positions in order with their masses, those at one place together. */
function merged(atoms: readonly Atom[], place: (x: number) => number): { x: number[]; sigma: number[] } {
  const [x, sigma]: [number[], number[]] = [[], []];
  const ordered = atoms.map(a => [place(a.position[0]), a.weight] as const).sort((a, b) => a[0] - b[0]);
  for (const [at, weight] of ordered) {
    if (at === x[x.length - 1]) sigma[sigma.length - 1] += weight;
    else {
      x.push(at);
      sigma.push(weight);
    }
  }
  return { x, sigma };
}

const gapsOf = (x: readonly number[]): Vec => Float64Array.from(x.slice(1), (b, i) => b - x[i]);

/** A line at a flow c: H lies above it everywhere. */
interface Tangent {
  readonly at: number;
  readonly value: number;
  readonly slope: number;
}

const MOST_CUTS = 500;

/**
 * On a circle the mass c that flows over the cut is free, and H(c) = gap·|c| + ‖σ + c(δ_first − δ_last)‖ on the chain is convex and
 * piecewise linear: the lines of two sides meet below the minimum, and at it after finitely many cuts.
 */
function onCycle(sigma: Vec, gaps: Vec, closing: number): number {
  const n = sigma.length;
  const look = (c: number): Tangent => {
    const moved = sigma.slice();
    moved[0] += c;
    moved[n - 1] -= c;
    const { value, f } = onChain(moved, gaps);
    return { at: c, value: closing * Math.abs(c) + value, slope: closing * Math.sign(c) + f[0] - f[n - 1] };
  };
  const zero = look(0);
  // At c = 0 every slope within `closing` of this one is a tangent.
  if (n < 2 || Math.abs(zero.slope) <= closing) return zero.value;
  // No more can pay than all the mass there is.
  const most = sigma.reduce((s, x) => s + Math.abs(x), 0);
  let [left, right] =
    zero.slope < 0
      ? [{ ...zero, slope: zero.slope + closing }, look(most)]
      : [look(-most), { ...zero, slope: zero.slope - closing }];
  let best = Math.min(zero.value, left.value, right.value);
  for (let k = 0; k < MOST_CUTS && left.slope < 0 && right.slope > 0; k++) {
    const c = (right.value - left.value + left.slope * left.at - right.slope * right.at) / (left.slope - right.slope);
    const floor = left.value + left.slope * (c - left.at);
    const here = look(c);
    best = Math.min(best, here.value);
    if (here.value <= floor + 1e-15 * most || c === left.at || c === right.at) break;
    if (here.slope < 0) left = here;
    else if (here.slope > 0) right = here;
    else break;
  }
  return best;
}

/** On the line, or on the circle of length `period`. Positions are numbers. */
export function boundedLipschitz(mu: readonly Atom[], nu: readonly Atom[] = [], period?: number): number {
  const difference = [...mu, ...nu.map(a => ({ ...a, weight: -a.weight }))];
  const { x, sigma } = merged(difference, t => (period === undefined ? t : t - period * Math.floor(t / period)));
  const [masses, gaps] = [Float64Array.from(sigma), gapsOf(x)];
  if (x.length === 0) return 0;
  if (period === undefined) return onChain(masses, gaps).value;
  return onCycle(masses, gaps, period - x[x.length - 1] + x[0]);
}
