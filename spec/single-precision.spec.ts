/** Gradients of batches in single precision: against those in double, along whole runs, and where there are none. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  deconvolution,
  leakyRelu,
  logisticLoss,
  network,
  neuron,
  relu,
  reluSignedSquare,
  sigmoid,
  signedSquare,
  square,
  tanh,
} from '../problems/index.js';
import { proximalSgd, sgd } from '../solvers/index.js';
import { flowOf } from '../src/flow.js';
import { setCompute } from '../src/kernels/compute.js';
import { errorOf, obstacle } from '../src/kernels/tiers.js';
import { random } from '../src/math/random.js';
import { dot, scaledDistance } from '../src/math/vec.js';
import type { StochasticOptions } from '../src/stochastic.js';
import type { Checkpoint, Feature, Flow, FusedField, Loss, Precision, Problem, Vec } from '../src/types.js';
import { normals } from './conformance/instances.js';
import { refusal, sample, words } from './refused.js';
import { wholeRun } from './whole-run.js';

const spec = suite('single precision');
const draw = random('single-precision', 'data');

/** Of the Euclidean norm of the force, and of R: sums of thousands of terms, each off by some 6e-8 of itself. */
const TOLERANCE = 1e-5;
const ACTIVATIONS = [relu, sigmoid, tanh] as const;

const distance = (a: Vec, b: Vec): number => {
  const difference = a.map((x, i) => x - b[i]);
  return Math.sqrt(dot(difference, difference) / Math.max(dot(b, b), Number.MIN_VALUE));
};
const inputsOf = (n: number, d: number) => ({ rows: n, columns: d, values: normals(n * d, draw), once: true });
const labels = (n: number): Vec => normals(n, draw).map(x => (x > 0 ? 1 : -1));
const lossesOf = (n: number): Loss[] => [square(normals(n, draw), n), logisticLoss(labels(n), 0.7 * n)];
const featuresOf = (n: number, d: number): Feature[] => {
  const x = inputsOf(n, d);
  return [...ACTIVATIONS.map(a => neuron(x, a)), signedSquare(x, i => (i % 3 === 0 ? -1 : 1))];
};

function opened(feature: Feature, m: number, loss: Loss, precision: Precision): FusedField {
  const field = feature.open?.(m, loss, undefined, precision);
  assert.ok(field, `${feature.name} has a kernel on this engine`);
  assert.is(field.precision, precision);
  return field;
}

/** What the readable feature and the loss say. */
function forceOf(feature: Feature, loss: Loss, y: Vec, m: number): [Vec, number] {
  const [f, g, out] = [feature.size, feature.size, y.length].map(length => new Float64Array(length));
  feature.sumInto(y, m, f);
  loss.gradientInto(f, g);
  feature.pullbackInto(y, m, g, out);
  return [out.map(x => -x), loss.value(f)];
}

spec('no module of single precision is compiled before it is asked for', () => {
  const { Module } = WebAssembly;
  const compiled: number[] = [];
  WebAssembly.Module = new Proxy(Module, {
    construct(target, [bytes]: [Uint8Array]) {
      compiled.push(bytes.length);
      return new target(bytes);
    },
  });
  try {
    const sizes = (['double', 'single', 'single'] as const).map(precision => {
      const [feature] = featuresOf(20, 5);
      opened(feature, 10, square(normals(20, draw), 20), precision);
      return compiled.splice(0);
    });
    const [double, single, again] = sizes.map(list => new Set(list));
    assert.ok(double.size > 0 && single.size > 0 && again.size === 0);
    for (const size of single) assert.not(double.has(size));
  } finally {
    WebAssembly.Module = Module;
  }
});

spec('it runs in every tier that runs, after a test by the formulae', () => {
  for (const tier of ['strict', 'fast'] as const) {
    assert.is(obstacle(tier, 'single'), null);
    const error = errorOf(tier, 'single');
    assert.ok(error > 1e-9 && error < 1e-6, `${tier}: ${error}`);
  }
});

/** d, n, m with and without a rest in vectors, panels, blocks, tiles and chunks. */
const SMALL = [
  [1, 1, 1],
  [1, 7, 5],
  [2, 100, 10],
  [2, 501, 101],
  [3, 301, 33],
  [3, 450, 38],
  [4, 1, 1],
  [5, 130, 37],
  [20, 333, 71],
  [70, 65, 9],
] as const;

