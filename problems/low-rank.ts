import { z } from 'zod';
import { quadraticSupremum } from '../src/kernels/quadratic-supremum.js';
import { symmetricEigenvalues } from '../src/math/spectrum.js';
import type { ComposedProblem, Initialiser, Problem, ProblemFault, ProblemKind, ProblemSpec } from '../src/types.js';
import {
  factorFaults,
  type MatrixObserved,
  type MatrixSpec,
  matrixKeys,
  matrixSpecFaults,
  observedMatrix,
  productOf,
  type Rows,
  shapeOf,
  thresholdedMinimum,
  unflat,
  vectors,
} from './data/matrix-observation.js';
import { measured } from './features/measured.js';
import { outerProduct } from './features/outer-product.js';
import { square } from './losses/square.js';
import { neuronInitial, type PenaltySpec, penaltyOf } from './network.js';

/** Names only, so that the experiment can be checked before the problem is built. */
export const directionInitialisers = ['gaussian', 'sphere'] as const;

/** Small starts around θ = 0, where every particle of degree 2 or 3 leaves slowly. */
export const directionInitial = (d: number): Record<(typeof directionInitialisers)[number], Initialiser> => ({
  gaussian: {
    summary: 'θ ~ N(0, scale² I), scale 0.1 by default',
    draw: (m, random, scale = 0.1) => Float64Array.from({ length: m * d }, () => scale * random.normal()),
  },
  sphere: neuronInitial(d).sphere,
});

export const directionNames = (d: number): string[] => Array.from({ length: d }, (_, j) => `theta${j + 1}`);

/** R = |S − M|²/4 over entries, the mean of (⟨A_k, S⟩ − y_k)²/4 over measurements. */
const HALVED = 2;

const ROUNDING = 1e-12;

/** Whether some Σ θθᵀ is the matrix. */
function isPositive(M: Rows): boolean {
  const spectrum = symmetricEigenvalues(M);
  return spectrum[spectrum.length - 1] >= -ROUNDING * Math.abs(spectrum[0]);
}

/** F* where it has a closed form. */
function knownMinimum({ map, targets, truth, exact, rows }: MatrixObserved, beta: number): Problem['known'] {
  if (!map) {
    const spectrum = symmetricEigenvalues(unflat(Array.from(targets), rows));
    return { minimum: thresholdedMinimum(spectrum, HALVED, beta), source: 'the eigenvalues of M above 2β, less 2β' };
  }
  return exact && beta === 0 && truth && isPositive(truth)
    ? { minimum: 0, source: 'what was observed has no noise' }
    : undefined;
}

function problemOf(o: MatrixObserved, penalty?: PenaltySpec): ComposedProblem {
  const d = o.rows;
  const V = penaltyOf(penalty, d);
  const known = knownMinimum(o, penalty?.beta ?? 0);
  const feature = o.map ? measured(outerProduct(d), o.map) : outerProduct(d);
  return {
    name: 'low-rank',
    dim: d,
    domain: directionNames(d).map(name => ({ name, kind: 'line' as const })),
    feature,
    loss: square(o.targets, HALVED * o.count),
    ...(V && { penalty: V }),
    ...(known && { known }),
    spikes: { price: penalty?.beta ?? 0, nonnegative: true, directions: true },
    supremum: g => quadraticSupremum(feature, g),
    initial: directionInitial(d),
  };
}

/** min |(1/m) Σ θᵢθᵢᵀ − M|²_F/4 (+ β mean |θ|²), M symmetric d×d. */
export const lowRank = (matrix: Rows, penalty?: PenaltySpec): ComposedProblem =>
  problemOf(observedMatrix({ matrix }, { symmetric: true, product: undefined }, { seed: '' }), penalty);

interface Spec extends ProblemSpec, MatrixSpec {
  readonly factors?: Rows;
  readonly penalty?: PenaltySpec;
}

const makeOf = ({ factors }: Spec) => ({ symmetric: true, product: factors && productOf(factors, factors) });

function faults(spec: Spec): ProblemFault[] {
  const ragged = spec.factors ? factorFaults(spec.factors) : [];
  if (ragged.length > 0) return ragged.map(f => ({ ...f, path: ['factors', ...f.path] }));
  return matrixSpecFaults(spec, makeOf(spec));
}

/** How the experiment file knows it. */
export const lowRankKind: ProblemKind = {
  kind: 'low-rank',
  summary: 'symmetric low-rank matrix from all entries, some, or Gaussian measurements, Φ(θ) = θθᵀ',
  template: `kind: low-rank
matrix: [[1, 0.5], [0.5, -0.3]]             # symmetric, rows; null: not seen; R = |S − M|²/4, S = (1/m) Σ θθᵀ
# factors: [[1, 0, 1], [0, 1, -1]]          # or M = Σ θθᵀ of these rows
# mask: { fraction: 0.6 }                   # only this share of the entries is seen
# sensing: { count: 12 }                    # or so many measurements ⟨A, M⟩, A Gaussian: R = their mean (⟨A, S⟩ − y)²/4
# noise: { level: 0.01 }
# penalty: { kind: squared, beta: 0.001 }   # V = β|θ|²`,
  schema: z.strictObject({
    kind: z.literal('low-rank'),
    ...matrixKeys,
    factors: vectors.optional().describe('rows θⱼ of M = Σ θⱼθⱼᵀ'),
    penalty: z.strictObject({ kind: z.literal('squared'), beta: z.number().min(0) }).optional(),
  }),
  complete: spec => spec,
  faults: spec => faults(spec as Spec),
  coordinates: spec => directionNames(shapeOf(spec as Spec, makeOf(spec as Spec).product)[0]),
  initialisers: directionInitialisers,
  build(spec, context) {
    const { penalty } = spec as Spec;
    const seen = observedMatrix(spec as Spec, makeOf(spec as Spec), context);
    const frozen = { kind: 'low-rank', ...seen.frozen, ...(penalty && { penalty }) };
    return { problem: problemOf(seen, penalty), frozen, notes: seen.notes };
  },
};
