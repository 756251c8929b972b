import { readFileSync, type Stats, statSync } from 'node:fs';
import { totalmem } from 'node:os';
import { dirname, resolve } from 'node:path';
import * as presets from '../../problems/presets/index.js';
import {
  type ExperimentFile,
  InvalidExperiment,
  type Override,
  override,
  parseExperiment,
  setting,
} from '../experiment-file.js';
import { nearest } from '../math/nearest.js';
import { placed, type Resolved, resolveExperiment } from '../resolve.js';
import type { Sources } from '../run.js';
import { EXIT, ioRefusal, Refusal } from './exit.js';

const MAX_BYTES = 64 * 1024 * 1024;

export const presetNames = (): string[] => Object.values(presets).map(p => p.name);
export const presetNamed = (name: string) => Object.values(presets).find(p => p.name === name);

/** What is there under that name; a name below a file is nothing. */
export function entryAt(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOTDIR' ? undefined : ioRefusal(error, path, EXIT.usage);
  }
}

/** The bytes of a regular file of bounded size. */
export function readBytes(path: string): Buffer {
  try {
    const stat = statSync(path);
    if (!stat.isFile())
      throw new Refusal(EXIT.usage, `${path} is ${stat.isDirectory() ? 'a directory' : 'not a regular file'}`);
    if (stat.size > MAX_BYTES)
      throw new Refusal(EXIT.usage, `${path} has ${stat.size} bytes; at most ${MAX_BYTES} are read`);
    return readFileSync(path);
  } catch (error) {
    if (error instanceof Refusal) throw error;
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw new Refusal(EXIT.usage, `${path} does not exist`);
    return ioRefusal(error, path);
  }
}

/** The same as text. */
export const readText = (path: string): string => readBytes(path).toString('utf8');

function missing(name: string): never {
  const near = nearest(name, presetNames());
  throw new Refusal(
    EXIT.usage,
    `${name}: no such file and no such preset${near ? `; did you mean ${near}?` : ''} (presets: ${presetNames().join(', ')})`,
  );
}

function fileOf(name: string): ExperimentFile {
  if (name === '-') return parseExperiment(readFileSync(0, 'utf8'), 'standard input');
  const preset = presetNamed(name);
  if (preset) return { value: structuredClone(preset), source: `preset ${name}`, locate: () => undefined };
  if (!entryAt(name)) missing(name);
  return parseExperiment(readText(name), name);
}

export interface InputOptions {
  readonly set?: readonly string[];
  readonly seed?: string;
  readonly T?: string;
  readonly rtol?: string;
  readonly atol?: string;
}

/** Where a value that may be given either way was found. */
function origin(flag: string, value: string): string {
  const variable = `PGF_${flag.toUpperCase()}`;
  const typed = process.argv.some(word => word === `--${flag}` || word.startsWith(`--${flag}=`));
  return !typed && process.env[variable] === value ? `${variable}=${value}` : `--${flag} ${value}`;
}

/** Flags that are short for --set. */
const shorthand = ({ seed, T, rtol, atol }: InputOptions): Override[] => {
  const given = (flag: string, value: string | undefined, assignment: string) =>
    value === undefined ? [] : [{ flag: origin(flag, value), assignment }];
  return [
    ...given('seed', seed, `seed=${JSON.stringify(seed)}`),
    ...given('T', T, `time.end=${T}`),
    ...given('rtol', rtol, `solver.rtol=${rtol}`),
    ...given('atol', atol, `solver.atol=${atol}`),
  ];
};

/** A shorter or longer end given on the command line moves the output times of a preset or file along. */
function trimmed(file: ExperimentFile, options: InputOptions): ExperimentFile {
  const time = (file.value as { time?: { end?: unknown; saveAt?: unknown } } | null)?.time;
  const asked = [...(options.set ?? [])].some(s => s.startsWith('time.saveAt'));
  const ended = options.T !== undefined || (options.set ?? []).some(s => s.startsWith('time.end='));
  if (!ended || asked || !time || !Array.isArray(time.saveAt) || typeof time.end !== 'number') return file;
  const end = time.end;
  const kept = time.saveAt.filter(t => !(typeof t === 'number' && t >= end));
  return { ...file, value: { ...(file.value as object), time: { ...time, saveAt: [...kept, end] } } };
}

/** What a run may take: PGF_MEMORY in GiB, or three quarters of what this machine has, 8 GiB at most. */
export function memoryAllowed(): number {
  const { PGF_MEMORY: asked } = process.env;
  if (asked === undefined) return Math.min(8 * 2 ** 30, 0.75 * totalmem());
  const most = Number(asked) * 2 ** 30;
  if (most > 0 && most < Number.POSITIVE_INFINITY) return most;
  throw new Refusal(EXIT.usage, `PGF_MEMORY must be a number of GiB > 0, found ${asked}`);
}

export interface Input extends Resolved {
  readonly sources: Sources;
  /** For the manifest. */
  readonly name: string;
  /** A preset: it exits 0 whatever it finds. */
  readonly preset: boolean;
  /** The same refusal with its place in this input, where it came from building the problem. */
  placed(error: unknown): unknown;
}

/** Reads, overrides and checks an experiment: a file, a preset, or `-` for standard input. */
export function readInput(name: string, options: InputOptions = {}, more: readonly Override[] = []): Input {
  const overrides = [...(options.set ?? []).map(setting), ...shorthand(options), ...more];
  const file = trimmed(override(fileOf(name), overrides), options);
  const folder = name === '-' || presetNamed(name) ? process.cwd() : dirname(resolve(name));
  const resolved = resolveExperiment(file);
  const sources: Sources = {
    read: path => readText(resolve(folder, path)),
    readBytes: path => readBytes(resolve(folder, path)),
    memory: memoryAllowed(),
  };
  return {
    ...resolved,
    sources,
    name,
    preset: presetNamed(name) !== undefined,
    placed: error =>
      isInvalid(error) && error.source === '' ? new InvalidExperiment(placed(error.faults, file), file.source) : error,
  };
}

export const isInvalid = (error: unknown): error is InvalidExperiment => error instanceof InvalidExperiment;
