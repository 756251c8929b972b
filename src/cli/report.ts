import { join, relative } from 'node:path';
import type { Study } from '../results.js';
import { studyFrom, together } from '../stored.js';
import { EXIT, Refusal } from './exit.js';
import { entryAt, readText } from './input.js';
import { claimFile, writeFile } from './output.js';
import { print } from './session.js';

/** What other commands leave in a folder in place of a result.json. */
const OTHERS = { 'limit.json': 'limit', 'methods.json': 'compare-methods' };

/** A run folder, or a result.json by itself. */
export function storedStudy(path: string): Study {
  const folder = entryAt(path)?.isDirectory() ?? false;
  const file = folder ? join(path, 'result.json') : path;
  const [, command] = (folder && Object.entries(OTHERS).find(([f]) => entryAt(join(path, f)))) || [];
  if (command && !entryAt(file))
    throw new Refusal(
      EXIT.usage,
      `${path} is of pgf ${command}; the folder of a pgf run is wanted, with a result.json`,
    );
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
  claimFile(output, flags);
  const { reportHtml } = await import('../report/html.js');
  writeFile(output, reportHtml(together(studies)));
  print(relative(process.cwd(), output));
  return EXIT.ok;
}
