/**
 * Experiment → result: the only file that sees every registry.
 */

import * as solvers from '../solvers/index.js';
import { singleFault } from './batches.js';
import { type Fault, InvalidExperiment } from './experiment-file.js';
import { feasibilityFaults } from './feasible.js';
import { softKinks } from './inclusion.js';
import { instruments, type Memory, type Progress, progressOf, spectrumIsCheap } from './instruments.js';
import { random } from './math/random.js';
import { newtonFinish } from './measure/polish.js';
import { methodNotes, precisionNotes, unlocatedWarning } from './method-notes.js';
import { fromRows } from './particles.js';
import { type Extent, kindOf, largestCount, memoryFaults, particleCount, WHOLE_GRADIENT } from './resolve.js';
import type { RunResult } from './results.js';
import { seedFaults } from './seeds.js';
import { softWants } from './soft-events.js';
import { configured, type Experiment, problemKinds, type SolverSpec, stepOf, stochasticNames } from './spec.js';
import { type Followed, followed } from './stage-values.js';
import { batchFault } from './stochastic.js';
import { summaryOf } from './summary.js';
import type { Checkpoint, Code, Problem, ProblemFault, Segment, SolveOptions, Solver, Vec } from './types.js';
import { uniquenessNotes } from './uniqueness.js';
import { verify } from './verification.js';
import { watch } from './watch.js';

/** Every solver by name; `inclusion` wraps a one-step method. */
export function solverNamed(kind: string, method?: string): Solver {
  const found = Object.values(solvers).find(s => typeof s !== 'function' && s.name === (method ?? kind)) as
    | Solver
    | undefined;
  if (kind === 'inclusion') return solvers.inclusion(found?.stepper ?? solvers.dopri5.stepper);
  if (!found) throw new RangeError(`no solver is called ${kind}`);
  return found;
}

/** Everything that is registered, for `pgf list`. */
export const registry = {
  solvers: (): { name: string; summary: string; order: number | null; fixedStep: boolean }[] =>
    Object.values(solvers).map(s =>
      typeof s === 'function' ? { ...s(solvers.dopri5.stepper), name: 'inclusion' } : s,
    ),
  problems: () => problemKinds.map(({ kind, summary }) => ({ name: kind, summary })),
};

/** How the outside world is reached: the text, or the bytes, of a file named in the experiment. */
export interface Sources {
  read(path: string): string;
  readBytes?(path: string): Uint8Array;
  /** Bytes that a run may take; 8 GiB when left out. */
  readonly memory?: number;
}

export interface RunOptions {
  readonly sources?: Sources;
  /** Put into the result: where the data came from. */
  readonly notes?: readonly string[];
  readonly signal?: { readonly aborted: boolean };
  /** Called every few hundred milliseconds. */
  readonly progress?: (p: Progress) => void;
  /** Called now and then, and when a run ends before its end: what it takes to go on later. */
  readonly keep?: (state: RunState) => void;
  /** How often, in seconds of wall time; 30 when left out. */
  readonly keepSeconds?: number;
  /** Run again at a tenth of the tolerance, and say how far apart the two are. */
  readonly verify?: boolean;
  /** Merge the end into spikes and finish them by Newton's method, beside the run's own end. */
  readonly polish?: boolean;
  /** Where the run left off. */
  readonly from?: RunState;
}

/** A problem ready to run. `frozen`: the experiment with everything from outside written out, which needs no file. */
export interface Setting {
  readonly problem: Problem;
  readonly frozen: Experiment;
  readonly notes: readonly string[];
}

/** Numbers in the inputs of a batch beyond which it no longer is one. */
const MOST_NUMBERS = 1e8;

/** What only the built problem shows: whether its solver can draw from it. */
function solverFault({ solver, compare }: Experiment, problem: Problem): Fault | null {
  const { sampling, dim, name } = problem;
  const fault = (key: string, message: string): Fault => ({ path: ['solver', key], message });
  const soft = solver?.events === 'soft' ? softKinks(problem) : {};
  if (typeof soft === 'string') return fault('events', softWants(soft));
  const noBatches = (kind: string) =>
    `${kind} draws batches, and R of ${name} is no mean over a sample; try proximal-euler`;
  const compared = compare?.stepsize?.methods ?? [];
  const wanting = compared.findIndex(method => stochasticNames.includes(method));
  if (!sampling && wanting >= 0)
    return { path: ['compare', 'stepsize', 'methods', wanting], message: noBatches(compared[wanting]) };
  if (!solver || !stochasticNames.includes(solver.kind))
    return sampling?.rows === null ? fault('kind', WHOLE_GRADIENT) : null;
  if (!sampling) return fault('kind', noBatches(solver.kind));
  const { batch = 1 } = solver;
  if (batch * dim > MOST_NUMBERS)
    return fault('batch', `${batch} inputs in ${dim} coordinates; at most ${MOST_NUMBERS} numbers a step`);
  const unfit = batchFault(sampling.rows, solver);
  return unfit === undefined ? null : fault(sampling.rows === null ? 'replacement' : 'batch', unfit);
}

