/** Where a new particle lowers F, and that it does: the stuck run of Figure 1 with particles added inside K⁺, K⁻ and outside. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { reluPopulation } from '../problems/index.js';
import { figure1, reluPlane, sigmoid, twoCopies } from '../problems/presets/index.js';
import { escapeSets } from '../src/diagnostics/escape-sets.js';
import { escapeFrom } from '../src/escape.js';
import { flowOf } from '../src/flow.js';
import { toRows } from '../src/particles.js';
import { resolveExperiment } from '../src/resolve.js';
import { initialState, runExperiment, settingOf } from '../src/run.js';
import { largestHoles, tracersFault } from '../src/tracers.js';
import { problemOf, reference, stateAt } from './truth/reference.js';

const MINIMUM = 0.4391523747526559;
const spec = suite('escape');

spec('from m = 6: one particle inside reaches the minimum, none outside ever leaves weight 0', async () => {
  const { compare: _, ...alone } = structuredClone(figure1) as typeof figure1;
  const value = { ...alone, particles: { count: 6, init: 'grid' }, solver: { kind: 'inclusion', rtol: 1e-6 } };
  const { experiment } = resolveExperiment({ value, source: 'figure-1', locate: () => undefined });
  const run = await runExperiment(experiment);
  const found = await escapeFrom(run, [1, 5]);
  assert.ok(found && found.energy > 0.7 && found.replays.length === 4);
  for (const r of found.replays) {
    assert.ok(Math.abs(r.before - found.energy) <= 1e-13, `the measure is the same: ${r.before}`);
    if (r.where === 'inside') {
      assert.ok(r.woken === r.added && r.after - MINIMUM <= 1e-6 * MINIMUM, `${r.added} inside: ${r.after}`);
      assert.is(r.certificate.verdict, 'global-within-gap');
    } else {
      assert.is(r.woken, 0);
      assert.ok(Math.abs(r.after - found.energy) <= 1e-5, `${r.added} outside: ${r.after}`);
      assert.is(r.certificate.verdict, 'not-global');
    }
  }
});

const setsOf = (name: string) => {
  const r = reference(name);
  const [problem, y] = [problemOf(r), stateAt(r, r.times.length - 1)];
  const flow = flowOf(problem, r.m);
  return { r, flow, y, sets: escapeSets(problem, toRows(y, 2), (p, n, out) => flow.forceInto(y, p, n, out)) };
};

spec('K⁺ and K⁻ are where F′ < −depth, by differences of F', () => {
  const { r, y, sets } = setsOf('deconv-weak-m6');
  assert.ok(sets && Math.abs(sets.depth - 4.15) <= 0.01, `${sets?.depth}`);
  const problem = problemOf(r);
  const F = (weight: number, theta: number) => {
    const grown = y.map((x, i) => (i % 2 === 0 ? (7 / 6) * x : x));
    return flowOf(problem, 7).energy(Float64Array.of(...grown, 7 * weight, theta));
  };
  const rate = (sign: number, theta: number) => (F(sign * 1e-7, theta) - F(0, theta)) / 1e-7;
  for (const [places, sign] of [
    [sets.plus, 1],
    [sets.minus, -1],
  ] as const)
    for (const p of places.filter((_, j) => j % 40 === 0)) assert.ok(rate(sign, p[0]) <= -sets.depth + 1e-3, `${p[0]}`);
  for (const p of sets.outside.filter((_, j) => j % 200 === 0))
    assert.ok(Math.min(rate(1, p[0]), rate(-1, p[0])) >= -1e-3, `${p[0]}`);
  assert.ok(sets.plus.length + sets.minus.length > 0);
  assert.equal([sets.inside, sets.insideMass], [0, 0]);
});

spec('at the minimum nothing is left to escape to, and the start is a grid', () => {
  const { sets } = setsOf('deconv-weak-m100');
  assert.ok(sets && sets.depth <= 1e-6, `${sets?.depth}`);
  const r = reference('deconv-weak-m10');
  const flow = flowOf(problemOf(r), 10);
  const start = Float64Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? 0 : (i - 1) / 20));
  const grid = escapeSets(problemOf(r), toRows(start, 2), (p, n, out) => flow.forceInto(start, p, n, out));
  // Half of the distance of two neighbours, on 4000 places.
  assert.ok(grid && Math.abs(grid.fillDistance - 0.05) <= 1 / 4000, `${grid?.fillDistance}`);
});

spec('without V = β|w| there is no such set', () => {
  const problem = reluPopulation({ weights: [1], directions: [[1, 0]] });
  assert.is(
    escapeSets(problem, [[1, 1, 0]], () => undefined),
    null,
  );
});

const { compare: _, ...figure } = structuredClone(figure1) as typeof figure1;
const holesOf = (count: number, times: number[], init: string) => {
  const value = { ...figure, particles: { count, init }, solver: { kind: 'inclusion', rtol: 1e-6 } };
  const { experiment } = resolveExperiment({ value, source: 'figure-1', locate: () => undefined });
  return largestHoles({ spec: experiment }, times) ?? [];
};

spec('tracers: particles stay on the curve, and it is covered better by more of them', () => {
  const [few, ten, many] = [6, 10, 40].map(m => holesOf(m, [0, 0.01, 0.1], 'grid'));
  for (const [holes, m] of [
    [few, 6],
    [ten, 10],
    [many, 40],
  ] as const) {
    assert.ok(Math.abs(holes[0].hole - 1 / (2 * m)) <= 1e-14 && holes[0].error === 0, `${holes[0].hole}`);
    for (const h of holes) assert.ok(h.error <= 1e-3, `m = ${m}, t = ${h.t}: ${h.error}`);
  }
  assert.ok(many[1].hole < ten[1].hole / 1.5 && ten[1].hole < few[1].hole);
  // The stuck run leaves the curve to itself.
  assert.ok(few[2].hole > 1.5 * ten[2].hole, `${few[2].hole} against ${ten[2].hole}`);
});

spec('tracers start at particles wherever these are', () => {
  const [start, later] = holesOf(7, [0, 0.005], 'random');
  assert.ok(start.error === 0 && later.error <= 1e-3, `${later.error}`);
});

const copiesOf = (more: object, count: number, times: number[]) => {
  const problem = { ...structuredClone(twoCopies.problem), ...more };
  const value = { ...structuredClone(twoCopies), problem, particles: { count, init: 'gaussian' } };
  const { experiment } = resolveExperiment({ value, source: 'two-copies', locate: () => undefined });
  return { experiment, holes: largestHoles({ spec: experiment }, times) ?? [] };
};

/** Half of the largest angle between neighbours on one copy, over both. */
const gapOf = (y: Float64Array): number =>
  Math.max(
    ...[0, 1].map(copy => {
      const on = Array.from({ length: y.length / 2 }, (_, i) => i).filter(i => i % 2 === copy);
      const angles = on.map(i => Math.atan2(y[2 * i + 1], y[2 * i])).sort((a, b) => a - b);
      return Math.max(...angles.map((a, k) => (angles[k + 1] ?? angles[0] + 2 * Math.PI) - a)) / 2;
    }),
  );

