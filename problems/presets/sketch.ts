/** Three Gaussians in the plane from 60 frequencies of 2000 points drawn from them: the points themselves are never seen again. */
export const sketch = {
  name: 'sketch',
  title: 'A mixture of three Gaussians recovered from a sketch of its points',
  problem: {
    kind: 'sketched-mixture',
    frequencies: { count: 60, scale: 1, seed: 1 },
    sigma: 0.3,
    mixture: {
      weights: [0.5, 0.3, 0.2],
      means: [
        [-1.5, 0.5],
        [1, -1],
        [1.5, 1.5],
      ],
    },
    samples: 2000,
    lambda: 0.01,
    sign: 'nonnegative',
    penalty: { kind: 'abs-weight', beta: 1 },
  },
  particles: { count: 36, init: 'grid', scale: 3 },
  solver: { kind: 'inclusion', rtol: 1e-7 },
  time: { end: 10, saveAt: [0, 0.1, 1, 10] },
  seed: 'sketch',
} as const;
