/** Stick, cross and leave, on flows whose solution is known by hand. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { deconvolution } from '../problems/index.js';
import { flowOf } from '../src/flow.js';
import { random } from '../src/math/random.js';
import { scaledDistance } from '../src/math/vec.js';
import type { Flow, Vec } from '../src/types.js';
import { absLine, bareFlow } from './problems-of-ones-own.js';
import { follow, inclusionFlow } from './truth/agreement.js';
import { displacement, problemOf, reference, startOf } from './truth/reference.js';
import { at, named, wholeRun } from './whole-run.js';

const inclusion = suite('inclusion');
const BETA = 1;

/** y = (w, s) with the clock s′ = 1 and w′ = η(s) − β sign(w), the minimal-norm selection at w = 0. */
function clocked(eta: (s: number) => number): Flow {
  const settle = (s: number) => (Math.abs(eta(s)) <= BETA ? 0 : Math.sign(eta(s)));
  return bareFlow(
    2,
    (y, out, branch) => {
      const side = branch ? branch[0] : Math.sign(y[0]) || settle(y[1]);
      out[0] = side === 0 ? 0 : eta(y[1]) - BETA * side;
      out[1] = 1;
    },
    {
      kinks: {
        count: 1,
        branchAt: y => Int8Array.of(Math.sign(y[0]) || settle(y[1])),
        marginsInto(y, b, out) {
          out[0] = b[0] === 0 ? BETA - Math.abs(eta(y[1])) : b[0] * y[0];
        },
        cross(y, _k, b) {
          y[0] = 0;
          return (b[0] === 0 ? Math.sign(eta(y[1])) : settle(y[1])) as -1 | 0 | 1;
        },
      },
    },
  );
}

const run = (flow: Flow, y0: readonly number[], end: number, rtol = 1e-8) =>
  wholeRun(inclusionFlow, flow, Float64Array.from(y0), { end, rtol, atol: 1e-10 });
const close = (a: number, b: number, tolerance = 1e-7) =>
  assert.ok(Math.abs(a - b) <= tolerance, `${a} instead of ${b}`);

inclusion('stick: w reaches 0 with |η| ≤ β and stays', () => {
  const r = run(
    clocked(() => 0.5),
    [0.5, 0],
    3,
  );
  assert.equal(
    named(r.events).map(e => e.type),
    ['stick'],
  );
  close(r.events[0].t, 1);
  close(at(r, 0.6).y[0], 0.2);
  assert.is(at(r, 1.5).y[0], 0);
  assert.is(r.last[0], 0);
  assert.equal([r.outcome.code, r.outcome.t], ['end', 3]);
});

inclusion('cross: w reaches 0 with |η| > β and goes on at another speed', () => {
  const r = run(
    clocked(() => -2),
    [0.5, 0],
    1,
  );
  assert.equal(
    named(r.events).map(e => e.type),
    ['cross'],
  );
  close(r.events[0].t, 1 / 6);
  close(r.last[0], -(1 - 1 / 6));
});

inclusion('leave: |η| passes β, at whatever length the steps have grown to', () => {
  for (const end of [1.5, 20]) {
    const r = run(
      clocked(s => s),
      [0, 0],
      end,
    );
    assert.equal(
      named(r.events).map(e => e.type),
      ['leave'],
    );
    close(r.events[0].t, 1);
    close(at(r, 1.4).y[0], 0.4 ** 2 / 2);
    assert.is(at(r, 0.9).y[0], 0);
  }
});

inclusion('leave downwards', () => {
  const r = run(
    clocked(s => -s),
    [0, 0],
    1.5,
  );
  assert.equal(
    r.events.map(e => [e.from, e.to]),
    [[0, -1]],
  );
  close(r.last[0], -(0.5 ** 2) / 2);
});

