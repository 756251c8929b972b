/** `pgf limit`: rates of the many-particle limit, both orders of the limits, and a start that does not separate. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { figure1 } from '../problems/presets/figure-1.js';
import { twoCopies } from '../problems/presets/two-copies.js';
import { flowOf } from '../src/flow.js';
import { fittedSlope, limitStudy } from '../src/limit.js';
import { gridStudy } from '../src/limit-grid.js';
import type { GridStudy, LimitMetric, LimitStudy } from '../src/limit-results.js';
import { random } from '../src/math/random.js';
import { bracketOf } from '../src/measure/bracket.js';
import { finiteMinimum } from '../src/measure/finite.js';
import { MetricRefused } from '../src/measure/gauges.js';
import { excesses, gridText, limitText } from '../src/report/limit-text.js';
import { resolveExperiment } from '../src/resolve.js';
import { settingOf } from '../src/run.js';
import type { Experiment } from '../src/spec.js';

const spec = suite('many-particle limit');
const origin = { version: '', node: '', command: '' };

const experimentOf = (value: unknown): Experiment =>
  resolveExperiment({ value: structuredClone(value), source: 'spec', locate: () => undefined }).experiment;

/** One dimension of positions, smooth in the conic chart w = r². */
const smooth = (init: string): Experiment =>
  experimentOf({
    problem: {
      kind: 'deconvolution',
      order: 2,
      lambda: 1,
      chart: 'conic',
      penalty: { kind: 'abs-weight', beta: 0.1 },
      observation: {
        spikes: [
          [1, 0.3],
          [0.5, 0.7],
        ],
      },
    },
    particles: { count: 8, init },
    solver: { kind: 'dopri5', rtol: 1e-6 },
    time: { end: 0.003, saveAt: [0.001, 0.003] },
    seed: 'smooth',
  });

const slopesOf = (s: LimitStudy, metric: LimitMetric) =>
  s.slopes.filter(x => x.metric === metric).map(x => x.slope ?? 0);

spec('a slope is that of a power law; two points have none, and zeros are left out', () => {
  const m = [10, 20, 40, 80];
  const { slope, error } = fittedSlope(
    m,
    m.map(x => 3 * x ** -0.7),
  );
  assert.ok(Math.abs((slope as number) + 0.7) < 1e-12 && error < 1e-12);
  assert.is(fittedSlope([10, 20, 40], [1, 0, 0.5]).slope, null);
});

const counts = [8, 16, 32, 64];

spec('independent starts: m^(−1/2) in MMD and function norm', async () => {
  const study = await limitStudy(smooth('random'), origin, {
    counts,
    reference: 256,
    referenceInit: 'grid',
    seeds: 32,
    metrics: ['function', 'mmd'],
  });
  assert.is(study.seeds, 32);
  for (const metric of ['function', 'mmd'] as const)
    for (const slope of slopesOf(study, metric)) assert.ok(Math.abs(slope + 0.5) <= 0.1, `${metric} ${slope}`);
  for (const r of study.rows) assert.ok(r.low <= r.mean && r.mean <= r.high && r.values.length === 32);
  assert.match(limitText(study), /MMD between particles \(Gaussian kernel, r .* position 0\.1 wide\)/);
});

spec('a grid is steeper, and needs one run for each m', async () => {
  const study = await limitStudy(smooth('grid'), origin, {
    counts,
    reference: 256,
    seeds: 3,
    metrics: ['function', 'mmd'],
  });
  assert.is(study.seeds, 1);
  assert.match(study.notes.join(), /not random/);
  for (const metric of ['function', 'mmd'] as const)
    for (const slope of slopesOf(study, metric)) assert.ok(slope < -1, `${metric} ${slope}`);
});

spec('every metric is zero of the reference itself', async () => {
  const e = experimentOf({ ...figure1, compare: {}, solver: { kind: 'auto', rtol: 1e-5 }, time: { end: 0.1 } });
  const study = await limitStudy(e, origin, { counts: [12], reference: 12, times: [0.01, 0.1] });
  assert.equal(
    study.metrics.map(m => m.metric),
    ['function', 'mmd', 'w2', 'bl'],
  );
  for (const r of study.rows) assert.ok(r.mean < 1e-7, `${r.metric} ${r.mean}`);
  assert.ok(study.slopes.every(s => s.slope === null));
});

