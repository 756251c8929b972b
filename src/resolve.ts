/**
 * What the user wrote → a complete, checked experiment: the schema, then everything a schema cannot say.
 */
import { type ExperimentFile, type Fault, InvalidExperiment } from './experiment-file.js';
import { MOST_BYTES, noRoom } from './kernels/room.js';
import { meant } from './math/nearest.js';
import { faultsOf, show } from './schema-faults.js';
import {
  boldNames,
  type COMPARED,
  configured,
  type Experiment,
  experimentSchema,
  fixedStepNames,
  implicitNames,
  insideNames,
  noisyNames,
  problemKinds,
  proximalNames,
  type SolverSpec,
  stepOf,
  stochasticNames,
} from './spec.js';
import type { ProblemKind, ProblemSpec } from './types.js';

/** The kind of a problem that has passed the schema. */
export function kindOf(problem: ProblemSpec): ProblemKind {
  const kind = problemKinds.find(k => k.kind === problem.kind);
  if (!kind) throw new RangeError(`no problem is called ${problem.kind}`);
  return kind;
}

/** Iterations of a method of fixed step, unless the budget says otherwise. */
const MAX_ITERATIONS = 1e8;

/** Checks between fields. Each returns what it finds wrong. */
const crossChecks: readonly ((e: Experiment) => Fault[])[] = [
  function problemFaults({ problem }) {
    return kindOf(problem)
      .faults(problem)
      .map(f => ({ ...f, path: ['problem', ...f.path] }));
  },
  function rowsAreParticles({ particles, problem }) {
    if (!('values' in particles)) return [];
    const names = kindOf(problem).coordinates(problem);
    const bad = particles.values.findIndex(row => row.length !== names.length);
    if (bad < 0) return [];
    const message = `a particle is a row [${names.join(', ')}] of ${names.length} numbers, found ${particles.values[bad].length}`;
    return [{ path: ['particles', 'values', bad], message }];
  },
  function initialiserIsKnown({ particles, problem }) {
    if (!('init' in particles) || particles.init === undefined) return [];
    const { initialisers } = kindOf(problem);
    if (initialisers.includes(particles.init)) return [];
    return [
      { path: ['particles', 'init'], message: `found ${show(particles.init)}${meant(particles.init, initialisers)}` },
    ];
  },
  function outputTimes({ time: { end, saveAt = [] } }) {
    const unsorted = saveAt.findIndex((t, i) => i > 0 && t <= saveAt[i - 1]);
    if (unsorted >= 0)
      return [
        {
          path: ['time', 'saveAt', unsorted],
          message: `times must increase, found ${saveAt[unsorted]} after ${saveAt[unsorted - 1]}`,
        },
      ];
    const outside = saveAt.findIndex(t => t > end);
    return outside < 0
      ? []
      : [{ path: ['time', 'saveAt', outside], message: `must lie in [0, ${end}], found ${saveAt[outside]}` }];
  },
  function mirrorNeedsItsChart({ solver, problem }) {
    if (solver?.retraction !== 'mirror' || problem.chart === 'conic') return [];
    return [{ path: ['solver', 'retraction'], message: 'mirror needs problem.chart: conic' }];
  },
  function proximalMapsAreEuclidean({ solver, problem, compare }) {
    if (problem.chart !== 'conic') return [];
    const message = (kind: string) =>
      `${kind} takes proximal maps, which chart: conic has none of; try auto, gd or cpgd, or chart: linear`;
    const methods = compare?.stepsize?.methods ?? [];
    return [
      ...(solver && proximalNames.includes(solver.kind)
        ? [{ path: ['solver', 'kind'], message: message(solver.kind) }]
        : []),
      ...methods.flatMap((m, i) =>
        proximalNames.includes(m) ? [{ path: ['compare', 'stepsize', 'methods', i], message: message(m) }] : [],
      ),
    ];
  },
  function weightsStayFeasible({ solver, problem, particles, compare }) {
    if (problem.sign !== 'nonnegative') return [];
    const methods = compare?.stepsize?.methods ?? [];
    const method = methods.findIndex(name => !insideNames.includes(name));
    if (method >= 0)
      return [
        {
          path: ['compare', 'stepsize', 'methods', method],
          message: `${methods[method]} leaves w ≥ 0; sign: nonnegative is compared with proximal-euler`,
        },
      ];
    const bad = 'values' in particles ? particles.values.findIndex(row => row[0] < 0) : -1;
    if (bad >= 0) return [{ path: ['particles', 'values', bad], message: 'sign: nonnegative wants weights ≥ 0' }];
    if (!solver || insideNames.includes(solver.kind)) return [];
    return [{ path: ['solver', 'kind'], message: `sign: nonnegative needs ${insideNames.join(' or ')}` }];
  },
  function someTolerance({ solver }) {
    if (solver?.rtol !== 0 || solver.atol !== 0) return [];
    return [{ path: ['solver'], message: 'rtol and atol are both 0; one of them must be > 0' }];
  },
  function streamsNeedBatches({ problem, solver, compare }) {
    if (!isStream(problem)) return [];
    const unfit = !stochasticNames.includes(solver?.kind ?? '');
    return [
      ...(unfit ? [{ path: ['solver'], message: WHOLE_GRADIENT }] : []),
      ...(compare?.stepsize ? [{ path: ['compare', 'stepsize'], message: WHOLE_GRADIENT }] : []),
    ];
  },
  function enoughSteps(e) {
    const step = timePerStep(e);
    const budget = e.budget?.steps ?? MAX_ITERATIONS;
    const steps = step ? stepsTo(e.time.end / step, e.solver?.decay) : 0;
    if (steps <= budget) return [];
    return [
      {
        path: ['solver'],
        message: `time.end = ${e.time.end} takes ${steps.toExponential(1)} steps, above the budget of ${budget}; take a larger step, a shorter time, or raise budget.steps`,
      },
    ];
  },
  function comparedStepsAreFewEnough(e) {
    const { steps = [], rates = [], end = e.time.end, count, methods = ['gd'] } = e.compare?.stepsize ?? {};
    const m = count ?? particleCount(e);
    const time = (eta: number) => Math.min(...methods.map(name => clockOf(comparedAs(name, e), eta)));
    const many = (key: string, list: readonly number[], toStep: number) =>
      list.flatMap((x, i) =>
        end / time(x * toStep) <= MAX_ITERATIONS
          ? []
          : [
              {
                path: ['compare', 'stepsize', key, i],
                message: `${show(x)} takes ${(end / time(x * toStep)).toExponential(1)} iterations to t = ${end}; at most ${MAX_ITERATIONS} are done`,
              },
            ],
      );
    return [...many('steps', steps, 1), ...many('rates', rates, 1 / m)];
  },
  function comparedMethodsFollowTheFlow(e) {
    const method = e.compare?.stepsize?.methods?.indexOf('heavy-ball') ?? -1;
    if (method < 0 || comparedAs('heavy-ball', e).friction === undefined) return [];
    const message =
      'heavy-ball with solver.friction follows an equation of second order, not the flow; give solver.momentum';
    return [{ path: ['compare', 'stepsize', 'methods', method], message }];
  },
  function countsAreFree({ particles, compare }) {
    if (!('values' in particles) || !compare?.counts) return [];
    return [
      {
        path: ['compare', 'counts'],
        message: 'particles.values fixes the number of particles; use particles.init with compare.counts',
      },
    ];
  },
  function seedsMakeADifference({ solver, compare, particles, stop }) {
    const { seeds, starts, data } = compare ?? {};
    const fault = (key: string, message: string): Fault[] => [{ path: ['compare', key], message }];
    if (seeds === undefined) {
      const key = starts === undefined ? data && 'data' : 'starts';
      return key ? fault(key, 'says how compare.seeds begin; give seeds') : [];
    }
    if (stop) return fault('seeds', 'the seeds would end at different times; leave out stop');
    const fixed = 'values' in particles;
    if (starts === 'drawn' && fixed)
      return fault('starts', 'particles.values is one start for all; use particles.init');
    if (data === 'drawn' || noisyNames.includes(solver?.kind ?? '') || !(fixed || starts === 'same')) return [];
    return fault(
      'seeds',
      `${solver?.kind ?? 'auto'} draws nothing, and with one start and one set of data every seed gives the same run; give starts: drawn with particles.init, or data: drawn; or take ${noisyNames.join(', ')}`,
    );
  },
  // As far as is known before a file is read.
  function enoughMemory(e) {
    return memoryFaults(e, {
      coordinates: kindOf(e.problem).coordinates(e.problem).length || 2,
      numbers: 0,
      kinks: 0,
      kernels: 0,
    });
  },
];

