/** The flow's noisy relatives: SGD at √η and m^(−1/2), Langevin particles down to F* as the temperature falls. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { figure1 } from '../problems/presets/figure-1.js';
import { entropy } from '../src/diagnostics/entropy.js';
import { sgdLimit, sgdSetting } from '../src/figure/stochastic-limit.js';
import { temperatureSetting, temperatureStudy } from '../src/figure/temperature.js';
import type { CurvePanel } from '../src/figure-results.js';
import { flowOf } from '../src/flow.js';
import { resolveExperiment } from '../src/resolve.js';
import { initialState } from '../src/run.js';
import type { Experiment } from '../src/spec.js';

const spec = suite('noise');
const shared = { counts: [], problems: 1, end: 1, seed: 'noise' };
const experimentOf = (value: unknown): Experiment =>
  resolveExperiment({ value: structuredClone(value), source: 'spec', locate: () => undefined }).experiment;

/** Units a tanh of one input: particles [w, θ], so that the signed measures have an exact bounded-Lipschitz distance. */
const units = {
  problem: {
    kind: 'tanh-network',
    data: { X: [[-1.5], [-1], [-0.4], [0.1], [0.6], [1.1], [1.6]], y: [-1, 1, -0.8, 0.9, 1, -1, 0.6] },
  },
  particles: { count: 10, init: 'sphere' },
  solver: { kind: 'auto', rtol: 1e-5 },
  time: { end: 1 },
  seed: 'noise',
};

spec('SGD: exponents ½ in η and −½ in m, in the distances named', async () => {
  const exponents = async (more: { counts: number[]; etas: number[]; seeds: number; reference: number }) => {
    const settings = { batch: 1, ...more };
    const { table, assumed } = await sgdLimit(sgdSetting(experimentOf(units), settings, undefined), settings, shared);
    assert.match(assumed.join(), /‖ν − ν′‖_BL between the signed measures on the line, exact/);
    return (metric: string, what: RegExp) =>
      Number(table.rows.find(r => r[0] === metric && what.test(String(r[1])))?.[2]);
  };
  const held = (found: number, wanted: number) => assert.ok(Math.abs(found - wanted) <= 0.1, `${found}, not ${wanted}`);
  const inSteps = await exponents({ counts: [20], etas: [0.001, 0.004, 0.016], seeds: 60, reference: 20 });
  held(inSteps('|u − u(t)|', /^η, m = 20/), 0.5);
  const inCounts = await exponents({ counts: [16, 32, 64, 128], etas: [0.001], seeds: 24, reference: 600 });
  for (const metric of ['function', 'mmd', 'bl']) held(inCounts(metric, /^m: flow/), -0.5);
  // The fall of SGD ends at √η; at this η it is not yet felt in MMD.
  held(inCounts('mmd', /^m, η = 0\.001/), -0.5);
});

spec('without noise of batches there is no distance to the flow of the same start but that of the steps', async () => {
  // All rows without replacement: gradient descent, at distance η.
  const whole = { ...units, solver: { kind: 'sgd', step: 0.1, replacement: false } };
  const settings = { counts: [8], etas: [0.01, 0.02, 0.04], batch: 7, seeds: 1, reference: 16 };
  const setting = sgdSetting(experimentOf(whole), settings, undefined);
  const { table } = await sgdLimit(setting, settings, shared);
  assert.ok(Math.abs(Number(table.rows[0][2]) - 1) <= 0.05, `${table.rows[0][2]}`);
});

