/** The semi-implicit proximal methods over kinks: F falls in every step, states and audit against the references. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { extrapolatedProximalEuler, extrapolatedProximalNewton } from '../solvers/index.js';
import { flowOf } from '../src/flow.js';
import { scaledDistance } from '../src/math/vec.js';
import { displacement, problemOf, reference, startOf, stateAt } from './truth/reference.js';
import { at, largestRise, wholeRun } from './whole-run.js';

const spec = suite('extrapolated proximal methods');

for (const [solver, names] of [
  [extrapolatedProximalNewton, ['deconv-weak-m10', 'deconv-strong-m10', 'sigmoid-m12', 'lowrank-m12']],
  [extrapolatedProximalEuler, ['deconv-weak-m10', 'sigmoid-m12', 'lowrank-m12']],
] as const)
  for (const name of names)
    spec(`${solver.name}, ${name}: F never rises, and the error follows the tolerance`, () => {
      const r = reference(name);
      const flow = flowOf(problemOf(r), r.m);
      const errors = [1e-3, 1e-5].map(rtol => {
        const run = wholeRun(solver, flow, startOf(r), { end: r.times[r.times.length - 1], rtol, stops: r.times });
        assert.is(run.outcome.code, 'end');
        assert.ok(largestRise(flow, run) <= 1e-14, `rtol ${rtol}: rise ${largestRise(flow, run)}`);
        const state = r.times.map((t, k) => scaledDistance(at(run, t).y, stateAt(r, k), r.m) / displacement(r));
        return Math.max(...state);
      });
      assert.ok(errors[1] <= 2e-4 && errors[1] < errors[0] / 5, `${errors}`);
    });

spec.run();