/** Batches whose gradients are wanted in single precision, and have no kernel there. */
function precisionFaults({ solver, compare }: Experiment, problem: Problem): Fault[] {
  const asked: [string[], SolverSpec | undefined][] = [
    [['solver'], solver],
    [['compare', 'stepsize', 'settings'], compare?.stepsize?.settings],
  ];
  const paths = asked.filter(([, given]) => given?.precision === 'single').map(([path]) => path);
  const message = paths.length > 0 && problem.sampling ? singleFault(problem) : undefined;
  return message === undefined ? [] : paths.map(path => ({ path: [...path, 'precision'], message }));
}

export function settingOf(experiment: Experiment, sources?: Sources): Setting {
  const refuse = (f: ProblemFault): never => {
    throw new InvalidExperiment([{ ...f, path: ['problem', ...f.path] }]);
  };
  let reads = false;
  const reading =
    <T>(from: ((path: string) => T) | undefined) =>
    (path: string): T => {
      reads = true;
      try {
        if (from) return from(path);
      } catch (error) {
        return refuse({ path: [], message: (error as Error).message });
      }
      return refuse({ path: [], message: `${path} cannot be read here` });
    };
  const build = (seed: string) => {
    const context = { read: reading(sources?.read), readBytes: reading(sources?.readBytes), seed };
    return kindOf(experiment.problem).build(experiment.problem, context, refuse);
  };
  const { problem, frozen, notes } = build(String(experiment.seed));
  const unfit = solverFault(experiment, problem);
  const faults = [
    ...(unfit ? [unfit] : []),
    ...precisionFaults(experiment, problem),
    ...feasibilityFaults(experiment, problem),
    ...memoryFaults(experiment, extentOf(experiment, problem), sources?.memory),
    ...seedFaults(experiment, problem, { frozen, reads, again: seed => build(seed).frozen }),
  ];
  if (faults.length > 0) throw new InvalidExperiment(faults);
  // Data that each seed draws for itself must not be written out.
  const recipe = experiment.compare?.data === 'drawn' ? experiment.problem : frozen;
  return { problem, frozen: { ...experiment, problem: recipe }, notes };
}

/** Kinks take room where they are located: by the solver, or by the flow that step sizes are compared with. */
function extentOf(experiment: Experiment, { dim, feature }: Problem): Extent {
  const [{ located, stepper, name }] = solverOf(experiment, 1);
  const looked =
    located || stepper?.implicit || name === 'proximal-newton' || experiment.compare?.stepsize !== undefined;
  return {
    coordinates: dim,
    numbers: feature?.size ?? 0,
    kinks: looked ? (feature?.kinks?.perParticle ?? 0) : 0,
    kernels: feature?.roomFor?.(largestCount(experiment)) ?? 0,
  };
}

/** y: the initial particles of an experiment. */
export function initialState(experiment: Experiment, problem: Problem): Vec {
  const { particles, seed } = experiment;
  if ('values' in particles) return fromRows(particles.values, problem.dim);
  const init = particles.init ?? Object.keys(problem.initial)[0];
  return problem.initial[init].draw(particles.count, random(String(seed), 'init'), particles.scale);
}

/** Solver and options of an experiment on m particles. */
export function solverOf(
  { solver: s, time, stop, budget, seed }: Experiment,
  m: number,
  signal?: RunOptions['signal'],
): [Solver, SolveOptions] {
  const given: SolverSpec = s ?? { kind: 'auto' };
  const { kind, method, rtol, atol } = given;
  const step = stepOf(given, m);
  const options: SolveOptions = {
    end: time.end,
    ...(rtol !== undefined && { rtol }),
    ...(atol !== undefined && { atol }),
    ...(given.events && { events: given.events }),
    ...(given.repelling && { repelling: given.repelling }),
    ...(step !== undefined && { step }),
    ...(stop?.stationarity !== undefined && { stationarity: stop.stationarity }),
    ...(budget?.steps !== undefined && { maxSteps: budget.steps }),
    ...(budget?.seconds !== undefined && { maxSeconds: budget.seconds }),
    // odex has only cubic interpolation between its long steps, so it is made to end them where the state is wanted.
    ...(kind === 'odex' && { stops: time.saveAt ?? [] }),
    ...(signal && { signal }),
    reuse: true,
  };
  const own = kind === 'inclusion' ? undefined : configured(given, String(seed));
  return [own ?? solverNamed(kind, method), options];
}

/** What follows an experiment on its own number of particles. */
export const followedBy = (experiment: Experiment, problem: Problem, signal?: RunOptions['signal']): Followed => {
  const m = particleCount(experiment);
  const asked = solverOf(experiment, m, signal);
  return followed(problem, m, experiment.solver, asked, solvers.inclusion(solvers.dopri5.stepper));
};

