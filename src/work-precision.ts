/**
 * Work–precision diagrams (Hairer & Wanner II (1996), IV.10): what each adaptive method pays, in evaluations and in time, for the error
 * that it really makes.
 */
import * as solvers from '../solvers/index.js';
import { saveAt } from './diagnostics/save-at.js';
import { flowOf } from './flow.js';
import { logSpace, scaledDistance } from './math/vec.js';
import { particleCount } from './resolve.js';
import { initialState, type RunOptions, settingOf, solverNamed } from './run.js';
import type { Experiment } from './spec.js';
import type { Flow, Outcome, Solver, Vec } from './types.js';
import { watch } from './watch.js';
import type { Recommendation, WorkPrecision, WorkRow } from './work-results.js';

/** Errors are taken at so many times, evenly in log t, and at the end. */
const LOOKS = 24;
/** Tolerances of the reference: the second run says how well the first is known. */
const REFERENCE = { rtol: 1e-11, check: 1e-10 } as const;
/** A row whose error is below this many times the reference's own says no more than that it is small. */
const FLOOR = 3;
/** Errors for which a method is recommended. */
const LEVELS = [1e-3, 1e-5, 1e-7] as const;
const DEFAULT_SECONDS = 30;

export interface WorkOptions extends Pick<RunOptions, 'sources' | 'signal'> {
  readonly methods?: readonly string[];
  readonly tolerances?: readonly number[];
  /** Budget of a single run; default 30. */
  readonly seconds?: number;
  readonly progress?: (label: string) => void;
}

/** One-step methods, and solvers that choose among them. */
export const comparable = (): string[] =>
  Object.values(solvers).flatMap(s => (typeof s === 'object' && !s.fixedStep && s.name !== 'odex' ? [s.name] : []));

/** By name, with kinks located. */
function located(name: string): Solver {
  const solver = solverNamed(name);
  return solver.stepper ? solvers.inclusion(solver.stepper) : solver;
}

interface Trial {
  readonly states: readonly Vec[];
  readonly defect: number;
  readonly seconds: number;
  readonly outcome: Outcome;
}

interface Ground {
  readonly flow: Flow;
  readonly y0: Vec;
  readonly end: number;
  readonly times: readonly number[];
  readonly seconds: number;
  readonly signal: RunOptions['signal'] | undefined;
}

async function trial(name: string, rtol: number, { flow, y0, end, times, seconds, signal }: Ground): Promise<Trial> {
  const saver = saveAt(times, flow, y0);
  const options = { end, rtol, atol: rtol * 1e-2, maxSeconds: seconds, ...(signal && { signal }) };
  const began = performance.now();
  const outcome = await watch(located(name).integrate(flow, y0, options), s => saver.see(s, flow));
  const spent = (performance.now() - began) / 1e3;
  const { states, energy, dissipation } = saver.finish(outcome);
  const start = flow.energy(y0);
  const defect = Math.max(...energy.map((F, k) => Math.abs(F + dissipation[k] - start))) / (Math.abs(start) || 1);
  return { states, defect, seconds: spent, outcome };
}

/** sup over the times of the distance, by the displacement; NaN where a run did not get that far. */
function errorOf(states: readonly Vec[], truth: readonly Vec[], y0: Vec, m: number): number {
  if (states.length < truth.length) return Number.NaN;
  const scale = Math.max(...truth.map(y => scaledDistance(y, y0, m))) || 1;
  return Math.max(...truth.map((y, k) => scaledDistance(y, states[k], m))) / scale;
}

/** The first method that reaches the end at both tolerances is the reference. */
async function reference(names: readonly string[], ground: Ground) {
  const failures: string[] = [];
  for (const name of names) {
    const truth = await trial(name, REFERENCE.rtol, ground);
    if (truth.outcome.ok) {
      const check = await trial(name, REFERENCE.check, ground);
      if (check.outcome.ok)
        return {
          method: name,
          states: truth.states,
          error: errorOf(check.states, truth.states, ground.y0, ground.flow.particles),
        };
    }
    failures.push(`${name}: ${truth.outcome.code}`);
    if (ground.signal?.aborted) break;
  }
  throw new NoReference(
    `no method reaches t = ${ground.end} at rtol ${REFERENCE.rtol} within ${ground.seconds} s (${failures.join(', ')}); take a shorter time or a larger budget`,
  );
}

