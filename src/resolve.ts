/**
 * What the user wrote → a complete, checked experiment: the schema, then everything a schema cannot say.
 */
import type { z } from 'zod';
import { type ExperimentFile, type Fault, InvalidExperiment, type Path } from './experiment-file.js';
import { meant } from './math/nearest.js';
import {
  type Experiment,
  experimentSchema,
  fixedStepNames,
  implicitNames,
  locatedNames,
  problemKinds,
  type SolverSpec,
  stochasticNames,
} from './spec.js';
import type { ProblemKind, ProblemSpec } from './types.js';

type Issue = z.core.$ZodIssue;

const NOT_FINITE = 'a finite number is wanted';

function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'number') return String(value);
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

const valueAt = (root: unknown, path: Path): unknown =>
  path.reduce<unknown>(
    (v, key) => (typeof v === 'object' && v !== null ? (v as Record<string | number, unknown>)[key] : undefined),
    root,
  );

type Def = {
  type: string;
  innerType?: unknown;
  element?: unknown;
  options?: unknown[];
  shape?: Record<string, unknown>;
  values?: unknown[];
};
const defOf = (schema: unknown): Def | undefined => (schema as { _zod?: { def: Def } } | undefined)?._zod?.def;

/** Whether an object schema, or one inside a union, is of this kind. */
function takes(schema: unknown, kind: unknown): boolean {
  const def = defOf(schema);
  return def?.type === 'union'
    ? (def.options ?? []).some(o => takes(o, kind))
    : (defOf(def?.shape?.kind)?.values?.includes(kind) ?? false);
}

/** The keys an object schema allows at a path; of a union, those of the branches that the value's `kind` leaves open. */
function keysAt(schema: unknown, path: Path, value: unknown): string[] {
  const def = defOf(schema);
  if (def?.type === 'optional') return keysAt(def.innerType, path, value);
  if (def?.type === 'union') {
    const kind = valueAt(value, ['kind']);
    const named = (def.options ?? []).filter(o => takes(o, kind));
    return [...new Set((named.length > 0 ? named : (def.options ?? [])).flatMap(o => keysAt(o, path, value)))];
  }
  if (def?.type === 'array' && path.length > 0)
    return keysAt(def.element, path.slice(1), valueAt(value, path.slice(0, 1)));
  if (def?.type !== 'object' || !def.shape) return [];
  if (path.length === 0) return Object.keys(def.shape);
  return keysAt(def.shape[String(path[0])], path.slice(1), valueAt(value, [path[0]]));
}

/** How far what was written is from a branch; another kind is farther than anything that can be wrong within the right one. */
const distance = (branch: readonly Issue[]): number => branch.reduce((sum, i) => sum + weightOf(i), 0);
function weightOf(issue: Issue): number {
  if (issue.code === 'invalid_union') return Math.min(1000, ...issue.errors.map(distance));
  if (issue.code === 'unrecognized_keys') return 2 * issue.keys.length;
  if (issue.code === 'invalid_value') return issue.path.at(-1) === 'kind' ? 1000 : issue.path.length <= 1 ? 3 : 1;
  // A value of another type altogether.
  return issue.code === 'invalid_type' && issue.path.length === 0 ? 3 : 1;
}

/** The branch of a union that the user meant: the one that understands most of what was written. */
const branchMeant = (issue: Extract<Issue, { code: 'invalid_union' }>): readonly Issue[] =>
  [...issue.errors].sort((a, b) => distance(a) - distance(b))[0] ?? [];

/** The kinds a branch would have taken, also through unions inside it. */
const kindsIn = (branch: readonly Issue[]): string[] =>
  branch.flatMap(i => {
    if (i.code === 'invalid_union') return i.errors.flatMap(kindsIn);
    return i.code === 'invalid_value' && i.path.join('.') === 'kind' ? i.values.map(String) : [];
  });

