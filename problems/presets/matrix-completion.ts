/** A positive matrix of rank two of which seven tenths of the entries are seen: the flow fills in the others. */
export const matrixCompletion = {
  name: 'matrix-completion',
  title: 'A matrix of rank two from seven tenths of its entries',
  problem: {
    kind: 'low-rank',
    factors: [
      [1, 0.5, 0, -0.5, 0.3, 0.8, -0.2, 0.6],
      [0, 1, 0.7, 0.2, -0.8, 0.4, 0.9, -0.3],
    ],
    mask: { fraction: 0.7, seed: 1 },
  },
  particles: { count: 16, init: 'sphere', scale: 0.01 },
  solver: { kind: 'inclusion', rtol: 1e-7 },
  time: { end: 300, saveAt: [0, 1, 10, 100, 300] },
  seed: 'matrix-completion',
} as const;
