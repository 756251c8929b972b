/** Two-layer networks on a finite sample: the kinds differ in their activation (Chizat & Bach 2018, §4.2). */
import { z } from 'zod';
import { boundsFault, folded } from '../src/math/domain.js';
import type {
  BuiltProblem,
  ComposedProblem,
  Domain,
  Initialiser,
  Loss,
  Penalty,
  Problem,
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
import { attempt, isFault } from './expression/fault.js';
import { writtenModulus } from './expression/modulus.js';
import type { Activation } from './features/activations.js';
import { neuron, withBias } from './features/neuron.js';
import { huber } from './losses/huber.js';
import { logisticLoss } from './losses/logistic.js';
import { square } from './losses/square.js';
import { moduli } from './moduli.js';
import { absProduct } from './penalties/abs-product.js';
import { absWeight } from './penalties/abs-weight.js';
import { absWeighted } from './penalties/abs-weighted.js';
import { squared } from './penalties/squared.js';
import { networkSpikes } from './suprema.js';

export const penaltySchema = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('abs-weight'), beta: z.number().min(0) }).describe('V = β|w|'),
    z.strictObject({ kind: z.literal('squared'), beta: z.number().min(0) }).describe('V = β|u|²'),
    z.strictObject({ kind: z.literal('abs-product'), beta: z.number().min(0) }).describe('V = β|w||θ|'),
    z
      .strictObject({ kind: z.literal('abs-weighted'), beta: z.number().min(0), modulus: z.string().max(1000) })
      .describe(
        'V = β|w|Ṽ(θ); modulus: root is √(1 + |θ|²), quadratic is 1 + |θ|², or a formula in theta1, theta2 … (and bias)',
      ),
  ])
  .optional();
export type PenaltySpec = z.infer<typeof penaltySchema>;

/** V; a fault where the formula of Ṽ is wrong. */
function penaltyOrFault(p: PenaltySpec, dim: number, bias: boolean, box: BoxSpec): Penalty | undefined | ProblemFault {
  switch (p?.kind) {
    case undefined:
      return undefined;
    case 'squared':
      return squared(p.beta, dim);
    case 'abs-weight':
      return absWeight(p.beta, dim);
    case 'abs-product':
      return absProduct(p.beta, dim);
    case 'abs-weighted': {
      const { beta, modulus } = p;
      if (modulus === 'root' || modulus === 'quadratic') return absWeighted(beta, dim, moduli[modulus](dim));
      const domain = inBox(neuronDomain(dim - 1, bias), box);
      const written = attempt('modulus', () => writtenModulus(modulus, domain, 0));
      return isFault(written) ? written : absWeighted(beta, dim, written);
    }
  }
}

/** Throws where a formula is wrong: `penaltyFaults` says so in time. */
export function penaltyOf(p: PenaltySpec, dim: number, bias = false, box?: BoxSpec): Penalty | undefined {
  const made = penaltyOrFault(p, dim, bias, box);
  if (isFault(made)) throw new TypeError(made.message);
  return made;
}

export function penaltyFaults(p: PenaltySpec, dim: number, bias = false, box?: BoxSpec): ProblemFault[] {
  const made = penaltyOrFault(p, dim, bias, box);
  return isFault(made) ? [{ ...made, path: ['penalty', ...made.path] }] : [];
}

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

export const boxSchema = z
  .strictObject({ from: z.number(), to: z.number() })
  .optional()
  .describe('every coordinate of θ stays in [from, to]: Θ is bounded');
export type BoxSpec = z.infer<typeof boxSchema>;

/** The domain with θ, all but the weight, in a box. */
export const inBox = (domain: Domain, box: BoxSpec): Domain =>
  box ? domain.map(c => (c.name === 'weight' ? c : { name: c.name, kind: 'interval', ...box })) : domain;

