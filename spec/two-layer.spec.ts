/** Kernels of two-layer nets against the readable features they stand for. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { huber, logisticLoss, neuron, relu, sigmoid, signedSquare, square, tanh } from '../problems/index.js';
import { neuronDomain } from '../problems/network.js';
import { flowOf } from '../src/flow.js';
import { setCompute } from '../src/kernels/compute.js';
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
  [2, 1203, 35],
  [3, 450, 38],
  [4, 1, 1],
  [5, 130, 37],
  [20, 333, 70],
  [70, 65, 9],
] as const;

const distance = (a: Vec, b: Vec): number => {
  const difference = a.map((x, i) => x - b[i]);
  return Math.sqrt(dot(difference, difference) / Math.max(dot(b, b), Number.MIN_VALUE));
};
/** Not sorted by angle: in the plane the features have no kernel where they are. */
const inputsOf = (n: number, d: number) => ({ rows: n, columns: d, values: normals(n * d, draw), once: true });
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

/** Under Node every tier runs. */
for (const tier of ['strict', 'fast'] as const)
  spec(`${tier}: every activation, loss and size agrees with the readable feature`, () => {
    setCompute({ tier });
    sizesAgree(tier);
    setCompute({ tier: 'strict' });
  });

function sizesAgree(tier: string): void {
  for (const [d, n, m] of SIZES) {
    const x = inputsOf(n, d);
    const features = [
      ...Object.values(ACTIVATIONS).map(a => neuron(x, a)),
      signedSquare(x, i => (i % 3 === 0 ? -1 : 1)),
    ];
    for (const feature of features)
      for (const loss of lossesOf(n)) {
        agrees(`${feature.name} ${loss.name} (${d}, ${n}, ${m})`, feature, loss, m);
        assert.is(opened(feature, m, loss).tier, tier);
      }
  }
}

spec('activations saturate, keep their sign and their small values, and pass NaN on', () => {
  const x = { rows: 1, columns: 1, values: Float64Array.of(1) };
  for (const activation of Object.values(ACTIVATIONS)) {
    const field = opened(neuron(x, activation), 1, square(Float64Array.of(0), 1));
    const f = new Float64Array(1);
    for (const z of [0, 1e-300, 1e-9, 0.3, 1, 20, 40, 300, 750, 1e9, 1e300])
      for (const signed of [z, -z]) {
        field.sumInto(Float64Array.of(1, signed), f);
        const truth = activation.value(signed);
        // One rounding of z, which every θ·x has, is one of σ times |z|.
        const roundings = Math.max(4, Math.abs(signed)) * Number.EPSILON;
        const near = f[0] === truth || Math.abs(f[0] - truth) <= roundings * Math.abs(truth) + 1e-303;
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

spec('R of the last force is remembered for that state alone, and has the same bits', () => {
  const [d, n, m] = [2, 50, 7];
  const [feature, loss, y] = [neuron(inputsOf(n, d), tanh), logisticLoss(labels(n), n), normals(m * (d + 1), draw)];
  const [field, fresh] = [opened(feature, m, loss), opened(feature, m, loss)];
  const [out, other] = [new Float64Array(y.length), y.map(x => x + 1e-9)];
  const [R, Rother] = [fresh.energy(y), fresh.energy(other)];
  assert.is.not(R, Rother);
  assert.equal([field.forceInto(y, out), field.energy(y), field.energy(other), field.energy(y)], [R, R, Rother, R]);
  field.forceInto(y, out);
  field.sumInto(other, new Float64Array(n));
  assert.is(field.energy(other), Rother);
  field.forceInto(y, out);
  field.pullbackInto(other, new Float64Array(n), out);
  assert.is(field.energy(other), Rother);
});

spec('a flow takes its force and energy from the kernel, and on a pattern from the feature', () => {
  const [d, n, m] = [3, 40, 9];
  const [x, loss, y] = [inputsOf(n, d), square(normals(n, draw), n), normals(m * (d + 1), draw)];
  const feature = neuron(x, relu);
  const problem = { name: 'net', dim: d + 1, domain: neuronDomain(d, false), feature, loss, initial: {} };
  const { open: _, ...readable } = feature;
  const flows = [flowOf(problem, m), flowOf({ ...problem, feature: readable }, m)];
  const [v, truth] = flows.map(flow => {
    const out = new Float64Array(y.length);
    flow.velocityInto(y, out);
    return out;
  });
  assert.ok(distance(v, truth) <= TOLERANCE && v.some((x, i) => x !== truth[i]), 'another order of summation');
  assert.ok(Math.abs(flows[0].energy(y) / flows[1].energy(y) - 1) <= TOLERANCE);
  const branch = flows[0].kinks?.branchAt(y);
  assert.ok(branch);
  const [on, off] = flows.map(flow => {
    const out = new Float64Array(y.length);
    flow.velocityInto(y, out, branch);
    return out;
  });
  assert.equal(on, off);
});

spec('tier scalar has no kernel', () => {
  setCompute({ tier: 'scalar' });
  assert.is(neuron(inputsOf(5, 2), sigmoid).open?.(3, square(new Float64Array(5), 1)), undefined);
  setCompute({ tier: 'strict' });
});

spec.run();
