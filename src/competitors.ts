/** Every method that can be asked for the minimum of one experiment: how it is begun, or why it cannot be. */
import { auto } from '../solvers/index.js';
import { type Cloud, certified, conicDescent, finished, followed, type Trail } from './followed.js';
import { random } from './math/random.js';
import { type Baseline, type Counter, noWork } from './measure/baseline.js';
import { onPositions } from './measure/fixed-positions.js';
import { ballFrankWolfe, correctiveFrankWolfe, noInsertion, slidingFrankWolfe } from './measure/frank-wolfe.js';
import { conicWeighted, totalVariation, weighted } from './measure/lifting.js';
import { type Program, programOf } from './measure/program.js';
import { latticeOf, searchedSupremum } from './measure/searched-supremum.js';
import { semidefinite, trigonometricOf } from './measure/semidefinite.js';
import { WHOLE_GRADIENT } from './resolve.js';
import { initialState, settingOf, solverOf } from './run.js';
import type { Experiment } from './spec.js';
import type { Atom, ComposedProblem, Problem, SolveOptions, Vec } from './types.js';

export interface Asked {
  /** Share of F at which a method that has a gap may end. */
  readonly tolerance: number;
  /** Of the grid, and of random features. */
  readonly positions: number;
  /** Of methods that take one atom a round, and of CPGD a hundred times as many. */
  readonly rounds: number;
  readonly signal: SolveOptions['signal'] | undefined;
}

/** What is known of the minimum when a method begins. */
export interface Known {
  /** The best measure so far. */
  readonly best: { readonly atoms: readonly Atom[]; readonly energy: number } | null;
}

export interface Competitor {
  readonly method: string;
  /** The method that this one goes on from, whose work and time are its own too. */
  readonly after?: string;
  begin(counter: Counter, known: Known): Baseline | string;
}

export const METHODS = [
  'flow',
  'flow+newton',
  'cpgd',
  'grid',
  'random-features',
  'sliding-frank-wolfe',
  'corrective-frank-wolfe',
  'frank-wolfe',
  'semidefinite',
] as const;

/** The same problem with particles [w, θ]: methods over measures have no chart. */
function linearSpec({ problem }: Experiment): Experiment['problem'] {
  const { chart: _, ...rest } = problem as Experiment['problem'] & { chart?: unknown };
  return problem.kind === 'deconvolution' ? rest : problem;
}

/** The same in the conic chart, on signed measures or, where the start has only r > 0, on those ≥ 0. */
function conicOf(problem: Experiment['problem']): Experiment['problem'] | null {
  if (problem.kind !== 'deconvolution') return null;
  const { sign: _, ...rest } = problem as Experiment['problem'] & { sign?: unknown };
  return { ...rest, chart: 'conic' };
}

/** With a supremum by search where the problem has none of its own and its domain has ends. */
function searchable(problem: Problem): Problem {
  if (problem.supremum || !problem.feature || !problem.loss) return problem;
  const onlyAbove = problem.penalty?.absolute?.nonnegative === true;
  const supremum = searchedSupremum(problem as ComposedProblem, { onlyAbove });
  return supremum ? { ...problem, supremum } : problem;
}

/** What methods over measures solve; atoms of all methods are atoms of it. */
export const linearOf = (frozen: Experiment): Problem =>
  searchable(settingOf({ ...frozen, problem: linearSpec(frozen) }).problem);

/** Positions of initial particles with much room: of all ways to draw them the one that fills the domain, else the experiment's own. */
function featuresOf({ problem }: Program, { particles, seed }: Experiment, count: number): number[][] {
  const own = 'values' in particles ? undefined : particles.init;
  const name = ['random', 'zero-weight', 'gaussian', own].find(n => n !== undefined && n in problem.initial);
  const draw = problem.initial[name ?? Object.keys(problem.initial)[0]];
  const y = draw.draw(count, random(String(seed), 'features'));
  return Array.from({ length: count }, (_, i) => Array.from(y.subarray(i * problem.dim + 1, (i + 1) * problem.dim)));
}

const PAIR_RADIUS = 0.1;

