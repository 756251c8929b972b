import { type Escape, escapeFrom } from '../escape.js';
import { toJson } from '../report/json.js';
import { columns } from '../report/text-table.js';
import { given, num, numUp } from '../report/words.js';
import type { RunResult } from '../results.js';
import { type Hole, largestHoles } from '../tracers.js';
import { runsOf } from './audit.js';
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

/** The run of so many particles; the one of the fewest where nothing is said, for it is the one that may be stuck. */
function chosen(runs: readonly RunResult[], wanted: string | undefined): RunResult {
  const sizes = runs.map(r => r.final.particles.length);
  const m = wanted === undefined ? Math.min(...sizes) : Number(wanted);
  const found = runs.find(r => r.final.particles.length === m);
  if (!found)
    throw new Refusal(EXIT.usage, `--particles must be one of ${sizes.join(', ')}, found ${JSON.stringify(wanted)}`);
  return found;
}

const share = (x: number): string => `${num(100 * x, 3)} %`;

function escapeText({ particles, energy, sets, replays }: Escape): string {
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

const holesText = (holes: readonly Hole[]): string =>
  [
    'the curve of zero weights carried along: its largest distance from a particle (sampled by tracers, not proved)',
    columns([
      ['t', 'hole', 'error of the tracers', 'tracers'],
      ...holes.map(h => [given(h.t), num(h.hole, 3), num(h.error, 1), `${h.tracers}`]),
    ]),
  ].join('\n');

export async function escapeCommand(name: string, flags: EscapeFlags): Promise<number> {
  const counts = countsIn(flags.add);
  const run = chosen(await runsOf(name, flags), flags.particles);
  const found = await escapeFrom(run, counts);
  if (!found)
    throw new Refusal(
      EXIT.usage,
      `escape adds particles of weight 0 and needs V = β|w|; ${run.spec.problem.kind} here has another V, take penalty: { kind: abs-weight } or deconvolution`,
    );
  const holes = flags.tracers ? largestHoles(run, run.saved.t) : null;
  if (flags.json) print(toJson({ ...found, ...(holes && { holes }) }));
  else print([escapeText(found), ...(holes ? [holesText(holes)] : [])].join('\n'));
  return found.replays.some(r => !['end', 'stationary', 'stopped'].includes(r.outcome)) ? EXIT.numerical : EXIT.ok;
}
