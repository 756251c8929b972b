/** Rank-one pieces of a rectangular matrix: the top singular value is a proven supremum, and with it a certificate. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { certify } from '../src/diagnostics/certificate.js';
import { flowOf } from '../src/flow.js';
import { random } from '../src/math/random.js';
import { singularValues } from '../src/math/spectrum.js';
import { resolveExperiment } from '../src/resolve.js';
import { runExperiment, settingOf } from '../src/run.js';
import type { Experiment } from '../src/spec.js';

const spec = suite('top singular value');
const FACTORS = {
  left: [
    [1, 0, 1],
    [0, 1, -1],
  ],
  right: [
    [1, 0.5, 0, -1],
    [0, 1, 1, 0.5],
  ],
};
const experimentOf = (more: object): Experiment =>
  resolveExperiment({
    value: {
      problem: {
        kind: 'low-rank-asymmetric',
        factors: FACTORS,
        chart: 'two-homogeneous',
        penalty: { kind: 'squared', beta: 0.05 },
        ...more,
      },
      particles: { count: 20, init: 'sphere', scale: 0.3 },
      solver: { kind: 'inclusion', rtol: 1e-8 },
      time: { end: 2000 },
      seed: 'a',
    },
    source: 'spec',
    locate: () => undefined,
  }).experiment;

const chance = random('spec', 'rank one');
const normals = (n: number) => Float64Array.from({ length: n }, () => chance.normal());

spec('it is that of the matrix over 3√3, attained, and above every direction', () => {
  const { problem } = settingOf(experimentOf({}));
  const { feature, supremum, dim } = problem;
  assert.ok(feature && supremum);
  const paired = (g: Float64Array, u: Float64Array) => {
    const f = new Float64Array(feature.size);
    feature.sumInto(u, 1, f);
    return f.reduce((sum, x, k) => sum + x * g[k], 0);
  };
  for (let k = 0; k < 20; k++) {
    const g = normals(feature.size);
    const { value, upper, at, proof } = supremum(g);
    const [top] = singularValues([0, 1, 2].map(i => Array.from(g.subarray(4 * i, 4 * i + 4))));
    assert.ok(proof && value <= upper && upper - value <= 1e-13);
    assert.ok(Math.abs(value - top / (3 * Math.sqrt(3))) <= 1e-14, `${value}, ${top}`);
    assert.ok(Math.abs(Math.hypot(...at) - 1) <= 1e-14 && Math.abs(paired(g, at) - value) <= 1e-14);
    for (let j = 0; j < 50; j++) {
      const u = normals(dim);
      const size = Math.hypot(...u);
      assert.ok(
        paired(
          g,
          u.map(x => x / size),
        ) <= upper,
      );
    }
  }
});

spec('of a mask and of measurements it is that of the adjoint', () => {
  for (const seen of [{ mask: { fraction: 0.6 } }, { sensing: { count: 7 } }]) {
    const { problem } = settingOf(experimentOf(seen));
    const { feature, supremum, dim } = problem;
    const g = normals(feature?.size ?? 0);
    const { value, at } = supremum?.(g) ?? { value: Number.NaN, at: normals(dim) };
    // At the maximum over the sphere the gradient of a function of degree 2 is twice its value along the place.
    const slope = new Float64Array(dim);
    feature?.pullbackInto(at, 1, g, slope);
    for (const [k, x] of slope.entries()) assert.ok(Math.abs(x - 2 * value * at[k]) <= 1e-13, `${x}`);
  }
});

spec('the dual value never passes the minimum in closed form', () => {
  const { problem } = settingOf(experimentOf({}));
  const minimum = problem.known?.minimum ?? Number.NaN;
  const { known: _, ...unknown } = problem;
  for (let k = 0; k < 500; k++) {
    const m = 1 + (k % 8);
    const y = normals(m * problem.dim).map(x => x * 10 ** -(k % 3));
    const { dual, proof } = certify(unknown, y, m, flowOf(problem, m).energy(y));
    assert.ok(proof && dual <= minimum, `${dual} against ${minimum}`);
  }
});

spec('a matrix seen in part has a certificate, where no closed form is known', async () => {
  const experiment = experimentOf({ mask: { fraction: 0.7 }, penalty: { kind: 'squared', beta: 0.02 } });
  assert.is(settingOf(experiment).problem.known, undefined);
  const { certificate, outcome } = await runExperiment(experiment);
  assert.ok(outcome.ok && certificate.proof);
  assert.is(certificate.verdict, 'global-within-gap', `gap ${certificate.gap}`);
});

spec('in the chart of degree 3 many light particles pay nothing, and there is no such bound', () => {
  const { problem } = settingOf(experimentOf({ chart: 'plain' }));
  assert.is(problem.supremum, undefined);
});

spec.run();
