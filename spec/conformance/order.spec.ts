/** Observed order of every registered solver on a smooth flow with a closed form and one stiff direction (eigenvalue 41). */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { dopri5Stepper } from '../../solvers/dopri5.js';
import { flowOf } from '../../src/flow.js';
import { scaledDistance } from '../../src/math/vec.js';
import type { Segment, Solver } from '../../src/types.js';
import { quadraticSolution } from '../problems-of-ones-own.js';
import { displacement, problemOf, reference, startOf, stateAt } from '../truth/reference.js';
import { wholeRun } from '../whole-run.js';
import { solvers } from './registered.js';

const order = suite('order');
const r = reference('quadratic-m5');
if (r.problem.type !== 'quadratic') throw new Error('quadratic-m5 is no quadratic');
const flow = flowOf(problemOf(r), r.m);
const y0 = startOf(r);
const truth = quadraticSolution(r.problem.Q, r.problem.B, r.problem.a, y0);
const distance = (y: Float64Array, t: number) => scaledDistance(y, truth(t), r.m);
/** The stiff direction lives for 1/41; later the error is rounding of the slow ones. */
const END = 0.1;

/** Positions in a step, away from its ends. */
const INSIDE = [0.1, 0.25, 0.4, 0.6, 0.75, 0.9];
const insideError = (s: Segment) =>
  Math.max(
    ...INSIDE.map(x => {
      const t = s.t0 + x * (s.t1 - s.t0);
      return distance(s.at(t, new Float64Array(flow.size)), t);
    }),
  );

function errors(solver: Solver, n: number): { ends: number; inside: number } {
  const { segments, outcome } = wholeRun(solver, flow, y0, { end: END, step: END / n });
  assert.is(outcome.code, 'end');
  assert.is(segments.length, n);
  return {
    ends: Math.max(...segments.map(s => distance(s.y1, s.t1))),
    inside: Math.max(...segments.map(insideError)),
  };
}
const slope = (coarse: number, fine: number) => Math.log2(coarse / fine);

order('the closed form agrees with the reference of 40 digits', () => {
  for (const [k, t] of r.times.entries()) assert.ok(distance(stateAt(r, k), t) <= 1e-14 * displacement(r), `t = ${t}`);
});

/** A flow that is not linear: on a linear one a method shows the order of its stability polynomial, which may be higher. */
const matrix = reference('lowrank-m12');
const matrixFlow = flowOf(problemOf(matrix), matrix.m);
const AT = 4;

function matrixError(solver: Solver, n: number): number {
  const end = matrix.times[AT];
  const { last, outcome } = wholeRun(solver, matrixFlow, startOf(matrix), { end, step: end / n });
  assert.is(outcome.code, 'end');
  return scaledDistance(last, stateAt(matrix, AT), matrix.m);
}

for (const solver of solvers.filter(s => s.order !== null)) {
  const nominal = solver.order as number;
  // The first-order methods need hλ = 0.06 to come near their asymptotic slope, those of high order must stay above rounding.
  const n = nominal === 1 ? 256 : 32;
  const coarsest = nominal > 5 ? 6 : 32;

  order(`${solver.name} converges with its order ${nominal}`, () => {
    const found = [1, 2, 4].map(k => (nominal < 5 ? errors(solver, k * n).ends : matrixError(solver, k * coarsest)));
    for (const got of [slope(found[0], found[1]), slope(found[1], found[2])])
      assert.ok(Math.abs(got - nominal) <= 0.2, `observed ${got}: ${found}`);
  });

  order(`between its steps ${solver.name} is accurate to order ${Math.min(nominal, 4)}`, () => {
    // Beyond order 5 eight steps are enough to come near rounding.
    const [a, b] = (nominal > 5 ? [4, 8] : [n, 2 * n]).map(k => errors(solver, k).inside);
    assert.ok(slope(a, b) >= Math.min(nominal, 4) - 0.2, `observed ${slope(a, b)}: ${[a, b]}`);
  });
}

// Stochastic methods have rows of their own: sgd.spec.ts.
for (const solver of solvers.filter(s => s.order === null && !s.fixedStep))
  order(`the error of ${solver.name} falls with its tolerance`, () => {
    const found = [1e-4, 1e-6, 1e-8, 1e-10].map(rtol => {
      const { segments, outcome } = wholeRun(solver, flow, y0, { end: END, rtol });
      assert.is(outcome.code, 'end');
      const error = Math.max(...segments.map(s => distance(s.y1, s.t1))) / displacement(r);
      assert.ok(error <= 20 * rtol, `error ${error} at rtol ${rtol}`);
      return error;
    });
    for (let k = 1; k < found.length; k++) assert.ok(found[k] < found[k - 1] / 5, found.join());
  });

order('one step of dopri5: the continuous extension errs like h⁵ inside, its end like h⁶', () => {
  const rhs = (z: Float64Array, out: Float64Array) => flow.velocityInto(z, out);
  const attempt = dopri5Stepper.start(flow.size);
  const v0 = new Float64Array(flow.size);
  rhs(y0, v0);
  const local = (h: number) => {
    const taken = attempt(rhs, h, y0, v0);
    const [dense, out] = [taken.dense(), new Float64Array(flow.size)];
    const inside = INSIDE.map(x => {
      dense(x, out);
      return distance(out, x * h);
    });
    return [Math.max(...inside), distance(taken.y, h), scaledDistance(taken.error, new Float64Array(flow.size), r.m)];
  };
  const [coarse, fine] = [local(END / 16), local(END / 32)];
  for (const [k, nominal] of [5, 6, 5].entries()) {
    const got = slope(coarse[k], fine[k]);
    assert.ok(Math.abs(got - nominal) <= 0.2, `${['inside', 'end', 'error estimate'][k]}: observed ${got}`);
  }
});

order.run();
