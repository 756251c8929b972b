/**
 * The supremum of |p| for a real trigonometric polynomial p(θ) = ⟨g, φ(θ)⟩ of degree K on ℝ/ℤ, with proof:
 * Newton-polished local maxima, and branch and bound with Bernstein's inequality |p⁽ʲ⁾| ≤ (2πK)ʲ max|p| everywhere else.
 */
import type { Supremum, Vec } from '../types.js';
import { jetInto } from './trigonometric.js';

const MAX_CELLS = 200_000;

export interface Peak {
  readonly at: number;
  readonly value: number;
  /** |p| ≤ value + |p′(at)|·radius on |θ − at| ≤ radius. */
  readonly radius: number;
  readonly slack: number;
}

export interface Bounds {
  readonly second: number;
  readonly third: number;
}

/** |p| at a point with the slope and curvature of |p| there. */
function magnitude(theta: number, K: number, g: Vec, jet: Vec): [number, number, number] {
  jetInto(theta, K, g, jet);
  const s = jet[0] < 0 ? -1 : 1;
  return [s * jet[0], s * jet[1], s * jet[2]];
}

/** Newton on p′ from a grid maximum; null when it runs away or lands where |p| is not concave. */
function polish(start: number, reach: number, K: number, g: Vec, bounds: Bounds, jet: Vec): Peak | null {
  let at = start;
  for (let i = 0; i < 30; i++) {
    const [, slope, bend] = magnitude(at, K, g, jet);
    if (!(bend < 0)) return null;
    const next = at - slope / bend;
    if (!(Math.abs(next - start) <= reach)) return null;
    if (next === at) break;
    at = next;
  }
  const [value, slope, bend] = magnitude(at, K, g, jet);
  if (!(bend < 0)) return null;
  // Taylor, s the sign of p(at): s·p ≤ value + |slope| r + bend r²/2 + third r³/6, and the last two cancel up to r = −3·bend/third.
  // There also −s·p ≤ −value + |slope| r + |bend| r², which stays below value + |slope| r up to r² = 2·value/|bend|.
  const radius = Math.min((-3 * bend) / bounds.third, Math.sqrt((2 * value) / -bend));
  return { at, value, radius, slack: Math.abs(slope) * radius };
}

/** The largest of the peaks near the local maxima of a grid of N points. */
export function peaks(values: Vec, K: number, g: Vec, bounds: Bounds): Peak[] {
  const N = values.length;
  const jet = new Float64Array(3);
  const found: Peak[] = [];
  for (let j = 0; j < N; j++) {
    if (values[j] < values[(j + N - 1) % N] || values[j] < values[(j + 1) % N]) continue;
    const peak = polish(j / N, 2 / N, K, g, bounds, jet);
    if (peak) found.push(peak);
  }
  return found;
}

const onCircle = (a: number, b: number) => Math.abs(a - b - Math.round(a - b));

/** Bisects cells until each is below `best` or inside the certified neighbourhood of a peak; the bound that is left over. */
export function upperBound(best: number, found: readonly Peak[], N: number, K: number, g: Vec, bounds: Bounds): number {
  const jet = new Float64Array(3);
  const cells: [number, number][] = Array.from({ length: N }, (_, j) => [j / N, 0.5 / N]);
  let upper = best;
  for (let used = 0; cells.length > 0; used++) {
    const [centre, radius] = cells.pop() as [number, number];
    const [value, slope] = magnitude(centre, K, g, jet);
    const here = value + Math.abs(slope) * radius + (bounds.second * radius * radius) / 2;
    if (here <= best) continue;
    const peak = found.find(p => onCircle(p.at, centre) + radius <= p.radius);
    if (peak) upper = Math.max(upper, peak.value + peak.slack);
    else if (used >= MAX_CELLS || radius < 1e-15) upper = Math.max(upper, here);
    else cells.push([centre - radius / 2, radius / 2], [centre + radius / 2, radius / 2]);
  }
  return upper;
}

/** p on N points. */
export function sampled(N: number, K: number, g: Vec): Vec {
  const jet = new Float64Array(3);
  return Float64Array.from({ length: N }, (_, j) => {
    jetInto(j / N, K, g, jet);
    return jet[0];
  });
}

/**
 * Bernstein's inequality for p without its mean, which no derivative sees, from its values on N > 2K points:
 * max|p| ≤ max over the points / cos(πK/N) (Ehlich & Zeller 1964).
 */
export function derivativeBounds(p: Vec, K: number, mean: number): Bounds {
  const swing = p.reduce((most, v) => Math.max(most, Math.abs(v - mean)), 0) / Math.cos((Math.PI * K) / p.length);
  return { second: (2 * Math.PI * K) ** 2 * swing, third: (2 * Math.PI * K) ** 3 * swing };
}

/** @param g 2K+1 coefficients in the basis of trigonometric.ts. */
export function trigonometricSupremum(g: Vec, K: number): Supremum {
  const method = 'Newton-polished maxima, branch and bound by Bernstein’s inequality';
  const N = Math.max(32, 32 * K);
  const p = sampled(N, K, g);
  const values = p.map(Math.abs);
  const value = values.reduce((a, b) => Math.max(a, b));
  if (Number.isNaN(value)) return { value, upper: value, at: Float64Array.of(0), proof: false, method };
  const bounds = derivativeBounds(p, K, g[0]);
  const found = peaks(values, K, g, bounds);
  const start = { at: values.indexOf(value) / N, value, radius: 0, slack: 0 };
  const best = found.reduce((a, b) => (b.value > a.value ? b : a), start);
  const upper = bounds.second > 0 ? upperBound(best.value, found, N, K, g, bounds) : best.value;
  return { value: best.value, upper, at: Float64Array.of(best.at), proof: true, method };
}