spec('a metric that the problem cannot have is refused by name', async () => {
  const e = experimentOf({ ...twoCopies, time: { end: 1 } });
  try {
    await limitStudy(e, origin, { counts: [4], times: [0.1], metrics: ['bl'] });
    assert.unreachable();
  } catch (error) {
    assert.ok(error instanceof MetricRefused);
    assert.match((error as Error).message, /^bl: .*weights at positions/);
  }
});

/** Every cell at these m and t and beyond is at most 1e-6. */
function reaches(g: GridStudy, fromM: number, fromT: number): void {
  for (const [i, row] of excesses(g, g.cells).entries())
    for (const [k, x] of row.entries())
      if (g.counts[i] >= fromM && g.times[k] >= fromT)
        assert.ok(x <= 1e-6, `m = ${g.counts[i]}, t = ${g.times[k]}: ${x}`);
}

spec('deconvolution: either limit first ends at F*; from half of the circle neither does', async () => {
  const value = { ...figure1, compare: {}, solver: { kind: 'auto', rtol: 1e-8 } };
  const control = { experiment: experimentOf({ ...value, particles: { count: 10, init: 'half' } }), setting: 'half' };
  const g = await gridStudy(experimentOf(value), origin, { counts: [6, 10, 20, 40], times: [0.1, 1, 3], control });
  assert.ok(g.bracket.proof && g.bracket.upper - g.bracket.lower <= 1e-14);
  // 40-digit Newton on five spikes.
  assert.ok(Math.abs(g.bracket.lower - 0.4391523747526559) <= 1e-14);
  reaches(g, 10, 1);
  assert.equal(g.cells.verdicts, ['not-global', 'global', 'global', 'global']);
  // The true excess of m = 6.
  assert.ok(Math.abs(g.cells.excessAtLeast[0] - 0.2614) < 1e-3, `${g.cells.excessAtLeast[0]}`);
  assert.equal(g.control?.verdicts, ['not-global', 'not-global', 'not-global', 'not-global']);
  const text = gridText(g);
  assert.match(text, /first m → ∞, then t: at m = 40 the excess is ≤ 1e-6 from t = 1 on/);
  assert.match(text, /first t → ∞, then m: at t = 3 it is ≤ 1e-6 from m = 10 on/);
  assert.match(text, /certified not global for 4 of 4 m, the other start global for 3/);
});

spec('signed-square units: from both copies to F*, from one copy not', async () => {
  const control = {
    experiment: experimentOf({ ...twoCopies, problem: { ...twoCopies.problem, signs: 'positive' } }),
    setting: 'problem.signs=positive',
  };
  const g = await gridStudy(experimentOf(twoCopies), origin, { counts: [8, 16, 32], times: [5, 60, 120], control });
  assert.ok(g.bracket.proof && g.bracket.upper - g.bracket.lower <= 1e-13);
  reaches(g, 8, 120);
  assert.equal(g.cells.verdicts, ['global', 'global', 'global']);
  assert.equal(g.control?.verdicts, ['not-global', 'not-global', 'not-global']);
  assert.ok((g.control?.excessAtLeast ?? []).every(x => x > 0.09));
});

spec('the finite problem bounds F of every measure, and attains its value', () => {
  const { problem } = settingOf(experimentOf(twoCopies));
  const found = finiteMinimum(problem);
  assert.ok(found && found.lower <= found.upper && found.upper - found.lower <= 1e-13);
  const r = random('measures', 'measures');
  for (let k = 0; k < 500; k++) {
    const m = 1 + (k % 6);
    const y = Float64Array.from({ length: 2 * m }, () => 1.5 * r.normal());
    assert.ok(flowOf(problem, m).energy(y) >= found.lower);
  }
  assert.is(finiteMinimum(settingOf(experimentOf(figure1)).problem), null);
});

spec('without a proven bound nothing is called global', () => {
  const { problem } = settingOf(
    experimentOf({
      ...twoCopies,
      problem: {
        ...twoCopies.problem,
        bias: true,
        data: {
          X: [
            [1, 0],
            [0, 1],
          ],
          y: [1, -1],
        },
      },
    }),
  );
  const y = new Float64Array(3).fill(0.1);
  const b = bracketOf(problem, [{ y, particles: 1, energy: flowOf(problem, 1).energy(y) }]);
  assert.is(b.proof, false);
  assert.is(b.lower, b.upper);
  assert.match(b.source, /bounds nothing/);
});

