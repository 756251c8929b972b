import type { Override } from '../experiment-file.js';
import { logSpace } from '../math/vec.js';
import { toJson } from '../report/json.js';
import { stepsizeText } from '../report/text.js';
import { particleCount } from '../resolve.js';
import { type Experiment, fixedStepNames } from '../spec.js';
import { runStudy } from '../study.js';
import { EXIT, Refusal } from './exit.js';
import { readInput } from './input.js';
import { writeFolder } from './output.js';
import { announce, folderFor, statusOf } from './run.js';
import { type CommonFlags, computing, origin, print, say } from './session.js';

const MAX_STEPS = 200;

/** `1e-4,2e-4` or `log(1e-5,1e-3,9)`. */
export function numberList(text: string, flag: string): number[] {
  const refuse = (): never => {
    throw new Refusal(
      EXIT.usage,
      `${flag} takes positive numbers as 1e-4,2e-4 or log(from,to,count), found ${JSON.stringify(text)}`,
    );
  };
  const log = /^log\(([^,()]+),([^,()]+),([^,()]+)\)$/.exec(text.trim());
  const values = (log ? log.slice(1) : text.split(',')).map(t => (t.trim() === '' ? Number.NaN : Number(t)));
  if (!values.every(v => Number.isFinite(v) && v > 0)) refuse();
  if (!log) return values;
  const [from, to, count] = values;
  if (!Number.isInteger(count) || count > MAX_STEPS) refuse();
  return logSpace(from, to, count);
}

export interface StepsizeFlags extends CommonFlags {
  readonly eta?: string;
  readonly rate?: string;
  readonly method?: string;
  readonly particles?: string;
}

/** Step-size flags as overrides of the experiment, so that one schema checks them all. */
function overrides(flags: StepsizeFlags): Override[] {
  const given = (flag: string, text: string | undefined, key: string, value: (text: string) => unknown) =>
    text === undefined
      ? []
      : [{ flag: `--${flag} ${text}`, assignment: `compare.stepsize.${key}=${JSON.stringify(value(text))}` }];
  return [
    ...given('eta', flags.eta, 'steps', text => numberList(text, '--eta')),
    ...given('rate', flags.rate, 'rates', text => numberList(text, '--rate')),
    ...given('method', flags.method, 'methods', text => text.split(',').map(m => m.trim())),
    ...given('particles', flags.particles, 'count', text => (text.trim() === '' ? text : Number(text))),
  ];
}

/** The run shown beside the comparison is the flow, also for an experiment that asks for a method of fixed step. */
const FLOW: Experiment['solver'] = { kind: 'inclusion', method: 'dopri5', rtol: 1e-8, atol: 1e-10 };
const fixedStep = ({ solver }: Experiment) => fixedStepNames.includes(solver?.kind ?? '');

export async function stepsizeCommand(name: string, flags: StepsizeFlags): Promise<number> {
  const given = readInput(name, flags, overrides(flags));
  const stepsize = given.experiment.compare?.stepsize ?? {};
  const count = stepsize.count ?? particleCount(given.experiment);
  // The comparison and one run of the flow beside it, at the same number of particles.
  const own = fixedStep(given.experiment) ? { settings: given.experiment.solver, ...stepsize } : stepsize;
  const compare = { ...('values' in given.experiment.particles ? {} : { counts: [count] }), stepsize: own };
  const solver = fixedStep(given.experiment) ? FLOW : given.experiment.solver;
  const input = { ...given, experiment: { ...given.experiment, solver, compare } };
  const folder = folderFor(input, flags);
  const study = await computing(input, flags, options => runStudy(input.experiment, origin(), options));
  if (study.stepsizeFailure !== null) say(study.stepsizeFailure);
  if (study.stepsize) print(flags.json ? toJson(study.stepsize) : stepsizeText(study.stepsize));
  if (folder) await writeFolder(folder, study, study);
  announce(folder, flags, `pgf audit ${name}`);
  return statusOf(study);
}
