/** Finished runs of a study of many on the disk, one sealed file each, in a hidden folder beside the one that is written at the end. */
import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import type { Cells, Track } from '../clouds.js';
import { decodeDoubles, encodeDoubles } from '../math/doubles.js';
import { outcome } from '../stored.js';
import { EXIT, ioRefusal, Refusal } from './exit.js';
import type { Folder } from './output.js';
import { digest, numerics, sameNumerics, seal, unsealed } from './resume.js';
import { type CommonFlags, say } from './session.js';

const cell = z.object({
  format: z.literal('pgf-cell-1'),
  study: z.string(),
  numerics: z.string(),
  name: z.string(),
  start: z.object({ particles: z.int().min(1), seed: z.string(), init: z.string().exactOptional() }),
  outcome,
  /** Base64 of doubles, one for each time. */
  states: z.array(z.string()),
  energy: z.string(),
});

export interface ResumeFlags extends CommonFlags {
  readonly resume?: boolean;
  readonly allowDrift?: boolean;
}

const placeOf = ({ path }: Folder): string => join(dirname(path), `.${basename(path)}.cells`);

function found(path: string, folder: Folder, name: string, { allowDrift }: ResumeFlags): Track | undefined {
  const kept = unsealed(path, cell);
  if (kept === null) return undefined;
  if (statSync(path).isDirectory())
    throw new Refusal(
      EXIT.io,
      `${path} is a folder where a finished run would be kept; remove it, or choose another --out`,
    );
  if (typeof kept === 'string') {
    say(`warning: ${path} ${kept}; that run is computed again`);
    return undefined;
  }
  if (kept.study !== folder.hash || kept.name !== name) return undefined;
  if (!allowDrift) sameNumerics(kept.numerics);
  const { start, outcome, states, energy } = kept;
  return { start, outcome, states: states.map(decodeDoubles), energy: Array.from(decodeDoubles(energy)) };
}

/** Where runs of a study are kept; those of an earlier one are left out, unless it is resumed. Throws Refusal. */
export function cellsFor(folder: Folder | null, flags: ResumeFlags): Cells | undefined {
  if (!folder) {
    if (flags.resume)
      throw new Refusal(EXIT.usage, '--resume needs a folder, and with --json there is none; add --out');
    return undefined;
  }
  const place = placeOf(folder);
  const kept = existsSync(place) ? readdirSync(place).filter(f => f.endsWith('.json')).length : 0;
  if (kept > 0 && !flags.resume) say('an earlier run of this was stopped; starting anew, --resume would go on', flags);
  if (flags.resume)
    say(kept > 0 ? `going on after ${kept} finished runs` : 'nothing to resume: starting from the beginning', flags);
  if (!flags.resume) forgetCells(folder);
  const fileOf = (name: string) => join(place, `${digest(name).slice(0, 24)}.json`);
  return {
    find: name => found(fileOf(name), folder, name, flags),
    keep(name, { start, outcome, states, energy }) {
      try {
        mkdirSync(place, { recursive: true });
      } catch (error) {
        ioRefusal(error, place);
      }
      const of = { format: 'pgf-cell-1', study: folder.hash, numerics: numerics(), name, start, outcome };
      seal(fileOf(name), { ...of, states: states.map(encodeDoubles), energy: encodeDoubles(energy) });
    },
  };
}

/** After a study that came to its end. */
export const forgetCells = (folder: Folder | null): void => {
  if (folder) rmSync(placeOf(folder), { recursive: true, force: true });
};
