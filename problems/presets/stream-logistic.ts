/** Labels ±1 drawn from a teacher's logit: the loss has a floor that no network goes below, since the labels are random. */
export const streamLogistic = {
  name: 'stream-logistic',
  title: 'Labels drawn from a teacher’s logit, learned from fresh samples',
  note: 'Logistic loss on labels ±1 that are random given the input. Proximal stochastic gradient steps under V = β|w| leave units that are not needed exactly at w = 0.',
  problem: {
    kind: 'tanh-network',
    population: {
      inputs: 'sphere',
      dimension: 20,
      teacher: { units: 2, weight: 4, length: 4 },
      labels: 'logit',
      evaluation: { size: 5000 },
    },
    loss: { kind: 'logistic' },
    penalty: { kind: 'abs-weight', beta: 0.02 },
  },
  particles: { count: 30, init: 'sphere', scale: 2 },
  solver: { kind: 'proximal-sgd', step: 2, batch: 50 },
  time: { end: 4000, saveAt: [0, 10, 100, 1000, 4000] },
  seed: 'stream-logistic',
} as const;
