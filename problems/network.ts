/** Two-layer networks on a finite sample: the kinds differ in their activation (Chizat & Bach 2018, §4.2). */
import { z } from 'zod';
import type {
  BuiltProblem,
  ComposedProblem,
  Domain,
  Initialiser,
  Loss,
  ProblemContext,
  ProblemFault,
  ProblemKind,
  ProblemSpec,
  Random,
  Vec,
} from '../src/types.js';
import { inputsIn, type PopulationSpec, populationFaults, populationOf, populationSchema } from './data/population.js';
import { type Data, type Sample, sampled } from './data/sampling.js';
import { frozenTable, type TableSpec, tableFaults, tableOf, tableSchema } from './data/table.js';
import type { Activation } from './features/activations.js';
import { neuron, withBias } from './features/neuron.js';
import { huber } from './losses/huber.js';
import { logisticLoss } from './losses/logistic.js';
import { square } from './losses/square.js';
import { absWeight } from './penalties/abs-weight.js';
import { squared } from './penalties/squared.js';

export const penaltySchema = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('abs-weight'), beta: z.number().min(0) }).describe('V = β|w|'),
    z.strictObject({ kind: z.literal('squared'), beta: z.number().min(0) }).describe('V = β|u|²'),
  ])
  .optional();
export type PenaltySpec = z.infer<typeof penaltySchema>;

export const penaltyOf = (p: PenaltySpec, dim: number) =>
  p && (p.kind === 'squared' ? squared(p.beta, dim) : absWeight(p.beta, dim));

export const lossSchema = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('square') }).describe('(f − y)²/2'),
    z.strictObject({ kind: z.literal('logistic') }).describe('log(1 + exp(−yf)), labels y = ±1'),
    z.strictObject({ kind: z.literal('huber'), delta: z.number().gt(0) }).describe('quadratic up to δ, linear beyond'),
  ])
  .optional();
export type LossSpec = z.infer<typeof lossSchema>;

/** Σ ℓ(f_k, y_k)/(λn). */
export function lossOf(spec: LossSpec, targets: Vec, scale: number): Loss {
  if (spec?.kind === 'logistic') return logisticLoss(targets, scale);
  return spec?.kind === 'huber' ? huber(targets, scale, spec.delta) : square(targets, scale);
}

/** Labels of the logistic loss. */
export function labelFaults(loss: LossSpec, targets: readonly number[]): ProblemFault[] {
  if (loss?.kind !== 'logistic') return [];
  const bad = targets.findIndex(t => t !== 1 && t !== -1);
  return bad < 0
    ? []
    : [{ path: ['y', bad], message: `the logistic loss takes labels 1 and -1, found ${targets[bad]}` }];
}

/** [w, θ₁, θ₂, …] */
export const neuronDomain = (d: number, bias: boolean): Domain =>
  Array.from({ length: 1 + d }, (_, k) => ({
    name: k === 0 ? 'weight' : bias && k === d ? 'bias' : `theta${k}`,
    kind: 'line' as const,
  }));

const rows = (m: number, dim: number, particle: (i: number) => readonly number[]): Vec =>
  Float64Array.from(Array.from({ length: m }, (_, i) => particle(i)).flatMap(p => p.slice(0, dim)));

function onSphere(dim: number, radius: number, random: Random): number[] {
  const u = Array.from({ length: dim }, () => random.normal());
  const length = Math.hypot(...u);
  return u.map(x => (radius * x) / length);
}

/** Names only, so that the experiment can be checked before the data are there. */
export const neuronInitialisers = ['sphere', 'zero-weight', 'symmetric'] as const;

/** The initialisations of the paper (§4): a small sphere, {0} × Gaussian, and pairs ±w that start at f = 0. */
export const neuronInitial = (dim: number): Record<(typeof neuronInitialisers)[number], Initialiser> => ({
  sphere: {
    summary: 'uniform on the sphere of radius scale (default 0.1) in ℝ^dim',
    draw: (m, random, scale = 0.1) => rows(m, dim, () => onSphere(dim, scale, random)),
  },
  'zero-weight': {
    summary: 'w = 0, θ ~ N(0, scale² I), scale 1 by default',
    draw: (m, random, scale = 1) =>
      rows(m, dim, () => [0, ...Array.from({ length: dim - 1 }, () => scale * random.normal())]),
  },
  symmetric: {
    summary: 'pairs (w, θ), (−w, θ) on the sphere of radius scale (default 0.1), so that f = 0',
    draw(m, random, scale = 0.1) {
      let last: number[] = [];
      return rows(m, dim, i => {
        last = i % 2 === 0 ? onSphere(dim, scale, random) : [-last[0], ...last.slice(1)];
        return last;
      });
    },
  },
});

export interface Network {
  readonly data: Data;
  readonly activation: Activation;
  readonly bias?: boolean;
  /** R(f) = Σ (f_k − y_k)²/(2λn). */
  readonly lambda?: number;
  readonly penalty?: PenaltySpec;
  /** default: square. */
  readonly loss?: LossSpec;
}

/** min (1/λn) Σ_k ℓ(f(x_k), y_k) + ∫V dμ, f(x) = ∫ w σ(θ·x) dμ. */
export function network({ data, activation, bias = false, lambda = 1, penalty, loss }: Network): ComposedProblem {
  const columns = data.inputs.columns + (bias ? 1 : 0);
  const dim = 1 + columns;
  const V = penaltyOf(penalty, dim);
  const onRows = ({ inputs, targets }: Sample) => ({
    feature: neuron(bias ? withBias(inputs) : inputs, activation),
    loss: lossOf(loss, targets, lambda * inputs.rows),
  });
  return {
    name: `${activation.name}-network`,
    dim,
    domain: neuronDomain(columns, bias),
    ...sampled(data, onRows),
    ...(V && { penalty: V }),
    initial: neuronInitial(dim),
  };
}

