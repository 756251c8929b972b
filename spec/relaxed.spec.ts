/** Relaxation: the discrete energy identity in every step, the times that must be met, the methods that are refused. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { bosh3, dop853, dopri5, inclusion, relaxed, rkc2, tsit5 } from '../solvers/index.js';
import { parseExperiment } from '../src/experiment-file.js';
import { flowOf } from '../src/flow.js';
import { scaledDistance } from '../src/math/vec.js';
import { resolveExperiment } from '../src/resolve.js';
import { runExperiment } from '../src/run.js';
import type { Flow, Solver } from '../src/types.js';
import { onTheLine } from './problems-of-ones-own.js';
import { displacement, problemOf, reference, startOf, stateAt } from './truth/reference.js';
import { at, type WholeRun, wholeRun } from './whole-run.js';

const relaxation = suite('relaxation');

/** max over the steps of |F(t₁) − F(t₀) + D(t₁) − D(t₀)| / F(0); `where`: only these steps. */
const identityDefect = (flow: Flow, { segments }: WholeRun, where: (k: number) => boolean = () => true): number =>
  segments.reduce((worst, s, k) => {
    const [before, after] = [flow.energy(s.y0), flow.energy(s.y1)];
    const defect = Math.abs(after - before + s.dissipation1 - s.dissipation0) / flow.energy(segments[0].y0);
    return where(k) ? Math.max(worst, defect) : worst;
  }, 0);

for (const name of ['quadratic-m5', 'relu-gauss-m8', 'lowrank-m12'])
  relaxation(`${name}: the identity holds in every step, and the reference is met at its times`, () => {
    const r = reference(name);
    const flow = flowOf(problemOf(r), r.m);
    const [rtol, end] = [1e-6, r.times[r.times.length - 1]];
    const run = (solver: Solver) => wholeRun(solver, flow, startOf(r), { end, rtol, stops: r.times });
    const whole = run(relaxed);
    assert.is(whole.outcome.code, 'end');
    assert.is(whole.outcome.t, end);
    const defect = identityDefect(flow, whole);
    assert.ok(defect <= 1e-13, `relaxed: ${defect}`);
    assert.ok(identityDefect(flow, run(bosh3)) > 1e-10, 'the plain method has no such identity');
    const ends = whole.segments.map(s => s.t1);
    for (const [k, t] of r.times.entries()) {
      if (t > 0) assert.ok(ends.includes(t), `t = ${t} is met exactly`);
      const error = scaledDistance(at(whole, t).y, stateAt(r, k), r.m) / displacement(r);
      assert.ok(error <= 1000 * rtol, `error ${error} at t = ${t}`);
    }
  });

relaxation('kinks: the identity holds in every step that is not cut at one', () => {
  const r = reference('deconv-cross-m12');
  const flow = flowOf(problemOf(r), r.m);
  const whole = wholeRun(inclusion(relaxed.stepper), flow, startOf(r), { end: 0.045, rtol: 1e-6 });
  assert.is(whole.outcome.stats.events, 7);
  const { segments } = whole;
  const cut = (k: number) => segments[k].events.some(e => e.t === segments[k].t1);
  const defect = identityDefect(flow, whole, k => !cut(k));
  assert.ok(defect <= 1e-13, `${defect}`);
});

relaxation('a step of fixed length takes that length', () => {
  const r = reference('lowrank-m12');
  const flow = flowOf(problemOf(r), r.m);
  const whole = wholeRun(relaxed, flow, startOf(r), { end: r.times[2], step: r.times[2] / 8 });
  assert.is(whole.segments.length, 8);
  for (const s of whole.segments) assert.ok(Math.abs(s.t1 - s.t0 - r.times[2] / 8) <= 1e-14 * r.times[2]);
  assert.ok(identityDefect(flow, whole) <= 1e-13, `${identityDefect(flow, whole)}`);
});

relaxation('an energy that does not belong to the velocity leaves the plain steps', () => {
  const flow = onTheLine(u => -u);
  const [one, other] = [relaxed, bosh3].map(s => wholeRun(s, flow, Float64Array.of(1), { end: 1, step: 0.1 }));
  assert.equal([...one.last], [...other.last]);
});

relaxation('methods with negative weights are refused with the reason, and those without weights', () => {
  for (const { stepper } of [dopri5, tsit5, dop853])
    assert.throws(() => relaxed.of(stepper), new RegExp(`the weight -\\d.* of ${stepper.name} is negative`));
  assert.throws(() => relaxed.of(rkc2.stepper), /only explicit Runge–Kutta methods are relaxed/);
});

const experiment = (solver: object) =>
  parseExperiment(
    JSON.stringify({
      problem: {
        kind: 'low-rank',
        factors: [
          [1, 0],
          [0.5, 1],
        ],
      },
      particles: { count: 4 },
      solver,
      time: { end: 1 },
      seed: 1,
    }),
    'e.json',
  );

relaxation('experiments name it by the same string, alone and in the inclusion', async () => {
  for (const solver of [{ kind: 'relaxed(bosh3)' }, { kind: 'inclusion', method: 'relaxed(bosh3)' }]) {
    const { outcome, audit } = await runExperiment(resolveExperiment(experiment(solver)).experiment);
    assert.is(outcome.code, 'end');
    assert.ok(audit.relativeDefect <= 1e-12, `${audit.relativeDefect}`);
  }
  for (const solver of [{ kind: 'relaxed(dopri5)' }, { kind: 'inclusion', method: 'relaxed(dopri5)' }])
    assert.throws(
      () => resolveExperiment(experiment(solver)),
      /weight -0\.3224 of dopri5 is negative.*relaxed\(bosh3\)/s,
    );
});

relaxation.run();
