import { relative } from 'node:path';
import { stringify } from 'yaml';
import { settingAt } from '../clouds.js';
import { limitStudy, StudyFailed } from '../limit.js';
import { gridStudy } from '../limit-grid.js';
import type { GridStudy, LimitMetric, LimitStudy } from '../limit-results.js';
import { meant } from '../math/nearest.js';
import { gaugesFor, METRICS, MetricRefused } from '../measure/gauges.js';
import { toJson } from '../report/json.js';
import { gridCsv, gridText, limitCsv, limitText } from '../report/limit-text.js';
import { settingOf } from '../run.js';
import { LIMITS } from '../spec.js';
import { cellsFor, forgetCells, type ResumeFlags } from './cells.js';
import { EXIT, Refusal } from './exit.js';
import { type Input, readInput } from './input.js';
import { claimFolder, type Folder, replaceFolder, withdraw } from './output.js';
import { computing, type Interrupt, origin, print, say } from './session.js';
import { numberList } from './stepsize.js';

export interface LimitFlags extends ResumeFlags {
  readonly m: string;
  readonly reference?: string;
  readonly referenceInit?: string;
  readonly times?: string;
  readonly seeds?: string;
  readonly metric?: string;
  readonly grid?: string;
  readonly control?: string;
}

const usage = (message: string): never => {
  throw new Refusal(EXIT.usage, message);
};

function wholeIn(flag: string, given: string | number, low: number, high: number): number {
  const value = Number(given);
  if (!Number.isInteger(value) || value < low || value > high)
    usage(`--${flag} takes whole numbers in [${low}, ${high}], found ${given}`);
  return value;
}

/** In increasing order, each once. */
const increasing = (list: readonly number[]): number[] => [...new Set(list)].sort((a, b) => a - b);

function metricsIn(text: string): LimitMetric[] {
  const list = text.split(',').map(t => t.trim());
  const unknown = list.find(t => !(METRICS as string[]).includes(t));
  if (unknown !== undefined) usage(`--metric: found ${unknown || 'nothing'}${meant(unknown, METRICS)}`);
  return list as LimitMetric[];
}

interface Settings {
  readonly counts: readonly number[];
  readonly times?: readonly number[];
  readonly reference?: number;
  readonly referenceInit?: string;
  readonly seeds?: number;
  readonly metrics?: readonly LimitMetric[];
}

function settingsIn(f: LimitFlags): Settings {
  const counts = increasing(numberList(f.m, '--m').map(m => wholeIn('m', m, 1, LIMITS.particles)));
  if (f.grid !== undefined && !/^\s*(m\s*,\s*t|t\s*,\s*m)\s*$/.test(f.grid))
    usage(`--grid takes m,t: F − F* over these two, found ${f.grid}`);
  const forLimit = { reference: f.reference, 'reference-init': f.referenceInit, seeds: f.seeds, metric: f.metric };
  const idle = Object.entries(forLimit).find(([, value]) => value !== undefined)?.[0];
  if (f.grid !== undefined && idle) usage(`--${idle} is of the distance to a reference, which --grid does not take`);
  if (f.grid === undefined && f.control !== undefined) usage('--control is compared by F − F*: add --grid m,t');
  return {
    counts,
    ...(f.times !== undefined && { times: increasing(numberList(f.times, '--times')) }),
    ...(f.reference !== undefined && {
      reference: wholeIn('reference', f.reference, counts[counts.length - 1], LIMITS.particles),
    }),
    ...(f.referenceInit !== undefined && { referenceInit: f.referenceInit }),
    ...(f.seeds !== undefined && { seeds: wholeIn('seeds', f.seeds, 1, 1000) }),
    ...(f.metric !== undefined && { metrics: metricsIn(f.metric) }),
  };
}

/** With --json and no --out nothing is written. */
function folderFor(input: Input, flags: LimitFlags, settings: Settings): Folder | null {
  try {
    // What the largest cloud cannot have is refused before anything is written.
    const { counts, metrics, reference = 4 * Math.max(...counts) } = settings;
    const most = flags.grid === undefined ? reference : Math.max(...counts);
    const { frozen, problem } = settingAt(input.experiment, most, input.sources);
    if (flags.grid === undefined) gaugesFor(problem, reference, metrics);
    if (flags.json && flags.out === undefined) return null;
    const { grid, control } = flags;
    return claimFolder(frozen, flags, { name: 'limit', settings: { ...settings, grid, control } });
  } catch (error) {
    if (error instanceof MetricRefused) return usage(`--metric ${error.message}`);
    throw input.placed(error);
  }
}

