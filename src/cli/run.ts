import { relative } from 'node:path';
import { toJson } from '../report/json.js';
import { runText, studyText } from '../report/text.js';
import type { Study } from '../results.js';
import { settingOf } from '../run.js';
import { runStudy } from '../study.js';
import { EXIT } from './exit.js';
import { type Input, readInput } from './input.js';
import { claimFolder, type Folder, writeFolder } from './output.js';
import { type CommonFlags, computing, origin, print, say } from './session.js';

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
export function statusOf(study: Study): number {
  if (study.manifest.interrupted) return EXIT.interrupted;
  return study.stepsizeFailure !== null || study.runs.some(r => !r.outcome.ok) ? EXIT.numerical : EXIT.ok;
}

export async function runCommand(name: string, flags: CommonFlags): Promise<number> {
  const input = readInput(name, flags);
  const folder = folderFor(input, flags);
  const study = await computing(input, flags, options => runStudy(input.experiment, origin(), options));
  const single = input.experiment.compare === undefined;
  const result = single ? study.runs[0] : study;
  if (folder) await writeFolder(folder, study, result);
  print(flags.json ? toJson(result) : single ? runText(study.runs[0]) : studyText(study));
  for (const run of study.runs) {
    for (const warning of flags.json ? run.warnings : [])
      say(`warning: m = ${run.final.particles.length}: ${warning}`, flags);
    if (!run.outcome.ok) say(`m = ${run.final.particles.length}: ${run.outcome.code}: ${run.outcome.message}`);
  }
  if (study.stepsizeFailure !== null) say(study.stepsizeFailure);
  announce(folder, flags, single ? `pgf stepsize ${name}` : `pgf run ${name} --set particles.count=20`);
  return statusOf(study);
}
