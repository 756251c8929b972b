/** Bogacki & Shampine (1989), the 3(2) pair: the last stage sits at the end of the step. */
export const bosh3Tableau = {
  c: [0, 1 / 2, 3 / 4, 1],
  a: [[], [1 / 2], [0, 3 / 4], [2 / 9, 1 / 3, 4 / 9]],
  /** Third order minus second: the error estimate. */
  e: [-5 / 72, 1 / 12, 1 / 9, -1 / 8],
} as const;