/** Pairs ±r at the midpoints of a lattice, or r alone where only measures ≥ 0 are asked for: CPGD keeps every sign. */
function conicStart(problem: Problem, m: number, nonnegative: boolean): Vec {
  const { dim } = problem;
  const copies = nonnegative ? 1 : 2;
  const places = problem.initial.midpoints.draw(
    Math.max(1, Math.round(m / copies)),
    random('cpgd', 'start'),
    PAIR_RADIUS,
  );
  const rows = Array.from({ length: places.length / dim }, (_, i) =>
    Array.from(places.subarray(i * dim, (i + 1) * dim)),
  );
  return Float64Array.from(rows.flatMap(([r, ...at]) => (nonnegative ? [r, ...at] : [r, ...at, -r, ...at])));
}

function conicCloud(frozen: Experiment, m: number, nonnegative: boolean): Cloud | string {
  const conic = conicOf(frozen.problem);
  if (!conic) return 'its particles need the conic chart w = r|r|, which kind: deconvolution has';
  const { problem } = settingOf({ ...frozen, problem: conic, particles: { count: m } });
  const start = conicStart(problem, m, nonnegative);
  return { problem, m: start.length / problem.dim, start, lifting: conicWeighted };
}

/** All of them, in the order in which they can use what the ones before have found. */
export function competitors(frozen: Experiment, problem: Problem, asked: Asked): Competitor[] {
  const start = initialState(frozen, problem);
  const linear = linearOf(frozen);
  const lifting = typeof programOf(linear) === 'string' ? null : problem.metric ? conicWeighted : weighted;
  const cloud: Cloud = { problem, m: start.length / problem.dim, start, lifting };
  const trail: Trail = { last: start };
  const { tolerance, rounds, positions } = asked;
  const over = (make: (p: Program, known: Known) => Baseline | string) => (counter: Counter, known: Known) => {
    const program = programOf(linear, counter);
    return typeof program === 'string' ? program : make(program, known);
  };
  const inserting = (make: (p: Program, known: Known) => Baseline | string) =>
    over((p, known) => noInsertion(p) ?? make(p, known));
  const flow = (counter: Counter): Baseline | string => {
    if (problem.sampling?.rows === null) return WHOLE_GRADIENT;
    const [, options] = solverOf(
      { ...frozen, solver: { kind: 'auto', rtol: frozen.solver?.rtol ?? 1e-8 } },
      cloud.m,
      asked.signal,
    );
    return followed(cloud, auto, options, counter, certified(cloud), trail);
  };
  const descent = over(p => {
    const conic = conicCloud(frozen, cloud.m, p.nonnegative);
    // Looked at through a program of its own: what the looks cost is not the method's.
    const looking = programOf(linear, noWork());
    if (typeof conic === 'string' || typeof looking === 'string') return String(conic);
    return conicDescent(conic, looking, 100 * rounds, p.counter);
  });
  const onGrid = over(p => {
    const grid = latticeOf(p.places, positions);
    return grid
      ? onPositions(p, grid, { tolerance })
      : 'a position has no ends, so that no grid covers the domain; bounds (box, or from and to) would give it some';
  });
  const onFeatures = over(p => onPositions(p, featuresOf(p, frozen, positions), { tolerance }));
  const onBall = inserting((p, { best }) => {
    if (!best) return 'no measure to take the radius from';
    const radius = totalVariation(best.atoms);
    return ballFrankWolfe(p, radius, { tolerance, rounds, least: best.energy - p.bound * radius });
  });
  const onCircle = over(p => {
    const circle = trigonometricOf(p);
    return typeof circle === 'string' ? circle : semidefinite(circle);
  });
  const begins: Record<(typeof METHODS)[number], Competitor['begin']> = {
    flow,
    'flow+newton': counter => finished(cloud, trail.last, counter),
    cpgd: descent,
    grid: onGrid,
    'random-features': onFeatures,
    'sliding-frank-wolfe': inserting(p => slidingFrankWolfe(p, { tolerance: 1e-3 * tolerance, rounds })),
    'corrective-frank-wolfe': inserting(p => correctiveFrankWolfe(p, { tolerance, rounds })),
    'frank-wolfe': onBall,
    semidefinite: onCircle,
  };
  return METHODS.map(method => ({
    method,
    begin: begins[method],
    ...(method === 'flow+newton' && { after: 'flow' }),
  }));
}
