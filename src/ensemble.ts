/**
 * The same experiment under many seeds of its solver's stream: mean and band of F along t, for methods that draw at random.
 */
import { flowOf } from './flow.js';
import { lookTimes, type Progress } from './instruments.js';
import { meanOf, quantile } from './math/statistics.js';
import { particleCount } from './resolve.js';
import type { Ensemble, Member } from './results.js';
import { initialState, KEEP_SECONDS, type RunOptions, solverOf } from './run.js';
import type { Experiment } from './spec.js';
import type { Problem, Segment } from './types.js';
import { watch } from './watch.js';

/** Ends of the band, as shares of the members below. */
export const BAND = [0.1, 0.9] as const;

export interface EnsembleOptions extends Pick<RunOptions, 'signal' | 'progress'> {
  /** Members that are done. */
  readonly from?: readonly Member[];
  /** Called with all members that are done. */
  readonly keep?: (done: readonly Member[]) => void;
  /** How often at most, in seconds of wall time; on interruption in any case. */
  readonly keepSeconds?: number | undefined;
}

/** The first member is the run of the experiment itself. */
const seedOf = ({ seed }: Experiment, k: number): string => (k === 0 ? String(seed) : `${seed}/${k}`);

async function member(
  experiment: Experiment,
  problem: Problem,
  k: number,
  options: EnsembleOptions,
): Promise<Member | null> {
  const m = particleCount(experiment);
  const seeded = { ...experiment, seed: seedOf(experiment, k) };
  const flow = flowOf(problem, m);
  const y0 = initialState(experiment.compare?.starts === 'drawn' ? seeded : experiment, problem);
  const [solver, solve] = solverOf(seeded, m, options.signal);
  const looks = lookTimes(solve.end);
  const [t, energy] = [[0], [flow.energy(y0)]];
  let next = 0;
  const see = (s: Segment) => {
    if (next >= looks.length || looks[next] > s.t1) return;
    while (next < looks.length && looks[next] <= s.t1) next++;
    t.push(s.t1);
    energy.push(flow.energy(s.y1));
  };
  const ended = await watch(solver.integrate(flow, y0, solve), see, s => {
    const label = `m=${m}, seed ${k + 1} of ${experiment.compare?.seeds}`;
    const unknown = { h: 0, energy: Number.NaN, stationarity: Number.NaN, steps: 0, rejected: 0, defect: Number.NaN };
    options.progress?.({ label, t: s.t1, end: solve.end, ...unknown } satisfies Progress);
  });
  return ended.code === 'interrupted' ? null : { t, energy, code: ended.code };
}

function summary(experiment: Experiment, members: readonly Member[]): Ensemble {
  const whole = members.filter(({ code, energy }) => code === 'end' && energy.every(Number.isFinite));
  const t = whole[0]?.t ?? [];
  const at = t.map((_, j) => whole.map(({ energy }) => energy[j]).sort((a, b) => a - b));
  const mean = at.map(meanOf);
  return {
    particles: particleCount(experiment),
    seeds: members.length,
    failed: members.length - whole.length,
    starts: experiment.compare?.starts ?? 'same',
    t,
    mean,
    deviation: at.map((list, j) =>
      Math.sqrt(list.reduce((sum, x) => sum + (x - mean[j]) ** 2, 0) / Math.max(1, list.length - 1)),
    ),
    levels: BAND,
    low: at.map(list => quantile(list, BAND[0])),
    high: at.map(list => quantile(list, BAND[1])),
    members,
  };
}

/** Null when it was interrupted; the members done so far have been kept. */
export async function runEnsemble(
  experiment: Experiment,
  problem: Problem,
  options: EnsembleOptions,
): Promise<Ensemble | null> {
  const done = [...(options.from ?? [])];
  let kept = performance.now();
  while (done.length < (experiment.compare?.seeds ?? 0)) {
    const next = await member(experiment, problem, done.length, options);
    if (next) done.push(next);
    if (!next || performance.now() - kept > 1e3 * (options.keepSeconds ?? KEEP_SECONDS)) {
      options.keep?.(done);
      kept = performance.now();
    }
    if (!next) return null;
  }
  return summary(experiment, done);
}
