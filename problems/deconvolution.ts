import { z } from 'zod';
import { convolution } from '../src/kernels/convolution.js';
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
import { type Kernel, type KernelSpec, kernelOf, kernelSchema } from './data/kernel.js';
import { type Observation, type Observed, observationSchema, observed } from './data/observation.js';
import { observedOnTorus } from './data/torus-observation.js';
import { convolved } from './features/convolved.js';
import { fourier } from './features/fourier.js';
import { square } from './losses/square.js';
import { absWeight } from './penalties/abs-weight.js';
import {
  type Chart,
  type Dimension,
  isCertified,
  torusCoordinates,
  torusDeconvolution,
} from './torus-deconvolution.js';

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
  half: {
    summary: 'w = 0 at θ = i/(2m), i = 0…m−1: half of the circle, which separates nothing',
    draw: resting((i, m) => i / (2 * m)),
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
  /** 2K+1 coefficients of ψ in the same basis; default: the Dirichlet kernel, an ideal low-pass filter. */
  readonly kernel?: Vec;
  /** Ground truth, where known; for pictures and counts, never for the flow. */
  readonly truth?: readonly Atom[];
}

/** Sparse spikes on ℝ/ℤ seen through a kernel ψ of degree K: min |y − ψ * ν|²/(2λ) + β|ν|(𝕋) (Chizat & Bach 2018, §4.1). */
export function deconvolution(d: Deconvolution): ComposedProblem {
  const size = 2 * d.order + 1;
  const seen = d.kernel && convolution(d.kernel, 1, d.order);
  if (d.coefficients.length !== size)
    throw new RangeError(`order ${d.order} needs ${size} coefficients, got ${d.coefficients.length}`);
  return {
    name: 'deconvolution',
    dim: 2,
    domain: [
      { name: 'weight', kind: 'line' },
      { name: 'position', kind: 'period', period: 1 },
    ],
    feature: seen ? convolved(fourier(d.order), seen) : fourier(d.order),
    loss: square(d.coefficients, d.lambda),
    penalty: absWeight(d.beta, 2),
    initial,
    resolution: 1 / size,
    ...(d.truth && { known: { measure: d.truth, source: 'the spikes the observation was made from' } }),
    supremum: g => trigonometricSupremum(seen ? seen.adjoint(g) : g, d.order),
  };
}

/** Higher orders are a slip of the pen: one evaluation costs m·K. */
const MAX_ORDER = 2000;

const schema = z.strictObject({
  kind: z.literal('deconvolution'),
  order: z.int().min(1).max(MAX_ORDER).describe('K: frequencies up to K are observed'),
  dimension: z
    .union([z.literal(1), z.literal(2), z.literal(3)])
    .optional()
    .describe('d: spikes on the d-torus; default 1, the circle'),
  period: z.number().gt(0).optional().describe('length of every side of the torus; default 1'),
  chart: z
    .enum(['linear', 'conic'])
    .optional()
    .describe('linear (default): particles [w, θ…]. conic: [r, θ…] with w = r|r|, and the flow in the cone metric'),
  sign: z
    .enum(['signed', 'nonnegative'])
    .optional()
    .describe('nonnegative: w ≥ 0, and at w = 0 a particle rests while η ≤ β; default signed'),
  lambda: z.number().gt(0).describe('R(f) = |f − y|²/(2λ)'),
  penalty: z
    .strictObject({ kind: z.literal('abs-weight'), beta: z.number().min(0) })
    .optional()
    .describe('V = β|w|; default β = 1'),
  kernel: kernelSchema
    .optional()
    .describe('ψ, through which the spikes are seen; default dirichlet, an ideal low-pass filter'),
  observation: observationSchema,
});

interface Spec extends ProblemSpec {
  readonly order: number;
  readonly dimension?: Dimension;
  readonly period?: number;
  readonly chart?: Chart;
  readonly sign?: 'signed' | 'nonnegative';
  readonly lambda: number;
  readonly penalty?: { readonly kind: 'abs-weight'; readonly beta: number };
  readonly kernel?: KernelSpec;
  readonly observation: Observation;
}

/** Beyond this many coefficients a particle costs more than it can tell. */
const MAX_SIZE = 50_000;

const dimensionOf = ({ dimension = 1 }: Spec): Dimension => dimension;

/** The circle of length 1 with signed particles as they are has features of its own. */
const onUnitCircle = ({ dimension = 1, period = 1, chart = 'linear', sign = 'signed' }: Spec): boolean =>
  dimension === 1 && period === 1 && chart === 'linear' && sign === 'signed';

function countFaults(spec: Spec, path: ProblemFault['path'], n: number): ProblemFault[] {
  const [{ order }, d] = [spec, dimensionOf(spec)];
  const size = (2 * order + 1) ** d;
  if (n === size) return [];
  const side = Math.round(n ** (1 / d));
  const fits = side ** d === n && side % 2 === 1 && n > 1;
  const belong = fits ? `; ${n} coefficients belong to order ${(side - 1) / 2}` : '';
  const needs = d === 1 ? `2K+1 = ${size}` : `(2K+1)^${d} = ${size}`;
  return [{ path, message: `order ${order} needs ${needs} numbers, found ${n}${belong}` }];
}