inclusion('leave, return, rest again: each once', () => {
  // η − β = 1/4 − (s − 1)²: positive on (1/2, 3/2), and w = (s−½)²·(2−s)/3… is back at 0 at s = 2.
  const r = run(
    clocked(s => BETA + 0.25 - (s - 1) ** 2),
    [0, 0],
    2.2,
  );
  assert.equal(
    named(r.events).map(e => e.type),
    ['leave', 'stick'],
  );
  close(r.events[0].t, 0.5);
  close(r.events[1].t, 2, 1e-6);
});

inclusion('a particle where |η| = β exactly stays, and the run is stationary', () => {
  const flow = flowOf(absLine(2, 2, 1), 3);
  const r = wholeRun(inclusionFlow, flow, new Float64Array(3), { end: 5 });
  assert.equal([r.outcome.code, r.outcome.t, r.outcome.ok], ['stationary', 5, true]);
  assert.equal([...r.last], [0, 0, 0]);
  assert.equal(r.events, []);
});

inclusion('a start at rest stays at rest: one segment to the end, F constant', () => {
  const r = reference('deconv-weak-m10');
  if (r.problem.type !== 'deconvolution-1d') throw new Error('not a deconvolution');
  const { K, lambda, y } = r.problem;
  const flow = flowOf(deconvolution({ order: K, lambda, beta: 100, coefficients: Float64Array.from(y) }), r.m);
  const rest = wholeRun(inclusionFlow, flow, startOf(r), { end: 1, stops: [0.5] });
  assert.equal([rest.outcome.code, rest.outcome.t], ['stationary', 1]);
  assert.is(flow.energy(rest.last), flow.energy(startOf(r)));
  assert.is(rest.segments.at(-1)?.dissipation1, 0);
  assert.equal([...at(rest, 0.5).y], [...startOf(r)]);
});

inclusion('two kinks in one step: particles that start together cross together', () => {
  const flow = flowOf(absLine(1.5, 0.5, 1), 3);
  const r = wholeRun(inclusionFlow, flow, Float64Array.of(-0.3, -0.3, 0.5), { end: 2, rtol: 1e-8 });
  assert.equal(
    named(r.events).map(e => `${e.type} ${e.particle}`),
    ['cross 0', 'cross 1'],
  );
  assert.is(r.events[0].t, r.events[1].t);
  assert.is(r.segments.filter(s => s.events.length > 0).length, 1);
  assert.is(r.last[0], r.last[1]);
});

inclusion('events of different kinds at one time: one particle sticks, its mirror image too', () => {
  // a = 0: η = −2·mean = 0 for a symmetric pair, so both come to rest at t = 0.4.
  const flow = flowOf(absLine(0, 0.5, 1), 2);
  const r = wholeRun(inclusionFlow, flow, Float64Array.of(-0.4, 0.4), { end: 1 });
  assert.equal(r.events.map(e => [e.from, e.to]).sort(), [
    [-1, 0],
    [1, 0],
  ]);
  close(r.events[0].t, 0.4, 1e-9);
  assert.equal([...r.last], [0, 0]);
  assert.is(r.outcome.code, 'stationary');
});

inclusion('no leave-and-return pair at loose tolerance', () => {
  const r = reference('deconv-cross-m12');
  for (const rtol of [1e-6, 1e-4, 1e-3]) assert.is(follow(r, rtol).run.outcome.stats.events, 11, `at rtol ${rtol}`);
});

inclusion('the branch of a segment and its one-sided velocities belong together', () => {
  const r = reference('deconv-cross-m12');
  const flow = flowOf(problemOf(r), r.m);
  const { segments } = wholeRun(inclusionFlow, flow, startOf(r), { end: 0.04 });
  const v = new Float64Array(flow.size);
  for (const [k, s] of segments.entries()) {
    assert.ok(s.branch);
    flow.velocityInto(s.y0, v, s.branch);
    assert.ok(scaledDistance(v, s.v0, r.m) <= 1e-10, `v0 of segment ${k}`);
    flow.velocityInto(s.y1, v, s.branch);
    assert.ok(scaledDistance(v, s.v1, r.m) <= 1e-10, `v1 of segment ${k}`);
    if (k > 0) assert.is(s.t0, segments[k - 1].t1);
    if (k > 0) assert.equal(s.y0, segments[k - 1].y1);
    for (const e of s.events) assert.is(s.branch[e.kink], e.from, 'an event starts from the branch of its segment');
    for (const e of s.events)
      assert.is(segments[k + 1].branch?.[e.kink], e.to, 'the next segment is on the new branch');
  }
});

