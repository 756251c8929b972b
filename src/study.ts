/**
 * One experiment, or the same one at several particle counts and step sizes: everything a report shows.
 */
import { runEnsemble } from './ensemble.js';
import type { Progress } from './instruments.js';
import { polish } from './measure/polish.js';
import { fromRows } from './particles.js';
import { particleCount } from './resolve.js';
import type { Ensemble, Member, Minimum, RunResult, StepsizeResult, Study } from './results.js';
import { type RunOptions, type RunState, runExperiment, settingOf } from './run.js';
import type { Experiment } from './spec.js';
import { compareSteps, FlowFailed } from './stepsize.js';
import type { Domain, Problem } from './types.js';

/** Who asks: for the manifest. */
export interface Origin {
  readonly version: string;
  readonly node: string;
  readonly command: string;
}

/** A weight and a position on the circle of length 1. */
const isStrip = ([weight, ...places]: Domain): boolean =>
  weight.name === 'weight' && places.length === 1 && places[0].kind === 'period' && places[0].period === 1;

/** The ground truth as [weight, position], where it is known and positions are numbers. */
export function truthOf(problem: Problem): Study['truth'] {
  const measure = problem.known?.measure;
  return measure && isStrip(problem.domain) ? measure.map(a => [a.weight, a.position[0]] as const) : null;
}

export const titleOf = (e: Experiment): string => e.title ?? e.name ?? e.problem.kind;

/** The tightest bracket of F* that the ends of the runs can be polished into. */
function minimumOf(problem: Problem, runs: readonly RunResult[]): Minimum | null {
  const found = runs.flatMap(run => {
    const { particles } = run.final;
    return (run.outcome.ok && polish(problem, fromRows(particles, problem.dim), particles.length)) || [];
  });
  return found.sort((a, b) => a.upper - a.lower - (b.upper - b.lower))[0] ?? null;
}

/** A study in the middle: what is done, and the run or the ensemble that is not. */
export interface StudyState {
  readonly finished: readonly RunResult[];
  readonly current: RunState | null;
  /** As many as runs, or one less; then `members` are the seeds done of the one that is missing. */
  readonly ensembles: readonly Ensemble[];
  readonly members: readonly Member[];
}

/** As for one run; what is kept and taken up again is the whole study. */
export interface StudyOptions extends Omit<RunOptions, 'keep' | 'from'> {
  readonly keep?: (state: StudyState) => void;
  readonly from?: StudyState;
}

/** The comparison of step sizes, or why there is none: the runs before it are kept either way. */
async function comparison(
  experiment: Experiment,
  options: Omit<RunOptions, 'keep' | 'from'>,
): Promise<[StepsizeResult | null, string | null]> {
  if (!experiment.compare?.stepsize || options.signal?.aborted) return [null, null];
  try {
    return [await compareSteps(experiment, options), null];
  } catch (error) {
    if (error instanceof FlowFailed) return [null, error.message];
    throw error;
  }
}

/** A study under way; everything that is done stays in it. */
interface Done {
  readonly runs: RunResult[];
  readonly ensembles: Ensemble[];
}

const stateOf = ({ runs, ensembles }: Done, rest: Partial<StudyState> = {}): StudyState => ({
  finished: [...runs],
  ensembles: [...ensembles],
  current: null,
  members: [],
  ...rest,
});

/** The experiment at one particle count. */
const sizedTo = (frozen: Experiment, count: number): Experiment =>
  'values' in frozen.particles ? frozen : { ...frozen, particles: { ...frozen.particles, count } };

/** Every particle count of `compare.counts`, each with its seeds; what is kept is the whole study. */
async function runAll(frozen: Experiment, problem: Problem, { keep, from, ...given }: StudyOptions): Promise<Done> {
  const done: Done = { runs: [...(from?.finished ?? [])], ensembles: [...(from?.ensembles ?? [])] };
  const counts = frozen.compare?.counts ?? [particleCount(frozen)];
  let [current, members] = [from?.current, from?.members];
  const { signal, progress: show } = given;
  for (const [i, count] of counts.entries()) {
    const sized = sizedTo(frozen, count);
    const progress = (p: Progress) => show?.({ label: `m=${count}`, ...p });
    if (i >= done.runs.length) {
      const held = keep && { keep: (state: RunState) => keep(stateOf(done, { current: state })) };
      done.runs.push(await runExperiment(sized, { ...given, ...held, ...(current && { from: current }), progress }));
      current = null;
      if (signal?.aborted) break;
      if (counts.length > 1 || frozen.compare?.seeds) keep?.(stateOf(done));
    }
    if (frozen.compare?.seeds === undefined || i < done.ensembles.length) continue;
    const seeds = await runEnsemble(sized, problem, {
      ...(signal && { signal }),
      progress,
      ...(members && { from: members }),
      ...(keep && { keep: list => keep(stateOf(done, { members: [...list] })), keepSeconds: given.keepSeconds }),
    });
    if (!seeds) break;
    done.ensembles.push(seeds);
    members = [];
  }
  return done;
}

/** Runs the experiment at each particle count of `compare.counts`, then compares step sizes if asked to. */
export async function runStudy(experiment: Experiment, origin: Origin, options: StudyOptions = {}): Promise<Study> {
  const began = performance.now();
  // Files are read, and samples projected, once.
  const { frozen, problem, notes } = settingOf(experiment, options.sources);
  const { keep: _, from: __, ...rest } = options;
  const { runs, ensembles } = await runAll(frozen, problem, { ...options, notes });
  const [stepsize, stepsizeFailure] = await comparison(frozen, rest);
  return {
    format: 'pgf-study-1',
    name: experiment.name ?? experiment.problem.kind,
    title: titleOf(experiment),
    note: experiment.note ?? '',
    spec: frozen,
    runs,
    ...(ensembles.length > 0 && { ensembles }),
    stepsize,
    stepsizeFailure,
    minimum: minimumOf(problem, runs),
    truth: truthOf(problem),
    manifest: {
      ...origin,
      seconds: (performance.now() - began) / 1e3,
      created: new Date().toISOString(),
      interrupted: options.signal?.aborted ?? false,
    },
  };
}
