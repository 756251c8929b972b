/** The Newton finish of a run: what it finds, that it leaves the run alone, and why it may find nothing. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parseExperiment } from '../src/experiment-file.js';
import { flowOf } from '../src/flow.js';
import { reportHtml } from '../src/report/html.js';
import { toJson } from '../src/report/json.js';
import { runText } from '../src/report/text.js';
import { resolveExperiment } from '../src/resolve.js';
import type { RunResult } from '../src/results.js';
import { runExperiment, settingOf } from '../src/run.js';
import { studyFrom } from '../src/stored.js';

const newton = suite('newton finish');

const experiment = (end: number, count = 10) =>
  resolveExperiment(
    parseExperiment(
      `problem: { kind: deconvolution, order: 7, lambda: 0.1, observation: { spikes: [[0.1, 0.2], [-0.07, 0.6]] } }
particles: { count: ${count}, init: grid }
time: { end: ${end} }
seed: a`,
      'my.yaml',
    ),
  ).experiment;

/** |∇F| by differences of F itself at the spikes. */
function slope({ spec, polished }: RunResult): number {
  const { problem } = settingOf(spec);
  const spikes = polished?.spikes ?? [];
  const flow = flowOf(problem, spikes.length);
  const y = Float64Array.from(spikes.flatMap(s => [s.weight * spikes.length, ...s.position]));
  return Math.max(
    ...y.map((x, i) => {
      const at = (d: number) => flow.energy(y.map((z, k) => (k === i ? x + d : z)));
      return Math.abs(at(1e-5) - at(-1e-5)) / 2e-5;
    }),
  );
}

newton(
  'the spikes are a critical point to rounding, below the end of the run, which is the same without them',
  async () => {
    const plain = await runExperiment(experiment(0.5));
    const run = await runExperiment(experiment(0.5), { polish: true });
    const { polished } = run;
    assert.ok(polished);
    assert.is(toJson({ ...run, polished: undefined }), toJson(plain));
    assert.is(plain.polished, undefined);
    assert.ok(polished.residual <= 1e-12, `${polished.residual}`);
    assert.ok(slope(run) <= 1e-7, `${slope(run)}`);
    assert.ok(polished.energy < run.certificate.primal);
    assert.ok(polished.energy - run.certificate.dual >= 0, 'no less than a proven lower bound');
    // Duality at the same spikes closes the bracket.
    const stored = studyFrom(toJson(run), 'result.json');
    assert.ok(stored.minimum && Math.abs(stored.minimum.lower - polished.energy) <= 1e-13);
    for (const text of [runText(run).replace(/\s+/g, ' '), reportHtml(stored)])
      assert.match(text, /after the run, \d+ steps of Newton on 2 merged spikes: F = 0\.16324188259/i);
  },
);

newton('traces of weight that momentum leaves beside the spikes are dropped, and said to be', async () => {
  const moving = { ...experiment(0.5), solver: { kind: 'heavy-ball', rate: 0.002, momentum: 0.8 } };
  const { polished } = await runExperiment(moving, { polish: true });
  const still = await runExperiment(experiment(0.5), { polish: true });
  assert.ok(polished && still.polished);
  assert.is(polished.dropped, 4);
  assert.is(still.polished.dropped, 0);
  assert.ok(Math.abs(polished.energy - still.polished.energy) <= 1e-14);
});

newton('it says why it finds nothing', async () => {
  const early = await runExperiment(experiment(1e-3, 40), { polish: true });
  assert.is(early.polished, undefined);
  assert.match(early.warnings.join(), /nothing was polished: the particles form 25 clusters, more than the 15/);
  const zero = await runExperiment(experiment(0), { polish: true });
  assert.match(zero.warnings.join(), /nothing was polished: no particle has a weight/);
});

newton.run();
