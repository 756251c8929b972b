/** Kernels of trigonometric features against the readable features they stand for. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { convolved } from '../problems/features/convolved.js';
import { conic, fourier, square, torusFourier } from '../problems/index.js';
import { setCompute } from '../src/kernels/compute.js';
import { convolution } from '../src/kernels/convolution.js';
import { torusBytes } from '../src/kernels/torus-field.js';
import { random } from '../src/math/random.js';
import { dot } from '../src/math/vec.js';
import type { Feature, FusedField, Loss, Vec } from '../src/types.js';
import { normals } from './conformance/instances.js';

const spec = suite('trigonometric kernels');
const draw = random('trigonometric kernels', 'data');

/** Rounding: powers of e^{2πiθ} by multiplication lose K units in the last place, in the kernel and in the feature. */
const TOLERANCE = 1e-12;

const distance = (a: Vec, b: Vec): number => {
  const difference = a.map((x, i) => x - b[i]);
  return Math.sqrt(dot(difference, difference) / Math.max(dot(b, b), Number.MIN_VALUE));
};

function opened(feature: Feature, m: number, loss: Loss): FusedField {
  const field = feature.open?.(m, loss);
  assert.ok(field, `${feature.name} has a kernel on this engine`);
  return field;
}

/** Every answer of the kernel against that of the feature and the loss. */
function agrees(feature: Feature, y: Vec): void {
  const m = y.length / feature.dim;
  const loss = square(normals(feature.size, draw), 0.3);
  const field = opened(feature, m, loss);
  const [f, g, fused] = Array.from({ length: 3 }, () => new Float64Array(feature.size));
  const [force, out] = [new Float64Array(y.length), new Float64Array(y.length)];
  const near = (what: string, a: Vec, b: Vec) =>
    assert.ok(distance(a, b) <= TOLERANCE, `${feature.name}, ${feature.size}, m = ${m}: ${what} ${distance(a, b)}`);
  feature.sumInto(y, m, f);
  loss.gradientInto(f, g);
  feature.pullbackInto(y, m, g, force);
  field.pullbackInto(y, g, out);
  near('pullback', out, force);
  field.sumInto(y, fused);
  near('sum', fused, f);
  const value = field.forceInto(y, out);
  near(
    'force',
    out.map(x => -x),
    force,
  );
  for (const R of [value, field.energy(y)]) near('R', Float64Array.of(R), Float64Array.of(loss.value(f)));
  // The sums of an evaluation that kept them in the kernel, and a loss that it does not know.
  field.sumInto(y, fused);
  near('sum after force', fused, f);
  const { terms: _, ...unknown } = loss;
  opened(feature, m, unknown).forceInto(y, out);
  near(
    'force of another loss',
    out.map(x => -x),
    force,
  );
}

const SIZES = [1, 2, 3, 5, 7, 8, 15, 100].flatMap(K => [1, 2, 3, 10, 61].map(m => [K, m] as const));
const LARGE = [7, 15, 100].flatMap(K => [100, 1000, 10_000].map(m => [K, m] as const));

for (const tier of ['strict', 'fast'] as const)
  spec(`${tier}: on the circle every order and number of particles agrees with the readable feature`, () => {
    setCompute({ tier });
    for (const [K, m] of [...SIZES, ...LARGE]) agrees(fourier(K), normals(2 * m, draw));
  });

/** Numbers of particles too few for some orders are left to TypeScript. */
const TORUS = [
  ...[1, 2, 3, 4, 5, 6, 8, 11].map(K => [K, 30 + K] as const),
  ...[7, 15].flatMap(K => [100, 1000, 10_000].map(m => [K, m] as const)),
  ...([
    [50, 100],
    [50, 4000],
    [64, 130],
  ] as const),
];

for (const tier of ['strict', 'fast'] as const)
  spec(
    `${tier}: on the torus every order and number of particles agrees with the readable feature, for every period`,
    () => {
      setCompute({ tier });
      for (const [K, m] of TORUS) {
        const period = m % 2 === 0 ? 1 : 2 * Math.PI;
        agrees(
          torusFourier(2, K, period),
          normals(3 * m, draw).map((x, i) => (i % 3 === 0 ? x : 3 * period * x)),
        );
      }
      setCompute({ tier: 'strict' });
    },
  );

spec(
  'on the torus, particles on the grid, between two of its points, on its edges, far away and all in one place',
  () => {
    const places = [0, 0.25, 0.5, 0.75, 1, -1, 1 / 64, 1 / 128, 1 / 1024, 0.49999999999999994, 1e6 + 0.5, -1e15, 1e300];
    const y = Float64Array.from(places.flatMap(a => places.flatMap(b => [1, a, b + 1e-17])));
    agrees(torusFourier(2, 15), y);
    agrees(
      torusFourier(2, 15),
      y.map((x, i) => (i % 3 === 0 ? x : 0.3)),
    );
  },
);