for (const tier of ['strict', 'fast'] as const)
  spec(`${tier}: force and R of every activation, loss and size are those of TypeScript alone`, () => {
    setCompute({ tier });
    for (const [d, n, m] of SMALL)
      for (const feature of featuresOf(n, d))
        for (const loss of lossesOf(n)) {
          const [field, y] = [opened(feature, m, loss, 'single'), normals(m * feature.dim, draw)];
          const [[force, R], out] = [forceOf(feature, loss, y, m), new Float64Array(y.length)];
          const value = field.forceInto(y, out);
          const name = `${feature.name} ${loss.name} (${d}, ${n}, ${m})`;
          assert.is(field.tier, tier);
          assert.ok(distance(out, force) <= TOLERANCE, `${name}: ${distance(out, force)}`);
          for (const found of [value, field.energy(y)])
            assert.ok(Math.abs(found - R) <= TOLERANCE * R, `${name}: R ${found} for ${R}`);
          assert.ok(n * m < 50 || distance(out, force) > 1e-12, `${name} was computed in double precision`);
        }
    setCompute({ tier: 'strict' });
  });

/**
 * Large, against the kernels in double precision, which have their own spec. A ReLU unit whose θ·x is within rounding of 0 would be one term
 * more or less, some 1e-3 of the force: none is among these data.
 */
const LARGE = [
  [2, 500, 100],
  [2, 1000, 1000],
  [20, 1000, 500],
  [100, 1000, 1000],
  [784, 203, 301],
] as const;

for (const tier of ['strict', 'fast'] as const)
  spec(`${tier}: large fields are those in double precision`, () => {
    setCompute({ tier });
    for (const [d, n, m] of LARGE)
      for (const feature of featuresOf(n, d)) {
        const [loss, y] = [square(normals(n, draw), n), normals(m * feature.dim, draw)];
        const forces = (['single', 'double'] as const).map(precision => {
          const out = new Float64Array(y.length);
          opened(feature, m, loss, precision).forceInto(y, out);
          return out;
        });
        const off = distance(forces[0], forces[1]);
        assert.ok(off <= TOLERANCE, `${feature.name} (${d}, ${n}, ${m}): ${off}`);
      }
    setCompute({ tier: 'strict' });
  });

spec('f of half a million particles loses no digits to its length', () => {
  const [n, m] = [4, 500_001];
  for (const d of [2, 4]) {
    const y = normals(m * (1 + d), draw).map((x, k) => (k % (1 + d) === 0 ? Math.abs(x) : x));
    const feature = neuron(inputsOf(n, d), sigmoid);
    const [found, truth] = (['single', 'double'] as const).map(precision => {
      const f = new Float64Array(n);
      opened(feature, m, square(f, 1), precision).sumInto(y, f);
      return f;
    });
    assert.ok(distance(found, truth) <= 2e-7, `d = ${d}: ${distance(found, truth)}`);
  }
});

spec('activations are exact to some units of the last place, saturate and pass NaN on', () => {
  const x = { rows: 1, columns: 1, values: Float64Array.of(1), once: true };
  for (const activation of ACTIVATIONS) {
    const field = opened(neuron(x, activation), 1, square(Float64Array.of(0), 1), 'single');
    const f = new Float64Array(1);
    const grid = Array.from({ length: 4000 }, (_, k) => Math.fround(1.005 ** (k - 3200)));
    for (const z of [0, 1e-30, ...grid, 1e9, 1e30])
      for (const signed of [z, -z]) {
        field.sumInto(Float64Array.of(1, signed), f);
        const truth = activation.value(signed);
        // One rounding of z in units of log 2 is one of σ times |z|; 2⁻¹²⁵ is as small as σ gets.
        const roundings = (4 + Math.abs(signed)) * 2 ** -24;
        const off = Math.abs(f[0] - truth);
        assert.ok(
          off <= roundings * Math.abs(truth) + 2 ** -124,
          `${activation.name}(${signed}) is ${truth}, not ${f[0]}`,
        );
      }
    const out = new Float64Array(2);
    assert.ok(Number.isNaN(field.forceInto(Float64Array.of(1, Number.NaN), out)), activation.name);
    assert.ok(out.some(Number.isNaN), activation.name);
    field.forceInto(Float64Array.of(1, 0.5), out);
    assert.ok(out.every(Number.isFinite), 'nothing of the NaN is left');
  }
});

spec('what overflows is NaN or infinite in the gradient, and no saturated number', () => {
  // Whole blocks of rows: a row of zeros would make NaN of what is infinite.
  const [n, d, m] = [10, 5, 9];
  for (const feature of featuresOf(n, d))
    for (const loss of lossesOf(n)) {
      const field = opened(feature, m, loss, 'single');
      const [y, out] = [normals(m * feature.dim, draw), new Float64Array(m * feature.dim)];
      for (const k of y.keys()) {
        for (const huge of [1e41, -1e41, Number.POSITIVE_INFINITY]) {
          field.forceInto(Object.assign(y.slice(), { [k]: huge }), out);
          assert.not.ok(out.every(Number.isFinite), `${feature.name} ${loss.name}: coordinate ${k} at ${huge}`);
        }
      }
      field.forceInto(y, out);
      assert.ok(out.every(Number.isFinite));
    }
  const alike = { rows: n, columns: d, values: new Float64Array(n * d).fill(1), once: true };
  const out = new Float64Array(2 * d);
  // f alone overflows: under the logistic loss a right label would make its gradient zero.
  opened(
    signedSquare(alike, () => 1),
    2,
    logisticLoss(new Float64Array(n).fill(1), n),
    'single',
  ).forceInto(new Float64Array(2 * d).fill(1.7e19), out);
  assert.not.ok(out.every(Number.isFinite));
});

