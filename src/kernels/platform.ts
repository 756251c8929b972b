/** What this program runs on: Node, a browser page or a worker of one. Modules of Node are asked for at run time, so that pages can load this. */

interface Process {
  readonly versions?: { readonly node?: string };
  readonly env?: Readonly<Record<string, string | undefined>>;
  getBuiltinModule?(name: string): unknown;
}
interface Globals {
  readonly process?: Process;
  readonly navigator?: { readonly hardwareConcurrency?: number };
  readonly crossOriginIsolated?: boolean;
  readonly Worker?: new (url: URL, options: { type: 'module' }) => { postMessage(message: unknown): void };
}
const host = globalThis as unknown as Globals;

/** Undefined outside Node (and before 20.16). */
export const nodeModule = <M>(name: string): M | undefined => host.process?.getBuiltinModule?.(name) as M | undefined;

export const environment = (name: string): string | undefined => host.process?.env?.[name];

/** Threads that this machine runs at once. */
export const processors = (): number =>
  nodeModule<{ availableParallelism(): number }>('node:os')?.availableParallelism() ??
  host.navigator?.hardwareConcurrency ??
  1;

export interface Helper {
  postMessage(message: unknown): void;
}

interface NodeWorker extends Helper {
  unref(): void;
  on(event: 'error', listener: (error: Error) => void): void;
}
interface WorkerThreads {
  readonly Worker: new (url: URL, options: { execArgv: string[] }) => NodeWorker;
}

/** Whether memory can be shared with workers: in Node, and in pages that are isolated from other origins. */
export const canShare = (): boolean =>
  nodeModule('node:worker_threads') !== undefined || (host.crossOriginIsolated === true && host.Worker !== undefined);

/** A thread of its own, which does not keep the process alive. */
export function helper(failed: (error: Error) => void): Helper {
  const url = new URL('./thread.js', import.meta.url);
  const threads = nodeModule<WorkerThreads>('node:worker_threads');
  if (!threads && host.Worker) return new host.Worker(url, { type: 'module' });
  if (!threads) throw new Error('this engine has no workers');
  // Flags of the program itself, such as --input-type, are not for a file.
  const worker = new threads.Worker(url, { execArgv: [] });
  worker.unref();
  worker.on('error', failed);
  return worker;
}

/** A flag of V8, under Node. */
export function setEngineFlag(flag: string): void {
  nodeModule<{ setFlagsFromString(flags: string): void }>('node:v8')?.setFlagsFromString(flag);
}

/** The first major version of Node whose vectors of four doubles are worth it: 22 knows the flag and gains nothing. */
const WIDE_SINCE = 24;

/** Whether this is a V8 under Node that is new enough for its experiments. */
export const hasExperiments = (): boolean =>
  Number.parseInt(host.process?.versions?.node ?? '0', 10) >= WIDE_SINCE && nodeModule('node:v8') !== undefined;
