/** The explicit pairs, Dormand–Prince 5(4) in exact rational arithmetic: order conditions by rooted trees (Butcher 1963; Hairer, Nørsett & Wanner I, II.2). */
import { type Fraction, fraction } from 'mathjs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { bosh3Tableau } from '../solvers/tableaux/bosh3.js';
import { dop853Tableau } from '../solvers/tableaux/dop853.js';
import { dopri5Tableau } from '../solvers/tableaux/dopri5.js';
import { tsit5Tableau } from '../solvers/tableaux/tsit5.js';
import { densityOf, orderOf, type Tree, trees, treesUpTo } from './rooted-trees.js';

const tableau = suite('tableaux');

const rationals = (text: string): Fraction[] => (text === '' ? [] : text.split(' ').map(x => fraction(x)));
const a = [
  '',
  '1/5',
  '3/40 9/40',
  '44/45 -56/15 32/9',
  '19372/6561 -25360/2187 64448/6561 -212/729',
  '9017/3168 -355/33 46732/5247 49/176 -5103/18656',
  '35/384 0 500/1113 125/192 -2187/6784 11/84',
].map(rationals);
const c = rationals('0 1/5 3/10 4/5 8/9 1 1');
/** The fourth-order weights as Dormand & Prince (1980) print them. */
const embedded = rationals('5179/57600 0 7571/16695 393/640 -92097/339200 187/2100 1/40');
const d = rationals(
  '-12715105075/11282082432 0 87487479700/32700410799 -10690763975/1880347072 701980252875/199316789632 -1453857185/822651844 69997945/29380423',
);

const zero = fraction(0);
const one = fraction(1);
const sum = (terms: readonly Fraction[]): Fraction => terms.reduce((x, y) => x.add(y), zero);
const product = (factors: readonly Fraction[]): Fraction => factors.reduce((x, y) => x.mul(y), one);
/** Weights of all seven stages; the last row of `a` leaves out a zero. */
const b = [...a[6], zero];

/** Elementary weight of a tree at each stage. */
const stageWeights = (t: Tree): Fraction[] =>
  a.map((_, i) => product(t.branches.map(s => sum(stageWeights(s).map((w, j) => w.mul(a[i][j] ?? zero))))));
const elementaryWeight = (weights: readonly Fraction[], t: Tree): Fraction =>
  sum(stageWeights(t).map((w, i) => w.mul(weights[i])));
const satisfies = (weights: readonly Fraction[], t: Tree): boolean =>
  elementaryWeight(weights, t).equals(one.div(densityOf(t)));

tableau('there are 1, 1, 2, 4, 9 rooted trees of order 1 to 5', () => {
  assert.equal(
    [1, 2, 3, 4, 5].map(n => trees(n).length),
    [1, 1, 2, 4, 9],
  );
});

tableau('the coefficients of the solver are these rationals, rounded to doubles', () => {
  const doubles = (row: readonly Fraction[]) => row.map(Number);
  assert.equal(
    dopri5Tableau.a.map(row => [...row]),
    a.map(doubles),
  );
  assert.equal([...dopri5Tableau.c], doubles(c));
  assert.equal([...dopri5Tableau.d], doubles(d));
  assert.equal([...dopri5Tableau.e], doubles(b.map((x, i) => x.sub(embedded[i]))));
});

tableau('the rows of a sum to c', () => {
  for (const [i, row] of a.entries()) assert.ok(sum(row).equals(c[i]), `row ${i}`);
});

tableau('the weights satisfy the 17 conditions of order 5', () => {
  for (const t of treesUpTo(5)) assert.ok(satisfies(b, t), JSON.stringify(t));
});

tableau('the embedded weights satisfy the conditions of order 4 and not those of order 5', () => {
  for (const t of treesUpTo(4)) assert.ok(satisfies(embedded, t), JSON.stringify(t));
  assert.not.ok(trees(5).every(t => satisfies(embedded, t)));
});

tableau('the error weights sum to zero', () => {
  assert.ok(sum(b.map((x, i) => x.sub(embedded[i]))).equals(0));
});

tableau(
  'the continuous extension has order 4: its weights satisfy Σ b(θ)Φ = θ^r/γ at six points, more than their degree',
  () => {
    const delta = (i: number, j: number) => (i === j ? one : zero);
    for (const text of ['0', '1/5', '1/3', '1/2', '3/4', '1']) {
      const theta = fraction(text);
      const other = one.sub(theta);
      const weights = b.map((bi, i) => {
        const bend = delta(i, 0).sub(bi);
        const third = bi.sub(delta(i, 6)).sub(bend);
        return theta.mul(bi.add(other.mul(bend.add(theta.mul(third.add(other.mul(d[i])))))));
      });
      for (const t of treesUpTo(4)) {
        const wanted = product(Array.from({ length: orderOf(t) }, () => theta)).div(densityOf(t));
        assert.ok(elementaryWeight(weights, t).equals(wanted), `${JSON.stringify(t)} at θ = ${text}`);
      }
    }
  },
);

