/** The linearly implicit methods on stiff inclusions, between their steps too: error, energy identity, descent, events, work. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { rodas4, rodas5p } from '../solvers/index.js';
import { flowOf } from '../src/flow.js';
import { scaledDistance } from '../src/math/vec.js';
import type { Solver } from '../src/types.js';
import { displacement, problemOf, type ReferenceEvent, reference, startOf, stateAt } from './truth/reference.js';
import { at, energyDefect, largestRise, named, wholeRun } from './whole-run.js';

const stiff = suite('stiff flows');

const sequence = (events: readonly ReferenceEvent[]) => events.map(({ type, particle }) => `${type} ${particle}`);

function measured(solver: Solver, name: string, rtol: number) {
  const r = reference(name);
  const flow = flowOf(problemOf(r), r.m);
  // No step ends at a reference time by design: the continuous extension answers for the state there.
  const run = wholeRun(solver, flow, startOf(r), { end: r.times[r.times.length - 1], rtol });
  assert.is(run.outcome.code, 'end');
  const errors = r.times.map((t, k) => scaledDistance(at(run, t).y, stateAt(r, k), r.m) / displacement(r));
  assert.ok(Math.max(...errors) <= 20 * rtol, `state error ${Math.max(...errors)} at rtol ${rtol}`);
  assert.ok(energyDefect(flow, run) <= 10 * rtol, `energy defect ${energyDefect(flow, run)} at rtol ${rtol}`);
  assert.equal(sequence(named(run.events)), sequence(r.events), `events at rtol ${rtol}`);
  assert.ok(largestRise(flow, run) <= 1e-14, `F rose by ${largestRise(flow, run)} F0 at rtol ${rtol}`);
  return run.outcome.stats;
}

/** Evaluations at rtol 1e-4 and 1e-6 that an independent prototype of the same method takes. */
for (const [name, ...budgets] of [
  ['deconv-weak-m10', 272, 650],
  ['deconv-weak-m100', 475, 908],
  ['deconv-strong-m10', 554, 1288],
  ['deconv-strong-m100', 932, 1986],
  ['deconv-cross-m12', 1102, 2360],
  ['sigmoid-m12', 394, 1063],
] as const) {
  stiff(`rodas4 follows ${name} within ${budgets.join(' and ')} evaluations`, () => {
    for (const [k, rtol] of [1e-4, 1e-6].entries()) {
      const stats = measured(rodas4, name, rtol);
      assert.ok(stats.velocityEvaluations <= budgets[k], `${stats.velocityEvaluations} evaluations at rtol ${rtol}`);
      // The first Jacobian of a step is the only one; a rejection costs a factorisation.
      assert.is(stats.jacobians, stats.steps);
      assert.is(stats.factorisations, stats.steps + stats.rejected);
    }
  });

  stiff(`rodas5p follows ${name}`, () => {
    for (const rtol of [1e-4, 1e-6, 1e-8]) measured(rodas5p, name, rtol);
  });
}

stiff('a particle leaves when its margin is crossed, whatever the stiff modes do to the velocity there', () => {
  const r = reference('deconv-cross-m12');
  const flow = flowOf(problemOf(r), r.m);
  for (const [rtol, atol] of [
    [1e-4, 1e-6],
    [1e-4, 5e-6],
    [1e-5, 1e-7],
  ]) {
    const run = wholeRun(rodas4, flow, startOf(r), { end: 2, rtol, atol });
    const found = named(run.events);
    assert.equal(sequence(found), sequence(r.events));
    // As long as it is refused it waits for the next step, a hundredth of a unit of time.
    for (const [k, e] of found.entries())
      assert.ok(Math.abs(e.t - r.events[k].t) <= 50 * rtol, `${e.type} ${e.particle} at ${e.t}, not ${r.events[k].t}`);
  }
});

stiff('the higher order pays at tight tolerances', () => {
  for (const name of ['deconv-weak-m10', 'deconv-cross-m12']) {
    const [four, five] = [rodas4, rodas5p].map(s => measured(s, name, 1e-8).velocityEvaluations);
    assert.ok(five < 0.8 * four, `${five} against ${four}`);
  }
});

stiff('without second derivatives the Jacobian is taken by differences, and its evaluations are counted', () => {
  const r = reference('deconv-weak-m10');
  const { linearise, ...flow } = flowOf(problemOf(r), r.m);
  assert.ok(linearise);
  const exact = measured(rodas4, 'deconv-weak-m10', 1e-6);
  const run = wholeRun(rodas4, flow, startOf(r), { end: 1, rtol: 1e-6 });
  const { velocityEvaluations, jacobians } = run.outcome.stats;
  assert.ok(Math.abs(jacobians - exact.jacobians) <= 2);
  assert.ok(velocityEvaluations >= 2 * flow.size * jacobians, `${velocityEvaluations}`);
  const error = scaledDistance(run.last, stateAt(r, r.times.length - 1), r.m) / displacement(r);
  assert.ok(error <= 2e-5, `${error}`);
  assert.equal(sequence(named(run.events)), sequence(r.events));
});

stiff('a large problem without second derivatives is refused with the reason', () => {
  const r = reference('deconv-weak-m10');
  const { linearise, ...flow } = flowOf(problemOf(r), 1501);
  assert.ok(linearise);
  const { outcome, segments } = wholeRun(rodas4, flow, new Float64Array(3002), { end: 1 });
  assert.equal([outcome.code, segments.length], ['missing-capability', 0]);
  assert.match(outcome.message, /at most 3000 unknowns, got 3002/);
});

stiff.run();
