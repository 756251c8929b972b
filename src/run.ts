/**
 * Experiment → result: the only file that sees every registry.
 */

import * as solvers from '../solvers/index.js';
import { certify, withPolished } from './diagnostics/certificate.js';
import { energyAudit } from './diagnostics/energy.js';
import { saveAt } from './diagnostics/save-at.js';
import { sparsity } from './diagnostics/sparsity.js';
import { activeRadius, branchAfter, spectrumAlong } from './diagnostics/spectrum.js';
import { InvalidExperiment } from './experiment-file.js';
import { flowOf } from './flow.js';
import { random } from './math/random.js';
import { logSpace } from './math/vec.js';
import { polish } from './measure/polish.js';
import { fromRows, toRows } from './particles.js';
import { type Extent, kindOf, memoryFaults, particleCount } from './resolve.js';
import type { RunResult } from './results.js';
import { type Experiment, problemKinds, type SolverSpec } from './spec.js';
import type { Flow, Outcome, Problem, ProblemFault, Segment, SolveOptions, Solver, Vec } from './types.js';

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

/** How the outside world is reached: the text of a file named in the experiment. */
export interface Sources {
  read(path: string): string;
}

export interface Progress {
  /** What is being run, when several things are. */
  readonly label?: string;
  readonly t: number;
  readonly end: number;
  readonly h: number;
  readonly energy: number;
  readonly stationarity: number;
  readonly steps: number;
  readonly rejected: number;
  readonly defect: number;
}

export interface RunOptions {
  readonly sources?: Sources;
  /** Put into the result: where the data came from. */
  readonly notes?: readonly string[];
  readonly signal?: { readonly aborted: boolean };
  /** Called every few hundred milliseconds. */
  readonly progress?: (p: Progress) => void;
}

/** A problem ready to run. `frozen`: the experiment with everything from outside written out, which needs no file. */
export interface Setting {
  readonly problem: Problem;
  readonly frozen: Experiment;
  readonly notes: readonly string[];
}

export function settingOf(experiment: Experiment, sources?: Sources): Setting {
  const refuse = (f: ProblemFault): never => {
    throw new InvalidExperiment([{ ...f, path: ['problem', ...f.path] }]);
  };
  const read = (path: string) => {
    try {
      if (sources) return sources.read(path);
    } catch (error) {
      return refuse({ path: [], message: (error as Error).message });
    }
    return refuse({ path: [], message: `${path} cannot be read here` });
  };
  const context = { read, seed: String(experiment.seed) };
  const { problem, frozen, notes } = kindOf(experiment.problem).build(experiment.problem, context, refuse);
  const faults = memoryFaults(experiment, extentOf(problem));
  if (faults.length > 0) throw new InvalidExperiment(faults);
  return { problem, frozen: { ...experiment, problem: frozen }, notes };
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
  { solver: s, time, stop, budget }: Experiment,
  m: number,
  signal?: RunOptions['signal'],
): [Solver, SolveOptions] {
  const { kind, method, rtol, atol, rate, retraction, positionRate, ...given }: SolverSpec = s ?? { kind: 'inclusion' };
  const step = given.step ?? (rate === undefined ? undefined : rate / m);
  const options: SolveOptions = {
    end: time.end,
    ...(rtol !== undefined && { rtol }),
    ...(atol !== undefined && { atol }),
    ...(step !== undefined && { step }),
    ...(stop?.stationarity !== undefined && { stationarity: stop.stationarity }),
    ...(budget?.steps !== undefined && { maxSteps: budget.steps }),
    ...(budget?.seconds !== undefined && { maxSeconds: budget.seconds }),
    // odex has only cubic interpolation between its long steps, so it is made to end them where the state is wanted.
    ...(kind === 'odex' && { stops: time.saveAt ?? [] }),
    ...(signal && { signal }),
  };
  if (kind !== 'cpgd') return [solverNamed(kind, method), options];
  const own = { ...(retraction && { retraction }), ...(positionRate !== undefined && { positionRate }) };
  return [solvers.cpgd.variant(own), options];
}

const BREATH_MS = 80;

/** Lets timers and signals in now and then: generators are synchronous. */
export function breather(breath?: () => void): () => Promise<void> | undefined {
  let last = performance.now();
  return () => {
    if (performance.now() - last < BREATH_MS) return undefined;
    breath?.();
    return new Promise<void>(resolve =>
      setTimeout(() => {
        last = performance.now();
        resolve();
      }, 0),
    );
  };
}

/** Pulls every segment through `see`, and lets the event loop breathe. */
export async function watch(
  steps: Generator<Segment, Outcome>,
  see: (s: Segment) => void,
  breath?: () => void,
): Promise<Outcome> {
  const pause = breather(breath);
  for (;;) {
    const next = steps.next();
    if (next.done) return next.value;
    see(next.value);
    const resting = pause();
    if (resting) await resting;
  }
}

/** Pictures need no more than this many particles, and states × particles. */
const PICTURE = { particles: 1000, states: 240, numbers: 60_000 } as const;
const SPECTRUM_POINTS = 24;
const CURVE_POINTS = 1024;

/** Times for pictures: spaced evenly in the logarithm, because a flow slows down. */
const pictureTimes = (end: number, n: number): number[] => (end > 0 ? [0, ...logSpace(end * 1e-4, end, n)] : [0]);
const pathPoints = (m: number): number => Math.max(20, Math.min(PICTURE.states, Math.floor(PICTURE.numbers / m)));

