/**
 * Experiment → result: the only file that sees every registry.
 */

import * as solvers from '../solvers/index.js';
import { certify, withPolished } from './diagnostics/certificate.js';
import { heldOutAt } from './diagnostics/held-out.js';
import type { Saved } from './diagnostics/save-at.js';
import { sparsity } from './diagnostics/sparsity.js';
import { activeSharpness, type SpectrumAlong } from './diagnostics/spectrum.js';
import { type Fault, InvalidExperiment } from './experiment-file.js';
import { feasibilityFaults } from './feasible.js';
import { softKinks } from './inclusion.js';
import { type Instruments, instruments, type Memory, type Progress, progressOf } from './instruments.js';
import { random } from './math/random.js';
import { newtonFinish, polish } from './measure/polish.js';
import { methodNotes, unlocatedWarning } from './method-notes.js';
import { fromRows, toRows } from './particles.js';
import { type Extent, kindOf, memoryFaults, particleCount, WHOLE_GRADIENT } from './resolve.js';
import type { RunResult } from './results.js';
import { seedFaults } from './seeds.js';
import { softWants } from './soft-events.js';
import { configured, type Experiment, problemKinds, type SolverSpec, stepOf, stochasticNames } from './spec.js';
import { type Followed, followed } from './stage-values.js';
import { batchFault } from './stochastic.js';
import type {
  Checkpoint,
  Code,
  Flow,
  Outcome,
  Problem,
  ProblemFault,
  Segment,
  SolveOptions,
  Solver,
  Vec,
} from './types.js';
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
    ...feasibilityFaults(experiment, problem),
    ...memoryFaults(experiment, extentOf(problem)),
    ...seedFaults(experiment, problem, { frozen, reads, again: seed => build(seed).frozen }),
  ];
  if (faults.length > 0) throw new InvalidExperiment(faults);
  // Data that each seed draws for itself must not be written out.
  const recipe = experiment.compare?.data === 'drawn' ? experiment.problem : frozen;
  return { problem, frozen: { ...experiment, problem: recipe }, notes };
}

const extentOf = ({ dim, feature }: Problem): Extent => ({
  coordinates: dim,
  numbers: feature?.size ?? 0,
  kinks: feature?.kinks?.perParticle ?? 0,
});

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

/** Pictures need no more particles than this. */
const PICTURE_PARTICLES = 1000;
const CURVE_POINTS = 1024;

/** Rows for a picture: every k-th particle when there are too many to see. */
function pictureRows(y: Vec, dim: number): number[][] {
  const every = Math.ceil(y.length / dim / PICTURE_PARTICLES);
  return toRows(y, dim).filter((_, i) => i % every === 0);
}

/** η(θ) = the force on the weight at (0, θ), around the circle at state y; null when the domain is something else. */
function curveOf(problem: Problem, flow: Flow, y: Vec): RunResult['curve'] {
  if (!problem.supremum || !problem.penalty?.absolute || problem.dim !== 2 || problem.domain[1].kind !== 'period')
    return null;
  const period = problem.domain[1].period;
  const theta = Array.from({ length: CURVE_POINTS + 1 }, (_, j) => (j * period) / CURVE_POINTS);
  const out = new Float64Array(2 * theta.length);
  flow.forceInto(y, Float64Array.from(theta.flatMap(t => [0, t])), theta.length, out);
  return { theta, eta: theta.map((_, j) => out[2 * j]) };
}

/** Sharpness that steps of η can bear: 2/η for a gradient step, (1 + β) times that with momentum β. */
export function edgeOf({ kind, friction, momentum = 0.9 }: SolverSpec, eta: number): number | undefined {
  if (kind === 'heavy-ball')
    return (2 + 2 * (friction === undefined ? momentum : Math.max(0, 1 - friction * Math.sqrt(eta)))) / eta;
  return ['gd', 'proximal-euler', 'sgd', 'proximal-sgd'].includes(kind) ? 2 / eta : undefined;
}

function spectrumOf(along: SpectrumAlong, m: number, { solver }: Experiment): RunResult['spectrum'] {
  const last = along.radius.at(-1);
  if (last === undefined) return null;
  const eta = solver && !solver.decay ? stepOf(solver, m) : undefined;
  const edge = solver && eta !== undefined ? edgeOf(solver, eta) : undefined;
  return { ...along, ...(edge !== undefined && { edge }), limitStep: 2 / last, limitRate: (2 * m) / last };
}

