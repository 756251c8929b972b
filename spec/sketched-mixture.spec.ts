/** Mixtures of Gaussians from sketches: what a sketch is, minima in closed form that many particles reach, data and their errors. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { sketched } from '../problems/data/sketch.js';
import { frequencies } from '../problems/features/random-fourier.js';
import { randomFourier } from '../problems/index.js';
import { flowOf } from '../src/flow.js';
import { random } from '../src/math/random.js';
import { dot } from '../src/math/vec.js';
import { figures } from '../src/report/figures.js';
import { kindOf, resolveExperiment } from '../src/resolve.js';
import { runExperiment, settingOf } from '../src/run.js';
import { runStudy } from '../src/study.js';
import { normals } from './conformance/instances.js';

const spec = suite('sketched mixtures');

const TWO = {
  weights: [0.6, 0.4],
  means: [
    [-1, 0.5],
    [1, -0.5],
  ],
};
const ONE = { weights: [0.8], means: [[-1, 0.5]] };
const OMEGA = [
  [1, 0.5],
  [-0.7, 1.2],
  [0.3, -2],
];

const problem = (more: object = {}) => ({
  kind: 'sketched-mixture',
  frequencies: { count: 20, scale: 2 },
  sigma: 0.3,
  lambda: 0.1,
  mixture: TWO,
  ...more,
});
const resolved = (part: object = {}, more: object = {}) => {
  const value = {
    problem: problem(part),
    particles: { count: 20, init: 'box', scale: 2 },
    solver: { kind: 'inclusion', rtol: 1e-7 },
    time: { end: 1 },
    seed: 'a',
    ...more,
  };
  return resolveExperiment({ value, source: 'spec', locate: () => undefined }).experiment;
};
const without = { mixture: undefined };
const files = (text: string) => ({ read: () => text });
const refuse = (f: { message: string }): never => {
  throw new Error(f.message);
};

/** β w − λ'β²/2 with λ' = λ·count/Σ damping²: one component of weight w, its weight soft-thresholded. */
function oneComponent(
  w: number,
  beta: number,
  lambda: number,
  rows: readonly (readonly number[])[],
  sigma: number,
): number {
  const damping = rows.map(r => Math.exp(-(sigma ** 2) * r.reduce((s, x) => s + x * x, 0)));
  const shrink = (lambda * rows.length) / damping.reduce((a, b) => a + b, 0);
  return beta * w - (shrink * beta ** 2) / 2;
}

for (const sign of ['signed', 'nonnegative'])
  spec(`${sign}: twenty particles reach the minimum of one component under β|w|`, async () => {
    const part = { mixture: ONE, sign, lambda: 1, penalty: { kind: 'abs-weight', beta: 0.1 } };
    const { certificate, spec: run } = await runExperiment(resolved(part, { time: { end: 100 } }));
    const { values } = (run.problem as unknown as { frequencies: { values: number[][] } }).frequencies;
    const wanted = oneComponent(0.8, 0.1, 1, values, 0.3);
    assert.ok(certificate.primal >= wanted - 1e-12 && certificate.primal <= wanted + 1e-6, `${certificate.primal}`);
    assert.ok(Math.abs(certificate.dual - wanted) <= 1e-12, `${certificate.dual} against ${wanted}`);
    assert.is(certificate.verdict, 'global-within-gap');
  });

spec(
  'two components without a penalty: twenty particles reach F = 0, and a component too weak is given up',
  async () => {
    const { certificate } = await runExperiment(resolved({}, { time: { end: 200 } }));
    assert.ok(certificate.primal <= 1e-6 && certificate.dual === 0, `${certificate.primal}`);
    const weak = { mixture: ONE, lambda: 1, penalty: { kind: 'abs-weight', beta: 10 } };
    const run = await runExperiment(resolved(weak));
    assert.ok(run.final.particles.every(([w]) => w === 0));
    assert.ok(Math.abs(run.certificate.gap) <= 1e-12, 'F* is that of the zero measure');
  },
);

