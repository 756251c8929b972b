/** The Jacobian of every registered feature, field, loss and penalty, and the systems solved with it. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { neuron, sigmoid, square } from '../../problems/index.js';
import { flowOf } from '../../src/flow.js';
import { type Factors, factorise, solveFactored } from '../../src/math/linear.js';
import { random } from '../../src/math/random.js';
import { maxAbs } from '../../src/math/vec.js';
import type { Branch, Flow, Problem, Vec } from '../../src/types.js';
import { problemOf, reference, stateAt } from '../truth/reference.js';
import { features, fields, losses, normals, penalties } from './instances.js';

const jacobian = suite('linearisation');
const chance = random('conformance', 'linearisation');
const draw = (n: number) => normals(n, chance);
const bare = { domain: [], initial: {} } as const;

/** Few particles are solved densely, many by Woodbury. */
const COUNTS = [2, 40] as const;

const instances: readonly (readonly [string, Problem])[] = [
  ...Object.entries(features).map(([name, feature]): [string, Problem] => [
    name,
    { ...bare, name, dim: feature.dim, feature, loss: square(draw(feature.size), 0.4) },
  ]),
  ...Object.entries(losses).map(([name, { loss, size }]): [string, Problem] => {
    const feature = neuron({ rows: size, columns: 2, values: draw(2 * size) }, sigmoid);
    return [name, { ...bare, name, dim: feature.dim, feature, loss }];
  }),
  ...Object.entries(penalties).map(([name, { penalty, dim }]): [string, Problem] => {
    const feature = features.sigmoid;
    assert.is(feature.dim, dim);
    return [name, { ...bare, name, dim, feature, loss: square(draw(feature.size), 0.4), penalty }];
  }),
  ...Object.entries(fields).map(([name, { field, dim }]): [string, Problem] => [name, { ...bare, name, dim, field }]),
];

/** Central differences of the velocity on the branch, one column for each coordinate; resting ones have none. */
function differences(flow: Flow, y: Vec, b: Branch | undefined): Vec[] {
  const [ahead, behind] = [new Float64Array(flow.size), new Float64Array(flow.size)];
  const step = 1e-5;
  return Array.from(y, (_, k) => {
    flow.velocityInto(
      y.map((u, j) => (j === k ? u + step : u)),
      ahead,
      b,
    );
    flow.velocityInto(
      y.map((u, j) => (j === k ? u - step : u)),
      behind,
      b,
    );
    return ahead.map((x, j) => (x - behind[j]) / (2 * step));
  });
}

function columnsOf(flow: Flow, y: Vec, b: Branch | undefined): Vec[] {
  const linear = flow.linearise?.(y, b);
  return Array.from(y, (_, k) => {
    const [unit, out] = [new Float64Array(flow.size), new Float64Array(flow.size)];
    unit[k] = 1;
    linear?.timesInto(unit, out);
    return out;
  });
}

/** Every third particle rests where the penalty has its kink. */
function stateOn(flow: Flow, { penalty, dim }: Problem): { y: Vec; b: Branch | undefined } {
  const y = draw(flow.size);
  const at = penalty?.absolute?.coordinate;
  if (at !== undefined) for (let i = 0; i < flow.particles; i += 3) y[i * dim + at] = 0;
  if (penalty?.absolute?.nonnegative) for (let i = 0; i < flow.size; i += dim) y[i] = Math.abs(y[i]);
  const b = flow.kinks?.branchAt(y);
  if (b && at !== undefined) for (let i = 0; i < flow.particles; i += 3) b[i] = 0;
  return { y, b };
}

for (const [name, problem] of instances)
  jacobian(`${name}: J is the derivative of the velocity on the branch`, () => {
    for (const m of COUNTS) {
      const flow = flowOf(problem, m);
      const { y, b } = stateOn(flow, problem);
      const [found, wanted] = [columnsOf(flow, y, b), differences(flow, y, b)];
      const scale = Math.max(...wanted.map(c => maxAbs(c)), 1);
      const resting = (k: number) =>
        k % problem.dim === problem.penalty?.absolute?.coordinate && b?.[Math.floor(k / problem.dim)] === 0;
      for (const [k, column] of found.entries()) {
        if (resting(k)) assert.is(maxAbs(column), 0, `column ${k} of a resting coordinate`);
        else
          for (const [j, x] of column.entries())
            assert.ok(
              Math.abs(x - (resting(j) ? 0 : wanted[k][j])) <= 1e-6 * scale,
              `m = ${m}, J(${j}, ${k}) = ${x}, by differences ${wanted[k][j]}`,
            );
      }
    }
  });

