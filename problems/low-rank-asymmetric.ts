import { z } from 'zod';
import { singularValues } from '../src/math/spectrum.js';
import type { ComposedProblem, Problem, ProblemFault, ProblemKind, ProblemSpec } from '../src/types.js';
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