export const particleCount = (e: Experiment): number =>
  'values' in e.particles ? e.particles.values.length : e.particles.count;

/** A method to compare with the flow: with the settings of the experiment's solver where it is that one. */
export function comparedAs(method: (typeof COMPARED)[number], { solver, compare }: Experiment): SolverSpec {
  const given = compare?.stepsize?.settings ?? solver;
  return given?.kind === method ? given : { kind: method };
}

/** The time that a step of length η takes, which is not η where there is momentum. */
const clockOf = (solver: SolverSpec, eta: number): number => configured(solver, '')?.clock?.(eta) ?? eta;

/** Time per iteration of a method of fixed step. */
function timePerStep(e: Experiment): number | undefined {
  const eta = e.solver && stepOf(e.solver, particleCount(e));
  return e.solver && eta !== undefined ? clockOf(e.solver, eta) : undefined;
}

/** Why a method that follows the flow is refused on a stream: its evaluation sample is there to judge, not to be fitted to. */
export const WHOLE_GRADIENT = `a stream of fresh samples has no whole gradient to follow; use ${stochasticNames.join(' or ')}, or a finite sample, data: {teacher: …, count: …}`;

/** A population that is drawn from, not known in closed form. */
const isStream = ({ population }: ProblemSpec): boolean => typeof population === 'object';

