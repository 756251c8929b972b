/** What the loop of the adaptive methods does when the problem will not be solved. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { dopri5, gd } from '../solvers/index.js';
import { flowOf } from '../src/flow.js';
import { allFinite } from '../src/math/vec.js';
import type { Kinks, Vec } from '../src/types.js';
import { absLine, bareFlow, onTheLine } from './problems-of-ones-own.js';
import { inclusionFlow } from './truth/agreement.js';
import { problemOf, reference, startOf } from './truth/reference.js';
import { wholeRun } from './whole-run.js';

const failures = suite('failure modes');

/** One particle whose two branches push it onto its kink from both sides: every crossing is followed by the next. */
const flipping: Kinks = {
  count: 1,
  branchAt: y => Int8Array.of(y[0] < 0 ? -1 : 1),
  marginsInto(y, b, out) {
    out[0] = b[0] * y[0];
  },
  cross(y, _k, b) {
    y[0] = 0;
    return b[0] === 1 ? -1 : 1;
  },
};

failures('a field that chatters ends as chattering, not in an endless loop', () => {
  const towards = (y: Vec, out: Vec, branch?: Int8Array) => {
    out[0] = -(branch?.[0] ?? Math.sign(y[0]));
  };
  const r = wholeRun(inclusionFlow, bareFlow(1, towards, { kinks: flipping }), Float64Array.of(0.5), {
    end: 2,
    maxSteps: 1e5,
  });
  assert.is(r.outcome.code, 'chattering');
  assert.ok(Math.abs(r.outcome.t - 0.5) < 1e-6, `t = ${r.outcome.t}`);
  assert.ok(Math.abs(r.last[0]) < 1e-6);
  assert.ok(r.segments.length < 1000);
});

failures('chattering is seen when the kink is where the run starts', () => {
  const towards = (_y: Vec, out: Vec, branch?: Int8Array) => {
    out[0] = -(branch?.[0] ?? 0) || 1;
  };
  const r = wholeRun(inclusionFlow, bareFlow(1, towards, { kinks: flipping }), Float64Array.of(0), {
    end: 2,
    maxSteps: 1e5,
  });
  assert.is(r.outcome.code, 'chattering');
});

failures('a hundred honest events, spread over time, are no chatter', () => {
  // Particles that cross one after the other while η stays near 2: wᵢ = −i·1e-3.
  const m = 100;
  const y0 = Float64Array.from({ length: m }, (_, i) => -1e-3 * (i + 1));
  const r = wholeRun(inclusionFlow, flowOf(absLine(2, 1, 1), m), y0, { end: 0.2 });
  assert.equal([r.outcome.code, r.outcome.stats.events], ['end', m]);
});

failures('sixty particles that cross at one and the same time are no chatter', () => {
  const r = wholeRun(inclusionFlow, flowOf(absLine(2, 1, 1), 60), new Float64Array(60).fill(-0.1), { end: 0.2 });
  assert.equal([r.outcome.code, r.outcome.stats.events], ['end', 60]);
});

failures('a jump without declared kinks under plain dopri5: no NaN, no false success', () => {
  const r = wholeRun(
    dopri5,
    onTheLine(u => (u > 0 ? -1 : 1e3)),
    Float64Array.of(0.5),
    { end: 2, maxSteps: 5000 },
  );
  assert.ok(allFinite(r.last));
  assert.ok(r.segments.every(s => allFinite(s.y1) && s.error <= 1));
  assert.ok(['max-steps', 'step-underflow', 'end'].includes(r.outcome.code), r.outcome.code);
  assert.is(r.outcome.code === 'end', r.outcome.t === 2);
});

failures('NaN in one stage of one step is a rejected step, and the run goes on', () => {
  let calls = 0;
  const hiccup = (u: number) => (++calls === 20 ? Number.NaN : -u);
  const r = wholeRun(dopri5, onTheLine(hiccup), Float64Array.of(1), { end: 1 });
  assert.is(r.outcome.code, 'end');
  assert.is(r.outcome.stats.rejected, 1);
  assert.ok(Math.abs(r.last[0] - Math.exp(-1)) < 1e-6);
});

failures('NaN with a step given ends as not-finite: nothing shorter will be tried', () => {
  const r = wholeRun(
    dopri5,
    onTheLine(u => (u > 0.5 ? Number.NaN : 1)),
    Float64Array.of(0),
    { end: 1, step: 0.1 },
  );
  assert.is(r.outcome.code, 'not-finite');
  assert.ok(r.last[0] <= 0.51);
});

failures('gradient descent with a huge finite step runs off as diverged, its last state finite', () => {
  const r = reference('deconv-weak-m10');
  const flow = flowOf(problemOf(r), r.m);
  const run = wholeRun(gd, flow, startOf(r), { end: 1e6, step: 10, maxSteps: 1e4 });
  // w overflows only if the smooth part is expansive: 10·ρ with ρ ~ 1e3.
  assert.is(run.outcome.code, 'diverged');
  assert.ok(allFinite(run.last));
  assert.ok(run.outcome.stats.steps < 1000);
});

failures('a step that overflows at once counts as diverged only when the state was already far out', () => {
  const far = wholeRun(
    gd,
    onTheLine(u => u * u),
    Float64Array.of(1e200),
    { end: 1, step: 1 },
  );
  assert.equal([far.outcome.code, far.segments.length], ['diverged', 0]);
  const near = wholeRun(
    gd,
    onTheLine(u => 1e308 * u),
    Float64Array.of(10),
    { end: 100, step: 100 },
  );
  assert.equal([near.outcome.code, near.segments.length], ['not-finite', 0]);
});

failures('fixed-step methods say which step they miss', () => {
  const flow = onTheLine(u => -u);
  for (const step of [0, -1, Number.NaN])
    assert.throws(
      () => wholeRun(gd, flow, Float64Array.of(1), { end: 1, step }),
      new RegExp(`gd takes fixed steps: step must be > 0, got ${step}`),
    );
  assert.throws(() => wholeRun(gd, flow, Float64Array.of(1), { end: 1 }), /step must be > 0, got undefined/);
});

failures('a checkpoint asked for too late is refused', () => {
  for (const [solver, options] of [
    [dopri5, { end: 1 }],
    [gd, { end: 1, step: 0.1 }],
  ] as const) {
    const { segments } = wholeRun(
      solver,
      onTheLine(u => -u),
      Float64Array.of(1),
      options,
    );
    assert.throws(() => segments[0].checkpoint(), /before the next segment/, solver.name);
  }
});

failures.run();
