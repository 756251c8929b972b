/** WebAssembly behind the kernels: modules, compiled once, and memories, one for each field. */
import type { Precision } from '../types.js';
import type { Tier } from './compute.js';
import * as modules from './modules.js';
import { hasExperiments, setEngineFlag } from './platform.js';
import { functionsOf, type Task, weightOf } from './protocol.js';
import { MOST_BYTES, NoRoom, noRoom } from './room.js';
import { share, together } from './team.js';

const PAGE = 65536;
function memoryOf(bytes: number, shared: boolean): WebAssembly.Memory {
  if (!(bytes <= MOST_BYTES)) throw new NoRoom(noRoom(bytes));
  const pages = Math.ceil(bytes / PAGE);
  try {
    return new WebAssembly.Memory({ initial: pages, maximum: pages, shared });
  } catch (error) {
    throw new NoRoom(noRoom(bytes, `which this machine does not give (${(error as Error).message})`));
  }
}

/** "env" "memory", a memory, of given maximum: its next bit says whether it is shared. */
const IMPORT = [3, 0x65, 0x6e, 0x76, 6, 0x6d, 0x65, 0x6d, 0x6f, 0x72, 0x79, 2, 1];

/** The same code for memory that threads share. */
function onSharedMemory(bytes: Uint8Array): Uint8Array {
  const at = bytes.findIndex((_, i) => IMPORT.every((byte, k) => bytes[i + k] === byte));
  if (at < 0) throw new Error('the kernels must import one memory of given maximum');
  return bytes.with(at + IMPORT.length - 1, 3);
}

const bytesOf = (base64: string): Uint8Array => Uint8Array.from(atob(base64), c => c.charCodeAt(0));

export type Vectors = Exclude<Tier, 'scalar'>;

interface Code {
  readonly base64: string;
  /** Of V8: what it may need to take the instructions, and what it must be told before it compiles. */
  readonly flag?: string;
  readonly experiment?: string;
}
// Node 20 has relaxed SIMD behind a flag, which it reads whenever it compiles.
const RELAXED = { base64: modules.fused, flag: '--experimental-wasm-relaxed-simd' };
const SINGLE_RELAXED = { ...RELAXED, base64: modules.singleFused };
const MODULES: Readonly<Record<Precision, Readonly<Record<Vectors, Code>>>> = {
  double: {
    strict: { base64: modules.strict },
    fast: RELAXED,
    wide: { ...RELAXED, experiment: '--experimental-wasm-revectorize' },
  },
  single: { strict: { base64: modules.single }, fast: SINGLE_RELAXED, wide: SINGLE_RELAXED },
};

const compiled = new Map<string, WebAssembly.Module | null>();

function compile(tier: Vectors, shared: boolean, precision: Precision): WebAssembly.Module | null {
  if (typeof WebAssembly !== 'object') return null;
  const { base64, flag, experiment } = MODULES[precision][tier];
  if (experiment && !hasExperiments()) return null;
  const plain = bytesOf(base64);
  const bytes = shared ? onSharedMemory(plain) : plain;
  if (flag && !WebAssembly.validate(bytes)) setEngineFlag(flag);
  if (experiment) setEngineFlag(experiment);
  return WebAssembly.validate(bytes) ? new WebAssembly.Module(bytes) : null;
}

/** null where the engine has no WebAssembly, or none with what the tier needs. */
function module(tier: Vectors, shared: boolean, precision: Precision): WebAssembly.Module | null {
  const key = `${tier} ${shared} ${precision}`;
  const known = compiled.get(key);
  if (known !== undefined) return known;
  const made = compile(tier, shared, precision);
  compiled.set(key, made);
  return made;
}

/** Whether the engine takes the instructions of the tier. */
export const isRunnable = (tier: Vectors, precision: Precision = 'double'): boolean =>
  module(tier, false, precision) !== null;

/** Kernels on a memory of their own. */
export interface Instance {
  readonly tier: Vectors;
  readonly buffer: ArrayBuffer;
  readonly precision: Precision;
  /** What calls a function of assembly/index.ts, or of assembly/single.ts, for each of the tasks 0, 1, …, on as many threads as the instance has. */
  job(name: string, tasks: number): () => void;
}

export interface InstanceOptions {
  /** Whether a job is worth waking threads that sleep; it is by default. */
  readonly wakes?: boolean;
  /** By default double. */
  readonly precision?: Precision;
  /** Code in the place of assembly/index.ts; for shared memory, where there are several threads. */
  readonly other?: WebAssembly.Module;
}

/** Zeroed memory of at least that many bytes, never to grow, and the kernels of a runnable tier on it. Throws NoRoom where there is none. */
export function instance(
  bytes: number,
  threads: number,
  tier: Vectors,
  { wakes = true, precision = 'double', other }: InstanceOptions = {},
): Instance {
  const shared = threads > 1;
  const code = other ?? module(tier, shared, precision);
  if (!code) throw new Error(`this engine cannot run the kernels of tier ${tier}`);
  const memory = memoryOf(bytes, shared);
  const functions = functionsOf(code, memory);
  const find = (name: string): [number, Task] => {
    const call = functions.findIndex(f => f[0] === name);
    if (call < 0) throw new Error(`the kernels have no function ${name}`);
    return [call, functions[call][1]];
  };
  const alone = (name: string, tasks: number) => {
    const [, run] = find(name);
    return () => {
      for (let task = 0; task < tasks; task++) run(0, task, 0);
    };
  };
  const made: { -readonly [K in keyof Instance]: Instance[K] } = {
    tier,
    precision,
    buffer: memory.buffer,
    job: alone,
  };
  if (!shared) return made;
  const [field, weight] = [share(made, code, memory, threads), weightOf(memory)];
  made.job = (name, tasks) => {
    const [call, run] = find(name);
    if (tasks === 1) return alone(name, 1);
    const job = { owner: made, weight, field, call, tasks, threads, wakes };
    return () => together(job, run);
  };
  return made;
}