/** Rows for a picture: every k-th particle when there are too many to see. */
function pictureRows(y: Vec, dim: number): number[][] {
  const every = Math.ceil(y.length / dim / PICTURE.particles);
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

function spectrumOf(along: { t: number[]; radius: number[] }, m: number): RunResult['spectrum'] {
  const last = along.radius.at(-1);
  return last === undefined ? null : { ...along, limitStep: 2 / last, limitRate: (2 * m) / last };
}

/** What watches a run, and what they saw. */
function instruments(flow: Flow, y0: Vec, experiment: Experiment) {
  const { end, saveAt: times = [] } = experiment.time;
  const v0 = new Float64Array(flow.size);
  flow.velocityInto(y0, v0);
  const audit = energyAudit(flow, y0, v0);
  const saved = saveAt(times, flow, y0);
  const paths = saveAt(pictureTimes(end, pathPoints(flow.particles)), flow, y0);
  const spectrum = spectrumAlong(pictureTimes(end, SPECTRUM_POINTS));
  const events: RunResult['events'][number][] = [];
  const last = { y: y0, branch: flow.kinks?.branchAt(y0), h: 0, rejected: 0 };
  const see = (s: Segment) => {
    for (const o of [audit, saved, paths, spectrum]) o.see(s, flow);
    for (const e of s.events) events.push({ ...e, ...(flow.kinks?.owner?.(e.kink) ?? { particle: e.kink }) });
    Object.assign(last, { y: s.y1, branch: branchAfter(s), h: s.t1 - s.t0, rejected: last.rejected + s.rejected });
  };
  return { audit, saved, paths, spectrum, events, last, see };
}

type Instruments = ReturnType<typeof instruments>;

function progressOf({ audit, last }: Instruments, end: number): Progress {
  const a = audit.current;
  return {
    t: a.t.at(-1) as number,
    end,
    h: last.h,
    energy: a.energy.at(-1) as number,
    stationarity: a.stationarity.at(-1) as number,
    steps: a.t.length - 1,
    rejected: last.rejected,
    defect: a.relativeDefect,
  };
}

function resultOf(problem: Problem, flow: Flow, frozen: Experiment, seen: Instruments, ended: Outcome): RunResult {
  const m = flow.particles;
  const { y, branch } = seen.last;
  const [a, saved, paths, along] = [
    seen.audit.finish(ended),
    seen.saved.finish(ended),
    seen.paths.finish(ended),
    seen.spectrum.finish(ended),
  ];
  if (along.t.length === 0 && Number.isFinite(a.energy[0])) {
    const radius = activeRadius(flow, y, branch);
    if (radius !== null) {
      along.t.push(ended.t);
      along.radius.push(radius);
    }
  }
  return {
    spec: frozen,
    outcome: ended,
    series: { t: a.t, energy: a.energy, dissipation: a.dissipation, stationarity: a.stationarity },
    saved: {
      t: saved.t,
      particles: saved.states.map(s => toRows(s, problem.dim)),
      energy: saved.energy,
      dissipation: saved.dissipation,
    },
    final: { t: a.t.at(-1) as number, particles: toRows(y, problem.dim) },
    audit: { relativeDefect: a.relativeDefect, rises: a.rises, largestRise: a.largestRise },
    certificate: withPolished(
      certify(problem, y, m, a.energy.at(-1) as number),
      ended.ok ? polish(problem, y, m)?.lower : undefined,
    ),
    sparsity: sparsity(problem, y, m),
    domain: problem.domain,
    spectrum: spectrumOf(along, m),
    events: seen.events,
    paths: { t: paths.t, particles: paths.states.map(s => pictureRows(s, problem.dim)) },
    curve: curveOf(problem, flow, y),
    notes: [],
    warnings: [],
  };
}

/** Runs one experiment. Throws InvalidExperiment; everything numerical is an outcome, with the partial result kept. */
export async function runExperiment(experiment: Experiment, options: RunOptions = {}): Promise<RunResult> {
  const { problem, frozen, notes } = settingOf(experiment, options.sources);
  const m = particleCount(frozen);
  const flow = flowOf(problem, m);
  const y0 = initialState(frozen, problem);
  const [solver, solve] = solverOf(frozen, m, options.signal);
  const seen = instruments(flow, y0, frozen);
  const report = () => options.progress?.(progressOf(seen, solve.end));
  const ended = await watch(solver.integrate(flow, y0, solve), seen.see, report);
  report();
  const result = resultOf(problem, flow, frozen, seen, ended);
  const blind = !flow.kinks || frozen.solver?.kind === 'inclusion' ? [] : blindWarning(frozen, solver);
  return { ...result, notes: [...notes, ...(options.notes ?? [])], warnings: [...blind, ...warningsOf(result)] };
}

/** An adaptive method that takes a kinked field as smooth. */
const blindWarning = ({ solver }: Experiment, { fixedStep }: Solver): string[] =>
  fixedStep
    ? []
    : [`${solver?.kind} takes the field as smooth, and this flow has kinks; the inclusion solver locates them`];

/** What a reader of the numbers must know. */
function warningsOf({ spec, audit, series }: RunResult): string[] {
  const rtol = spec.solver?.rtol;
  const defect = audit.relativeDefect;
  const steps = series.t.length - 1;
  if (rtol === undefined || defect <= 10 * rtol || steps === 0) return [];
  return [
    `the energy identity holds to ${defect.toExponential(1)} only, more than 10 × rtol (${rtol}): over ${steps} steps the explicit method rides its stability limit; take a smaller solver.rtol`,
  ];
}
