/** The vector field against its own energy, and its kinks against the rule of the differential inclusion. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { deconvolution } from '../problems/index.js';
import { flowOf } from '../src/flow.js';
import { random } from '../src/math/random.js';
import { dot, maxAbs } from '../src/math/vec.js';
import type { Flow, Penalty, Problem, Vec } from '../src/types.js';
import { absLine, identity, quadratic } from './problems-of-ones-own.js';
import { problemOf, reference, startOf } from './truth/reference.js';
import { largestDifference } from './whole-run.js';

const flows = suite('flow');
const references = [
  'quadratic-m5',
  'abs-line-m6',
  'abs-line-stick-m6',
  'deconv-weak-m10',
  'deconv-cross-m12',
  'deconv-strong-m6',
];

/** A state off every kink. */
const anywhere = (flow: Flow, stream: string): Vec => {
  const r = random('flow', stream);
  return Float64Array.from({ length: flow.size }, () => r.normal() + (r.uniform() < 0.5 ? -0.1 : 0.1));
};
const moved = (y: Vec, step: number, x: Vec) => y.map((u, k) => u + step * x[k]);
const velocity = (flow: Flow, y: Vec, branch?: Int8Array) => {
  const v = new Float64Array(flow.size);
  flow.velocityInto(y, v, branch);
  return v;
};
const weak = (): Problem => problemOf(reference('deconv-weak-m10'));

for (const name of references) {
  flows(`velocity and F at the start of ${name}`, () => {
    const r = reference(name);
    const flow = flowOf(problemOf(r), r.m);
    const v = velocity(flow, startOf(r));
    assert.ok(largestDifference(v, Float64Array.from(r.velocity0.flat())) <= 1e-13 * maxAbs(v));
    assert.ok(Math.abs(flow.energy(startOf(r)) - r.F0) <= 1e-14 * r.F0);
  });

  flows(`off the kinks the velocity of ${name} is −m∇F, and F falls at the rate |v|²_m`, () => {
    const r = reference(name);
    const flow = flowOf(problemOf(r), r.m);
    const y = anywhere(flow, name);
    const v = velocity(flow, y);
    const slope = (x: Vec, step: number) =>
      (flow.energy(moved(y, step, x)) - flow.energy(moved(y, -step, x))) / (2 * step);
    for (let k = 0; k < flow.size; k++) {
      const unit = new Float64Array(flow.size);
      unit[k] = 1;
      // Central difference at 1e-6: (2πK)³·1e-12/6 ≈ 1e-8 of truncation, F·eps/1e-6 ≈ 1e-9·F of rounding, times m.
      assert.ok(Math.abs(v[k] + r.m * slope(unit, 1e-6)) <= 1e-6 * (maxAbs(v) + flow.energy(y)), `coordinate ${k}`);
    }
    const rate = slope(v, 1e-7 / maxAbs(v));
    assert.ok(Math.abs(rate + dot(v, v) / r.m) <= (1e-5 * dot(v, v)) / r.m, `rate ${rate}`);
  });

  flows(`particles of ${name} have no order`, () => {
    const r = reference(name);
    const flow = flowOf(problemOf(r), r.m);
    const y = anywhere(flow, name);
    const turned = (a: Vec) => Float64Array.from({ length: a.length }, (_, k) => a[(k + r.d) % a.length]);
    assert.ok(
      largestDifference(velocity(flow, turned(y)), turned(velocity(flow, y))) <= 1e-13 * maxAbs(velocity(flow, y)),
    );
    assert.ok(Math.abs(flow.energy(turned(y)) - flow.energy(y)) <= 1e-14 * flow.energy(y));
  });

  flows(`the field of ${name} at its own particles is their velocity`, () => {
    const r = reference(name);
    const flow = flowOf(problemOf(r), r.m);
    const y = anywhere(flow, name);
    const out = new Float64Array(2 * r.d);
    flow.fieldInto(y, y.subarray(r.d, 3 * r.d), 2, out);
    const v = velocity(flow, y);
    // Particles go through the kernel of the problem, other points through the readable feature: two sums that differ by rounding.
    const apart = Math.max(...out.map((x, k) => Math.abs(x - v[r.d + k])));
    assert.ok(apart <= 1e-12 * Math.max(...v.map(Math.abs)), `${apart}`);
  });
}

flows('the Hessian is symmetric and is the slope of the velocity, on each branch', () => {
  const flow = flowOf(weak(), 10);
  const y = anywhere(flow, 'hessian');
  [y[0], y[6]] = [0, 0];
  const branch = Int8Array.from({ length: 10 }, (_, i) => Math.sign(y[2 * i]));
  const free = (x: Vec) => x.map((u, k) => (k === 0 || k === 6 ? 0 : u));
  const [x, z] = ['x', 'z'].map(stream => free(anywhere(flow, stream)));
  const times = (a: Vec) => {
    const out = new Float64Array(flow.size);
    flow.hessianTimesInto?.(y, a, out, branch);
    return out;
  };
  assert.ok(Math.abs(dot(x, times(z)) - dot(z, times(x))) <= 1e-13 * Math.abs(dot(x, times(x))));
  const [ahead, back] = [velocity(flow, moved(y, 1e-6, x), branch), velocity(flow, moved(y, -1e-6, x), branch)];
  const difference = ahead.map((u, k) => -(u - back[k]) / 2e-6);
  assert.ok(largestDifference(times(x), difference) <= 1e-7 * maxAbs(difference));
  assert.is(times(x)[0], 0);
  assert.is(times(x)[6], 0);
});

