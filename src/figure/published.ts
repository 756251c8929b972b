/** Numbers that others have published, to stand beside those computed here. */

/**
 * Test loss ½·mean (f − y)² by the size τ of the start: at the end of training, and the best on the way where it was given. Chizat, Oyallon &
 * Bach (2019), figure 2, read off the vector figure in L. Chizat's slides of 2019 (p. 7).
 */
export const LAZY = {
  dimension: 100,
  rows: 1000,
  units: 50,
  steps: 10_000,
  repeats: 10,
  end: [
    [0.003, 0.04e-3],
    [0.01, 0.08e-3],
    [0.02, 0.21e-3],
    [0.04, 0.74e-3],
    [0.1, 1.79e-3],
    [0.2, 2.62e-3],
    [0.5, 3.44e-3],
    [1, 3.62e-3],
    [2, 3.68e-3],
    [10, 3.7e-3],
  ],
} as const;

/** Rows [m, particle gradient flow, convex problem]: geometric means of the excess loss, of scales that are not stated. */
export type Published = readonly (readonly [m: number, flow: number, convex: number])[];

/** Chizat & Bach (2018), figure 3, read off the vector figures of the poster and of L. Chizat's slides: means over 100 problems, and over 5 runs. */
export const EXCESS: Readonly<Record<'deconvolution' | 'relu' | 'sigmoid', Published>> = {
  deconvolution: [
    [1, 0.981, 1.09],
    [3, 0.643, 0.914],
    [4, 0.533, 0.876],
    [5, 0.19, 0.776],
    [6, 0.0481, 0.757],
    [7, 5.18e-3, 0.699],
    [11, 1.28e-5, 0.399],
    [17, 1.02e-5, 0.0933],
    [30, 1.01e-5, 0.0241],
    [82, 1e-5, 2.82e-3],
  ],
  relu: [
    [3, 0.342, 0.846],
    [5, 0.218, 0.838],
    [10, 0.101, 0.817],
    [13, 0.0716, 0.785],
    [18, 0.0339, 0.747],
    [33, 8.3e-7, 0.705],
    [45, 2.3e-6, 0.663],
    [61, 3.9e-6, 0.604],
    [110, 8.2e-6, 0.492],
    [199, 1.1e-5, 0.408],
  ],
  sigmoid: [
    [3, 0.211, 0.606],
    [5, 0.182, 0.576],
    [10, 0.125, 0.564],
    [13, 0.0993, 0.55],
    [18, 0.0366, 0.528],
    [33, 5.56e-5, 0.504],
    [45, 2e-5, 0.484],
    [61, 3.8e-5, 0.443],
    [110, 2.4e-5, 0.375],
    [199, 5.6e-5, 0.29],
  ],
};