/** |b − Ax|∞ / (|A|∞|x|∞ + |b|∞), A = shift·I − J. */
function backwardError(columns: readonly Vec[], shift: number, x: Vec, b: Vec): number {
  const n = x.length;
  let [worst, norm] = [0, 0];
  for (let i = 0; i < n; i++) {
    let [left, row] = [b[i], 0];
    for (let j = 0; j < n; j++) {
      const a = (i === j ? shift : 0) - columns[j][i];
      left -= a * x[j];
      row += Math.abs(a);
    }
    [worst, norm] = [Math.max(worst, Math.abs(left)), Math.max(norm, row)];
  }
  return worst / (norm * maxAbs(x) + maxAbs(b));
}

function solvedDensely(columns: readonly Vec[], shift: number, b: Vec): Vec {
  const n = b.length;
  const a = Float64Array.from({ length: n * n }, (_, k) => {
    const [i, j] = [Math.floor(k / n), k % n];
    return (i === j ? shift : 0) - columns[j][i];
  });
  const factors: Factors = { a, n, pivots: new Int32Array(n) };
  assert.ok(factorise(factors) > 0);
  const x = b.slice();
  solveFactored(factors, x);
  return x;
}

function solvesWell(flow: Flow, y: Vec, b: Branch | undefined, shifts: readonly number[], bound = 5e-15): void {
  const columns = columnsOf(flow, y, b);
  const linear = flow.linearise?.(y, b);
  const x = new Float64Array(flow.size);
  for (const shift of shifts) {
    const rhs = draw(flow.size);
    linear?.solveInto(shift, rhs, x);
    const error = backwardError(columns, shift, x, rhs);
    assert.ok(error <= bound, `residual ${error} at shift ${shift}`);
    const dense = solvedDensely(columns, shift, rhs);
    // What rounding the matrix does to the dense solution.
    const allowed = 1e-9 * maxAbs(dense);
    assert.ok(maxAbs(x.map((u, i) => u - dense[i])) <= allowed, `against dense LU at shift ${shift}`);
  }
}

for (const [name, problem] of instances)
  jacobian(`${name}: (shift·I − J)x = b to rounding, for few particles and for many`, () => {
    for (const m of COUNTS) {
      const flow = flowOf(problem, m);
      const { y, b } = stateOn(flow, problem);
      solvesWell(flow, y, b, [1, 37, 1e4, 1e8]);
    }
  });

for (const name of ['deconv-strong-m10', 'deconv-strong-m100', 'deconv-weak-m100', 'sigmoid-m12'])
  jacobian(`${name}: systems along a stiff trajectory, over the shifts of its steps`, () => {
    const r = reference(name);
    const flow = flowOf(problemOf(r), r.m);
    for (const k of [0, 3, 5, 7, r.times.length - 1]) {
      const y = stateAt(r, k);
      const b = flow.kinks?.branchAt(y);
      // What one refinement is for: without it |b − Ax| is three to ten times as large.
      solvesWell(flow, y, b, [0.4, 4, 40, 400, 4e3, 4e5], 1e-15);
      const [rhs, x, back] = [draw(flow.size), new Float64Array(flow.size), new Float64Array(flow.size)];
      const linear = flow.linearise?.(y, b);
      for (const shift of [400, 4e3, 4e4]) {
        linear?.solveInto(shift, rhs, x);
        linear?.timesInto(x, back);
        const left = maxAbs(rhs.map((u, i) => u - shift * x[i] + back[i]));
        assert.ok(left <= 5e-15 * maxAbs(rhs), `|b − Ax| = ${left} at shift ${shift}`);
      }
    }
  });

