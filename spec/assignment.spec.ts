/** Linear assignment and transport: exact by their prices, by brute force and by a second algorithm. */
import { munkres } from 'munkres';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { assign } from '../src/math/assignment.js';
import { random } from '../src/math/random.js';
import { transport } from '../src/math/transport.js';
import type { Vec } from '../src/types.js';

const spec = suite('assignment');

const matrix = (n: number, entry: (i: number, j: number) => number): Vec =>
  Float64Array.from({ length: n * n }, (_, k) => entry(Math.floor(k / n), k % n));

/** Squared distances of points in the square, or whole numbers with many ties. */
function costs(n: number, seed: string, ties = false): Vec {
  const r = random(seed, 'costs');
  if (ties) return matrix(n, () => Math.floor(4 * r.uniform()));
  const points = Array.from({ length: 4 * n }, () => r.uniform());
  const at = (i: number, k: number) => points[2 * i + k];
  return matrix(n, (i, j) => (at(i, 0) - at(n + j, 0)) ** 2 + (at(i, 1) - at(n + j, 1)) ** 2);
}

/** The least total over all permutations, tried one by one. */
function bruteForce(cost: Vec, n: number, i = 0, used = 0): number {
  if (i === n) return 0;
  let best = Number.POSITIVE_INFINITY;
  for (let j = 0; j < n; j++)
    if (!(used & (1 << j))) best = Math.min(best, cost[i * n + j] + bruteForce(cost, n, i + 1, used | (1 << j)));
  return best;
}

const close = (a: number, b: number, share: number, what = '') =>
  assert.ok(Math.abs(a - b) <= share * Math.max(1e-300, Math.abs(a), Math.abs(b)), `${a} and ${b} ${what}`);

const isPermutation = (columnOf: Int32Array) =>
  assert.equal(
    Array.from(columnOf).sort((a, b) => a - b),
    Array.from(columnOf.keys()),
  );

spec('equals brute force for n ≤ 8, with ties and without', () => {
  for (let n = 1; n <= 8; n++)
    for (const ties of [false, true])
      for (let k = 0; k < 6; k++) {
        const cost = costs(n, `${n}/${k}`, ties);
        const { columnOf, total, bound } = assign(cost, n);
        isPermutation(columnOf);
        close(total, bruteForce(cost, n), 1e-13);
        // Sums of rounding: a zero total has a bound of a few ulp of its terms.
        assert.ok(Math.abs(total - bound) <= 1e-13 * (1 + total), `${total} ${bound}`);
      }
});

spec('equals the munkres package, and its own prices prove it', () => {
  for (const [n, ties] of [
    [40, true],
    [150, false],
    [300, false],
  ] as const) {
    const cost = costs(n, `second/${n}`, ties);
    const { columnOf, total, bound } = assign(cost, n);
    isPermutation(columnOf);
    const rows = Array.from({ length: n }, (_, i) => cost.subarray(i * n, (i + 1) * n));
    const other = munkres(rows).reduce((s, [i, j]) => s + cost[i * n + j], 0);
    close(total, other, 1e-12);
    close(total, bound, 1e-12);
  }
});

spec('columns that are copies of each other, and rows that are: nothing but ties', () => {
  const n = 60;
  const base = costs(n, 'copies');
  const cost = matrix(n, (i, j) => base[(i % 6) * n + (j % 10)]);
  const { columnOf, total, bound } = assign(cost, n);
  isPermutation(columnOf);
  close(total, bound, 1e-12);
});

spec('adding to a row or a column adds to the total and changes no choice', () => {
  const n = 25;
  const cost = costs(n, 'shifted');
  const one = assign(cost, n);
  const two = assign(
    matrix(n, (i, j) => cost[i * n + j] + 3 * i - 2 * j),
    n,
  );
  assert.equal(one.columnOf, two.columnOf);
  close(two.total - (n * (n - 1)) / 2, one.total, 1e-12);
});

spec('refuses what is no cost', () => {
  assert.throws(() => assign(new Float64Array(5), 2), /4 costs, got 5/);
  assert.throws(() => assign(Float64Array.of(1, 2, Number.NaN, 4), 2), /finite, got NaN in row 1/);
  assert.is(assign(new Float64Array(0), 0).total, 0);
});

spec('transport of whole shares is the assignment of their copies', () => {
  for (const [m, n] of [
    [3, 12],
    [4, 6],
    [6, 10],
  ] as const) {
    const common = Array.from({ length: m * n }, (_, k) => k + 1).find(k => k % m === 0 && k % n === 0) as number;
    const base = costs(Math.max(m, n), `shares/${m}/${n}`);
    const side = Math.max(m, n);
    const row = (i: number) => Float64Array.from({ length: n }, (_, j) => base[i * side + j]);
    const shares = (count: number) => new Float64Array(count).fill(common / count);
    const { total, bound, plan } = transport(shares(m), shares(n), row);
    const copies = matrix(common, (i, j) => row(Math.floor((i * m) / common))[Math.floor((j * n) / common)]);
    close(total, assign(copies, common).total, 1e-12);
    close(total, bound, 1e-12);
    for (let i = 0; i < m; i++)
      assert.is(
        plan.filter(p => p[0] === i).reduce((s, p) => s + p[2], 0),
        common / m,
      );
  }
});

spec('transport of unequal masses: marginals are kept, prices prove it', () => {
  const r = random('masses', 'masses');
  for (let k = 0; k < 10; k++) {
    const [m, n] = [5 + k, 12 - k];
    const draw = (count: number) => {
      const a = Float64Array.from({ length: count }, () => r.uniform());
      const sum = a.reduce((s, x) => s + x, 0);
      return a.map(x => x / sum);
    };
    const [a, b] = [draw(m), draw(n)];
    const cost = Array.from({ length: m }, () => Float64Array.from({ length: n }, () => r.uniform()));
    const { total, bound, plan } = transport(a, b, i => cost[i]);
    close(total, bound, 1e-12);
    for (let j = 0; j < n; j++)
      close(
        plan.filter(p => p[1] === j).reduce((s, p) => s + p[2], 0),
        b[j],
        1e-11,
      );
    for (let i = 0; i < m; i++)
      close(
        plan.filter(p => p[0] === i).reduce((s, p) => s + p[2], 0),
        a[i],
        1e-11,
      );
  }
  assert.throws(
    () => transport(Float64Array.of(1), Float64Array.of(2), () => Float64Array.of(0)),
    /same mass, got 1 and 2/,
  );
  assert.throws(() => transport(Float64Array.of(-1, 2), Float64Array.of(1), () => Float64Array.of(0)), /≥ 0/);
});

spec.run();
