/** Linear combinations of stages, by loops and by kernels, and runs that share what is left of others. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { deconvolution } from '../problems/index.js';
import { dopri5, rodas4, tsit5 } from '../solvers/index.js';
import { combination, sumOf, workspace } from '../src/combination.js';
import { flowOf } from '../src/flow.js';
import { compute, setCompute } from '../src/kernels/compute.js';
import { random } from '../src/math/random.js';
import type { Solver, Vec } from '../src/types.js';

const spec = suite('combinations');
const chance = random('combination', 'vectors');
const draw = (n: number): Vec => Float64Array.from({ length: n }, () => chance.normal());

/** Some stages have no weight; more than eight take two passes. */
const ROWS: readonly (readonly number[])[] = [
  [],
  [0, 0],
  [0.3],
  [0.3, 0, -1.2],
  [1, 2, 3, 4, 5],
  [1, -2, 0.5, 4, 5, 0.1],
  [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7],
  Array.from({ length: 13 }, (_, j) => Math.cos(j)),
];

const plain = (base: Vec, scale: number, weights: readonly number[], k: readonly Vec[]): Vec =>
  base.map((x, i) => x + scale * weights.reduce((sum, w, j) => sum + w * k[j][i], 0));

function near(found: Vec, wanted: Vec, what: string): void {
  for (const [i, x] of wanted.entries()) assert.ok(Math.abs(found[i] - x) <= 1e-14 * 20, `${what}, entry ${i}`);
}

function inTier<T>(tier: 'scalar' | 'strict', act: () => T): T {
  const before = compute().tier;
  setCompute({ tier });
  try {
    return act();
  } finally {
    setCompute({ tier: before });
  }
}

spec('a combination is the sum that its weights say, also onto its base', () => {
  for (const weights of ROWS) {
    const [base, k] = [draw(21), Array.from({ length: 13 }, () => draw(21))];
    const [wanted, out] = [plain(base, 0.7, weights, k), new Float64Array(21)];
    combination(weights)(base, 0.7, k, out);
    near(out, wanted, `${weights}`);
    sumOf(weights)(0.7, k, out);
    near(out, plain(new Float64Array(21), 0.7, weights, k), `${weights} alone`);
    combination(weights)(base, 0.7, k, base);
    near(base, wanted, `${weights} onto its base`);
  }
});

spec('kernels give the bits of the loops where one pass of these does', () => {
  for (const length of [64, 65, 201])
    for (const weights of ROWS) {
      const [base, k] = [draw(length), Array.from({ length: 13 }, () => draw(length))];
      const [loops, kernels] = (['scalar', 'strict'] as const).map(tier =>
        inTier(tier, () => {
          const { vectors, combination: sum } = workspace(length, 15, 2);
          for (const [j, x] of k.entries()) vectors[1 + j].set(x);
          vectors[0].set(base);
          sum(14, 0, weights, 1)(0.7);
          const apart = vectors[14].slice();
          sum(0, 0, weights, 1)(0.7);
          assert.equal(vectors[0], apart);
          return apart;
        }),
      );
      near(kernels, plain(base, 0.7, weights, k), `${weights}`);
      if (weights.length <= 8) assert.equal(kernels, loops, `${weights}`);
    }
});

/** All states of a run, asked for one by one. */
function* states(solver: Solver, y0: Vec): Generator<Vec, Vec> {
  const flow = flowOf(problem, y0.length / 2);
  const run = solver.integrate(flow, y0, { end: 0.02, rtol: 1e-5 });
  for (;;) {
    const next = run.next();
    if (next.done) {
      assert.ok(next.value.ok, next.value.message);
      return y0;
    }
    yield next.value.y1.slice();
  }
}
const problem = deconvolution({ order: 2, lambda: 0.1, beta: 0.1, coefficients: Float64Array.of(1, 2, -1, 0.5, 0.3) });

for (const solver of [dopri5, tsit5, rodas4])
  spec(`${solver.name}: runs side by side, and after others, do not meet`, () => {
    const [a, b] = [draw(100), draw(100)];
    const [aloneA, aloneB] = [[...states(solver, a)], [...states(solver, b)]];
    assert.ok(aloneA.length > 3 && aloneB.length > 3);
    const [p, q] = [states(solver, a), states(solver, b)];
    for (let i = 0; i < Math.max(aloneA.length, aloneB.length); i++) {
      const [x, y] = [p.next(), q.next()];
      if (i < aloneA.length) assert.equal(x.value, aloneA[i]);
      if (i < aloneB.length) assert.equal(y.value, aloneB[i]);
    }
  });

spec('what a method gave back goes to one of those that begin after it', () => {
  const { stepper } = dopri5;
  assert.ok(stepper);
  const rhs = (y: Vec, out: Vec) => out.set(y);
  const [y, z] = [draw(70), draw(70)];
  const first = stepper.start(70);
  const once = first(rhs, 0.1, y, y).y;
  const wanted = once.slice();
  first.release?.();
  const [second, third] = [stepper.start(70), stepper.start(70)];
  const again = second(rhs, 0.1, y, y);
  assert.is(again.y, once);
  third(rhs, 0.1, z, z);
  assert.equal(again.y, wanted);
});

spec.run();
