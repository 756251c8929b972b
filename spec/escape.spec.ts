/** Where a new particle lowers F, and that it does: the stuck run of Figure 1 with particles added inside K⁺, K⁻ and outside. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { reluPopulation } from '../problems/index.js';
import { figure1 } from '../problems/presets/index.js';
import { escapeSets } from '../src/diagnostics/escape-sets.js';
import { escapeFrom } from '../src/escape.js';
import { flowOf } from '../src/flow.js';
import { toRows } from '../src/particles.js';
import { resolveExperiment } from '../src/resolve.js';
import { runExperiment } from '../src/run.js';
import { largestHoles } from '../src/tracers.js';
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

spec.run();
