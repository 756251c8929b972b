/**
 * Units of the signed-square parametrisation on eight samples. From both copies of the domain the flow ends at the global minimum, which
 * a lasso over twenty units knows to rounding; from one copy, which separates nothing, it does not.
 */
export const twoCopies = {
  name: 'two-copies',
  title: 'Signed-square units on both copies of the domain',
  note: 'With problem.signs=positive all particles live on one copy, and F stays above F* by a fifth of it, however many they are.',
  problem: {
    kind: 'relu-signed-square',
    data: {
      teacher: {
        weights: [1.5, -1.5],
        directions: [
          [0.9553, 0.2955],
          [-0.4, -0.9],
        ],
      },
      count: 8,
      seed: 3,
    },
    penalty: { kind: 'squared', beta: 0.2 },
  },
  particles: { count: 16, init: 'gaussian', scale: 0.5 },
  solver: { kind: 'auto', rtol: 1e-7 },
  time: { end: 120, saveAt: [1, 5, 20, 60, 120] },
  seed: 'signed-square',
} as const;
