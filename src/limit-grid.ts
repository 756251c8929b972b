/**
 * F(μ_{m,t}) − F* over m and t (Chizat & Bach 2018, Thms 3.3 and 3.5): from a start that separates the limits m → ∞ and t → ∞ may be taken
 * in either order. A second start that does not separate is the control.
 */
import { type FollowOptions, looksOf, runner, settingAt, type Track } from './clouds.js';
import { certify, GAP_TOLERANCE } from './diagnostics/certificate.js';
import { failuresIn, manifestOf, nameOfStart, nothingFound } from './limit.js';
import type { Bracket, GridCells, GridStudy, GridVerdict } from './limit-results.js';
import { bracketOf } from './measure/bracket.js';
import type { RunOptions } from './run.js';
import type { Experiment } from './spec.js';
import { type Origin, titleOf } from './study.js';
import type { Problem } from './types.js';

export interface GridOptions extends Pick<RunOptions, 'sources'>, FollowOptions {
  readonly counts: readonly number[];
  readonly times?: readonly number[];
  /** The same experiment from another start, and what it is called: the same problem, or nothing is comparable. */
  readonly control?: { readonly experiment: Experiment; readonly setting: string };
}

/** Below this share of F at the start F* itself is no size to measure by. */
const NOTHING = 1e-6;

interface Judged {
  readonly problem: Problem;
  readonly tracks: readonly Track[];
}

/** F − F* is at least the first; global where it is at most a tolerance that is proven. */
function judge(
  { problem, tracks }: Judged,
  { lower, upper, proof }: Bracket,
  scale: number,
): Pick<GridCells, 'verdicts' | 'excessAtLeast'> {
  const found = tracks.map(({ states, energy, start, outcome }): [GridVerdict, number] => {
    if (!outcome.ok) return ['unknown', Number.NaN];
    const F = energy[energy.length - 1];
    // What some measure attains bounds F* from above, so this much of the excess needs no dual value.
    const own = certify(problem, states[states.length - 1], start.particles, F);
    const excess = Math.max(0, F - upper, own.excessAtLeast);
    if (proof && F - lower <= GAP_TOLERANCE * scale) return ['global', excess];
    return [excess > GAP_TOLERANCE * scale ? 'not-global' : 'unknown', excess];
  });
  return { verdicts: found.map(f => f[0]), excessAtLeast: found.map(f => f[1]) };
}

const cellsOf = (
  start: string,
  judged: Judged,
  times: readonly number[],
  bracket: Bracket,
  scale: number,
): GridCells => ({
  start,
  energy: judged.tracks.map(({ energy }) => times.map((_, k) => energy[k] ?? Number.NaN)),
  ...judge(judged, bracket, scale),
});

/** Throws InvalidExperiment, and StudyFailed where no run of the experiment's own start came to its end. */
export async function gridStudy(experiment: Experiment, origin: Origin, options: GridOptions): Promise<GridStudy> {
  const began = performance.now();
  const { counts, control, signal } = options;
  const { problem, frozen, notes } = settingAt(experiment, Math.max(...counts), options.sources);
  const times = options.times ?? looksOf(frozen);
  const next = runner((control ? 2 : 1) * counts.length, times, options);
  const tracksOf = async (e: Experiment, p: Problem, whose?: string) => {
    const tracks: Track[] = [];
    for (const particles of counts)
      if (!signal?.aborted) tracks.push(await next(e, p, { particles, seed: String(frozen.seed) }, whose));
    return { problem: p, tracks };
  };
  const own = await tracksOf(frozen, problem);
  if (own.tracks.every(t => !t.outcome.ok)) throw nothingFound(failuresIn(own.tracks), signal);
  const other = control && settingAt(control.experiment, Math.max(...counts), options.sources);
  const controlled = other && (await tracksOf(other.frozen, other.problem, control.setting));
  const all = [...own.tracks, ...(controlled?.tracks ?? [])];
  const bracket = bracketOf(
    problem,
    // The control's clouds are measures of the same problem, but their particles may live on copies of their own.
    own.tracks
      .filter(t => t.outcome.ok)
      .map(({ states, energy, start }) => ({
        y: states[states.length - 1],
        particles: start.particles,
        energy: energy[energy.length - 1],
      })),
  );
  const first = Math.max(0, ...all.map(t => t.energy[0]).filter(Number.isFinite));
  const byMinimum = Math.abs(bracket.upper) > NOTHING * first;
  const scale = byMinimum ? Math.abs(bracket.upper) : first;
  return {
    format: 'pgf-limit-grid-1',
    name: experiment.name ?? experiment.problem.kind,
    title: titleOf(experiment),
    spec: frozen,
    start: nameOfStart(frozen, problem),
    counts: own.tracks.map(t => t.start.particles),
    times,
    failures: failuresIn(all),
    notes,
    bracket,
    scale,
    scaleName: byMinimum ? 'F*' : 'F at the first time, for F* is 0 beside it',
    cells: cellsOf(nameOfStart(frozen, problem), own, times, bracket, scale),
    control:
      control && controlled?.tracks.length === counts.length
        ? cellsOf(control.setting, controlled, times, bracket, scale)
        : null,
    manifest: manifestOf(origin, began, signal),
  };
}
