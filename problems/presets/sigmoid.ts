/** Sigmoid units with a bias under V = β|w|: partially 1-homogeneous, from w = 0; particles leave zero as |η| exceeds β and return to it. */
export const sigmoid = {
  name: 'sigmoid',
  title: 'Sigmoid units under a sparse penalty: some leave w = 0, some never do',
  problem: {
    kind: 'sigmoid-network',
    data: {
      teacher: {
        weights: [1.5, -1.2],
        directions: [
          [2.5, 1, 0.5],
          [-1, 2.5, -0.5],
        ],
      },
      count: 60,
      seed: 1,
    },
    bias: true,
    lambda: 0.02,
    penalty: { kind: 'abs-weight', beta: 1 },
  },
  particles: { count: 40, init: 'zero-weight', scale: 2 },
  solver: { kind: 'inclusion', rtol: 1e-7 },
  time: { end: 100, saveAt: [0, 1, 10, 100] },
  seed: 'sigmoid',
} as const;
