import type { Problem, ProblemKind } from '../src/types.js';
import { relu } from './features/activations.js';
import type { Teacher } from './fields/charges.js';
import { reluGaussian } from './fields/relu-gaussian.js';
import { gaussianPopulation, withGaussianPopulation } from './gaussian-population.js';
import { networkKind, type PenaltySpec } from './network.js';
import { directionSpikes } from './suprema.js';

/** ½ E (f(x) − y(x))², x ~ N(0, I), in closed form: the ReLU network without a sample. */
export const reluPopulation = (teacher: Teacher, penalty?: PenaltySpec): Problem => ({
  ...gaussianPopulation('relu-population', reluGaussian(teacher), teacher.directions[0].length, penalty),
  ...directionSpikes(penalty),
});

/** A sample, or the Gaussian population of a teacher. On a finite sample its flow is the Filippov extension, outside the theorem. */
export const reluNetworkKind: ProblemKind = {
  ...withGaussianPopulation(networkKind(relu), reluPopulation),
  summary:
    'two-layer ReLU network on a table, a teacher’s sample, a CSV or a stream, or on the Gaussian population in closed form',
  template: `kind: relu-network
population: gaussian                        # inputs x ~ N(0, I), the risk in closed form
teacher:                                    # y(x) = Σ cⱼ max(0, bⱼ·x)
  weights: [0.5, -0.5]
  directions: [[1, 0.2], [-0.3, 1]]
# data: { teacher: …, count: 30 }           # a finite sample in place of population and teacher; or X and y, or file and target
# penalty: { kind: squared, beta: 0.001 }   # V = β|u|²; or abs-weight: V = β|w|`,
};
