import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { runningTier } from '../kernels/tiers.js';
import { toJson } from '../report/json.js';
import { ensembleSchema, membersSchema, runSchema } from '../stored.js';
import type { StudyState } from '../study.js';
import { EXIT, ioRefusal, Refusal } from './exit.js';
import type { Folder } from './output.js';
import { say, version } from './session.js';

/** Arithmetic that may differ in the last bit: the program, the engine's Math functions, the processor. */
export const numerics = (): string =>
  `pgf ${version()}, V8 ${process.versions.v8}, ${process.arch}, ${runningTier()} kernels`;

const kept = z.object({
  format: z.literal('pgf-state-1'),
  experiment: z.string(),
  numerics: z.string(),
  sequence: z.int().min(0),
  state: z.object({
    finished: z.array(runSchema),
    ensembles: z.array(ensembleSchema).default([]),
    members: membersSchema.default([]),
    current: z
      .object({
        checkpoint: z.object({
          format: z.literal('pgf-checkpoint-1'),
          solver: z.string(),
          t: z.number(),
          state: z.record(z.string(), z.unknown()),
        }),
        memory: z.unknown(),
      })
      .nullable(),
  }),
});
type Kept = z.infer<typeof kept>;

/** Two files take turns, so that one is whole whatever happens to the other. They stand beside the folder, which is written at the end. */
const slotsOf = ({ path }: Folder): string[] =>
  ['a', 'b'].map(x => join(dirname(path), `.${basename(path)}.state-${x}`));

export const digest = (text: string): string => createHash('sha256').update(text).digest('hex');

/** What a sealed file holds; a string says what is wrong with it, null that it is not there. */
export function unsealed<T extends object>(path: string, schema: z.ZodType<T>): T | string | null {
  if (!existsSync(path)) return null;
  try {
    const text = readFileSync(path, 'utf8');
    const end = text.indexOf('\n');
    if (end < 0 || digest(text.slice(end + 1)) !== text.slice(0, end)) return 'is damaged: its checksum does not match';
    const parsed = schema.safeParse(JSON.parse(text.slice(end + 1)));
    return parsed.success ? parsed.data : `is no state of a run: ${parsed.error.issues[0].message}`;
  } catch (error) {
    return `cannot be read: ${(error as Error).message}`;
  }
}

const isKept = (x: Kept | string | null): x is Kept => typeof x === 'object' && x !== null;

/** Writes a document and its checksum through a temporary name, as far as the disk. */
export function seal(path: string, document: object): void {
  const text = toJson(document);
  const temporary = `${path}.tmp-${process.pid}`;
  try {
    writeFileSync(temporary, `${digest(text)}\n${text}`, { flush: true });
    renameSync(temporary, path);
    settle(dirname(path));
  } catch (error) {
    rmSync(temporary, { force: true });
    ioRefusal(error, path);
  }
}

/** Forces a rename to the disk. */
function settle(folder: string): void {
  const handle = openSync(folder, 'r');
  fsyncSync(handle);
  closeSync(handle);
}

/** Writes states of the run that will fill a folder, one slot after the other. */
export function keeper(folder: Folder): (state: StudyState) => void {
  const slots = slotsOf(folder);
  const there = slots.map(path => unsealed(path, kept)).filter(isKept);
  let sequence = Math.max(-1, ...there.map(s => s.sequence));
  return state => {
    sequence++;
    const of = { format: 'pgf-state-1', experiment: folder.hash, numerics: numerics() };
    seal(slots[sequence % 2], { ...of, sequence, state });
  };
}

/** Refuses what was written by arithmetic of other last bits. */
export function sameNumerics(written: string): void {
  if (written === numerics()) return;
  throw new Refusal(
    EXIT.io,
    `the state was written by ${written}; this is ${numerics()}, whose last bits may differ; --allow-drift goes on all the same`,
  );
}

/** Whether an earlier run was stopped on the way to this folder. */
export const wasStopped = (folder: Folder): boolean => slotsOf(folder).some(path => existsSync(path));

/** The newest whole state on the way to a folder, undefined when there is none. */
export function stateFor(folder: Folder, allowDrift = false): StudyState | undefined {
  const slots = slotsOf(folder);
  const found = slots.map(path => unsealed(path, kept));
  for (const [k, slot] of found.entries()) if (typeof slot === 'string') say(`warning: ${slots[k]} ${slot}`);
  const newest = found.filter(isKept).sort((a, b) => b.sequence - a.sequence)[0];
  if (!newest) return undefined;
  if (newest.experiment !== folder.hash)
    throw new Refusal(
      EXIT.io,
      `${slots[newest.sequence % 2]} holds the state of another experiment; run without --resume to start anew, or choose another --out`,
    );
  if (!allowDrift) sameNumerics(newest.numerics);
  return newest.state as unknown as StudyState;
}

/** After a run that came to its end: both slots, and what a process left that was killed while it wrote. */
export function forget({ path }: Folder): void {
  const ours = readdirSync(dirname(path)).filter(name => name.startsWith(`.${basename(path)}.state-`));
  for (const name of ours) rmSync(join(dirname(path), name), { force: true });
}
