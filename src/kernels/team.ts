/** Threads for kernels: workers that share the memory of a field with this thread, as many as were ever asked for. */
import { MOST_THREADS } from './compute.js';
import { type Helper, helper } from './platform.js';
import {
  CLOSED,
  CONTROL_BYTES,
  DONE,
  GENERATIONS,
  JOB,
  type Message,
  MOST_TASKS,
  messagesOf,
  SLEEPERS,
  SPINS,
  type Task,
  TICKET,
  take,
} from './protocol.js';

/** A thread that has taken a task and does not come back is dead. */
const PATIENCE_MS = 60_000;

interface Job {
  readonly field: number;
  /** Its place in `functionsOf`. */
  readonly call: number;
  readonly tasks: number;
  readonly threads: number;
  /** Whether threads that sleep are woken for it alone: else only where such jobs come one after the other. */
  readonly wakes: boolean;
}

const helpers: Helper[] = [];
let control: Int32Array | undefined;
let generation = 0;
let fields = 0;
let delegated = 0;

/** Tasks that other threads have taken so far. */
export const taskCountOfOthers = (): number => delegated;

const words = (): Int32Array => (control ??= closed(new Int32Array(new SharedArrayBuffer(CONTROL_BYTES))));

function closed(block: Int32Array): Int32Array {
  Atomics.store(block, TICKET, CLOSED);
  return block;
}

/** Counted before it is sent: a thread leaves its loop for the event loop when the count says so. */
function send(to: number, message: Message): void {
  Atomics.add(words(), messagesOf(to + 1), 1);
  helpers[to].postMessage(message);
}

function broadcast(message: Message): void {
  helpers.forEach((_, to) => {
    send(to, message);
  });
  if (Atomics.load(words(), SLEEPERS) > 0) Atomics.notify(words(), TICKET);
}

let failure: Error | undefined;

/** Why a thread could not start, if one could not: it takes no task, and the others go on. */
export const failureOfTeam = (): Error | undefined => failure;

function hire(threads: number): void {
  while (helpers.length < Math.min(threads, MOST_THREADS) - 1) {
    helpers.push(
      helper(error => {
        failure = error;
      }),
    );
    const buffer = words().buffer as unknown as SharedArrayBuffer;
    send(helpers.length - 1, { kind: 'start', control: buffer, thread: helpers.length });
  }
}

const forgotten = new FinalizationRegistry<number>(field => broadcast({ kind: 'drop', field }));

/** Shows a field to the team; it is dropped when nothing here holds its owner any more. Gives its number. */
export function share(owner: object, module: WebAssembly.Module, memory: WebAssembly.Memory, threads: number): number {
  const field = fields++;
  hire(threads);
  broadcast({ kind: 'field', field, module, memory });
  forgotten.register(owner, field);
  return field;
}

/** Until the tasks that others took are done: first awake, then asleep where this thread may sleep. */
function join(block: Int32Array, others: number): void {
  let since = 0;
  for (let spins = 0; Atomics.load(block, DONE) < others; spins++) {
    if (spins < SPINS) continue;
    since ||= performance.now();
    if (performance.now() - since > PATIENCE_MS)
      throw new Error(`a thread of the kernels has been silent for ${PATIENCE_MS / 1e3} s`);
    if (maySleep()) Atomics.wait(block, DONE, Atomics.load(block, DONE), 1);
  }
}

let sleeps: boolean | undefined;
/** The thread of a page may not. */
function maySleep(): boolean {
  if (sleeps === undefined) {
    try {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1);
      sleeps = true;
    } catch {
      sleeps = false;
    }
  }
  return sleeps;
}

/** Milliseconds between jobs that come one after the other: a thread that is awake stays so. */
const GAP_MS = 0.02;
/** That many of them are worth what waking a thread costs. */
const ROW = 8;

let row = 0;
let ended = 0;

/** Whether jobs have come one after the other. */
function pressing(): boolean {
  row = performance.now() - ended < GAP_MS ? row + 1 : 0;
  return row >= ROW;
}

/** All tasks of a job, by this thread and by those that are awake in time. */
export function together({ field, call, tasks, threads, wakes }: Job, run: Task): void {
  if (tasks > MOST_TASKS) throw new RangeError(`a job has at most ${MOST_TASKS} tasks, got ${tasks}`);
  const block = words();
  Atomics.store(block, DONE, 0);
  Atomics.store(block, JOB, field);
  Atomics.store(block, JOB + 1, call);
  Atomics.store(block, JOB + 2, tasks);
  Atomics.store(block, JOB + 3, threads);
  generation = (generation + 1) % GENERATIONS;
  Atomics.store(block, TICKET, generation << 8);
  if (Atomics.load(block, SLEEPERS) > 0 && (wakes || pressing())) Atomics.notify(block, TICKET);
  let own = 0;
  for (let task = take(block, generation, tasks); task >= 0; task = take(block, generation, tasks)) {
    run(0, task, 0);
    own++;
  }
  join(block, tasks - own);
  delegated += tasks - own;
  Atomics.store(block, TICKET, (generation << 8) | CLOSED);
  if (!wakes) ended = performance.now();
}
