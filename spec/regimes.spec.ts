/** Lazy against active: the plain network is the flow's in other units, its tangent model is its derivative, and what moves has the right powers of m. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { relu } from '../problems/features/activations.js';
import { network } from '../problems/network.js';
import { gd } from '../solvers/index.js';
import { LAZY } from '../src/figure/published.js';
import { besideOf, medianTest, scaleStudy } from '../src/figure/scale-of-start.js';
import {
  answersInto,
  descended,
  halfMeanSquare,
  lossOn,
  type Net,
  paired,
  relativeChange,
  tangentDescent,
  tangentKernel,
  taught,
} from '../src/figure/two-layer.js';
import { slopeOf, widthStudy } from '../src/figure/width.js';
import { flowOf } from '../src/flow.js';
import { collect } from '../src/trajectory.js';

const regimes = suite('regimes');

const [d, n, m] = [5, 12, 6];
const { train, test } = taught('spec', d, n, 3);
const start = (tau: number, scale = 1): Net => ({ m, d, scale, units: paired('spec', m, d).map(u => tau * u) });

regimes('with c = 1 and step s it is gradient descent of the flow with η = s on particles √m as large', async () => {
  const [step, steps] = [0.3, 25];
  const end = await descended(start(0.7), train, { step, steps });
  const problem = network({
    data: { inputs: { rows: n, columns: d, values: train.x }, targets: train.y },
    activation: relu,
  });
  // A particle is [w, θ], a unit [a, b].
  const swapped = (u: Float64Array) =>
    Float64Array.from({ length: u.length }, (_, k) => {
      const [i, j] = [Math.floor(k / (d + 1)), k % (d + 1)];
      return Math.sqrt(m) * (j === 0 ? u[i * (d + 1) + d] : u[i * (d + 1) + j - 1]);
    });
  const { at } = collect(gd.integrate(flowOf(problem, m), swapped(start(0.7).units), { end: steps * step, step }));
  const [found, wanted] = [swapped(end.units), at(steps * step)];
  assert.ok(relativeChange(wanted, found) <= 1e-12, `${relativeChange(wanted, found)}`);
  assert.ok(relativeChange(swapped(start(0.7).units), wanted) > 0.1, 'it moved');
});

/** The same by its definition: u ← u − s·c Σ_k (f_k − y_k) ∂(b max(0, a·x_k))/n. */
function plainDescent({ units, scale }: Net, step: number, steps: number): Float64Array {
  let u = units.slice();
  for (let k = 0; k < steps; k++) {
    const f = new Float64Array(n);
    answersInto({ m, d, scale, units: u }, train, f);
    const next = u.slice();
    for (let i = 0; i < m; i++)
      for (let row = 0; row < n; row++) {
        const [a, x] = [u.subarray(i * (d + 1), i * (d + 1) + d), train.x.subarray(row * d, (row + 1) * d)];
        const z = a.reduce((sum, v, j) => sum + v * x[j], 0);
        const pull = z > 0 ? (step * scale * (f[row] - train.y[row])) / n : 0;
        next[i * (d + 1) + d] -= pull * z;
        for (let j = 0; j < d; j++) next[i * (d + 1) + j] -= pull * u[i * (d + 1) + d] * x[j];
      }
    u = next;
  }
  return u;
}

regimes('raw steps of any multiplier c are those of the definition', async () => {
  for (const scale of [1, 1 / m, 1 / Math.sqrt(m)]) {
    const found = await descended(start(0.7, scale), train, { step: 0.3, steps: 25 });
    const wanted = plainDescent(start(0.7, scale), 0.3, 25);
    assert.ok(relativeChange(wanted, found.units) <= 1e-12, `c = ${scale}: ${relativeChange(wanted, found.units)}`);
    assert.ok(relativeChange(start(0.7).units, wanted) > 0.02, 'it moved');
  }
});

regimes('the tangent model of many steps is that of one step after the other, stable or not', async () => {
  const net = start(1);
  const [K, across] = [tangentKernel(net, train, train), tangentKernel(net, test, train)];
  // Of K/n: the power method.
  let v = new Float64Array(n).fill(1);
  for (let k = 0; k < 200; k++) {
    const next = v.map((_, i) => v.reduce((sum, x, j) => sum + (K[i * n + j] * x) / n, 0));
    v = next.map(x => x / Math.hypot(...next));
  }
  const largest = Math.hypot(...v.map((_, i) => v.reduce((sum, x, j) => sum + (K[i * n + j] * x) / n, 0)));
  for (const [step, steps] of [
    [0.5 / largest, 3],
    [0.5 / largest, 3000],
    [2.2 / largest, 40],
  ]) {
    const [f, sum] = [new Float64Array(n), new Float64Array(n)];
    for (let k = 0; k < steps; k++) {
      const pull = f.map((value, i) => (step / n) * (train.y[i] - value));
      for (let i = 0; i < n; i++) sum[i] += pull[i];
      for (let i = 0; i < n; i++) f[i] += pull.reduce((s, p, j) => s + K[i * n + j] * p, 0);
    }
    const found = await tangentDescent(net, train, test, { step, steps });
    const wanted = Float64Array.from({ length: n }, (_, l) => sum.reduce((s, p, j) => s + across[l * n + j] * p, 0));
    assert.ok(relativeChange(f, found.train) <= 1e-11, `${steps} steps: ${relativeChange(f, found.train)}`);
    assert.ok(relativeChange(wanted, found.test) <= 1e-11, `${steps} steps: ${relativeChange(wanted, found.test)}`);
  }
});

