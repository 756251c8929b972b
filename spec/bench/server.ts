/**
 * A process that stays: reads one question a line (JSON), answers with one line. Its tier and threads are PGF_TIER and PGF_THREADS.
 * Times are milliseconds.
 */
import { createInterface } from 'node:readline';
import { flowOf } from '../../src/flow.js';
import { compute } from '../../src/kernels/compute.js';
import { ceilingOf } from '../../src/kernels/throughput.js';
import { runningTier } from '../../src/kernels/tiers.js';
import type { Precision } from '../../src/types.js';
import { median } from './arithmetic.js';
import { type Case, errorsOf, nameOf, problemOf, stateOf } from './cases.js';
import { type FlowQuestion, flowRun, type Opened } from './stretches.js';

export type Question =
  | { readonly ask: 'tier' }
  | { readonly ask: 'ceiling'; readonly ms: number }
  | ({ readonly ask: 'check' | 'time'; readonly ms: number } & Evaluation)
  | ({ readonly ask: 'flow' } & FlowQuestion);

interface Evaluation {
  readonly folder: string;
  readonly case: Case;
  /** Which way of computing it, where there are several. */
  readonly way: string;
}

export interface Timed {
  readonly ms: number;
  readonly min: number;
}

/** Calls are timed in groups of about a millisecond. */
const GROUP = 1;

/** The median time of a call within so many milliseconds. */
export function timed(call: () => void, milliseconds: number): Timed {
  const since = performance.now();
  call();
  let group = Math.max(1, Math.floor(GROUP / Math.max(performance.now() - since, 1e-4)));
  const times: number[] = [];
  do {
    const start = performance.now();
    for (let k = 0; k < group; k++) call();
    const each = (performance.now() - start) / group;
    times.push(each);
    if (times.length === 1) group = Math.max(1, Math.floor(GROUP / Math.max(each, 1e-4)));
  } while (performance.now() - since < milliseconds);
  return { ms: median(times), min: Math.min(...times) };
}

/** Optimised code comes after some calls: before that nothing is timed. */
const WARM = 150;

/** Of gradients of batches, which take the kernel as it is: double and single. */
function kernel(folder: string, c: Case, precision: Precision) {
  const { feature, loss } = problemOf(folder, c, false);
  const field = feature.open?.(c.m, loss, undefined, precision);
  if (field?.precision !== precision) throw new Error(`${nameOf(c)} has no kernel in ${precision} precision`);
  const [y, f] = [stateOf(folder, c), new Float64Array(feature.size)];
  const velocity = new Float64Array(y.length);
  const evaluate = () => field.forceInto(y, velocity);
  timed(evaluate, WARM);
  const check = () => {
    field.sumInto(y, f);
    const value = Float64Array.of(evaluate());
    return errorsOf(folder, c, { value, output: f, velocity });
  };
  return { evaluate, check };
}

function opened({ folder, case: c, way }: Evaluation) {
  if (way === 'double' || way === 'single') return kernel(folder, c, way);
  const problem = problemOf(folder, c, way === 'angular');
  const flow = flowOf(problem, c.m);
  const y = stateOf(folder, c);
  const out = new Float64Array(y.length);
  // Fields know their last state: each call has another one than the call before.
  const states = [y, y.map(x => x * (1 + 2 ** -40))];
  let calls = 0;
  const evaluate = () => flow.velocityInto(states[calls++ % 2], out);
  timed(evaluate, WARM);
  const check = () => {
    const f = new Float64Array(problem.feature.size);
    const kernel = problem.feature.open?.(c.m, problem.loss);
    if (kernel) kernel.sumInto(y, f);
    else problem.feature.sumInto(y, c.m, f);
    flow.velocityInto(y, out);
    return errorsOf(folder, c, { value: Float64Array.of(flow.energy(y)), output: f, velocity: out });
  };
  return { evaluate, check };
}

let current: { readonly key: string; readonly field: ReturnType<typeof opened> } | undefined;

function field(e: Evaluation) {
  const key = `${e.way} ${nameOf(e.case)}`;
  if (current?.key !== key) current = { key, field: opened(e) };
  return current.field;
}

const flows = new Map<string, Opened>();

function answer(q: Question): unknown {
  const { tier } = compute();
  switch (q.ask) {
    case 'tier':
      return { tier: runningTier(), engine: process.versions.node };
    case 'ceiling':
      return { gflops: tier === 'scalar' ? Number.NaN : ceilingOf(tier, q.ms) };
    case 'check':
      return { errors: field(q).check() };
    case 'time':
      return timed(field(q).evaluate, q.ms);
    case 'flow':
      return flowRun(flows, q, timed);
  }
}

for await (const line of createInterface({ input: process.stdin }))
  if (line !== '') process.stdout.write(`${JSON.stringify(answer(JSON.parse(line)))}\n`);
