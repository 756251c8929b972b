import { ownSetting, ownStudy } from '../figure/own-regimes.js';
import { LAZY } from '../figure/published.js';
import { type ScaleSettings, scaleStudy } from '../figure/scale-of-start.js';
import { type WidthSettings, widthStudy } from '../figure/width.js';
import { meant } from '../math/nearest.js';
import { EXIT, Refusal } from './exit.js';
import { type FileFlags, produce, seedFrom, whole } from './figure.js';
import { memoryAllowed, readInput } from './input.js';
import { numberList } from './stepsize.js';

export interface RegimeFlags extends FileFlags {
  readonly d?: string;
  readonly n?: string;
  readonly m?: string;
  readonly tau?: string;
  readonly alpha?: string;
  readonly steps?: string;
  readonly time?: string;
  readonly repeats?: string;
  readonly published?: boolean;
  readonly seed?: string;
  readonly set?: readonly string[];
}

const STUDIES = ['scale', 'width'] as const;

const count = (flag: string, text: string | undefined, own: number, most: number): number =>
  text === undefined ? own : whole(flag, text, most);

/** Units come in pairs. */
function even(text: string): number {
  const m = whole('m', text, 100_000);
  if (m % 2 === 0) return m;
  throw new Refusal(EXIT.usage, `--m: units come in pairs of opposite weight, found ${m}; take ${m + 1}`);
}

const SMALL: ScaleSettings = {
  dimension: 20,
  rows: 200,
  units: 20,
  scales: [0.01, 0.03, 0.1, 0.3, 1, 3],
  repeats: 3,
  steps: 2000,
};
const PUBLISHED: ScaleSettings = { ...LAZY, scales: LAZY.end.map(([tau]) => tau) };

/** Sizes of the start and output multipliers: one of the two is a list. */
function sweptBy({ tau, alpha }: RegimeFlags, own: readonly number[]): { scales: number[]; alphas: number[] } {
  const alphas = numberList(alpha ?? '1', '--alpha');
  const scales = tau !== undefined ? numberList(tau, '--tau') : alphas.length > 1 ? [1] : [...own];
  if (scales.length > 1 && alphas.length > 1)
    throw new Refusal(
      EXIT.usage,
      `--tau and --alpha: one of them is a list and the other one number, found ${scales.length} and ${alphas.length}`,
    );
  return { scales, alphas };
}

function scaleSettings(flags: RegimeFlags): ScaleSettings {
  if (flags.time !== undefined) throw new Refusal(EXIT.usage, 'regimes scale takes --steps, and no --time');
  const own = flags.published ? PUBLISHED : SMALL;
  return {
    dimension: count('d', flags.d, own.dimension, 10_000),
    rows: count('n', flags.n, own.rows, 20_000),
    units: flags.m === undefined ? own.units : even(flags.m),
    ...sweptBy(flags, own.scales),
    repeats: count('repeats', flags.repeats, own.repeats, 1000),
    steps: count('steps', flags.steps, own.steps, 1e9),
  };
}

function widthSettings(flags: RegimeFlags): WidthSettings {
  if (flags.published) throw new Refusal(EXIT.usage, '--published is for regimes scale');
  if (flags.tau !== undefined || flags.alpha !== undefined || flags.steps !== undefined)
    throw new Refusal(EXIT.usage, 'regimes width takes --time, and neither --tau, --alpha nor --steps');
  const widths = flags.m === undefined ? [32, 64, 128, 256] : flags.m.split(',').map(even);
  if (new Set(widths).size < 2) throw new Refusal(EXIT.usage, `--m: exponents need two widths, found ${flags.m}`);
  const [time, ...more] = numberList(flags.time ?? '4', '--time');
  if (more.length > 0) throw new Refusal(EXIT.usage, `--time takes one number, found ${flags.time}`);
  return {
    dimension: count('d', flags.d, 10, 10_000),
    rows: count('n', flags.n, 20, 20_000),
    widths,
    repeats: count('repeats', flags.repeats, 4, 1000),
    time,
  };
}

/** Data, units and tangent kernels must fit into PGF_MEMORY. */
function fitting(d: number, n: number, m: number): void {
  const bytes = 8 * (2 * n * d + 3 * n * n + 2 * n * m + 3 * m * d);
  const most = memoryAllowed();
  const gib = (b: number) => (b / 2 ** 30).toPrecision(2);
  if (bytes > most)
    throw new Refusal(
      EXIT.usage,
      `about ${gib(bytes)} GiB would be needed; at most ${gib(most)} are allowed; take smaller --n, --m or --d, or set PGF_MEMORY`,
    );
}

/** On an experiment of one's own: its particles, rows and times are in the file. */
function ownRegimes(name: string, flags: RegimeFlags): Promise<number> {
  const { d, n, m, steps, time, tau, alpha, published } = flags;
  const idle = Object.entries({ d, n, m, steps, time, published }).find(([, value]) => value !== undefined)?.[0];
  if (idle !== undefined)
    throw new Refusal(
      EXIT.usage,
      `--${idle} is of the built-in setting; an experiment has it in its file: --set particles.count=…, --set time.end=…`,
    );
  const input = readInput(name, {
    ...(flags.set && { set: flags.set }),
    ...(flags.seed !== undefined && { seed: flags.seed }),
  });
  const { experiment, sources } = input;
  const swept = tau === undefined ? { alphas: numberList(alpha ?? '0.1,1,10,100', '--alpha') } : sweptBy(flags, []);
  const settings = { scales: [undefined], repeats: count('repeats', flags.repeats, 1, 1000), ...swept };
  const shared = { counts: [], problems: 1, end: 1, seed: String(experiment.seed) };
  try {
    const setting = ownSetting(experiment, settings, sources);
    return produce('regimes-own', run => ownStudy(setting, settings, { ...shared, ...run }), flags);
  } catch (error) {
    throw input.placed(error);
  }
}

/** `pgf regimes`: lazy against active training. */
export async function regimesCommand(study: string, name: string | undefined, flags: RegimeFlags): Promise<number> {
  if (!(STUDIES as readonly string[]).includes(study))
    throw new Refusal(EXIT.usage, `no study is called ${study}${meant(study, STUDIES)}`);
  if (name !== undefined && study === 'width')
    throw new Refusal(EXIT.usage, `regimes width has a setting of its own, found ${name}; take regimes scale ${name}`);
  if (name !== undefined) return ownRegimes(name, flags);
  if (flags.set)
    throw new Refusal(EXIT.usage, '--set changes an experiment, and none is named: pgf regimes scale my.yaml --set …');
  const shared = { counts: [], problems: 1, end: 1, seed: seedFrom(flags.seed, 'figure') };
  if (study === 'scale') {
    const settings = scaleSettings(flags);
    fitting(settings.dimension, settings.rows, settings.units);
    return produce('regimes-scale', run => scaleStudy(settings, { ...shared, ...run }), flags);
  }
  const settings = widthSettings(flags);
  fitting(settings.dimension, settings.rows, Math.max(...settings.widths));
  return produce('regimes-width', run => widthStudy(settings, { ...shared, ...run }), flags);
}
