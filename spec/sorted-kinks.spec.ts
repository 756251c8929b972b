/** Kinks of units in the plane, looked for beside the edges of their windows: to the bit what a search among all of them finds. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { leakyRelu, network, relu, reluSignedSquare } from '../problems/index.js';
import { dopri5 } from '../solvers/dopri5.js';
import { inclusion, rodas4 } from '../solvers/index.js';
import { flowOf } from '../src/flow.js';
import { marginsAt } from '../src/locate.js';
import { changes, zeros } from '../src/math/bytes.js';
import { random } from '../src/math/random.js';
import type { Branch, Flow, Kinks, Problem, Stepper, Vec } from '../src/types.js';
import { problemOf, reference, startOf } from './truth/reference.js';
import { wholeRun } from './whole-run.js';

const kinks = suite('sorted kinks');
const chance = random('sorted kinks', 'spec');
const normals = (n: number): Vec => Float64Array.from({ length: n }, () => chance.normal());

/** The same problem, its kinks not sorted. */
function unsorted(p: Problem): Problem {
  const { feature } = p;
  assert.ok(feature?.kinks?.sorted, 'the data are sorted');
  const { sorted: _, ...all } = feature.kinks;
  return { ...p, feature: { ...feature, kinks: all } };
}

const methods = { dopri5: inclusion(dopri5.stepper as Stepper), rodas4: inclusion(rodas4.stepper as Stepper) };

function sameRun(p: Problem, y0: Vec, end: number, method: keyof typeof methods = 'dopri5'): number {
  const m = y0.length / p.dim;
  const [found, wanted] = [p, unsorted(p)].map(q => wholeRun(methods[method], flowOf(q, m), y0, { end, rtol: 1e-7 }));
  assert.equal(found.events, wanted.events);
  assert.equal(found.outcome, wanted.outcome);
  assert.is(found.segments.length, wanted.segments.length);
  for (const [k, s] of found.segments.entries()) {
    const t = wanted.segments[k];
    assert.equal([s.t1, s.y1, s.v1, s.branch], [t.t1, t.y1, t.v1, t.branch], `segment ${k}`);
  }
  return found.events.length;
}

for (const name of ['relu-classic-m6', 'relu-slide-m6', 'relu-sqsign-m8'])
  kinks(`${name}: the same run`, () => {
    const r = reference(name);
    assert.ok(sameRun(problemOf(r), startOf(r), r.times[r.times.length - 1]) >= r.events.length);
  });

const data = (n: number, rows = Array.from({ length: n }, () => [chance.normal(), chance.normal()])) => ({
  inputs: { rows: rows.length, columns: rows[0].length, values: Float64Array.from(rows.flat()) },
  targets: normals(rows.length),
});
/** Every row twice, its opposite, and two rows of 0. */
const twins = Array.from({ length: 8 }, () => [chance.normal(), chance.normal()]).flatMap(([a, b]) => [
  [a, b],
  [a, b],
  [-a, -b],
]);

const nets: Readonly<Record<string, readonly [Problem, m: number]>> = {
  'a hundred data': [network({ data: data(100), activation: relu }), 6],
  'twins, opposites and rows of 0': [network({ data: data(0, [...twins, [0, 0], [0, 0]]), activation: relu }), 4],
  'leaky units': [network({ data: data(40), activation: leakyRelu }), 5],
  'V = β|w|': [network({ data: data(40), activation: relu, penalty: { kind: 'abs-weight', beta: 0.3 } }), 5],
  'a bias and a box': [
    network({
      data: data(
        0,
        Array.from({ length: 30 }, () => [chance.normal()]),
      ),
      activation: relu,
      bias: true,
      box: { from: -2, to: 2 },
    }),
    4,
  ],
  'signed squares': [reluSignedSquare({ data: data(50), penalty: { kind: 'squared', beta: 0.01 } }), 6],
};

for (const [name, [problem, m]] of Object.entries(nets))
  kinks(`${name}: the same run`, () => {
    let events = 0;
    for (let k = 0; k < 4; k++) events += sameRun(problem, clipped(normals(m * problem.dim)), 8);
    assert.ok(events >= 10, `${events} events`);
    sameRun(problem, clipped(normals(m * problem.dim)), 1, 'rodas4');
  });

/** Inside the box. */
const clipped = (y: Vec): Vec => y.map(z => Math.max(-1.9, Math.min(1.9, z)));