spec('signs: a list, alternating beyond it, or one copy for all', () => {
  const copies = (signs?: unknown) => {
    const value = { ...twoCopies, problem: { ...twoCopies.problem, ...(signs !== undefined && { signs }) } };
    const { problem } = settingOf(experimentOf(value));
    return [0, 1, 2, 3, 4].map(i => problem.copies?.(i));
  };
  assert.equal(copies(), [1, -1, 1, -1, 1]);
  assert.equal(copies([-1]), [-1, -1, 1, -1, 1]);
  assert.equal(copies('positive'), [1, 1, 1, 1, 1]);
  assert.equal(copies('negative'), [-1, -1, -1, -1, -1]);
});

const MAIN = fileURLToPath(new URL('../src/cli/main.js', import.meta.url));
const HERE = mkdtempSync(join(tmpdir(), 'limit-'));
const pgf = (...args: string[]) =>
  spawnSync(process.execPath, [MAIN, 'limit', ...args], { cwd: HERE, encoding: 'utf8' });
const quick = ['figure-1', '--set', 'solver={kind: auto, rtol: 1e-4}', '--times', '0.01,0.1'];

spec('the command writes a folder, or one document', () => {
  const { status, stdout, stderr } = pgf(...quick, '--m', '4,8,12', '--reference', '24', '--out', 'a');
  assert.is(status, 0, stderr);
  assert.match(stdout, /slope in m/);
  assert.equal(readdirSync(join(HERE, 'a')).sort(), [
    'experiment.yaml',
    'figures',
    'limit.csv',
    'limit.json',
    'manifest.json',
    'report.html',
  ]);
  assert.match(readFileSync(join(HERE, 'a', 'figures', 'many-particle-limit.svg'), 'utf8'), /m, particles/);
  assert.is(
    readFileSync(join(HERE, 'a', 'limit.csv'), 'utf8')
      .trim()
      .split('\r\n').length,
    1 + 4 * 3 * 2,
  );
  const again = pgf(...quick, '--m', '4,8', '--grid', 'm,t', '--json', '--quiet');
  assert.is(again.status, 0, again.stderr);
  const grid = JSON.parse(again.stdout) as GridStudy;
  assert.is(grid.format, 'pgf-limit-grid-1');
  assert.equal(
    grid.cells.energy.map(row => row.length),
    [2, 2],
  );
  assert.equal(readdirSync(HERE), ['a']);
});

spec('the command refuses what it cannot take, and writes nothing', () => {
  const refusals: readonly [string[], RegExp][] = [
    [['--m', '10.5'], /--m takes whole numbers in .* found 10\.5/],
    [['--m', '10', '--metric', 'w3'], /found w3; did you mean w2\?/],
    [['--m', '10', '--grid', 'm,x'], /--grid takes m,t/],
    [['--m', '10', '--grid', 'm,t', '--seeds', '3'], /--seeds is of the distance/],
    [['--m', '10', '--control', 'particles.init=half'], /add --grid m,t/],
    [['--m', '10', '--grid', 'm,t', '--control', 'particles.init=half'], /half/],
    [['--m', '10', '--grid', 'm,t', '--control', 'problem.lambda=2'], /the start alone: found problem\.lambda/],
    [['--m', '10', '--grid', 'm,t', '--control', 'seed'], /--control takes key=value.*found seed/],
    [
      ['--m', '10', '--grid', 'm,t', '--control', 'particles.init=x'],
      /--control particles\.init=x: particles\.init: found "x"/,
    ],
    [['--m', '10', '--metric', 'bl'], /--metric bl: .*weights at positions.*take another of function, mmd/],
    [['--m', '10,20', '--reference', '15'], /--reference takes whole numbers in \[20, /],
    [['--m', '10', '--reference-init', 'gausian'], /found gausian; did you mean gaussian\?/],
    [['--m', '10', '--set', 'particles={values: [[0, 0.1]]}'], /particles\.values: .*have no other number/],
  ];
  const before = readdirSync(HERE);
  for (const [args, message] of refusals) {
    const { status, stderr } = pgf('two-copies', ...args);
    assert.is(status, 2, stderr);
    assert.match(stderr, message);
  }
  assert.equal(readdirSync(HERE), before);
});

spec.run();
