/**
 * Signed measures on Θ and the particles that stand for them (Chizat & Bach 2018, §2.1): h projects a cloud of particles to the measure it
 * represents, a lift goes back, and J(hμ) ≤ F(μ) with equality exactly when no two particles cancel.
 */
import { flowOf } from '../flow.js';
import { fromRows } from '../particles.js';
import type { Atom, Problem, Vec } from '../types.js';

/** How one particle u carries mass at a position: Φ(u) = mass(u) φ(place(u)), V(u) = β|mass(u)|. */
export interface Lifting {
  readonly name: string;
  mass(u: Vec): number;
  /** The position; of no meaning where the mass is 0. */
  place(u: Vec): readonly number[];
  /** A particle with this mass at this position, V as small as it can be. */
  particle(mass: number, position: readonly number[]): readonly number[];
  /** The particle with its mass multiplied by `factor` > 0, at the same position. */
  scaled(u: Vec, factor: number): readonly number[];
}

const rest = (u: Vec): number[] => Array.from(u.subarray(1));
const unit = (u: readonly number[]): number[] => u.map(x => x / Math.hypot(...u));
const signedRoot = (a: number): number => Math.sign(a) * Math.sqrt(Math.abs(a));

/** h¹: u = (w, θ) stands for w δ_θ (partially 1-homogeneous). */
export const weighted: Lifting = {
  name: 'weighted',
  mass: u => u[0],
  place: rest,
  particle: (mass, position) => [mass, ...position],
  scaled: (u, factor) => [factor * u[0], ...rest(u)],
};

/** h¹ in the conic chart a = r|r|: u = (r, θ) stands for r|r| δ_θ (Chizat 2019, §2.2). */
export const conicWeighted: Lifting = {
  name: 'conic-weighted',
  mass: u => u[0] * Math.abs(u[0]),
  place: rest,
  particle: (mass, position) => [signedRoot(mass), ...position],
  scaled: (u, factor) => [Math.sqrt(factor) * u[0], ...rest(u)],
};

/** h²: u ∈ ℝ^d stands for |u|² δ_{u/|u|} on the sphere (2-homogeneous); masses are never negative. */
export const spherical: Lifting = {
  name: 'spherical',
  mass: u => u.reduce((sum, x) => sum + x * x, 0),
  place: u => unit(Array.from(u)),
  particle(mass, position) {
    if (mass < 0) throw new RangeError(`a mass on the sphere must be ≥ 0, got ${mass}`);
    return position.map(x => Math.sqrt(mass) * x);
  },
  scaled: (u, factor) => Array.from(u, x => Math.sqrt(factor) * x),
};

/** h² for Φ(w, θ) = w φ(θ), φ 1-homogeneous: u = (w, θ) stands for w|θ| δ_{θ/|θ|} (2-homogeneous, signed). */
export const neuronal: Lifting = {
  name: 'neuronal',
  mass: u => u[0] * Math.hypot(...rest(u)),
  place: u => unit(rest(u)),
  // |w| = |θ|: of all pairs with this product the one of least |u|².
  particle: (mass, position) => [signedRoot(mass), ...position.map(x => Math.sqrt(Math.abs(mass)) * x)],
  scaled: (u, factor) => Array.from(u, x => Math.sqrt(factor) * x),
};

/** |ν|(Θ) of atoms at different positions. */
export const totalVariation = (nu: readonly Atom[]): number => nu.reduce((sum, a) => sum + Math.abs(a.weight), 0);

/** Atoms at equal positions become one; atoms of weight 0 are left out. */
export function merged(atoms: readonly Atom[]): Atom[] {
  const sums = new Map<string, Atom>();
  for (const { weight, position } of atoms) {
    // −0 and 0 are one place.
    const key = position.map(x => x + 0).join();
    sums.set(key, { weight: weight + (sums.get(key)?.weight ?? 0), position });
  }
  return [...sums.values()].filter(a => a.weight !== 0);
}

const particlesOf = (y: Vec, dim: number): Vec[] =>
  Array.from({ length: y.length / dim }, (_, i) => y.subarray(i * dim, (i + 1) * dim));

/**
 * hμ for μ = (1/m) Σ δ_{uᵢ}: (1/m) Σ mass(uᵢ) δ_{place(uᵢ)}, equal positions merged.
 * @param copies the sign of each particle's mass, where the domain has two copies
 */
export function projected(y: Vec, dim: number, lifting: Lifting, copies: Problem['copies'] = () => 1): Atom[] {
  const particles = particlesOf(y, dim);
  const shares = particles.map((u, i) => (copies(i) * lifting.mass(u)) / particles.length);
  return merged(
    particles.flatMap((u, i) => (shares[i] === 0 ? [] : [{ weight: shares[i], position: lifting.place(u) }])),
  );
}

/** y: one particle for each atom, with h(1/m Σ δ_{uᵢ}) = ν and no cancellation. One particle of mass 0 stands for ν = 0. */
export function lifted(nu: readonly Atom[], dim: number, lifting: Lifting): Vec {
  const atoms = merged(nu);
  if (atoms.length === 0) return new Float64Array(dim);
  return fromRows(
    atoms.map(a => lifting.particle(atoms.length * a.weight, a.position)),
    dim,
  );
}

/** A point mass of a measure on Ω, the space of particles. */
export interface Share {
  /** > 0. */
  readonly share: number;
  readonly particle: Vec;
}

/** The probability with the same projection and the same ∫V: shares divided by their sum, masses multiplied by it. */
export function normalised(mu: readonly Share[], lifting: Lifting): Share[] {
  const total = mu.reduce((sum, s) => sum + s.share, 0);
  return mu.map(({ share, particle }) => ({
    share: share / total,
    particle: Float64Array.from(lifting.scaled(particle, total)),
  }));
}

/** y: m particles of equal share 1/m with the same projection and the same ∫V as μ. */
export const equalised = (mu: readonly Share[], dim: number, lifting: Lifting): Vec =>
  fromRows(
    mu.map(({ share, particle }) => lifting.scaled(particle, mu.length * share)),
    dim,
  );

export interface LiftedValue {
  /** F(μ). */
  readonly lifted: number;
  /** J(hμ). */
  readonly projected: number;
  /** ∫|mass| dμ − |hμ|(Θ): what cancels, 0 when nothing does. F(μ) − J(hμ) is β times it. */
  readonly cancelled: number;
}

/** F(μ) beside J(hμ) ≤ F(μ), μ the cloud y of a problem with Φ = mass·φ and V = β|mass| (Chizat & Bach 2018, §2.1). */
export function liftedValue(problem: Problem, y: Vec, lifting: Lifting): LiftedValue {
  const { dim } = problem;
  if (problem.copies)
    throw new TypeError(`${problem.name} lives on two copies of its domain, which a lift would have to choose anew`);
  const m = y.length / dim;
  const nu = projected(y, dim, lifting);
  const back = lifted(nu, dim, lifting);
  const carried = particlesOf(y, dim).reduce((sum, u) => sum + Math.abs(lifting.mass(u)), 0) / m;
  return {
    lifted: flowOf(problem, m).energy(y),
    projected: flowOf(problem, back.length / dim).energy(back),
    cancelled: carried - totalVariation(nu),
  };
}
