/** Three ReLU units in the plane, the teacher of the presets on a sample. */
export const teacher = {
  weights: [1, -0.8, 1.2],
  directions: [
    [0.9553, 0.2955],
    [-0.1288, 0.9917],
    [-0.4, -0.9],
  ],
} as const;
