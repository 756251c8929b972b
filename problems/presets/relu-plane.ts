/**
 * In the manner of Figure 2 of Chizat & Bach (2018): ReLU units in the plane, Gaussian inputs, no regularisation. Teacher and initial
 * sphere (radius 0.1) are read off the figure; inputs N(0, I₂), no bias and the signs are inferred from its end states.
 */
const ray = (degrees: number): [number, number] => [
  Math.cos((degrees * Math.PI) / 180),
  Math.sin((degrees * Math.PI) / 180),
];

export const reluPlane = {
  name: 'relu-plane',
  title: 'ReLU units in the plane: the flow finds the teacher when there are enough of them',
  note: 'In the manner of Figure 2 of Chizat & Bach (NeurIPS 2018), with the exact population risk for Gaussian inputs where the paper uses stochastic gradients. The teacher has five units of mass 1/5. With five units F has all but stopped at t = 1000, with more it still falls.',
  problem: {
    kind: 'relu-network',
    population: 'gaussian',
    teacher: {
      weights: [0.2, -0.2, -0.2, -0.2, -0.2],
      directions: [-86.3067, -32.0506, 23.242, 53.0903, 141.1786].map(ray),
    },
  },
  particles: { count: 10, init: 'sphere', scale: 0.1 },
  solver: { kind: 'inclusion', rtol: 1e-6 },
  time: { end: 1000, saveAt: [0, 10, 100, 1000] },
  compare: { counts: [5, 10, 100] },
  seed: 'relu-plane',
} as const;
