import { teacher } from './teacher.js';

/** Classical ReLU units on a finite sample: activation kinks are located; the theorem of the paper does not cover this parametrisation. */
export const reluSample = {
  name: 'relu-sample',
  title: 'Classical ReLU units on a sample: every change of activation is located',
  note: 'The right-hand side jumps where a unit switches on a sample point; the flow is the Filippov extension, to which the theorem of Chizat & Bach does not apply. See signed-square for the parametrisation it does apply to. On this sample no particle slides along a kink before t = 20; on most small samples some do.',
  problem: {
    kind: 'relu-network',
    data: {
      teacher,
      count: 32,
      seed: 17,
    },
  },
  particles: { count: 20, init: 'sphere', scale: 0.1 },
  solver: { kind: 'inclusion', rtol: 1e-7 },
  time: { end: 20, saveAt: [0, 1, 5, 20] },
  seed: 'relu-sample',
} as const;
