import { boundsOf } from '../math/domain.js';
import { dot } from '../math/vec.js';
import type { Certificate } from '../results.js';
import type { Feature, Loss, Problem, Spikes, Supremum, Vec } from '../types.js';
import { scanned } from './scan.js';

/** A gap of at most this share of F counts as global; a proven excess above it counts as not global. */
export const GAP_TOLERANCE = 1e-6;

/** @param size of F, of which the tolerance is a share */
function verdictOf(
  size: number,
  gap: number,
  polished: number | null,
  excess: number,
): Pick<Certificate, 'verdict' | 'decidedBy'> {
  const scale = GAP_TOLERANCE * Math.abs(size);
  if (gap <= scale) return { verdict: 'global-within-gap', decidedBy: 'gap' };
  if (polished !== null && polished <= scale) return { verdict: 'global-within-gap', decidedBy: 'polished' };
  return excess > scale ? { verdict: 'not-global', decidedBy: 'excess' } : { verdict: 'unknown', decidedBy: null };
}

const unknown = (primal: number, method: string): Certificate => ({
  primal,
  dual: Number.NEGATIVE_INFINITY,
  gap: Number.POSITIVE_INFINITY,
  polishedGap: null,
  excessAtLeast: 0,
  verdict: 'unknown',
  decidedBy: null,
  method,
  proof: false,
  maxAbsEta: Number.NaN,
  maxAbsEtaUpper: Number.NaN,
  at: [],
  bound: Number.NaN,
});

/** F at the zero measure, where Φ and V vanish with u: a size for tolerances where F* is near 0. */
function energyOfNothing({ dim, loss, feature, field }: Problem): number | undefined {
  if (loss && feature) return loss.value(new Float64Array(feature.size));
  return field?.energy(new Float64Array(dim), 1);
}

/** F against a minimum that is known; where F* is near 0 the tolerance is a share of F at the zero measure. */
function closedForm(primal: number, problem: Problem): Certificate | null {
  const nothing = energyOfNothing(problem);
  const { known } = problem;
  if (known?.minimum === undefined || nothing === undefined) return null;
  const gap = Math.max(0, primal - known.minimum);
  return {
    ...unknown(primal, `closed form, ${known.source}`),
    dual: known.minimum,
    gap,
    excessAtLeast: gap,
    ...verdictOf(Math.max(Math.abs(primal), nothing), gap, null, gap),
    proof: true,
  };
}

/** Without V, F* ≥ inf R = −R*(0): all that is needed where the data are fitted exactly, and too little elsewhere. */
function fitted(primal: number, problem: Problem): Certificate | null {
  const { loss, feature, penalty } = problem;
  if (!loss?.conjugate || !feature || penalty) return null;
  const dual = -loss.conjugate(new Float64Array(feature.size));
  const gap = Math.max(0, primal - dual);
  const decided = verdictOf(Math.max(Math.abs(primal), energyOfNothing(problem) ?? 0), gap, null, 0);
  if (decided.verdict === 'unknown') return null;
  return { ...unknown(primal, 'no measure has a smaller R'), dual, gap, ...decided, proof: true };
}

/** The particle of mass 1 at a place. */
export const particleAt = ({ weight }: Spikes, at: Vec): Vec =>
  weight === undefined ? at : Float64Array.of(...at.subarray(0, weight), 1, ...at.subarray(weight));

/** |φ|² at a place. */
function featureNorm(feature: Feature, spikes: Spikes, at: Vec): number {
  const phi = new Float64Array(feature.size);
  feature.sumInto(particleAt(spikes, at), 1, phi);
  return dot(phi, phi);
}

/** q = −R′(f) at the particles: η(θ) = ⟨q, φ(θ)⟩. */
function residual(feature: Feature, loss: Loss, y: Vec, m: number): Vec {
  const [f, q] = [new Float64Array(feature.size), new Float64Array(feature.size)];
  feature.sumInto(y, m, f);
  loss.gradientInto(f, q);
  return q.map(x => -x);
}

/** Whether Φ is w φ(θ): of degree 1 in the coordinate of |w| alone, or of degree 2 in the first one where w = r|r|. */
const isCharted = ({ homogeneity }: Feature, coordinate: number | undefined): boolean =>
  homogeneity?.degree === (coordinate === undefined ? 2 : 1) &&
  homogeneity.coordinates.length === 1 &&
  homogeneity.coordinates[0] === (coordinate ?? 0);

/** The problem's own; or those of V = β|w| and Φ linear in w, or both in a chart of w. Undefined where F is but an estimate. */
export function spikesIn({ spikes, feature, penalty, sampling }: Problem): Spikes | undefined {
  if (spikes) return spikes;
  const { absolute, variation } = penalty ?? {};
  // Where V = β|w|Ṽ(θ) optimality asks |η| ≤ βṼ(θ), of which the supremum of |η| says nothing.
  const price = absolute?.modulation ? undefined : (absolute?.weight ?? variation);
  if (!feature || price === undefined || sampling?.rows === null || !isCharted(feature, absolute?.coordinate))
    return undefined;
  return { price, weight: absolute?.coordinate ?? 0, nonnegative: absolute?.nonnegative === true };
}