/** The smallest n with Σ_{k<n} (1 + k/after)^−power ≥ units, by the integral that the sum exceeds. */
function stepsTo(units: number, decay: SolverSpec['decay']): number {
  if (!decay) return units;
  const { power, after } = decay;
  const x = units / after;
  return power === 1 ? after * Math.expm1(x) : after * ((1 + (1 - power) * x) ** (1 / (1 - power)) - 1);
}

/** The largest cloud that will be computed. */
export const largestCount = (e: Experiment): number =>
  Math.max(particleCount(e), ...(e.compare?.counts ?? []), e.compare?.stepsize?.count ?? 0);

/** What a problem holds: coordinates and kinks of a particle, numbers of F. */
export interface Extent {
  readonly coordinates: number;
  readonly numbers: number;
  readonly kinks: number;
  /** Bytes that the kernels of the largest cloud take, in one memory. */
  readonly kernels: number;
}

/** A state kept as rows of numbers costs about this many times its doubles. */
const ROWS_OVERHEAD = 6;
/** Sides and margins of one kink, in bytes. */
const KINK = 48;
const MOST = 8 * 2 ** 30;

/** Bytes of states, stages, dense output, saved states and kernels: an order of magnitude, before anything is allocated. */
function memoryEstimate(e: Experiment, { coordinates, numbers, kinks, kernels }: Extent): number {
  const [working, pictures] = [40, 40];
  const kept = (e.time.saveAt?.length ?? 2) * ROWS_OVERHEAD;
  const states = largestCount(e) * (8 * coordinates * (working + pictures + kept) + KINK * kinks);
  return states + 8 * numbers * working + kernels;
}

const gibibytes = (bytes: number): string => String(Number((bytes / 2 ** 30).toPrecision(2)));

/** @param most bytes; the default is more than any experiment may ask for */
export function memoryFaults(e: Experiment, extent: Extent, most = MOST): Fault[] {
  if (extent.kernels > MOST_BYTES) return [{ path: ['particles'], message: noRoom(extent.kernels) }];
  const bytes = memoryEstimate(e, extent);
  if (bytes <= most) return [];
  const beside = extent.kinks > 0 ? `, ${largestCount(e)} particles with ${extent.kinks} kinks each` : '';
  const found = `about ${gibibytes(bytes)} GiB would be needed${beside}; at most ${gibibytes(most)} are allowed`;
  const fewer = extent.kinks > 0 ? 'particles, rows of data' : 'particles';
  const blind = extent.kinks > 0 ? ', or a method that steps over kinks: gd' : '';
  return [{ path: ['particles'], message: `${found}; take fewer ${fewer} or fewer time.saveAt${blind}` }];
}

/** Smaller relative tolerances than this cannot be met in double precision. */
const SMALLEST_RTOL = 100 * Number.EPSILON;

/** Stiff flows at 0.1 have ended in the wrong basin. */
const LARGEST_BOLD_RTOL = 1e-2;

export interface Resolved {
  readonly experiment: Experiment;
  readonly warnings: readonly string[];
}

