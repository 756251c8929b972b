/** Gradient descent and proximal Euler: monotone below 1/L, first order in η against the flow, rest exactly at w = 0. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { gd, proximalEuler } from '../solvers/index.js';
import { flowOf } from '../src/flow.js';
import { scaledDistance } from '../src/math/vec.js';
import type { Solver } from '../src/types.js';
import { onTheLine } from './problems-of-ones-own.js';
import { inclusionFlow } from './truth/agreement.js';
import { problemOf, reference, startOf } from './truth/reference.js';
import { largestRise, type WholeRun, wholeRun } from './whole-run.js';

const discrete = suite('discrete methods');

const setting = (name: string) => {
  const r = reference(name);
  const flow = flowOf(problemOf(r), r.m);
  const run = (solver: Solver, end: number, step: number) => wholeRun(solver, flow, startOf(r), { end, step });
  return { r, flow, run };
};

/** sup over the iterates k of |u_k − u(kη)|_m. */
function distance(iterates: WholeRun, flow: WholeRun, m: number): number {
  let [j, far] = [0, 0];
  for (const { t1, y1 } of iterates.segments) {
    while (j < flow.segments.length - 1 && flow.segments[j].t1 < t1) j++;
    far = Math.max(far, scaledDistance(flow.segments[j].at(t1, new Float64Array(y1.length)), y1, m));
  }
  return far;
}

// The spectral radius of the active Jacobian stays below 1.1e4 (truth/*.json, `rho`): 1/L = 9e-5, 2/L = 1.8e-4.
for (const name of ['deconv-weak-m6', 'deconv-weak-m10'])
  discrete(`F falls at every step of proximal Euler up to 1/L on ${name}, and rises above 2/L`, () => {
    const { flow, run } = setting(name);
    for (const [step, end] of [
      [1e-6, 0.05],
      [1e-5, 0.3],
      [5e-5, 1],
      [9e-5, 1],
    ])
      assert.ok(largestRise(flow, run(proximalEuler, end, step)) <= 1e-15, `η = ${step}`);
    assert.ok(largestRise(flow, run(proximalEuler, 1, 3e-4)) > 1e-3, 'η = 3e-4');
  });

for (const solver of [gd, proximalEuler])
  discrete(`the distance of ${solver.name} to the flow at t = kη halves with η, past the first stick`, () => {
    const { r, flow, run } = setting('deconv-weak-m10');
    const end = 0.05;
    const exact = wholeRun(inclusionFlow, flow, startOf(r), { end: 1.01 * end, rtol: 1e-9 });
    assert.is(exact.outcome.stats.events, 1);
    const found = [1e-4, 5e-5, 2.5e-5, 1.25e-5].map(eta => distance(run(solver, end, eta), exact, r.m));
    for (let k = 1; k < found.length; k++) {
      const ratio = found[k - 1] / found[k];
      assert.ok(Math.abs(ratio - 2) <= 0.02, `ratio ${ratio}: ${found}`);
    }
  });

discrete('proximal Euler leaves at rest, exactly at w = 0, the particles that stick in the flow', () => {
  const { r, run } = setting('deconv-weak-m10');
  const { last } = run(proximalEuler, 1, 5e-5);
  const resting = [...Array(r.m).keys()].filter(i => last[2 * i] === 0);
  const stuck = r.events.filter(e => e.type === 'stick').map(e => e.particle);
  assert.equal(
    resting,
    stuck.sort((a, b) => a - b),
  );
});

discrete(
  'iterate k lives at t = k·η without accumulated rounding, and the last one is the first at or past the end',
  () => {
    const { run } = setting('deconv-weak-m6');
    const { segments, outcome } = run(gd, 0.01, 1e-5);
    assert.is(segments.length, 1000);
    for (const [k, s] of segments.entries()) assert.equal([s.t0, s.t1], [k * 1e-5, (k + 1) * 1e-5]);
    assert.is(outcome.t, 1000 * 1e-5);
    assert.is(run(gd, 0.0100001, 1e-5).segments.length, 1001);
    // 49·(1/49) is one bit below 1: no fiftieth iterate.
    const still = onTheLine(() => 1);
    assert.is(wholeRun(gd, still, Float64Array.of(0), { end: 1, step: 1 / 49 }).segments.length, 49);
  },
);

discrete('the path between two iterates is straight, and its speed is the update over η', () => {
  const { flow, r, run } = setting('deconv-weak-m10');
  const [first] = run(proximalEuler, 1e-4, 1e-4).segments;
  const middle = first.at(5e-5, new Float64Array(flow.size));
  for (let k = 0; k < flow.size; k++) {
    assert.ok(Math.abs(middle[k] - (first.y0[k] + first.y1[k]) / 2) <= 1e-16);
    assert.ok(Math.abs(first.v0[k] * 1e-4 - (first.y1[k] - first.y0[k])) <= 1e-16);
  }
  assert.ok(
    Math.abs(first.dissipation1 - scaledDistance(first.y1, first.y0, r.m) ** 2 / 1e-4) <= 1e-14 * first.dissipation1,
  );
  assert.ok(Math.abs(first.dissipationAt(5e-5) - first.dissipation1 / 2) <= 1e-14 * first.dissipation1);
});

discrete('proximal Euler says when a penalty has no proximal map', () => {
  const r = reference('abs-line-m6');
  const { outcome, segments } = wholeRun(proximalEuler, flowOf(problemOf(r), r.m), startOf(r), { end: 1, step: 0.1 });
  assert.equal([outcome.code, outcome.ok, segments.length], ['missing-capability', false, 0]);
  assert.match(outcome.message, /proximal map/);
});

discrete.run();
