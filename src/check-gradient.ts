/** The velocity against central differences of F, and the random particles every check looks at. */
import { flowOf } from './flow.js';
import { boundsOf, folded } from './math/domain.js';
import { maxAbs } from './math/vec.js';
import type { Flow, Problem, Random, Vec } from './types.js';

/** m particles: standard normal coordinates times `scale`, folded at a bound; uniform on circles and intervals. */
export function cloud({ domain, dim }: Problem, m: number, chance: Random, scale = 1): Vec {
  return Float64Array.from({ length: m * dim }, (_, k) => {
    const c = domain[k % dim];
    if (c.kind === 'period') return c.period * chance.uniform();
    if (c.kind === 'interval') return c.from + (c.to - c.from) * chance.uniform();
    return folded(scale * chance.normal(), boundsOf(c));
  });
}

export interface GradientCheck {
  /** Coordinates compared, over several clouds. */
  readonly compared: number;
  /** Where a kink was too near for a difference. */
  readonly skipped: number;
  /** The largest disagreement, in units of the largest velocity of its cloud. */
  readonly worst: {
    readonly particle: number;
    readonly coordinate: string;
    readonly velocity: number;
    readonly difference: number;
    readonly error: number;
  } | null;
  readonly allowed: number;
  readonly ok: boolean;
}

const ALLOWED = 1e-6;
const [CLOUDS, PARTICLES, MOST] = [3, 6, 60];
/** Φ may vary on any scale: a right derivative agrees with the difference at one of them, a wrong one at none. */
const STEPS = [1e-2, 1e-3, 1e-4, 1e-5, 1e-6];

/** −m ∂F/∂u_k by the five-point formula; null when a kink lies between the points. */
function difference(flow: Flow, y: Vec, k: number, h: number): number | null {
  const moved = (s: number) => Float64Array.from(y, (u, j) => (j === k ? u + s * h : u));
  const [far, near] = [
    [moved(2), moved(-2)],
    [moved(1), moved(-1)],
  ];
  if (far.some(z => flow.outside?.(z))) return null;
  const sides = flow.kinks && far.map(z => flow.kinks?.branchAt(z).join());
  if (sides && sides[0] !== sides[1]) return null;
  const [f2, b2, f1, b1] = [...far, ...near].map(z => flow.energy(z));
  return (-flow.particles * (8 * (f1 - b1) - (f2 - b2))) / (12 * h);
}

/** The difference that comes nearest to the velocity. */
function nearestDifference(flow: Flow, y: Vec, k: number, velocity: number): number | null {
  const found = STEPS.map(h => difference(flow, y, k, h)).filter(d => d !== null);
  const off = (d: number) => (Number.isFinite(d) ? Math.abs(d - velocity) : Number.POSITIVE_INFINITY);
  return found.sort((a, b) => off(a) - off(b))[0] ?? null;
}

/** u′ against −m∇F_m at random particles. */
export function checkGradient(problem: Problem, chance: Random): GradientCheck {
  const flow = flowOf(problem, PARTICLES);
  const every = Math.max(1, Math.ceil(flow.size / MOST));
  let [compared, skipped] = [0, 0];
  let worst: GradientCheck['worst'] = null;
  for (let c = 0; c < CLOUDS; c++) {
    const y = cloud(problem, PARTICLES, chance);
    const v = new Float64Array(flow.size);
    flow.velocityInto(y, v);
    const scale = maxAbs(v) || 1;
    for (let k = c % every; k < flow.size; k += every) {
      const d = nearestDifference(flow, y, k, v[k]);
      if (d === null) {
        skipped++;
        continue;
      }
      compared++;
      const error = Math.abs(v[k] - d) / scale;
      if (worst && error <= worst.error) continue;
      const [particle, coordinate] = [Math.floor(k / flow.dim), problem.domain[k % flow.dim].name];
      worst = { particle, coordinate, velocity: v[k], difference: d, error };
    }
  }
  return { compared, skipped, worst, allowed: ALLOWED, ok: worst !== null && worst.error <= ALLOWED };
}
