import { teacher } from './teacher.js';

/** ReLU units as ±max(0, s(θ)·x), s(θ) = θ|θ|: the parametrisation of Theorem 3.3. */
export const signedSquare = {
  name: 'signed-square',
  title: 'ReLU units with signed squares: the parametrisation of the theorem',
  note: 'Differentiable for inputs with a density; on a finite sample the velocity still jumps where a unit switches on a sample point. On this sample no particle slides along such a kink before t = 20; on most small samples some do.',
  problem: {
    kind: 'relu-signed-square',
    data: {
      teacher,
      count: 24,
      seed: 48,
    },
    penalty: { kind: 'squared', beta: 0.001 },
  },
  particles: { count: 20, init: 'gaussian', scale: 0.5 },
  solver: { kind: 'inclusion', rtol: 1e-7 },
  time: { end: 20, saveAt: [0, 1, 5, 20] },
  seed: 'signed-square',
} as const;
