/** WebAssembly behind the kernels: modules, compiled once, and memories, one for each field. */
import { compute } from './compute.js';
import * as modules from './modules.js';
import { functionsOf, type Task } from './protocol.js';
import { share, together } from './team.js';

const PAGE = 65536;

/** "env" "memory", a memory, of given maximum: its next bit says whether it is shared. */
const IMPORT = [3, 0x65, 0x6e, 0x76, 6, 0x6d, 0x65, 0x6d, 0x6f, 0x72, 0x79, 2, 1];

/** The same code for memory that threads share. */
function onSharedMemory(bytes: Uint8Array): Uint8Array {
  const at = bytes.findIndex((_, i) => IMPORT.every((byte, k) => bytes[i + k] === byte));
  if (at < 0) throw new Error('the kernels must import one memory of given maximum');
  return bytes.with(at + IMPORT.length - 1, 3);
}

const bytesOf = (base64: string): Uint8Array => Uint8Array.from(atob(base64), c => c.charCodeAt(0));

export type Vectors = 'strict' | 'fast';

const compiled = new Map<string, WebAssembly.Module | null>();

/** null where the engine has no WebAssembly, or none with what the tier needs. */
function module(tier: Vectors, shared: boolean): WebAssembly.Module | null {
  const key = `${tier}${shared}`;
  const known = compiled.get(key);
  if (known !== undefined) return known;
  const plain = bytesOf(tier === 'fast' ? modules.fused : modules.strict);
  const bytes = shared ? onSharedMemory(plain) : plain;
  const made = typeof WebAssembly === 'object' && WebAssembly.validate(bytes) ? new WebAssembly.Module(bytes) : null;
  compiled.set(key, made);
  return made;
}

/** Kernels on a memory of their own. */
export interface Instance {
  readonly tier: Vectors;
  readonly buffer: ArrayBuffer;
  /** What calls a function of assembly/index.ts for each of the tasks 0, 1, …, on as many threads as the instance has. */
  job(name: string, tasks: number): () => void;
}

/** Zeroed memory of at least that many bytes, never to grow, and the kernels on it; undefined where the engine cannot run them. */
export function instance(bytes: number, threads: number, tier = compute().tier): Instance | undefined {
  if (tier === 'scalar') return undefined;
  const shared = threads > 1;
  const code = module(tier, shared);
  if (!code) return tier === 'fast' ? instance(bytes, threads, 'strict') : undefined;
  const pages = Math.ceil(bytes / PAGE);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared });
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
  const made: { -readonly [K in keyof Instance]: Instance[K] } = { tier, buffer: memory.buffer, job: alone };
  if (!shared) return made;
  const field = share(made, code, memory, threads);
  made.job = (name, tasks) => {
    const [call, run] = find(name);
    if (tasks === 1) return alone(name, 1);
    const job = { owner: made, field, call, tasks, threads };
    return () => together(job, run);
  };
  return made;
}