/** The supremum of |η| over the places, or what of it was met by climbing. */
export function supremumOf(problem: Problem, spikes: Spikes, y: Vec, m: number): Supremum {
  const { feature, loss, field, supremum } = problem;
  const q = feature && loss && residual(feature, loss, y, m);
  if (q && supremum) return supremum(q);
  return scanned(
    problem,
    spikes,
    (u, out) => (q ? feature.pullbackInto(u, 1, q, out) : field?.forceInto(y, m, u, 1, out)),
    y,
    m,
  );
}

/** The largest feasible multiple of q on the ray of dual candidates; 0 where nothing bounds η. */
function dualScale(loss: Loss, q: Vec, sup: Supremum, price: number, onlyPositive: boolean): number {
  const limit = sup.upper > 0 ? price / sup.upper : Number.POSITIVE_INFINITY;
  // Where only η ≤ β is asked, the supremum is that of η, and a negative multiple of q has another.
  return Math.min(limit, Math.max(onlyPositive ? 0 : -limit, loss.bestScale?.(q) ?? 0));
}

/** What one new spike would gain at least. A spike whose weight is bounded may not be as heavy as it would have to be. */
function spikeGain({ domain, feature, loss }: Problem, spikes: Spikes, sup: Supremum): number {
  const bounded = spikes.weight === undefined ? undefined : domain[spikes.weight];
  const [least, most] = boundsOf(bounded ?? { kind: 'line' });
  const capped = most < Number.POSITIVE_INFINITY || (least > Number.NEGATIVE_INFINITY && least !== 0);
  if (capped || !feature || loss?.smoothness === undefined || !(sup.value > spikes.price)) return 0;
  return (sup.value - spikes.price) ** 2 / (2 * loss.smoothness * featureNorm(feature, spikes, sup.at));
}

const NEEDS =
  'none: needs V = β|w|, Φ linear in w and a supremum over the domain, or Φ and V of degree 2, or a minimum in closed form';

/**
 * Two-sided bounds on F − F* for V = β|w| and Φ linear in w, both in a chart of w, or both of degree 2.
 * Dual: p = αq with |⟨p, φ⟩| ≤ β everywhere gives F* ≥ −R*(−p) with our sign ⟨p, y⟩ − λ|p|²/2 (Fenchel; Chizat & Bach 2018, Prop. 3.1).
 * Excess: one new spike where |η| = M lowers F by (M − β)₊²/(2 L |φ|²), L the Lipschitz constant of R′; it need not be the maximiser.
 */
export function certify(problem: Problem, y: Vec, m: number, primal: number): Certificate {
  const { feature, loss, domain } = problem;
  if (!Number.isFinite(primal)) return unknown(primal, 'none: F is not finite');
  const spikes = spikesIn(problem);
  const known = closedForm(primal, problem) ?? fitted(primal, problem);
  if (known || !feature || !loss || !spikes) return known ?? unknown(primal, NEEDS);
  if (!loss.conjugate || loss.smoothness === undefined) return unknown(primal, 'none: needs the conjugate of R');
  const q = residual(feature, loss, y, m);
  const sup = supremumOf(problem, spikes, y, m);
  const [least] = spikes.weight === undefined ? [Number.NEGATIVE_INFINITY] : boundsOf(domain[spikes.weight]);
  const alpha = dualScale(loss, q, sup, spikes.price, least >= 0 || spikes.nonnegative === true);
  // conjugate(p) is taken at −p because η carries the sign of −R′. Without V the dual is inf R, which says little of F*.
  const dual = spikes.price > 0 && sup.proof ? -loss.conjugate(q.map(x => -alpha * x)) : Number.NEGATIVE_INFINITY;
  const excess = spikeGain(problem, spikes, sup);
  // Rounding may put F of a minimum a few units below the bound.
  const gap = Math.max(0, primal - dual);
  if (
    Number.isNaN(gap + excess) ||
    excess === Number.POSITIVE_INFINITY ||
    (sup.proof && spikes.price > 0 && !Number.isFinite(gap))
  )
    return unknown(primal, 'none: its numbers overflow');
  return {
    primal,
    dual,
    gap,
    polishedGap: null,
    excessAtLeast: excess,
    ...verdictOf(primal, gap, null, excess),
    method: sup.method,
    proof: sup.proof,
    maxAbsEta: sup.value,
    maxAbsEtaUpper: sup.upper,
    at: Array.from(sup.at),
    bound: spikes.price,
  };
}

/**
 * The certificate with the dual value of polished spikes beside its own. Any dual value bounds F* from below, and this one is off by
 * rounding where the run's own is off by the distance to the optimum.
 */
export function withPolished(c: Certificate, lower: number | undefined): Certificate {
  if (lower === undefined || !(lower > Number.NEGATIVE_INFINITY)) return c;
  // Rounding may put F of a finished run a few units below the bound.
  const polishedGap = Math.max(0, c.primal - lower);
  return { ...c, polishedGap, ...verdictOf(c.primal, c.gap, polishedGap, c.excessAtLeast) };
}
