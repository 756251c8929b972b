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