inclusion('permuting particles permutes the result', () => {
  const r = reference('deconv-cross-m12');
  const flow = flowOf(problemOf(r), r.m);
  const draw = random('permutation', 'order');
  const order = [...r.initial.keys()]
    .map(i => [draw.uniform(), i])
    .sort((a, b) => a[0] - b[0])
    .map(x => x[1]);
  const permuted = (y: Vec) => Float64Array.from(order.flatMap(i => [y[2 * i], y[2 * i + 1]]));
  const options = { end: 0.1, rtol: 1e-8 };
  const [plain, other] = [startOf(r), permuted(startOf(r))].map(y => wholeRun(inclusionFlow, flow, y, options));
  // Sums over particles round in another order; the flow amplifies that by less than a thousand.
  assert.ok(scaledDistance(permuted(plain.last), other.last, r.m) <= 1e-11 * displacement(r));
  assert.equal(
    named(other.events).map(e => `${e.type} ${order[e.particle]}`),
    named(plain.events).map(e => `${e.type} ${e.particle}`),
  );
});

inclusion('stops are met exactly, and cost no accuracy', () => {
  const r = reference('deconv-weak-m10');
  const flow = flowOf(problemOf(r), r.m);
  const stops = [0.1, 1 / 3, 0.7 / 3, 0.3];
  const { segments, outcome } = wholeRun(inclusionFlow, flow, startOf(r), { end: 0.4, stops });
  for (const t of [...stops, 0.4])
    assert.ok(
      segments.some(s => s.t1 === t),
      `a step ends at ${t}`,
    );
  assert.is(outcome.t, 0.4);
});

inclusion('dense output is continuous: it meets both ends of every segment', () => {
  const r = reference('deconv-weak-m10');
  const flow = flowOf(problemOf(r), r.m);
  const { segments } = wholeRun(inclusionFlow, flow, startOf(r), { end: 0.4 });
  const [out, span] = [new Float64Array(flow.size), (s: { t0: number; t1: number }) => s.t1 - s.t0];
  for (const s of segments) {
    assert.equal(s.at(s.t0, out), s.y0);
    assert.equal(s.at(s.t1, out), s.y1);
    assert.ok(scaledDistance(s.at(s.t0 + 1e-9 * span(s), out), s.y0, r.m) <= 1e-8 * (span(s) + 1e-6));
    assert.ok(scaledDistance(s.at(s.t1 - 1e-9 * span(s), out), s.y1, r.m) <= 1e-8 * (span(s) + 1e-6));
    assert.is(s.dissipationAt(s.t1), s.dissipation1);
    assert.is(s.dissipationAt(s.t0), s.dissipation0);
  }
});

inclusion('a located kink of Φ costs one evaluation, that of the velocity it leaves with, and hardly a step', () => {
  const r = reference('relu-sqsign-m8');
  const flow = flowOf(problemOf(r), r.m);
  const { segments, outcome, events } = wholeRun(inclusionFlow, flow, startOf(r), {
    end: r.times[r.times.length - 1],
    rtol: 1e-6,
  });
  const cuts = segments.filter(s => s.events.length > 0).length;
  const attempts = segments.length + segments.reduce((sum, s) => sum + s.rejected, 0);
  assert.ok(cuts > 10 && events.length >= cuts);
  // Two to begin with, and six stages a step.
  assert.is(outcome.stats.velocityEvaluations, 2 + 6 * attempts + cuts);
  // The controller keeps its memory: begun afresh at every kink it takes 55 steps more than there are kinks.
  assert.ok(segments.length - cuts <= 40, `${segments.length} steps over ${cuts} kinks`);
});

inclusion.run();
