/** Signed initial weights: particles hit w = 0 and stick, cross or leave again; every rule of the differential inclusion in one run. */
export const crossing = {
  name: 'crossing',
  title: 'Particles that stick at w = 0, cross it, and leave it again',
  problem: {
    kind: 'deconvolution',
    order: 7,
    lambda: 0.3,
    observation: {
      coefficients: [
        0.36927, 0.20865000611470996, 0.9505860590976177, -1.440974541391197, -0.08119214124677802, 0.3412526480963051,
        0.06120944662875208, -0.6648458040713073, 0.19544594921463745, 0.364202995116888, -0.7625815745765837,
        -0.3262841906380938, -0.5947591088515163, 0.25361347107231136, -0.2475611314905225,
      ],
      truth: [
        [0.3, 0.17],
        [-0.24, 0.32],
        [0.36, 0.53],
        [-0.27, 0.71],
        [0.21, 0.92],
      ],
    },
  },
  particles: {
    values: [
      [0.02, 0.0333],
      [-0.04, 0.1167],
      [-0.25, 0.2],
      [0.08, 0.2833],
      [0.02, 0.3667],
      [0.0, 0.45],
      [-0.06, 0.5333],
      [0.08, 0.6167],
      [0.3, 0.7],
      [0.04, 0.7833],
      [-0.06, 0.8667],
      [-0.08, 0.95],
    ],
  },
  solver: { kind: 'inclusion', rtol: 1e-8 },
  time: { end: 2, saveAt: [0, 0.01, 0.1, 1, 2] },
  seed: 'crossing',
} as const;
