import { trigonometricSupremum } from '../src/kernels/trigonometric-supremum.js';
import type { Atom, Initialiser, Problem, Vec } from '../src/types.js';
import { fourier } from './features/fourier.js';
import { square } from './losses/square.js';
import { absWeight } from './penalties/abs-weight.js';

const resting =
  (position: (i: number, m: number, draw: () => number) => number): Initialiser['draw'] =>
  (m, random) => {
    const y = new Float64Array(2 * m);
    for (let i = 0; i < m; i++) y[2 * i + 1] = position(i, m, () => random.uniform());
    return y;
  };

const initial: Problem['initial'] = {
  grid: { summary: 'w = 0 at θ = i/m, i = 0…m−1', draw: resting((i, m) => i / m) },
  midpoints: { summary: 'w = 0 at θ = (i − ½)/m, i = 1…m (the grid of the paper’s poster)', draw: resting((i, m) => (i + 0.5) / m) },
  random: { summary: 'w = 0 at independent uniform θ', draw: resting((_i, _m, draw) => draw()) },
};

export interface Deconvolution {
  /** K: frequencies up to K are observed. */
  readonly order: number;
  readonly lambda: number;
  readonly beta: number;
  /** y: 2K+1 coefficients in the basis of features/fourier.ts. */
  readonly coefficients: Vec;
  /** Ground truth, where known; for pictures and counts, never for the flow. */
  readonly truth?: readonly Atom[];
}

/** Sparse spikes on ℝ/ℤ seen through an ideal low-pass filter: min |y − ∫φ dν|²/(2λ) + β|ν|(𝕋) (Chizat & Bach 2018, §4.1). */
export function deconvolution(d: Deconvolution): Problem {
  const size = 2 * d.order + 1;
  if (d.coefficients.length !== size)
    throw new RangeError(`order ${d.order} needs ${size} coefficients, got ${d.coefficients.length}`);
  return {
    name: 'deconvolution',
    dim: 2,
    domain: [
      { name: 'weight', kind: 'line' },
      { name: 'position', kind: 'period', period: 1 },
    ],
    feature: fourier(d.order),
    loss: square(d.coefficients, d.lambda),
    penalty: absWeight(d.beta, 2),
    initial,
    ...(d.truth && { known: { measure: d.truth, source: 'the spikes the observation was made from' } }),
    supremum: g => trigonometricSupremum(g, d.order),
  };
}
