import { z } from 'zod';
import { trigonometricSupremum } from '../src/kernels/trigonometric-supremum.js';
import type {
  Atom,
  BuiltProblem,
  ComposedProblem,
  Initialiser,
  Problem,
  ProblemContext,
  ProblemFault,
  ProblemKind,
  ProblemSpec,
  Vec,
} from '../src/types.js';
import { type Observation, observationSchema, observed } from './data/observation.js';
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
  midpoints: {
    summary: 'w = 0 at θ = (i − ½)/m, i = 1…m (the grid of the paper’s poster)',
    draw: resting((i, m) => (i + 0.5) / m),
  },
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
export function deconvolution(d: Deconvolution): ComposedProblem {
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
    resolution: 1 / size,
    ...(d.truth && { known: { measure: d.truth, source: 'the spikes the observation was made from' } }),
    supremum: g => trigonometricSupremum(g, d.order),
  };
}

/** Higher orders are a slip of the pen: one evaluation costs m·K. */
const MAX_ORDER = 2000;

const schema = z.strictObject({
  kind: z.literal('deconvolution'),
  order: z.int().min(1).max(MAX_ORDER).describe('K: frequencies up to K are observed'),
  lambda: z.number().gt(0).describe('R(f) = |f − y|²/(2λ)'),
  penalty: z
    .strictObject({ kind: z.literal('abs-weight'), beta: z.number().min(0) })
    .optional()
    .describe('V = β|w|; default β = 1'),
  observation: observationSchema,
});

interface Spec extends ProblemSpec {
  readonly order: number;
  readonly lambda: number;
  readonly penalty?: { readonly kind: 'abs-weight'; readonly beta: number };
  readonly observation: Observation;
}

function faults({ order, observation: o }: Spec): ProblemFault[] {
  if (!('coefficients' in o) || o.coefficients.length === 2 * order + 1) return [];
  const n = o.coefficients.length;
  const fits = n % 2 === 1 && n > 1 ? `; ${n} coefficients belong to order ${(n - 1) / 2}` : '';
  const message = `order ${order} needs 2K+1 = ${2 * order + 1} numbers, found ${n}${fits}`;
  return [{ path: ['observation', 'coefficients'], message }];
}

function build(spec: Spec, context: ProblemContext, refuse: (fault: ProblemFault) => never): BuiltProblem {
  const { order, lambda, penalty } = spec;
  const { coefficients, truth, source, notes } = observed(spec.observation, order, context, refuse);
  const observation: Observation = {
    coefficients: Array.from(coefficients),
    ...(truth && { truth }),
    ...(source !== undefined && { source }),
  };
  const measure = truth?.map(([weight, position]) => ({ weight, position: [position] }));
  const problem = deconvolution({
    order,
    lambda,
    beta: penalty?.beta ?? 1,
    coefficients,
    ...(measure && { truth: measure }),
  });
  return { problem, frozen: { ...spec, observation }, notes };
}

/** How the experiment file knows it. */
export const deconvolutionKind: ProblemKind = {
  kind: 'deconvolution',
  summary: 'sparse spikes on the circle seen through an ideal low-pass filter, V = β|w|',
  template: `kind: deconvolution
order: 7                                    # frequencies up to 7 are seen
lambda: 0.1                                 # R(f) = |f − y|²/(2λ)
penalty: { kind: abs-weight, beta: 1 }      # V = β|w|; this is the default
observation:                                # one of three:
  spikes: [[0.1, 0.2], [-0.07, 0.6]]        #   [weight, position], seen with noise
  noise: { level: 0.005 }
  # coefficients: [15 numbers]              #   y in the basis [1, √2 cos 2πkθ …, √2 sin 2πkθ …], k = 1…7
  # samples: signal.csv                     #   columns x,y at any spacing; period: 1 by default`,
  schema,
  complete: spec => ({ ...spec, penalty: (spec as Spec).penalty ?? { kind: 'abs-weight', beta: 1 } }),
  coordinates: () => ['weight', 'position'],
  initialisers: Object.keys(initial),
  faults: spec => faults(spec as Spec),
  build: (spec, context, refuse) => build(spec as Spec, context, refuse),
};
