import { z } from 'zod';
import { quadraticSupremum } from '../src/kernels/quadratic-supremum.js';
import { singularValues } from '../src/math/spectrum.js';
import type {
  ComposedProblem,
  Feature,
  Problem,
  ProblemFault,
  ProblemKind,
  ProblemSpec,
  Supremum,
  Vec,
} from '../src/types.js';
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
import { rankOne } from './features/rank-one.js';
import { twoHomogeneous } from './features/two-homogeneous.js';
import { square } from './losses/square.js';
import { neuronInitial, neuronInitialisers, type PenaltySpec, penaltyOf } from './network.js';

/** plain: Φ as it is, of degree 3. two-homogeneous: Φ(u)/|u|. */
export const degreeCharts = ['plain', 'two-homogeneous'] as const;
export type DegreeChart = (typeof degreeCharts)[number];

/** |u|² = w² + |a|² + |b|² is least at 3σ^{2/3} for w|a||b| = σ: in the chart, where w|a||b| = σ|u|, at 3√3·σ. */
export const NUCLEAR = 3 * Math.sqrt(3);

interface Settings {
  readonly chart: DegreeChart;
  readonly lambda: number;
  readonly penalty?: PenaltySpec;
}

/** F* where it has a closed form: any entries can be met, and V = β|u|² is 3√3·β times the nuclear norm in the chart. */
function knownMinimum({ map, targets, columns, exact }: MatrixObserved, s: Settings): Problem['known'] {
  const beta = s.penalty?.beta ?? 0;
  if (beta === 0) return !map || exact ? { minimum: 0, source: 'a matrix of full rank fits' } : undefined;
  if (map || s.chart === 'plain') return undefined;
  const minimum = thresholdedMinimum(singularValues(unflat(Array.from(targets), columns)), s.lambda, NUCLEAR * beta);
  return { minimum, source: 'the singular values of M above 3√3·λβ, less 3√3·λβ' };
}

/** (a, b) ↦ Φ(1, a, b), a quadratic. @param trilinear Φ(w, a, b) of degree 1 in each */
function bilinear(trilinear: Feature): Feature {
  const { dim, size } = trilinear;
  const lifted = (y: Vec, m: number): Vec =>
    Float64Array.from({ length: m * dim }, (_, j) => {
      const [i, k] = [Math.floor(j / dim), j % dim];
      return k === 0 ? 1 : y[i * (dim - 1) + k - 1];
    });
  return {
    name: 'bilinear',
    dim: dim - 1,
    size,
    sumInto: (y, m, out) => trilinear.sumInto(lifted(y, m), m, out),
    pullbackInto(y, m, g, out) {
      const rows = new Float64Array(m * dim);
      trilinear.pullbackInto(lifted(y, m), m, g, rows);
      for (let i = 0; i < m; i++) out.set(rows.subarray(i * dim + 1, (i + 1) * dim), i * (dim - 1));
    },
  };
}

/**
 * The largest ⟨g, w·abᵀ⟩ over |(w, a, b)| = 1, where |w| = |a| = |b| = 1/√3: the top singular value of Aᵀg over 3√3. Half of that singular
 * value is the top eigenvalue of the quadratic form aᵀGb (Golub & Van Loan 2013, §8.6).
 */
function rankOneSupremum(trilinear: Feature, g: Vec): Supremum {
  const { value, upper, at, proof } = quadraticSupremum(bilinear(trilinear), g);
  const share = 2 / NUCLEAR;
  const place = Float64Array.of(1, ...at.map(x => Math.SQRT2 * x)).map(x => x / Math.sqrt(3));
  return { value: share * value, upper: share * upper, at: place, proof, method: 'top singular value' };
}

/** In the 2-homogeneous chart particles are spikes of mass |u|² on directions, and V = β|u|² is what they cost. */
function certified(trilinear: Feature, { chart, penalty }: Settings): Pick<Problem, 'spikes' | 'supremum'> {
  if (chart === 'plain') return {};
  return {
    // Of w both signs are directions.
    spikes: { price: penalty?.beta ?? 0, nonnegative: true, directions: true },
    supremum: g => rankOneSupremum(trilinear, g),
  };
}