/** Initial particles folded at the box. */
const foldedInto = (box: BoxSpec, dim: number, initial: Problem['initial']): Problem['initial'] =>
  box
    ? Object.fromEntries(
        Object.entries(initial).map(([name, { summary, draw }]) => [
          name,
          {
            summary,
            draw: (m, random, scale) =>
              draw(m, random, scale).map((x, k) => (k % dim === 0 ? x : folded(x, [box.from, box.to]))),
          } satisfies Initialiser,
        ]),
      )
    : initial;

export function boxFaults(box: BoxSpec, penalty: PenaltySpec): ProblemFault[] {
  if (!box) return [];
  const message = boundsFault(box.from, box.to);
  if (message) return [{ path: ['box'], message }];
  return penalty?.kind === 'abs-product' && (box.from === 0 || box.to === 0)
    ? [
        {
          path: ['box'],
          message: `abs-product has its kink θ = 0 on this bound, found from ${box.from}, to ${box.to}; move it off 0`,
        },
      ]
    : [];
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
  /** Bounds of each coordinate of θ. */
  readonly box?: BoxSpec;
}

/** min (1/λn) Σ_k ℓ(f(x_k), y_k) + ∫V dμ, f(x) = ∫ w σ(θ·x) dμ. */
export function network({ data, activation, bias = false, lambda = 1, penalty, loss, box }: Network): ComposedProblem {
  const columns = data.inputs.columns + (bias ? 1 : 0);
  const dim = 1 + columns;
  const V = penaltyOf(penalty, dim, bias, box);
  const onRows = ({ inputs, targets }: Sample) => ({
    feature: neuron(bias ? withBias(inputs) : inputs, activation),
    loss: lossOf(loss, targets, lambda * inputs.rows),
  });
  return {
    name: `${activation.name}-network`,
    dim,
    domain: inBox(neuronDomain(columns, bias), box),
    ...sampled(data, onRows),
    ...(V && { penalty: V }),
    ...(!data.stream && networkSpikes(activation, bias ? withBias(data.inputs) : data.inputs, penalty, box)),
    initial: foldedInto(box, dim, neuronInitial(dim)),
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
  readonly box?: BoxSpec;
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
  const { bias = false, lambda = 1, penalty, box } = spec;
  const { data, ...rest } = samplesOf(spec, z => activation.value(z), context, refuse);
  for (const f of penaltyFaults(penalty, 1 + data.inputs.columns + (bias ? 1 : 0), bias, box)) refuse(f);
  return { problem: network({ data, activation, bias, lambda, ...givenIn(spec), ...(box && { box }) }), ...rest };
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

function networkFaults(spec: SampleSpec): ProblemFault[] {
  const { bias = false, penalty, box } = spec;
  const wrong = [...sampleFaults(spec), ...boxFaults(box, penalty)];
  const d = wrong.length > 0 ? null : inputColumns(spec);
  return d === null ? wrong : penaltyFaults(penalty, 1 + d, bias, box);
}

/** A kind of the experiment file: `<activation>-network`. */
export function networkKind(activation: Activation): ProblemKind {
  const kind = `${activation.name}-network`;
  return {
    kind,
    summary: `two-layer ${activation.name} network on a table, a teacher’s sample, a CSV or a stream of fresh samples`,
    template: `${sampleTemplate(kind)}
penalty: { kind: abs-weight, beta: 0.01 }   # V = β|w|; squared: β|u|²; abs-product: β|w||θ|; abs-weighted, modulus: root: β|w|√(1 + |θ|²)
# box: { from: -3, to: 3 }                  # each coordinate of θ stays in [from, to]`,
    schema: z.union(sampleSchemas(kind, { box: boxSchema })),
    complete: completeSample,
    faults: spec => networkFaults(spec as SampleSpec),
    coordinates(spec) {
      const d = inputColumns(spec as SampleSpec);
      return d === null ? [] : neuronDomain(d, (spec as SampleSpec).bias ?? false).map(c => c.name);
    },
    initialisers: neuronInitialisers,
    build: (spec, context, refuse) => build(spec as SampleSpec, activation, context, refuse),
  };
}
