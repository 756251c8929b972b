/** max |p| on the d-torus: against the circle's own, closed forms, dense grids; and the certificates that rest on it. */
import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { observeTorus } from '../problems/data/torus-observation.js';
import { torusDeconvolution } from '../problems/index.js';
import { torusBasis } from '../src/kernels/torus.js';
import { torusSupremum } from '../src/kernels/torus-supremum.js';
import { trigonometricSupremum } from '../src/kernels/trigonometric-supremum.js';
import { random } from '../src/math/random.js';
import { polish } from '../src/measure/polish.js';
import type { Vec } from '../src/types.js';
import { packageRoot } from './truth/reference.js';

const spec = suite('supremum on the torus');
const normals = (n: number, stream: string): Vec => {
  const r = random('torus supremum', stream);
  return Float64Array.from({ length: n }, () => r.normal());
};
/** |p| at a point. */
const at = (g: Vec, d: number, K: number, period: number, theta: Vec): number => {
  const jet = new Float64Array(1 + d + d * d);
  torusBasis(d, K, period).jetInto(theta, 0, g, 0, jet);
  return Math.abs(jet[0]);
};

spec('on the circle it is the supremum of the circle', () => {
  for (let k = 0; k < 20; k++) {
    const g = normals(13, `circle ${k}`);
    const [a, b] = [torusSupremum(g, 1, 6, 1), trigonometricSupremum(g, 6)];
    assert.ok(Math.abs(a.value - b.value) <= 1e-13 * b.value, `${a.value} ${b.value}`);
    assert.ok(a.upper >= a.value && a.upper <= a.value * (1 + 1e-12) && a.proof);
  }
});

for (const [d, K, count, probes] of [
  [2, 2, 10, 20_000],
  [2, 4, 5, 20_000],
  [3, 1, 4, 20_000],
  [3, 2, 2, 20_000],
] as const)
  spec(`random polynomials in dimension ${d}, order ${K}: attained, never exceeded, proven to rounding`, () => {
    const period = 2 * Math.PI;
    for (let k = 0; k < count; k++) {
      const g = normals((2 * K + 1) ** d, `${d} ${K} ${k}`);
      const sup = torusSupremum(g, d, K, period);
      assert.ok(Math.abs(at(g, d, K, period, sup.at) - sup.value) <= 1e-13 * sup.value);
      assert.ok(sup.upper >= sup.value && sup.upper <= sup.value * (1 + 1e-12), `${sup.value} … ${sup.upper}`);
      const r = random('torus supremum', `probe ${k}`);
      for (let j = 0; j < probes; j++) {
        const theta = Float64Array.from({ length: d }, () => period * r.uniform());
        assert.ok(at(g, d, K, period, theta) <= sup.upper, `exceeded at ${theta}`);
      }
    }
  });

spec('the Dirichlet kernel attains (2K+1)^d where it is centred', () => {
  const centre = Float64Array.of(0.3, 0.7, 0.1);
  for (const d of [2, 3] as const) {
    const g = observeTorus([[1, ...centre.subarray(0, d)]], { dimension: d, order: 2, period: 1 }, 0, random('a', 'b'));
    const sup = torusSupremum(g, d, 2, 1);
    assert.ok(Math.abs(sup.value - 5 ** d) <= 1e-12 * 5 ** d);
    for (let j = 0; j < d; j++) assert.ok(Math.abs(sup.at[j] - centre[j] - Math.round(sup.at[j] - centre[j])) <= 1e-7);
  }
});

spec('where the maximum is a line the bound is looser but stands; zero and NaN are answered', () => {
  // cos 2πx alone, K = 1: index (1, 0).
  const g = new Float64Array(9);
  g[3] = 1;
  const sup = torusSupremum(g, 2, 1, 1);
  assert.ok(Math.abs(sup.value - Math.SQRT2) <= 1e-14);
  assert.ok(sup.upper >= sup.value && sup.upper <= 1.01 * sup.value, `${sup.upper}`);
  assert.is(torusSupremum(new Float64Array(9), 2, 1, 1).upper, 0);
  assert.is(torusSupremum(new Float64Array(9).fill(Number.NaN), 2, 1, 1).proof, false);
});

const truth = JSON.parse(readFileSync(new URL('spec/truth/cpgd-deconv2d.json', packageRoot), 'utf8'));
for (const { lambda, value } of truth.minimum)
  spec(`the minimum at λ = ${lambda} of truth/cpgd-deconv2d.json is certified from both sides`, () => {
    const torus = { dimension: 2, order: 2, period: 2 * Math.PI } as const;
    const rows = truth.problem.spikes.map(([w, x, y]: number[]) => [w, Math.PI + x, Math.PI + y]);
    const coefficients = observeTorus(rows, torus, 0, random('a', 'b'));
    const problem = torusDeconvolution({ ...torus, lambda: 1, beta: lambda, coefficients });
    const near = truth.minimum.find((t: { lambda: number }) => t.lambda === lambda).spikes;
    const y = Float64Array.from(near.flatMap(([w, a, b]: number[]) => [3 * w, Math.PI + a, Math.PI + b]));
    const bracket = polish(problem, y, 3);
    assert.ok(bracket);
    assert.ok(bracket.upper - bracket.lower <= 1e-11, `${bracket.lower} … ${bracket.upper}`);
    assert.ok(Math.abs(bracket.upper - value) <= 1e-12, `${bracket.upper}`);
  });

spec.run();
