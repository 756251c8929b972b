/**
 * Figure 3 of Chizat & Bach (2018), its panels of networks: units of a teacher of 20, inputs N(0, I_d), the flow by stochastic gradients on
 * fresh samples, beside the best weights of as many random units. A run has one stream of samples for all m, so that it is drawn once.
 */

import { flowOf } from '../flow.js';
import { random } from '../math/random.js';
import { noCounts, outcome } from '../outcome.js';
import { resolveExperiment } from '../resolve.js';
import { settingOf } from '../run.js';
import type { Experiment } from '../spec.js';
import { FlowFailed } from '../stepsize.js';
import type { Flow, Problem, Vec } from '../types.js';
import { breather } from '../watch.js';
import { type Column, columnsOf, type ExcessPanel } from './excess-panel.js';
import { type FigureRun, Interrupted } from './kind.js';
import { EXCESS } from './published.js';
import { leastRisk } from './random-features.js';

const COUNTS = [3, 5, 10, 18, 25, 33, 45, 61];
/** Of the paper. */
const DIMENSION = 100;
const UNITS = 20;
const BATCH = 200;
/** Rows on which a risk without a closed form is measured. */
const EVALUATION = 10_000;
/** Steps shrink like (1 + k/after)^−½, after this share of all of them. */
const DECAY = 0.2;

export interface Net {
  readonly name: 'relu' | 'sigmoid';
  readonly heading: string;
  /** Of the teacher's directions. */
  readonly length: number;
  readonly init: string;
  /** Of the start in dimension d. */
  readonly scale: (d: number) => number;
  /** η in flow time. */
  readonly step: number;
  readonly band: number;
  readonly floor: number;
  readonly words: string;
}

function problemIn(value: unknown): { readonly problem: Problem; readonly frozen: Experiment } {
  const { experiment } = resolveExperiment({ value, source: 'figure 3', locate: () => undefined });
  return settingOf(experiment as Experiment);
}

/** What is trained, by batches; and what it is judged by: the closed form of the risk, or the evaluation sample. */
export interface Task {
  readonly trained: Problem;
  readonly judge: Problem;
}

export function taskOf({ name, length, init }: Net, d: number, seed: string): Task {
  const teacher = { units: UNITS, length };
  const population = { inputs: 'gaussian', dimension: d, teacher, evaluation: { size: EVALUATION } };
  const rest = { particles: { count: 1, init }, time: { end: 1 }, seed };
  const solver = { kind: 'sgd', step: 1 };
  const { problem, frozen } = problemIn({ problem: { kind: `${name}-network`, population }, ...rest, solver });
  if (name !== 'relu') return { trained: problem, judge: problem };
  const { teacher: written } = frozen.problem.population as { teacher: unknown };
  const closed = { kind: 'relu-network', population: 'gaussian', teacher: written };
  return { trained: problem, judge: problemIn({ problem: closed, ...rest }).problem };
}

/** Moves every cloud by stochastic gradient descent, all by the same batches. */
export async function descend(
  flows: readonly Flow[],
  states: readonly Vec[],
  net: Net,
  seed: string,
  run: FigureRun,
): Promise<void> {
  const { steps = 1, signal, progress } = run;
  const [chance, pause] = [random(seed, 'sgd'), breather()];
  const velocities = states.map(y => new Float64Array(y.length));
  for (let k = 0; k < steps; k++) {
    const batch = flows[0].batch?.draw(chance, BATCH);
    if (!batch) throw new TypeError('the problem of a stream must have batches');
    const eta = net.step / Math.sqrt(1 + k / (DECAY * steps));
    for (const [i, flow] of flows.entries()) {
      const [y, v] = [states[i], velocities[i]];
      flow.batch?.velocityInto(y, batch, v);
      for (let j = 0; j < y.length; j++) y[j] += eta * v[j];
    }
    if ((k + 1) % Math.ceil(steps / 10) === 0) progress?.(`${seed}, ${net.name}: ${k + 1} of ${steps} steps`);
    const resting = pause();
    if (resting) await resting;
    if (signal?.aborted) throw new Interrupted(net.name);
  }
}

async function addRun(columns: readonly Column[], net: Net, seed: string, run: FigureRun): Promise<void> {
  const d = run.dimension ?? DIMENSION;
  const { trained, judge } = taskOf(net, d, seed);
  const starts = columns.map(({ m }) => trained.initial[net.init].draw(m, random(seed, 'init'), net.scale(d)));
  const states = starts.map(y => y.slice());
  await descend(
    columns.map(c => flowOf(trained, c.m)),
    states,
    net,
    seed,
    run,
  );
  for (const [i, column] of columns.entries()) {
    const flow = flowOf(judge, column.m);
    const atZero = flow.energy(new Float64Array(flow.size));
    const risk = flow.energy(states[i]);
    if (!Number.isFinite(risk))
      throw new FlowFailed(
        outcome('diverged', run.steps ?? 0, noCounts(), `${net.name} units, m = ${column.m}`),
        'SGD',
      );
    if (risk > atZero) column.failed++;
    column.flow.push(Math.max(0, risk / atZero));
    column.convex.push(leastRisk(judge, starts[i], atZero) / atZero);
  }
}

const excessOf =
  (net: Net) =>
  async (run: FigureRun): Promise<ExcessPanel> => {
    const { name, heading, band, floor, words } = net;
    const { runs = 1, steps = 1, dimension = DIMENSION } = run;
    const columns = columnsOf(run.counts.length > 0 ? run.counts : COUNTS);
    for (let k = 0; k < runs; k++) await addRun(columns, net, `${run.seed}/${k}`, run);
    return {
      name,
      heading: `${heading}, d = ${dimension}`,
      label: 'risk, f = 0 has 1',
      columns,
      enough: UNITS,
      band,
      floor,
      published: dimension === DIMENSION ? EXCESS[name] : [],
      assumed: [
        `${heading}: inputs N(0, I), no bias, teacher of ${UNITS} units of weight ±1 in turn and random directions of length ${net.length}; ${words} ${steps} steps of SGD on fresh batches of ${BATCH}, η from ${net.step} in flow time down to ${(net.step / Math.sqrt(1 + 1 / DECAY)).toPrecision(2)}; draws of everything: ${runs}, in the paper 5. The rest is not stated there, nor is the scale of its values.`,
      ],
    };
  };

export const reluNet: Net = {
  name: 'relu',
  heading: 'ReLU units',
  length: 1,
  init: 'sphere',
  scale: () => 0.1,
  step: 0.1,
  band: 5e-4,
  floor: 1e-8,
  words:
    'the population risk is exact; units begin on the sphere of radius 0.1, and the random features are their directions.',
};

export const sigmoidNet: Net = {
  name: 'sigmoid',
  heading: 'Sigmoid units',
  length: 4,
  init: 'zero-weight',
  scale: d => 3 / Math.sqrt(d),
  step: 0.5,
  band: 3e-3,
  floor: 1e-8,
  words: `the risk is that on ${EVALUATION} rows that no step sees, on which the convex problem is solved; units begin at w = 0 and θ ~ N(0, 9/d·I), which are the random features.`,
};

export const reluExcess = excessOf(reluNet);
export const sigmoidExcess = excessOf(sigmoidNet);
