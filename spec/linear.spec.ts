/** Factorisations and MINRES against ml-matrix, and on matrices that defeat them. */
import { Matrix, solve } from 'ml-matrix';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  cholesky,
  type Factors,
  factorise,
  invertBlocks,
  minres,
  solveCholesky,
  solveFactored,
} from '../src/math/linear.js';
import { random } from '../src/math/random.js';
import { maxAbs } from '../src/math/vec.js';
import type { Vec } from '../src/types.js';

const linear = suite('linear algebra');
const chance = random('linear', 'matrices');
const draw = (n: number): Vec => Float64Array.from({ length: n }, () => chance.normal());
const far = (a: Vec, b: Vec) => maxAbs(a.map((x, i) => x - b[i])) / maxAbs(b);
const factorsOf = (a: Vec, n: number, blocks = 1): Factors => ({ a, n, pivots: new Int32Array(n * blocks) });

/** A + Aᵀ, and A Aᵀ + I. */
const symmetric = (n: number): Vec => {
  const a = draw(n * n);
  return a.map((_, k) => a[k] + a[(k % n) * n + Math.floor(k / n)]);
};
const definite = (n: number): Vec => {
  const a = Matrix.from1DArray(n, n, draw(n * n));
  return Float64Array.from(a.mmul(a.transpose()).add(Matrix.eye(n)).to1DArray());
};
const solved = (a: Vec, b: Vec): Vec => {
  const n = b.length;
  return Float64Array.from(solve(Matrix.from1DArray(n, n, a), Matrix.columnVector(b)).to1DArray());
};

linear('LU, whole and in blocks with strides, solves what ml-matrix solves', () => {
  for (const n of [1, 2, 5, 40]) {
    const [a, b] = [draw(n * n), draw(n)];
    const wanted = solved(a, b);
    const f = factorsOf(a.slice(), n);
    assert.ok(factorise(f) > 0);
    const x = b.slice();
    solveFactored(f, x);
    assert.ok(far(x, wanted) < 1e-10, `n = ${n}`);
    const two = factorsOf(Float64Array.from([...draw(n * n), ...a]), n, 2);
    factorise(two, 1);
    const wide = new Float64Array(3 * n + 1).fill(7);
    for (let i = 0; i < n; i++) wide[1 + 3 * i] = b[i];
    solveFactored(two, wide, 1, 3, 1);
    assert.ok(far(wide.filter((_, k) => k % 3 === 1).slice(0, n), wanted) < 1e-10, `block, n = ${n}`);
    assert.is(wide.filter(u => u === 7).length, 2 * n + 1, 'nothing else is touched');
  }
});

linear('a singular matrix has pivot 0, one with NaN has NaN', () => {
  assert.is(factorise(factorsOf(Float64Array.of(1, 2, 2, 4), 2)), 0);
  assert.is(factorise(factorsOf(new Float64Array(4), 2)) > 0, false);
  assert.is(factorise(factorsOf(Float64Array.of(1, Number.NaN, 2, 4), 2)) > 0, false);
});

linear('blocks are inverted with their shift, and refused where one is nearly singular', () => {
  for (const n of [1, 2, 3, 5]) {
    const blocks = Float64Array.from([symmetric(n), symmetric(n), symmetric(n)].flatMap(a => [...a]));
    const out = new Float64Array(3 * n * n);
    assert.ok(invertBlocks(blocks, n, 0.3, 1e-12, out));
    for (let i = 0; i < 3; i++) {
      const block = Matrix.from1DArray(n, n, blocks.subarray(i * n * n, (i + 1) * n * n)).add(Matrix.eye(n, n, 0.3));
      const product = block.mmul(Matrix.from1DArray(n, n, out.subarray(i * n * n, (i + 1) * n * n)));
      assert.ok(product.sub(Matrix.eye(n)).abs().max() < 1e-10, `n = ${n}`);
    }
  }
  const twos = (d: number) => Float64Array.of(1, 0, 0, 1, 1, 1, 1, 1 + d);
  const out = new Float64Array(8);
  assert.is(invertBlocks(twos(1e-7), 2, 0, 1e-8, out), true);
  assert.is(invertBlocks(twos(1e-9), 2, 0, 1e-8, out), false, 'pivots 1 and 1e-9');
  assert.is(invertBlocks(Float64Array.of(Number.NaN, 0, 0, 1), 2, 0, 1e-8, out), false, 'NaN');
  assert.is(invertBlocks(Float64Array.of(0, 0, 0, 0), 2, 0, 1e-8, out), false, 'zero');
  assert.is(invertBlocks(Float64Array.of(1e-3, 1, 1, 1e-3), 2, 0, 1e-8, out), true, 'an exchange of rows');
});

linear('Cholesky solves definite systems and refuses the others', () => {
  for (const n of [1, 3, 30]) {
    const [a, b] = [definite(n), draw(n)];
    const l = a.slice();
    assert.ok(cholesky(l, n));
    const x = b.slice();
    solveCholesky(l, n, x);
    assert.ok(far(x, solved(a, b)) < 1e-11, `n = ${n}`);
  }
  assert.not.ok(cholesky(Float64Array.of(1, 2, 2, 1), 2));
  assert.not.ok(cholesky(Float64Array.of(Number.NaN, 0, 0, 1), 2));
});

linear('MINRES solves symmetric systems, indefinite ones too', () => {
  for (const [n, a] of [
    [1, Float64Array.of(-3)],
    [30, definite(30)],
    [30, symmetric(30)],
  ] as const) {
    const [b, x] = [draw(n), new Float64Array(n)];
    const times = (u: Vec, out: Vec) => {
      for (let i = 0; i < n; i++) out[i] = a.subarray(i * n, (i + 1) * n).reduce((s, v, j) => s + v * u[j], 0);
    };
    assert.ok(minres(times, b, x, 1e-12, 20 * n));
    assert.ok(far(x, solved(a, b)) < 1e-8, `n = ${n}: ${far(x, solved(a, b))}`);
    assert.not.ok(minres(times, b, x, 1e-12, 0));
    assert.ok(minres(times, new Float64Array(n), x, 1e-12, 0) && maxAbs(x) === 0);
  }
  const nothing = (_u: Vec, out: Vec) => out.fill(0);
  assert.not.ok(minres(nothing, draw(3), new Float64Array(3), 1e-12, 10), 'a matrix of zeros');
});

linear.run();
