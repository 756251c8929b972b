import { hasEscapeSets } from '../diagnostics/escape-sets.js';
import { type Escape, escapeFrom } from '../escape.js';
import { toJson } from '../report/json.js';
import { columns, wrapped } from '../report/text-table.js';
import { given, num, numUp } from '../report/words.js';
import type { RunResult } from '../results.js';
import { type Hole, largestHoles, tracersFault } from '../tracers.js';
import { runsOf, type Wanted } from './audit.js';
import { EXIT, Refusal } from './exit.js';
import { type CommonFlags, print } from './session.js';

export interface EscapeFlags extends CommonFlags {
  readonly particles?: string;
  readonly add: string;
  readonly tracers?: boolean;
}

function countsIn(text: string): number[] {
  const counts = text.split(',').map(Number);
  if (counts.some(k => !(Number.isInteger(k) && k >= 1 && k <= 10_000)))
    throw new Refusal(
      EXIT.usage,
      `--add must be whole numbers from 1 to 10000, as in 1,4,16, found ${JSON.stringify(text)}`,
    );
  return counts;
}

/** What cannot be had is refused before anything is computed. */
const wanted =
  ({ particles, tracers }: EscapeFlags): Wanted =>
  (problem, counts) => {
    if (particles !== undefined && !counts.includes(Number(particles)))
      throw new Refusal(
        EXIT.usage,
        `--particles must be one of ${counts.join(', ')}, found ${JSON.stringify(particles)}`,
      );
    const fault = tracers ? tracersFault(problem) : null;
    if (fault !== null) throw new Refusal(EXIT.usage, `--tracers: ${fault}`);
    if (tracers || hasEscapeSets(problem)) return;
    const also = tracersFault(problem) === null ? '; --tracers alone can be had here' : '';
    throw new Refusal(
      EXIT.usage,
      `escape adds particles of weight 0 and needs V = β|w|, found ${problem.penalty?.name ?? 'no V'} in ${problem.name}; take penalty: { kind: abs-weight } or deconvolution${also}`,
    );
  };

/** The run of so many particles; the one of the fewest where nothing is said, for it is the one that may be stuck. */
function chosen(runs: readonly RunResult[], particles: string | undefined): RunResult {
  const sizes = runs.map(r => r.final.particles.length);
  const m = particles === undefined ? Math.min(...sizes) : Number(particles);
  return runs[sizes.indexOf(m)];
}

const share = (x: number): string => `${num(100 * x, 3)} %`;

function escapeText({ particles, energy, sets, replays }: Escape & { sets: object }): string {
  const { depth, plus, minus, inside, insideMass, fillDistance, samples } = sets;
  const lines = [
    `m = ${particles}: F = ${num(energy, 8)}`,
    depth > 0
      ? `  F′ < −${num(depth)} in K⁺ (${share(plus)} of the places) and K⁻ (${share(minus)}); inside them ${inside} of ${particles} particles, ${share(insideMass)} of ∫|w|`
      : '  F′ ≥ 0 at every sampled place: there is nothing to escape from',
    `  fill distance of the support ${num(fillDistance)} (${samples} places sampled, not proved)`,
  ];
  if (replays.length === 0) return lines.join('\n');
  const rows = replays.map(r => [
    `${r.added} ${r.where === 'inside' ? 'inside K⁺, K⁻' : 'where F′ > 0'}`,
    num(r.before, 8),
    num(r.after, 8),
    `${r.woken}`,
    numUp(Math.min(r.certificate.gap, r.certificate.polishedGap ?? r.certificate.gap), 2),
    r.certificate.verdict,
    r.outcome,
  ]);
  return [
    ...lines,
    columns([['added', 'F before', 'F after', 'left w = 0', 'gap', 'verdict', 'outcome'], ...rows]),
  ].join('\n');
}

const degrees = (angle: number): string => `${num((180 * angle) / Math.PI, 3)}°`;

function holesText(holes: readonly Hole[]): string {
  const turned = holes[0]?.angle !== undefined;
  const what = turned
    ? 'curves around 0 through the first particles of each copy, carried along: the largest distance from a particle of the copy'
    : 'the curve of zero weights carried along: its largest distance from a particle';
  const angle = turned ? ['angle'] : [];
  return [
    wrapped(
      `${what} (sampled by tracers, not proved)${turned ? '; angle: the largest between a direction and the nearest particle of the same copy, 180° where a copy has none' : ''}`,
    ),
    columns([
      ['t', 'hole', ...angle, 'error of the tracers', 'tracers'],
      ...holes.map(h => [
        given(h.t),
        num(h.hole, 3),
        ...(h.angle === undefined ? [] : [degrees(h.angle)]),
        num(h.error, 1),
        `${h.tracers}`,
      ]),
    ]),
  ].join('\n');
}

const withoutSets = (run: RunResult): Escape => ({
  particles: run.final.particles.length,
  energy: run.series.energy[run.series.energy.length - 1],
  sets: null,
  replays: [],
});

const hasSets = (e: Escape): e is Escape & { sets: object } => e.sets !== null;

export async function escapeCommand(name: string, flags: EscapeFlags): Promise<number> {
  const counts = countsIn(flags.add);
  const run = chosen(await runsOf(name, flags, wanted(flags)), flags.particles);
  const found = (await escapeFrom(run, counts)) ?? withoutSets(run);
  const holes = flags.tracers ? largestHoles(run, run.saved.t) : null;
  if (flags.json) print(toJson({ ...found, ...(holes && { holes }) }));
  else print([...(hasSets(found) ? [escapeText(found)] : []), ...(holes ? [holesText(holes)] : [])].join('\n'));
  return found.replays.some(r => !['end', 'stationary', 'stopped'].includes(r.outcome)) ? EXIT.numerical : EXIT.ok;
}