function problemOf(o: MatrixObserved, s: Settings): ComposedProblem {
  const whole = rankOne(o.rows, o.columns);
  const feature = s.chart === 'plain' ? whole : twoHomogeneous(whole);
  const V = penaltyOf(s.penalty, whole.dim);
  const known = knownMinimum(o, s);
  return {
    name: 'low-rank-asymmetric',
    dim: whole.dim,
    domain: names(o.rows, o.columns).map(name => ({ name, kind: 'line' as const })),
    feature: o.map ? measured(feature, o.map) : feature,
    loss: square(o.targets, s.lambda * o.count),
    ...(V && { penalty: V }),
    ...(known && { known }),
    ...certified(o.map ? measured(whole, o.map) : whole, s),
    initial: neuronInitial(whole.dim),
  };
}

const names = (rows: number, columns: number): string[] => [
  'weight',
  ...Array.from({ length: rows }, (_, j) => `u${j + 1}`),
  ...Array.from({ length: columns }, (_, k) => `v${k + 1}`),
];

interface Spec extends ProblemSpec, MatrixSpec {
  readonly factors?: { readonly left: Rows; readonly right: Rows };
  readonly chart?: DegreeChart;
  readonly lambda?: number;
  readonly penalty?: PenaltySpec;
}

const makeOf = ({ factors }: Spec) => ({
  symmetric: false,
  product: factors && productOf(factors.left, factors.right),
});

function faults(spec: Spec): ProblemFault[] {
  const { left, right } = spec.factors ?? { left: [[0]], right: [[0]] };
  const bad = Object.entries({ left, right }).flatMap(([side, rows]) =>
    factorFaults(rows).map(f => ({ ...f, path: ['factors', side, ...f.path] })),
  );
  if (bad.length > 0) return bad;
  if (left.length !== right.length)
    return [{ path: ['factors'], message: `left has ${left.length} rows, right has ${right.length}` }];
  return matrixSpecFaults(spec, makeOf(spec));
}

/** How the experiment file knows it. */
export const lowRankAsymmetricKind: ProblemKind = {
  kind: 'low-rank-asymmetric',
  summary: 'rectangular low-rank matrix from all entries, some, or Gaussian measurements, Φ(w, u, v) = w·uvᵀ',
  template: `kind: low-rank-asymmetric
matrix: [[2, 0, 1], [0, -1, 0.5]]           # rows; null: not seen; R = |S − M|²/(2λ), S = (1/m) Σ w·uvᵀ
# factors:                                  # or M = Σ l·rᵀ of these rows
#   left: [[1, 0], [0, 1]]
#   right: [[2, 0, 1], [0, -1, 0.5]]
# mask: { fraction: 0.6 }                   # only this share of the entries is seen
# sensing: { count: 6 }                     # or so many measurements ⟨A, M⟩, A Gaussian; R: their mean
# noise: { level: 0.01 }
chart: two-homogeneous                      # Φ = w·uvᵀ/|(w, u, v)|, of degree 2; plain: w·uvᵀ, of degree 3
lambda: 1
penalty: { kind: squared, beta: 0.01 }      # V = β|(w, u, v)|²: in this chart 3√3·β times the nuclear norm`,
  schema: z.strictObject({
    kind: z.literal('low-rank-asymmetric'),
    ...matrixKeys,
    factors: z.strictObject({ left: vectors, right: vectors }).optional().describe('rows l and r of M = Σ l·rᵀ'),
    chart: z.enum(degreeCharts).optional().describe('Φ as it is (plain, the default), or Φ(u)/|u|, of degree 2'),
    lambda: z.number().gt(0).optional().describe('R = |S − M|²/(2λ); default 1'),
    penalty: z.strictObject({ kind: z.literal('squared'), beta: z.number().min(0) }).optional(),
  }),
  complete: spec => ({ ...spec, chart: spec.chart ?? 'plain', lambda: spec.lambda ?? 1 }),
  faults: spec => faults(spec as Spec),
  coordinates: spec => names(...shapeOf(spec as Spec, makeOf(spec as Spec).product)),
  initialisers: neuronInitialisers,
  build(spec, context) {
    const { chart = 'plain', lambda = 1, penalty } = spec as Spec;
    const settings = { chart, lambda, ...(penalty && { penalty }) };
    const seen = observedMatrix(spec as Spec, makeOf(spec as Spec), context);
    const frozen = { kind: 'low-rank-asymmetric', ...seen.frozen, ...settings };
    return { problem: problemOf(seen, settings), frozen, notes: seen.notes };
  },
};
