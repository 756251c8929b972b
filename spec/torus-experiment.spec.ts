/** Deconvolution on the d-torus as the experiment file knows it. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { observeTorus } from '../problems/data/torus-observation.js';
import { deconvolutionKind } from '../problems/index.js';
import { parseExperiment } from '../src/experiment-file.js';
import { torusBasis } from '../src/kernels/torus.js';
import { random } from '../src/math/random.js';
import { resolveExperiment } from '../src/resolve.js';
import { runExperiment } from '../src/run.js';
import type { ProblemSpec } from '../src/types.js';

const spec = suite('torus experiments');
const SPIKES = [
  [1, 0.2, 0.3],
  [-0.8, 0.7, 0.6],
];
const problem = (more: object = {}): ProblemSpec => ({
  kind: 'deconvolution',
  dimension: 2,
  order: 2,
  lambda: 1,
  observation: { spikes: SPIKES },
  ...more,
});
const experiment = (more: object = {}, part: object = {}) => ({
  problem: problem(part),
  particles: { count: 9 },
  time: { end: 0.1 },
  ...more,
});
const resolved = (value: object) => resolveExperiment(parseExperiment(JSON.stringify(value), 'e.json'));
const context = (files: Readonly<Record<string, string>> = {}) => ({ read: (path: string) => files[path], seed: 's' });
const refuse = (f: { message: string }): never => {
  throw new Error(f.message);
};

spec('a run in dimension 2 keeps rows [w, x, y] and is certified by a proven supremum', async () => {
  const { final, certificate, domain, audit } = await runExperiment(
    resolved(experiment({ solver: { kind: 'inclusion', rtol: 1e-8 } })).experiment,
  );
  assert.equal(
    domain.map(c => c.name),
    ['weight', 'position1', 'position2'],
  );
  assert.equal([final.particles.length, final.particles[0].length], [9, 3]);
  assert.ok(certificate.proof && certificate.dual < certificate.primal);
  assert.ok(audit.relativeDefect <= 1e-6, `${audit.relativeDefect}`);
});

spec('an order whose supremum nobody would wait for runs without a proven one, and says so', async () => {
  const at = (order: number) =>
    runExperiment(resolved(experiment({ particles: { count: 2 }, time: { end: 1e-6 } }, { order })).experiment);
  const high = await at(25);
  // What climbing met proves that two particles just started are no minimum, and could prove no more.
  assert.equal([high.outcome.ok, high.certificate.verdict, high.certificate.proof], [true, 'not-global', false]);
  assert.is(high.certificate.decidedBy, 'excess');
  assert.is(high.certificate.gap, Number.POSITIVE_INFINITY);
  assert.match(high.notes.join(), /no certificate of a minimum: at this order/);
  const low = await at(3);
  assert.ok(low.certificate.proof);
  assert.not.match(low.notes.join(), /no certificate/);
});

spec('the conic chart has the same optimum: its run ends between the bounds of the linear one', async () => {
  const run = async (chart: string, solver: object) =>
    (
      await runExperiment(
        resolved(
          experiment(
            { particles: { count: 16 }, solver, time: { end: 8 } },
            {
              chart,
              observation: { spikes: [[1, 0.2, 0.3]] },
              period: 6.283185307179586,
            },
          ),
        ).experiment,
      )
    ).certificate;
  const linear = await run('linear', { kind: 'inclusion', rtol: 1e-7 });
  const conic = await run('conic', { kind: 'cpgd', retraction: 'mirror', step: 0.01 });
  assert.ok(conic.proof && conic.gap < 1e-2 * conic.primal, `${conic.gap}`);
  assert.ok(conic.primal >= linear.dual && linear.primal >= conic.dual, `${JSON.stringify([linear, conic])}`);
  assert.ok(Math.abs(conic.primal - linear.primal) <= Math.max(linear.gap, conic.gap));
});

spec('samples on the torus, x1,x2,y at any spacing, give back the coefficients', () => {
  const band = { dimension: 2, order: 2, period: 1 } as const;
  const y = observeTorus(SPIKES, band, 0, random('a', 'b'));
  const draw = random('a', 'places');
  const [basis, jet] = [torusBasis(2, 2, 1), new Float64Array(7)];
  const rows = Array.from({ length: 80 }, () => {
    const at = [4 * draw.uniform() - 1, draw.uniform()];
    basis.jetInto(Float64Array.from(at), 0, y, 0, jet);
    return [...at.map(x => 3 * x), jet[0]].join();
  });
  const files = { 'signal.csv': ['x1,x2,y', ...rows].join('\n') };
  const build = (o: object) => deconvolutionKind.build(problem({ observation: o }), context(files), refuse);
  const { frozen, notes } = build({ samples: 'signal.csv', period: 3 });
  const { coefficients } = frozen.observation as { coefficients: number[] };
  assert.ok(coefficients.every((c, k) => Math.abs(c - y[k]) <= 1e-11));
  assert.match(notes[0], /80 samples of signal.csv/);
  const few = { 'signal.csv': ['x1,x2,y', ...rows.slice(0, 20)].join('\n') };
  assert.throws(
    () => deconvolutionKind.build(problem({ observation: { samples: 'signal.csv' } }), context(few), refuse),
    /needs at least 25 different positions modulo the period, found 20/,
  );
});

spec('frozen coefficients rebuild the same problem in every dimension and chart', () => {
  for (const dimension of [1, 2, 3])
    for (const chart of ['linear', 'conic']) {
      const spike = [1, 0.2, 0.3, 0.4].slice(0, 1 + dimension);
      const given = problem({ dimension, chart, order: 1, observation: { spikes: [spike], noise: { level: 0.1 } } });
      const { frozen } = deconvolutionKind.build(given, context(), refuse);
      assert.equal(deconvolutionKind.faults(frozen), []);
      assert.equal(deconvolutionKind.build(frozen, context(), refuse).frozen, frozen);
      const observation = frozen.observation as { coefficients: number[] };
      assert.is(observation.coefficients.length, 3 ** dimension);
    }
});

const refusals: readonly (readonly [string, object, RegExp])[] = [
  [
    'a spike without all its coordinates',
    experiment({}, { observation: { spikes: [[1, 0.5]] } }),
    /a spike is a row \[weight, position1, position2\] of 3 numbers, found 2/,
  ],
  [
    'a spike of the plane on the circle',
    experiment({}, { dimension: 1 }),
    /a spike is a row \[weight, position\] of 2 numbers, found 3/,
  ],
  [
    'too few coefficients',
    experiment({}, { observation: { coefficients: Array(9).fill(0) } }),
    /needs \(2K\+1\)\^2 = 25 numbers, found 9; 9 coefficients belong to order 1/,
  ],
  ['more coefficients than are allowed', experiment({}, { dimension: 3, order: 40 }), /at most 50000 are allowed/],
  ['a dimension there is not', experiment({}, { dimension: 4 }), /dimension/],
  [
    'rows of particles of the circle',
    experiment({ particles: { values: [[0, 0.5]] } }),
    /a particle is a row \[weight, position1, position2\]/,
  ],
  [
    'mirror without its chart',
    experiment({ solver: { kind: 'cpgd', step: 0.1, retraction: 'mirror' } }),
    /mirror needs problem.chart: conic/,
  ],
  [
    'a retraction of another solver',
    experiment({ solver: { kind: 'gd', step: 0.1, retraction: 'mirror' } }),
    /retraction/,
  ],
];
for (const [what, value, message] of refusals)
  spec(`${what} is refused`, () => assert.throws(() => resolved(value), message));

spec.run();
