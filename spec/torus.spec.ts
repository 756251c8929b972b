/** Features on the d-torus and the conic chart: derivatives, adjoints, homogeneity, kernels, metric. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { coneMetric, conic, fourier, squaredWeight, torusDeconvolution, torusFourier } from '../problems/index.js';
import { flowOf } from '../src/flow.js';
import { random } from '../src/math/random.js';
import { dot, maxAbs } from '../src/math/vec.js';
import type { Feature, Vec } from '../src/types.js';
import { largestDifference } from './whole-run.js';

const spec = suite('torus');
const m = 4;
const features: readonly Feature[] = [
  ...([1, 2, 3] as const).flatMap(d => [torusFourier(d, 2, 1), conic(torusFourier(d, d === 3 ? 1 : 3, 2 * Math.PI))]),
  conic(fourier(4)),
];

const normals = (n: number, stream: string): Vec => {
  const r = random('torus', stream);
  return Float64Array.from({ length: n }, () => r.normal());
};
/** Particles away from r = 0, where the conic chart has no second derivative. */
const cloud = (f: Feature): Vec =>
  normals(m * f.dim, f.name).map((x, k) => (k % f.dim === 0 ? x + Math.sign(x) * 0.2 : x));
const moved = (y: Vec, h: number, x: Vec): Vec => y.map((u, k) => u + h * x[k]);
const summed = (f: Feature, y: Vec): Vec => {
  const out = new Float64Array(f.size);
  f.sumInto(y, m, out);
  return out;
};
const pulled = (f: Feature, y: Vec, g: Vec): Vec => {
  const out = new Float64Array(m * f.dim);
  f.pullbackInto(y, m, g, out);
  return out;
};
const bent = (f: Feature, y: Vec, g: Vec, x: Vec): Vec => {
  const out = new Float64Array(m * f.dim);
  f.curvatureInto?.(y, m, g, x, out);
  return out;
};
const H = 1e-5;

for (const f of features) {
  const [y, g, x, z] = [cloud(f), normals(f.size, 'g'), normals(m * f.dim, 'x'), normals(m * f.dim, 'z')];
  // Truncation H²·(frequency)³/6 relative to the first derivative.
  const tolerance = 1e-6;

  spec(`${f.name}: push-forward is the difference of the sum, and the pull-back is its adjoint`, () => {
    const out = new Float64Array(f.size);
    f.pushforwardInto?.(y, m, x, out);
    const [ahead, back] = [summed(f, moved(y, H, x)), summed(f, moved(y, -H, x))];
    const slope = ahead.map((a, k) => (a - back[k]) / (2 * H));
    assert.ok(maxAbs(slope) > 0.1);
    assert.ok(largestDifference(out, slope) <= tolerance * maxAbs(slope), `${largestDifference(out, slope)}`);
    const [left, right] = [m * dot(out, g), dot(pulled(f, y, g), x)];
    assert.ok(Math.abs(left - right) <= 1e-13 * maxAbs(out) * maxAbs(g) * m * f.size);
  });

  spec(`${f.name}: curvature is the difference of the pull-back, and symmetric`, () => {
    const [ahead, back] = [pulled(f, moved(y, H, x), g), pulled(f, moved(y, -H, x), g)];
    const slope = ahead.map((a, k) => (a - back[k]) / (2 * H));
    const got = bent(f, y, g, x);
    assert.ok(largestDifference(got, slope) <= tolerance * maxAbs(slope), `${largestDifference(got, slope)}`);
    assert.ok(Math.abs(dot(got, z) - dot(bent(f, y, g, z), x)) <= 1e-13 * maxAbs(got) * maxAbs(z) * m * f.dim);
  });

  spec(`${f.name} is homogeneous of its degree in its coordinate`, () => {
    const degree = f.homogeneity?.degree as number;
    const scaled = y.map((u, k) => (k % f.dim === 0 ? 3 * u : u));
    const wanted = summed(f, y).map(a => 3 ** degree * a);
    assert.ok(largestDifference(summed(f, scaled), wanted) <= 1e-14 * maxAbs(wanted));
    const turned = y.map((u, k) => (k % f.dim === 0 ? -u : u));
    assert.ok(
      largestDifference(
        summed(f, turned),
        summed(f, y).map(a => -a),
      ) <=
        1e-14 * maxAbs(wanted),
      'odd',
    );
  });
}