const dense = (k: Kinks, y: Vec, b: Branch): Vec => {
  const out = new Float64Array(k.count);
  k.marginsInto(y, b, out);
  return out;
};

function sameMargins(flow: Flow, y: Vec, b: Branch): number {
  const all = flow.kinks as Kinks;
  const [found, wanted] = [marginsAt(all, y, b), dense(all, y, b)];
  for (const [k, margin] of wanted.entries()) assert.equal(found.of(k), margin, `kink ${k}`);
  const suspects = [...found.suspects()];
  assert.equal(
    suspects,
    [...new Set(suspects)].sort((i, j) => i - j),
  );
  assert.equal(
    suspects.filter(k => wanted[k] < 0),
    [...wanted.keys()].filter(k => wanted[k] < 0),
  );
  return suspects.length;
}

kinks('margins at states near the branch and far from it, on kinks and on any branch', () => {
  for (const [problem, m] of Object.values(nets)) {
    const flow = flowOf(problem, m);
    const all = flow.kinks as Kinks;
    for (let k = 0; k < 30; k++) {
      const y = clipped(normals(m * problem.dim));
      const b = all.branchAt(y);
      const v = normals(y.length);
      for (const h of [0, 1e-15, 1e-6, 0.1, 10]) sameMargins(flow, clipped(y.map((u, j) => u + h * v[j])), b);
      const feature = problem.feature?.kinks;
      for (let j = 0; j < 5; j++) feature?.snap(y, k % m, Math.floor(chance.uniform() * feature.perParticle));
      sameMargins(flow, y, b);
      sameMargins(flow, y, b.map(() => (chance.uniform() < 0.5 ? -1 : 1)) as Branch);
    }
  }
});

kinks('few are looked at', () => {
  const m = 10;
  const flow = flowOf(network({ data: data(1000), activation: relu }), m);
  const y = normals(3 * m);
  const b = (flow.kinks as Kinks).branchAt(y);
  assert.is(sameMargins(flow, y, b), 0);
  const turned = y.map((u, k) => u + 1e-3 * normals(1)[0] * (k % 3));
  const negative = dense(flow.kinks as Kinks, turned, b).filter(x => x < 0).length;
  assert.ok(negative > 0);
  assert.is(sameMargins(flow, turned, b), negative);
});

kinks('near a kink: all that are on it by rounding, and rows of 0', () => {
  for (const [problem, m] of Object.values(nets)) {
    const feature = problem.feature?.kinks;
    if (!feature?.sorted) throw new Error('the data are sorted');
    const { dim } = problem;
    for (let k = 0; k < 100; k++) {
      const y = normals(m * dim).map((u, j) => (k % 4 === 0 && j % dim !== 0 ? 1e-9 * u : u));
      const i = k % m;
      for (let j = 0; j < 5; j++) feature.snap(y, i, k % feature.perParticle);
      const share = 10 ** -(k % 16);
      const near = feature.sorted.near(y, i, share);
      const u = y.subarray(i * dim, (i + 1) * dim);
      for (let sample = 0; sample < feature.perParticle; sample++) {
        const slope = Float64Array.from({ length: dim }, (_, j) => {
          const unit = new Float64Array(m * dim);
          unit[i * dim + j] = 1;
          return feature.rate(y, unit, i, sample);
        });
        const on = Math.abs(feature.sorted.value(y, i, sample)) <= share * Math.hypot(...slope) * Math.hypot(...u);
        assert.ok(!on || near.includes(sample), `particle at ${u}, sample ${sample}, share ${share}`);
      }
    }
  }
});

kinks('places where branches differ and rest, wherever they lie in memory', () => {
  const [a, b] = [new Int8Array(103).fill(1), new Int8Array(103).fill(1)];
  const differ = [0, 5, 7, 8, 64, 99, 100, 102];
  for (const k of differ) b[k] = -1;
  for (const offset of [0, 1, 4, 8, 98])
    assert.equal(
      changes(a.subarray(offset), b.subarray(offset)),
      differ.filter(k => k >= offset).map(k => k - offset),
    );
  assert.equal(changes(a, a.slice()), []);
  const signs = Int8Array.from({ length: 103 }, (_, k) => (differ.includes(k) ? 0 : [1, -1, 127, -128][k % 4]));
  for (const offset of [0, 1, 4, 8, 98])
    assert.equal(
      zeros(signs.subarray(offset)),
      differ.filter(k => k >= offset).map(k => k - offset),
    );
  assert.equal(zeros(a), []);
});

kinks.run();
