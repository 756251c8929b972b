/** Kernels of two-layer nets against the readable features they stand for. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { huber, logisticLoss, neuron, relu, sigmoid, signedSquare, square, tanh } from '../problems/index.js';
import { random } from '../src/math/random.js';
import { dot } from '../src/math/vec.js';
import type { Feature, FusedField, Loss, Vec } from '../src/types.js';
import { normals } from './conformance/instances.js';

const spec = suite('two-layer kernels');
const draw = random('two-layer', 'data');

/** Rounding of sums of up to some thousand terms. */
const TOLERANCE = 1e-12;
const ACTIVATIONS = { relu, sigmoid, tanh } as const;
/** d, n, m: one and more vectors, panels, tiles and chunks, with and without a rest. */
const SIZES = [
  [1, 1, 1],
  [1, 7, 5],
  [2, 100, 10],
  [2, 500, 100],
  [3, 301, 33],
  [4, 1, 1],
  [5, 130, 37],
  [20, 333, 70],
  [70, 65, 9],
] as const;

const distance = (a: Vec, b: Vec): number => {
  const difference = a.map((x, i) => x - b[i]);
  return Math.sqrt(dot(difference, difference) / Math.max(dot(b, b), Number.MIN_VALUE));
};
const inputsOf = (n: number, d: number) => ({ rows: n, columns: d, values: normals(n * d, draw) });
const labels = (n: number): Vec => normals(n, draw).map(x => (x > 0 ? 1 : -1));
const lossesOf = (n: number): Loss[] => [
  square(normals(n, draw), n),
  logisticLoss(labels(n), 0.7 * n),
  huber(normals(n, draw), n, 0.3),
];

function opened(feature: Feature, m: number, loss: Loss): FusedField {
  const field = feature.open?.(m, loss);
  assert.ok(field, `${feature.name} has a kernel on this engine`);
  return field;
}

/** Every answer of the kernel against that of the feature and the loss. */
function agrees(name: string, feature: Feature, loss: Loss, m: number): void {
  const [field, y] = [opened(feature, m, loss), normals(m * feature.dim, draw)];
  const [f, g, fused] = Array.from({ length: 3 }, () => new Float64Array(feature.size));
  const [force, out] = [new Float64Array(y.length), new Float64Array(y.length)];
  feature.sumInto(y, m, f);
  loss.gradientInto(f, g);
  feature.pullbackInto(y, m, g, force);
  field.pullbackInto(y, g, out);
  assert.ok(distance(out, force) <= TOLERANCE, `${name}: pullback ${distance(out, force)}`);
  field.sumInto(y, fused);
  assert.ok(distance(fused, f) <= TOLERANCE, `${name}: sum ${distance(fused, f)}`);
  const value = field.forceInto(y, out);
  const minus = force.map(x => -x);
  assert.ok(distance(out, minus) <= TOLERANCE, `${name}: force ${distance(out, minus)}`);
  for (const R of [value, field.energy(y)])
    assert.ok(Math.abs(R - loss.value(f)) <= TOLERANCE * loss.value(f), `${name}: R ${R} for ${loss.value(f)}`);
}

spec('every activation, loss and size agrees with the readable feature', () => {
  for (const [d, n, m] of SIZES) {
    const x = inputsOf(n, d);
    const features = [
      ...Object.values(ACTIVATIONS).map(a => neuron(x, a)),
      signedSquare(x, i => (i % 3 === 0 ? -1 : 1)),
    ];
    for (const feature of features)
      for (const loss of lossesOf(n)) agrees(`${feature.name} ${loss.name} (${d}, ${n}, ${m})`, feature, loss, m);
  }
});

spec('activations saturate, keep their sign and their small values, and pass NaN on', () => {
  const x = { rows: 1, columns: 1, values: Float64Array.of(1) };
  for (const activation of Object.values(ACTIVATIONS)) {
    const field = opened(neuron(x, activation), 1, square(Float64Array.of(0), 1));
    const f = new Float64Array(1);
    for (const z of [0, 1e-300, 1e-9, 0.3, 1, 20, 40, 300, 750, 1e9, 1e300])
      for (const signed of [z, -z]) {
        field.sumInto(Float64Array.of(1, signed), f);
        const truth = activation.value(signed);
        const near = f[0] === truth || Math.abs(f[0] - truth) <= 4 * Number.EPSILON * Math.abs(truth) + 1e-303;
        assert.ok(near, `${activation.name}(${signed}) is ${truth}, not ${f[0]}`);
      }
    const out = new Float64Array(2);
    assert.ok(Number.isNaN(field.forceInto(Float64Array.of(1, Number.NaN), out)), activation.name);
    assert.ok(out.some(Number.isNaN), activation.name);
    field.forceInto(Float64Array.of(1, 0.5), out);
    assert.ok(out.every(Number.isFinite), 'nothing of the NaN is left');
  }
});

spec('the bits are the same at every call', () => {
  const [d, n, m] = [6, 700, 90];
  const [feature, y] = [neuron(inputsOf(n, d), sigmoid), normals(m * (d + 1), draw)];
  const loss = square(normals(n, draw), n);
  const results = [0, 1, 2].map(i => {
    const out = new Float64Array(y.length);
    const field = opened(feature, m, loss);
    for (let k = 0; k <= i; k++) field.forceInto(y, out);
    return out;
  });
  assert.equal(results[1], results[0]);
  assert.equal(results[2], results[0]);
});

spec.run();