regimes('pairs cancel, and the tangent kernel is that of central differences', () => {
  const net = start(1, 0.4);
  const f = new Float64Array(n);
  answersInto(net, train, f);
  assert.ok(f.every(v => Math.abs(v) <= 1e-15));
  const K = tangentKernel(net, train, test);
  const columns = (rows: typeof train) =>
    Array.from(net.units, (_, j) => {
      const answer = (sign: number) => {
        const units = net.units.slice();
        units[j] += sign * 1e-6;
        const out = new Float64Array(n);
        answersInto({ ...net, units }, rows, out);
        return out;
      };
      const [up, down] = [answer(1), answer(-1)];
      return up.map((v, k) => (v - down[k]) / 2e-6);
    });
  const [p, q] = [columns(train), columns(test)];
  for (let k = 0; k < n; k++)
    for (let l = 0; l < n; l++) {
      const wanted = p.reduce((sum, column, j) => sum + column[k] * q[j][l], 0);
      assert.ok(Math.abs(K[k * n + l] - wanted) <= 1e-8, `K[${k}, ${l}]`);
    }
});

regimes('from a large start the network follows its tangent model, from a small one it does not', async () => {
  const distance = async (tau: number) => {
    const descent = { step: 0.1 / tau ** 2, steps: 200 };
    const end = await descended(start(tau), train, descent);
    const tangent = await tangentDescent(start(tau), train, test, descent);
    const f = new Float64Array(n);
    answersInto(end, test, f);
    assert.ok(Math.abs(lossOn(end, test) - halfMeanSquare(f, test.y)) <= 1e-15);
    return relativeChange(tangent.test, f);
  };
  const [lazy, lazier, active] = [await distance(10), await distance(100), await distance(0.1)];
  assert.ok(lazy < 0.05 && active > 0.2, `${lazy}, ${active}`);
  // A tenth of the displacement, relative to the units: a hundredth of both it and the bend.
  assert.ok(lazier < lazy / 20, `${lazy} → ${lazier}`);
});

const shared = { counts: [], problems: 1, end: 1, seed: 'figure' };

regimes('exponents in m: 1/m moves as much at every width in flow time, 1/√m learns without moving', async () => {
  const drawn = await widthStudy({ dimension: 6, rows: 10, widths: [64, 128, 256], repeats: 2, time: 2 }, shared);
  const exponent = (model: string, change: string) =>
    Number(drawn.table.rows.find(r => r[0] === model && r[1] === change)?.[2]);
  const held = (model: string, wanted: readonly number[], tolerance: number) =>
    ['displacement', 'function change'].forEach((change, j) => {
      const found = exponent(model, change);
      assert.ok(Math.abs(found - wanted[j]) <= tolerance, `${model}, ${change}: ${found}, not ${wanted[j]}`);
    });
  held('1/m, raw steps', [-1, -1], 0.1);
  held('1/m, flow time', [0, 0], 0.15);
  held('1/√m, raw steps', [-0.5, 0], 0.1);
  held('1/√m, flow time', [-0.5, 0], 0.15);
  // After few raw steps of 1/√m single units that switch are most of it, too few here for a slope.
  for (const [model, most] of [
    ['1/m, raw steps', -1],
    ['1/√m, flow time', -0.5],
  ] as const)
    assert.ok(exponent(model, 'kernel change') <= most + 0.2, `${model}: ${exponent(model, 'kernel change')}`);
  assert.ok(Math.abs(slopeOf([1, 2, 4, 8], [3, 12, 48, 192]) - 2) <= 1e-12);
});

regimes(
  'a descent that grows is a failure, with units that are no numbers and with numbers that are too large',
  async () => {
    for (const steps of [5, 200]) {
      const settings = { dimension: 3, rows: 20, units: 4, scales: [0.1], repeats: 1, steps };
      const found = await scaleStudy(settings, { ...shared, seed: 'figure' }).catch((error: Error) => error);
      assert.match(
        found instanceof Error ? found.message : 'none',
        /gradient descent did not reach its end: from τ = 0.1/,
      );
    }
  },
);

regimes('the larger the start, the less moves and the worse on new rows', async () => {
  const settings = { dimension: 20, rows: 200, units: 20, scales: [0.01, 0.3, 3], repeats: 1, steps: 1000 };
  const drawn = await scaleStudy(settings, shared);
  const column = (name: string) => drawn.table.rows.map(r => Number(r[drawn.table.header.indexOf(name)]));
  const rising = (v: readonly number[]) => v.every((x, k) => k === 0 || x > v[k - 1]);
  assert.ok(rising(column('test loss')), `${column('test loss')}`);
  for (const name of ['|Δu|/|u|', '|ΔK|/|K|']) assert.ok(rising(column(name).reverse()), `${column(name)}`);
  const [test3, tangent3] = [column('test loss')[2], column('tangent: test')[2]];
  assert.ok(Math.abs(test3 - tangent3) <= 0.1 * tangent3, `${test3} beside ${tangent3}`);
});

regimes('the median test loss is the middle draw, or between the two', () => {
  const of = (...losses: number[]) => medianTest(losses.map(test => ({ test })));
  assert.equal([of(3, 1, 100), of(10, 1, 2, 4), of(7)], [3, 3, 7]);
});

regimes('the published losses stand beside a study of the published size, and of no other', () => {
  const settings = { ...LAZY, scales: [0.01, 10] };
  const { header, cells, curves } = besideOf(settings);
  assert.equal([header.length, cells(0.01), cells(0.7), curves[0].x.length], [1, [0.08e-3], ['—'], LAZY.end.length]);
  for (const other of [{ rows: 10 }, { dimension: 20 }, { units: 20 }, { steps: 100 }])
    assert.equal(besideOf({ ...settings, ...other }).header, [], JSON.stringify(other));
  assert.equal(besideOf({ ...settings, repeats: 1 }).header, header);
});

regimes.run();
