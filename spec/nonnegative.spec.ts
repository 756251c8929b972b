/** Measures ≥ 0: the one-sided kink at w = 0, the penalty, the one-sided supremum, and runs that end certified. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { observeTorus } from '../problems/data/torus-observation.js';
import { nonnegativeWeight, torusDeconvolution } from '../problems/index.js';
import { dopri5, inclusion, proximalEuler } from '../solvers/index.js';
import { certify } from '../src/diagnostics/certificate.js';
import { parseExperiment } from '../src/experiment-file.js';
import { flowOf } from '../src/flow.js';
import { torusSupremum } from '../src/kernels/torus-supremum.js';
import { random } from '../src/math/random.js';
import { polish } from '../src/measure/polish.js';
import { resolveExperiment } from '../src/resolve.js';
import { runExperiment } from '../src/run.js';
import { compareSteps } from '../src/stepsize.js';
import type { ComposedProblem } from '../src/types.js';
import { absLine } from './problems-of-ones-own.js';
import { energyDefect, largestRise, wholeRun } from './whole-run.js';

const spec = suite('nonnegative');

/** Φ(u) = u on the line, R = (f − a)²/2, V = u for u ≥ 0: η = a − mean. */
const line = (a: number, beta = 1): ComposedProblem => ({
  ...absLine(a, 1, beta),
  penalty: nonnegativeWeight(beta, 1),
});

spec('at w = 0 a particle rests while η ≤ β, however far below, and leaves upwards above it', () => {
  const branch = (a: number, ...u: number[]) => [
    ...(flowOf(line(a), u.length).kinks?.branchAt(Float64Array.from(u)) ?? []),
  ];
  assert.equal(branch(3, 0, 0.5), [1, 1]);
  assert.equal(branch(-20, 0, 0), [0, 0]);
  assert.equal(branch(1, 0, 0), [0, 0], 'at η = β exactly it stays');
  const kinks = flowOf(line(-20), 2).kinks;
  assert.ok(kinks);
  const margins = new Float64Array(2);
  kinks.marginsInto(Float64Array.of(0, 0.25), Int8Array.of(0, 1), margins);
  assert.equal([...margins], [1 + 20 + 0.125, 0.25]);
  const y = Float64Array.of(1e-17, 0.25);
  assert.equal([kinks.cross(y, 0, Int8Array.of(1, 1)), y[0]], [0, 0]);
  const up = flowOf(line(20), 1).kinks;
  assert.is(up?.cross(Float64Array.of(1e-17), 0, Int8Array.of(1)), 1);
  assert.is(up?.cross(Float64Array.of(0), 0, Int8Array.of(0)), 1);
});

spec('without β the constraint is still there', () => {
  const flow = flowOf(line(-1, 0), 1);
  const { last, outcome } = wholeRun(inclusion(dopri5.stepper), flow, Float64Array.of(0.5), { end: 5, rtol: 1e-9 });
  assert.equal([last[0], outcome.code], [0, 'stationary']);
});

spec('the penalty: value, minimal-norm selection, proximal map as its resolvent', () => {
  const V = nonnegativeWeight(0.5, 2);
  assert.is(V.value(Float64Array.of(2, 9, 1, 9), 2), 1.5);
  assert.is(V.value(Float64Array.of(2, 9, -1, 9), 2), Number.POSITIVE_INFINITY);
  const force = Float64Array.of(2, 7, 2, 7, -3, 7);
  V.minNormInto(Float64Array.of(1, 0, 0, 0, 0, 0), 3, force);
  assert.equal([...force], [1.5, 7, 1.5, 7, 0, 7]);
  const out = new Float64Array(6);
  V.proxInto?.(Float64Array.of(1, 7, 0.04, 7, -1, 7), 3, 0.1, out);
  assert.equal([...out], [0.95, 7, 0, 7, 0, 7]);
});

spec('the one-sided supremum is that of p, also where |p| is larger', () => {
  for (let k = 0; k < 10; k++) {
    const r = random('nonnegative', `${k}`);
    const g = Float64Array.from({ length: 25 }, () => r.normal());
    const [above, below, both] = [
      torusSupremum(g, 2, 2, 1, true),
      torusSupremum(
        g.map(x => -x),
        2,
        2,
        1,
        true,
      ),
      torusSupremum(g, 2, 2, 1),
    ];
    assert.ok(Math.abs(Math.max(above.value, below.value) - both.value) <= 1e-13 * both.value);
    for (const s of [above, below]) assert.ok(s.upper >= s.value && s.upper - s.value <= 1e-12 * both.value);
  }
  const negative = Float64Array.of(-2, 0.5, 0);
  assert.ok(Math.abs(torusSupremum(negative, 1, 1, 1, true).value - (-2 + 0.5 * Math.SQRT2)) <= 1e-14);
});

