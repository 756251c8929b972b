/** The independent integrator: that it agrees with ours, and that the traps of the package do not reach our callers. */
import { Outcome, Solver } from 'odex';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { odex } from '../solvers/index.js';
import { flowOf } from '../src/flow.js';
import { scaledDistance } from '../src/math/vec.js';
import { bareFlow, onTheLine } from './problems-of-ones-own.js';
import { inclusionFlow } from './truth/agreement.js';
import { displacement, problemOf, reference, startOf, stateAt } from './truth/reference.js';
import { at, energyDefect, wholeRun } from './whole-run.js';

const independent = suite('odex');

independent('agrees with the closed form of the quadratic flow at every reference time', () => {
  const r = reference('quadratic-m5');
  const flow = flowOf(problemOf(r), r.m);
  const run = wholeRun(odex, flow, startOf(r), { end: 16, rtol: 1e-11, atol: 1e-13, stops: r.times });
  assert.is(run.outcome.code, 'end');
  for (const [k, t] of r.times.entries()) {
    const { y, dissipation } = at(run, t);
    // 20 rtol, as for the other solvers.
    assert.ok(scaledDistance(y, stateAt(r, k), r.m) <= 2e-10 * displacement(r), `state at t = ${t}`);
    assert.ok(Math.abs(dissipation - r.dissipation[k]) <= 2e-10 * r.F0, `dissipation at t = ${t}`);
  }
  assert.ok(energyDefect(flow, run) <= 1e-10);
});

independent('agrees with the inclusion on the smooth stretch of deconv-weak-m10 before its first event', () => {
  const r = reference('deconv-weak-m10');
  const flow = flowOf(problemOf(r), r.m);
  const times = [0.002, 0.005, 0.01, 0.02, 0.0395];
  assert.ok(r.events[0].t > 0.0395 && r.events[0].t < 0.04);
  const options = { end: 0.0395, rtol: 1e-10, atol: 1e-12, stops: times };
  const [theirs, ours] = [odex, inclusionFlow].map(s => wholeRun(s, flow, startOf(r), options));
  assert.equal([theirs.outcome.code, ours.outcome.code], ['end', 'end']);
  for (const t of times) {
    const [a, b] = [at(theirs, t), at(ours, t)];
    // Both within 20 rtol of the truth.
    assert.ok(scaledDistance(a.y, b.y, r.m) <= 4e-9 * displacement(r), `state at t = ${t}`);
    assert.ok(Math.abs(a.dissipation - b.dissipation) <= 2e-9 * r.F0, `dissipation at t = ${t}`);
  }
});

independent('a kink inside a stretch is refused, and the message says where; what came before is kept', () => {
  const r = reference('deconv-weak-m10');
  const flow = flowOf(problemOf(r), r.m);
  const { outcome, segments } = wholeRun(odex, flow, startOf(r), { end: 0.1, rtol: 1e-8, stops: [0.02, 0.05] });
  assert.is(outcome.code, 'missing-capability');
  assert.not(outcome.ok);
  assert.ok(outcome.t >= 0.02 && outcome.t < r.events[0].t + 1e-9, `t = ${outcome.t}`);
  assert.match(outcome.message, /kink lies after t = 0\.0\d+, before 0\.05/);
  assert.match(outcome.message, /Try: use the inclusion solver/);
  assert.is(segments.at(-1)?.t1, outcome.t);
});

independent('stops are met exactly, short stretches included', () => {
  const stops = [1e-7, 0.1, 0.1 + 1e-9, 1 / 3, 0.7];
  const { segments, outcome } = wholeRun(
    odex,
    onTheLine(u => -u),
    Float64Array.of(1),
    { end: 1, rtol: 1e-9, stops },
  );
  for (const t of [...stops, 1])
    assert.ok(
      segments.some(s => s.t1 === t),
      `a segment ends at ${t}`,
    );
  assert.is(outcome.t, 1);
  for (const s of segments) assert.ok(Math.abs(s.y1[0] - Math.exp(-s.t1)) <= 1e-8);
});

independent('NaN is not stepped over: no ten thousand steps, no NaN handed out', () => {
  let calls = 0;
  const flow = onTheLine(u => {
    calls++;
    return u > 0.5 ? Number.NaN : 1;
  });
  const { outcome, segments } = wholeRun(odex, flow, Float64Array.of(0), { end: 1 });
  assert.is(outcome.code, 'not-finite');
  assert.ok(calls < 1000, `${calls} evaluations`);
  assert.ok(segments.every(s => Number.isFinite(s.y1[0]) && s.y1[0] <= 0.5));
});

independent('the package alone calls NaN converged, and turns a typed array into NaN: why it is wrapped', () => {
  const through = new Solver(1).solve((_x, y) => [y[0] > 0.5 ? Number.NaN : 1], 0, [0], 1);
  assert.is(through.outcome, Outcome.Converged);
  assert.ok(Number.isNaN(through.y[0]));
  const typed = new Solver(1).solve((_x, y) => [-y[0]], 0, Float64Array.of(1) as unknown as number[], 1);
  assert.ok(Number.isNaN(typed.y[0]) && typed.nEval > 1e5);
});

independent('a typed start, which the package turns into NaN, works', () => {
  const { last } = wholeRun(
    odex,
    onTheLine(u => -u),
    Float64Array.of(1),
    { end: 1, rtol: 1e-10 },
  );
  assert.ok(Math.abs(last[0] - Math.exp(-1)) <= 1e-9);
});

independent('between its steps the path meets both ends and keeps to the truth', () => {
  const flow = bareFlow(2, (y, out) => {
    [out[0], out[1]] = [-y[1], y[0]];
  });
  const run = wholeRun(odex, flow, Float64Array.of(1, 0), { end: 3, rtol: 1e-8, stops: [0.5, 1, 1.5, 2, 2.5] });
  const out = new Float64Array(2);
  for (const s of run.segments) {
    assert.equal([...s.at(s.t0, out)], [...s.y0]);
    assert.equal([...s.at(s.t1, out)], [...s.y1]);
    const h = s.t1 - s.t0;
    s.at(s.t0 + h / 2, out);
    // Cubic Hermite: h⁴/384 times the fourth derivative, 1.
    assert.ok(Math.abs(out[0] - Math.cos(s.t0 + h / 2)) <= h ** 4 / 300 + 1e-7);
  }
});

independent.run();
