import { readFileSync } from 'node:fs';
import type { RunOptions } from '../run.js';
import type { Origin } from '../study.js';
import { EXIT, printable } from './exit.js';
import type { Input } from './input.js';
import { progressOn } from './progress.js';

/** Flags that every computing command takes. */
export interface CommonFlags {
  readonly set?: string[];
  readonly seed?: string;
  readonly T?: string;
  readonly rtol?: string;
  readonly atol?: string;
  readonly out?: string;
  readonly force?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly progress?: boolean;
}

export const version = (): string =>
  JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')).version;

/** The command line as typed, for the manifest and the report. */
const commandLine = (): string => {
  const quote = (a: string) => (/^[\w@%+=:,./-]+$/.test(a) ? a : `'${a.replaceAll("'", "'\\''")}'`);
  return ['pgf', ...process.argv.slice(2).map(quote)].join(' ');
};

export const origin = (): Origin => ({ version: version(), node: process.version, command: printable(commandLine()) });

/** Messages go to standard error; results alone go to standard output. */
export function say(text: string, flags: Pick<CommonFlags, 'quiet'> = {}): void {
  if (!flags.quiet) process.stderr.write(`${printable(text)}\n`);
}

export const print = (text: string): void => {
  process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
};

/** A keyboard's interrupt, and what schedulers send before they end a job. */
export const STOPPING = ['SIGINT', 'SIGTERM', 'SIGUSR1'] as const;

export interface Interrupt {
  readonly aborted: boolean;
  readonly by?: NodeJS.Signals;
}

/** Runs `work` with progress shown and Ctrl-C caught: the first finishes the step and keeps the result, the second ends at once. */
export async function computing<T>(
  input: Input,
  flags: CommonFlags,
  work: (options: Omit<RunOptions, 'keep' | 'from'> & { readonly signal: Interrupt }) => Promise<T>,
): Promise<T> {
  const signal: Interrupt = { aborted: false };
  const line = progressOn(process.stderr, flags.progress !== false && !flags.quiet);
  const stop = (by: NodeJS.Signals) => {
    if (signal.aborted) process.exit(EXIT.interrupted);
    Object.assign(signal, { aborted: true, by });
    line.clear();
    say('stopping after this step; once more ends at once');
  };
  for (const warning of input.warnings) say(`warning: ${warning}`, flags);
  for (const name of STOPPING) process.on(name, stop);
  try {
    return await work({ sources: input.sources, signal, progress: line.show });
  } catch (error) {
    throw input.placed(error);
  } finally {
    line.clear();
    for (const name of STOPPING) process.off(name, stop);
  }
}
