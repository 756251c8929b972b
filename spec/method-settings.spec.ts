/** Methods as experiments name them: their settings, clocks and places, and what is said of those that follow no gradient flow. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { auditRun } from '../src/audit.js';
import { InvalidExperiment, override, parseExperiment, setting } from '../src/experiment-file.js';
import { reportHtml } from '../src/report/html.js';
import { toJson } from '../src/report/json.js';
import { runText } from '../src/report/text.js';
import { resolveExperiment } from '../src/resolve.js';
import type { RunResult } from '../src/results.js';
import { runExperiment, settingOf } from '../src/run.js';
import type { Experiment } from '../src/spec.js';
import { compareSteps } from '../src/stepsize.js';
import { studyFrom } from '../src/stored.js';

const methods = suite('settings of methods');

const SPIKES = `
problem: { kind: deconvolution, order: 3, lambda: 0.1, observation: { spikes: [[0.1, 0.2], [-0.07, 0.6]] } }
particles: { count: 4, init: grid }
time: { end: 0.05 }
seed: a
`;
const TABLE = `
problem: { kind: sigmoid-network, data: { X: [[1, 2], [-1, 0.5], [0.3, -2], [2, 1]], y: [1, 0, 0.5, 1] } }
particles: { count: 3, init: zero-weight }
time: { end: 0.5 }
seed: a
`;
function experiment(text: string, ...set: string[]): Experiment {
  const file = parseExperiment(text, 'my.yaml');
  return resolveExperiment(
    override(
      file,
      set.map(assignment => setting(assignment)),
    ),
  ).experiment;
}
const run = (solver: string, text = SPIKES): Promise<RunResult> => runExperiment(experiment(text, `solver=${solver}`));
const refused = (solver: string, text = SPIKES, ...more: string[]): string => {
  try {
    settingOf(experiment(text, `solver=${solver}`, ...more));
  } catch (error) {
    if (error instanceof InvalidExperiment) return error.message;
    throw error;
  }
  return 'accepted';
};

methods('momentum 0 is gradient descent, temperature 0 proximal gradient, to the last bit', async () => {
  for (const [with0, plain] of [
    ['{ kind: heavy-ball, rate: 0.002, momentum: 0 }', '{ kind: gd, rate: 0.002 }'],
    ['{ kind: langevin, rate: 0.002, temperature: 0 }', '{ kind: proximal-euler, rate: 0.002 }'],
  ])
    assert.equal((await run(with0)).final, (await run(plain)).final, with0);
});

methods('every setting reaches its method', async () => {
  for (const [kind, ...variants] of [
    ['heavy-ball', '', 'momentum: 0.5', 'friction: 2'],
    ['nesterov', 'restart: true', 'restart: false'],
    ['fista', 'restart: true', 'restart: false'],
    ['adam', '', 'beta1: 0.5', 'beta2: 0.9', 'epsilon: 0.1'],
    ['langevin', '', 'temperature: 0.1'],
  ]) {
    const ends = await Promise.all(
      variants.map(async v =>
        toJson((await run(`{ kind: ${kind}, rate: 0.5, ${v} }`, TABLE.replace('0.5 }', '30 }'))).final),
      ),
    );
    assert.is(new Set(ends).size, variants.length, kind);
  }
});

methods('a raw rate is a length for Adam, a share of the particles for the others', async () => {
  const first = async (kind: string) => (await run(`{ kind: ${kind}, rate: 0.01 }`, TABLE)).series.t[1];
  assert.is(await first('adam'), 0.01);
  assert.is(await first('langevin'), 0.01 / 3);
  assert.is(await first('nesterov'), Math.sqrt(0.01 / 3));
  assert.is(await first('heavy-ball'), 0.01 / 3 / (1 - 0.9));
});

methods('budgets count steps by the clock of the method', () => {
  const steps = (solver: string) =>
    Number(/takes ([\d.e+]+) steps/.exec(refused(solver, SPIKES, 'budget.steps=2', 'time.end=1'))?.[1]);
  assert.is(steps('{ kind: gd, step: 1e-4 }'), 1e4);
  assert.is(steps('{ kind: nesterov, step: 1e-4 }'), 1e2);
  assert.is(steps('{ kind: heavy-ball, step: 1e-4, momentum: 0.75 }'), 2.5e3);
  assert.is(steps('{ kind: heavy-ball, step: 1e-4, friction: 1 }'), 1e2);
});

methods('what no method takes is refused with its place', () => {
  for (const [solver, says] of [
    ['{ kind: heavy-ball, rate: 1, momentum: 1 }', /solver\.momentum.*< 1, found 1/],
    ['{ kind: heavy-ball, rate: 1, momentum: 0.5, friction: 1 }', /solver\.friction.*not both/],
    ['{ kind: adam, step: 1, rate: 1 }', /solver.*η is a length/],
    ['{ kind: adam, rate: 1, epsilon: 0 }', /solver\.epsilon.*> 0, found 0/],
    ['{ kind: langevin, rate: 1, temperature: -1 }', /solver\.temperature.*≥ 0, found -1/],
    ['{ kind: nesterov, rate: 1, momentum: 0.5 }', /solver\.momentum.*unknown key/],
  ] as const)
    assert.match(refused(solver), says);
});

methods('bounds: projecting methods stay inside, the others are refused', async () => {
  const signed = (kind: string) => refused(`{ kind: ${kind}, rate: 0.02 }`, SPIKES, 'problem.sign=nonnegative');
  for (const kind of ['nesterov', 'heavy-ball', 'adam'])
    assert.match(signed(kind), /solver\.kind.*nonnegative needs.*fista/);
  for (const kind of ['fista', 'langevin']) {
    assert.is(signed(kind), 'accepted');
    const { paths, outcome } = await runExperiment(
      experiment(SPIKES, `solver={ kind: ${kind}, rate: 0.02 }`, 'problem.sign=nonnegative', 'time.end=2'),
    );
    assert.is(outcome.code, 'end');
    assert.ok(
      paths.particles.every(rows => rows.every(([w]) => w >= 0)),
      kind,
    );
  }
});

methods('no energy defect is claimed where the identity is another dynamics’', async () => {
  for (const [kind, says] of [
    ['heavy-ball', /kinetic energy of the momentum/],
    ['adam', /one length for every gradient/],
    ['langevin', /noise of these steps feeds F/],
  ] as const) {
    const result = await run(`{ kind: ${kind}, rate: 0.002 }`);
    assert.ok(Number.isNaN(result.audit.relativeDefect));
    assert.match(runText(result).replace(/\s+/g, ' '), says);
    assert.not.match(reportHtml(studyFrom(toJson(result), 'result.json')), /Energy identity<\/h2>/);
    assert.ok(auditRun(result).checks.every(c => !/identity|rise/.test(c.name) || c.ok === null));
  }
  assert.ok((await run('{ kind: gd, rate: 0.002 }')).audit.relativeDefect < 0.1);
});

methods('heavy ball follows the flow to first order in its own time, and is stable up to (1 + β)·2/ρ', async () => {
  const long = [
    'time.end=0.5',
    'particles.count=10',
    'problem.order=7',
    'solver={ kind: heavy-ball, rate: 0.002, momentum: 0.8 }',
  ];
  const { methods: found } = await compareSteps(
    experiment(SPIKES, ...long, 'compare.stepsize={ methods: [heavy-ball], steps: [1e-5, 2e-5, 4e-5] }'),
  );
  assert.ok(Math.abs((found[0].order ?? 0) - 1) <= 0.05, `${found[0].order}`);
  assert.ok(Math.abs((found[0].largestStable?.ofLimit ?? 0) - 1.8) <= 0.02 * 1.8, `${found[0].largestStable?.ofLimit}`);
});

methods('only methods that approach the flow are compared with it', async () => {
  const compared = (method: string, text = SPIKES, ...more: string[]) =>
    refused('{ kind: gd, step: 0.01 }', text, `compare.stepsize={ methods: [${method}] }`, ...more);
  assert.match(compared('nesterov'), /methods\[0\].*found "nesterov": .*second order/);
  assert.match(compared('adam'), /one length/);
  assert.match(compared('langevin'), /noise/);
  assert.match(compared('sgd'), /methods\[0\]: sgd draws batches/);
  const settings = 'compare.stepsize.settings={ kind: heavy-ball, step: 0.1, friction: 1 }';
  assert.match(compared('heavy-ball', SPIKES, settings), /give solver\.momentum/);
  assert.is(compared('sgd', TABLE), 'accepted');
  const { rows, methods: found } = await compareSteps(
    experiment(TABLE, 'compare.stepsize={ methods: [sgd, gd], steps: [0.01, 0.02] }'),
  );
  assert.is(found[0].largestStable, null);
  assert.ok(rows.every(r => r.outcome === 'end' && r.distance > 0));
  assert.ok(rows[0].distance > rows[2].distance, 'noise carries farther from the flow than the step');
});

methods.run();
