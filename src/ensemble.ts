/**
 * The same experiment under many seeds, of the method's own draws, of the start or of the data: mean and band of F along t.
 */
import { lookTimes, type Progress } from './instruments.js';
import { meanOf, quantile } from './math/statistics.js';
import { particleCount } from './resolve.js';
import type { Ensemble, Member } from './results.js';
import { followedBy, initialState, KEEP_SECONDS, type RunOptions, settingOf } from './run.js';
import { seedOf } from './seeds.js';
import type { Experiment } from './spec.js';
import type { Flow, Problem, Segment, Vec } from './types.js';
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

/** Looks at F: at iterates of a method of fixed step, at the very times of one that is followed by segments. */
function energyAlong(flow: Flow, y0: Vec, end: number, fixedStep: boolean) {
  const looks = [...new Set(lookTimes(end))];
  const [t, energy] = [[0], [flow.energy(y0)]];
  const y = new Float64Array(flow.size);
  let next = 0;
  const see = (s: Segment) => {
    for (; next < looks.length && looks[next] <= s.t1; next++) {
      if (fixedStep && looks[next + 1] <= s.t1) continue;
      t.push(fixedStep ? s.t1 : looks[next]);
      energy.push(flow.energy(fixedStep ? s.y1 : s.at(looks[next], y)));
    }
  };
  return { t, energy, see, looks };
}

async function member(
  experiment: Experiment,
  problem: Problem,
  k: number,
  options: EnsembleOptions,
): Promise<Member | null> {
  const m = particleCount(experiment);
  const seeded = { ...experiment, seed: seedOf(experiment, k) };
  const { starts, data } = experiment.compare ?? {};
  const own = data === 'drawn' ? settingOf(seeded).problem : problem;
  const { flow, solver, solve } = followedBy(seeded, own, options.signal);
  const y0 = initialState(starts === 'drawn' ? seeded : experiment, own);
  const { t, energy, see, looks } = energyAlong(flow, y0, solve.end, solver.fixedStep);
  // What must end its steps where it is to be accurate must end them here too.
  const stops = solve.stops && [...solve.stops, ...looks];
  const ended = await watch(solver.integrate(flow, y0, { ...solve, ...(stops && { stops }) }), see, s => {
    const label = `m=${m}, seed ${k + 1} of ${experiment.compare?.seeds}`;
    const unknown = { h: 0, energy: Number.NaN, stationarity: Number.NaN, steps: 0, rejected: 0, defect: Number.NaN };
    options.progress?.({ label, t: s.t1, end: solve.end, ...unknown } satisfies Progress);
  });
  return ended.code === 'interrupted' ? null : { t, energy, code: ended.code };
}

function summary(experiment: Experiment, members: readonly Member[]): Ensemble {
  // A flow that comes to rest early stays there to the end, and is looked at as often as the others.
  const looks = Math.max(...members.map(member => member.t.length));
  const whole = members.filter(
    ({ t, code, energy }) =>
      (code === 'end' || (code === 'stationary' && t.length === looks)) && energy.every(Number.isFinite),
  );
  const t = whole[0]?.t ?? [];
  const at = t.map((_, j) => whole.map(({ energy }) => energy[j]).sort((a, b) => a - b));
  const mean = at.map(meanOf);
  return {
    particles: particleCount(experiment),
    seeds: members.length,
    failed: members.length - whole.length,
    starts: experiment.compare?.starts ?? 'same',
    ...(experiment.compare?.data === 'drawn' && { data: 'drawn' }),
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
