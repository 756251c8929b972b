/** What the loop of the adaptive methods does when the problem will not be solved. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { dopri5, gd, odex } from '../solvers/index.js';
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

const towardsKink = (y: Vec, out: Vec, branch?: Int8Array) => {
  out[0] = -(branch?.[0] ?? Math.sign(y[0]));
};
const heldAt = (kinks: Kinks) =>
  wholeRun(inclusionFlow, bareFlow(1, towardsKink, { kinks }), Float64Array.of(0.5), { end: 2, maxSteps: 1e5 }).outcome;

failures('the advice on chattering does not name what is in use already', () => {
  const ofFeature = heldAt({ ...flipping, owner: () => ({ particle: 0, sample: 7 }) });
  assert.is(ofFeature.code, 'chattering');
  assert.match(ofFeature.message, /^particle 0 meets kink 7 of Φ again and again \(t = 0\.5\d*\)\./);
  const ofPenalty = heldAt({ ...flipping, owner: () => ({ particle: 0 }) });
  assert.match(ofPenalty.message, /^events accumulate at one time/);
  for (const { message } of [ofFeature, ofPenalty]) assert.not.match(message, /use the inclusion solver/);
  const blind = wholeRun(
    dopri5,
    onTheLine(u => (u > 0 ? -1 : 1e3)),
    Float64Array.of(0.5),
    { end: 2, maxSteps: 5000 },
  ).outcome;
  assert.match(blind.message, /use the inclusion solver/);
});

failures('a blow-up under the inclusion solver does not advise the inclusion solver', () => {
  const r = wholeRun(
    inclusionFlow,
    onTheLine(u => u * u),
    Float64Array.of(1),
    { end: 2 },
  );
  assert.is(r.outcome.code, 'step-underflow');
  assert.match(r.outcome.message, /Try: end before this time$/);
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
  assert.is(r.outcome.code, 'chattering', 'a method that cannot rest on the jump is refused again and again');
  assert.ok(r.segments.length < 5000, 'and stopped long before its budget');
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

failures('a wall of NaN ends as not-finite, not after ten million steps of one unit in the last place', () => {
  for (const wall of [0.3, 0.37, 0.5, 0.61, 0.77, 0.9]) {
    const r = wholeRun(
      dopri5,
      onTheLine(u => (u > wall ? Number.NaN : 1)),
      Float64Array.of(0),
      { end: 1, maxSteps: 5000 },
    );
    assert.is(r.outcome.code, 'not-finite', `wall at ${wall}`);
    assert.ok(Math.abs(r.outcome.t - wall) <= 1e-6);
  }
});

failures('atol = 0 with components that are exactly zero', () => {
  const r = wholeRun(
    dopri5,
    bareFlow(2, (y, out) => out.set([-y[0], 0])),
    Float64Array.of(1, 0),
    { end: 1, rtol: 1e-8, atol: 0 },
  );
  assert.is(r.outcome.code, 'end');
  assert.ok(Math.abs(r.last[0] - Math.exp(-1)) <= 1e-7);
});

failures('a start of the wrong length, no tolerance at all, and no end are refused', () => {
  const flow = onTheLine(u => -u);
  for (const solver of [dopri5, gd, odex]) {
    const step = solver.fixedStep ? { step: 0.1 } : {};
    assert.throws(
      () => wholeRun(solver, flow, Float64Array.of(1, 77), { end: 1, ...step }),
      /must have 1 numbers, got 2/,
    );
  }
  assert.throws(() => wholeRun(dopri5, flow, Float64Array.of(1), { end: 1, rtol: 0, atol: 0 }), /both 0/);
  assert.throws(() => wholeRun(dopri5, flow, Float64Array.of(1), { end: Number.POSITIVE_INFINITY }), /finite time/);
});

failures('the last iterate of a fixed step lands on the end, whatever the rounding of k·η', () => {
  for (let n = 3; n < 400; n++) {
    const r = wholeRun(
      gd,
      onTheLine(u => -u),
      Float64Array.of(1),
      { end: 1, step: 1 / n },
    );
    assert.is(r.outcome.t, 1, `1/${n}`);
    assert.is(r.segments.at(-1)?.t1, 1);
    assert.is(r.segments.length, n);
  }
});

failures.run();