jacobian('further systems with the same factors are solved to rounding, unrefined where that changed nothing', () => {
  for (const name of ['deconv-strong-m10', 'deconv-strong-m100', 'sigmoid-m12']) {
    const r = reference(name);
    const flow = flowOf(problemOf(r), r.m);
    for (const k of [0, 3, 7, r.times.length - 1]) {
      const y = stateAt(r, k);
      const b = flow.kinks?.branchAt(y);
      const columns = columnsOf(flow, y, b);
      const linear = flow.linearise?.(y, b);
      const x = new Float64Array(flow.size);
      for (const shift of [0.4, 40, 4e3, 4e5])
        for (let again = 0; again < 4; again++) {
          const rhs = draw(flow.size);
          linear?.solveInto(shift, rhs, x);
          const error = backwardError(columns, shift, x, rhs);
          assert.ok(error <= 3e-14, `residual ${error} at shift ${shift}, system ${again}`);
        }
    }
  }
});

jacobian('a block that is singular at this very shift is left to the dense factors', () => {
  const r = reference('deconv-weak-m100');
  const flow = flowOf(problemOf(r), r.m);
  const y = stateAt(r, 3);
  const b = flow.kinks?.branchAt(y);
  const [w, theta] = [y[0], y[1]];
  assert.ok(w !== 0);
  // Block 0 of −J without its part of low rank: [[0, −η′], [−η′, −wη″]]; the shift is minus its smaller eigenvalue.
  const eta = (at: number) => {
    const out = new Float64Array(2);
    flow.forceInto(y, Float64Array.of(1, at), 1, out);
    return out[1];
  };
  const [first, second] = [eta(theta), (eta(theta + 1e-6) - eta(theta - 1e-6)) / 2e-6];
  const trace = -w * second;
  const guess = -(trace / 2 - Math.hypot(trace / 2, first));
  for (const nudge of [-1e-10, 0, 1e-10]) solvesWell(flow, y, b, [guess * (1 + nudge)]);
});

jacobian('a shift that is an eigenvalue gives NaN or a solution with a small residual, never quiet nonsense', () => {
  const flow = flowOf({ ...bare, name: 'one', dim: 3, feature: features.sigmoid, loss: square(draw(5), 0.4) }, 1);
  const linear = flow.linearise?.(new Float64Array(3));
  const x = new Float64Array(3);
  linear?.solveInto(0, Float64Array.of(1, 2, 3), x);
  assert.ok(x.every(Number.isNaN), `${x}`);
  linear?.solveInto(1, Float64Array.of(1, Number.NaN, 3), x);
  assert.ok(x.every(Number.isNaN), `${x}`);
  linear?.solveInto(1, Float64Array.of(1, 2, 3), x);
  assert.ok(x.every(Number.isFinite), 'bad numbers do not spoil the factors');
});

jacobian('a flow of thousands of unknowns and coefficients is solved by products alone', () => {
  const size = 3000;
  const feature = {
    ...features.sigmoid,
    name: 'wide',
    dim: 3,
    size,
    sumInto: (y: Vec, m: number, out: Vec) => {
      out.fill(0);
      for (let k = 0; k < m * 3; k++) out[k % size] += y[k] / m;
    },
    pullbackInto: (_y: Vec, m: number, g: Vec, out: Vec) => {
      for (let k = 0; k < m * 3; k++) out[k] = g[k % size];
    },
    pushforwardInto: (_y: Vec, m: number, x: Vec, out: Vec) => {
      out.fill(0);
      for (let k = 0; k < m * 3; k++) out[k % size] += x[k] / m;
    },
    curvatureInto: (_y: Vec, _m: number, _g: Vec, _x: Vec, out: Vec) => out.fill(0),
  };
  const flow = flowOf({ ...bare, name: 'wide', dim: 3, feature, loss: square(draw(size), 0.01) }, 1500);
  const linear = flow.linearise?.(draw(flow.size));
  const [b, x, back] = [draw(flow.size), new Float64Array(flow.size), new Float64Array(flow.size)];
  linear?.solveInto(3, b, x);
  linear?.timesInto(x, back);
  const left = b.map((u, i) => u - 3 * x[i] + back[i]);
  assert.ok(maxAbs(left) <= 1e-12 * maxAbs(b), `residual ${maxAbs(left)}`);
});

jacobian.run();