/** A run in the middle: with it the same run goes on bit for bit. */
export interface RunState {
  readonly checkpoint: Checkpoint;
  readonly memory: unknown;
}

/** At the times asked for, and at the end. */
function heldOutOf(problem: Problem, m: number, saved: Saved, end: number, y: Vec): Pick<RunResult, 'heldOut'> {
  if (!problem.heldOut) return {};
  const states = saved.t.map((t, k) => [t, saved.states[k]] as const);
  const all = saved.t.at(-1) === end ? states : [...states, [end, y] as const];
  const points = all.flatMap(([t, state]) => heldOutAt(problem, state, m, t) ?? []);
  return { heldOut: { source: problem.heldOut.source, rows: problem.heldOut.feature.size, points } };
}

/** A run too short for the times the spectrum is taken at has that of its end. */
function lookAtEnd(along: SpectrumAlong, flow: Flow, { y, branch }: Instruments['last'], t: number): void {
  const found = activeSharpness(flow, y, branch);
  if (found === null) return;
  along.t.push(t);
  along.radius.push(found.radius);
  along.sharpness.push(found.sharpness);
}

function resultOf(problem: Problem, flow: Flow, frozen: Experiment, seen: Instruments, ended: Outcome): RunResult {
  const m = flow.particles;
  const { copies } = problem;
  const { y } = seen.last;
  const [a, saved, paths, along] = [
    seen.audit.finish(ended),
    seen.saved.finish(ended),
    seen.paths.finish(ended),
    seen.spectrum.finish(ended),
  ];
  if (along.t.length === 0 && Number.isFinite(a.energy[0])) lookAtEnd(along, flow, seen.last, ended.t);
  return {
    spec: frozen,
    outcome: ended,
    series: {
      t: a.t,
      energy: a.energy,
      dissipation: a.dissipation,
      stationarity: a.stationarity,
      ...(a.standardError && { standardError: a.standardError }),
    },
    saved: {
      t: saved.t,
      particles: saved.states.map(s => toRows(s, problem.dim)),
      energy: saved.energy,
      dissipation: saved.dissipation,
      ...(saved.standardError && { standardError: saved.standardError }),
    },
    final: { t: a.t.at(-1) as number, particles: toRows(y, problem.dim) },
    audit: {
      relativeDefect: a.relativeDefect,
      rises: a.rises,
      largestRise: a.largestRise,
      ...(seen.stochastic && { looks: a.t.length - 1 }),
      ...(seen.dynamics && { dynamics: seen.dynamics }),
    },
    certificate: withPolished(
      certify(problem, y, m, a.energy.at(-1) as number),
      ended.ok ? polish(problem, y, m)?.lower : undefined,
    ),
    sparsity: sparsity(problem, y, m),
    convergence: seen.settling.finish(ended),
    verification: null,
    ...(seen.free && { freeEnergy: seen.free.finish(ended) }),
    ...heldOutOf(problem, m, saved, a.t.at(-1) as number, y),
    domain: problem.domain,
    ...(copies && { copies: Array.from({ length: m }, (_, i) => copies(i)) }),
    spectrum: spectrumOf(along, m, frozen),
    events: seen.events,
    paths: { t: paths.t, particles: paths.states.map(s => pictureRows(s, problem.dim)) },
    curve: curveOf(problem, flow, y),
    notes: [],
    warnings: [],
  };
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
  const result = { ...polished, ...resultOf(problem, flow, frozen, seen, ended), verification: twice };
  const blind = !flow.kinks || solver.located ? [] : blindWarning(frozen, solver, problem, result.audit.relativeDefect);
  const unique = solver.located ? uniquenessNotes(flow, y0, seen.events, solve.repelling) : [];
  const implicit = solver.stepper?.implicit ?? solver.stepper?.chooses ?? false;
  const own = methodNotes(flow, solver, solve.events, ended);
  return {
    ...result,
    notes: [...new Set([...notes, ...(options.notes ?? []), ...unique, ...own])],
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
