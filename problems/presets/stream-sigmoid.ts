/** In the manner of Figure 3 of Chizat & Bach (2018), sigmoid units on inputs in ℝ¹⁰⁰: every step draws fresh samples, no sample is used twice. */
export const streamSigmoid = {
  name: 'stream-sigmoid',
  title: 'Sigmoid units in 100 dimensions, trained on fresh samples',
  note: 'Stochastic gradient descent on the population itself: each step draws its own samples from the stream seed/sgd. F is the loss on an independent evaluation sample, with its standard error. Steps shrink and the second half of the iterates is averaged.',
  problem: {
    kind: 'sigmoid-network',
    population: {
      inputs: 'gaussian',
      dimension: 100,
      teacher: { units: 3, length: 3 },
      evaluation: { size: 2000 },
    },
  },
  particles: { count: 20, init: 'zero-weight' },
  solver: { kind: 'sgd', rate: 100, batch: 50, decay: { power: 0.5, after: 500 }, averageFrom: 2000 },
  time: { end: 4000, saveAt: [0, 10, 100, 1000, 4000] },
  seed: 'stream-sigmoid',
} as const;
