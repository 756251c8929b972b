/** Networks on the whole Gaussian population of a teacher, where the risk has a closed form. */
import { z } from 'zod';
import type { Field, Problem, ProblemFault, ProblemKind, ProblemSpec } from '../src/types.js';
import { type Taught, teacherFaults, teacherSchema } from './data/population.js';
import { neuronDomain, neuronInitial, type PenaltySpec, penaltyFaults, penaltyOf, penaltySchema } from './network.js';

interface Population extends ProblemSpec {
  readonly population: 'gaussian';
  readonly teacher: Taught;
  readonly penalty?: PenaltySpec;
}

/** ½ E (f(x) − y(x))², x ~ N(0, I), as a field of particles [w, θ] in ℝ^{1+d}. */
export function gaussianPopulation(name: string, field: Field, d: number, penalty?: PenaltySpec): Problem {
  const V = penaltyOf(penalty, 1 + d);
  return {
    name,
    dim: 1 + d,
    domain: neuronDomain(d, false),
    field,
    ...(V && { penalty: V }),
    initial: neuronInitial(1 + d),
    ...(!V && { known: { minimum: 0, source: 'the teacher, whom the units can follow exactly' } }),
  };
}

function populationFaults({ teacher, penalty }: Population): ProblemFault[] {
  const wrong = teacherFaults(teacher).map(f => ({ ...f, path: ['teacher', ...f.path] }));
  return wrong.length > 0 ? wrong : penaltyFaults(penalty, 1 + teacher.directions[0].length);
}

/** A kind on samples that also knows `population: gaussian`, the risk without a sample. */
export function withGaussianPopulation(
  sample: ProblemKind,
  problem: (teacher: Taught, penalty?: PenaltySpec) => Problem,
): ProblemKind {
  const isPopulation = (spec: ProblemSpec): spec is Population => spec.population === 'gaussian';
  const schema = z.strictObject({
    kind: z.literal(sample.kind),
    population: z.literal('gaussian').describe('inputs x ~ N(0, I), the risk in closed form'),
    teacher: teacherSchema,
    penalty: penaltySchema,
  });
  return {
    ...sample,
    schema: z.union([sample.schema, schema]),
    complete: spec => (isPopulation(spec) ? spec : sample.complete(spec)),
    faults: spec => (isPopulation(spec) ? populationFaults(spec) : sample.faults(spec)),
    coordinates: spec =>
      isPopulation(spec)
        ? neuronDomain(spec.teacher.directions[0].length, false).map(c => c.name)
        : sample.coordinates(spec),
    build: (spec, context, refuse) =>
      isPopulation(spec)
        ? { problem: problem(spec.teacher, spec.penalty), frozen: spec, notes: [] }
        : sample.build(spec, context, refuse),
  };
}