function completeSolver(e: Experiment, warnings: string[]): SolverSpec {
  const given: SolverSpec = e.solver ?? { kind: 'auto' };
  const step = timePerStep(e);
  if (step !== undefined && e.time.end > 0 && step > e.time.end)
    warnings.push(
      `solver: one step of ${step} is longer than time.end ${e.time.end}; the run is a single step past the end`,
    );
  if (given.averageFrom !== undefined && given.averageFrom > e.time.end)
    warnings.push(`solver.averageFrom ${given.averageFrom} lies past time.end ${e.time.end}: nothing is averaged`);
  if (fixedStepNames.includes(given.kind)) return given;
  let rtol = given.rtol ?? 1e-6;
  if (rtol < SMALLEST_RTOL && !(rtol === 0 && given.atol !== undefined)) {
    warnings.push(
      `solver.rtol ${rtol} is below what double precision can meet; raised to ${SMALLEST_RTOL.toExponential(1)}`,
    );
    rtol = SMALLEST_RTOL;
  }
  const implicit = implicitNames.includes(given.method ?? given.kind);
  if (boldNames.includes(given.method ?? given.kind) && rtol > LARGEST_BOLD_RTOL) {
    warnings.push(
      `solver.rtol ${rtol}: steps that are not bound by stability may end in another minimum; lowered to ${LARGEST_BOLD_RTOL}`,
    );
    rtol = LARGEST_BOLD_RTOL;
  }
  if (!implicit && rtol >= 1e-5)
    warnings.push(
      `solver.rtol ${rtol}: on a stiff flow an explicit method rides its stability limit, and the energy identity holds far less well than rtol; see the measured defect`,
    );
  return {
    ...given,
    ...(given.kind === 'inclusion' && { method: given.method ?? 'dopri5' }),
    rtol,
    // An implicit method has a default of its own, which follows the size of the state.
    ...(!implicit && { atol: given.atol ?? rtol * 1e-2 }),
  };
}

/** How the seeds of an ensemble begin, where that is left out: a method that draws nothing has nothing else to differ in. */
function completeCompare({ compare, solver }: Experiment): Experiment['compare'] {
  if (compare?.seeds === undefined || compare.starts || compare.data === 'drawn') return compare;
  return noisyNames.includes(solver?.kind ?? '') ? compare : { ...compare, starts: 'drawn' };
}

/** Everything the schema cannot say. */
export const crossFaults = (e: Experiment): Fault[] => crossChecks.flatMap(check => check(e));

/** Whether the experiment draws random numbers. */
const drawsAtRandom = (e: Experiment): boolean =>
  !('values' in e.particles || ['grid', 'midpoints'].includes(e.particles.init ?? 'grid')) ||
  /"(noise|count|split)":/.test(JSON.stringify(e.problem)) ||
  isStream(e.problem) ||
  noisyNames.includes(e.solver?.kind ?? '') ||
  (e.compare?.stepsize?.methods?.some(method => stochasticNames.includes(method)) ?? false);

/** Faults with the place in the file where each stands. */
export const placed = (faults: readonly Fault[], file: ExperimentFile): Fault[] =>
  faults.map(f => {
    const place = f.place ?? file.locate(f.path);
    return place === undefined ? f : { ...f, place };
  });

/** Validates and fills in every default. Throws InvalidExperiment with all faults found. */
export function resolveExperiment(file: ExperimentFile): Resolved {
  const result = experimentSchema.safeParse(file.value);
  const faults = result.success ? crossFaults(result.data) : result.error.issues.flatMap(i => faultsOf(i, file.value));
  if (faults.length > 0 || !result.success) {
    throw new InvalidExperiment(placed(faults, file), file.source);
  }
  const e = result.data;
  const warnings: string[] = [];
  const seed = String(e.seed ?? 'pgf');
  if (e.seed === undefined && drawsAtRandom(e)) warnings.push('no seed given: "pgf" is used, and stored');
  const { counts } = e.compare ?? {};
  const once = counts && [...new Set(counts)];
  if (once && once.length < counts.length) warnings.push(`compare.counts: doubled values run once: ${once.join(', ')}`);
  const compare = completeCompare(e);
  const experiment: Experiment = {
    ...e,
    ...(compare && { compare: { ...compare, ...(once && { counts: once }) } }),
    problem: kindOf(e.problem).complete(e.problem),
    particles:
      'count' in e.particles
        ? { ...e.particles, init: e.particles.init ?? kindOf(e.problem).initialisers[0] }
        : e.particles,
    solver: completeSolver(e, warnings),
    time: { ...e.time, saveAt: e.time.saveAt ?? (e.time.end > 0 ? [0, e.time.end] : [0]) },
    seed,
  };
  return { experiment, warnings };
}
