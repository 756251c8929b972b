import type { Problem, ProblemKind } from '../src/types.js';
import { erf } from './features/activations.js';
import type { Teacher } from './fields/charges.js';
import { erfGaussian } from './fields/erf-gaussian.js';
import { gaussianPopulation, withGaussianPopulation } from './gaussian-population.js';
import { networkKind, type PenaltySpec } from './network.js';

/** ½ E (f(x) − y(x))², x ~ N(0, I), in closed form: erf-sigmoid units without a sample. */
export const erfPopulation = (teacher: Teacher, penalty?: PenaltySpec): Problem =>
  gaussianPopulation('erf-population', erfGaussian(teacher), teacher.directions[0].length, penalty);

export const erfNetworkKind: ProblemKind = {
  ...withGaussianPopulation(networkKind(erf), erfPopulation),
  summary:
    'two-layer network of erf-sigmoid units on a table, a sample, a CSV or a stream, or on the Gaussian population in closed form',
  template: `kind: erf-network
population: gaussian                        # inputs x ~ N(0, I), the risk in closed form
teacher:                                    # y(x) = Σ cⱼ erf(bⱼ·x)
  weights: [0.5, -0.5]
  directions: [[1, 0.2], [-0.3, 1]]
# data: { teacher: …, count: 30 }           # a finite sample in place of population and teacher; or X and y, or file and target
penalty: { kind: abs-weight, beta: 0.01 }   # V = β|w|; or squared: V = β|u|²`,
};
