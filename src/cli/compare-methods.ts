import { relative } from 'node:path';
import { stringify } from 'yaml';
import { type CompareOptions, compareMethods } from '../compare-methods.js';
import { METHODS } from '../competitors.js';
import { meant } from '../math/nearest.js';
import type { MethodComparison } from '../method-results.js';
import { toJson } from '../report/json.js';
import { methodHistoryCsv, methodsCsv, methodsText } from '../report/methods-text.js';
import { settingOf } from '../run.js';
import { EXIT, Refusal } from './exit.js';
import { type Input, readInput } from './input.js';
import { claimFolder, type Folder, replaceFolder, withdraw } from './output.js';
import { type CommonFlags, computing, origin, print, say } from './session.js';

export interface MethodFlags extends CommonFlags {
  readonly method?: string;
  readonly tol?: string;
  readonly positions?: string;
  readonly rounds?: string;
  readonly seconds?: string;
}

function methodList(text: string): string[] {
  const list = text.split(',').map(m => m.trim());
  const unknown = list.find(m => !(METHODS as readonly string[]).includes(m));
  if (unknown !== undefined)
    throw new Refusal(EXIT.usage, `--method: found ${unknown || 'nothing'}${meant(unknown, METHODS)}`);
  return list;
}

function numberIn(flag: string, text: string, [low, high]: readonly [number, number], whole: boolean): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (!(value >= low && value <= high) || (whole && !Number.isInteger(value)))
    throw new Refusal(
      EXIT.usage,
      `--${flag} must be a ${whole ? 'whole ' : ''}number in [${low}, ${high}], found ${text}`,
    );
  return value;
}

type Settings = Pick<CompareOptions, 'methods' | 'tolerance' | 'positions' | 'rounds' | 'seconds'>;

const settingsIn = ({ method, tol, positions, rounds, seconds }: MethodFlags): Settings => ({
  ...(method !== undefined && { methods: methodList(method) }),
  ...(tol !== undefined && { tolerance: numberIn('tol', tol, [1e-14, 1], false) }),
  ...(positions !== undefined && { positions: numberIn('positions', positions, [2, 1e6], true) }),
  ...(rounds !== undefined && { rounds: numberIn('rounds', rounds, [1, 1e6], true) }),
  ...(seconds !== undefined && { seconds: numberIn('seconds', seconds, [0.01, 1e6], false) }),
});

/** With --json and no --out nothing is written. */
function folderFor(input: Input, flags: MethodFlags, settings: Settings): Folder | null {
  if (flags.json && flags.out === undefined) return null;
  try {
    return claimFolder(settingOf(input.experiment, input.sources).frozen, flags, { name: 'methods', settings });
  } catch (error) {
    throw input.placed(error);
  }
}

async function write(folder: Folder, c: MethodComparison): Promise<void> {
  const [{ methodsHtml }, { methodsFigure }, { figureSvg }] = await Promise.all([
    import('../report/methods-html.js'),
    import('../report/methods-plot.js'),
    import('../report/figures.js'),
  ]);
  const figure = methodsFigure(c);
  replaceFolder(folder, {
    'manifest.json': `${toJson({ experiment: folder.hash, ...c.manifest }, 2)}\n`,
    'experiment.yaml': stringify(c.spec, { schema: 'core', aliasDuplicateObjects: false }),
    'methods.json': `${toJson(c)}\n`,
    'methods.csv': methodsCsv(c),
    'history.csv': methodHistoryCsv(c),
    'report.html': methodsHtml(c),
    ...(figure && { 'figures/methods.svg': figureSvg(figure) }),
  });
}

/** Why each method that was asked for is not to be had, reasons that are shared once. */
function noneWords({ leftOut }: MethodComparison): string {
  const reasons = [...new Set(leftOut.map(l => l.reason))];
  const of = (reason: string) => leftOut.filter(l => l.reason === reason).map(l => l.method);
  const list = reasons.map(reason => `${of(reason).join(', ')}: ${reason}`).join('; ');
  return `no method is to be had for this problem: ${list}`;
}

/** `pgf compare-methods`: every method that the problem can have, on one minimum. */
export async function compareMethodsCommand(name: string, flags: MethodFlags): Promise<number> {
  const settings = settingsIn(flags);
  const input = readInput(name, flags);
  const folder = folderFor(input, flags, settings);
  const quiet = { quiet: flags.quiet || flags.progress === false };
  const found = await computing(input, flags, ({ sources, signal }) =>
    compareMethods(input.experiment, origin(), {
      ...settings,
      ...(sources && { sources }),
      signal,
      progress: label => say(label, quiet),
    }),
  );
  if (found.rows.length === 0) {
    withdraw(folder);
    if (found.manifest.interrupted)
      throw new Refusal(EXIT.interrupted, 'interrupted before the first method; nothing was written');
    throw new Refusal(
      EXIT.usage,
      noneWords(found) + (settings.methods ? '; without --method all others are tried' : ''),
    );
  }
  print(flags.json ? toJson(found) : methodsText(found));
  if (folder) {
    await write(folder, found);
    say(`${relative(process.cwd(), folder.path) || '.'}/report.html written`, flags);
  }
  return found.manifest.interrupted ? EXIT.interrupted : EXIT.ok;
}
