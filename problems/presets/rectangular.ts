/** Singular values 3, 2 and 0.3 of a 3×4 matrix under a penalty that takes 3√3·0.1 off each: the smallest is given up. */
export const rectangular = {
  name: 'rectangular',
  title: 'A rectangular matrix as a mean of w·uvᵀ: its singular values, soft-thresholded',
  note: 'In the 2-homogeneous chart Φ = w·uvᵀ/|(w, u, v)| the penalty β|(w, u, v)|² is 3√3·β times the nuclear norm, so the minimum is known.',
  problem: {
    kind: 'low-rank-asymmetric',
    // U diag(3, 2, 0.3) Vᵀ with U = I − ⅔·11ᵀ and Vᵀ three rows of I − ½·11ᵀ.
    matrix: [
      [1.266666666667, -1.066666666667, 0.066666666667, 0.266666666667],
      [-1.233333333333, 1.433333333333, 0.566666666667, 0.766666666667],
      [-0.383333333333, 0.283333333333, 1.716666666667, 1.616666666667],
    ],
    chart: 'two-homogeneous',
    penalty: { kind: 'squared', beta: 0.1 },
  },
  particles: { count: 20, init: 'sphere', scale: 0.05 },
  solver: { kind: 'inclusion', rtol: 1e-8 },
  time: { end: 40, saveAt: [0, 1, 5, 40] },
  seed: 'rectangular',
} as const;
