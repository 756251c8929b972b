/** The largest curvature along a run, against what its steps bear; when a discrete run leaves the flow. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { override, parseExperiment, setting } from '../src/experiment-file.js';
import { extremeEigenvalues } from '../src/math/spectrum.js';
import { figures } from '../src/report/figures.js';
import { toJson } from '../src/report/json.js';
import { stepsizeText } from '../src/report/text.js';
import { resolveExperiment } from '../src/resolve.js';
import { runExperiment } from '../src/run.js';
import { compareSteps } from '../src/stepsize.js';
import { studyFrom } from '../src/stored.js';

const sharp = suite('sharpness');

const SPIKES = `
problem: { kind: deconvolution, order: 7, lambda: 0.1, observation: { spikes: [[0.1, 0.2], [-0.07, 0.6]] } }
particles: { count: 10, init: grid }
time: { end: 0.5 }
seed: a
`;
const QUADRATIC = `
problem:
  kind: custom
  particle: [u]
  feature: "u"
  loss: "(f - y)^2/2"
  penalty: "b*u^2/2"
  parameters: { b: 0.5 }
  data: { columns: { y: [1] } }
particles: { count: 7, init: gaussian }
time: { end: 1 }
seed: a
`;
const experiment = (text: string, ...set: string[]) =>
  resolveExperiment(
    override(
      parseExperiment(text, 'my.yaml'),
      set.map(x => setting(x)),
    ),
  ).experiment;

sharp('both ends of a spectrum are found, with their signs', () => {
  const diagonal = [-7, 0.5, 3, -2, 1];
  const [smallest, largest] = extremeEigenvalues((x, out) => out.set(x.map((z, i) => diagonal[i] * z)), 5);
  assert.ok(Math.abs(smallest + 7) <= 1e-12 && Math.abs(largest - 3) <= 1e-12);
});

sharp('m∇²F of particles that feel their mean is b + 1 at the top, whatever m', async () => {
  for (const [solver, edge] of [
    ['{ kind: gd, step: 0.1 }', 20],
    ['{ kind: heavy-ball, step: 0.1, momentum: 0.5 }', 30],
    ['{ kind: nesterov, step: 0.1 }', undefined],
    ['{ kind: dopri5 }', undefined],
  ] as const) {
    const { spectrum } = await runExperiment(experiment(QUADRATIC, `solver=${solver}`));
    assert.ok(spectrum?.sharpness?.every(s => Math.abs(s - 1.5) <= 1e-12));
    assert.is(spectrum?.sharpness?.length, spectrum?.t.length);
    assert.is(spectrum?.edge, edge);
  }
});

sharp('steps above the limit leave after the flow has met 2/η, and end at the edge of stability', async () => {
  const steps = [0.5, 0.95, 1.05, 1.3].map(k => k / 5134);
  const s = await compareSteps(
    experiment(SPIKES, `compare.stepsize={ methods: [gd], steps: ${JSON.stringify(steps)} }`),
  );
  for (const { step, leaves } of s.rows) {
    if (step < s.limitStep) assert.equal(leaves, { predicted: null, actual: null });
    else assert.ok(leaves?.predicted && leaves.actual && leaves.predicted < leaves.actual);
  }
  const [a, b] = s.rows.slice(2).map(r => r.leaves);
  assert.ok((b?.predicted ?? 0) < (a?.predicted ?? 0) && (b?.actual ?? 0) < (a?.actual ?? 0), 'larger steps, earlier');
  assert.match(stepsizeText(s), /leaves the flow by 1 % at t/);
  const run = await runExperiment(experiment(SPIKES, `solver={ kind: gd, step: ${steps[2]} }`));
  const { sharpness = [], edge = Number.NaN } = run.spectrum ?? {};
  assert.is(edge, 2 / steps[2]);
  assert.ok(s.radius > 1.04 * edge, 'the flow ends where the step is unstable');
  assert.ok(Math.abs((sharpness.at(-1) ?? 0) / edge - 1) <= 0.06, `${sharpness.at(-1)} against ${edge}`);
  const figure = figures(studyFrom(toJson(run), 'result.json')).find(f => /Sharpness/.test(f.title));
  assert.ok(figure?.legend.some(l => /2\/η/.test(l.text)));
});

sharp.run();
