/** Classical ReLU units on eight samples under weight decay: the supremum of |η| over directions is exact, so the end can be certified. */
export const reluPenalised = {
  name: 'relu-penalised',
  title: 'ReLU units under weight decay: the end is certified global',
  note: 'The flow is the Filippov extension, which the theorem does not cover; the certificate asks nothing of the flow. F falls slowly for long: the certified gap is 2·10⁻³ of F at t = 200, 3·10⁻⁵ at t = 2000, and 0 to rounding at the end.',
  problem: {
    kind: 'relu-network',
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
    penalty: { kind: 'squared', beta: 0.1 },
  },
  particles: { count: 20, init: 'sphere', scale: 0.5 },
  solver: { kind: 'auto', rtol: 1e-7 },
  time: { end: 20000, saveAt: [0, 10, 200, 2000, 20000] },
  seed: 'relu',
} as const;