spec('tracers on the two copies of the circle: particles stay on the curves of their copy', () => {
  const [few, many] = [12, 48].map(m => copiesOf({}, m, [0, 1, 5]));
  for (const { experiment, holes } of [few, many]) {
    const { problem } = settingOf(experiment);
    const y0 = initialState(experiment, problem);
    assert.is(holes[0].error, 0);
    assert.ok(Math.abs((holes[0].angle ?? 0) - gapOf(y0)) <= 1e-14, `${holes[0].angle}`);
    for (const h of holes) assert.ok(h.error <= 0.01 * h.hole, `t = ${h.t}: ${h.error} against ${h.hole}`);
  }
  assert.ok(many.holes[0].hole < few.holes[0].hole && many.holes[1].hole < few.holes[1].hole);
  assert.ok((many.holes[1].angle ?? 9) < (few.holes[1].angle ?? 0));
});

spec('a copy without particles is not covered at all', () => {
  const { holes } = copiesOf({ signs: 'positive' }, 12, [0, 1]);
  for (const h of holes) assert.is(h.angle, Math.PI);
});

spec('tracers of ReLU units in the plane: one curve for each sign of w', () => {
  const value = { ...structuredClone(reluPlane), compare: {}, particles: { count: 30, init: 'sphere' } };
  const { experiment } = resolveExperiment({ value, source: 'relu-plane', locate: () => undefined });
  const holes = largestHoles({ spec: experiment }, [0, 1, 5]) ?? [];
  assert.is(holes.length, 3);
  for (const h of holes) assert.ok(h.error <= 0.02 * h.hole && (h.angle ?? 9) < Math.PI, `t = ${h.t}: ${h.error}`);
});

spec('where no curve is known it is said', () => {
  const { problem } = settingOf(
    resolveExperiment({ value: structuredClone(sigmoid), source: 'sigmoid', locate: () => undefined }).experiment,
  );
  assert.match(tracersFault(problem) ?? '', /particles here are \(weight, theta1, theta2, bias\)/);
});

const MAIN = fileURLToPath(new URL('../src/cli/main.js', import.meta.url));

spec('the command refuses before it runs', () => {
  const refusals: readonly [string[], RegExp][] = [
    [
      ['relu-plane'],
      /^escape adds particles of weight 0 and needs V = β\|w\|, found no V in relu-population; .*--tracers alone/,
    ],
    [['two-copies'], /^escape adds .*found squared in .*--tracers alone can be had here/],
    [['sigmoid', '--tracers'], /^--tracers: tracers carry .* \(weight, theta1, theta2, bias\)/],
    [['figure-1', '--particles', '3'], /^--particles must be one of 6, 10, 100, found "3"/],
    [['figure-1', '--add', '0'], /^--add must be whole numbers from 1 to 10000/],
  ];
  for (const [args, message] of refusals) {
    const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, 'escape', ...args], { encoding: 'utf8' });
    assert.is(status, 2, stderr);
    assert.match(stderr, message);
    assert.is(stdout, '');
  }
});

spec.run();
