/** Kernels of trigonometric features against the readable features they stand for. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { convolved } from '../problems/features/convolved.js';
import { fourier, square } from '../problems/index.js';
import { setCompute } from '../src/kernels/compute.js';
import { convolution } from '../src/kernels/convolution.js';
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
}

const SIZES = [
  [1, 1],
  [2, 3],
  [7, 10],
  [15, 1000],
  [100, 61],
  [100, 3001],
] as const;

spec('the circle: every order and number of particles agrees with the readable feature', () => {
  for (const [K, m] of SIZES) agrees(fourier(K), normals(2 * m, draw));
});

spec('seen through a kernel ψ', () => {
  for (const K of [1, 6]) {
    const psi = convolution(normals(2 * K + 1, draw), 1, K);
    for (const m of [3, 40]) agrees(convolved(fourier(K), psi), normals(2 * m, draw));
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

spec('what is not finite is passed on, and nothing of it is left', () => {
  const field = opened(fourier(3), 5, square(new Float64Array(7), 1));
  const [y, out] = [normals(10, draw), new Float64Array(10)];
  const value = field.forceInto(y, out);
  for (const bad of [Number.NaN, Number.POSITIVE_INFINITY])
    for (const k of [0, 1]) assert.not(Number.isFinite(field.energy(y.map((x, i) => (i === k ? bad : x)))), `${bad}`);
  assert.is(field.forceInto(y, out), value);
});

spec('1, 2 and 4 threads give the same bits', () => {
  const [feature, loss] = [fourier(60), square(normals(121, draw), 1)];
  const y = normals(2 * 5000, draw);
  const results = [1, 2, 4].map(threads => {
    setCompute({ threads });
    const [field, out] = [opened(feature, 5000, loss), new Float64Array(y.length)];
    for (let i = 0; i < 20; i++) field.forceInto(y, out);
    return out;
  });
  for (const out of results) assert.equal(out, results[0]);
});

spec.run();