/** Nothing to measure errors against. */
export class NoReference extends Error {}

/** A point of a diagram. */
export interface Measured extends Pick<WorkRow, 'method' | 'error'> {
  readonly outcome: Pick<Outcome, 'ok'>;
}

/** Where the line through a method's points, in logarithms, crosses an error; null outside of them. */
function workAt<P extends Measured>(rows: readonly P[], level: number, of: (p: P) => number): number | null {
  const usable = rows.filter(r => r.outcome.ok && r.error > 0 && of(r) > 0).sort((a, b) => b.error - a.error);
  for (const [k, b] of usable.slice(1).entries()) {
    const a = usable[k];
    if (!(a.error >= level && b.error <= level)) continue;
    const share = a.error === b.error ? 0 : Math.log(a.error / level) / Math.log(a.error / b.error);
    return Math.exp(Math.log(of(a)) + share * Math.log(of(b) / of(a)));
  }
  // A method that is more accurate than asked at its loosest tolerance costs what it costs there.
  return usable.length > 0 && usable[0].error <= level ? of(usable[0]) : null;
}

/** The method that reaches an error for the least work, between measured points. */
export function cheapest<P extends Measured>(rows: readonly P[], level: number, of: (p: P) => number) {
  const methods = [...new Set(rows.map(r => r.method))];
  return methods
    .flatMap(method => {
      const work = workAt(
        rows.filter(r => r.method === method),
        level,
        of,
      );
      return work === null ? [] : [{ method, work }];
    })
    .sort((a, b) => a.work - b.work)[0];
}

const recommended = (rows: readonly WorkRow[]): Recommendation[] =>
  LEVELS.flatMap(error => {
    const evaluations = cheapest(rows, error, r => r.outcome.stats.velocityEvaluations);
    const seconds = cheapest(rows, error, r => r.seconds);
    return evaluations && seconds ? [{ error, evaluations, seconds }] : [];
  });

/** Every method at every tolerance on one experiment. Throws InvalidExperiment and NoReference. */
export async function workPrecision(experiment: Experiment, options: WorkOptions = {}): Promise<WorkPrecision> {
  const { methods = comparable(), tolerances = logSpace(1e-3, 1e-8, 6), seconds = DEFAULT_SECONDS, signal } = options;
  const { problem, frozen } = settingOf(experiment, options.sources);
  const m = particleCount(frozen);
  const { end } = frozen.time;
  const flow = flowOf(problem, m);
  const times = end > 0 ? logSpace(end * 1e-3, end, LOOKS) : [0];
  const ground: Ground = { flow, y0: initialState(frozen, problem), end, times, seconds, signal };
  options.progress?.('reference');
  const preferred = ['rodas5p', 'dopri5', ...methods].filter(
    (n, k, all) => comparable().includes(n) && all.indexOf(n) === k,
  );
  const truth = await reference(preferred, ground);
  const rows: WorkRow[] = [];
  for (const method of methods)
    for (const rtol of tolerances) {
      if (signal?.aborted) break;
      options.progress?.(`${method} at ${rtol}`);
      const t = await trial(method, rtol, ground);
      const error = errorOf(t.states, truth.states, ground.y0, m);
      rows.push({
        method,
        rtol,
        error,
        floor: error <= FLOOR * truth.error,
        defect: t.defect,
        seconds: t.seconds,
        outcome: t.outcome,
      });
    }
  return {
    problem: frozen.problem.kind,
    particles: m,
    end,
    reference: { method: truth.method, rtol: REFERENCE.rtol, error: truth.error },
    rows,
    recommended: recommended(rows.filter(r => !r.floor)),
  };
}
