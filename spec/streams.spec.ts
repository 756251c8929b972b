/** Streams of fresh samples: their laws, what F and its standard error mean, who may follow them, and what is refused. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { PopulationSpec } from '../problems/data/population.js';
import { populationOf } from '../problems/data/population.js';
import { erfPopulation, square } from '../problems/index.js';
import { checkExperiment } from '../src/check.js';
import { InvalidExperiment, override, parseExperiment, setting } from '../src/experiment-file.js';
import { flowOf } from '../src/flow.js';
import { random } from '../src/math/random.js';
import { maxAbs } from '../src/math/vec.js';
import { reportHtml } from '../src/report/html.js';
import { toJson } from '../src/report/json.js';
import { runText } from '../src/report/text.js';
import { resolveExperiment } from '../src/resolve.js';
import type { RunResult } from '../src/results.js';
import { runExperiment, settingOf } from '../src/run.js';
import { studyFrom } from '../src/stored.js';
import type { Vec } from '../src/types.js';
import { solvers } from './conformance/registered.js';
import { wholeRun } from './whole-run.js';

const streams = suite('streams');
const context = { read: () => '', seed: 's' };
const identity = (z: number) => z;
const teacher = {
  weights: [1.5, -1],
  directions: [
    [1, 0.5, 0],
    [0, -0.3, 1],
  ],
};
const population = (p: Partial<PopulationSpec>, value = identity) =>
  populationOf({ inputs: 'gaussian', teacher, ...p }, false, value, context);

streams('inputs have the moments of their law', () => {
  const n = 40_000;
  for (const [law, variance, fourth] of [
    ['gaussian', 1, 3],
    ['sphere', 1 / 3, 1 / 5],
    ['uniform', 1 / 3, 1 / 5],
  ] as const) {
    const { inputs } = population({ inputs: law, evaluation: { size: n } });
    const first = Array.from({ length: n }, (_, k) => inputs.values[3 * k]);
    const moment = (p: number) => first.reduce((s, x) => s + x ** p, 0) / n;
    assert.ok(Math.abs(moment(1)) <= 5 * Math.sqrt(variance / n), law);
    assert.ok(Math.abs(moment(2) - variance) <= 5 * Math.sqrt((fourth - variance ** 2) / n), law);
    if (law === 'sphere')
      for (let k = 0; k < 50; k++)
        assert.ok(Math.abs(Math.hypot(...inputs.values.subarray(3 * k, 3 * k + 3)) - 1) < 1e-15);
    if (law === 'uniform') assert.ok(maxAbs(inputs.values) <= 1);
  }
});

streams('targets are the teacher’s, with noise of the size asked for', () => {
  const n = 20_000;
  const { inputs, targets } = population({ noise: 0.3, evaluation: { size: n } });
  const answer = (k: number) =>
    teacher.weights.reduce(
      (s, c, j) => s + c * teacher.directions[j].reduce((r, b, a) => r + b * inputs.values[3 * k + a], 0),
      0,
    );
  const off = Array.from(targets, (t, k) => t - answer(k));
  const variance = off.reduce((s, x) => s + x * x, 0) / n;
  assert.ok(Math.abs(variance - 0.09) <= 5 * 0.09 * Math.sqrt(2 / n), `${variance}`);
  const exact = population({ evaluation: { size: 100 } });
  assert.ok(exact.targets.every((t, k) => Number.isFinite(t) && exact.inputs.values[3 * k] !== 0));
});

streams('labels are the sign, or drawn from the logit: calibrated in every band of it', () => {
  const n = 40_000;
  const told = (labels: 'logit' | 'sign') => population({ labels, evaluation: { size: n } });
  const logitOf = (x: Vec, k: number) =>
    teacher.weights.reduce((s, c, j) => s + c * teacher.directions[j].reduce((r, b, a) => r + b * x[3 * k + a], 0), 0);
  const sign = told('sign');
  for (let k = 0; k < n; k++) assert.is(sign.targets[k], logitOf(sign.inputs.values, k) >= 0 ? 1 : -1);
  const { inputs, targets } = told('logit');
  for (let low = -3; low < 3; low++) {
    const band = [...Array(n).keys()].filter(k => Math.floor(logitOf(inputs.values, k)) === low);
    const p = band.map(k => 1 / (1 + Math.exp(-logitOf(inputs.values, k))));
    const off = band.reduce((s, k, i) => s + (targets[k] === 1 ? 1 : 0) - p[i], 0);
    const spread = Math.sqrt(p.reduce((s, q) => s + q * (1 - q), 0));
    assert.ok(band.length > 300 && Math.abs(off) <= 4.5 * spread, `band ${low}: ${off} of ± ${spread}`);
  }
});

streams('the evaluation sample has a stream of its own: no row of it is ever drawn to train on', () => {
  const p = population({ evaluation: { size: 200 } });
  const trained = p.stream?.(random('s', 'sgd'), 200);
  const firsts = (values: Vec) => new Set(Array.from({ length: 200 }, (_, k) => values[3 * k]));
  const [own, fresh] = [firsts(p.inputs.values), firsts(trained?.inputs.values as Vec)];
  assert.is(own.size, 200);
  assert.ok([...own].every(x => !fresh.has(x)));
  // The same stream would have given the same rows: that is what the names keep apart.
  const same = p.stream?.(random('s', 'evaluation'), 200);
  assert.equal(firsts(same?.inputs.values as Vec), own);
});

const STREAM = `name: stream
problem:
  kind: erf-network
  population: { inputs: gaussian, teacher: { weights: [1, -0.7], directions: [[0.8, 0.3], [-0.2, 1.1]] }, evaluation: { size: 400 } }
particles: { count: 3, init: sphere, scale: 1 }
solver: { kind: sgd, step: 0.05, batch: 10 }
time: { end: 5, saveAt: [0, 1, 5] }
seed: a
`;
const resolved = (...sets: string[]) =>
  resolveExperiment(override(parseExperiment(STREAM, 'stream.yaml'), sets.map(setting))).experiment;
const exactFlow = flowOf(
  erfPopulation({
    weights: [1, -0.7],
    directions: [
      [0.8, 0.3],
      [-0.2, 1.1],
    ],
  }),
  3,
);

streams('F ± standard error is calibrated against the closed form, over 200 evaluation samples', () => {
  const y = Float64Array.of(0.6, 1.4, -0.3, -1.2, 0.2, 0.9, 0.5, -0.7, -2);
  const exact = exactFlow.energy(y);
  const z = Array.from({ length: 200 }, (_, k) => {
    const flow = flowOf(settingOf(resolved(`seed=${k}`)).problem, 3);
    return (flow.energy(y) - exact) / (flow.standardError?.(y) as number);
  });
  const rms = Math.sqrt(z.reduce((s, x) => s + x * x, 0) / z.length);
  // Of 200 standard normals the rms is 1 ± 0.05; the mean 0 ± 0.07.
  assert.ok(Math.abs(rms - 1) <= 0.2, `rms ${rms}`);
  assert.ok(Math.abs(z.reduce((s, x) => s + x, 0) / 200) <= 0.3);
});

streams('the mean velocity of fresh batches is that of the closed form', () => {
  const flow = flowOf(settingOf(resolved()).problem, 3);
  const y = Float64Array.of(0.6, 1.4, -0.3, -1.2, 0.2, 0.9, 0.5, -0.7, -2);
  const exact = new Float64Array(9);
  exactFlow.velocityInto(y, exact);
  const chance = random('a', 'sgd');
  const n = 400;
  const draws = Array.from({ length: n }, () => {
    const v = new Float64Array(9);
    flow.batch?.velocityInto(y, flow.batch.draw(chance, 50), v);
    return v;
  });
  for (let k = 0; k < 9; k++) {
    const mean = draws.reduce((s, v) => s + v[k], 0) / n;
    const error = Math.sqrt(draws.reduce((s, v) => s + (v[k] - mean) ** 2, 0)) / n;
    assert.ok(Math.abs(mean - exact[k]) <= 5 * error, `${k}: ${mean} ± ${error}, ${exact[k]}`);
  }
});

const runOf = async (...sets: string[]): Promise<RunResult> => runExperiment(resolved(...sets));

streams('every reported F has its standard error: document, terminal, page; and it survives being stored', async () => {
  const run = await runOf();
  assert.is(run.outcome.code, 'end');
  const { series, saved, heldOut } = run;
  for (const group of [series, saved]) {
    assert.is(group.standardError?.length, group.energy.length);
    assert.ok(group.standardError?.every(e => e > 0 && e < 1));
  }
  assert.equal(
    heldOut?.points.map(p => p.t),
    [0, 1, 5],
  );
  assert.is(heldOut?.points[2].loss, saved.energy[2]);
  assert.is(heldOut?.points[2].standardError, saved.standardError?.[2]);
  assert.match(runText(run), /F +0\.\d+ ± 0\.\d+ at t = 0, 0\.\d+ ± 0?\.?\d/);
  assert.match(runText(run), /on 400 independent samples/);
  const study = studyFrom(toJson(run), 'stored');
  assert.equal(study.runs[0].series, series);
  assert.equal(study.runs[0].heldOut, heldOut);
  const page = reportHtml(study);
  assert.match(page, /F at the end<\/th><td>0\.\d+ ± /);
  assert.not.match(page, />(NaN|undefined)</);
});

streams('a frozen experiment has its teacher written out and gives the same bits', async () => {
  const drawn = 'problem.population={inputs: sphere, dimension: 4, teacher: {units: 2}, evaluation: {size: 50}}';
  const run = await runOf(drawn);
  const p = run.spec.problem.population as PopulationSpec;
  assert.is('directions' in p.teacher && p.teacher.directions.length, 2);
  const again = await runExperiment(
    resolveExperiment({ value: JSON.parse(JSON.stringify(run.spec)), source: 'again', locate: () => undefined })
      .experiment,
  );
  assert.equal(again.series, run.series);
  assert.equal(again.final, run.final);
});

for (const kind of ['relu', 'leaky-relu', 'sigmoid', 'tanh', 'softplus', 'erf']
  .map(a => `${a}-network`)
  .concat('relu-signed-square'))
  for (const loss of ['square', 'logistic', 'huber'])
    streams(`${kind} under the ${loss} loss learns from a stream`, async () => {
      const init = kind === 'relu-signed-square' ? 'gaussian' : 'sphere';
      const own = loss === 'huber' ? '{kind: huber, delta: 0.5}' : `{kind: ${loss}}`;
      const set = [
        `problem.kind=${kind}`,
        `problem.loss=${own}`,
        `particles.init=${init}`,
        'time.end=40',
        'time.saveAt=[0, 40]',
      ];
      const scale = loss === 'logistic' ? ['problem.population.teacher.weights=[4, -4]'] : [];
      const run = await runOf(...set, ...scale, 'problem.bias=false', 'particles.count=6', 'solver.batch=20');
      assert.is(run.outcome.code, 'end', run.outcome.message);
      const [first, last] = [run.series.energy[0], run.series.energy.at(-1) ?? Number.NaN];
      assert.ok(last < 0.95 * first, `${first} → ${last}`);
      const accuracy = run.heldOut?.points.at(-1)?.accuracy ?? null;
      assert.ok(loss === 'logistic' ? (accuracy ?? 0) > 0.6 : accuracy === null, `${accuracy}`);
    });

streams('no method that follows a whole gradient runs on a stream', () => {
  const { problem } = settingOf(resolved());
  const flow = flowOf(problem, 3);
  const y0 = problem.initial.sphere.draw(3, random('a', 'init'), 1);
  for (const solver of solvers.filter(s => !s.needs.includes('batch'))) {
    const { outcome, segments } = wholeRun(solver, flow, y0, { end: 1, ...(solver.fixedStep && { step: 0.1 }) });
    assert.equal([outcome.code, segments.length], ['missing-capability', 0], solver.name);
    assert.match(outcome.message, /a stream of fresh samples has none.*sgd/s);
  }
});

function refusal(...sets: string[]): string {
  try {
    settingOf(resolved(...sets));
  } catch (error) {
    if (error instanceof InvalidExperiment) return error.message;
    throw error;
  }
  return 'accepted';
}

const table = 'problem={kind: tanh-network, data: {X: [[1], [2], [3]], y: [1, 2, 3]}}';
const refused: readonly [readonly string[], RegExp][] = [
  [['solver={kind: inclusion}'], /solver.*no whole gradient.*use proximal-sgd or sgd, or a finite sample/],
  [['solver={kind: gd, step: 0.1}'], /solver.*no whole gradient/],
  [['compare={stepsize: {}}'], /compare\.stepsize.*no whole gradient/],
  [['solver.batch=0'], /batch.*≥ 1, found 0/],
  [['solver.batch=1.5'], /batch.*whole number, found 1\.5/],
  [['solver.batch=100000000'], /batch.*≤ 1000000/],
  [['solver.replacement=false'], /replacement.*do not come back/],
  [[table, 'solver.batch=4', 'solver.replacement=false'], /solver\.batch.*a batch of 4 without replacement.*found 3/],
  [['solver.decay={power: 2, after: 1}'], /power.*≤ 1, found 2/],
  [['solver.decay={power: 1, after: 10}', 'time.end=1000'], /solver.*takes .*steps, above the budget/],
  [['solver.averageFrom=-1'], /averageFrom.*≥ 0, found -1/],
  [['solver.bach=3'], /unknown key; did you mean batch/],
  [['problem={kind: low-rank, matrix: [[1]]}', 'particles={count: 3}'], /solver\.kind.*no mean over a sample/],
  [['problem.population.evaluation.size=1'], /size.*≥ 2, found 1/],
  [
    [
      'problem.population.evaluation.size=1000000',
      'problem.population.dimension=10000',
      'problem.population.teacher={units: 1}',
    ],
    /evaluation\.size.*at most/,
  ],
  [['problem.population.teacher={units: 2}'], /population\.dimension.*needs the dimension/],
  [['problem.population.dimension=3'], /population\.dimension.*3 numbers a direction, found 2/],
  [['problem.population.teacher.directions=[[1, 2], [3]]'], /teacher\.directions\[1\].*2 numbers/],
  [['problem.population.teacher.weights=[1]'], /teacher\.weights.*2 directions but 1 weights/],
  [['problem.population.inputs=gauss'], /inputs.*"gaussian".*found "gauss"/],
  [
    ['problem.population={inputs: gaussian, teacher: {weights: [1], directions: [[1]]}, labels: sign, noise: 1}'],
    /noise.*numbers/,
  ],
  [['problem.population.evaluaton={size: 3}'], /evaluaton.*unknown key/],
];

streams('bad input is refused with its place, what was found and what is allowed', () => {
  for (const [sets, says] of refused) assert.match(refusal(...sets), says, sets.join(' '));
  assert.is(refusal(), 'accepted');
  assert.is(refusal(table, 'solver.batch=3', 'solver.replacement=false'), 'accepted');
});

streams('pgf check looks at a stream through some of its samples', () => {
  const r = checkExperiment(resolved());
  assert.ok(r.ok, JSON.stringify(r.gradient));
  assert.is(r.theorem.applies, '3.5', r.theorem.because);
  assert.ok(r.assumptions.some(a => a.name === 'R beyond the samples drawn' && a.status === 'open'));
  assert.ok(r.start.radius > 0 && r.start.radius < 100);
  const wide = 'problem.population={inputs: gaussian, dimension: 45, teacher: {units: 2}, evaluation: {size: 9}}';
  assert.is(checkExperiment(resolved(wide)).theorem.applies, '3.5', 'in many dimensions too');
  const kinked = checkExperiment(resolved('problem.kind=relu-signed-square', 'particles.init=gaussian'));
  assert.equal(kinked.kinks, []);
  assert.is(kinked.theorem.applies, '3.3', kinked.theorem.because);
  assert.not.match(kinked.theorem.because, /on a finite sample/);
});

const MAIN = fileURLToPath(new URL('../src/cli/main.js', import.meta.url));

streams('the command runs, audits and checks a stream, and refuses before it writes', () => {
  const here = mkdtempSync(join(tmpdir(), 'streams-'));
  writeFileSync(join(here, 'stream.yaml'), STREAM);
  const pgf = (...args: string[]) => spawnSync(process.execPath, [MAIN, ...args], { cwd: here, encoding: 'utf8' });
  const bad = pgf('run', 'stream.yaml', '--set', 'solver={kind: inclusion}');
  assert.is(bad.status, 2);
  assert.match(bad.stderr, /no whole gradient/);
  assert.is(pgf('run', 'stream.yaml', '--set', 'solver.replacement=false').status, 2);
  assert.not.ok(existsSync(join(here, 'runs')));
  const good = pgf('run', 'stream.yaml', '--out', 'run');
  assert.is(good.status, 0, good.stderr);
  assert.match(good.stdout, / ± /);
  assert.match(
    readFileSync(join(here, 'run/metrics.csv'), 'utf8'),
    /^t,energy,dissipation,stationarity,standardError\r\n/,
  );
  const audit = pgf('audit', 'run');
  assert.is(audit.status, 0, audit.stdout);
  assert.match(audit.stdout, /none holds for noisy steps/);
  assert.is(pgf('check', 'stream.yaml').status, 0);
  assert.is(pgf('stepsize', 'stream.yaml').status, 2);
});

streams('the terms of a loss add up to it', () => {
  const loss = square(Float64Array.of(1, 2), 0.5);
  const terms = new Float64Array(2);
  loss.termsInto?.(Float64Array.of(3, 3), terms);
  assert.equal([...terms], [4, 1]);
});

streams.run();
