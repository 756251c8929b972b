/**
 * F* where some minimiser lives on finitely many known particles: a lasso over their multiples, solved by accelerated proximal gradient
 * with restarts (Beck & Teboulle 2009; O'Donoghue & Candès 2015) to a gap of rounding.
 */
import { dot } from '../math/vec.js';
import type { Problem, Vec } from '../types.js';

export interface FiniteMinimum {
  readonly upper: number;
  readonly lower: number;
}

const MOST_STEPS = 200_000;
/** The bound is looked at this often. */
const LOOK = 200;
/** A gap of this share of F is rounding. */
const ROUNDING = 1e-13;

interface Lasso {
  /** Columns Φ(uⱼ), and V(uⱼ) > 0, of the particles. */
  readonly columns: readonly Vec[];
  readonly weight: Vec;
  readonly loss: NonNullable<Problem['loss']>;
}

/** Least squares has R″ = 1/λ: the step is 1 over its bound on the range of the columns, by the power method on AᵀA. */
function lipschitz({ columns, loss }: Lasso): number {
  let x: Vec = Float64Array.from(columns, (_, j) => 1 + (j % 7) / 7);
  let norm = 0;
  for (let k = 0; k < 200; k++) {
    const f = combined(columns, x);
    x = Float64Array.from(columns, a => dot(a, f));
    norm = Math.sqrt(dot(x, x));
    if (norm === 0) return 1;
    x = x.map(v => v / norm);
  }
  return 1.01 * norm * (loss.smoothness ?? 1);
}

function combined(columns: readonly Vec[], c: Vec): Vec {
  const f = new Float64Array(columns[0].length);
  for (const [j, a] of columns.entries()) if (c[j] !== 0) for (let k = 0; k < f.length; k++) f[k] += c[j] * a[k];
  return f;
}

/** F and the dual value of the best feasible multiple of −R′(f). */
function boundsAt({ columns, weight, loss }: Lasso, c: Vec): FiniteMinimum {
  const f = combined(columns, c);
  const q = new Float64Array(f.length);
  loss.gradientInto(f, q);
  const upper = loss.value(f) + c.reduce((s, x, j) => s + Math.abs(x) * weight[j], 0);
  const limit = columns.reduce((low, a, j) => Math.min(low, weight[j] / Math.abs(dot(a, q))), Number.POSITIVE_INFINITY);
  const p = q.map(x => -x);
  const alpha = Math.min(limit, Math.max(-limit, loss.bestScale?.(p) ?? 1));
  return { upper, lower: -(loss.conjugate?.(q.map(x => alpha * x)) ?? Number.POSITIVE_INFINITY) };
}

function solved(s: Lasso): FiniteMinimum {
  const { columns, weight, loss } = s;
  const step = 1 / lipschitz(s);
  let [c, z, theta] = [new Float64Array(columns.length) as Vec, new Float64Array(columns.length) as Vec, 1];
  const g = new Float64Array(columns[0].length);
  let best = boundsAt(s, c);
  for (let k = 1; k <= MOST_STEPS; k++) {
    loss.gradientInto(combined(columns, z), g);
    const next = z.map((x, j) => {
      const moved = x - step * dot(columns[j], g);
      return Math.sign(moved) * Math.max(0, Math.abs(moved) - step * weight[j]);
    });
    const [from, at] = [c, z];
    const against = next.reduce((sum, x, j) => sum + (at[j] - x) * (x - from[j]), 0) > 0;
    const grown = against ? 1 : (1 + Math.sqrt(1 + 4 * theta * theta)) / 2;
    const momentum = against ? 0 : (theta - 1) / grown;
    z = next.map((x, j) => x + momentum * (x - from[j]));
    [c, theta] = [next, grown];
    if (k % LOOK !== 0) continue;
    const now = boundsAt(s, c);
    best = { upper: Math.min(best.upper, now.upper), lower: Math.max(best.lower, now.lower) };
    if (best.upper - best.lower <= ROUNDING * Math.abs(best.upper)) break;
  }
  return best;
}

/** Null where the problem names no such particles, or R no conjugate. */
export function finiteMinimum(problem: Problem): FiniteMinimum | null {
  const { dictionary, feature, loss, penalty, dim, copies } = problem;
  if (!dictionary || !feature || !penalty || !loss?.conjugate || !loss.bestScale) return null;
  const particles = dictionary();
  const rows = Array.from({ length: particles.length / dim }, (_, j) => particles.subarray(j * dim, (j + 1) * dim));
  // On two copies a negative multiple is a particle of the other copy; of Φ the first one's own sign is taken off.
  const sign = copies?.(0) ?? 1;
  const columns = rows.map(u => {
    const phi = new Float64Array(feature.size);
    feature.sumInto(u, 1, phi);
    return phi.map(x => sign * x);
  });
  return solved({ columns, weight: Float64Array.from(rows, u => penalty.value(u, 1)), loss });
}