/** A state is kept this often: often enough to lose little, seldom enough to cost nothing. */
export const KEEP_SECONDS = 30;
/** Ends from which the same run can go on. */
const RESUMABLE: readonly Code[] = ['interrupted', 'max-time'];

const NO_SPECTRUM =
  'no sharpness and no spectral radius: on so many particles and numbers of F they would cost more than the run';

/** A run in the middle: with it the same run goes on bit for bit. */
export interface RunState {
  readonly checkpoint: Checkpoint;
  readonly memory: unknown;
}

const overflowing = (start: number): Fault => ({
  path: ['particles'],
  message: `F is ${start} at the start; take smaller particles (scale, or values), and data in a unit in which its numbers are below 1e100`,
});

/** Runs one experiment. Throws InvalidExperiment; everything numerical is an outcome, with the partial result kept. */
export async function runExperiment(experiment: Experiment, options: RunOptions = {}): Promise<RunResult> {
  const { problem, frozen, notes } = settingOf(experiment, options.sources);
  const m = particleCount(frozen);
  const { flow, solver, solve, unlocated } = followedBy(frozen, problem, options.signal);
  const y0 = initialState(frozen, problem);
  const start = flow.energy(y0);
  if (!Number.isFinite(start)) throw new InvalidExperiment([overflowing(start)]);
  const seen = instruments(flow, y0, frozen, solver, problem);
  if (options.from) seen.restore(options.from.memory as Memory);
  const report = () => options.progress?.(progressOf(seen, solve.end));
  const { keep, from } = options;
  let [last, kept]: [Segment | undefined, number] = [undefined, performance.now()];
  const hold = (s: Segment) => keep?.({ checkpoint: s.checkpoint(), memory: seen.save() });
  const see = (s: Segment) => {
    seen.see(s);
    last = s;
  };
  const ended = await watch(solver.integrate(flow, y0, solve, from?.checkpoint), see, s => {
    report();
    if (performance.now() - kept < 1e3 * (options.keepSeconds ?? KEEP_SECONDS)) return;
    hold(s);
    kept = performance.now();
  });
  report();
  if (last && RESUMABLE.includes(ended.code)) hold(last);
  const found = { states: seen.paths.finish(ended), events: seen.events };
  const twice = options.verify && ended.ok ? await verify(solver, flow, y0, solve, found, watch) : null;
  const finished = options.polish ? newtonFinish(problem, seen.last.y, m) : undefined;
  const polished = typeof finished === 'string' ? {} : { polished: finished };
  const result = { ...polished, ...summaryOf(problem, flow, frozen, seen, ended), verification: twice };
  const blind = !flow.kinks || solver.located ? [] : blindWarning(frozen, solver, problem, result.audit.relativeDefect);
  const unique = solver.located ? uniquenessNotes(flow, y0, seen.events, solve.repelling) : [];
  const implicit = solver.stepper?.implicit ?? solver.stepper?.chooses ?? false;
  const own = methodNotes(flow, solver, solve.events, ended);
  const unmeasured = flow.hessianTimesInto && !spectrumIsCheap(flow, problem) ? [NO_SPECTRUM] : [];
  return {
    ...result,
    notes: [
      ...new Set([
        ...notes,
        ...(options.notes ?? []),
        ...unique,
        ...own,
        ...precisionNotes(frozen.solver),
        ...unmeasured,
      ]),
    ],
    warnings: [
      ...(typeof finished === 'string' ? [`nothing was polished: ${finished}`] : []),
      ...blind,
      ...(unlocated === undefined
        ? warningsOf(result, implicit)
        : [unlocatedWarning(unlocated, result.audit.relativeDefect)]),
    ],
  };
}

/** An adaptive method that takes a kinked field as smooth, or momentum that carries particles over the places where V lets them rest. */
function blindWarning(
  { solver }: Experiment,
  { fixedStep, dynamics, needs }: Solver,
  { penalty }: Problem,
  defect: number,
): string[] {
  if (!fixedStep)
    return [
      `${solver?.kind} takes the field as smooth, and this flow has kinks: its energy identity holds to ${defect.toExponential(1)} here, and smaller tolerances may cost much and gain little; the inclusion solver locates them`,
    ];
  if (!dynamics || needs.includes('split') || !penalty?.absolute) return [];
  return [
    `${solver?.kind} steps over the kink of V, where particles of the flow rest: they hover beside it; fista and proximal-euler rest there`,
  ];
}

/** What a reader of the numbers must know. */
function warningsOf({ spec, audit, series }: RunResult, implicit: boolean): string[] {
  const rtol = spec.solver?.rtol;
  const defect = audit.relativeDefect;
  const steps = series.t.length - 1;
  if (rtol === undefined || defect <= 10 * rtol || steps === 0) return [];
  return [
    `the energy identity holds to ${defect.toExponential(1)} only, more than 10 × rtol (${rtol}): over ${steps} steps ${implicit ? 'the errors add up' : 'the explicit method rides its stability limit'}; take a smaller solver.rtol`,
  ];
}
