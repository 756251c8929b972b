/**
 * The many-particle limit (Chizat & Bach 2018, Thm 2.6): how far the measure of m particles is from one of very many along t, and how that
 * falls with m. The theorem has no rate; samples of a law have m^{−1/2} in norms dual to smooth functions (Mei, Montanari & Nguyen 2018).
 */
import { type FollowOptions, looksOf, runner, settingAt, startingFrom, type Track } from './clouds.js';
import { BAND } from './ensemble.js';
import type { LimitFailure, LimitMetric, LimitRow, LimitSlope, LimitStudy } from './limit-results.js';
import { meanOf, quantile } from './math/statistics.js';
import { type Gauge, gaugesFor } from './measure/gauges.js';
import { initialState, type RunOptions } from './run.js';
import type { Experiment } from './spec.js';
import { type Origin, titleOf } from './study.js';
import type { Problem } from './types.js';

export interface LimitOptions extends Pick<RunOptions, 'sources'>, FollowOptions {
  readonly counts: readonly number[];
  /** Particles of the reference; default four times the most of `counts`. */
  readonly reference?: number;
  /** How the reference begins, where not as the others do: another draw of the same law. */
  readonly referenceInit?: string;
  readonly times?: readonly number[];
  /** Starts for each m; default 1. */
  readonly seeds?: number;
  readonly metrics?: readonly LimitMetric[];
}

/** Exponent of a power law through positive values, and the standard error of the fit. */
export function fittedSlope(x: readonly number[], y: readonly number[]): { slope: number | null; error: number } {
  const points = x.flatMap((m, i) => (y[i] > 0 && Number.isFinite(y[i]) ? [[Math.log(m), Math.log(y[i])]] : []));
  if (points.length < 3) return { slope: null, error: Number.NaN };
  const [mx, my] = [0, 1].map(k => meanOf(points.map(p => p[k])));
  const sxx = points.reduce((s, [a]) => s + (a - mx) ** 2, 0);
  const slope = points.reduce((s, [a, b]) => s + (a - mx) * (b - my), 0) / sxx;
  const left = points.reduce((s, [a, b]) => s + (b - my - slope * (a - mx)) ** 2, 0);
  return { slope, error: Math.sqrt(left / ((points.length - 2) * sxx)) };
}

const label = (seed: string, k: number): string => (k === 0 ? seed : `${seed}/${k}`);

/** Whether another seed is another start. */
function isRandom(experiment: Experiment, problem: Problem, particles: number): boolean {
  const [a, b] = ['a', 'b'].map(seed => initialState(startingFrom(experiment, { particles, seed }), problem));
  return a.some((x, i) => x !== b[i]);
}

const nameOfStart = (experiment: Experiment, problem: Problem, init?: string): string => {
  const { particles } = experiment;
  const name = init ?? ('init' in particles ? particles.init : undefined) ?? Object.keys(problem.initial)[0];
  return `${name}: ${problem.initial[name]?.summary ?? 'as given'}`;
};

const failuresIn = (tracks: readonly Track[]): LimitFailure[] =>
  tracks
    .filter(({ outcome }) => !outcome.ok)
    .map(({ start: { particles, seed }, outcome: { code, message } }) => ({ particles, seed, code, message }));

/** Each metric at each time, over the runs of one m. */
function rowsOf(gauges: readonly Gauge[], times: readonly number[], tracks: readonly Track[]): LimitRow[] {
  if (tracks.length === 0) return [];
  const [{ particles }] = tracks.map(t => t.start);
  return gauges.flatMap(({ metric, distance }) =>
    times.map((t, k) => {
      const values = tracks.map(track => distance(track.states[k], k));
      const ordered = [...values].sort((a, b) => a - b);
      const [low, high] = BAND.map(share => quantile(ordered, share));
      return { metric, particles, t, mean: meanOf(values), low, high, values };
    }),
  );
}

