/**
 * One experiment, or the same one at several particle counts and step sizes: everything a report shows.
 */
import { polish } from './measure/polish.js';
import { fromRows } from './particles.js';
import { particleCount } from './resolve.js';
import type { Minimum, RunResult, StepsizeResult, Study } from './results.js';
import { type Progress, type RunOptions, runExperiment, settingOf } from './run.js';
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

/** The comparison of step sizes, or why there is none: the runs before it are kept either way. */
async function comparison(
  experiment: Experiment,
  options: RunOptions,
): Promise<[StepsizeResult | null, string | null]> {
  if (!experiment.compare?.stepsize || options.signal?.aborted) return [null, null];
  try {
    return [await compareSteps(experiment, options), null];
  } catch (error) {
    if (error instanceof FlowFailed) return [null, error.message];
    throw error;
  }
}

/** Runs the experiment at each particle count of `compare.counts`, then compares step sizes if asked to. */
export async function runStudy(experiment: Experiment, origin: Origin, options: RunOptions = {}): Promise<Study> {
  const began = performance.now();
  // Files are read, and samples projected, once.
  const { frozen, problem, notes } = settingOf(experiment, options.sources);
  const given = { ...options, notes };
  const counts = frozen.compare?.counts ?? [particleCount(frozen)];
  const runs: RunResult[] = [];
  for (const count of counts) {
    const sized = 'values' in frozen.particles ? frozen : { ...frozen, particles: { ...frozen.particles, count } };
    const progress = (p: Progress) => options.progress?.({ label: `m=${count}`, ...p });
    runs.push(await runExperiment(sized, { ...given, progress }));
    if (options.signal?.aborted) break;
  }
  const [stepsize, stepsizeFailure] = await comparison(frozen, options);
  return {
    format: 'pgf-study-1',
    name: experiment.name ?? experiment.problem.kind,
    title: titleOf(experiment),
    note: experiment.note ?? '',
    spec: frozen,
    runs,
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
