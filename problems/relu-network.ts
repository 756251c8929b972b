import { z } from 'zod';
import type { BuiltProblem, Problem, ProblemFault, ProblemKind, ProblemSpec } from '../src/types.js';
import { teacherFaults, teacherSchema } from './data/table.js';
import { relu } from './features/activations.js';
import { reluGaussian, type Teacher } from './fields/relu-gaussian.js';
import {
  networkKind,
  neuronDomain,
  neuronInitial,
  type PenaltySpec,
  penaltyFaults,
  penaltyOf,
  penaltySchema,
} from './network.js';

/** ½ E (f(x) − y(x))², x ~ N(0, I), in closed form: the ReLU network without a sample. */
export function reluPopulation(teacher: Teacher, penalty?: PenaltySpec): Problem {
  const dim = 1 + teacher.directions[0].length;
  const V = penaltyOf(penalty, dim);
  return {
    name: 'relu-population',
    dim,
    domain: neuronDomain(dim - 1, false),
    field: reluGaussian(teacher),
    ...(V && { penalty: V }),
    initial: neuronInitial(dim),
  };
}

interface Population extends ProblemSpec {
  readonly population: 'gaussian';
  readonly teacher: Teacher & { weights: number[]; directions: number[][] };
  readonly penalty?: PenaltySpec;
}

const sample = networkKind(relu);
const isPopulation = (spec: ProblemSpec): spec is Population => 'population' in spec;

const populationSchema = z.strictObject({
  kind: z.literal('relu-network'),
  population: z.literal('gaussian').describe('inputs x ~ N(0, I), the risk in closed form'),
  teacher: teacherSchema,
  penalty: penaltySchema,
});

function populationFaults({ teacher, penalty }: Population): ProblemFault[] {
  const wrong = teacherFaults(teacher).map(f => ({ ...f, path: ['teacher', ...f.path] }));
  return wrong.length > 0 ? wrong : penaltyFaults(penalty, 1 + teacher.directions[0].length);
}

const built = (spec: Population): BuiltProblem => ({
  problem: reluPopulation(spec.teacher, spec.penalty),
  frozen: spec,
  notes: [],
});

/** A finite sample, or the Gaussian population of a teacher. On a sample its flow is the Filippov extension, outside the theorem. */
export const reluNetworkKind: ProblemKind = {
  ...sample,
  summary:
    'two-layer ReLU network on a table, a teacher’s sample or a CSV, or on the Gaussian population in closed form',
  template: `kind: relu-network
population: gaussian                        # inputs x ~ N(0, I), the risk in closed form
teacher:                                    # y(x) = Σ cⱼ max(0, bⱼ·x)
  weights: [0.5, -0.5]
  directions: [[1, 0.2], [-0.3, 1]]
# data: { teacher: …, count: 30 }           # a finite sample in place of population and teacher; or X and y, or file and target
# penalty: { kind: squared, beta: 0.001 }   # V = β|u|²; or abs-weight: V = β|w|`,
  schema: z.union([sample.schema, populationSchema]),
  complete: spec => (isPopulation(spec) ? spec : sample.complete(spec)),
  faults: spec => (isPopulation(spec) ? populationFaults(spec) : sample.faults(spec)),
  coordinates: spec =>
    isPopulation(spec)
      ? neuronDomain(spec.teacher.directions[0].length, false).map(c => c.name)
      : sample.coordinates(spec),
  build: (spec, context, refuse) => (isPopulation(spec) ? built(spec) : sample.build(spec, context, refuse)),
};
