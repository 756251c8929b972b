/**
 * W₂ between particle measures (1/m) Σ δ_{uᵢ}, the ground distance that of the domain: |du| along lines, the short way round on circles
 * (Villani 2009, ch. 6; Peyré & Cuturi 2019).
 */
import { assign } from '../math/assignment.js';
import { squaredDistances } from '../math/ground.js';
import { transport } from '../math/transport.js';
import type { Atom, Domain, Problem, Vec } from '../types.js';
import { sinkhorn } from './sinkhorn.js';
import { sliced } from './sliced.js';
import { circular, sorted } from './sorted.js';

export interface Distance {
  readonly distance: number;
  /** Not below this, by the prices of the dual problem; `distance` but for rounding where it is exact. NaN for estimates. */
  readonly atLeast: number;
  readonly exact: boolean;
  /** How it was found; of an estimate, what it estimates. */
  readonly method: string;
}

export type Transporter = 'auto' | 'exact' | 'sinkhorn' | 'sliced';

/** Beyond so many particles an assignment takes minutes, and its costs a gigabyte. */
export const MOST_EXACT = 4000;

const root = (total: number, bound: number, method: string): Distance => ({
  distance: Math.sqrt(Math.max(0, total)),
  atLeast: Math.sqrt(Math.max(0, bound)),
  exact: true,
  method,
});

const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b));

/** Equal masses one to one; otherwise each particle of m is one of lcm(m, n)/m copies, whose common mass is sent as a whole. */
function assigned(domain: Domain, a: Vec, b: Vec): Distance {
  const dim = domain.length;
  if (a.length < b.length) return assigned(domain, b, a);
  const [m, n] = [a.length / dim, b.length / dim];
  const row = squaredDistances(domain, a, b);
  const cost = new Float64Array(m * n);
  for (let i = 0; i < m; i++) row(i, cost.subarray(i * n, (i + 1) * n));
  if (m === n) {
    const { total, bound } = assign(cost, n);
    return root(total / n, bound / n, 'assignment');
  }
  const common = (m / divisor(m, n)) * n;
  const masses = (count: number) => new Float64Array(count).fill(common / count);
  const { total, bound } = transport(masses(m), masses(n), i => cost.subarray(i * n, (i + 1) * n));
  return root(total / common, bound / common, `transport of ${common} equal shares`);
}

/** In one dimension sorting is all there is to do. */
function onOneCoordinate([coordinate]: Domain, a: Vec, b: Vec): Distance | null {
  if (coordinate.kind !== 'period') {
    const total = sorted(a, b);
    return root(total, total, 'sorting');
  }
  if (a.length !== b.length) return null;
  const total = circular(a, b, coordinate.period);
  return root(total, total, 'sorting, over all rotations');
}

function chosen(domain: Domain, a: Vec, b: Vec, method: Transporter): Distance {
  const wantsExact = method === 'auto' || method === 'exact';
  const exact = wantsExact && domain.length === 1 ? onOneCoordinate(domain, a, b) : null;
  if (exact) return exact;
  const large = Math.max(a.length, b.length) / domain.length > MOST_EXACT;
  if (method === 'exact' || (method === 'auto' && !large)) return assigned(domain, a, b);
  if (method === 'sinkhorn') return { atLeast: Number.NaN, exact: false, ...sinkhorn(domain, a, b) };
  return { atLeast: Number.NaN, exact: false, ...sliced(domain, a, b) };
}

/** The particles of one copy of the domain. */
function onCopy(y: Vec, dim: number, copies: NonNullable<Problem['copies']>, sign: number): Vec {
  const particles = Array.from({ length: y.length / dim }, (_, i) => i).filter(i => copies(i) === sign);
  return Float64Array.from(particles.flatMap(i => Array.from(y.subarray(i * dim, (i + 1) * dim))));
}

/** Copies of the domain are infinitely far apart: each with its own distance, infinite where their shares differ. */
function onCopies(
  { domain, copies }: Pick<Problem, 'domain' | 'copies'>,
  a: Vec,
  b: Vec,
  method: Transporter,
): Distance {
  const dim = domain.length;
  const halves = [1, -1].map(sign => [a, b].map(y => onCopy(y, dim, copies ?? (() => 1), sign)));
  if (halves[0][0].length * b.length !== halves[0][1].length * a.length)
    return { ...root(Infinity, Infinity, 'the copies of the domain carry different shares') };
  const parts = halves
    .filter(([x]) => x.length > 0)
    .map(([x, y]) => ({ share: x.length / a.length, ...chosen(domain, x, y, method) }));
  const mean = (of: 'distance' | 'atLeast') => Math.sqrt(parts.reduce((s, p) => s + p.share * p[of] ** 2, 0));
  return { ...parts[0], distance: mean('distance'), atLeast: mean('atLeast') };
}

/**
 * W₂ between the clouds a and b, each with equal masses: exact by sorting in one dimension, by assignment or transport up to 4000
 * particles; beyond, and on request, an estimate that says so.
 */
export function wasserstein(
  problem: Pick<Problem, 'domain' | 'copies'>,
  a: Vec,
  b: Vec,
  method: Transporter = 'auto',
): Distance {
  if (a.length === 0 || b.length === 0) throw new RangeError('a cloud without particles has no measure');
  for (const y of [a, b]) if (!y.every(Number.isFinite)) return { ...root(NaN, NaN, 'none: not finite'), exact: false };
  return problem.copies ? onCopies(problem, a, b, method) : chosen(problem.domain, a, b, method);
}

/** Squared distance of two positions. */
export type Ground = (a: readonly number[], b: readonly number[]) => number;

/** On lines and circles. */
export const flat = (places: Domain): Ground => {
  const out = new Float64Array(1);
  return (a, b) => squaredDistances(places, Float64Array.from(a), Float64Array.from(b))(0, out)[0];
};
/** Along great circles of the unit sphere; the chord keeps its digits where the angle is small. */
export const onSphere: Ground = (a, b) =>
  (2 * Math.asin(Math.min(1, Math.hypot(...a.map((x, k) => x - b[k])) / 2))) ** 2;

/** The measure ν as a probability over particles of one mass: shares |νᵢ|/|ν|, masses ±|ν| (`normalised` of its lift). */
function canonical(nu: readonly Atom[]): { shares: Vec; mass: number; atoms: readonly Atom[] } {
  const mass = nu.reduce((s, x) => s + Math.abs(x.weight), 0);
  return { shares: Float64Array.from(nu, x => Math.abs(x.weight) / mass), mass, atoms: nu };
}

/**
 * W₂ between the lifts of two signed measures to probabilities on ℝ × Θ with shares in proportion to |weight| and one common mass each:
 * it sees total variation, signs and positions, and does not depend on how particles share a spike.
 */
export function projectedWasserstein(mu: readonly Atom[], nu: readonly Atom[], ground: Ground): Distance {
  const [a, b] = [canonical(mu), canonical(nu)];
  // The zero measure has no place: what is left is its distance in mass.
  if (mu.length === 0 || nu.length === 0)
    return root((a.mass - b.mass) ** 2, (a.mass - b.mass) ** 2, 'difference of mass');
  const costs = a.atoms.map(x =>
    Float64Array.from(
      b.atoms,
      y => (Math.sign(x.weight) * a.mass - Math.sign(y.weight) * b.mass) ** 2 + ground(x.position, y.position),
    ),
  );
  const { total, bound } = transport(a.shares, b.shares, i => costs[i]);
  return root(total, bound, 'transport between the projections');
}