spec('Langevin particles: F comes down to F* with τ, and the free energy falls along the run', async () => {
  const value = { ...figure1, compare: {}, particles: { count: 50, init: 'grid' }, time: { end: 0.6 } };
  const settings = { temperatures: [0.003, 0.01, 0.03, 0.1], eta: 1e-4 };
  const setting = temperatureSetting(experimentOf(value), settings, undefined);
  const y0 = initialState(setting.frozen, setting.problem);
  const { table, rows, caption } = await temperatureStudy(setting, settings, shared);
  assert.match(caption, /F\* lies in \[0\.43915237475265/);
  const excess = settings.temperatures.map((_, k) => Number(table.rows[k][2]));
  for (const [k, x] of excess.entries()) assert.ok(x > 0 && (k === 0 || x > 2 * excess[k - 1]), `${excess}`);
  // In a quadratic well each degree of freedom has τ/2.
  const exponent = Number.parseFloat(String(table.rows[5][2]));
  assert.ok(Math.abs(exponent - 1) <= 0.15, `${exponent}`);
  const [H0, F0] = [entropy(y0, 50, setting.problem.domain).value, flowOf(setting.problem, 50).energy(y0)];
  for (const [k, tau] of settings.temperatures.entries())
    assert.ok(Math.abs(Number(table.rows[k][3]) - (F0 - tau * H0)) <= 1e-12, `F − τH at the start, τ = ${tau}`);
  const free = rows[0].find((p): p is CurvePanel => p.heading.startsWith('The free energy'));
  assert.is(free?.curves.length, 4);
  for (const [k, { y }] of (free?.curves ?? []).entries()) {
    const noise = 5 * Number(table.rows[k][5]);
    for (const [j, F] of y.entries()) assert.ok(j === 0 || F <= y[j - 1] + noise, `${F} after ${y[j - 1]}`);
  }
});

const MAIN = fileURLToPath(new URL('../src/cli/main.js', import.meta.url));
const HERE = mkdtempSync(join(tmpdir(), 'noise-'));
const pgf = (...args: string[]) =>
  spawnSync(process.execPath, [MAIN, 'noise', ...args], { cwd: HERE, encoding: 'utf8' });

spec('the command writes a picture with its data', () => {
  writeFileSync(join(HERE, 'my.json'), JSON.stringify(units));
  const { status, stdout, stderr } = pgf(
    ...[
      'sgd',
      'my.json',
      '--eta',
      '0.02,0.05,0.1',
      '--m',
      '4,8,12',
      '--seeds',
      '2',
      '--reference',
      '20',
      '-o',
      'a.svg',
    ],
  );
  assert.is(status, 0, stderr);
  assert.match(stdout, /\|u − u\(t\)\| +η, m = 12: SGD from its flow/);
  const cold = pgf('temperature', 'my.json', '--set', 'time.end=0.1', '--eta', '0.01', '--json', '--quiet');
  assert.is(cold.status, 0, cold.stderr);
  assert.is(JSON.parse(cold.stdout).format, 'pgf-figure-1');
  assert.equal(readdirSync(HERE).sort(), ['a.csv', 'a.json', 'a.svg', 'my.json']);
});

spec('a step that diverges is found before the reference is computed', () => {
  const { status, stderr } = pgf('sgd', 'my.json', '--T', '2e7', '--eta', '0.05,1e6', '--m', '4', '--reference', '400');
  assert.is(status, 3, stderr);
  assert.match(stderr, /SGD, η = 1000000/);
  assert.not.match(stderr, /m = 400/);
});

spec('what has no such study is refused before anything is computed', () => {
  const refusals: readonly [string[], RegExp][] = [
    [['heat', 'my.json'], /no study is called heat.*allowed: temperature, sgd/],
    [['sgd', 'my.json'], /noise sgd needs --eta/],
    [['sgd', 'my.json', '--eta', '0.1', '--temperature', '1'], /noise sgd takes no --temperature/],
    [['temperature', 'my.json', '--eta', '0.1', '--m', '4'], /noise temperature takes no --m/],
    [['temperature', 'my.json', '--eta', '0.1,0.2'], /--eta takes one number/],
    [['sgd', 'figure-1', '--eta', '0.1'], /sgd draws batches, and R of .* is no mean over a sample/],
    [
      ['sgd', 'my.json', '--eta', '0.1', '--m', '40', '--reference', '20'],
      /at least the 40 particles of --m, found 20/,
    ],
    [['temperature', 'stream-sigmoid', '--eta', '0.1'], /a stream of fresh samples has no whole gradient/],
    [['sgd', 'my.json', '--eta', '0.1,1e6'], /a step of 1000000 is longer than the whole time/],
    [['temperature', 'figure-1', '--eta', '5'], /a step of 5 is longer than the whole time 2/],
    [['temperature', 'figure-1', '--eta', '0'], /--eta takes positive numbers/],
  ];
  const before = readdirSync(HERE);
  for (const [args, message] of refusals) {
    const { status, stdout, stderr } = pgf(...args);
    assert.is(status, 2, `${args}: ${stderr}`);
    assert.match(stderr, message);
    assert.is(stdout, '');
  }
  assert.equal(readdirSync(HERE), before);
});

spec.run();