flows('the Hessian takes in the curvature of a smooth penalty', () => {
  // V = |u|², V″ = 2.
  const penalty: Penalty = {
    name: 'squared',
    value: (y, m) => dot(y, y, 2 * m),
    minNormInto(y, m, force) {
      for (let k = 0; k < 2 * m; k++) force[k] -= 2 * y[k];
    },
    curvatureInto(_y, m, x, out) {
      for (let k = 0; k < 2 * m; k++) out[k] = 2 * x[k];
    },
  };
  const { penalty: _, ...free } = weak();
  const [y, x] = [anywhere(flowOf(free, 10), 'y'), anywhere(flowOf(free, 10), 'x')];
  const [bare, squared] = [free, { ...free, penalty }].map(problem => {
    const out = new Float64Array(20);
    flowOf(problem, 10).hessianTimesInto?.(y, x, out);
    return out;
  });
  assert.ok(maxAbs(bare) > 1);
  assert.ok(
    largestDifference(
      squared,
      bare.map((u, k) => u + 2 * x[k]),
    ) <=
      1e-15 * maxAbs(bare),
  );
});

flows('a short proximal step moves along the minimal-norm velocity, also from a kink', () => {
  const flow = flowOf(weak(), 10);
  const y = anywhere(flow, 'prox');
  // Rest where |η| is far above and where it is below β.
  for (const k of [0, 2, 4, 6, 8]) y[k] = 0;
  const eta = 1e-9;
  const [force, next] = [new Float64Array(flow.size), new Float64Array(flow.size)];
  flow.split?.smoothInto(y, force);
  flow.split?.proxInto(moved(y, eta, force), eta, next);
  const v = velocity(flow, y);
  const rate = next.map((u, k) => (u - y[k]) / eta);
  // Exact up to the rounding of y + ηv: eps·max|y|/η ≈ 1e-6.
  assert.ok(largestDifference(rate, v) <= 2e-6, `${rate} against ${v}`);
});

flows('kinks: rest while |η| ≤ β, leave with the sign of η, cross when |η| > β', () => {
  const flow = flowOf(absLine(3, 1, 1), 3);
  const kinks = flow.kinks;
  assert.ok(kinks);
  const at = (...u: number[]) => Float64Array.from(u);
  // η = 3 − mean.
  assert.equal([...kinks.branchAt(at(0, 0.5, -0.5))], [1, 1, -1]);
  assert.equal([...kinks.branchAt(at(0, 6, 1.5))], [0, 1, 1]);
  assert.equal([...kinks.branchAt(at(0, 6, 0))], [0, 1, 0], 'at |η| = β exactly a particle stays');
  assert.equal([...kinks.branchAt(at(0, 20, 1))], [-1, 1, 1]);
  const margins = new Float64Array(3);
  kinks.marginsInto(at(0, 6, -1.5), Int8Array.of(0, 1, -1), margins);
  assert.equal([...margins], [1 - 1.5, 6, 1.5]);
  const y = at(1e-17, 6, 1.5);
  assert.is(kinks.cross(y, 0, Int8Array.of(1, 1, 1)), 0);
  assert.is(y[0], 0);
  assert.is(kinks.cross(at(1e-17, 0, 0), 0, Int8Array.of(-1, 1, 1)), 1);
  assert.is(kinks.cross(at(1e-17, 20, 0), 0, Int8Array.of(1, 1, 1)), -1);
});

flows('on a branch the velocity is that side’s smooth extension, and a resting coordinate does not move', () => {
  const flow = flowOf(absLine(3, 1, 1), 2);
  assert.equal([...velocity(flow, Float64Array.of(-0.5, 0.5), Int8Array.of(1, 0))], [2, 0]);
  assert.equal([...velocity(flow, Float64Array.of(-0.5, 0.5), Int8Array.of(-1, 1))], [4, 2]);
});

flows('without a penalty there is no kink, and the proximal part is the identity', () => {
  const { penalty: _, ...free } = absLine(3, 1, 1);
  const flow = flowOf(free, 2);
  assert.is(flow.kinks, undefined);
  const out = new Float64Array(2);
  flow.split?.proxInto(Float64Array.of(1, -2), 0.5, out);
  assert.equal([...out], [1, -2]);
  assert.is(flowOf(absLine(3, 1, 0), 2).kinks, undefined, 'nor with weight 0');
});

flows('a penalty without a proximal map gives no split; one without curvature no Hessian', () => {
  const flow = flowOf(absLine(3, 1, 1), 2);
  assert.is(flow.split, undefined);
  assert.is(flow.hessianTimesInto, undefined);
  assert.is(identity(2).curvatureInto, undefined);
  assert.is(flowOf(quadratic([[1]], [[1]], [0]), 1).hessianTimesInto, undefined);
});

flows('a number of particles that is not a positive whole number is refused', () => {
  for (const m of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])
    assert.throws(() => flowOf(absLine(3, 1, 1), m), new RegExp(`particles must be a positive whole number, got ${m}`));
});

flows('an observation of the wrong length is refused', () => {
  const make = () => deconvolution({ order: 3, lambda: 1, beta: 1, coefficients: new Float64Array(6) });
  assert.throws(make, /order 3 needs 7 coefficients, got 6/);
});

flows('initial clouds rest at w = 0 on the grid, the midpoints, or uniform positions', () => {
  const { initial } = weak();
  const r = () => random('1', 'init');
  assert.equal([...initial.grid.draw(4, r())], [0, 0, 0, 0.25, 0, 0.5, 0, 0.75]);
  assert.equal([...initial.midpoints.draw(2, r())], [0, 0.25, 0, 0.75]);
  const u = r();
  assert.equal([...initial.random.draw(3, r())], [0, u.uniform(), 0, u.uniform(), 0, u.uniform()]);
});

flows.run();
