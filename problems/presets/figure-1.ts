/**
 * In the manner of Figure 1 of Chizat & Bach (2018): five signed spikes seen through an ideal low-pass filter of order 7, with noise.
 * The paper does not state its data; these are amplitudes 0.1·(1, −0.8, 1.2, −0.9, 0.7), noise 0.005 per coefficient already inside,
 * λ = 0.1, β = 1: m = 6 fails, m = 10 and 100 reach the global minimum.
 */
export const figure1 = {
  name: 'figure-1',
  title: 'Sparse deconvolution: the flow, its step sizes, and whether the end is the global minimum',
  note: 'In the manner of Figure 1 of Chizat & Bach (NeurIPS 2018). The paper does not state its own data; these are five spikes of amplitude 0.07 to 0.12 through a low-pass filter of order 7 with noise, λ = 0.1.',
  problem: {
    kind: 'deconvolution',
    order: 7,
    lambda: 0.1,
    penalty: { kind: 'abs-weight', beta: 1 },
    observation: {
      coefficients: [
        0.12308999999999996, 0.06955000203823668, 0.31686201969920597, -0.480324847130399, -0.027064047082259332,
        0.1137508826987684, 0.020403148876250686, -0.2216152680237691, 0.06514864973821247, 0.12140099837229605,
        -0.25419385819219453, -0.10876139687936463, -0.1982530362838387, 0.08453782369077045, -0.08252037716350752,
      ],
      truth: [
        [0.1, 0.17],
        [-0.08000000000000002, 0.32],
        [0.12, 0.53],
        [-0.09000000000000001, 0.71],
        [0.06999999999999999, 0.92],
      ],
    },
  },
  particles: { count: 100, init: 'grid' },
  solver: { kind: 'inclusion', method: 'dopri5', rtol: 1e-8, atol: 1e-10 },
  time: { end: 2, saveAt: [0, 0.01, 0.1, 1, 2] },
  compare: { counts: [6, 10, 100], stepsize: { methods: ['gd', 'proximal-euler'], count: 10 } },
  seed: 'figure-1',
} as const;
