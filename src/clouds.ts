/** The same experiment at another number of particles and another start: its states at chosen times. */
import { saveAt } from './diagnostics/save-at.js';
import { InvalidExperiment } from './experiment-file.js';
import { flowOf } from './flow.js';
import { logSpace } from './math/vec.js';
import { initialState, type RunOptions, settingOf, solverOf } from './run.js';
import type { Experiment } from './spec.js';
import type { Outcome, Problem, Vec } from './types.js';
import { watch } from './watch.js';

export interface Start {
  readonly particles: number;
  readonly seed: string;
  /** In place of the experiment's. */
  readonly init?: string;
}

export interface Track {
  readonly start: Start;
  readonly outcome: Outcome;
  /** One for each time; fewer where the run failed. */
  readonly states: readonly Vec[];
  readonly energy: readonly number[];
}

/** The experiment from that start. */
export function startingFrom(experiment: Experiment, { particles: count, seed, init }: Start): Experiment {
  const { particles } = experiment;
  if ('values' in particles) return { ...experiment, seed };
  return { ...experiment, seed, particles: { ...particles, count, ...(init !== undefined && { init }) } };
}

/** Problem and experiment, checked at the largest cloud of a study. Throws InvalidExperiment. */
export function settingAt(experiment: Experiment, most: number, sources: RunOptions['sources']) {
  if ('values' in experiment.particles)
    throw new InvalidExperiment([
      { path: ['particles', 'values'], message: 'particles given one by one have no other number; name an init' },
    ]);
  return settingOf(startingFrom(experiment, { particles: most, seed: String(experiment.seed) }), sources);
}

/** Times to look at: those the experiment saves at, or five of the last two decades. */
export function looksOf({ time }: Experiment): number[] {
  const positive = (time.saveAt ?? []).filter(t => t > 0);
  return positive.length > 0 ? positive : logSpace(time.end / 100, time.end, 5);
}

/** Runs that came to an end, by name: a study that was stopped goes on with those that are there. */
export interface Cells {
  find(name: string): Track | undefined;
  keep(name: string, track: Track): void;
}

export interface FollowOptions extends Pick<RunOptions, 'signal' | 'progress'> {
  readonly cells?: Cells;
}

/** Shorter runs are shown when they begin, and not again. */
const SHOWN_AFTER_MS = 2000;

/** A run that settles before the last time stays where it is. */
async function follow(
  experiment: Experiment,
  problem: Problem,
  start: Start,
  times: readonly number[],
  signal: RunOptions['signal'],
  show: (t: number) => void,
): Promise<Track> {
  const sized = startingFrom(experiment, start);
  const flow = flowOf(problem, start.particles);
  const y0 = initialState(sized, problem);
  const [solver, solve] = solverOf(sized, start.particles, signal);
  const saver = saveAt(times, flow, y0);
  let last = y0;
  const end = times[times.length - 1];
  const began = performance.now();
  show(0);
  const outcome = await watch(
    solver.integrate(flow, y0, { ...solve, end, stops: times }),
    s => {
      saver.see(s, flow);
      last = s.y1;
    },
    s => {
      if (performance.now() - began > SHOWN_AFTER_MS) show(s.t1);
    },
  );
  const { states, energy } = saver.finish(outcome);
  while (outcome.ok && states.length < times.length) {
    states.push(last);
    energy.push(flow.energy(last));
  }
  return { start, outcome, states, energy };
}

/** What a clock or a user ended may come to another end the next time. */
const PASSING: readonly string[] = ['interrupted', 'max-time'];
const UNSEEN = {
  h: Number.NaN,
  energy: Number.NaN,
  stationarity: Number.NaN,
  steps: 0,
  rejected: 0,
  defect: Number.NaN,
};

/** The runs of a study, one at a time: each is found among those kept, or followed, shown and kept. @param total how many there will be */
export function runner(total: number, times: readonly number[], { signal, progress, cells }: FollowOptions) {
  let count = 0;
  return async (experiment: Experiment, problem: Problem, start: Start, whose = ''): Promise<Track> => {
    const { particles, seed, init } = start;
    const name = JSON.stringify([whose, particles, seed, init ?? null]);
    const label = `m = ${particles}, ${seed}${whose && `, ${whose}`} (${++count} of ${total})`;
    const known = cells?.find(name);
    if (known) return known;
    const show = (t: number) => progress?.({ label, t, end: times[times.length - 1], ...UNSEEN });
    const track = await follow(experiment, problem, start, times, signal, show);
    if (!PASSING.includes(track.outcome.code)) cells?.keep(name, track);
    return track;
  };
}
