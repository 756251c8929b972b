/** How every registered solver ends: by the closed set of codes, with the last good state, never by an exception or an endless loop. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { flowOf } from '../../src/flow.js';
import { allFinite } from '../../src/math/vec.js';
import { meanings } from '../../src/outcome.js';
import type { Flow, SolveOptions, Solver, Vec } from '../../src/types.js';
import { noiseless, onTheLine } from '../problems-of-ones-own.js';
import { problemOf, reference, startOf } from '../truth/reference.js';
import { type WholeRun, wholeRun } from '../whole-run.js';
import { solvers } from './registered.js';

const outcomes = suite('outcomes of every solver');
/** Adaptive methods get no step. */
const settings = (solver: Solver, o: SolveOptions, step = 0.01): SolveOptions =>
  solver.fixedStep ? { step, ...o } : o;

/** A bare field in one dimension with the trivial splitting and batches without noise, so that every solver accepts it. */
const field = (velocity: (u: number) => number): Flow => {
  const velocityInto = (y: Vec, out: Vec) => {
    out[0] = velocity(y[0]);
  };
  const split = { smoothInto: velocityInto, proxInto: (y: Vec, _h: number, out: Vec) => out.set(y) };
  return noiseless(onTheLine(velocity, { split }));
};
const run = (solver: Solver, flow: Flow, y0: number, o: SolveOptions, step?: number) =>
  wholeRun(solver, flow, Float64Array.of(y0), settings(solver, o, step));

/** What holds for every end. */
function wellEnded({ outcome, segments, last }: WholeRun): void {
  assert.ok(outcome.code in meanings, outcome.code);
  assert.is(outcome.ok, meanings[outcome.code].ok);
  assert.ok(Number.isFinite(outcome.t), `t = ${outcome.t}`);
  assert.is(outcome.t, segments.at(-1)?.t1 ?? 0, 'the outcome stands where the last segment ends');
  assert.is(outcome.stats.steps, segments.length);
  assert.ok(allFinite(last), 'the last state is finite');
  assert.ok(segments.every(s => s.t1 > s.t0 && allFinite(s.y1)));
}