const dataOf = (n: number, d: number) => ({
  inputs: { rows: n, columns: d, values: normals(n * d, draw) },
  targets: normals(n, draw).map(x => (x > 0 ? 1 : -1)),
});
function smooth(flow: Flow, y: Vec, rows: ArrayLike<number>, precision: Precision): Vec {
  const out = new Float64Array(flow.size);
  const batch = flow.batch?.pick?.(rows);
  assert.ok(batch);
  flow.batch?.smoothInto(y, { ...batch, precision }, out);
  return out;
}
const some = (n: number, size: number) => Int32Array.from({ length: size }, () => Math.floor(n * draw.uniform()));

spec('batch after batch, of several sizes and in turns with double precision, as one that is alone', () => {
  const n = 90;
  for (const [d, m] of [
    [1, 3],
    [2, 40],
    [7, 33],
  ])
    for (const problem of [
      network({ data: dataOf(n, d), activation: sigmoid, bias: true }),
      network({ data: dataOf(n, d), activation: tanh, loss: { kind: 'logistic' } }),
      reluSignedSquare({ data: dataOf(n, d), loss: { kind: 'logistic' } }),
    ]) {
      const flow = flowOf(problem, m);
      for (const size of [30, 30, 1, 30, 7, 64]) {
        const [rows, y] = [some(n, size), normals(flow.size, draw)];
        const found = smooth(flow, y, rows, 'single');
        assert.equal(found, smooth(flowOf(problem, m), y, rows, 'single'));
        const off = distance(found, smooth(flow, y, rows, 'double'));
        assert.ok(off > 0 && off <= TOLERANCE, `${problem.name}: (${d}, ${size}, ${m}) is off by ${off}`);
      }
    }
});

spec('1, 2, 4 and 16 threads give the same bits', () => {
  for (const [n, d, m] of [
    [400, 30, 100],
    [2000, 2, 300],
  ]) {
    const problem = network({ data: dataOf(n, d), activation: tanh });
    const [y, rows] = [normals(m * (d + 1), draw), some(n, n)];
    for (const tier of ['strict', 'fast'] as const) {
      const results = [1, 2, 4, 16].map(threads => {
        setCompute({ threads, tier });
        const flow = flowOf(problem, m);
        for (let k = 0; k < 20; k++) smooth(flow, y, some(n, n), 'single');
        return smooth(flow, y, rows, 'single');
      });
      for (const result of results) assert.equal(result, results[0]);
    }
  }
  setCompute({ tier: 'strict' });
});

/** Inputs in general position and a teacher of one unit. */
function taught(activation: typeof sigmoid, d: number, more: object = {}): Problem {
  const inputs = { rows: 60, columns: d, values: normals(60 * d, draw) };
  const targets = Float64Array.from({ length: 60 }, (_, k) => 2 * activation.value(inputs.values[k * d]) - 0.4);
  return network({ data: { inputs, targets }, activation, ...more });
}
const start = ({ initial }: Problem, m: number): Vec =>
  Object.values(initial)[0].draw(m, random('single-precision', 'init'), 1);

spec('SGD in single precision follows SGD in double, and ends at the same F', () => {
  const penalty = { kind: 'abs-weight', beta: 0.02 } as const;
  for (const [problem, solver] of [
    [taught(sigmoid, 6), sgd],
    [taught(tanh, 2), sgd],
    [taught(relu, 20), sgd],
    [taught(sigmoid, 6, { penalty }), proximalSgd],
  ] as const) {
    const m = 20;
    const [flow, y0] = [flowOf(problem, m), start(problem, m)];
    const runs = (['double', 'single'] as const).map(precision =>
      wholeRun(solver.variant({ batch: 8, precision }), flow, y0, { end: 30, step: 0.05 }),
    );
    const [exact, found] = runs;
    const moved = scaledDistance(exact.last, y0, m);
    // Over 600 steps roundings of 1e-7 of each step add up to at most 1e-7 of the way, times what the dynamics makes of them: 5e-8 is seen.
    for (const [k, s] of found.segments.entries()) {
      const off = scaledDistance(s.y1, exact.segments[k].y1, m);
      assert.ok(off <= 1e-6 * moved, `${problem.name}, step ${k}: ${off} of ${moved}`);
    }
    assert.ok(scaledDistance(found.last, exact.last, m) > 0);
    const [F0, F, F1] = [exact.last, found.last, y0].map(y => flow.energy(y));
    assert.ok(F0 < 0.3 * F1 && Math.abs(F - F0) <= 1e-6 * F0, `${F} for ${F0}`);
  }
});

