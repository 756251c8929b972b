/**
 * Where a new particle lowers F (Chizat & Bach 2018, proof of Theorem 3.3): K⁺ and K⁻, the places at which F′(μ) < −depth for mass of
 * that sign, sampled.
 */
import { boundsOf } from '../math/domain.js';
import { random } from '../math/random.js';
import { difference } from '../particles.js';
import type { Domain, Problem, Vec } from '../types.js';
import { spikesIn } from './certificate.js';

const SAMPLES = 4000;

export interface EscapeSets {
  /** F′(μ) is below −depth in K⁺ and K⁻: half of the deepest F′. */
  readonly depth: number;
  /** Sampled places, in order along one coordinate. */
  readonly plus: readonly Vec[];
  readonly minus: readonly Vec[];
  /** Where F′(μ) > 0 for mass of either sign. */
  readonly outside: readonly Vec[];
  readonly samples: number;
  /** Particles inside K⁺ and K⁻, and their share of ∫|w| dμ. */
  readonly inside: number;
  readonly insideMass: number;
  /** The largest distance of a sampled place from the nearest particle. */
  readonly fillDistance: number;
}

/** How far sampled places reach along a coordinate: a turn, an interval, or twice around the particles. */
function reachOf(c: Domain[number], values: readonly number[]): readonly [number, number] {
  if (c.kind === 'period') return [0, c.period];
  const [least, most] = boundsOf(c);
  if (Number.isFinite(most - least)) return [least, most];
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const margin = (high - low) / 2 || 1;
  return [Math.max(least, low - margin), Math.min(most, high + margin)];
}

/** Even along one coordinate, uniformly drawn in several. */
function samplePlaces(reach: readonly (readonly [number, number])[]): Vec[] {
  const draw = random('escape', 'places');
  return Array.from({ length: SAMPLES }, (_, j) =>
    Float64Array.from(
      reach,
      ([from, to]) => from + (to - from) * (reach.length === 1 ? (j + 0.5) / SAMPLES : draw.uniform()),
    ),
  );
}

const distance = (domain: Domain, a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Math.hypot(...domain.map((c, k) => difference(a[k], b[k], c)));

/** Whether particles of weight 0 may be added and leave it: masses are a coordinate of particles with V = β|w|. */
export function hasEscapeSets(problem: Problem): boolean {
  const spikes = spikesIn(problem);
  return spikes?.weight === 0 && !spikes.directions && problem.penalty?.absolute?.coordinate === 0;
}

/**
 * Null where `hasEscapeSets` is false.
 * @param force out: count·dim numbers, ṽ at `count` points in the field of y
 */
export function escapeSets(
  problem: Problem,
  rows: readonly (readonly number[])[],
  force: (points: Vec, count: number, out: Vec) => void,
): EscapeSets | null {
  const spikes = spikesIn(problem);
  if (!spikes || !hasEscapeSets(problem)) return null;
  const { dim } = problem;
  const domain = problem.domain.slice(1);
  const places = samplePlaces(
    domain.map((c, k) =>
      reachOf(
        c,
        rows.map(r => r[1 + k]),
      ),
    ),
  );
  const etas = (at: readonly ArrayLike<number>[]): number[] => {
    const [points, out] = [new Float64Array(at.length * dim), new Float64Array(at.length * dim)];
    for (const [i, p] of at.entries()) points.set(Array.from(p), i * dim + 1);
    force(points, at.length, out);
    return at.map((_, i) => out[i * dim]);
  };
  const eta = etas(places);
  const { price, nonnegative } = spikes;
  const steepest = eta.reduce((top, e) => Math.max(top, nonnegative ? e : Math.abs(e)), 0);
  const depth = Math.max(0, steepest - price) / 2;
  const [isPlus, isMinus] = [(e: number) => e > price + depth, (e: number) => !nonnegative && -e > price + depth];
  const own = etas(rows.map(r => r.slice(1)));
  const within = rows.filter((_, i) => depth > 0 && (isPlus(own[i]) || isMinus(own[i])));
  const mass = (list: typeof rows) => list.reduce((sum, r) => sum + Math.abs(r[0]), 0);
  return {
    depth,
    plus: places.filter((_, j) => depth > 0 && isPlus(eta[j])),
    minus: places.filter((_, j) => depth > 0 && isMinus(eta[j])),
    outside: places.filter((_, j) => (nonnegative ? eta[j] : Math.abs(eta[j])) < price),
    samples: SAMPLES,
    inside: within.length,
    insideMass: mass(rows) > 0 ? mass(within) / mass(rows) : 0,
    fillDistance: places.reduce(
      (most, p) =>
        Math.max(
          most,
          rows.reduce((near, r) => Math.min(near, distance(domain, p, r.slice(1))), Infinity),
        ),
      0,
    ),
  };
}
