import { erf as errorFunction } from '../../src/math/erf.js';

/** σ: ℝ → ℝ with two derivatives; `side` is −1 or +1 where σ has a kink at 0 and that piece is meant whatever the sign of z. */
export interface Activation {
  readonly name: string;
  /** Whether σ′ jumps at 0. */
  readonly kinked: boolean;
  /** Where σ(z) = max(z, leak·z). */
  readonly leak?: number;
  /** What the kernels call it, where they know it. */
  readonly kernel?: 'relu' | 'sigmoid' | 'tanh';
  value(z: number, side?: number): number;
  slope(z: number, side?: number): number;
  bend(z: number): number;
  /** max |σ‴|, of increasing and bounded σ. */
  readonly third?: number;
}

const logistic = (z: number): number => (z >= 0 ? 1 / (1 + Math.exp(-z)) : Math.exp(z) / (1 + Math.exp(z)));

export const sigmoid: Activation = {
  name: 'sigmoid',
  kinked: false,
  kernel: 'sigmoid',
  value: logistic,
  slope(z) {
    const s = logistic(z);
    return s * (1 - s);
  },
  bend(z) {
    const s = logistic(z);
    return s * (1 - s) * (1 - 2 * s);
  },
  third: 1 / 8,
};

export const tanh: Activation = {
  name: 'tanh',
  kinked: false,
  kernel: 'tanh',
  value: Math.tanh,
  slope: z => 1 - Math.tanh(z) ** 2,
  bend: z => -2 * Math.tanh(z) * (1 - Math.tanh(z) ** 2),
  third: 2,
};

/** The sigmoid whose Gaussian population risk has a closed form. */
export const erf: Activation = {
  name: 'erf',
  kinked: false,
  value: errorFunction,
  slope: z => (2 / Math.sqrt(Math.PI)) * Math.exp(-z * z),
  bend: z => (-4 / Math.sqrt(Math.PI)) * z * Math.exp(-z * z),
  third: 4 / Math.sqrt(Math.PI),
};

export const softplus: Activation = {
  name: 'softplus',
  kinked: false,
  value: z => Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z))),
  slope: logistic,
  bend: sigmoid.slope,
};

/** max(z, leak·z); leak = 0 is the ReLU. At the kink itself the off side is taken. */
const leaky = (name: string, leak: number): Activation => ({
  name,
  kinked: true,
  leak,
  value: (z, side = z) => (side > 0 ? z : leak * z),
  slope: (z, side = z) => (side > 0 ? 1 : leak),
  bend: () => 0,
});

export const relu: Activation = { ...leaky('relu', 0), kernel: 'relu' };
export const leakyRelu = leaky('leaky-relu', 0.01);
