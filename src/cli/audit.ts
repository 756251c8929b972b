import { type AuditReport, auditRun } from '../audit.js';
import { toJson } from '../report/json.js';
import { certificateSentence } from '../report/words.js';
import { particleCount } from '../resolve.js';
import type { RunResult } from '../results.js';
import { settingOf } from '../run.js';
import { looksStored } from '../stored.js';
import { runStudy } from '../study.js';
import type { Problem } from '../types.js';
import { EXIT, Refusal } from './exit.js';
import { entryAt, presetNamed, readInput, readText } from './input.js';
import { storedStudy } from './report.js';
import { type CommonFlags, computing, origin, print } from './session.js';

function auditText({ particles, checks, ok }: AuditReport, sentence: string): string {
  const width = Math.max(...checks.map(c => c.name.length));
  const lines = checks.map(
    c => `  ${c.ok === null ? '–   ' : c.ok ? 'ok  ' : 'FAIL'} ${c.name.padEnd(width)}  ${c.found}  (${c.allowed})`,
  );
  return [`m = ${particles}: ${ok ? 'passes' : 'FAILS'}`, ...lines, `  ${sentence}`].join('\n');
}

/** What a run is asked for, before there is one: its problem and the numbers of particles. Throws where it will not do. */
export type Wanted = (problem: Problem, counts: readonly number[]) => void;

/** Stored runs are read; experiments and presets are run first, where they are what is wanted. */
export async function runsOf(name: string, flags: CommonFlags, wanted?: Wanted): Promise<readonly RunResult[]> {
  const stat = presetNamed(name) ? undefined : entryAt(name);
  if (stat?.isDirectory() || (stat?.isFile() && looksStored(readText(name)))) {
    const { runs } = storedStudy(name);
    wanted?.(
      settingOf(runs[0].spec).problem,
      runs.map(r => r.final.particles.length),
    );
    return runs;
  }
  const input = readInput(name, flags);
  const { stepsize: _, ...compare } = input.experiment.compare ?? {};
  const experiment = { ...input.experiment, compare };
  try {
    wanted?.(settingOf(experiment, input.sources).problem, compare.counts ?? [particleCount(experiment)]);
  } catch (error) {
    throw input.placed(error);
  }
  const study = await computing(input, flags, options => runStudy(experiment, origin(), options));
  if (study.manifest.interrupted) throw new Refusal(EXIT.interrupted, 'interrupted; nothing was written');
  return study.runs;
}

export interface AuditFlags extends CommonFlags {
  readonly tol?: string;
  readonly global?: boolean;
}

export async function auditCommand(name: string, flags: AuditFlags): Promise<number> {
  const tolerance = flags.tol === undefined ? undefined : Number(flags.tol);
  if (tolerance !== undefined && !(tolerance > 0 && tolerance < Number.POSITIVE_INFINITY))
    throw new Refusal(EXIT.usage, `--tol must be a number > 0, found ${JSON.stringify(flags.tol)}`);
  const reports = (await runsOf(name, flags)).map(run =>
    auditRun(run, { ...(tolerance !== undefined && { tolerance }), global: flags.global ?? false }),
  );
  print(
    flags.json
      ? toJson(reports)
      : reports.map(r => auditText(r, certificateSentence(r.certificate, r.particles))).join('\n\n'),
  );
  return reports.every(r => r.ok) ? EXIT.ok : EXIT.check;
}