for (const dimension of [1, 2] as const)
  spec(
    `in dimension ${dimension} the flow stays nonnegative, falls, and ends certified though a true spike is negative`,
    () => {
      // A side of 2π: the flow is (2π)² times less stiff than on the unit torus.
      const period = 2 * Math.PI;
      const band = { dimension, order: 2, period } as const;
      const rows = [
        [1, 0.2, 0.3],
        [-0.3, 0.55, 0.8],
        [0.8, 0.75, 0.5],
      ].map(([w, ...at]) => [w, ...at.slice(0, dimension).map(x => period * x)]);
      const coefficients = observeTorus(rows, band, 0, random('a', 'b'));
      const problem = torusDeconvolution({ ...band, lambda: 0.5, beta: 6, coefficients, nonnegative: true });
      const m = dimension === 1 ? 16 : 36;
      const flow = flowOf(problem, m);
      const y0 = problem.initial.grid.draw(m, random('a', 'init'));
      const run = wholeRun(inclusion(dopri5.stepper), flow, y0, { end: dimension === 1 ? 12 : 8, rtol: 1e-7 });
      assert.is(run.outcome.code, 'end');
      const width = 1 + dimension;
      assert.ok(run.segments.every(s => s.y1.every((w, k) => k % width !== 0 || w >= 0)));
      assert.ok(largestRise(flow, run) <= 1e-13 && energyDefect(flow, run) <= 1e-6);
      const found = polish(problem, run.last, m);
      assert.ok(found, 'the end can be polished');
      assert.ok(found.upper - found.lower <= 1e-9 * found.upper, `${found.lower} … ${found.upper}`);
      const certificate = certify(problem, run.last, m, flow.energy(run.last));
      assert.ok(certificate.proof && certificate.dual <= found.upper * (1 + 1e-12));
      // Discretely too.
      const steps = wholeRun(proximalEuler, flow, y0, { end: 0.2, step: 5e-4 });
      assert.ok(largestRise(flow, steps) <= 1e-14);
    },
  );

spec('the experiment file: sign nonnegative runs by the inclusion, and what cannot be is refused', async () => {
  const experiment = (part: object = {}, more: object = {}) => ({
    problem: {
      kind: 'deconvolution',
      order: 3,
      lambda: 0.5,
      sign: 'nonnegative',
      observation: { spikes: [[1, 0.2]] },
      ...part,
    },
    particles: { count: 8 },
    time: { end: 0.1 },
    ...more,
  });
  const resolved = (e: object) => resolveExperiment(parseExperiment(JSON.stringify(e), 'e.json')).experiment;
  const { final } = await runExperiment(resolved(experiment()));
  assert.ok(final.particles.every(([w]) => w >= 0));
  assert.throws(
    () => resolved(experiment({}, { solver: { kind: 'gd', step: 0.1 } })),
    /needs inclusion or proximal-euler/,
  );
  assert.throws(() => resolved(experiment({}, { particles: { values: [[-1, 0]] } })), /wants weights ≥ 0/);
  assert.throws(() => resolved(experiment({ chart: 'conic' })), /nonnegative needs chart: linear/);
});

spec('step sizes are compared by the method that stays at w ≥ 0; the cone metric has none to compare', async () => {
  const file = (problem: object, stepsize: object) =>
    resolveExperiment(
      parseExperiment(
        JSON.stringify({
          problem: { kind: 'deconvolution', order: 2, lambda: 0.5, observation: { spikes: [[1, 0.2]] }, ...problem },
          particles: { count: 4 },
          time: { end: 0.05 },
          compare: { stepsize },
          seed: 'a',
        }),
        'steps.json',
      ),
    ).experiment;
  const { methods, rows } = await compareSteps(file({ sign: 'nonnegative' }, { steps: [1e-3, 5e-4] }));
  assert.equal(
    methods.map(m => m.method),
    ['proximal-euler'],
  );
  assert.ok(rows.every(r => r.outcome === 'end' && r.distance > 0));
  assert.throws(
    () => file({ sign: 'nonnegative' }, { methods: ['proximal-euler', 'gd'] }),
    /methods\[1\]: gd leaves w ≥ 0/,
  );
  const refused = await compareSteps(file({ chart: 'conic' }, {})).catch(error => error.message);
  assert.match(refused, /metric cone; take chart: linear/);
  const conic = await runExperiment({ ...file({ chart: 'conic' }, {}), compare: {} });
  assert.is(conic.spectrum, null);
  assert.match(conic.notes.join(), /table of spikes are those of chart: linear/);
});

spec.run();