spec('the feature is the characteristic function of a Gaussian, of one length everywhere', () => {
  const omega = frequencies(OMEGA, 0.4);
  const feature = randomFourier(omega);
  const at = (u: readonly number[]) => {
    const out = new Float64Array(feature.size);
    feature.sumInto(Float64Array.from(u), 1, out);
    return out;
  };
  const chance = random('sketch', 'points');
  for (let i = 0; i < 20; i++) {
    const phi = at([1, 5 * chance.normal(), 5 * chance.normal()]);
    assert.ok(Math.abs(dot(phi, phi) - dot(omega.damping, omega.damping)) <= 1e-14);
  }
  const [n, theta, phi] = [200_000, [0.7, -0.2], at([1, 0.7, -0.2])];
  const mean = new Float64Array(6);
  for (let i = 0; i < n; i++) {
    const x = theta.map(c => c + 0.4 * chance.normal());
    for (const [k, w] of OMEGA.entries()) {
      mean[k] += Math.cos(w[0] * x[0] + w[1] * x[1]) / n;
      mean[3 + k] += Math.sin(w[0] * x[0] + w[1] * x[1]) / n;
    }
  }
  // Each is a mean of n numbers of variance at most 1.
  for (const [k, x] of mean.entries()) assert.ok(Math.abs(x - phi[k]) <= 4 / Math.sqrt(n), `${x} against ${phi[k]}`);
});

const plain = { frequencies: { values: OMEGA }, sigma: 0.2 };

spec('a file of points is sketched as the mean of cosines and sines', () => {
  const seen = sketched({ ...plain, points: 'p.csv' }, { ...files('a,b\n1,2\n-0.5,0.25\n'), seed: '' }, refuse);
  const rows = [
    [1, 2],
    [-0.5, 0.25],
  ];
  const wanted = [Math.cos, Math.sin].flatMap(f =>
    OMEGA.map(w => rows.reduce((s, x) => s + f(w[0] * x[0] + w[1] * x[1]), 0) / 2),
  );
  for (const [k, x] of seen.targets.entries()) assert.ok(Math.abs(x - wanted[k]) <= 1e-15);
  assert.match(seen.notes[0], /2 points of p.csv, 2 coordinates/);
});

spec('points drawn from a mixture come near its exact sketch, as near as their number says', () => {
  const samples = 50_000;
  const context = { ...files(''), seed: 's' };
  const exact = sketched({ ...plain, mixture: TWO }, context, refuse);
  const drawn = sketched({ ...plain, mixture: TWO, samples }, context, refuse);
  assert.equal([exact.exact, drawn.exact], [true, false]);
  for (const [k, x] of drawn.targets.entries())
    assert.ok(Math.abs(x - exact.targets[k]) <= 4 / Math.sqrt(samples), `${x} against ${exact.targets[k]}`);
});

spec('what was drawn or read is written out: the frozen problem needs no seed and no file', () => {
  const parts = [{}, { samples: 100 }, { noise: { level: 0.1 } }, { ...without, points: 'p.csv', sign: 'nonnegative' }];
  for (const part of parts) {
    const setting = settingOf(resolved(part), files('x\n1\n2\n3\n'));
    const again = settingOf({ ...setting.frozen, seed: 'another' });
    assert.equal(kindOf(setting.frozen.problem).faults(setting.frozen.problem), []);
    assert.equal(again.frozen.problem, setting.frozen.problem);
    assert.equal(again.problem.known, setting.problem.known);
    const { dim, domain } = setting.problem;
    assert.equal(
      kindOf(setting.frozen.problem).coordinates(setting.frozen.problem),
      domain.map(c => c.name),
    );
    const y = normals(3 * dim, random('sketch', 'frozen')).map(Math.abs);
    assert.is(flowOf(again.problem, 3).energy(y), flowOf(setting.problem, 3).energy(y));
  }
});

