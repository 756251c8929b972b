/** Folders that are made, and places that can be written. */
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/**
 * A folder, with those above it that are missing. One by one: where a file system denies that a new folder's parent is there (/proc), mkdir
 * with `recursive` asks for ever.
 */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  mkdirSync(path);
}

/** Makes sure that a file or folder of that name can be made; throws what the file system says. */
export function claimPlace(path: string): void {
  makeFolder(dirname(path));
  const probe = join(dirname(path), `.${basename(path)}.probe-${process.pid}`);
  mkdirSync(probe);
  rmSync(probe, { recursive: true });
}
