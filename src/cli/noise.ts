import { type SgdSettings, sgdLimit, sgdSetting } from '../figure/stochastic-limit.js';
import { type TemperatureSettings, temperatureSetting, temperatureStudy } from '../figure/temperature.js';
import { meant } from '../math/nearest.js';
import { type Experiment, LIMITS } from '../spec.js';
import { EXIT, Refusal } from './exit.js';
import { type FileFlags, produce, whole } from './figure.js';
import { type Input, readInput } from './input.js';
import type { CommonFlags } from './session.js';
import { numberList } from './stepsize.js';

export interface NoiseFlags extends CommonFlags, FileFlags {
  readonly m?: string;
  readonly eta?: string;
  readonly temperature?: string;
  readonly seeds?: string;
  readonly batch?: string;
  readonly reference?: string;
}

const STUDIES = ['temperature', 'sgd'] as const;
type Study = (typeof STUDIES)[number];
/** Flags of one study alone. */
const OWN: Readonly<Record<Study, readonly (keyof NoiseFlags)[]>> = {
  temperature: ['temperature'],
  sgd: ['m', 'seeds', 'batch', 'reference'],
};

const usage = (message: string): never => {
  throw new Refusal(EXIT.usage, message);
};

function refuseIdle(study: Study, flags: NoiseFlags): void {
  const other: Study = study === 'sgd' ? 'temperature' : 'sgd';
  const idle = OWN[other].find(key => flags[key] !== undefined);
  if (idle) usage(`noise ${study} takes no --${idle}, which is of noise ${other}`);
  if (flags.eta === undefined)
    usage(
      `noise ${study} needs --eta, ${study === 'sgd' ? 'step sizes in flow time: --eta 0.01,0.02,0.04' : 'the length of a noisy step in flow time: --eta 0.001'}; pgf stepsize shows which are stable`,
    );
}

const inOrder = (list: readonly number[]): number[] => [...new Set(list)].sort((a, b) => a - b);

function temperatureSettings({ temperature, eta }: NoiseFlags): TemperatureSettings {
  const [step, ...more] = numberList(String(eta), '--eta');
  if (more.length > 0) usage(`--eta takes one number in noise temperature, found ${eta}`);
  return { temperatures: inOrder(numberList(temperature ?? '0.1,0.03,0.01,0.003', '--temperature')), eta: step };
}

function sgdSettings({ m, eta, seeds, batch, reference }: NoiseFlags): SgdSettings {
  const counts = inOrder((m ?? '10,20,40,80').split(',').map(text => whole('m', text, LIMITS.particles)));
  const most = Math.max(...counts);
  const many = reference === undefined ? 16 * most : whole('reference', reference, LIMITS.particles);
  if (many < most) usage(`--reference stands for m → ∞ and has at least the ${most} particles of --m, found ${many}`);
  return {
    counts,
    etas: inOrder(numberList(String(eta), '--eta')),
    seeds: seeds === undefined ? 4 : whole('seeds', seeds, 1000),
    batch: batch === undefined ? 1 : whole('batch', batch, 1_000_000),
    reference: many,
  };
}

/** Of a step that is cut at the end nothing is learnt. */
function refuseLong(etas: readonly number[], { time }: Experiment): void {
  const longest = Math.max(...etas);
  if (longest > time.end)
    usage(`--eta: a step of ${longest} is longer than the whole time ${time.end}; take smaller ones, or a larger --T`);
}

function temperature({ experiment, sources }: Input, flags: NoiseFlags): Promise<number> {
  const settings = temperatureSettings(flags);
  refuseLong([settings.eta], experiment);
  const setting = temperatureSetting(experiment, settings, sources);
  const shared = { counts: [], problems: 1, end: experiment.time.end, seed: String(experiment.seed) };
  return produce('noise-temperature', run => temperatureStudy(setting, settings, { ...shared, ...run }), flags);
}

function sgd({ experiment, sources }: Input, flags: NoiseFlags): Promise<number> {
  const settings = sgdSettings(flags);
  refuseLong(settings.etas, experiment);
  const setting = sgdSetting(experiment, settings, sources);
  const shared = { counts: [], problems: 1, end: experiment.time.end, seed: String(experiment.seed) };
  return produce('noise-sgd', run => sgdLimit(setting, settings, { ...shared, ...run }), flags);
}

/** `pgf noise`: Langevin noise by its temperature, or the noise of batches by η and m, beside the flow. */
export async function noiseCommand(study: string, name: string, flags: NoiseFlags): Promise<number> {
  if (!(STUDIES as readonly string[]).includes(study)) usage(`no study is called ${study}${meant(study, STUDIES)}`);
  refuseIdle(study as Study, flags);
  const input = readInput(name, flags);
  try {
    return await (study === 'sgd' ? sgd : temperature)(input, flags);
  } catch (error) {
    throw input.placed(error);
  }
}