spec('initial particles: no weight, on a lattice, in a cube, or Gaussian', () => {
  const { problem: built } = settingOf(resolved());
  const rows = (name: string, m: number) => {
    const y = built.initial[name].draw(m, random('a', 'init'), 2);
    return Array.from({ length: m }, (_, i) => [...y.subarray(3 * i, 3 * i + 3)]);
  };
  assert.equal(rows('grid', 4), [
    [0, -1, -1],
    [0, -1, 1],
    [0, 1, -1],
    [0, 1, 1],
  ]);
  for (const name of ['box', 'gaussian']) assert.ok(rows(name, 50).every(([w, a]) => w === 0 && a !== 0));
  assert.ok(rows('box', 200).every(u => Math.max(...u.map(Math.abs)) <= 2));
});

spec('pictures: means in the plane with a cross at the true ones, or weight over the only coordinate', async () => {
  const of = async (part: object) => {
    const study = await runStudy(resolved(part, { particles: { count: 6 } }), { version: '', node: '', command: '' });
    return figures(study)[0];
  };
  const plane = await of({});
  assert.match(plane.panels[0].svg, /in the plane of position1 and position2/);
  assert.ok(plane.legend.some(l => /true mean/.test(l.text)));
  const line = await of({ mixture: { weights: [1], means: [[0.5]] } });
  assert.match(line.panels[0].svg, /in the plane of position and weight/);
  const unknown = await of({ ...without, frequencies: { values: OMEGA }, sketch: [1, 1, 1, 0, 0, 0] });
  assert.not.ok(unknown.legend.some(l => /true mean/.test(l.text)));
});

const refusals: readonly (readonly [string, object, RegExp])[] = [
  ['nothing sketched', without, /exactly one of points, mixture and sketch, found none/],
  ['two sketched', { points: 'p.csv' }, /found points and mixture/],
  ['weights without means', { mixture: { weights: [1], means: TWO.means } }, /2 means, but 1 weights/],
  ['ragged means', { mixture: { weights: [1, 2], means: [[1], [1, 2]] } }, /1 numbers are wanted .* found 2/],
  [
    'means of another dimension',
    { frequencies: { values: [[1]] } },
    /the frequencies have 1 numbers each, the means 2/,
  ],
  ['ragged frequencies', { frequencies: { values: [[1, 2], [3]] } }, /2 numbers are wanted .* found 1/],
  ['a sketch without its frequencies', { ...without, sketch: [1, 0] }, /needs frequencies.values/],
  [
    'a sketch of another length',
    { ...without, frequencies: { values: OMEGA }, sketch: [1, 0] },
    /3 frequencies need 6 numbers, cosines then sines; found 2/,
  ],
  ['samples of no mixture', { ...without, points: 'p.csv', samples: 5 }, /are drawn from mixture/],
  ['a negative deviation', { sigma: -1 }, /problem\.sigma: must be ≥ 0, found -1/],
  ['NaN', { mixture: { weights: [Number.NaN], means: [[1]] } }, /a finite number is wanted, found NaN/],
  ['a scale of zero', { frequencies: { count: 3, scale: 0 } }, /must be > 0, found 0/],
];
for (const [what, part, message] of refusals)
  spec(`${what}: refused`, () => assert.throws(() => resolved(part), message));

spec('files: a cell that is no number, and other columns than the frequencies have', () => {
  const part = { ...without, points: 'p.csv', frequencies: { values: OMEGA } };
  assert.throws(
    () => settingOf(resolved(part), files('a,b\n1,x\n')),
    /p\.csv:2:2: a finite number is wanted, found "x"/,
  );
  assert.throws(() => settingOf(resolved(part), files('a\n1\n')), /p\.csv has 1 columns, the frequencies have 2/);
  assert.throws(
    () => resolved({ sign: 'nonnegative' }, { particles: { values: [[-1, 0, 0]] } }),
    /sign: nonnegative wants weights ≥ 0/,
  );
});

spec.run();
