/** Three orthogonal components of masses 1.331, 1 and 0.729, each less λβ at the end, in the chart that Theorem 3.3 covers. */
export const tensor = {
  name: 'tensor',
  title: 'A symmetric tensor of order 3: its orthogonal components are found by many particles',
  note: 'θ⊗θ⊗θ is 3-homogeneous, outside the theorems of Chizat & Bach (2018); divided by |θ| it is 2-homogeneous.',
  problem: {
    kind: 'tensor',
    components: [
      [1.1, 0, 0],
      [0, 0.8, 0.6],
      [0, -0.54, 0.72],
    ],
    chart: 'two-homogeneous',
    penalty: { kind: 'squared', beta: 0.05 },
  },
  particles: { count: 20, init: 'sphere', scale: 0.1 },
  solver: { kind: 'inclusion', rtol: 1e-8 },
  time: { end: 60, saveAt: [0, 1, 5, 60] },
  seed: 'tensor',
} as const;
