/** A thread of the pool: a worker of Node or of a browser, which takes tasks from the ticket and sleeps between jobs. */
import { nodeModule } from './platform.js';
import {
  CLOSED,
  DONE,
  functionsOf,
  JOB,
  type Message,
  messagesOf,
  SLEEPERS,
  SPINS,
  type Task,
  TICKET,
  take,
} from './protocol.js';

const fields = new Map<number, readonly Task[]>();
let control: Int32Array = new Int32Array(0);
let thread = 0;
let handled = 0;

/** The tasks of one generation that are left; a field that is not known yet is left to the others. */
function serve(generation: number): void {
  const [field, call, tasks, threads] = [0, 1, 2, 3].map(word => Atomics.load(control, JOB + word));
  const run = fields.get(field)?.[call];
  if (!run || thread >= threads) return;
  for (let task = take(control, generation, tasks); task >= 0; task = take(control, generation, tasks)) {
    run(0, task, thread);
    if (Atomics.add(control, DONE, 1) + 1 >= tasks) Atomics.notify(control, DONE);
  }
}

/** Until a message waits: only the event loop can fetch it. */
function watch(): void {
  let served = -1;
  for (let idle = 0; Atomics.load(control, messagesOf(thread)) === handled; idle++) {
    const ticket = Atomics.load(control, TICKET);
    if ((ticket & CLOSED) !== CLOSED && ticket >> 8 !== served) {
      served = ticket >> 8;
      serve(served);
      idle = 0;
    } else if (idle > SPINS) {
      Atomics.add(control, SLEEPERS, 1);
      Atomics.wait(control, TICKET, ticket);
      Atomics.sub(control, SLEEPERS, 1);
      idle = 0;
    }
  }
}

function receive(message: Message): void {
  handled++;
  if (message.kind === 'start') {
    control = new Int32Array(message.control);
    thread = message.thread;
  } else if (message.kind === 'field') {
    const { field, module, memory } = message;
    fields.set(
      field,
      functionsOf(module, memory).map(([, run]) => run),
    );
  } else fields.delete(message.field);
  watch();
}

interface Listening {
  on?(event: 'message', listener: (message: Message) => void): void;
  onmessage?: (event: { data: Message }) => void;
}
const node = nodeModule<{ parentPort: Listening }>('node:worker_threads');
if (node) node.parentPort.on?.('message', receive);
else (globalThis as Listening).onmessage = ({ data }) => receive(data);
