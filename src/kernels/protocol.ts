import { MOST_THREADS } from './compute.js';

/**
 * How threads share the tasks of a job, through words of one SharedArrayBuffer. The ticket is generation·256 + tasks handed out, CLOSED
 * between jobs: a task is taken by compare-and-exchange, so that a thread that comes late, or not at all, takes nothing and no one waits
 * for it.
 */

/** Words, each on a cache line of its own. */
export const TICKET = 0;
export const DONE = 32;
export const SLEEPERS = 64;
/** Of the job: field, function, tasks, threads that may take part. */
export const JOB = 96;
/** Messages sent to a thread. */
export const messagesOf = (thread: number): number => 96 + 32 * thread;
export const CONTROL_BYTES = 4 * messagesOf(MOST_THREADS);

export const CLOSED = 255;
/** Tasks in a job. */
export const MOST_TASKS = 254;
export const GENERATIONS = 2 ** 23;

/** Loads before a thread sleeps: some 50 µs, more than the pause between two evaluations, less than waking costs twice. */
export const SPINS = 20_000;

/** The next task of this generation, −1 where none is left. */
export function take(control: Int32Array, generation: number, tasks: number): number {
  for (;;) {
    const ticket = Atomics.load(control, TICKET);
    const task = ticket & CLOSED;
    if (ticket >> 8 !== generation || task >= tasks) return -1;
    if (Atomics.compareExchange(control, TICKET, ticket, ticket + 1) === ticket) return task;
  }
}

/** To a thread. */
export type Message =
  | { readonly kind: 'start'; readonly control: SharedArrayBuffer; readonly thread: number }
  | {
      readonly kind: 'field';
      readonly field: number;
      readonly module: WebAssembly.Module;
      readonly memory: WebAssembly.Memory;
    }
  | { readonly kind: 'drop'; readonly field: number };

/** table, task, thread */
export type Task = (table: number, task: number, thread: number) => void;

/** What code that is made at run time may ask for. */
const math = Math as unknown as Record<string, unknown>;

/** The functions of a module, in an order that every thread knows. */
export const functionsOf = (module: WebAssembly.Module, memory: WebAssembly.Memory): readonly [string, Task][] =>
  Object.entries(new WebAssembly.Instance(module, { env: { memory }, math }).exports)
    .filter((entry): entry is [string, Task] => typeof entry[1] === 'function')
    .sort(([a], [b]) => (a < b ? -1 : 1));

/**
 * Garbage collectors do not count memory that is shared, and would let gigabytes of it wait: as much memory that is never touched, and so
 * takes no room, kept as long as the other.
 */
export function weightOf({ buffer }: WebAssembly.Memory): ArrayBuffer {
  return new ArrayBuffer(Math.min(buffer.byteLength, 2 ** 30));
}
