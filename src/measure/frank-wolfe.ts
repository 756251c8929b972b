/**
 * Conditional gradient over measures: one atom at a time, at the maximum of |η| (Frank & Wolfe 1956; Bredies & Pikkarainen 2013). As it is on
 * the ball |ν| ≤ ρ, with the weights solved for after every atom, and with all atoms moved as well (Boyd, Schiebinger & Recht 2017;
 * Denoyelle, Duval, Peyré & Soubies 2019, Algorithm 2).
 */
import { dot } from '../math/vec.js';
import type { Atom, Vec } from '../types.js';
import { type Baseline, type Ending, type Iterate, workOf } from './baseline.js';
import { descend } from './descent.js';
import { merged, totalVariation } from './lifting.js';
import type { Inspection, Program } from './program.js';
import { activeSet, atomsOf, weightProblem } from './weights.js';

export interface InsertionOptions {
  /** Ends once F − F* is proven to be at most this share of F, or |η| ≤ β(1 + tolerance). */
  readonly tolerance?: number;
  readonly rounds?: number;
}

/** Why insertions are not to be had; null where they are. */
export function noInsertion({ problem, bound }: Program): string | null {
  if (!problem.supremum)
    return 'nothing finds the supremum of |η| over the domain of this problem; within bounds (box, or from and to) it would be searched';
  return bound > 0 ? null : 'β is 0: no number of atoms is enough';
}

const iterateOf = (
  program: Program,
  round: number,
  atoms: readonly Atom[],
  energy: number,
  lower: number,
): Iterate => ({
  round,
  atoms,
  energy,
  gap: Math.max(0, energy - lower),
  work: workOf(program.counter),
});

/** The same atoms with the best weights. */
function reweighted(program: Program, atoms: readonly Atom[]): Atom[] {
  const problem = weightProblem(
    program,
    atoms.map(a => a.position),
  );
  return atomsOf(
    problem,
    activeSet(
      problem,
      Float64Array.from(atoms, a => a.weight),
    ).c,
  );
}

const correct = (program: Program, atoms: readonly Atom[]): Atom[] => reweighted(program, atoms);
const slide = (program: Program, atoms: readonly Atom[]): Atom[] =>
  descend(program.problem, reweighted(program, atoms)).atoms;

/** Whether |η| ≤ β or the gap is closed, up to the tolerance. */
const optimal = (program: Program, seen: Inspection, lower: number, tolerance: number): boolean =>
  seen.energy - lower <= tolerance * Math.abs(seen.energy) || seen.value <= program.bound * (1 + tolerance);

/** An atom of no weight yet, or the one that is there. */
function withAtom(atoms: readonly Atom[], at: readonly number[]): Atom[] {
  const there = atoms.some(a => a.position.every((x, k) => x === at[k]));
  return there ? [...atoms] : [...atoms, { weight: 0, position: at }];
}

function* insertion(
  program: Program,
  improve: (program: Program, atoms: readonly Atom[]) => Atom[],
  { tolerance = 1e-12, rounds = 200 }: InsertionOptions,
): Baseline {
  let atoms: Atom[] = [];
  let seen = program.inspect(atoms);
  let lower = seen.dual;
  const first = seen.value / program.bound;
  const ended = (ok: boolean, words: string): Ending => ({ ok, words, numbers: { firstSupremum: first } });
  for (let round = 1; round <= rounds; round++) {
    if (optimal(program, seen, lower, tolerance))
      return ended(true, `optimal to the tolerance after ${round - 1} insertions`);
    atoms = improve(program, withAtom(atoms, seen.at));
    const before = seen;
    seen = program.inspect(atoms);
    lower = Math.max(lower, seen.dual);
    yield iterateOf(program, round, atoms, seen.energy, lower);
    // The insertions go on at rounding for ever: no fall of F, no better bound.
    if (seen.energy >= before.energy - 1e-15 * Math.abs(seen.energy))
      return ended(optimal(program, seen, lower, 1e-9), `F no longer falls after ${round} insertions`);
  }
  return ended(optimal(program, seen, lower, tolerance), `${rounds} insertions were allowed`);
}

/** Fully corrective: all weights are solved for after every insertion, positions stay. */
export const correctiveFrankWolfe = (program: Program, o: InsertionOptions = {}): Baseline =>
  insertion(program, correct, o);

/** Sliding: the weights, then weights and positions together by the flow of the atoms. */
export const slidingFrankWolfe = (program: Program, o: InsertionOptions = {}): Baseline => insertion(program, slide, o);

