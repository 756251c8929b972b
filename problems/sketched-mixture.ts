import { z } from 'zod';
import { dot } from '../src/math/vec.js';
import type { ComposedProblem, Initialiser, Problem, ProblemKind, ProblemSpec, Random } from '../src/types.js';
import { type Sketched, type SketchSpec, sketchDimension, sketched, sketchFaults, sketchKeys } from './data/sketch.js';
import { randomFourier } from './features/random-fourier.js';
import { square } from './losses/square.js';
import { absWeight } from './penalties/abs-weight.js';
import { nonnegativeWeight } from './penalties/nonnegative-weight.js';

/** Names only, so that the experiment can be checked before the problem is built. */
export const mixtureInitialisers = ['gaussian', 'box', 'grid'] as const;

/** {0} × Θ as in the paper (§4), Θ around the origin. */
function initialOf(d: number): Record<(typeof mixtureInitialisers)[number], Initialiser> {
  const placed = (place: (i: number, m: number, random: Random) => number[]): Initialiser['draw'] => {
    return (m, random, scale = 3) =>
      Float64Array.from(Array.from({ length: m }, (_, i) => [0, ...place(i, m, random).map(x => scale * x)]).flat());
  };
  const cell = (i: number, m: number): number[] => {
    const side = Math.ceil(m ** (1 / d) - 1e-9);
    const k = Math.floor((i * side ** d) / m);
    return Array.from({ length: d }, (_, j) => (2 * ((Math.floor(k / side ** (d - 1 - j)) % side) + 0.5)) / side - 1);
  };
  const normals = (random: Random) => Array.from({ length: d }, () => random.normal());
  return {
    gaussian: { summary: 'w = 0, θ ~ N(0, scale² I), scale 3 by default', draw: placed((_i, _m, r) => normals(r)) },
    box: {
      summary: 'w = 0, θ uniform in the cube of half side scale (default 3) around 0',
      draw: placed((_i, _m, r) => Array.from({ length: d }, () => 2 * r.uniform() - 1)),
    },
    grid: { summary: 'w = 0, θ at the cell centres of a lattice in that cube', draw: placed(cell) },
  };
}

interface Spec extends ProblemSpec, SketchSpec {
  readonly lambda?: number;
  readonly sign?: 'signed' | 'nonnegative';
  readonly penalty?: { readonly kind: 'abs-weight'; readonly beta: number };
}

/**
 * F* where it has a closed form. |φ(θ)| is the same for all θ, so by Cauchy–Schwarz the multiple of the residual of one component that is
 * dual feasible is tight at that component alone: its weight is soft-thresholded.
 */
function knownMinimum({ exact, truth, omega }: Sketched, spec: Spec, scale: number): Problem['known'] {
  if (!exact || !truth || (spec.sign === 'nonnegative' && truth.weights.some(w => w < 0))) return undefined;
  const measure = truth.means.map((position, j) => ({ weight: truth.weights[j], position }));
  const beta = spec.penalty?.beta ?? 0;
  if (beta === 0) return { minimum: 0, measure, source: 'the sketch is that of the mixture' };
  const source = 'the components the sketch was made from';
  if (measure.length > 1) return { measure, source };
  const [w, norm] = [Math.abs(truth.weights[0]), dot(omega.damping, omega.damping) / scale];
  const minimum = w * norm > beta ? beta * w - beta ** 2 / (2 * norm) : (norm * w ** 2) / 2;
  return { minimum, measure, source };
}

function problemOf(spec: Spec, o: Sketched): ComposedProblem {
  const d = o.omega.dimension;
  const dim = 1 + d;
  const { lambda = 1, penalty, sign } = spec;
  const scale = lambda * o.omega.count;
  const known = knownMinimum(o, spec, scale);
  const V =
    sign === 'nonnegative' ? nonnegativeWeight(penalty?.beta ?? 0, dim) : penalty && absWeight(penalty.beta, dim);
  return {
    name: 'sketched-mixture',
    dim,
    domain: names(d).map((name, k) =>
      k === 0 && sign === 'nonnegative' ? { name, kind: 'half-line', from: 0 } : { name, kind: 'line' },
    ),
    feature: randomFourier(o.omega),
    loss: square(o.targets, scale),
    ...(V && { penalty: V }),
    ...(known && { known }),
    initial: initialOf(d),
  };
}

const names = (d: number): string[] => [
  'weight',
  ...(d === 1 ? ['position'] : Array.from({ length: d }, (_, j) => `position${j + 1}`)),
];

/** How the experiment file knows it. */
export const sketchedMixtureKind: ProblemKind = {
  kind: 'sketched-mixture',
  summary: 'mixture of Gaussians of known variance from a sketch by random Fourier features, V = β|w|',
  template: `kind: sketched-mixture
frequencies: { count: 40, scale: 1 }        # ω ~ N(0, scale² I): about one over the distance to be told apart
sigma: 0.3                                  # standard deviation of every component
mixture:                                    # one of three: a mixture that is known
  weights: [0.6, 0.4]
  means: [[-1, 0], [1, 0.5]]
# samples: 10000                            #   points drawn from it; left out: its exact sketch
# noise: { level: 0.01 }
# points: points.csv                        # CSV with a header, one column for each coordinate
# sketch: [mean cos ω·x of all ω, then mean sin ω·x]   # with frequencies: { values: [[…], …] }
lambda: 0.01                                # R = |f − y|²/(2λ·count)
sign: nonnegative                           # only w ≥ 0; signed is the default
penalty: { kind: abs-weight, beta: 0.1 }    # V = β|w|; left out: β = 0`,
  schema: z.strictObject({
    kind: z.literal('sketched-mixture'),
    ...sketchKeys,
    lambda: z.number().gt(0).optional().describe('R = |f − y|²/(2λ·count); default 1'),
    sign: z.enum(['signed', 'nonnegative']).optional().describe('nonnegative: w ≥ 0; default signed'),
    penalty: z.strictObject({ kind: z.literal('abs-weight'), beta: z.number().min(0) }).optional(),
  }),
  complete: spec => ({ ...spec, lambda: spec.lambda ?? 1 }),
  faults: spec => sketchFaults(spec as Spec),
  coordinates(spec) {
    const d = sketchDimension(spec as Spec);
    return d === null ? [] : names(d);
  },
  initialisers: mixtureInitialisers,
  build(spec, context, refuse) {
    const seen = sketched(spec as Spec, context, refuse);
    const { lambda = 1, sign, penalty } = spec as Spec;
    const own = { lambda, ...(sign && { sign }), ...(penalty && { penalty }) };
    return {
      problem: problemOf(spec as Spec, seen),
      frozen: { kind: 'sketched-mixture', ...seen.frozen, ...own },
      notes: seen.notes,
    };
  },
};
