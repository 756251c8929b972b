import { z } from 'zod';
import type { ComposedProblem, ProblemFault, ProblemKind, ProblemSpec } from '../src/types.js';
import { type Table, type TableSpec, tableFaults, tableOf } from './data/table.js';
import { relu } from './features/activations.js';
import { withBias } from './features/neuron.js';
import { signedSquare } from './features/signed-square.js';
import {
  builtFrom,
  inputColumns,
  type LossSpec,
  labelFaults,
  lossOf,
  neuronDomain,
  type PenaltySpec,
  penaltyOf,
  sampleShape,
  sampleTemplate,
} from './network.js';

export interface SignedSquare {
  readonly data: Pick<Table, 'inputs' | 'targets'>;
  readonly bias?: boolean;
  readonly lambda?: number;
  readonly penalty?: PenaltySpec;
  readonly loss?: LossSpec;
  /** The copy of the domain each particle lives on; alternating where not given. */
  readonly signs?: readonly number[];
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
  const x = bias ? withBias(data.inputs) : data.inputs;
  const V = penaltyOf(penalty, x.columns);
  const copies = (i: number) => ((signs?.[i] ?? (i % 2 === 0 ? 1 : -1)) > 0 ? 1 : -1);
  return {
    name: 'relu-signed-square',
    dim: x.columns,
    domain: neuronDomain(x.columns, bias).slice(1),
    copies,
    feature: signedSquare(x, copies),
    loss: lossOf(loss, data.targets, lambda * x.rows),
    ...(V && { penalty: V }),
    initial: {
      gaussian: {
        summary: 'θ ~ N(0, scale² I), scale 1 by default; the two copies alternate',
        draw: (m, random, scale = 1) => Float64Array.from({ length: m * x.columns }, () => scale * random.normal()),
      },
    },
  };
}

interface Spec extends ProblemSpec {
  readonly data: TableSpec;
  readonly bias?: boolean;
  readonly lambda?: number;
  readonly penalty?: PenaltySpec;
  readonly signs?: number[];
  readonly loss?: LossSpec;
}

function faults(spec: Spec): ProblemFault[] {
  const { penalty } = spec;
  const wrong = tableFaults(spec.data, spec.bias ?? false).map(f => ({ ...f, path: ['data', ...f.path] }));
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
# signs: [1, -1]                            # the copy each particle lives on; alternating where left out`,
  schema: z.strictObject({
    kind: z.literal('relu-signed-square'),
    ...sampleShape,
    signs: z
      .array(z.union([z.literal(1), z.literal(-1)]))
      .min(1)
      .optional()
      .describe('the copy each particle lives on; alternating where left out'),
  }),
  complete: spec => ({ ...spec, bias: spec.bias ?? false, lambda: spec.lambda ?? 1 }),
  faults: spec => faults(spec as Spec),
  coordinates(spec) {
    const { data, bias = false } = spec as Spec;
    const d = inputColumns(data, bias);
    return d === null
      ? []
      : neuronDomain(d, bias)
          .map(c => c.name)
          .slice(1);
  },
  initialisers: ['gaussian'],
  build(spec, context, refuse) {
    const { data, bias = false, lambda = 1, penalty, signs, loss } = spec as Spec;
    const table = tableOf(data, bias, z => relu.value(z), context, refuse);
    for (const f of labelFaults(loss, Array.from(table.targets))) refuse({ ...f, path: ['data', ...f.path] });
    const problem = reluSignedSquare({
      ...(loss && { loss }),
      data: table,
      bias,
      lambda,
      ...(penalty && { penalty }),
      ...(signs && { signs }),
    });
    return builtFrom(spec as Spec, table, problem);
  },
};
