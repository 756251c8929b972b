import { relative } from 'node:path';
import * as kinds from '../figure/index.js';
import {
  type DrawnFigure,
  type FigureKind,
  type FigureRun,
  type FigureSettings,
  figureData,
  Interrupted,
} from '../figure/kind.js';
import { meant } from '../math/nearest.js';
import { toJson } from '../report/json.js';
import { EXIT, Refusal } from './exit.js';
import { memoryAllowed } from './input.js';
import { claimFile, writeFile } from './output.js';
import { origin, print, STOPPING, say } from './session.js';

/** Where the figure goes. */
export interface FileFlags {
  readonly output?: string;
  readonly json?: boolean;
  readonly force?: boolean;
  readonly quiet?: boolean;
}

export interface FigureFlags extends FileFlags {
  readonly m?: string;
  readonly problems?: string;
  readonly T?: string;
  readonly runs?: string;
  readonly steps?: string;
  readonly d?: string;
  readonly panels?: string;
  readonly seed?: string;
}

const all = (): FigureKind[] => Object.values(kinds);
export const figureNames = (): string[] => all().map(k => k.name);

function kindNamed(name: string): FigureKind {
  const found = all().find(k => k.name === name);
  if (found) return found;
  const list = all().map(k => `  ${k.name.padEnd(12)}${k.summary}`);
  throw new Refusal(EXIT.usage, `no figure is called ${name}${meant(name, figureNames())}\n${list.join('\n')}`);
}

const MOST_PARTICLES = 2000;
const MOST_PROBLEMS = 10_000;

export function whole(flag: string, text: string, most: number): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw new Refusal(EXIT.usage, `--${flag} takes whole numbers from 1 to ${most}, found ${JSON.stringify(text)}`);
}

const FLAGS: Readonly<Record<keyof FigureSettings, keyof FigureFlags>> = {
  counts: 'm',
  problems: 'problems',
  end: 'T',
  runs: 'runs',
  steps: 'steps',
  dimension: 'd',
  panels: 'panels',
};

function refuseIdle({ name, defaults }: FigureKind, flags: FigureFlags): void {
  const settings = Object.keys(FLAGS) as (keyof FigureSettings)[];
  const idle = settings.find(s => flags[FLAGS[s]] !== undefined && defaults[s] === undefined);
  const takes = settings.filter(s => defaults[s] !== undefined).map(s => `--${FLAGS[s]}`);
  if (idle) throw new Refusal(EXIT.usage, `figure ${name} takes no --${FLAGS[idle]}; it takes ${takes.join(', ')}`);
}

/** What none of the panels asked for takes. */
function refuseIdleOfPanels({ ofPanels = {} }: FigureKind, flags: FigureFlags, panels: readonly string[]): void {
  for (const [setting, takers] of Object.entries(ofPanels)) {
    const flag = FLAGS[setting as keyof FigureSettings];
    if (flags[flag] === undefined || panels.some(p => takers.includes(p))) continue;
    throw new Refusal(
      EXIT.usage,
      `--${flag} is of the panels ${takers.join(', ')}, found --panels ${panels.join(',')}`,
    );
  }
}

function panelsIn(text: string, all: readonly string[]): string[] {
  const list = text.split(',').map(t => t.trim());
  const unknown = list.find(t => !all.includes(t));
  if (unknown === undefined) return [...new Set(list)];
  throw new Refusal(
    EXIT.usage,
    `--panels takes ${all.join(', ')}, found ${unknown || 'nothing'}${meant(unknown, all)}`,
  );
}

/** The seed given, or the study's own. */
export function seedFrom(given: string | undefined, own: string): string {
  if (given !== '') return given ?? own;
  throw new Refusal(
    EXIT.usage,
    `--seed takes any text of one character or more, found ""; leave it out for ${JSON.stringify(own)}`,
  );
}

/** What was given in place of the figure's own settings. */
function settingsOf(kind: FigureKind, flags: FigureFlags): FigureSettings {
  const { defaults } = kind;
  refuseIdle(kind, flags);
  const { m, problems, T, runs, steps, d, panels } = flags;
  const end = T === undefined ? (defaults.end ?? 1) : Number(T);
  const drawn = panels === undefined ? undefined : panelsIn(panels, defaults.panels ?? []);
  if (drawn) refuseIdleOfPanels(kind, flags, drawn);
  if (!(end > 0 && end <= 1e9)) throw new Refusal(EXIT.usage, `--T must be a time in (0, 1e9], found ${T}`);
  return {
    ...defaults,
    counts:
      m === undefined
        ? (defaults.counts ?? [])
        : [...new Set(m.split(',').map(text => whole('m', text, MOST_PARTICLES)))],
    problems: problems === undefined ? (defaults.problems ?? 1) : whole('problems', problems, MOST_PROBLEMS),
    end,
    ...(runs !== undefined && { runs: whole('runs', runs, MOST_PROBLEMS) }),
    ...(steps !== undefined && { steps: whole('steps', steps, 1e9) }),
    ...(d !== undefined && { dimension: whole('d', d, 10_000) }),
    ...(drawn && { panels: drawn }),
  };
}

/** The three files, none of which may exist unless `force`. */
function filesFor(name: string, { output: given, json, force }: FileFlags): string[] | null {
  if (json && given === undefined) return null;
  const output = given ?? `figure-${name}.svg`;
  if (!output.endsWith('.svg'))
    throw new Refusal(EXIT.usage, `the picture is an SVG file: -o NAME.svg, found ${output}`);
  const stem = output.slice(0, -4);
  const files = [output, `${stem}.csv`, `${stem}.json`];
  for (const file of files) claimFile(file, { force });
  return files;
}

/** Aborted by the first Ctrl-C or signal of a scheduler, at the end of a step; the second ends at once. */
function interruptible(): { readonly signal: { aborted: boolean }; release(): void } {
  const signal = { aborted: false };
  const stop = () => {
    if (signal.aborted) process.exit(EXIT.interrupted);
    signal.aborted = true;
  };
  for (const name of STOPPING) process.on(name, stop);
  return {
    signal,
    release: () => {
      for (const name of STOPPING) process.off(name, stop);
    },
  };
}

/** Computes, prints, draws; used by every command that ends in one figure. */
export async function produce(
  name: string,
  compute: (shared: Pick<FigureRun, 'signal' | 'progress'>) => Promise<DrawnFigure>,
  flags: FileFlags,
): Promise<number> {
  const files = filesFor(name, flags);
  const { signal, release } = interruptible();
  const progress = (label: string) => say(label, flags);
  try {
    const { version, command } = origin();
    const data = await figureData(name, () => compute({ signal, progress }), { version, command });
    const { figureCsv, figureSheet, figureText } = await import('../report/figure-sheet.js');
    print(flags.json ? toJson(data) : figureText(data));
    if (files === null) return EXIT.ok;
    const contents = [figureSheet(data), figureCsv(data), `${toJson(data)}\n`];
    files.forEach((file, i) => void writeFile(file, contents[i]));
    say(`${files.map(f => relative(process.cwd(), f)).join(', ')} written`, flags);
    return EXIT.ok;
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    say('interrupted; nothing was written');
    return EXIT.interrupted;
  } finally {
    release();
  }
}

/** `pgf figure NAME`: computes, draws, and says what was assumed. */
export async function figureCommand(name: string, flags: FigureFlags): Promise<number> {
  const kind = kindNamed(name);
  const settings = settingsOf(kind, flags);
  const seed = seedFrom(flags.seed, kind.seed ?? 'figure');
  memoryAllowed();
  return produce(name, shared => kind.compute({ ...settings, seed, ...shared }), flags);
}
