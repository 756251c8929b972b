/** Spikes of one's own with seeded noise, from a random start: change the numbers and run again. */
export const recover = {
  name: 'recover',
  title: 'Recover four spikes from noisy low frequencies',
  problem: {
    kind: 'deconvolution',
    order: 10,
    lambda: 0.1,
    observation: {
      spikes: [
        [0.1, 0.12],
        [-0.08, 0.4],
        [0.09, 0.55],
        [0.12, 0.81],
      ],
      noise: { level: 0.01 },
    },
  },
  particles: { count: 40, init: 'random' },
  solver: { kind: 'inclusion', rtol: 1e-8 },
  time: { end: 2, saveAt: [0, 0.01, 0.1, 1, 2] },
  seed: 'b',
} as const;
