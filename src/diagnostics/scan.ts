/** The largest |η| met by climbing from several starts: attained, but no bound. */
import { clip, wallsOf } from '../math/domain.js';
import { random } from '../math/random.js';
import type { Problem, Spikes, Supremum, Vec } from '../types.js';

const STARTS = 16;
const CLIMB = 60;

/** out: q pulled back through Φ at one particle, ∇_u ⟨q, Φ(u)⟩. */
export type Pull = (u: Vec, out: Vec) => void;

/** ⟨q, φ⟩ at a place from the derivatives there, Φ being homogeneous (Euler). */
function etaOf({ feature }: Problem, { weight }: Spikes, u: Vec, slope: Vec): number {
  if (weight === undefined) return slope.reduce((sum, s, k) => sum + s * u[k], 0) / 2;
  // Networks are linear in w, whatever degree they have in all coordinates together.
  return slope[weight] / (feature?.homogeneity?.coordinates.length === 1 ? feature.homogeneity.degree : 1);
}

/** In place: mass 1, length 1, inside the domain. */
function ontoPlaces({ domain, dim }: Problem, { weight, directions }: Spikes, u: Vec): void {
  if (weight !== undefined) u[weight] = 0;
  clip(wallsOf(domain), u, dim);
  const length = Math.hypot(...u);
  if (directions && length > 0) for (let k = 0; k < dim; k++) u[k] /= length;
  if (weight !== undefined) u[weight] = 1;
}

function climb(problem: Problem, spikes: Spikes, pull: Pull, start: Vec): { u: Vec; value: number } {
  const { dim } = problem;
  const size = (eta: number) => (spikes.nonnegative ? eta : Math.abs(eta));
  const slope = new Float64Array(dim);
  const look = (u: Vec) => {
    ontoPlaces(problem, spikes, u);
    pull(u, slope);
    return etaOf(problem, spikes, u, slope);
  };
  let u = Float64Array.from(start);
  let eta = look(u);
  let [gradient, step] = [slope.slice(), Number.NaN];
  for (let i = 0; i < CLIMB; i++) {
    if (Number.isNaN(step)) step = 0.1 / (Math.hypot(...gradient) || 1);
    const way = step * (spikes.nonnegative ? 1 : Math.sign(eta) || 1);
    const next = u.map((x, k) => x + way * gradient[k]);
    const there = look(next);
    if (size(there) > size(eta)) [u, eta, gradient, step] = [next, there, slope.slice(), 2 * step];
    else step /= 3;
  }
  return { u, value: size(eta) };
}

/** @param y the m particles of the measure, from some of which it climbs too */
export function scanned(problem: Problem, spikes: Spikes, pull: Pull, y: Vec, m: number): Supremum {
  const { dim } = problem;
  const draw = random('certificate', 'scan');
  const own = Math.min(m, STARTS / 2);
  const starts = Array.from({ length: STARTS }, (_, i) =>
    i < own ? y.slice(i * dim, (i + 1) * dim) : Float64Array.from({ length: dim }, () => draw.normal()),
  );
  const tops = starts.map(start => climb(problem, spikes, pull, start));
  const best = tops.reduce((a, b) => (b.value > a.value ? b : a));
  return {
    value: Math.max(0, best.value),
    upper: Number.POSITIVE_INFINITY,
    at: best.u.filter((_, k) => k !== spikes.weight),
    proof: false,
    method: `the best of ${STARTS} climbs, not a proof`,
  };
}
