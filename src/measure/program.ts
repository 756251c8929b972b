/**
 * F as a convex function of a signed measure ν on the positions alone: R(∫φ dν) + β|ν|, φ(θ) = Φ(1, θ). What all methods over measures share:
 * sums over atoms, η = ⟨−R′(f), φ⟩ and the dual bound that comes with it.
 */
import { boundsOf } from '../math/domain.js';
import { random } from '../math/random.js';
import { dot, maxAbs } from '../math/vec.js';
import type { Atom, ComposedProblem, Domain, Loss, Problem, Vec } from '../types.js';
import { type Counter, counted, noWork } from './baseline.js';
import { totalVariation } from './lifting.js';

export interface Program {
  /** Counted: see `counter`. */
  readonly problem: ComposedProblem;
  readonly counter: Counter;
  /** Of positions. */
  readonly places: Domain;
  /** β. */
  readonly bound: number;
  /** Only measures ≥ 0. */
  readonly nonnegative: boolean;
  /** φ(θ), a new array. */
  column(position: readonly number[]): Vec;
  /** ∫φ dν, a new array. */
  sum(atoms: readonly Atom[]): Vec;
  /** −R′(f), a new array. */
  residual(f: Vec): Vec;
  energyAt(f: Vec, variation: number): number;
  energy(atoms: readonly Atom[]): number;
  /** η at the measure, what it proves, and where the next atom belongs. */
  inspect(atoms: readonly Atom[]): Inspection;
}

export interface Inspection {
  readonly energy: number;
  readonly f: Vec;
  /** −R′(f). */
  readonly q: Vec;
  /** sup |η|, or of η where only measures ≥ 0 are asked for: attained, and from above. */
  readonly value: number;
  readonly upper: number;
  readonly at: readonly number[];
  /** Of η there. */
  readonly sign: number;
  /** F* is at least this; −∞ where nothing is known. */
  readonly dual: number;
  readonly proof: boolean;
}

/**
 * −R*(−αq) at the best α with α·upper ≤ β (Fenchel; Chizat & Bach 2018, Prop. 3.1). Where R does not say which α is best, the largest that is
 * at most 1: exact at the optimum, where α = 1.
 */
export function dualAlong(loss: Loss, q: Vec, upper: number, bound: number, onlyAbove: boolean): number {
  if (!loss.conjugate || Number.isNaN(upper)) return Number.NEGATIVE_INFINITY;
  const limit = upper > 0 ? bound / upper : Number.POSITIVE_INFINITY;
  const best = loss.bestScale ? loss.bestScale(q) : 1;
  const alpha = Math.min(limit, Math.max(onlyAbove || !loss.bestScale ? 0 : -limit, best));
  return -loss.conjugate(q.map(x => -alpha * x));
}

const LINEAR = 1e-12;

/** Why Φ is not w·φ(θ); null where it is, at random particles, to rounding. */
function notLinear({ feature, dim, initial }: ComposedProblem): string | null {
  const start = Object.values(initial)[0]?.draw(4, random('measure', 'probe'));
  if (!start) return 'there are no initial particles to try Φ at';
  const value = (y: Vec, w: number): Vec => {
    const out = new Float64Array(feature.size);
    feature.sumInto(Float64Array.of(w, ...y.subarray(1)), 1, out);
    return out;
  };
  for (let i = 0; i < 4; i++) {
    const y = start.subarray(i * dim, (i + 1) * dim);
    const one = value(y, 1);
    const size = maxAbs(one);
    if ([2, -1].some(w => !value(y, w).every((x, k) => Math.abs(x - w * one[k]) <= LINEAR * size)))
      return 'Φ is not w·φ(θ): it is not linear in the first coordinate of a particle';
  }
  return null;
}

/** What keeps a problem from being a program over measures; null when nothing does. */
function reasonAgainst(problem: Problem): string | null {
  const { feature, loss, penalty, domain, copies, sampling } = problem;
  if (!feature || !loss) return 'R(∫Φ dμ) is given as a field of the particles, and F has no coordinates';
  if (sampling?.rows === null) return 'a stream of fresh samples has no F to minimise exactly';
  if (copies) return 'the particles live on two copies of the domain';
  const V = penalty?.absolute;
  if (penalty && (V?.coordinate !== 0 || V.modulation))
    return `V must be β|w|, w the first coordinate; it is ${penalty.name}`;
  const [from, to] = boundsOf(domain[0]);
  if (to !== Number.POSITIVE_INFINITY || (from !== Number.NEGATIVE_INFINITY && from !== 0))
    return 'a weight has bounds of its own';
  return notLinear({ ...problem, feature, loss });
}

/** The program, or why the problem is none. */
export function programOf(given: Problem, counter: Counter = noWork()): Program | string {
  const against = reasonAgainst(given);
  if (against !== null) return against;
  const problem = counted(given as ComposedProblem, counter);
  const { feature, loss, penalty, domain } = problem;
  const bound = penalty?.absolute?.weight ?? 0;
  const nonnegative = penalty?.absolute?.nonnegative === true || boundsOf(domain[0])[0] === 0;
  const column = (position: readonly number[]): Vec => {
    const phi = new Float64Array(feature.size);
    feature.sumInto(Float64Array.of(1, ...position), 1, phi);
    return phi;
  };
  const sum = (atoms: readonly Atom[]): Vec => {
    const f = new Float64Array(feature.size);
    const m = atoms.length;
    if (m > 0) feature.sumInto(Float64Array.from(atoms.flatMap(a => [m * a.weight, ...a.position])), m, f);
    return f;
  };
  const residual = (f: Vec): Vec => {
    const q = new Float64Array(f.length);
    loss.gradientInto(f, q);
    for (let k = 0; k < q.length; k++) q[k] = -q[k];
    return q;
  };
  const energyAt = (f: Vec, variation: number): number => loss.value(f) + (bound > 0 ? bound * variation : 0);
  return {
    problem,
    counter,
    places: domain.slice(1),
    bound,
    nonnegative,
    column,
    sum,
    residual,
    energyAt,
    energy: atoms => energyAt(sum(atoms), totalVariation(atoms)),
    inspect(atoms) {
      const f = sum(atoms);
      const q = residual(f);
      const energy = energyAt(f, totalVariation(atoms));
      const sup = problem.supremum?.(q);
      if (!sup) {
        const nothing = { value: Number.NaN, upper: Number.NaN, at: [], sign: 0, proof: false };
        return { energy, f, q, ...nothing, dual: Number.NEGATIVE_INFINITY };
      }
      const at = Array.from(sup.at);
      const { value, upper, proof } = sup;
      const dual = proof ? dualAlong(loss, q, upper, bound, nonnegative) : Number.NEGATIVE_INFINITY;
      return { energy, f, q, value, upper, at, sign: Math.sign(dot(q, column(at))), dual, proof };
    },
  };
}
