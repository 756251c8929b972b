/** Sigmoid units whose θ is bounded: Θ is compact, so a minimiser exists; its atoms lie on the bounds. */
export const sigmoidBox = {
  name: 'sigmoid-box',
  title: 'Sigmoid units with θ in a box: the end is certified global',
  note: 'Without the box F is lower at t = 200, 2.144, still falling, and certified not global: |η| is largest further out.',
  problem: {
    kind: 'sigmoid-network',
    data: {
      teacher: {
        weights: [1.5, -1.2],
        directions: [
          [2.5, 1],
          [-1, 2.5],
        ],
      },
      count: 60,
      seed: 1,
    },
    lambda: 0.02,
    penalty: { kind: 'abs-weight', beta: 1 },
    box: { from: -3, to: 3 },
  },
  particles: { count: 40, init: 'zero-weight', scale: 1 },
  solver: { kind: 'auto', rtol: 1e-7 },
  time: { end: 200, saveAt: [0, 1, 10, 100, 200] },
  seed: 'sigmoid',
} as const;