/** The same conditions in doubles, for the pairs that are published as decimals. */
const known = new WeakMap<readonly (readonly number[])[], Map<string, number[]>>();
function elementary(rows: readonly (readonly number[])[], t: Tree): number[] {
  const seen = known.get(rows) ?? new Map<string, number[]>();
  known.set(rows, seen);
  const key = JSON.stringify(t);
  const found =
    seen.get(key) ??
    rows.map(row =>
      t.branches.reduce((w, s) => w * elementary(rows, s).reduce((x, e, j) => x + e * (row[j] ?? 0), 0), 1),
    );
  seen.set(key, found);
  return found;
}
/** Rows with entries up to 40 cancel to sums of 1. */
const ROUNDING = 1e-13;
const defect = (rows: readonly (readonly number[])[], weights: readonly number[], order: number): number =>
  Math.max(
    ...treesUpTo(order).map(t =>
      Math.abs(elementary(rows, t).reduce((x, e, i) => x + e * (weights[i] ?? 0), 0) - 1 / densityOf(t)),
    ),
  );
const less = (x: readonly number[], y: readonly number[]) => y.map((e, i) => (x[i] ?? 0) - e);
const atTheta = (theta: number) =>
  tsit5Tableau.d.map(row => row.reduce((x: number, d, k) => x + d * theta ** (k + 1), 0));

for (const [name, { a: rows, c: nodes }] of Object.entries({ bosh3Tableau, tsit5Tableau, dop853Tableau }))
  tableau(`${name}: the rows of a sum to c`, () => {
    for (const [i, row] of rows.entries())
      assert.ok(Math.abs(row.reduce((x: number, y) => x + y, 0) - nodes[i]) <= ROUNDING, `row ${i}`);
  });

tableau('bosh3: order 3, its estimate order 2 and no more', () => {
  const { a: rows, e } = bosh3Tableau;
  assert.ok(defect(rows, rows[3], 3) <= 1e-16);
  assert.ok(defect(rows, less(rows[3], e), 2) <= 1e-16);
  assert.ok(defect(rows, less(rows[3], e), 3) > 0.01);
});

tableau('tsit5: order 5, its estimate order 4 and no more, the continuous extension order 4', () => {
  const { a: rows, e } = tsit5Tableau;
  assert.ok(defect(rows, rows[6], 5) <= ROUNDING, `${defect(rows, rows[6], 5)}`);
  assert.ok(defect(rows, less(rows[6], e), 4) <= ROUNDING);
  assert.ok(defect(rows, less(rows[6], e), 5) > 1e-5);
  for (const theta of [0.2, 1 / 3, 0.5, 0.75, 1])
    for (const t of treesUpTo(4)) {
      const got = elementary(rows, t).reduce((x, w, i) => x + w * atTheta(theta)[i], 0);
      assert.ok(Math.abs(got - theta ** orderOf(t) / densityOf(t)) <= ROUNDING, `${JSON.stringify(t)} at θ = ${theta}`);
    }
});

tableau('dop853: order 8, its estimates orders 5 and 3 and no more', () => {
  const { a: rows, e5, e3 } = dop853Tableau;
  const main = rows.slice(0, 13);
  assert.ok(defect(main, rows[12], 8) <= ROUNDING, `${defect(main, rows[12], 8)}`);
  assert.ok(defect(main, less(rows[12], e5), 5) <= ROUNDING);
  assert.ok(defect(main, less(rows[12], e5), 6) > 1e-6);
  assert.ok(defect(main, less(rows[12], e3), 3) <= ROUNDING);
  assert.ok(defect(main, less(rows[12], e3), 4) > 1e-4);
});

tableau('dop853: the continuous extension has order 7', () => {
  const { a: rows, d: last } = dop853Tableau;
  const delta = (i: number, j: number) => (i === j ? 1 : 0);
  for (const theta of [0.2, 0.5, 0.8]) {
    const weights = Array.from({ length: 16 }, (_, j) => {
      const rise = (rows[12] as readonly number[])[j] ?? 0;
      const c = [
        rise,
        delta(j, 0) - rise,
        2 * rise - delta(j, 12) - delta(j, 0),
        ...last.map(row => (row as readonly number[])[j] ?? 0),
      ];
      return c.reduceRight((sum, x, k) => (sum + x) * (k % 2 === 0 ? theta : 1 - theta), 0);
    });
    for (const t of treesUpTo(7)) {
      const got = elementary(rows, t).reduce((x, w, i) => x + w * weights[i], 0);
      assert.ok(Math.abs(got - theta ** orderOf(t) / densityOf(t)) <= ROUNDING, `${JSON.stringify(t)} at θ = ${theta}`);
    }
  }
});

tableau.run();