for (const solver of solvers) {
  const { name } = solver;
  // Methods with dynamics of their own take another way, in another time: accelerated.spec.ts, langevin.spec.ts.
  const own = solver.dynamics !== undefined;

  outcomes(`${name}: a smooth decay reaches its end`, () => {
    const r = run(
      solver,
      field(u => -u),
      1,
      { end: 1 },
    );
    wellEnded(r);
    assert.is(r.outcome.code, 'end');
    assert.ok(Math.abs(r.outcome.t - 1) < 1e-12);
    if (!own) assert.ok(Math.abs(r.last[0] - Math.exp(-1)) < (solver.fixedStep ? 2e-3 : 1e-5), `${r.last[0]}`);
    assert.ok(r.outcome.stats.velocityEvaluations >= r.segments.length);
  });

  outcomes(`${name}: end 0 is reached at once, without a segment`, () => {
    const r = run(
      solver,
      field(u => -u),
      1,
      { end: 0 },
    );
    wellEnded(r);
    assert.equal([r.outcome.code, r.segments.length], ['end', 0]);
  });

  outcomes(`${name}: a field that turns NaN ends as not-finite, with the last good state`, () => {
    const r = run(
      solver,
      field(u => (u > 0.5 ? Number.NaN : 1)),
      0,
      { end: own ? 5 : 1 },
    );
    wellEnded(r);
    assert.is(r.outcome.code, 'not-finite');
    // The first iterate past 0.5 is finite; the field there is not.
    assert.ok(r.last[0] <= (own ? 0.75 : 0.52), `${r.last[0]}`);
    // odex keeps whole steps only; the others come as near as their steps allow.
    if (name !== 'odex' && !own) assert.ok(r.outcome.t > 0.45, `t = ${r.outcome.t}`);
    assert.ok(r.outcome.stats.velocityEvaluations < 2000, `${r.outcome.stats.velocityEvaluations} evaluations`);
  });

  outcomes(`${name}: NaN at the start ends as not-finite before the first segment`, () => {
    const nan = run(
      solver,
      field(() => Number.NaN),
      0,
      { end: 1 },
    );
    wellEnded(nan);
    assert.equal([nan.outcome.code, nan.outcome.t, nan.segments.length], ['not-finite', 0, 0]);
    const start = wholeRun(
      solver,
      field(u => -u),
      Float64Array.of(Number.NaN),
      settings(solver, { end: 1 }),
    );
    assert.equal([start.outcome.code, start.segments.length], ['not-finite', 0]);
    const infinite = run(
      solver,
      field(u => -u),
      Number.POSITIVE_INFINITY,
      { end: 1 },
    );
    assert.equal([infinite.outcome.ok, infinite.segments.length], [false, 0]);
  });

  outcomes(`${name}: F that is not a number is no success, however well the velocity behaves`, () => {
    const nowhere = { ...field(() => 0), energy: () => Number.NaN };
    assert.equal(run(solver, nowhere, 0, { end: 0 }).outcome.code, 'not-finite');
    assert.equal(run(solver, nowhere, 0, { end: 1 }).outcome.code, 'not-finite');
    const until = { ...field(u => 1 - u), energy: (y: Vec) => (y[0] > 0.5 ? Number.NaN : 1) };
    const ended = run(solver, until, 0, { end: own ? 5 : 1 });
    assert.is(ended.outcome.code, 'not-finite');
    assert.ok(!ended.outcome.ok && ended.segments.length > 0, 'the partial result is kept');
    const settled = run(solver, until, 0, { end: 100, stationarity: 1e-3 });
    assert.is(settled.outcome.code, 'not-finite');
  });

  outcomes(`${name}: u′ = u² blows up at t = 1 and is stopped there, within a few thousand steps`, () => {
    const cubic: Partial<Flow> = { energy: y => -(y[0] ** 3) / 3 };
    const flow = { ...field(u => u * u), ...cubic };
    const r = run(solver, flow, 1, { end: solver.dynamics === 'inertial' ? 20 : 2, maxSteps: 20_000 }, 1e-4);
    wellEnded(r);
    // odex has no notion of a step that is too short.
    const allowed =
      name === 'odex' ? ['not-finite', 'max-steps', 'diverged', 'step-underflow'] : ['diverged', 'step-underflow'];
    // Adam moves by η whatever the field, so it does not blow up.
    if (solver.dynamics === 'adaptive') assert.is(r.outcome.code, 'end');
    else assert.ok(allowed.includes(r.outcome.code), r.outcome.message);
    // Explicit Euler lags by some ten steps.
    if (name !== 'odex' && !own)
      assert.ok(Math.abs(r.outcome.t - 1) < (solver.fixedStep ? 5e-3 : 1e-3), `t = ${r.outcome.t}`);
  });

  outcomes(`${name}: u′ = u runs off to infinity and is stopped while its square still fits a double`, () => {
    const flow = { ...field(u => u), energy: (y: Vec) => -(y[0] ** 2) / 2 };
    const r = run(solver, flow, 1, { end: 1000, maxSteps: 100_000 });
    wellEnded(r);
    // odex keeps no such guard; it ends where the field overflows.
    if (solver.dynamics === 'adaptive') return;
    assert.ok(
      (name === 'odex' ? ['diverged', 'not-finite'] : ['diverged']).includes(r.outcome.code),
      r.outcome.message,
    );
    // ln 1e100 = 230; implicit Euler grows by 1/(1 − h) in each step, 0.5% faster; with inertia the exponent is another one.
    const earliest = ['minimising-movement', 'proximal-newton'].includes(name) ? 229 : 230;
    if (!own) assert.ok(r.outcome.t > earliest && r.outcome.t < 720, `t = ${r.outcome.t}`);
  });

  outcomes(`${name}: a budget of one step`, () => {
    const r = run(
      solver,
      field(u => -u),
      1,
      { end: 1, maxSteps: 1 },
    );
    wellEnded(r);
    assert.is(r.outcome.code, 'max-steps');
    assert.ok(r.segments.length <= 1);
  });

  outcomes(`${name}: a budget of wall time`, () => {
    const r = run(
      solver,
      field(u => -u),
      1,
      { end: 1, maxSeconds: 1e-9 },
    );
    wellEnded(r);
    assert.is(r.outcome.code, 'max-time');
  });

  outcomes(`${name}: a signal from outside, before the start and between two segments`, () => {
    const before = run(
      solver,
      field(u => -u),
      1,
      { end: 1, signal: { aborted: true } },
    );
    wellEnded(before);
    assert.equal([before.outcome.code, before.segments.length], ['interrupted', 0]);
    const signal = { aborted: false };
    const options = settings(solver, { end: 100, stops: [1, 2, 3], signal });
    const between = wholeRun(
      solver,
      field(u => -u),
      Float64Array.of(1),
      options,
      undefined,
      (_, k) => {
        if (k === 2) signal.aborted = true;
      },
    );
    wellEnded(between);
    assert.is(between.outcome.code, 'interrupted');
    // odex is asked again only at a stop.
    assert.ok(
      name === 'odex' ? between.outcome.t === 1 : between.segments.length === 3,
      `${between.segments.length} segments`,
    );
  });

  outcomes(`${name}: a velocity below the stationarity asked for stops the run successfully`, () => {
    const r = run(
      solver,
      field(u => -u),
      1,
      { end: 100, stationarity: 1e-2 },
    );
    wellEnded(r);
    assert.equal([r.outcome.code, r.outcome.ok], ['stationary', true]);
    if (!own) assert.ok(r.outcome.t > 4 && r.outcome.t < 6, `t = ${r.outcome.t}`);
  });

  outcomes(`${name}: a field of zero leaves the start where it is, to the end`, () => {
    const r = run(
      solver,
      field(() => 0),
      0.25,
      { end: 3 },
    );
    wellEnded(r);
    assert.ok(r.outcome.ok);
    assert.ok(Math.abs(r.outcome.t - 3) < 1e-12, `t = ${r.outcome.t}`);
    if (solver.dynamics === 'noisy') return;
    assert.is(r.last[0], 0.25);
    assert.is(r.segments.at(-1)?.dissipation1, 0);
  });

  outcomes(`${name}: a jump that nobody declared never ends well with a NaN`, () => {
    const r = run(
      solver,
      field(u => -Math.sign(u)),
      1,
      { end: 2, maxSteps: 3000 },
    );
    wellEnded(r);
    // Close to the jump, or stopped on the way to it.
    assert.ok(r.last[0] > (own ? -0.5 : -0.1) && r.last[0] <= 1, `${r.last[0]}`);
  });

  outcomes(`${name}: segments join without gaps, and the dissipation adds up`, () => {
    const ref = reference('quadratic-m5');
    const flow = noiseless(flowOf(problemOf(ref), ref.m));
    const r = wholeRun(solver, flow, startOf(ref), settings(solver, { end: 0.05 }, 1e-4));
    wellEnded(r);
    assert.is(r.segments[0].t0, 0);
    for (const [k, s] of r.segments.entries()) {
      const before = r.segments[k - 1];
      if (before) assert.equal([s.t0, [...s.y0]], [before.t1, [...before.y1]], `segment ${k}`);
      assert.ok(
        Math.abs(s.dissipation0 - (before?.dissipation1 ?? 0)) <= 1e-13 * s.dissipation1,
        `dissipation of ${k}`,
      );
    }
    if (own) return;
    const defect = Math.abs(flow.energy(r.last) + (r.segments.at(-1)?.dissipation1 ?? 0) - ref.F0) / ref.F0;
    // First order: half of hλ² per unit of F0 at h = 1e-4; the others keep to rtol in each step, and order 2 needs some hundred of them.
    const allowed = solver.fixedStep ? 5e-3 : solver.order === 2 ? 1e-4 : 1e-5;
    assert.ok(defect <= allowed, `energy defect ${defect}`);
  });
}

outcomes.run();