function unionFaults(issue: Extract<Issue, { code: 'invalid_union' }>, path: Path, root: unknown): Fault[] {
  const value = valueAt(root, path);
  const kind = valueAt(value, ['kind']);
  const byBranch = issue.errors.map(kindsIn);
  const kinds = [...new Set(byBranch.flat())];
  if (kinds.length > 1 && byBranch.every(k => k.length > 0) && !(typeof kind === 'string' && kinds.includes(kind)))
    return [{ path: [...path, 'kind'], message: `found ${show(kind)}${meant(String(kind ?? ''), kinds)}` }];
  return branchMeant(issue).flatMap(i => faultsOf(i, root, path));
}

function expectation(issue: Issue): string {
  switch (issue.code) {
    case 'too_small':
      return issue.origin === 'number' || issue.origin === 'int'
        ? `must be ${issue.inclusive ? '≥' : '>'} ${issue.minimum}`
        : `must have at least ${issue.minimum} ${issue.origin === 'string' ? 'characters' : 'entries'}`;
    case 'too_big':
      return issue.origin === 'number' || issue.origin === 'int'
        ? `must be ${issue.inclusive ? '≤' : '<'} ${issue.maximum}`
        : `must have at most ${issue.maximum} ${issue.origin === 'string' ? 'characters' : 'entries'}`;
    case 'invalid_type':
      return issue.expected === 'number'
        ? NOT_FINITE
        : `must be ${issue.expected === 'int' ? 'a whole number' : `of type ${issue.expected}`}`;
    case 'invalid_value':
      return `must be ${issue.values.map(v => JSON.stringify(v)).join(' or ')}`;
    case 'invalid_format':
      return `must match ${issue.format === 'regex' ? issue.message : issue.format}`;
    default:
      return issue.message;
  }
}

/** A key of another form is no typing error: the forms exclude each other. */
function unknownKey(key: string, beside: readonly string[], allowed: readonly string[]): string {
  if (!allowed.includes(key)) return `unknown key${meant(key, allowed)}`;
  const others = beside.filter(k => k !== key && allowed.includes(k) && k !== 'kind');
  return `does not go together with ${others.join(', ')}; give one form only`;
}

function faultsOf(issue: Issue, root: unknown, base: Path = []): Fault[] {
  const path = [...base, ...(issue.path as (string | number)[])];
  if (issue.code === 'invalid_union') return unionFaults(issue, path, root);
  if (issue.code === 'unrecognized_keys') {
    const allowed = keysAt(experimentSchema, path, root);
    const beside = Object.keys((valueAt(root, path) as object | undefined) ?? {});
    return issue.keys.map(key => ({ path: [...path, key], message: unknownKey(key, beside, allowed) }));
  }
  const found = valueAt(root, path);
  if (found === undefined) return [{ path, message: `is missing (${expectation(issue)})` }];
  const size =
    Array.isArray(found) && (issue.code === 'too_small' || issue.code === 'too_big')
      ? `${found.length} entries`
      : show(found);
  return [{ path, message: `${expectation(issue)}, found ${size}` }];
}

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
  function weightsStayFeasible({ solver, problem, particles }) {
    if (problem.sign !== 'nonnegative') return [];
    const bad = 'values' in particles ? particles.values.findIndex(row => row[0] < 0) : -1;
    if (bad >= 0) return [{ path: ['particles', 'values', bad], message: 'sign: nonnegative wants weights ≥ 0' }];
    const feasible = ['inclusion', 'proximal-euler', ...locatedNames];
    if (!solver || feasible.includes(solver.kind)) return [];
    return [{ path: ['solver', 'kind'], message: `sign: nonnegative needs ${feasible.join(' or ')}` }];
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
    const step = fixedStepOf(e);
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
    const { steps = [], rates = [], end = e.time.end, count } = e.compare?.stepsize ?? {};
    const m = count ?? particleCount(e);
    const many = (key: string, list: readonly number[], toStep: number) =>
      list.flatMap((x, i) =>
        end / (x * toStep) <= MAX_ITERATIONS
          ? []
          : [
              {
                path: ['compare', 'stepsize', key, i],
                message: `${show(x)} takes ${(end / (x * toStep)).toExponential(1)} iterations to t = ${end}; at most ${MAX_ITERATIONS} are done`,
              },
            ],
      );
    return [...many('steps', steps, 1), ...many('rates', rates, 1 / m)];
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
  function enoughMemory(e) {
    const bytes = memoryEstimate(e);
    const cap = 8 * 2 ** 30;
    if (bytes <= cap) return [];
    return [
      {
        path: ['particles'],
        message: `about ${(bytes / 2 ** 30).toFixed(1)} GiB would be needed, at most ${cap / 2 ** 30} are allowed; take fewer particles or fewer time.saveAt`,
      },
    ];
  },
];