const slopesOf = (rows: readonly LimitRow[], times: readonly number[]): LimitSlope[] =>
  [...new Set(rows.map(r => r.metric))].flatMap(metric =>
    times.map(t => {
      const at = rows.filter(r => r.metric === metric && r.t === t);
      const fit = fittedSlope(
        at.map(r => r.particles),
        at.map(r => r.mean),
      );
      return { metric, t, ...fit };
    }),
  );

/** Throws InvalidExperiment, MetricRefused, and StudyFailed where there is nothing to measure, or nothing to measure against. */
export async function limitStudy(experiment: Experiment, origin: Origin, options: LimitOptions): Promise<LimitStudy> {
  const began = performance.now();
  const { counts, signal } = options;
  const many = options.reference ?? 4 * Math.max(...counts);
  const { problem, frozen, notes } = settingAt(experiment, Math.max(many, ...counts), options.sources);
  const measuring = gaugesFor(problem, many, options.metrics);
  const times = options.times ?? looksOf(frozen);
  const seed = String(frozen.seed);
  const random = isRandom(frozen, problem, Math.min(...counts));
  const seeds = random ? (options.seeds ?? 1) : 1;
  const next = runner(1 + seeds * counts.length, times, options);
  const { referenceInit: init } = options;
  const reference = await next(frozen, problem, {
    particles: many,
    seed: `${seed}/reference`,
    ...(init !== undefined && { init }),
  });
  if (!reference.outcome.ok) throw referenceFailed(reference);
  const gauges = measuring(reference.states);
  const tracks: Track[] = [];
  for (const particles of counts)
    for (let k = 0; k < seeds; k++)
      if (!signal?.aborted) tracks.push(await next(frozen, problem, { particles, seed: label(seed, k) }));
  const failures = failuresIn(tracks);
  const whole = tracks.filter(t => t.outcome.ok);
  if (whole.length === 0) throw nothingFound(failures, signal);
  const rows = counts.flatMap(m =>
    rowsOf(
      gauges,
      times,
      whole.filter(t => t.start.particles === m),
    ),
  );
  return {
    format: 'pgf-limit-1',
    name: experiment.name ?? experiment.problem.kind,
    title: titleOf(experiment),
    spec: frozen,
    start: nameOfStart(frozen, problem),
    counts,
    times,
    failures,
    notes: [...notes, ...((options.seeds ?? 1) > 1 && !random ? ['the start is not random: one run for each m'] : [])],
    reference: { particles: many, start: nameOfStart(frozen, problem, init) },
    seeds,
    metrics: gauges.map(({ metric, name }) => ({ metric, name: name() })),
    rows,
    slopes: slopesOf(rows, times),
    manifest: manifestOf(origin, began, signal),
  };
}

export const manifestOf = (origin: Origin, began: number, signal: RunOptions['signal']) => ({
  ...origin,
  seconds: (performance.now() - began) / 1e3,
  created: new Date().toISOString(),
  interrupted: signal?.aborted ?? false,
});

/** A study that came to nothing. */
export class StudyFailed extends Error {
  constructor(
    readonly interrupted: boolean,
    message: string,
  ) {
    super(message);
  }
}

const referenceFailed = ({ start, outcome }: Track): StudyFailed =>
  outcome.code === 'interrupted'
    ? new StudyFailed(true, 'interrupted before the reference was there')
    : new StudyFailed(
        false,
        `the reference of ${start.particles} particles did not reach its end: ${outcome.message}; take fewer (--reference), an earlier end or another solver`,
      );

/** Where no run came to its end: what ended the first of them. */
function nothingFound(failures: readonly LimitFailure[], signal: RunOptions['signal']): StudyFailed {
  if (signal?.aborted) return new StudyFailed(true, 'interrupted before a run had come to its end');
  const [{ particles, seed, message }] = failures;
  const counts = [...new Set(failures.map(f => f.particles))].join(', ');
  return new StudyFailed(
    false,
    `no run came to its end, at m = ${counts}: m = ${particles}, seed ${seed}: ${message}; take earlier --times, another solver or a larger budget`,
  );
}

export { failuresIn, nameOfStart, nothingFound };
