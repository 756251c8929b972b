import { z } from 'zod';
import type { ComposedProblem, Problem, ProblemKind, ProblemSpec } from '../src/types.js';
import { noiseSchema, type Rows, thresholdedMinimum, vectors } from './data/matrix-observation.js';
import {
  observedTensor,
  type TensorObserved,
  type TensorSpec,
  tensorFaults,
  tensorSize,
} from './data/tensor-observation.js';
import { symmetricCube } from './features/symmetric-cube.js';
import { twoHomogeneous } from './features/two-homogeneous.js';
import { square } from './losses/square.js';
import { directionInitial, directionInitialisers, directionNames } from './low-rank.js';
import { type DegreeChart, degreeCharts } from './low-rank-asymmetric.js';
import { type PenaltySpec, penaltyOf } from './network.js';

const inner = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, x, k) => sum + x * b[k], 0);

const ORTHOGONAL = 1e-12;
const areOrthogonal = (rows: Rows): boolean =>
  rows.every((a, i) => rows.every((b, j) => j <= i || inner(a, b) ** 2 <= ORTHOGONAL ** 2 * inner(a, a) * inner(b, b)));

interface Spec extends ProblemSpec, TensorSpec {
  readonly chart?: DegreeChart;
  readonly lambda?: number;
  readonly penalty?: PenaltySpec;
}

/**
 * F* where it has a closed form. Of T = Σ v⊗v⊗v with orthogonal v the masses are σ = |v|³; in the chart V = β|θ|² is β times the atomic
 * norm, and ⟨q, x⊗x⊗x⟩ over |x| = 1 is largest at the v themselves, so each σ is soft-thresholded alone.
 */
function knownMinimum({ exact }: TensorObserved, spec: Spec): Problem['known'] {
  const { chart = 'plain', lambda = 1, penalty, truth, components = truth } = spec;
  const beta = penalty?.beta ?? 0;
  // Cubes of both signs span all symmetric tensors.
  if (beta === 0) return { minimum: 0, source: 'every symmetric tensor is a sum of cubes' };
  if (chart === 'plain' || !exact || !components || !areOrthogonal(components)) return undefined;
  const masses = components.map(v => inner(v, v) ** 1.5);
  return { minimum: thresholdedMinimum(masses, lambda, beta), source: 'orthogonal components, each less λβ' };
}

function problemOf(spec: Spec, o: TensorObserved): ComposedProblem {
  const d = tensorSize(spec);
  const cube = symmetricCube(d);
  const V = penaltyOf(spec.penalty, d);
  const known = knownMinimum(o, spec);
  return {
    name: 'tensor',
    dim: d,
    domain: directionNames(d).map(name => ({ name, kind: 'line' as const })),
    feature: spec.chart === 'two-homogeneous' ? twoHomogeneous(cube) : cube,
    loss: square(o.targets, spec.lambda ?? 1),
    ...(V && { penalty: V }),
    ...(known && { known }),
    initial: directionInitial(d),
  };
}

/** Larger ones have more than 10 000 distinct entries, each of which every particle visits. */
const MOST_ROWS = 40;

/** How the experiment file knows it. */
export const tensorKind: ProblemKind = {
  kind: 'tensor',
  summary: 'decomposition of a symmetric tensor of order 3, Φ(θ) = θ⊗θ⊗θ or its 2-homogeneous chart',
  template: `kind: tensor
components: [[1, 0, 0], [0, 0.9, 0.3]]      # T = Σ v⊗v⊗v of these rows; R = |S − T|²/(2λ), S = (1/m) Σ θ⊗θ⊗θ
# noise: { level: 0.01 }                    # on every distinct entry
# tensor: [[[1, 0], [0, 0]], [[0, 0], [0, 1]]]   # or the symmetric tensor itself
chart: plain                                # of degree 3; two-homogeneous: Φ = θ⊗θ⊗θ/|θ|, of degree 2 as Theorem 3.3 wants it
lambda: 1
# penalty: { kind: squared, beta: 0.01 }    # V = β|θ|²`,
  schema: z.strictObject({
    kind: z.literal('tensor'),
    components: vectors.max(1000).optional().describe('rows v of T = Σ v⊗v⊗v'),
    noise: noiseSchema.optional().describe('on every distinct entry'),
    tensor: z.array(vectors).min(1).max(MOST_ROWS).optional().describe('slices of rows, symmetric'),
    truth: vectors.optional().describe('components sought; for pictures, and F* where the tensor is theirs'),
    chart: z.enum(degreeCharts).optional().describe('Φ as it is (plain, the default), or Φ(θ)/|θ|, of degree 2'),
    lambda: z.number().gt(0).optional().describe('R = |S − T|²/(2λ); default 1'),
    penalty: z.strictObject({ kind: z.literal('squared'), beta: z.number().min(0) }).optional(),
  }),
  complete: spec => ({ ...spec, chart: spec.chart ?? 'plain', lambda: spec.lambda ?? 1 }),
  faults(spec) {
    const found = tensorFaults(spec as Spec);
    const d = tensorSize(spec as Spec);
    if (found.length > 0 || d <= MOST_ROWS) return found;
    return [{ path: ['components', 0], message: `at most ${MOST_ROWS} numbers are allowed, found ${d}` }];
  },
  coordinates: spec => directionNames(tensorSize(spec as Spec)),
  initialisers: directionInitialisers,
  build(spec, context) {
    const seen = observedTensor(spec as Spec, context);
    const { components, noise: _, truth = components, ...rest } = spec as Spec;
    const frozen = { ...rest, tensor: seen.tensor, ...(truth && { truth }) };
    return { problem: problemOf(spec as Spec, seen), frozen, notes: [] };
  },
};