const settingsShape = {
  bias: z.boolean().optional().describe('an input that is always 1; default false'),
  lambda: z.number().gt(0).optional().describe('R = Σ ℓ(f, y)/(λn); default 1'),
  loss: lossSchema,
  penalty: penaltySchema,
};

/** On a table, and on a stream of fresh samples; `own` is what else the kind has. */
export const sampleSchemas = (kind: string, own: z.ZodRawShape = {}) =>
  [
    z.strictObject({ kind: z.literal(kind), data: tableSchema, ...settingsShape, ...own }),
    z.strictObject({ kind: z.literal(kind), population: populationSchema, ...settingsShape, ...own }),
  ] as const;

/** What every kind on samples has in its part of the experiment. */
export interface SampleSpec extends ProblemSpec {
  readonly data?: TableSpec;
  readonly population?: PopulationSpec;
  readonly bias?: boolean;
  readonly lambda?: number;
  readonly penalty?: PenaltySpec;
  readonly loss?: LossSpec;
}

const below = (key: string, faults: readonly ProblemFault[]): ProblemFault[] =>
  faults.map(f => ({ ...f, path: [key, ...f.path] }));

export const sampleFaults = ({ data, population, bias = false }: SampleSpec): ProblemFault[] => [
  ...(data ? below('data', tableFaults(data, bias)) : []),
  ...(population ? below('population', populationFaults(population, bias)) : []),
];

/** Labels are drawn where the loss wants them. */
export function completeSample<S extends ProblemSpec>(spec: S): S {
  const { population, loss, bias = false, lambda = 1 } = spec as SampleSpec;
  const labelled = population && loss?.kind === 'logistic' && { population: { labels: 'logit', ...population } };
  return { ...spec, ...labelled, bias, lambda };
}

/** Numbers in an input row, as far as the experiment alone says; null when they are in a file. */
export function inputColumns({ data, population, bias = false }: SampleSpec): number | null {
  const more = bias ? 1 : 0;
  if (population) return inputsIn(population, bias) + more;
  if (!data || 'file' in data) return null;
  return 'X' in data ? data.X[0].length + more : data.teacher.directions[0].length;
}

/** The rows, what is held out of them, and the same specification with everything from outside written out. */
export function samplesOf(
  spec: SampleSpec,
  value: (z: number) => number,
  context: ProblemContext,
  refuse: (f: ProblemFault) => never,
): { data: Data; frozen: SampleSpec; notes: readonly string[] } {
  const { bias = false, population, loss } = spec;
  if (population) {
    const { written, ...data } = populationOf(population, bias, value, context);
    return { data, frozen: { ...spec, population: written }, notes: [] };
  }
  const wrong = (targets: readonly number[]) => labelFaults(loss, targets);
  const table = tableOf(spec.data as TableSpec, bias, value, context, refuse, wrong);
  return { data: table, frozen: { ...spec, data: frozenTable(table) }, notes: table.notes };
}

/** Loss and penalty, where they are given. */
export const givenIn = ({ penalty, loss }: SampleSpec) => ({ ...(penalty && { penalty }), ...(loss && { loss }) });

function build(
  spec: SampleSpec,
  activation: Activation,
  context: ProblemContext,
  refuse: (f: ProblemFault) => never,
): BuiltProblem {
  const { bias = false, lambda = 1 } = spec;
  const { data, ...rest } = samplesOf(spec, z => activation.value(z), context, refuse);
  return { problem: network({ data, activation, bias, lambda, ...givenIn(spec) }), ...rest };
}

/** The commented lines that every kind with a sample shares. */
export const sampleTemplate = (kind: string): string => `kind: ${kind}
data:                                       # one of three:
  teacher:                                  #   targets of a network on random inputs
    weights: [1, -0.8]
    directions: [[0.9, 0.3], [-0.2, 1]]     #   one row per unit; with a bias its last number
  count: 30
  inputs: gaussian                          #   or sphere, uniform
  noise: 0.01
  # X: [[1, 2], [3, 4]]                     #   rows of inputs, and one target each
  # y: [1, 2]
  # file: data.csv                          #   CSV with a header, target: NAME
  # standardise: true                       #   of X and y or of a file: inputs to one scale
  # split: { test: 0.25 }                   #   of either: share of the rows held out
# population:                               # or fresh samples without end in place of data, for solver sgd:
#   inputs: gaussian
#   dimension: 100
#   teacher: { units: 5 }                   #   drawn, or weights and directions
# bias: true                                # an input that is always 1
# loss: { kind: logistic }                  # labels ±1; or huber with delta; default square
lambda: 1                                   # R = Σ (f − y)²/(2λn)`;

/** A kind of the experiment file: `<activation>-network`. */
export function networkKind(activation: Activation): ProblemKind {
  const kind = `${activation.name}-network`;
  return {
    kind,
    summary: `two-layer ${activation.name} network on a table, a teacher’s sample, a CSV or a stream of fresh samples`,
    template: `${sampleTemplate(kind)}
penalty: { kind: abs-weight, beta: 0.01 }   # V = β|w|; or squared: V = β|u|²; or left out`,
    schema: z.union(sampleSchemas(kind)),
    complete: completeSample,
    faults: spec => sampleFaults(spec as SampleSpec),
    coordinates(spec) {
      const d = inputColumns(spec as SampleSpec);
      return d === null ? [] : neuronDomain(d, (spec as SampleSpec).bias ?? false).map(c => c.name);
    },
    initialisers: neuronInitialisers,
    build: (spec, context, refuse) => build(spec as SampleSpec, activation, context, refuse),
  };
}
