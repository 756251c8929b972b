/** One small instance of everything registered in problems/index.ts, by export name. */

import { functionals } from '../../problems/features/measured.js';
import { withBias } from '../../problems/features/neuron.js';
import { frequencies } from '../../problems/features/random-fourier.js';
import {
  absoluteAt,
  absProduct,
  absWeight,
  absWeighted,
  conic,
  convolved,
  erf,
  erfGaussian,
  fourier,
  huber,
  leakyRelu,
  logisticLoss,
  measured,
  moduli,
  neuron,
  nonnegativeWeight,
  outerProduct,
  randomFourier,
  rankOne,
  relu,
  reluGaussian,
  sigmoid,
  signedSquare,
  softplus,
  square,
  squared,
  squaredWeight,
  symmetricCube,
  tanh,
  torusFourier,
  twoHomogeneous,
} from '../../problems/index.js';
import { convolution } from '../../src/kernels/convolution.js';
import { random } from '../../src/math/random.js';
import type { Feature, Field, Loss, Penalty, Vec } from '../../src/types.js';

const chance = random('instances', 'data');
/** n standard normal numbers. */
export const normals = (n: number, from = chance): Vec => Float64Array.from({ length: n }, () => from.normal());

const inputs = { rows: 5, columns: 2, values: normals(10) };

export const features: Readonly<Record<string, Feature>> = {
  erf: neuron(inputs, erf),
  leakyRelu: neuron(inputs, leakyRelu),
  relu: neuron(inputs, relu),
  sigmoid: neuron(inputs, sigmoid),
  softplus: neuron(inputs, softplus),
  tanh: neuron(inputs, tanh),
  // The metric has no feature of its own: it belongs to the chart.
  coneMetric: conic(torusFourier(1, 2)),
  conic: conic(fourier(2)),
  convolved: convolved(torusFourier(2, 2), convolution(normals(25, random('instances', 'kernel')), 2, 2)),
  fourier: fourier(3),
  torusFourier: torusFourier(2, 2),
  neuron: neuron(withBias(inputs), sigmoid),
  outerProduct: outerProduct(3),
  measured: measured(outerProduct(3), functionals(normals(4 * 9), 9)),
  rankOne: rankOne(2, 3),
  symmetricCube: symmetricCube(3),
  twoHomogeneous: twoHomogeneous(symmetricCube(3)),
  randomFourier: randomFourier(
    frequencies(
      [
        [1, 0.5],
        [-0.7, 1.2],
        [0.3, -2],
      ],
      0.4,
    ),
  ),
  signedSquare: signedSquare(inputs, i => (i % 2 === 0 ? 1 : -1)),
};

export const losses: Readonly<Record<string, { readonly loss: Loss; readonly size: number }>> = {
  huber: { loss: huber(normals(4), 3, 0.8), size: 4 },
  logisticLoss: { loss: logisticLoss(Float64Array.of(1, -1, -1, 1), 3), size: 4 },
  square: { loss: square(normals(4), 0.3), size: 4 },
};

/** `semiconvex`: V + semiconvex·|u|²/2 is convex; 0 where left out. */
export const penalties: Readonly<
  Record<string, { readonly penalty: Penalty; readonly dim: number; readonly semiconvex?: number }>
> = {
  absProduct: { penalty: absProduct(0.7, 3), dim: 3, semiconvex: 0.7 },
  absWeighted: { penalty: absWeighted(0.7, 3, moduli.root(3)), dim: 3, semiconvex: 0.7 },
  absoluteAt: { penalty: absoluteAt(0.7, 2, 3), dim: 3 },
  absWeight: { penalty: absWeight(0.7, 3), dim: 3 },
  nonnegativeWeight: { penalty: nonnegativeWeight(0.7, 3), dim: 3 },
  squared: { penalty: squared(0.7, 3), dim: 3 },
  squaredWeight: { penalty: squaredWeight(0.7, 3), dim: 3 },
};

const teacher = {
  weights: [1, -0.7],
  directions: [
    [0.8, 0.3],
    [-0.2, 1.1],
  ],
};
export const fields: Readonly<Record<string, { readonly field: Field; readonly dim: number }>> = {
  erfGaussian: { field: erfGaussian(teacher), dim: 3 },
  reluGaussian: { field: reluGaussian(teacher), dim: 3 },
};
