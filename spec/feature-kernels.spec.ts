/** Kernels of sketches and of matrices of low rank against the readable features they stand for. */
import { setTimeout } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { functionals, measured, selection } from '../problems/features/measured.js';
import { outerProduct } from '../problems/features/outer-product.js';
import { frequencies, randomFourier } from '../problems/features/random-fourier.js';
import { rankOne } from '../problems/features/rank-one.js';
import { twoHomogeneous } from '../problems/features/two-homogeneous.js';
import { huber, square } from '../problems/index.js';
import { setCompute } from '../src/kernels/compute.js';
import { taskCountOfOthers } from '../src/kernels/team.js';
import { random } from '../src/math/random.js';
import { dot } from '../src/math/vec.js';
import type { Feature, FusedField, Loss, Vec } from '../src/types.js';
import { normals } from './conformance/instances.js';

const spec = suite('kernels of features');
const draw = random('feature-kernels', 'data');
/** Rounding of sums of up to some thousand terms. */
const TOLERANCE = 1e-12;

const distance = (a: Vec, b: Vec): number => {
  const difference = a.map((x, i) => x - b[i]);
  return Math.sqrt(dot(difference, difference) / Math.max(dot(b, b), Number.MIN_VALUE));
};

const waves = (d: number, count: number, scale = 1): Feature =>
  randomFourier(
    frequencies(
      Array.from({ length: count }, () => [...normals(d, draw)].map(x => scale * x)),
      0.3,
    ),
  );
const seen = (feature: Feature): Feature => {
  const places = Array.from({ length: feature.size }, (_, k) => k).filter(k => k % 3 !== 1);
  return measured(feature, selection(places, feature.size));
};
const sensed = (feature: Feature, count: number): Feature =>
  measured(feature, functionals(normals(count * feature.size, draw), feature.size));

/** One and more blocks, panels, tiles and chunks, with and without a rest. */
const CASES: readonly (readonly [feature: Feature, m: number])[] = [
  [waves(1, 1), 1],
  [waves(1, 3), 2],
  [waves(2, 7), 5],
  [waves(3, 64), 33],
  [waves(5, 100), 16],
  [waves(10, 257), 70],
  [waves(10, 4500), 6],
  [waves(2, 30), 3000],
  [waves(4, 50, 100), 20],
  [outerProduct(1), 1],
  [outerProduct(3), 2],
  [outerProduct(4), 9],
  [outerProduct(13), 700],
  [outerProduct(70), 41],
  [outerProduct(180), 30],
  [rankOne(1, 1), 1],
  [rankOne(2, 5), 3],
  [rankOne(9, 4), 600],
  [rankOne(40, 61), 70],
  [seen(outerProduct(11)), 8],
  [sensed(outerProduct(5), 7), 6],
  [sensed(rankOne(6, 3), 12), 10],
  [twoHomogeneous(rankOne(7, 10)), 30],
  [sensed(twoHomogeneous(rankOne(3, 4)), 5), 9],
];
const nameOf = (feature: Feature, m: number): string => `${feature.name} of ${feature.size}, m = ${m}`;

const lossesOf = (n: number): Loss[] => [square(normals(n, draw), 0.3 * n), huber(normals(n, draw), n, 0.3)];

function opened(feature: Feature, m: number, loss: Loss): FusedField {
  const field = feature.open?.(m, loss);
  assert.ok(field, `${feature.name} has a kernel on this engine`);
  return field;
}

/** Every answer of the kernel against that of the feature and the loss, at two states one after the other. */
function agrees(name: string, feature: Feature, loss: Loss, m: number): void {
  const field = opened(feature, m, loss);
  const [f, g, fused] = Array.from({ length: 3 }, () => new Float64Array(feature.size));
  for (let turn = 0; turn < 2; turn++) {
    const y = normals(m * feature.dim, draw);
    const [force, out] = [new Float64Array(y.length), new Float64Array(y.length)];
    feature.sumInto(y, m, f);
    loss.gradientInto(f, g);
    feature.pullbackInto(y, m, g, force);
    const value = field.forceInto(y, out);
    const minus = force.map(x => -x);
    assert.ok(distance(out, minus) <= TOLERANCE, `${name}: force ${distance(out, minus)}`);
    for (const R of [value, field.energy(y)])
      assert.ok(Math.abs(R - loss.value(f)) <= TOLERANCE * loss.value(f), `${name}: R ${R} for ${loss.value(f)}`);
    field.pullbackInto(y, g, out);
    assert.ok(distance(out, force) <= TOLERANCE, `${name}: pullback ${distance(out, force)}`);
    field.sumInto(y, fused);
    assert.ok(distance(fused, f) <= TOLERANCE, `${name}: sum ${distance(fused, f)}`);
  }
}

