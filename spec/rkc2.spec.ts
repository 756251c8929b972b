/** Runge–Kutta–Chebyshev: stage numbers, the radius it steers by, and what stiffness costs. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { dopri5, inclusion, rkc2 } from '../solvers/index.js';
import { stagesFor } from '../solvers/rkc2.js';
import { flowOf } from '../src/flow.js';
import { scaledDistance } from '../src/math/vec.js';
import { radiusAlong } from '../src/power-iteration.js';
import { displacement, problemOf, reference, startOf, stateAt, unitChecks } from './truth/reference.js';
import { wholeRun } from './whole-run.js';

const chebyshev = suite('rkc2');

chebyshev('the numbers of stages are those of the unit checks', () => {
  const { rkc2_stage_numbers: rows } = unitChecks();
  assert.ok(rows.length >= 5);
  for (const { h_rho, s } of rows) assert.is(stagesFor(h_rho), s, `hρ = ${h_rho}`);
});

chebyshev('the radius lies above the largest eigenvalue of a linear field, and within a third of it', () => {
  const eigenvalues = [-41, 17, -3, 0.5];
  const rhs = (y: Float64Array, out: Float64Array) => {
    // Coupled in pairs, so that no coordinate is an eigenvector; the last entry is the dissipation.
    for (const [a, b] of [
      [0, 1],
      [2, 3],
    ]) {
      const [sum, difference] = [(y[a] + y[b]) / 2, (y[a] - y[b]) / 2];
      out[a] = eigenvalues[a] * sum + eigenvalues[b] * difference;
      out[b] = eigenvalues[a] * sum - eigenvalues[b] * difference;
    }
    out[4] = 1e6 * y[0];
  };
  const y = Float64Array.of(1, -2, 0.3, 4, 7);
  const v = new Float64Array(5);
  rhs(y, v);
  const radius = radiusAlong(5).at(rhs, y, v);
  assert.ok(radius >= 41 && radius <= 1.3 * 41, `${radius}`);
});

chebyshev('a stiff deconvolution costs a tenth of what it costs an explicit method, to the same minimum', () => {
  const r = reference('deconv-weak-m10');
  const run = (stepper: typeof rkc2.stepper) =>
    wholeRun(inclusion(stepper), flowOf(problemOf(r), r.m), startOf(r), {
      end: r.times.at(-1) as number,
      rtol: 1e-4,
      atol: 1e-6,
    });
  const [stable, explicit] = [run(rkc2.stepper), run(dopri5.stepper)];
  const error = scaledDistance(stable.last, stateAt(r, r.times.length - 1), r.m) / displacement(r);
  assert.ok(error <= 20 * 1e-4, `error ${error}`);
  assert.is(stable.outcome.stats.events, explicit.outcome.stats.events);
  const [few, many] = [stable, explicit].map(x => x.outcome.stats.velocityEvaluations);
  assert.ok(10 * few <= many, `${few} against ${many}`);
});

chebyshev.run();
