/** Folders that are made, and places that can be written. */
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/**
 * A folder, with those above it that are missing. One by one: where a file system denies that a new folder's parent is there (/proc), mkdir
 * with `recursive` asks for ever. Gives the first that was made.
 */
function makeFolder(path: string): string | undefined {
  if (existsSync(path)) return undefined;
  const above = makeFolder(dirname(path));
  mkdirSync(path);
  return above ?? path;
}

/** Makes sure that a file or folder of that name can be made; throws what the file system says. Gives the first folder made on the way. */
export function claimPlace(path: string): string | undefined {
  const made = makeFolder(dirname(path));
  const probe = join(dirname(path), `.${basename(path)}.probe-${process.pid}`);
  mkdirSync(probe);
  rmSync(probe, { recursive: true });
  return made;
}
