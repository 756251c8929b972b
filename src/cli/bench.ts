import { relative } from 'node:path';
import { meant } from '../math/nearest.js';
import { toJson } from '../report/json.js';
import { workText } from '../report/work-text.js';
import { comparable, NoReference, workPrecision } from '../work-precision.js';
import { EXIT, Refusal } from './exit.js';
import { readInput } from './input.js';
import { claimFile, writeFile } from './output.js';
import { type CommonFlags, computing, type Interrupt, print, say } from './session.js';
import { numberList } from './stepsize.js';

export interface BenchFlags extends CommonFlags {
  readonly method?: string;
  readonly tol?: string;
  readonly seconds: string;
  readonly output?: string;
}

function methodList(text: string): string[] {
  const methods = text.split(',').map(m => m.trim());
  const unknown = methods.find(m => !comparable().includes(m));
  if (unknown !== undefined) throw new Refusal(EXIT.usage, `--method: found ${unknown}${meant(unknown, comparable())}`);
  return methods;
}

function tolerancesOf(text: string): number[] {
  const list = numberList(text, '--tol');
  const bad = list.find(t => !(t >= 1e-12 && t <= 0.1));
  if (bad !== undefined) throw new Refusal(EXIT.usage, `--tol must lie in [1e-12, 0.1], found ${bad}`);
  return list;
}

/** `pgf bench solvers`: a work–precision study of one experiment. */
export async function benchSolversCommand(name: string, flags: BenchFlags): Promise<number> {
  const seconds = Number(flags.seconds);
  if (!(seconds > 0 && Number.isFinite(seconds)))
    throw new Refusal(EXIT.usage, `--seconds must be > 0, found ${flags.seconds}`);
  const chosen = {
    ...(flags.method !== undefined && { methods: methodList(flags.method) }),
    ...(flags.tol !== undefined && { tolerances: tolerancesOf(flags.tol) }),
    seconds,
  };
  const { output } = flags;
  if (output !== undefined && !output.endsWith('.svg'))
    throw new Refusal(EXIT.usage, `the diagram is an SVG file: -o NAME.svg, found ${output}`);
  if (output !== undefined) claimFile(output, flags);
  const input = readInput(name, flags);
  const asked: { signal?: Interrupt } = {};
  try {
    const study = await computing(input, flags, ({ sources, signal }) => {
      asked.signal = signal;
      return workPrecision(input.experiment, {
        ...chosen,
        ...(sources && { sources }),
        signal,
        progress: label => say(label, { quiet: flags.quiet || flags.progress === false }),
      });
    });
    print(flags.json ? toJson(study) : workText(study));
    if (output !== undefined) await draw(output, study);
    return asked.signal?.aborted ? EXIT.interrupted : EXIT.ok;
  } catch (error) {
    if (error instanceof NoReference && asked.signal?.aborted)
      throw new Refusal(EXIT.interrupted, 'interrupted before the reference was there; nothing was written');
    if (error instanceof NoReference) throw new Refusal(EXIT.numerical, error.message);
    throw error;
  }
}

async function draw(output: string, study: Awaited<ReturnType<typeof workPrecision>>): Promise<void> {
  const [{ workFigure }, { figureSvg }] = await Promise.all([
    import('../report/work-plot.js'),
    import('../report/figures.js'),
  ]);
  const figure = workFigure(study);
  if (!figure) return say('no run reached its end with an error: nothing to draw');
  writeFile(output, figureSvg(figure));
  say(`${relative(process.cwd(), output)} written`);
}
