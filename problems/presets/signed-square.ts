/** The differentiable parametrisation of ReLU units, to which Theorem 3.3 applies. */
export const signedSquare = {
  name: 'signed-square',
  title: 'ReLU units with signed squares: the differentiable flow of the theorem',
  problem: {
    kind: 'relu-signed-square',
    data: {
      teacher: {
        weights: [1, -0.8, 1.2],
        directions: [
          [0.9553, 0.2955],
          [-0.1288, 0.9917],
          [-0.4, -0.9],
        ],
      },
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