/** Spikes are rows of a weight and one number for each dimension. */
function spikeFaults(spec: Spec): ProblemFault[] {
  const [o, length] = [spec.observation, 1 + dimensionOf(spec)];
  const [key, rows] = 'spikes' in o ? ['spikes', o.spikes] : ['truth', 'truth' in o ? (o.truth ?? []) : []];
  const bad = rows.findIndex(r => r.length !== length);
  if (bad < 0) return [];
  const wanted = ['weight', ...torusCoordinates(dimensionOf(spec), 'linear').slice(1)].join(', ');
  const message = `a spike is a row [${wanted}] of ${length} numbers, found ${rows[bad].length}`;
  return [{ path: ['observation', key, bad], message }];
}

function faults(spec: Spec): ProblemFault[] {
  const o = spec.observation;
  const size = (2 * spec.order + 1) ** dimensionOf(spec);
  if (size > MAX_SIZE)
    return [
      { path: ['order'], message: `(2K+1)^${spec.dimension} = ${size} coefficients, at most ${MAX_SIZE} are allowed` },
    ];
  const charted = spec.sign === 'nonnegative' && spec.chart === 'conic';
  return [
    ...(charted ? [{ path: ['sign'], message: 'nonnegative needs chart: linear' }] : []),
    ...('coefficients' in o ? countFaults(spec, ['observation', 'coefficients'], o.coefficients.length) : []),
    ...(spec.kernel?.kind === 'coefficients' ? countFaults(spec, ['kernel', 'values'], spec.kernel.values.length) : []),
    ...spikeFaults(spec),
  ];
}

/** The problem that the specification names, with y as observed. */
function problemOf(spec: Spec, { coefficients, truth }: Observed, kernel?: Vec): Problem {
  const { order, lambda, penalty, chart = 'linear', period = 1, sign } = spec;
  const measure = truth?.map(([weight, ...position]) => ({ weight, position }));
  const given = {
    order,
    lambda,
    beta: penalty?.beta ?? 1,
    coefficients,
    ...(kernel && { kernel }),
    ...(measure && { truth: measure }),
  };
  if (onUnitCircle(spec)) return deconvolution(given);
  return torusDeconvolution({
    ...given,
    dimension: dimensionOf(spec),
    chart,
    period,
    nonnegative: sign === 'nonnegative',
  });
}

const CONIC =
  'chart: conic: 2/ρ, the polished bound and the table of spikes are those of chart: linear, and left out here';

const UNCERTIFIED =
  'no certificate of a minimum: at this order the supremum of |η| over the torus would take minutes; take a lower one';

function build(spec: Spec, context: ProblemContext, refuse: (fault: ProblemFault) => never): BuiltProblem {
  const { order, period = 1 } = spec;
  const band = { dimension: dimensionOf(spec), order, period };
  const kernel: Kernel = kernelOf(spec.kernel, band, context, refuse);
  const through = kernel.coefficients && convolution(kernel.coefficients, band.dimension, order);
  const seen = onUnitCircle(spec)
    ? observed(spec.observation, order, context, refuse, through)
    : observedOnTorus(spec.observation, band, context, refuse, through);
  const { coefficients, truth, source } = seen;
  const certified = isCertified(dimensionOf(spec), order);
  const notes = [
    ...kernel.notes,
    ...seen.notes,
    ...(spec.chart === 'conic' ? [CONIC] : []),
    ...(certified ? [] : [UNCERTIFIED]),
  ];
  const observation: Observation = {
    coefficients: Array.from(coefficients),
    ...(truth && { truth: truth.map(row => [...row]) }),
    ...(source !== undefined && { source }),
  };
  return {
    problem: problemOf(spec, seen, kernel.coefficients),
    frozen: { ...spec, ...(kernel.frozen && { kernel: kernel.frozen }), observation },
    notes,
  };
}

/** How the experiment file knows it. */
export const deconvolutionKind: ProblemKind = {
  kind: 'deconvolution',
  summary: 'sparse spikes on the circle or the d-torus seen through a kernel, V = β|w|',
  template: `kind: deconvolution
order: 7                                    # frequencies up to 7 are seen
lambda: 0.1                                 # R(f) = |f − y|²/(2λ)
penalty: { kind: abs-weight, beta: 1 }      # V = β|w|; this is the default
# kernel: { kind: gaussian, sigma: 0.05 }   # what a spike looks like; default dirichlet, the ideal low-pass filter;
                                            #   or { kind: sampled, file: psi.npy }: any kernel on a uniform grid
observation:                                # one of four:
  spikes: [[0.1, 0.2], [-0.07, 0.6]]        #   [weight, position], seen with noise
  noise: { level: 0.005 }
  # coefficients: [15 numbers]              #   y in the basis [1, √2 cos 2πkθ …, √2 sin 2πkθ …], k = 1…7
  # samples: signal.csv                     #   columns x,y at any spacing; period: 1 by default; .npy and .npz too
  # file: y.npy                             #   the coefficients
# dimension: 2                              # spikes [weight, p1, p2]; 1, 2 or 3`,
  schema,
  complete: spec => ({ ...spec, penalty: (spec as Spec).penalty ?? { kind: 'abs-weight', beta: 1 } }),
  coordinates: spec => torusCoordinates(dimensionOf(spec as Spec), (spec as Spec).chart ?? 'linear'),
  initialisers: Object.keys(initial),
  faults: spec => faults(spec as Spec),
  build: (spec, context, refuse) => build(spec as Spec, context, refuse),
};
