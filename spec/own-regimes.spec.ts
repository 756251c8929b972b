/** Output multipliers: the same as sizes of the start where units are homogeneous, and lazy on any experiment as they grow. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ownSetting, ownStudy } from '../src/figure/own-regimes.js';
import { scaleStudy } from '../src/figure/scale-of-start.js';
import { answersOf, fitOf, jacobianRows, scaledModel, tangentModel } from '../src/figure/scaled-model.js';
import { flowOf } from '../src/flow.js';
import { random } from '../src/math/random.js';
import { resolveExperiment } from '../src/resolve.js';
import { settingOf } from '../src/run.js';
import type { Experiment } from '../src/spec.js';

const spec = suite('regimes of an experiment');
const shared = { counts: [], problems: 1, end: 1, seed: 'figure' };

spec('a multiplier α before homogeneous units is a start of size √α', async () => {
  const settings = { dimension: 6, rows: 20, units: 8, repeats: 1, steps: 300 };
  const byAlpha = await scaleStudy({ ...settings, scales: [1], alphas: [0.04, 1, 25] }, shared);
  const bySize = await scaleStudy({ ...settings, scales: [0.2, 1, 5] }, shared);
  assert.is(byAlpha.table.header[0], 'α');
  for (const [i, row] of byAlpha.table.rows.entries())
    for (const [k, x] of row.entries()) {
      const wanted = Number(bySize.table.rows[i][k]);
      if (k > 0)
        assert.ok(Math.abs(Number(x) - wanted) <= 1e-9 * wanted, `${byAlpha.table.header[k]}: ${x}, ${wanted}`);
    }
});

const own = (kind: string, more: object = {}): Experiment =>
  resolveExperiment({
    value: {
      problem: {
        kind,
        data: {
          X: [
            [1, 0.2],
            [0.3, 1],
            [-1, 0.5],
            [0.2, -1],
            [-0.7, -0.7],
            [0.9, 0.9],
            [-0.2, 0.8],
            [0.6, -0.5],
          ],
          y: [1, -0.5, 0.3, 0.8, -0.2, 0.1, 0.4, 0.9],
          ...more,
        },
        penalty: { kind: 'squared', beta: 0.1 },
      },
      particles: { count: 12 },
      solver: { kind: 'auto', rtol: 1e-9 },
      time: { end: 5 },
      seed: 'own',
    },
    source: 'spec',
    locate: () => undefined,
  }).experiment;

spec('the scaled model is R(α(f − f₀))/α² with its derivatives, without V', () => {
  const fit = fitOf(settingOf(own('tanh-network')).problem);
  const [m, alpha, chance] = [3, 7, random('spec', 'scaled')];
  const draw = () => Float64Array.from({ length: m * fit.dim }, () => chance.normal());
  const [y0, y, x] = [draw(), draw(), draw()];
  const flow = flowOf(scaledModel(fit, y0, m, alpha), m);
  const [f0, f] = [answersOf(fit, y0, m), answersOf(fit, y, m)];
  const value = fit.loss.value(f.map((z, k) => alpha * (z - f0[k]))) / alpha ** 2;
  assert.ok(Math.abs(flow.energy(y) - value) <= 1e-15 * value);
  const [v, Hx] = [new Float64Array(y.length), new Float64Array(y.length)];
  flow.velocityInto(y, v);
  flow.hessianTimesInto?.(y, x, Hx);
  const h = 1e-5;
  const [up, down] = [1, -1].map(sign => y.map((z, j) => z + sign * h * x[j]));
  const slope = (flow.energy(up) - flow.energy(down)) / (2 * h);
  const wanted = -v.reduce((sum, z, j) => sum + z * x[j], 0) / m;
  assert.ok(Math.abs(slope - wanted) <= 1e-8 * Math.abs(wanted), `${slope}, ${wanted}`);
  const [vUp, vDown] = [new Float64Array(y.length), new Float64Array(y.length)];
  flow.velocityInto(up, vUp);
  flow.velocityInto(down, vDown);
  for (const [j, z] of Hx.entries()) assert.ok(Math.abs(z + (vUp[j] - vDown[j]) / (2 * h)) <= 1e-7, `${j}: ${z}`);
});

spec('the tangent model is the derivative of the answers, and linear', () => {
  const fit = fitOf(settingOf(own('tanh-network')).problem);
  const [m, chance] = [3, random('spec', 'tangent')];
  const draw = () => Float64Array.from({ length: m * fit.dim }, () => chance.normal());
  const [y0, x] = [draw(), draw()];
  const model = tangentModel(fit, y0, m);
  const at = (s: number) => y0.map((z, j) => z + s * x[j]);
  const difference = answersOf(fit, at(1e-5), m).map((z, k) => (z - answersOf(fit, at(-1e-5), m)[k]) / 2e-5);
  const [one, three] = [answersOf(model, at(1), m), answersOf(model, at(3), m)];
  for (const [k, z] of one.entries()) {
    assert.ok(Math.abs(z - difference[k]) <= 1e-9, `${z}, ${difference[k]}`);
    assert.ok(Math.abs(three[k] - 3 * z) <= 1e-14);
  }
  assert.is(jacobianRows(fit.feature, y0, m, [0, 2]).length, 2);
});

spec('as α grows the flow follows its tangent model: all that moves falls like 1/α', async () => {
  const settings = { alphas: [1, 30, 100, 300], scales: [undefined], repeats: 1 };
  const experiment = own('tanh-network', { split: { test: 0.25 } });
  const { table } = await ownStudy(ownSetting(experiment, settings, undefined), settings, shared);
  const column = (name: string) => table.rows.map(r => r[table.header.indexOf(name)]);
  for (const name of ['|φ − tangent|', '|Δu|/|u|', '|ΔK|/|K|']) {
    const exponent = column(name).at(-1);
    assert.ok(Math.abs(Number(exponent) + 1) <= 0.05, `${name}: ${exponent}`);
    assert.ok(Number(column(name)[0]) > 20 * Number(column(name)[3]), name);
  }
  for (const [model, tangent] of [
    ['train loss', 'tangent: train'],
    ['test loss', 'tangent: test'],
  ])
    assert.ok(Math.abs(Number(column(model)[3]) / Number(column(tangent)[3]) - 1) <= 0.02, model);
});

spec('along its flow log R of the tangent model is convex, as for every linear flow of a square', async () => {
  const settings = { alphas: [1], scales: [undefined], repeats: 1 };
  const { rows } = await ownStudy(ownSetting(own('tanh-network'), settings, undefined), settings, shared);
  const tangent = rows[0].flatMap(p => (p.kind === 'curves' ? p.curves : [])).find(c => c.label === 'tangent model');
  assert.ok(tangent);
  // R is a sum of exponentials, and such sums have a convex logarithm.
  const { x, y } = tangent;
  for (let k = 1; k + 1 < x.length; k++) {
    const slope = (i: number) => Math.log(y[i + 1] / y[i]) / (x[i + 1] - x[i]);
    assert.ok(slope(k) >= slope(k - 1) - 1e-5, `t = ${x[k]}`);
  }
});

const MAIN = fileURLToPath(new URL('../src/cli/main.js', import.meta.url));
const HERE = mkdtempSync(join(tmpdir(), 'regimes-'));
const pgf = (...args: string[]) => spawnSync(process.execPath, [MAIN, ...args], { cwd: HERE, encoding: 'utf8' });

spec('the command takes what pgf new gives, by α and by size', () => {
  writeFileSync(join(HERE, 'my.yaml'), pgf('new', 'tanh-network').stdout);
  const own = ['regimes', 'scale', 'my.yaml', '--set', 'particles.count=6', '--quiet'];
  const { status, stdout, stderr } = pgf(...own, '--alpha', '1,10,100', '-o', 'a.svg');
  assert.is(status, 0, stderr);
  assert.match(stdout, /α +train loss .*\n1 +/);
  assert.equal(readdirSync(HERE).sort(), ['a.csv', 'a.json', 'a.svg', 'my.yaml']);
  const bySize = pgf(...own, '--tau', '0.5,1,2', '--json');
  assert.is(bySize.status, 0, bySize.stderr);
  assert.equal(
    JSON.parse(bySize.stdout).table.rows.map((r: unknown[]) => r[0]),
    [0.5, 1, 2, 'exponent'],
  );
});

spec('what has no such study is refused before anything is computed', () => {
  const before = readdirSync(HERE);
  const refusals: readonly [string[], RegExp][] = [
    [['scale', 'relu-plane'], /problem\.kind: relu-population gives R in closed form.*take a finite sample/],
    [['scale', 'stream-sigmoid'], /problem\.data: a stream has no answers/],
    [['scale', 'my.yaml', '--set', 'solver={kind: sgd, step: 0.1}'], /solver\.kind: found sgd, which does not follow/],
    [['scale', 'my.yaml', '--m', '4'], /--m is of the built-in setting/],
    [['scale', 'my.yaml', '--alpha', '0'], /--alpha takes positive numbers/],
    [['scale', '--tau', '1,2', '--alpha', '1,2'], /one of them is a list/],
    [['scale', '--set', 'seed=3'], /none is named/],
    [['width', 'my.yaml'], /a setting of its own, found my\.yaml/],
    [['width', '--alpha', '2'], /neither --tau, --alpha/],
    [['scale', 'nothing.yaml'], /nothing\.yaml: no such file/],
    [
      ['scale', 'my.yaml', '--set', 'particles={values: [[0, 1, 1]]}', '--repeats', '2'],
      /particles\.values: .*no other start/,
    ],
    [['scale', 'my.yaml', '--set', 'particles.count=300000'], /particles\.count: the tangent model would hold/],
  ];
  for (const [args, message] of refusals) {
    const { status, stdout, stderr } = pgf('regimes', ...args);
    assert.is(status, 2, `${args}: ${stderr}`);
    assert.match(stderr, message);
    assert.is(stdout, '');
  }
  assert.equal(readdirSync(HERE), before);
});

spec('an end at 0 is refused: nothing has moved yet', () => {
  const experiment = own('tanh-network');
  const still = { ...experiment, time: { ...experiment.time, end: 0 } };
  assert.throws(
    () => ownSetting(still, { alphas: [1], scales: [undefined], repeats: 1 }, undefined),
    /take a time > 0/,
  );
});

spec.run();
