/** The data of figure-1 at ten times the amplitude: positions a hundred times faster than weights, so explicit methods crawl (10⁶ evaluations). */
export const stiff = {
  name: 'stiff',
  title: 'Strong stiffness: amplitude 1',
  problem: {
    kind: 'deconvolution',
    order: 7,
    lambda: 1.0,
    observation: {
      coefficients: [
        1.2308999999999997, 0.6955000203823665, 3.168620196992059, -4.80324847130399, -0.27064047082259324,
        1.1375088269876836, 0.2040314887625069, -2.2161526802376907, 0.6514864973821248, 1.21400998372296,
        -2.5419385819219453, -1.0876139687936464, -1.9825303628383875, 0.8453782369077046, -0.8252037716350752,
      ],
      truth: [
        [1.0, 0.17],
        [-0.8, 0.32],
        [1.2, 0.53],
        [-0.9, 0.71],
        [0.7, 0.92],
      ],
    },
  },
  particles: { count: 10, init: 'grid' },
  solver: { kind: 'inclusion', rtol: 1e-8 },
  time: { end: 8, saveAt: [0, 0.1, 1, 8] },
  seed: 'stiff',
} as const;
