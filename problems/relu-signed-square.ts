import { z } from 'zod';
import type { ComposedProblem, ProblemFault, ProblemKind, Vec } from '../src/types.js';
import { type Data, type Sample, sampled } from './data/sampling.js';
import { relu } from './features/activations.js';
import { type Inputs, withBias } from './features/neuron.js';
import { signedSquare } from './features/signed-square.js';
import {
  completeSample,
  givenIn,
  inputColumns,
  type LossSpec,
  lossOf,
  neuronDomain,
  type PenaltySpec,
  penaltyOf,
  type SampleSpec,
  sampleFaults,
  sampleSchemas,
  samplesOf,
  sampleTemplate,
} from './network.js';
import { signedSquareSpikes } from './suprema.js';

type Signs = readonly number[] | 'positive' | 'negative';

/** The copy of particle i. */
function copyOf(signs: Signs | undefined, i: number): -1 | 1 {
  if (signs === 'positive' || signs === 'negative') return signs === 'positive' ? 1 : -1;
  return (signs?.[i] ?? (i % 2 === 0 ? 1 : -1)) > 0 ? 1 : -1;
}

export interface SignedSquare {
  readonly data: Data;
  readonly bias?: boolean;
  readonly lambda?: number;
  readonly penalty?: PenaltySpec;
  readonly loss?: LossSpec;
  /** The copy of the domain each particle lives on, alternating where not given; or one copy for all, which separates nothing. */
  readonly signs?: Signs;
}

/**
 * Units with |s|₁ = 1, that is |θ| = 1, for inputs in the plane: on each side of the diamond a sum over samples is linear in s between the
 * points where a unit switches, so the corners and these points are all that a minimiser needs.
 */
function corners({ values, rows }: Inputs): Vec {
  const switching = Array.from({ length: rows }, (_, k) => [-values[2 * k + 1], values[2 * k]]).filter(
    x => x[0] !== 0 || x[1] !== 0,
  );
  const directions = [[1, 0], [0, 1], ...switching].flatMap(s => [s, s.map(x => -x)]);
  return Float64Array.from(
    directions.flatMap(([a, b]) =>
      [a, b].map(x => Math.sign(x) * Math.sqrt(Math.abs(x) / (Math.abs(a) + Math.abs(b)))),
    ),
  );
}

/** ReLU units ±max(0, s(θ)·x), s(θ) = θ|θ|: differentiable, so the flow is the theorem's (Chizat & Bach 2018, §4.2). */
export function reluSignedSquare({
  data,
  bias = false,
  lambda = 1,
  penalty,
  signs,
  loss,
}: SignedSquare): ComposedProblem {
  const copies = (i: number) => copyOf(signs, i);
  const dim = data.inputs.columns + (bias ? 1 : 0);
  const V = penaltyOf(penalty, dim);
  // On one copy alone only one sign of η is asked for.
  const both = signs === undefined || (typeof signs !== 'string' && signs.includes(1) && signs.includes(-1));
  const onRows = ({ inputs, targets }: Sample) => ({
    feature: signedSquare(bias ? withBias(inputs) : inputs, copies),
    loss: lossOf(loss, targets, lambda * inputs.rows),
  });
  return {
    name: 'relu-signed-square',
    dim,
    domain: neuronDomain(dim, bias).slice(1),
    copies,
    ...sampled(data, onRows),
    ...(V && { penalty: V }),
    ...(dim === 2 && !data.stream && { dictionary: () => corners(bias ? withBias(data.inputs) : data.inputs) }),
    ...(both && !data.stream && signedSquareSpikes(bias ? withBias(data.inputs) : data.inputs, penalty)),
    initial: {
      gaussian: {
        summary: 'θ ~ N(0, scale² I), scale 1 by default; the two copies alternate',
        draw: (m, random, scale = 1) => Float64Array.from({ length: m * dim }, () => scale * random.normal()),
      },
    },
  };
}

interface Spec extends SampleSpec {
  readonly signs?: Signs;
}

function faults(spec: Spec): ProblemFault[] {
  const { penalty } = spec;
  const wrong = sampleFaults(spec);
  if (!penalty || penalty.kind === 'squared') return wrong;
  const message = `${penalty.kind} wants a weight, and these particles have none; take squared`;
  return [...wrong, { path: ['penalty', 'kind'], message }];
}

/** How the experiment file knows it. */
export const reluSignedSquareKind: ProblemKind = {
  kind: 'relu-signed-square',
  summary: 'two-layer ReLU network in the differentiable signed-square parametrisation, on two copies of the domain',
  template: `${sampleTemplate('relu-signed-square')}
penalty: { kind: squared, beta: 0.001 }     # V = β|θ|²; or left out
# signs: [1, -1]                            # the copy each particle lives on; alternating where left out; or positive: one copy`,
  schema: z.union(
    sampleSchemas('relu-signed-square', {
      signs: z
        .union([z.array(z.union([z.literal(1), z.literal(-1)])).min(1), z.enum(['positive', 'negative'])])
        .optional()
        .describe(
          'the copy each particle lives on; alternating where left out; positive or negative: one copy for all',
        ),
    }),
  ),
  complete: completeSample,
  faults: spec => faults(spec as Spec),
  coordinates(spec) {
    const d = inputColumns(spec as Spec);
    const names = d === null ? [] : neuronDomain(d, (spec as Spec).bias ?? false).map(c => c.name);
    return names.slice(1);
  },
  initialisers: ['gaussian'],
  build(spec, context, refuse) {
    const { bias = false, lambda = 1, signs } = spec as Spec;
    const { data, ...rest } = samplesOf(spec as Spec, z => relu.value(z), context, refuse);
    const problem = reluSignedSquare({ ...givenIn(spec as Spec), data, bias, lambda, ...(signs && { signs }) });
    return { problem, ...rest };
  },
};
