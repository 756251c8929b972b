/** 10 000 random measures of four kinds of problem, none optimal: none may be certified global, and no bound may cross another. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { deconvolution, lowRank, network, relu, sigmoid } from '../problems/index.js';
import { certify, GAP_TOLERANCE, spikesIn } from '../src/diagnostics/certificate.js';
import { flowOf } from '../src/flow.js';
import { random } from '../src/math/random.js';
import type { ComposedProblem, Problem, Spikes } from '../src/types.js';
import { columnGeneration } from './column-generation.js';

const spec = suite('false certificates');
const draw = random('false', 'certificates');
const normals = (n: number) => Float64Array.from({ length: n }, () => draw.normal());
const inputs = (rows: number, columns: number) => ({ rows, columns, values: normals(rows * columns) });

/** Without its closed form, so that duality decides. */
function byDuality({ known: _, ...problem }: ComposedProblem): Problem {
  return problem;
}

const matrix = [
  [2, 0.5, 0],
  [0.5, 1, -0.3],
  [0, -0.3, -1],
];
const problems: Readonly<Record<string, Problem>> = {
  deconvolution: deconvolution({ order: 2, lambda: 0.5, beta: 0.5, coefficients: normals(5) }),
  'ReLU in the plane': network({
    data: { inputs: inputs(6, 2), targets: normals(6) },
    activation: relu,
    penalty: { kind: 'squared', beta: 0.05 },
  }),
  'low rank': byDuality(lowRank(matrix, { kind: 'squared', beta: 0.1 })),
  'sigmoid on a line': network({
    data: { inputs: inputs(5, 1), targets: normals(5) },
    activation: sigmoid,
    penalty: { kind: 'abs-weight', beta: 0.05 },
  }),
};

/** The particle of mass a where u has mass 1. */
function massive({ weight, directions }: Spikes, u: Float64Array, a: number): Float64Array {
  const size = Math.sqrt(Math.abs(a));
  if (!directions) return u.map((x, k) => (k === weight ? a : x));
  return u.map((x, k) => (k === weight ? Math.sign(a) * size : size * x));
}

for (const [name, problem] of Object.entries(problems))
  spec(`${name}: 2500 measures`, () => {
    const spikes = spikesIn(problem) as Spikes;
    const { value, weights, atoms } = columnGeneration(problem, 25);
    const m = atoms.length;
    const minimiser = Float64Array.from(atoms.flatMap((u, j) => [...massive(spikes, u, m * weights[j])]));
    const best = certify(problem, minimiser, m, flowOf(problem, m).energy(minimiser));
    assert.ok(best.proof && best.gap <= 1e-3 * value, `${name}: the best measure has gap ${best.gap} at ${value}`);
    let [worst, least] = [0, Number.POSITIVE_INFINITY];
    for (let trial = 0; trial < 2500; trial++) {
      // Every other one far away, the others around the minimiser at distances of all sizes.
      const near = 10 ** (-4 * draw.uniform());
      const [y, count] =
        trial % 2 === 0
          ? [normals(3 * problem.dim), 3]
          : [minimiser.map((x, k) => x + near * draw.normal() * (k % problem.dim === 0 ? Math.abs(x) + 0.1 : 0.1)), m];
      const c = certify(problem, y, count, flowOf(problem, count).energy(y));
      // F − F* ≥ F − value for the value of any measure.
      if (c.primal - value > GAP_TOLERANCE * c.primal)
        assert.is.not(c.verdict, 'global-within-gap', `${name}: ${trial}`);
      assert.ok(c.proof && c.dual <= value * (1 + 1e-12), `${name}, ${trial}: dual ${c.dual} above F = ${value}`);
      assert.ok(c.excessAtLeast <= c.primal - best.dual + 1e-12, `${name}, ${trial}: excess ${c.excessAtLeast}`);
      worst = Math.max(worst, c.dual);
      least = Math.min(least, c.primal);
    }
    // The measures come close enough for the bounds to be tested.
    assert.ok(least <= 1.01 * value && worst >= 0.9 * value, `${name}: ${worst} ≤ ${value} ≤ ${least}`);
  });

spec.run();
