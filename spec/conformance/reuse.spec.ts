/** Arrays that are used again hold the same numbers while a segment may be read, for every registered solver. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { deconvolution } from '../../problems/index.js';
import { flowOf } from '../../src/flow.js';
import type { Solver } from '../../src/types.js';
import { solvers } from './registered.js';

const again = suite('arrays used again');

const problem = deconvolution({
  order: 2,
  lambda: 0.1,
  beta: 0.2,
  coefficients: Float64Array.of(0.3, 1, -0.2, 0.5, 0.1),
});
const y0 = Float64Array.of(0.5, 0.1, -0.3, 0.35, 0.02, 0.6, -0.02, 0.8, 0, 0.95);

/** Every number of every segment, read before the next one is asked for. */
function numbersOf(solver: Solver, reuse: boolean): { numbers: number[]; code: string } {
  const flow = flowOf(problem, y0.length / 2);
  const steps = solver.integrate(flow, y0, {
    end: 0.3,
    reuse,
    ...(solver.fixedStep ? { step: 0.01 } : { rtol: 1e-5 }),
  });
  const numbers: number[] = [];
  const y = new Float64Array(flow.size);
  for (;;) {
    const next = steps.next();
    if (next.done) return { numbers, code: next.value.code };
    const s = next.value;
    const middle = (s.t0 + s.t1) / 2;
    numbers.push(s.t1, s.error, ...s.y0, ...s.y1, ...s.v0, ...s.v1, ...s.at(middle, y), s.dissipationAt(middle));
    if (s.branch) numbers.push(...s.branch);
  }
}

for (const solver of solvers)
  again(`${solver.name}: the same numbers with and without`, () => {
    assert.equal(numbersOf(solver, true), numbersOf(solver, false));
  });

again('a run has segments and events', () => {
  const inclusion = solvers.find(s => s.name === 'inclusion(dopri5)') as Solver;
  const { numbers, code } = numbersOf(inclusion, true);
  assert.is(code, 'end');
  assert.ok(numbers.length > 1000, `${numbers.length} numbers`);
});

again.run();