spec('on the torus every single frequency, that on the edge of the window too', () => {
  for (const K of [4, 15, 20]) {
    const feature = torusFourier(2, K);
    const [y, out, truth] = [normals(3 * 40, draw), new Float64Array(120), new Float64Array(120)];
    const field = opened(feature, 40, square(new Float64Array(feature.size), 1));
    const n = 2 * K + 1;
    for (const k of [0, 1, K, K + 1, 2 * K, n, K * n, K * n + K, (n - 1) * n + n - 1]) {
      const g = new Float64Array(feature.size);
      g[k] = 1;
      feature.pullbackInto(y, 40, g, truth);
      field.pullbackInto(y, g, out);
      assert.ok(distance(out, truth) <= TOLERANCE, `${K}, ${k}: ${distance(out, truth)}`);
    }
  }
});

spec('on the torus, too few particles for its order are left to TypeScript, and so is every dimension but two', () => {
  const opens = (d: 1 | 2 | 3, K: number, m: number) =>
    torusFourier(d, K).open?.(m, square(new Float64Array((2 * K + 1) ** d), 1)) !== undefined;
  assert.equal(
    [opens(2, 50, 1), opens(2, 50, 100), opens(2, 15, 10), opens(3, 2, 100), opens(1, 15, 100)],
    [false, true, true, false, true],
  );
});

spec('seen through a kernel ψ', () => {
  for (const K of [1, 6]) {
    const psi = convolution(normals(2 * K + 1, draw), 1, K);
    for (const m of [3, 40]) agrees(convolved(fourier(K), psi), normals(2 * m, draw));
    const blur = convolution(normals((2 * K + 1) ** 2, draw), 2, K);
    agrees(convolved(torusFourier(2, K), blur), normals(3 * 40, draw));
  }
});

spec('in the conic chart', () => {
  for (const feature of [conic(fourier(7)), conic(torusFourier(2, 5)), conic(torusFourier(1, 4))])
    agrees(feature, normals(feature.dim * 50, draw));
});

spec('a run counts enough memory for the kernel on the torus', () => {
  for (const K of [1, 2, 7, 15, 50, 200, 1000])
    for (const m of [1, 10, 100, 1000, 30_000, 1e6])
      for (const threads of [1, 16, 64]) {
        const counted = 320 * (2 * K + 1) ** 2 + 960 * m + 2 ** 20;
        assert.ok(torusBytes(K, m, threads) <= counted, `${K}, ${m}: ${torusBytes(K, m, threads)}`);
      }
});

spec('angles are reduced exactly: whole, half and quarter turns, far away, and next to all of these', () => {
  const places = [0, 0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875, 1].flatMap(x => [
    x,
    x + 1e-9,
    x - 1e-9,
    x - 3,
    x + 1e6,
  ]);
  for (const theta of [...places, -1e-300]) {
    agrees(fourier(1), Float64Array.of(1, theta));
    const f = new Float64Array(3);
    opened(fourier(1), 1, square(f, 1)).sumInto(Float64Array.of(1, theta), f);
    const rest = 2 * Math.PI * (theta - Math.round(theta));
    const error = Math.max(Math.abs(f[1] / Math.SQRT2 - Math.cos(rest)), Math.abs(f[2] / Math.SQRT2 - Math.sin(rest)));
    assert.ok(error <= 4 * Number.EPSILON, `θ = ${theta}: ${error}`);
  }
});

for (const [feature, m] of [
  [fourier(3), 5],
  [fourier(12), 70],
  [torusFourier(2, 3), 20],
] as const)
  spec(`${feature.name}, ${m} particles: what is not finite is passed on, and nothing of it is left`, () => {
    const field = opened(feature, m, square(new Float64Array(feature.size), 1));
    const [y, out] = [normals(feature.dim * m, draw), new Float64Array(feature.dim * m)];
    const value = field.forceInto(y, out);
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])
      for (let k = 0; k < feature.dim; k++)
        assert.not(Number.isFinite(field.energy(y.map((x, i) => (i === k ? bad : x)))), `${bad} at ${k}`);
    assert.is(field.forceInto(y, out), value);
  });

spec('1, 2, 4 and 16 threads give the same bits', () => {
  for (const [feature, m] of [
    [fourier(60), 5000],
    [fourier(15), 1000],
    [torusFourier(2, 15), 5000],
    [torusFourier(2, 15), 1000],
    [torusFourier(2, 45), 3000],
  ] as const) {
    const loss = square(normals(feature.size, draw), 1);
    const y = normals(feature.dim * m, draw);
    const results = [1, 2, 4, 16].map(threads => {
      setCompute({ threads });
      const [field, out] = [opened(feature, m, loss), new Float64Array(y.length)];
      for (let i = 0; i < 10; i++) field.forceInto(y, out);
      return out;
    });
    for (const out of results) assert.equal(out, results[0]);
  }
});

spec.run();
