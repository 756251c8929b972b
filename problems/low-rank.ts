import { z } from 'zod';
import type { ComposedProblem, ProblemFault, ProblemKind, ProblemSpec } from '../src/types.js';
import { outerProduct } from './features/outer-product.js';
import { square } from './losses/square.js';
import { type PenaltySpec, penaltyOf } from './network.js';

/** min |(1/m) Σ θᵢθᵢᵀ − M|²_F/4 (+ β mean |θ|²), M symmetric d×d. */
export function lowRank(matrix: readonly (readonly number[])[], penalty?: PenaltySpec): ComposedProblem {
  const d = matrix.length;
  const V = penaltyOf(penalty, d);
  return {
    name: 'low-rank',
    dim: d,
    domain: Array.from({ length: d }, (_, j) => ({ name: `theta${j + 1}`, kind: 'line' as const })),
    feature: outerProduct(d),
    loss: square(Float64Array.from(matrix.flat()), 2),
    ...(V && { penalty: V }),
    initial: {
      gaussian: {
        summary: 'θ ~ N(0, scale² I), scale 0.1 by default',
        draw: (m, random, scale = 0.1) => Float64Array.from({ length: m * d }, () => scale * random.normal()),
      },
    },
  };
}

interface Spec extends ProblemSpec {
  readonly matrix: readonly (readonly number[])[];
  readonly penalty?: PenaltySpec;
}

const SYMMETRY = 1e-12;

function faults({ matrix }: Spec): ProblemFault[] {
  const d = matrix.length;
  const ragged = matrix.findIndex(r => r.length !== d);
  if (ragged >= 0)
    return [
      {
        path: ['matrix', ragged],
        message: `a square matrix of ${d} rows needs ${d} numbers a row, found ${matrix[ragged].length}`,
      },
    ];
  const size = matrix.flat().reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  for (let a = 0; a < d; a++)
    for (let b = 0; b < a; b++)
      if (Math.abs(matrix[a][b] - matrix[b][a]) > SYMMETRY * size)
        return [
          {
            path: ['matrix', a, b],
            message: `must be symmetric: found ${matrix[a][b]} here and ${matrix[b][a]} across the diagonal`,
          },
        ];
  return [];
}

/** How the experiment file knows it. */
export const lowRankKind: ProblemKind = {
  kind: 'low-rank',
  summary: 'symmetric low-rank approximation of a matrix, Φ(θ) = θθᵀ',
  template: `kind: low-rank
matrix: [[1, 0.5], [0.5, -0.3]]             # symmetric, rows; R = |S − M|²/4, S = (1/m) Σ θθᵀ
# penalty: { kind: squared, beta: 0.001 }   # V = β|θ|²`,
  schema: z.strictObject({
    kind: z.literal('low-rank'),
    matrix: z.array(z.array(z.number()).min(1)).min(1).max(1000).describe('symmetric, rows'),
    penalty: z.strictObject({ kind: z.literal('squared'), beta: z.number().min(0) }).optional(),
  }),
  complete: spec => spec,
  faults: spec => faults(spec as Spec),
  coordinates: spec => (spec as Spec).matrix.map((_, j) => `theta${j + 1}`),
  initialisers: ['gaussian'],
  build: spec => ({ problem: lowRank((spec as Spec).matrix, (spec as Spec).penalty), frozen: spec, notes: [] }),
};