export const particleCount = (e: Experiment): number =>
  'values' in e.particles ? e.particles.values.length : e.particles.count;

/** η in flow time of a method of fixed step. */
function fixedStepOf(e: Experiment): number | undefined {
  const { step, rate } = e.solver ?? {};
  return step ?? (rate === undefined ? undefined : rate / particleCount(e));
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

/** A state kept as rows of numbers costs about this many times its doubles. */
const ROWS_OVERHEAD = 6;

/** Bytes of states, stages, dense output and saved states: an order of magnitude, before anything is allocated. */
export function memoryEstimate(e: Experiment): number {
  const m = Math.max(particleCount(e), ...(e.compare?.counts ?? []), e.compare?.stepsize?.count ?? 0);
  const [working, pictures] = [40, 40];
  const kept = (e.time.saveAt?.length ?? 2) * ROWS_OVERHEAD;
  return 8 * (2 * m * (working + pictures + kept));
}

/** Smaller relative tolerances than this cannot be met in double precision. */
const SMALLEST_RTOL = 100 * Number.EPSILON;

/** Stiff flows at 0.1 have ended in the wrong basin. */
const LARGEST_IMPLICIT_RTOL = 1e-2;

export interface Resolved {
  readonly experiment: Experiment;
  readonly warnings: readonly string[];
}

function completeSolver(e: Experiment, warnings: string[]): SolverSpec {
  const given = e.solver ?? { kind: 'inclusion' };
  const step = fixedStepOf(e);
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
  if (implicit && rtol > LARGEST_IMPLICIT_RTOL) {
    warnings.push(
      `solver.rtol ${rtol}: steps that are not bound by stability may end in another minimum; lowered to ${LARGEST_IMPLICIT_RTOL}`,
    );
    rtol = LARGEST_IMPLICIT_RTOL;
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

/** Everything the schema cannot say. */
export const crossFaults = (e: Experiment): Fault[] => crossChecks.flatMap(check => check(e));

/** Whether the experiment draws random numbers. */
const drawsAtRandom = (e: Experiment): boolean =>
  !('values' in e.particles || ['grid', 'midpoints'].includes(e.particles.init ?? 'grid')) ||
  /"(noise|count|split)":/.test(JSON.stringify(e.problem)) ||
  isStream(e.problem) ||
  stochasticNames.includes(e.solver?.kind ?? '');

/** Validates and fills in every default. Throws InvalidExperiment with all faults found. */
export function resolveExperiment(file: ExperimentFile): Resolved {
  const result = experimentSchema.safeParse(file.value);
  const faults = result.success ? crossFaults(result.data) : result.error.issues.flatMap(i => faultsOf(i, file.value));
  if (faults.length > 0 || !result.success) {
    const placed = faults.map(f => {
      const place = f.place ?? file.locate(f.path);
      return place === undefined ? f : { ...f, place };
    });
    throw new InvalidExperiment(placed, file.source);
  }
  const e = result.data;
  const warnings: string[] = [];
  const seed = String(e.seed ?? 'pgf');
  if (e.seed === undefined && drawsAtRandom(e)) warnings.push('no seed given: "pgf" is used, and stored');
  const experiment: Experiment = {
    ...e,
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
