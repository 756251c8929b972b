/** Experiments on matrices and tensors, and the small ones that the specs factor. */
import { resolveExperiment } from '../src/resolve.js';
import type { Experiment } from '../src/spec.js';

/** A problem in a complete experiment. */
export const resolved = (problem: object, more: object = {}): Experiment => {
  const value = {
    problem,
    particles: { count: 16, init: 'sphere', scale: 0.05 },
    solver: { kind: 'inclusion', rtol: 1e-8 },
    time: { end: 1 },
    seed: 'a',
    ...more,
  };
  return resolveExperiment({ value, source: 'spec', locate: () => undefined }).experiment;
};

export const SYMMETRIC = [
  [1, 0.5, 0, -0.5, 0.3],
  [0, 1, 0.7, 0.2, -0.8],
];
export const FACTORS = {
  left: [
    [1, 0, 0.5],
    [0, 1, -0.5],
  ],
  right: [
    [1, 0.2, 0, 0.4],
    [0, -0.8, 0.6, 0.1],
  ],
};
export const ORTHOGONAL = [
  [1.1, 0, 0],
  [0, 0.8, 0.6],
  [0, -0.54, 0.72],
];