for (const d of [1, 2, 3] as const)
  spec(`in dimension ${d} the kernel is the product of Dirichlet kernels`, () => {
    const [K, period] = [2, 2 * Math.PI];
    const f = torusFourier(d, K, period);
    const at = (stream: string) => Float64Array.of(1, ...normals(d, stream));
    const [p, q] = [at('p'), at('q')];
    const [a, b] = [p, q].map(u => {
      const out = new Float64Array(f.size);
      f.sumInto(u, 1, out);
      return out;
    });
    const dirichlet = (t: number) => 1 + 2 * Math.cos(t) + 2 * Math.cos(2 * t);
    const product = Array.from({ length: d }, (_, j) => dirichlet(p[1 + j] - q[1 + j])).reduce((s, k) => s * k, 1);
    assert.ok(Math.abs(dot(a, b) - product) <= 1e-13 * 5 ** d);
    assert.ok(Math.abs(dot(a, a) - 5 ** d) <= 1e-13 * 5 ** d);
  });

spec('in dimension 1 with period 1 it is the Fourier basis of the circle, in its order', () => {
  const [a, b] = [torusFourier(1, 3), fourier(3)];
  const y = cloud(b);
  assert.ok(largestDifference(summed(a, y), summed(b, y)) <= 1e-15 * maxAbs(summed(b, y)));
});

spec('the flow in the cone metric: θ̇ = −s∇, dF/dt = −|u′|² in that metric, and the tip stays', () => {
  const problem = torusDeconvolution({
    dimension: 2,
    order: 2,
    lambda: 0.5,
    beta: 0.3,
    coefficients: normals(25, 'y'),
    chart: 'conic',
  });
  const flow = flowOf(problem, m);
  const y = cloud(problem.feature);
  const v = new Float64Array(flow.size);
  flow.velocityInto(y, v);
  const metric = coneMetric(3);
  const rate = (flow.energy(moved(y, 1e-6, v)) - flow.energy(moved(y, -1e-6, v))) / 2e-6;
  const speed = metric.square(y, m, v) / m;
  assert.ok(Math.abs(rate + speed) <= 1e-5 * speed, `${rate} against ${speed}`);
  const g = new Float64Array(25);
  problem.loss.gradientInto(summed(problem.feature, y), g);
  const slopes = pulled(
    torusFourier(2, 2),
    y.map((u, k) => (k % 3 === 0 ? 1 : u)),
    g,
  );
  for (let i = 0; i < m; i++) {
    const [r, s] = [y[3 * i], Math.sign(y[3 * i])];
    assert.ok(Math.abs(v[3 * i] + 2 * r * (s * slopes[3 * i] + 0.3)) <= 1e-12 * maxAbs(v));
    for (const j of [1, 2]) assert.ok(Math.abs(v[3 * i + j] + s * slopes[3 * i + j]) <= 1e-12 * maxAbs(v));
  }
  y[0] = 0;
  flow.velocityInto(y, v);
  assert.equal([...v.subarray(0, 3)].map(Math.abs), [0, 0, 0]);
});

spec('βr²: value, gradient, curvature and proximal map agree', () => {
  const V = squaredWeight(0.7, 3);
  const y = Float64Array.of(2, 1, 1, -1, 1, 1);
  assert.ok(Math.abs(V.value(y, 2) - 0.7 * 5) <= 1e-15);
  const force = new Float64Array(6);
  V.minNormInto(y, 2, force);
  assert.ok(largestDifference(force, Float64Array.of(-2.8, 0, 0, 1.4, 0, 0)) <= 1e-15);
  const [out, curved] = [new Float64Array(6), new Float64Array(6)];
  V.proxInto?.(y, 2, 0.1, out);
  // z + h V′(z) = u.
  assert.ok(Math.abs(out[0] + 0.1 * 1.4 * out[0] - 2) <= 1e-15);
  assert.is(out[1], 1);
  V.curvatureInto?.(y, 2, Float64Array.of(1, 1, 1, 1, 1, 1), curved);
  assert.equal([...curved], [1.4, 0, 0, 1.4, 0, 0]);
});

spec(
  'a metric with a kinked penalty, a wrong number of coefficients, and a chart of something else are refused',
  () => {
    const coefficients = new Float64Array(25);
    const p = torusDeconvolution({ dimension: 2, order: 2, lambda: 1, beta: 1, coefficients });
    assert.throws(() => flowOf({ ...p, metric: coneMetric(3) }, 2), /the metric cone needs a smooth V, got abs-weight/);
    assert.throws(
      () => torusDeconvolution({ dimension: 3, order: 2, lambda: 1, beta: 1, coefficients }),
      /needs 125 coefficients, got 25/,
    );
    assert.throws(() => conic(conic(fourier(1))), /must be homogeneous of degree 1/);
  },
);

spec.run();
