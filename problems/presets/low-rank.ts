/** A symmetric matrix of rank two and a negative eigenvalue, by θθᵀ from a small start: one eigenvalue after the other. */
export const lowRank = {
  name: 'low-rank',
  title: 'A matrix as a mean of θθᵀ: its positive eigenvalues are learned one after the other',
  problem: {
    kind: 'low-rank',
    // Q diag(2, 1, 0, −0.5) Qᵀ with Q = I − ½·11ᵀ.
    matrix: [
      [0.625, -0.875, -0.375, -0.125],
      [-0.875, 0.625, 0.125, 0.375],
      [-0.375, 0.125, 0.625, 0.875],
      [-0.125, 0.375, 0.875, 0.625],
    ],
  },
  particles: { count: 12, init: 'gaussian', scale: 0.01 },
  solver: { kind: 'inclusion', rtol: 1e-8 },
  time: { end: 20, saveAt: [0, 2, 5, 20] },
  seed: 'low-rank',
} as const;
