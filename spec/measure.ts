/** Programs over measures that several specs solve. */
import { absWeight, square } from '../problems/index.js';
import type { Baseline, Ending, Iterate } from '../src/measure/baseline.js';
import { type Program, programOf } from '../src/measure/program.js';
import { searchedSupremum } from '../src/measure/searched-supremum.js';
import type { ComposedProblem, Feature, Problem, Random, Vec } from '../src/types.js';

export function program(problem: Problem): Program {
  const made = programOf(problem);
  if (typeof made === 'string') throw new Error(made);
  return made;
}

/** Every iterate, and the end. */
export function solved(baseline: Baseline): { iterates: Iterate[]; last: Iterate; end: Ending } {
  const iterates: Iterate[] = [];
  for (;;) {
    const next = baseline.next();
    if (next.done) return { iterates, last: iterates[iterates.length - 1], end: next.value };
    iterates.push(next.value);
  }
}

const SIGMA = 0.05;
const COUNT = 50;
/** max |φ″| of the Gaussian density is at its centre. */
const BEND = 1 / (SIGMA ** 3 * Math.sqrt(2 * Math.PI));

/** Φ(w, θ) = w (N(x_k; θ, σ²))_k at 50 points of [−1, 1]. */
function gaussians(): Feature {
  const x = Array.from({ length: COUNT }, (_, k) => -1 + (2 * k) / (COUNT - 1));
  const jet = (t: number, k: number) => {
    const [z, size] = [(x[k] - t) / SIGMA, 1 / (SIGMA * Math.sqrt(2 * Math.PI))];
    const value = size * Math.exp((-z * z) / 2);
    return [value, (z / SIGMA) * value, ((z * z - 1) / SIGMA ** 2) * value];
  };
  return {
    name: 'gaussians',
    dim: 2,
    size: COUNT,
    homogeneity: { degree: 1, coordinates: [0] },
    sumInto(y, m, out) {
      out.fill(0);
      for (let i = 0; i < m; i++) for (let k = 0; k < COUNT; k++) out[k] += (y[2 * i] * jet(y[2 * i + 1], k)[0]) / m;
    },
    pullbackInto(y, m, g, out) {
      out.fill(0);
      for (let i = 0; i < m; i++)
        for (let k = 0; k < COUNT; k++) {
          const [value, slope] = jet(y[2 * i + 1], k);
          out[2 * i] += g[k] * value;
          out[2 * i + 1] += g[k] * y[2 * i] * slope;
        }
    },
    pushforwardInto(y, m, v, out) {
      out.fill(0);
      for (let i = 0; i < m; i++)
        for (let k = 0; k < COUNT; k++) {
          const [value, slope] = jet(y[2 * i + 1], k);
          out[k] += (v[2 * i] * value + y[2 * i] * v[2 * i + 1] * slope) / m;
        }
    },
    curvatureInto(y, m, g, v, out) {
      out.fill(0);
      for (let i = 0; i < m; i++)
        for (let k = 0; k < COUNT; k++) {
          const [, slope, bend] = jet(y[2 * i + 1], k);
          out[2 * i] += g[k] * slope * v[2 * i + 1];
          out[2 * i + 1] += g[k] * (slope * v[2 * i] + y[2 * i] * bend * v[2 * i + 1]);
        }
    },
  };
}

/**
 * Four spikes of 0.8 at ∓0.5 and ∓0.1 seen through a Gaussian of σ = 0.05, λ = 0.5: the first worked example of the code that accompanies
 * Denoyelle, Duval, Peyré & Soubies (2019), github.com/qdenoyelle/sfw4blasso. Its F is λ times ours.
 */
export function fourGaussians(noise: number, random: Random): ComposedProblem & { readonly lambda: number } {
  const [feature, lambda] = [gaussians(), 0.5];
  const y: Vec = new Float64Array(COUNT);
  feature.sumInto(Float64Array.from([-0.5, -0.1, 0.1, 0.5].flatMap(t => [4 * 0.8, t])), 4, y);
  const bare: ComposedProblem = {
    name: 'four-gaussians',
    dim: 2,
    domain: [
      { name: 'weight', kind: 'line' },
      { name: 'position', kind: 'interval', from: -1, to: 1 },
    ],
    feature,
    loss: square(
      y.map(v => v + noise * random.normal()),
      lambda,
    ),
    penalty: absWeight(1, 2),
    initial: {
      midpoints: {
        summary: 'w = 0',
        draw: m => Float64Array.from({ length: 2 * m }, (_, k) => (k % 2 === 0 ? 0 : -1 + k / m)),
      },
    },
  };
  const supremum = searchedSupremum(bare, { bend: g => BEND * g.reduce((sum, v) => sum + Math.abs(v), 0) });
  if (!supremum) throw new Error('the interval has ends');
  return { ...bare, lambda, supremum };
}