/** Under Node both run. */
for (const tier of ['strict', 'fast'] as const)
  spec(`${tier}: every size and loss agrees with the readable feature`, () => {
    setCompute({ tier });
    for (const [feature, m] of CASES)
      for (const loss of lossesOf(feature.size)) {
        agrees(`${nameOf(feature, m)}, ${loss.name}`, feature, loss, m);
        assert.is(opened(feature, m, loss).tier, tier);
      }
    setCompute({ tier: 'strict' });
  });

/** Large enough for several chunks. */
const LARGE: readonly (readonly [feature: Feature, m: number])[] = [
  [waves(10, 300), 200],
  [waves(2, 100), 9000],
  [outerProduct(60), 300],
  [rankOne(50, 30), 250],
];

spec('1, 2, 4 and 16 threads give the same bits', async () => {
  for (const [feature, m] of LARGE) {
    const [y, loss] = [normals(m * feature.dim, draw), square(normals(feature.size, draw), 1)];
    const results: [number, Vec][] = [];
    for (const threads of [1, 2, 4, 16]) {
      setCompute({ threads });
      const [field, out] = [opened(feature, m, loss), new Float64Array(y.length)];
      await setTimeout(30);
      let value = 0;
      for (let i = 0; i < 5; i++) value = field.forceInto(y, out);
      results.push([value, out]);
    }
    for (const result of results) assert.equal(result, results[0], nameOf(feature, m));
  }
});

spec('other threads do take part', async () => {
  setCompute({ threads: 2 });
  for (const [feature, m] of LARGE) {
    const [y, loss] = [normals(m * feature.dim, draw), square(normals(feature.size, draw), 1)];
    const [field, out, before] = [opened(feature, m, loss), new Float64Array(y.length), taskCountOfOthers()];
    for (let i = 0; i < 2000 && taskCountOfOthers() === before; i++) {
      field.forceInto(y, out);
      if (i % 5 === 0) await setTimeout(5);
    }
    assert.ok(taskCountOfOthers() > before, nameOf(feature, m));
  }
});

spec('R of the last force is remembered for that state alone, and has the same bits', () => {
  for (const [feature, m] of [
    [waves(3, 20), 7],
    [outerProduct(5), 7],
  ] as const) {
    const [loss, y] = [square(normals(feature.size, draw), 1), normals(m * feature.dim, draw)];
    const [field, fresh] = [opened(feature, m, loss), opened(feature, m, loss)];
    const [out, other] = [new Float64Array(y.length), y.map(x => x + 1e-9)];
    const [R, Rother] = [fresh.energy(y), fresh.energy(other)];
    assert.is.not(R, Rother);
    assert.equal([field.forceInto(y, out), field.energy(y), field.energy(other), field.energy(y)], [R, R, Rother, R]);
    field.forceInto(y, out);
    field.sumInto(other, new Float64Array(feature.size));
    assert.is(field.energy(other), Rother);
  }
});

spec('NaN and infinities pass on, and nothing of them is left', () => {
  for (const [feature, m] of CASES.slice(2)) {
    const [loss, y] = [square(normals(feature.size, draw), 1), normals(m * feature.dim, draw)];
    const [field, out, truth] = [opened(feature, m, loss), new Float64Array(y.length), new Float64Array(y.length)];
    const R = field.forceInto(y, truth);
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const value = field.forceInto(y.with(y.length - 1, bad), out);
      assert.not.ok(Number.isFinite(value), `${nameOf(feature, m)} at ${bad} is ${value}`);
      assert.ok(
        out.some(x => !Number.isFinite(x)),
        nameOf(feature, m),
      );
    }
    assert.is(field.forceInto(y, out), R);
    assert.equal(out, truth);
  }
});

spec('a wave of two turns more is the same, at frequencies of any size', () => {
  const field = opened(randomFourier(frequencies([[2 * Math.PI]], 0)), 1, square(new Float64Array(2), 1));
  const f = new Float64Array(2);
  for (const turns of [0, 0.125, 0.25, 0.4, 0.5, 0.75, 0.999, 1, 2, -3, 1024, -65536])
    for (const part of [0, 1 / 8, 1 / 4, 3 / 8, 1 / 2, 5 / 8, 3 / 4]) {
      field.sumInto(Float64Array.of(1, turns + part), f);
      const angle = 2 * Math.PI * ((turns + part) % 1);
      // 1/2π and the product are rounded: as many ulp of the angle.
      const near = 4 * Number.EPSILON * (1 + 2 * Math.PI * Math.abs(turns + part));
      assert.ok(
        Math.abs(f[0] - Math.cos(angle)) <= near && Math.abs(f[1] - Math.sin(angle)) <= near,
        `${turns} ${part}`,
      );
    }
});

spec('tier scalar has no kernel', () => {
  setCompute({ tier: 'scalar' });
  for (const [feature, m] of CASES) assert.is(feature.open?.(m, lossesOf(feature.size)[0]), undefined);
  setCompute({ tier: 'strict' });
});

spec.run();
