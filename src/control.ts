import { dot } from './math/vec.js';
import type { Rhs, Vec } from './types.js';

/** Weights of the error test: every component of the state, and the dissipation that rides as the last one. */
export interface Tolerance {
  readonly rtol: number;
  readonly atol: number;
  /** This times the rms of the state takes the place of atol where it is larger. */
  readonly share?: number;
  /** |F(0)|: the error of ∫|u′|² is measured against this, or against the dissipation itself once that is larger. */
  readonly energy: number;
}

/** atol, or the share of the state of n components that takes its place. */
export const effectiveAtol = ({ atol, share }: Tolerance, y: Vec, n: number): number =>
  share ? Math.max(atol, share * Math.sqrt(dot(y, y, n) / n)) : atol;

/**
 * rms over the n components of e/(atol + rtol·max(|y0|, |y1|)) and, beside it, the error of the dissipation (entry n): the larger of the two.
 * NaN if anything is NaN, so that `error <= 1` refuses it.
 */
export function errorNorm(e: Vec, y0: Vec, y1: Vec, n: number, tolerance: Tolerance): number {
  let sum = 0;
  const atol = effectiveAtol(tolerance, y1, n);
  for (let i = 0; i < n; i++) {
    // No error is no error, also where atol = 0 meets a component that is exactly zero.
    if (e[i] === 0) continue;
    const r = e[i] / (atol + tolerance.rtol * Math.max(Math.abs(y0[i]), Math.abs(y1[i])));
    sum += r * r;
  }
  const state = Math.sqrt(sum / n);
  const allowed = tolerance.rtol * Math.max(tolerance.energy, Math.abs(y1[n])) || tolerance.atol;
  const audit = Math.abs(e[n]) / allowed;
  return audit <= state ? state : state <= audit ? audit : Number.NaN;
}

const SAFETY = 0.9;
const SHRINK = 0.2;
const GROW = 5;

/** Memory of the step-size controller; JSON-able. */
export interface ControlState {
  readonly lastError: number;
  readonly afterRejection: boolean;
  /** Length of the step that had the last error; none yet where left out. */
  readonly lastStep?: number;
}
export const freshControl: ControlState = { lastError: 1e-4, afterRejection: false };

/** PI controller (Hairer & Wanner II (1996), IV.2; Gustafsson 1991): factor for the next step after an accepted one. */
export function growth(error: number, memory: ControlState, errorOrder: number): number {
  const e = Math.max(error, 1e-10);
  const factor = SAFETY * e ** (-0.7 / errorOrder) * memory.lastError ** (0.4 / errorOrder);
  return Math.min(memory.afterRejection ? 1 : GROW, Math.max(SHRINK, factor));
}

/**
 * Gustafsson's predictive controller (ACM TOMS 20 (1994); Hairer & Wanner II (1996), IV.8 eq. (8.24)): as growth, with the trend of
 * err/h^errorOrder carried on. Fewer rejections where the solution speeds up, as implicit methods of long steps meet it.
 */
export function foreseen(error: number, h: number, memory: ControlState, errorOrder: number): number {
  const e = Math.max(error, 1e-10);
  const plain = SAFETY * e ** (-1 / errorOrder);
  const trend = memory.lastStep ? (h / memory.lastStep) * (memory.lastError / e) ** (1 / errorOrder) : 1;
  return Math.min(memory.afterRejection ? 1 : GROW, Math.max(SHRINK, plain * Math.min(1, trend)));
}

/** Factor after a rejected step. An error that is not a finite number shrinks by the most that is allowed. */
export const shrinkage = (error: number, errorOrder: number): number =>
  error < Number.POSITIVE_INFINITY ? Math.max(SHRINK, SAFETY * error ** (-1 / errorOrder)) : SHRINK;

/**
 * A sensible first step (Hairer, Nørsett & Wanner I (1993), II.4, algorithm of Gladwell et al.). One evaluation.
 * @param take gives an array like y, of any content
 */
export function firstStep(
  rhs: Rhs,
  y: Vec,
  v: Vec,
  n: number,
  order: number,
  longest: number,
  tolerance: Tolerance,
  take: () => Vec = () => new Float64Array(y.length),
): number {
  const norm = (a: Vec) => {
    let sum = 0;
    for (let i = 0; i < n; i++) if (a[i] !== 0) sum += (a[i] / (tolerance.atol + tolerance.rtol * Math.abs(y[i]))) ** 2;
    return Math.sqrt(sum / n);
  };
  const [d0, d1] = [norm(y), norm(v)];
  const h0 = Math.min(longest, d0 < 1e-5 || d1 < 1e-5 ? 1e-6 * longest : (0.01 * d0) / d1);
  const ahead = take();
  for (let i = 0; i < ahead.length; i++) ahead[i] = y[i] + h0 * v[i];
  const change = take();
  rhs(ahead, change);
  for (let i = 0; i < change.length; i++) change[i] -= v[i];
  const d2 = norm(change) / h0;
  const curvature = Math.max(d1, d2);
  const h1 = curvature <= 1e-15 ? Math.max(1e-6 * longest, h0 * 1e-3) : (0.01 / curvature) ** (1 / order);
  const h = Math.min(100 * h0, h1, longest);
  return h > 0 ? h : 1e-6 * longest;
}
