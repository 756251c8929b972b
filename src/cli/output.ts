import { createHash } from 'node:crypto';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { stringify } from 'yaml';
import { ensembleCsv, heldOutCsv, savedCsv, seriesCsv, stepsizeCsv } from '../report/csv.js';
import { toJson } from '../report/json.js';
import type { Study } from '../results.js';
import type { Experiment } from '../spec.js';
import { EXIT, ioRefusal, Refusal } from './exit.js';
import { entryAt } from './input.js';
import { claimPlace } from './place.js';

/** JSON with sorted keys: the same experiment gives the same text. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value).filter(([, v]) => v !== undefined);
  return `{${entries
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([k, v]) => `${JSON.stringify(k)}:${canonical(v)}`)
    .join(',')}}`;
}

const hashOf = (value: unknown): string => createHash('sha256').update(canonical(value)).digest('hex');
export const experimentHash = (e: Experiment): string => hashOf(e);

export interface Folder {
  readonly path: string;
  readonly hash: string;
  /** The first folder on the way there that was made for it. */
  readonly made?: string;
}

/** What stands in the way of writing there: the hash of another run, or files that are not ours. */
function occupant(path: string): string | null {
  if (!existsSync(path)) return null;
  const entries = readdirSync(path);
  if (entries.length === 0) return null;
  if (!entries.includes('manifest.json')) return 'files that are not a run of pgf';
  try {
    return String(JSON.parse(readFileSync(join(path, 'manifest.json'), 'utf8')).experiment);
  } catch {
    return 'a manifest.json that cannot be read';
  }
}

/**
 * Chooses the folder and makes sure it can be written, before anything is computed. `what` else than a run is found out about the experiment
 * has a folder of its own.
 */
export function claimFolder(
  experiment: Experiment,
  options: { out?: string; force?: boolean },
  what?: { readonly name: string; readonly settings: unknown },
): Folder {
  const hash = what ? hashOf({ what, experiment }) : experimentHash(experiment);
  const name = [experiment.name ?? experiment.problem.kind, ...(what ? [what.name] : []), hash.slice(0, 8)].join('-');
  const wanted = resolve(options.out ?? join('runs', name));
  // Through a link to the folder it stands for: the rename below would replace the link itself.
  const path = existsSync(wanted) ? realpathSync(wanted) : wanted;
  let made: string | undefined;
  try {
    const there = occupant(path);
    const another = there !== null && /^[0-9a-f]{64}$/.test(there);
    if (there !== null && there !== hash && !(another && options.force))
      throw new Refusal(
        EXIT.io,
        another
          ? `${path} holds the run of another experiment; use --force to replace it, or another --out`
          : `${path} holds ${there}; choose another --out`,
      );
    made = claimPlace(path);
  } catch (error) {
    if (error instanceof Refusal) throw error;
    ioRefusal(error, path);
  }
  return { path, hash, ...(made !== undefined && { made }) };
}

/** Takes back the empty folders that were made on the way to one that is not written. */
export function withdraw(folder: Folder | null): void {
  const { path = '', made } = folder ?? {};
  if (made === undefined) return;
  try {
    for (let empty = dirname(path); empty.startsWith(made); empty = dirname(empty)) rmdirSync(empty);
  } catch {
    // Something else is in it by now.
  }
}

/** The drawing libraries take a third of a second to load, so only a command that draws loads them. */
async function pictures(study: Study): Promise<Record<string, string>> {
  const [{ reportHtml }, { figureName, figures, figureSvg }] = await Promise.all([
    import('../report/html.js'),
    import('../report/figures.js'),
  ]);
  const drawn = figures(study).map(f => [`figures/${figureName(f)}`, figureSvg(f)]);
  return { 'report.html': reportHtml(study), ...Object.fromEntries(drawn) };
}

function filesOf(study: Study, result: unknown, hash: string): Record<string, string> {
  const single = study.runs.length === 1;
  const perRun = study.runs.flatMap(run => {
    const tag = single ? '' : `-m${run.final.particles.length}`;
    return [
      [`metrics${tag}.csv`, seriesCsv(run)],
      [`saved${tag}.csv`, savedCsv(run)],
      ...(run.heldOut ? [[`held-out${tag}.csv`, heldOutCsv(run.heldOut)]] : []),
    ];
  });
  return {
    'manifest.json': `${toJson({ experiment: hash, ...study.manifest }, 2)}\n`,
    'experiment.yaml': stringify(study.spec, { schema: 'core', aliasDuplicateObjects: false }),
    'result.json': `${toJson(result)}\n`,
    ...Object.fromEntries(perRun),
    ...Object.fromEntries(
      (study.ensembles ?? []).map(e => [`ensemble${single ? '' : `-m${e.particles}`}.csv`, ensembleCsv(e)]),
    ),
    ...(study.stepsize && { 'stepsize.csv': stepsizeCsv(study.stepsize) }),
  };
}

/** Writes a whole run folder, or nothing. */
export async function writeFolder(folder: Folder, study: Study, result: unknown): Promise<void> {
  replaceFolder(folder, { ...filesOf(study, result, folder.hash), ...(await pictures(study)) });
}

/** The folder with these files and no others, or as it was: everything goes to a temporary name first, then one rename. */
export function replaceFolder({ path }: Folder, files: Readonly<Record<string, string>>): void {
  const temporary = join(dirname(path), `.${basename(path)}.tmp-${process.pid}`);
  const retired = join(dirname(path), `.${basename(path)}.old-${process.pid}`);
  try {
    rmSync(temporary, { recursive: true, force: true });
    mkdirSync(join(temporary, 'figures'), { recursive: true });
    for (const [name, text] of Object.entries(files)) writeFileSync(join(temporary, name), text, { flush: true });
    if (existsSync(path)) renameSync(path, retired);
    renameSync(temporary, path);
    rmSync(retired, { recursive: true, force: true });
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true });
    if (existsSync(retired) && !existsSync(path)) renameSync(retired, path);
    ioRefusal(error, path);
  }
}

/** Makes sure, before anything is computed, that a file can be written there and is not there yet, unless `force`. */
export function claimFile(path: string, { force }: { readonly force?: boolean | undefined }): void {
  const there = entryAt(path);
  if (there?.isDirectory()) throw new Refusal(EXIT.io, `${path} is a directory; take the name of a file`);
  if (there && !force) throw new Refusal(EXIT.io, `${path} exists; use --force to replace it, or another -o`);
  try {
    accessSync(`${dirname(resolve(path))}/`, constants.W_OK);
  } catch (error) {
    ioRefusal(error, path);
  }
}

/** Writes one file through a temporary name. */
export function writeFile(path: string, content: string | Uint8Array): void {
  const temporary = join(dirname(resolve(path)), `.${basename(path)}.tmp-${process.pid}`);
  try {
    writeFileSync(temporary, content, { flush: true });
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    ioRefusal(error, path);
  }
}
