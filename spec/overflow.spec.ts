/** What cannot be computed is refused before the run, with what to try. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type InvalidExperiment, parseExperiment } from '../src/experiment-file.js';
import { resolveExperiment } from '../src/resolve.js';
import { runExperiment } from '../src/run.js';

const spec = suite('overflow');

const resolved = (value: object) =>
  resolveExperiment(parseExperiment(JSON.stringify({ particles: { count: 4 }, time: { end: 1 }, ...value }), 'e.json'));
const sample = (X: number[][], more: object = {}, kind = 'sigmoid-network') => ({
  problem: { kind, data: { X, y: X.map((_, k) => k), ...more } },
});
const refused = async (value: object): Promise<string> => {
  try {
    await runExperiment(resolved(value).experiment);
  } catch (error) {
    const { faults } = error as InvalidExperiment;
    return faults.map(f => `${f.path.join('.')}: ${f.message}`).join('\n');
  }
  return 'nothing';
};

spec('inputs that cannot be brought to one scale: too large, or too close to 0', async () => {
  const standardise = { standardise: true };
  assert.match(
    await refused(sample([[1e200], [2e200], [3e200]], standardise)),
    /data\.standardise: input 1 reaches 3e\+200, .*between 1e-100 and 1e100/,
  );
  assert.match(
    await refused(
      sample(
        [
          [1, 1e-200],
          [2, 2e-200],
        ],
        standardise,
      ),
    ),
    /data\.standardise: input 2 reaches 2e-200/,
  );
  assert.is(
    await refused(
      sample(
        [
          [1, 5],
          [2, 5],
        ],
        standardise,
      ),
    ),
    'nothing',
    'a constant column stays',
  );
  assert.is(await refused(sample([[1e90], [2e90]], standardise)), 'nothing');
});

spec('F that is infinite at the start', async () => {
  assert.match(
    await refused(sample([[1e200], [2e200]], {}, 'relu-network')),
    /particles: F is Infinity at the start; take smaller particles/,
  );
});

spec('proximal maps in the chart that has none', async () => {
  const problem = {
    kind: 'deconvolution',
    order: 3,
    lambda: 0.1,
    chart: 'conic',
    observation: { spikes: [[0.1, 0.2]] },
  };
  const run = (more: object) => refused({ problem, ...more });
  for (const kind of ['fista', 'proximal-euler', 'minimising-movement'])
    assert.match(await run({ solver: { kind, step: 1e-4 } }), new RegExp(`solver.kind: ${kind} takes proximal maps`));
  assert.match(
    await run({ compare: { stepsize: { methods: ['gd', 'proximal-euler'] } } }),
    /compare\.stepsize\.methods\.1: proximal-euler takes proximal maps/,
  );
  assert.is(await run({ solver: { kind: 'gd', step: 1e-4 }, time: { end: 1e-3 } }), 'nothing');
});

spec.run();
