/** The matrix of matrix-completion through 24 Gaussian measurements of its 36 different entries. */
export const matrixSensing = {
  name: 'matrix-sensing',
  title: 'A matrix of rank two from Gaussian measurements, fewer than its entries',
  problem: {
    kind: 'low-rank',
    factors: [
      [1, 0.5, 0, -0.5, 0.3, 0.8, -0.2, 0.6],
      [0, 1, 0.7, 0.2, -0.8, 0.4, 0.9, -0.3],
    ],
    sensing: { count: 24, seed: 1 },
  },
  particles: { count: 16, init: 'sphere', scale: 0.01 },
  solver: { kind: 'inclusion', rtol: 1e-7 },
  time: { end: 1000, saveAt: [0, 1, 10, 100, 1000] },
  seed: 'matrix-sensing',
} as const;