async function write(folder: Folder, study: LimitStudy | GridStudy): Promise<void> {
  const [{ limitHtml }, { limitFigure, gridFigures }, { figureName, figureSvg }] = await Promise.all([
    import('../report/limit-html.js'),
    import('../report/limit-plot.js'),
    import('../report/figures.js'),
  ]);
  const distances = study.format === 'pgf-limit-1';
  const figures = distances ? [limitFigure(study)].filter(f => f !== null) : gridFigures(study);
  replaceFolder(folder, {
    'manifest.json': `${toJson({ experiment: folder.hash, ...study.manifest }, 2)}\n`,
    'experiment.yaml': stringify(study.spec, { schema: 'core', aliasDuplicateObjects: false }),
    'limit.json': `${toJson(study)}\n`,
    'limit.csv': distances ? limitCsv(study) : gridCsv(study),
    'report.html': limitHtml(study),
    ...Object.fromEntries(figures.map(f => [`figures/${figureName(f)}`, figureSvg(f)])),
  });
}

/** The start of the reference must be one that the problem knows; the schema says so of the experiment's own. */
function checked(input: Input, { referenceInit: init }: Settings): void {
  if (init === undefined) return;
  const known = Object.keys(settingOf(input.experiment, input.sources).problem.initial);
  if (!known.includes(init)) usage(`--reference-init: found ${init}${meant(init, known)}`);
}

/** Settings of the start: anything else would be another problem, of another F*. */
const OF_THE_START = ['particles.init', 'particles.scale', 'problem.signs', 'seed'];

/** The same experiment with the one value changed. */
function controlOf(name: string, flags: LimitFlags): Input | undefined {
  const { control } = flags;
  const key = control?.split('=')[0].trim();
  if (key !== undefined && !OF_THE_START.includes(key))
    usage(`--control changes the start alone: found ${key}${meant(key, OF_THE_START)}`);
  if (control === undefined) return undefined;
  if (!control.includes('=')) usage(`--control takes key=value, as in particles.init=half, found ${control}`);
  return readInput(name, flags, [{ flag: `--control ${control}`, assignment: control }]);
}

interface Done {
  readonly found: LimitStudy | GridStudy;
  readonly by: Interrupt['by'];
}

function study(
  flags: LimitFlags,
  input: Input,
  control: Input | undefined,
  settings: Settings,
  folder: Folder | null,
): Promise<Done> {
  const cells = cellsFor(folder, flags);
  return computing<Done>(input, flags, async ({ signal, ...rest }) => {
    const common = { ...rest, signal, ...(cells && { cells }) };
    const { counts, times } = settings;
    const found =
      flags.grid === undefined
        ? limitStudy(input.experiment, origin(), { ...settings, ...common })
        : gridStudy(input.experiment, origin(), {
            ...common,
            counts,
            ...(times && { times }),
            ...(control && { control: { experiment: control.experiment, setting: String(flags.control) } }),
          });
    return { found: await found.catch(error => failed(error, folder, signal)), by: signal.by };
  });
}

/** First signal by a scheduler: what is finished is kept for it. */
const stopped = (by: Interrupt['by']): number =>
  by === undefined || by === 'SIGINT' ? EXIT.interrupted : EXIT.resumable;

/** A study that came to nothing writes nothing; finished runs are kept where it was interrupted. */
function failed(error: unknown, folder: Folder | null, { by }: Interrupt): never {
  if (!(error instanceof StudyFailed)) throw error;
  if (!error.interrupted) {
    forgetCells(folder);
    withdraw(folder);
    throw new Refusal(EXIT.numerical, `${error.message}; nothing was written`);
  }
  const next = folder ? '; --resume goes on with the runs that are finished' : '';
  throw new Refusal(folder ? stopped(by) : EXIT.interrupted, `${error.message}; nothing was written${next}`);
}

/** `pgf limit`: distances to a reference of many particles, or F − F* over m and t. */
export async function limitCommand(name: string, flags: LimitFlags): Promise<number> {
  const settings = settingsIn(flags);
  const input = readInput(name, flags);
  const control = controlOf(name, flags);
  checked(input, settings);
  const folder = folderFor(input, flags, settings);
  const { found, by } = await study(flags, input, control, settings, folder);
  const { interrupted } = found.manifest;
  print(flags.json ? toJson(found) : found.format === 'pgf-limit-1' ? limitText(found) : gridText(found));
  if (folder) {
    await write(folder, found);
    if (!interrupted) forgetCells(folder);
    say(`${relative(process.cwd(), folder.path) || '.'}/report.html written`, flags);
    if (interrupted) say('the same command with --resume goes on from there', flags);
  }
  if (interrupted) return folder ? stopped(by) : EXIT.interrupted;
  return found.failures.length > 0 ? EXIT.numerical : EXIT.ok;
}
