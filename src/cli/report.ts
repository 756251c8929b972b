import { statSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Study } from '../results.js';
import { studyFrom, together } from '../stored.js';
import { EXIT, Refusal } from './exit.js';
import { readText } from './input.js';
import { writeFile } from './output.js';
import { print } from './session.js';

/** A run folder, or a result.json by itself. */
export function storedStudy(path: string): Study {
  const folder = statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  const file = folder ? join(path, 'result.json') : path;
  return studyFrom(readText(file), file);
}

export async function reportCommand(
  paths: readonly string[],
  flags: { output?: string; force?: boolean },
): Promise<number> {
  const studies = paths.map(storedStudy);
  const problems = new Set(studies.map(s => JSON.stringify(s.spec.problem)));
  if (problems.size > 1)
    throw new Refusal(EXIT.usage, 'the runs are of different problems; one report compares runs of one problem');
  const output = flags.output ?? 'report.html';
  if (!flags.force && statSync(output, { throwIfNoEntry: false }))
    throw new Refusal(EXIT.io, `${output} exists; use --force to replace it, or another -o`);
  const { reportHtml } = await import('../report/html.js');
  writeFile(output, reportHtml(together(studies)));
  print(relative(process.cwd(), output));
  return EXIT.ok;
}