const bits = (v: Vec) => new BigUint64Array(v.slice().buffer).join();

spec('resumed at any step: the same bits', () => {
  const m = 7;
  for (const [d, o] of [
    [2, { batch: 5 }],
    [9, { batch: 7, replacement: false, averageFrom: 0.5, decay: { power: 0.6, after: 10 } }],
  ] as [number, StochasticOptions][]) {
    const problem = taught(sigmoid, d);
    const [solver, y0] = [sgd.variant({ ...o, precision: 'single' }), start(problem, m)];
    const options = { end: 2, step: 0.05 };
    const checkpoints: string[] = [];
    const whole = wholeRun(solver, flowOf(problem, m), y0, options, undefined, s =>
      checkpoints.push(JSON.stringify(s.checkpoint())),
    );
    assert.is(whole.outcome.code, 'end');
    for (let k = 0; k < whole.segments.length - 1; k += 3) {
      const rest = wholeRun(solver, flowOf(problem, m), y0, options, JSON.parse(checkpoints[k]) as Checkpoint);
      assert.is(bits(rest.last), bits(whole.last), `after ${k}`);
    }
  }
});

spec('a run that overflows is no success, and says why', () => {
  const problem = network({ data: dataOf(30, 4), activation: relu });
  const y0 = start(problem, 5).map(x => 1e20 * x);
  const ended = (precision: Precision) =>
    wholeRun(sgd.variant({ precision }), flowOf(problem, 5), y0, { end: 1e-50, step: 1e-50 }).outcome;
  assert.is(ended('double').code, 'end');
  const { ok, code, message } = ended('single');
  assert.equal([ok, code], [false, 'not-finite']);
  assert.match(message, /numbers of single precision end at 3.4e38.*leave solver.precision out/);
});

spec('what has no kernel in single precision is refused', () => {
  const ended = (problem: Problem) =>
    wholeRun(sgd.variant({ precision: 'single' }), flowOf(problem, 3), start(problem, 3), { end: 1, step: 0.1 })
      .outcome;
  const none = /have no kernel in single precision: relu, sigmoid, tanh and signed-square nets with square or logistic/;
  for (const problem of [
    network({ data: dataOf(9, 2), activation: leakyRelu }),
    network({ data: dataOf(9, 2), activation: relu, loss: { kind: 'huber', delta: 1 } }),
  ]) {
    const { code, message } = ended(problem);
    assert.is(code, 'missing-capability');
    assert.match(message, none);
    const flow = flowOf(problem, 3);
    assert.throws(() => smooth(flow, start(problem, 3), [0, 1], 'single'), none);
  }
  setCompute({ tier: 'scalar' });
  const scalar = ended(network({ data: dataOf(9, 2), activation: relu }));
  setCompute({ tier: 'strict' });
  assert.is(scalar.code, 'missing-capability');
  assert.match(scalar.message, /with tier scalar, or on an engine without vectors, there are none/);
  assert.throws(() => sgd.variant({ precision: 'half' as Precision }), /precision must be double or single, got half/);
  const spikes = deconvolution({ order: 1, lambda: 1, beta: 1, coefficients: Float64Array.of(1, 0, 0) });
  assert.is(flowOf(spikes, 3).batch, undefined);
});

spec('experiments say so at their place', () => {
  const table = '{ X: [[1, 2], [0, 1], [2, 1]], y: [1, -1, 1] }';
  const run = (more: string, solver: string, set: readonly string[] = []) =>
    words(() => refusal(`${sample(table, more)}solver: ${solver}\n`, set));
  const single = '{ kind: sgd, step: 0.1, precision: single }';
  assert.is(run('', single), 'accepted');
  assert.is(run('', '{ kind: proximal-sgd, step: 0.1, precision: single }'), run('', single));
  assert.match(
    run('loss: { kind: huber, delta: 1 }\n', single),
    /solver\.precision: batches of sigmoid-network with loss huber/,
  );
  assert.match(run('', '{ kind: gd, step: 0.1, precision: single }'), /solver\.precision: unknown key/);
  assert.match(run('', '{ kind: sgd, step: 0.1, precision: half }'), /must be "double" or "single", found "half"/);
  const settings = 'compare.stepsize.settings={"kind":"sgd","step":1,"precision":"single"}';
  setCompute({ tier: 'scalar' });
  assert.match(run('', single), /solver\.precision: single precision is for kernels/);
  assert.match(run('', '{ kind: dopri5 }', [settings]), /compare\.stepsize\.settings\.precision: single precision/);
  setCompute({ tier: 'strict' });
});

spec.run();
