/**
 * Where kinks of Φ are too many to be located one by one: the unit's side is read at each stage of an explicit method, as if the field were
 * smooth. F is exact, the steps are not: the energy identity has a floor, which every run measures.
 */
import { flowOf } from './flow.js';
import type { SolverSpec } from './spec.js';
import type { Flow, Problem, SolveOptions, Solver } from './types.js';

/**
 * Units in the plane from a small sphere, to t = 100, located against dopri5 at rtol 1e-4. 3000 kinks: 11 000 evaluations (300 samples) and
 * 13 000 (1000) against 1300 and 720, some 10 s. 10 000 kinks (1000 samples): 35 000 in a minute or two against 750, defect 3e-5. Seconds
 * grow with the square of their number.
 */
export const MOST_KINKS = 5000;
/**
 * Where each sample weighs much particles slide, and the method chatters there: with 50 samples 11 000 to 57 000 evaluations against 7900,
 * defect 5e-3 to 2e-2; with 100 it is 4900 to 26 000 against 7800 and 1e-3 to 3e-3; with 300 it is 1300 to 4300, and 1e-4.
 */
export const FEWEST_SAMPLES = 300;
/** Below it the cost grows like 1/rtol and the floor stays: 1e-5 at 1304 → 10 358 evaluations won a factor 2 (300 samples). */
export const STAGE_RTOL = 1e-4;

/** What follows an experiment. `unlocated`: so many kinks of Φ are read at stages. */
export interface Followed {
  readonly flow: Flow;
  readonly solver: Solver;
  readonly solve: SolveOptions;
  readonly unlocated?: number;
}

/** The same problem without kinks of Φ: its field is taken as smooth. */
function taken(problem: Problem): Problem {
  if (!problem.feature) return problem;
  const { kinks: _, ...feature } = problem.feature;
  return { ...problem, feature };
}

/** As asked for; `auto` gives up locating kinks of Φ where they are many, each of little weight. */
export function followed(
  problem: Problem,
  m: number,
  given: SolverSpec | undefined,
  [solver, solve]: readonly [Solver, SolveOptions],
  explicit: Solver,
): Followed {
  const samples = problem.feature?.kinks?.perParticle ?? 0;
  const { kind = 'auto', events = 'auto' } = given ?? {};
  const many = samples >= FEWEST_SAMPLES && samples * m > MOST_KINKS;
  if (kind !== 'auto' || events !== 'auto' || !many) return { flow: flowOf(problem, m), solver, solve };
  const rtol = Math.max(solve.rtol ?? 0, STAGE_RTOL);
  return { flow: flowOf(taken(problem), m), solver: explicit, solve: { ...solve, rtol }, unlocated: samples * m };
}
