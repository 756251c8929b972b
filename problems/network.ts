/** Two-layer networks on a finite sample: the kinds differ in their activation (Chizat & Bach 2018, §4.2). */
import { z } from 'zod';
import type {
  BuiltProblem,
  ComposedProblem,
  Domain,
  Initialiser,
  Loss,
  Problem,
  ProblemContext,
  ProblemFault,
  ProblemKind,
  ProblemSpec,
  Random,
  Vec,
} from '../src/types.js';
import { frozenTable, type Table, type TableSpec, tableFaults, tableOf, tableSchema } from './data/table.js';
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

/** Labels of the logistic loss, as far as the experiment alone shows them. */
export function labelFaults(loss: LossSpec, targets: readonly number[]): ProblemFault[] {
  if (loss?.kind !== 'logistic') return [];
  const bad = targets.findIndex(t => t !== 1 && t !== -1);
  return bad < 0
    ? []
    : [
        {
          path: ['y', bad],
          message: `the logistic loss takes labels 1 and -1, found ${targets[bad]}; labels 0 and 1 become these as 2y − 1`,
        },
      ];
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
  readonly data: Pick<Table, 'inputs' | 'targets'>;
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
  const x = bias ? withBias(data.inputs) : data.inputs;
  const dim = 1 + x.columns;
  const V = penaltyOf(penalty, dim);
  return {
    name: `${activation.name}-network`,
    dim,
    domain: neuronDomain(x.columns, bias),
    feature: neuron(x, activation),
    loss: lossOf(loss, data.targets, lambda * x.rows),
    ...(V && { penalty: V }),
    initial: neuronInitial(dim),
  };
}

export const sampleShape = {
  data: tableSchema,
  bias: z.boolean().optional().describe('an input that is always 1; default false'),
  lambda: z.number().gt(0).optional().describe('R = Σ ℓ(f, y)/(λn); default 1'),
  loss: lossSchema,
  penalty: penaltySchema,
};

interface Spec extends ProblemSpec {
  readonly data: TableSpec;
  readonly bias?: boolean;
  readonly lambda?: number;
  readonly penalty?: PenaltySpec;
  readonly loss?: LossSpec;
}

/** Numbers in an input row, as far as the experiment alone says; null when they are in a file. */
export function inputColumns(data: TableSpec, bias: boolean): number | null {
  if ('X' in data) return data.X[0].length + (bias ? 1 : 0);
  return 'count' in data ? data.teacher.directions[0].length : null;
}

/** Notes and the frozen specification around a problem built from a table. */
export function builtFrom(spec: ProblemSpec & { data: TableSpec }, table: Table, problem: Problem): BuiltProblem {
  return { problem, frozen: { ...spec, data: frozenTable(table) }, notes: table.notes };
}

function build(
  spec: Spec,
  activation: Activation,
  context: ProblemContext,
  refuse: (f: ProblemFault) => never,
): BuiltProblem {
  const { bias = false, lambda = 1, penalty, loss } = spec;
  const table = tableOf(spec.data, bias, z => activation.value(z), context, refuse);
  for (const f of labelFaults(loss, Array.from(table.targets))) refuse({ ...f, path: ['data', ...f.path] });
  const given = { ...(penalty && { penalty }), ...(loss && { loss }) };
  return builtFrom(spec, table, network({ data: table, activation, bias, lambda, ...given }));
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
  # file: data.csv                          #   CSV with a header, target: NAME, standardise: true
# bias: true                                # an input that is always 1
lambda: 1                                   # R = Σ (f − y)²/(2λn)`;

const below = (key: string, faults: readonly ProblemFault[]): ProblemFault[] =>
  faults.map(f => ({ ...f, path: [key, ...f.path] }));

/** A kind of the experiment file: `<activation>-network`. */
export function networkKind(activation: Activation): ProblemKind {
  const kind = `${activation.name}-network`;
  return {
    kind,
    summary: `two-layer ${activation.name} network on a table, a teacher's sample or a CSV`,
    template: `${sampleTemplate(kind)}
penalty: { kind: abs-weight, beta: 0.01 }   # V = β|w|; or squared: V = β|u|²; or left out`,
    schema: z.strictObject({ kind: z.literal(kind), ...sampleShape }),
    complete: spec => ({ ...spec, bias: spec.bias ?? false, lambda: spec.lambda ?? 1 }),
    faults: spec => below('data', tableFaults((spec as Spec).data, (spec as Spec).bias ?? false)),
    coordinates(spec) {
      const d = inputColumns((spec as Spec).data, (spec as Spec).bias ?? false);
      return d === null ? [] : neuronDomain(d, (spec as Spec).bias ?? false).map(c => c.name);
    },
    initialisers: neuronInitialisers,
    build: (spec, context, refuse) => build(spec as Spec, activation, context, refuse),
  };
}