/** γ in [0, 1] that minimises R(f + γd), by bisection of its slope. */
function lineSearch(program: Program, f: Vec, d: Vec): number {
  const slope = (g: number): number => -dot(program.residual(f.map((x, k) => x + g * d[k])), d);
  if (slope(1) <= 0) return 1;
  let [low, high] = [0, 1];
  for (let k = 0; k < 60; k++) {
    const middle = (low + high) / 2;
    if (slope(middle) > 0) high = middle;
    else low = middle;
  }
  return low;
}

export interface BallOptions extends InsertionOptions {
  /** `search`: the best γ along the way; `open`: γ = 2/(k + 2). Both have the same bound. */
  readonly step?: 'search' | 'open';
  /** min R over the ball, where it is known: how much of the bound 2C_f/(k + 2) was used is then among the numbers. */
  readonly least?: number;
}

/** C_f of Jaggi (2013), eq. (3), for R∘∫φ on the ball |ν| ≤ ρ is at most L·(2ρ max|φ|)²; a number where R′ has a Lipschitz constant. */
export function curvatureOf(program: Program, radius: number, largest: number): number {
  const L = program.problem.loss.smoothness ?? Number.NaN;
  // On measures ≥ 0 the ends are 0 and ρδ, or two atoms: never farther apart either.
  return L * (2 * radius * largest) ** 2;
}

/** max |φ(θ)| over the atoms put in: where |φ| is the same everywhere, it is that. */
const largestColumn = (program: Program, at: readonly number[], before: number): number => {
  const phi = program.column(at);
  return Math.max(before, Math.sqrt(dot(phi, phi)));
};

/**
 * R(∫φ dν) over |ν| ≤ ρ from ν = 0. With ρ = |ν*| its minimiser is that of F, and F − F* is at most the gap of this problem; `energy` and `gap`
 * are those of F. After k rounds there are at most k atoms, and R − min R ≤ 2C_f/(k + 2) (Jaggi 2013, Theorem 1).
 */
export function* ballFrankWolfe(program: Program, radius: number, o: BallOptions = {}): Baseline {
  const { tolerance = 1e-12, rounds = 200, step = 'search', least = Number.NaN } = o;
  const { bound, nonnegative } = program;
  const loss = program.problem.loss;
  let atoms: Atom[] = [];
  let seen = program.inspect(atoms);
  let [lower, floor, largest] = [seen.dual, Number.NEGATIVE_INFINITY, 0];
  let [round, used] = [0, 0];
  for (; round < rounds; round++) {
    const sign = nonnegative ? Math.max(0, seen.sign) : seen.sign;
    const target = program.column(seen.at).map(x => sign * radius * x);
    largest = largestColumn(program, seen.at, largest);
    const gap = radius * Math.max(0, seen.upper) - dot(seen.q, seen.f);
    // A lower bound of min R over the ball; β times the radius more is one of F* where the radius is that of the minimiser.
    if (seen.proof) floor = Math.max(floor, loss.value(seen.f) - gap);
    if (gap <= tolerance * Math.abs(seen.energy)) break;
    const d = target.map((x, k) => x - seen.f[k]);
    const gamma = step === 'open' ? 2 / (round + 2) : lineSearch(program, seen.f, d);
    atoms = merged([
      ...atoms.map(a => ({ ...a, weight: (1 - gamma) * a.weight })),
      { weight: gamma * sign * radius, position: seen.at },
    ]);
    seen = program.inspect(atoms);
    lower = Math.max(lower, seen.dual);
    // `largest` is that of all rounds only at the end; it grows, so that this share is no less than the final one.
    used = Math.max(used, ((loss.value(seen.f) - least) * (round + 3)) / (2 * curvatureOf(program, radius, largest)));
    yield iterateOf(program, round + 1, atoms, seen.energy, lower);
  }
  const curve = curvatureOf(program, radius, largest);
  const numbers = {
    radius,
    lambda: bound,
    multiplier: seen.value,
    variation: totalVariation(atoms),
    loss: loss.value(seen.f),
    floor,
    curvature: curve,
    used,
  };
  const share = Number.isNaN(used)
    ? ''
    : `; R − min R stayed below ${used.toPrecision(2)} of 2C/(k + 2), C = ${curve.toPrecision(3)}`;
  const words = `|ν| ≤ ${Number(radius.toPrecision(6))} in place of β = ${bound}: sup |η| = ${Number(seen.value.toPrecision(6))} after ${round} rounds${share}`;
  return { ok: round < rounds, words, numbers };
}
