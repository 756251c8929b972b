import { relative } from 'node:path';
import { toJson } from '../report/json.js';
import { runText, studyText } from '../report/text.js';
import type { Study } from '../results.js';
import { settingOf } from '../run.js';
import { runStudy, type StudyOptions } from '../study.js';
import { EXIT, Refusal } from './exit.js';
import { type Input, readInput } from './input.js';
import { claimFolder, type Folder, writeFolder } from './output.js';
import { forget, keeper, stateFor, wasStopped } from './resume.js';
import { type CommonFlags, computing, type Interrupt, origin, print, say } from './session.js';

/** With --json and no --out nothing is written: the document on standard output is the result. */
export function folderFor(input: Input, flags: CommonFlags): Folder | null {
  if (flags.json && flags.out === undefined) return null;
  try {
    return claimFolder(settingOf(input.experiment, input.sources).frozen, flags);
  } catch (error) {
    throw input.placed(error);
  }
}

/** Last line of a success: where it is, and what to do next. */
export function announce(folder: Folder | null, flags: CommonFlags, next: string): void {
  if (folder) say(`${relative(process.cwd(), folder.path) || '.'}/report.html written; next: ${next}`, flags);
}

/** A study of several runs is about what they find; a single run that fails numerically says so by its status. */
export function statusOf(study: Study, by?: Interrupt['by']): number {
  if (study.manifest.interrupted) return by === undefined || by === 'SIGINT' ? EXIT.interrupted : EXIT.resumable;
  return study.stepsizeFailure !== null ||
    study.runs.some(r => !r.outcome.ok) ||
    study.ensembles?.some(e => e.failed > 0)
    ? EXIT.numerical
    : EXIT.ok;
}

interface RunFlags extends CommonFlags {
  readonly verify?: boolean;
  readonly polish?: boolean;
  readonly resume?: boolean;
  readonly allowDrift?: boolean;
  readonly keep?: string;
}

/** Keeps the state beside the folder, and takes it up from there when asked to. */
function continuing(folder: Folder | null, flags: RunFlags): Pick<StudyOptions, 'keep' | 'keepSeconds' | 'from'> {
  const keepSeconds = Number(flags.keep);
  if (!(keepSeconds > 0 && Number.isFinite(keepSeconds)))
    throw new Refusal(EXIT.usage, `--keep must be a number of seconds > 0, found ${flags.keep}`);
  if (!folder) {
    if (flags.resume)
      throw new Refusal(EXIT.usage, '--resume needs a folder, and with --json there is none; add --out');
    return {};
  }
  const keep = keeper(folder);
  if (!flags.resume) {
    if (wasStopped(folder)) say('an earlier run of this was stopped; starting anew, --resume would go on', flags);
    return { keep, keepSeconds };
  }
  const from = stateFor(folder, flags.allowDrift);
  const { checkpoint } = from?.current ?? {};
  if (!from) say('nothing to resume: starting from the beginning', flags);
  else if (checkpoint) say(`going on at t = ${checkpoint.t}`, flags);
  return { keep, keepSeconds, ...(from && { from }) };
}

export async function runCommand(name: string, flags: RunFlags): Promise<number> {
  const input = readInput(name, flags);
  const folder = folderFor(input, flags);
  const state = continuing(folder, flags);
  let by: Interrupt['by'];
  const study = await computing(input, flags, async options => {
    const extras = { verify: flags.verify ?? false, polish: flags.polish ?? false };
    const done = await runStudy(input.experiment, origin(), { ...options, ...state, ...extras });
    by = options.signal.by;
    return done;
  });
  const single = input.experiment.compare === undefined;
  const result = single ? study.runs[0] : study;
  if (folder) await writeFolder(folder, study, result);
  const unfinished = study.manifest.interrupted || study.runs.at(-1)?.outcome.code === 'max-time';
  if (folder && !unfinished) forget(folder);
  print(flags.json ? toJson(result) : single ? runText(study.runs[0]) : studyText(study));
  for (const run of study.runs) {
    for (const warning of flags.json ? run.warnings : [])
      say(`warning: m = ${run.final.particles.length}: ${warning}`, flags);
    if (!run.outcome.ok) say(`m = ${run.final.particles.length}: ${run.outcome.code}: ${run.outcome.message}`);
  }
  if (study.stepsizeFailure !== null) say(study.stepsizeFailure);
  if (folder && unfinished) say(`the same command with --resume goes on from there`, flags);
  const noisy = study.runs[0].audit.looks !== undefined;
  announce(
    folder,
    flags,
    single ? `pgf ${noisy ? 'check' : 'stepsize'} ${name}` : `pgf run ${name} --set particles.count=20`,
  );
  return statusOf(study, by);
}
