/** Units in the plane by sorted angles, against the sums over all pairs. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { withBias } from '../problems/features/neuron.js';
import { leakyRelu, neuron, relu, signedSquare } from '../problems/index.js';
import { random } from '../src/math/random.js';
import { maxAbs } from '../src/math/vec.js';
import type { Branch, Feature, Vec } from '../src/types.js';

const angular = suite('units in the plane');

type Rows = readonly (readonly number[])[];
const table = (rows: Rows) => ({ rows: rows.length, columns: 2, values: Float64Array.from(rows.flat()) });
const chance = random('angular', 'spec');
const normals = (n: number): Vec => Float64Array.from({ length: n }, () => chance.normal());
const normalRows = (n: number): Rows => Array.from({ length: n }, () => [chance.normal(), chance.normal()]);

/** The pieces of a unit as a function of one pair: the value Φ(u)_k, its gradient, and its second derivative along v. */
interface Unit {
  readonly dim: number;
  readonly z: (u: Vec, x: readonly number[]) => number;
  readonly value: (u: Vec, x: readonly number[], on: boolean, i: number) => number;
  readonly gradient: (u: Vec, x: readonly number[], on: boolean, i: number) => number[];
  readonly bend: (u: Vec, x: readonly number[], on: boolean, i: number, v: Vec) => number[];
}

const leaky = (leak: number): Unit => {
  const z = (u: Vec, x: readonly number[]) => u[1] * x[0] + u[2] * x[1];
  const slope = (on: boolean) => (on ? 1 : leak);
  return {
    dim: 3,
    z,
    value: (u, x, on) => u[0] * slope(on) * z(u, x),
    gradient: (u, x, on) => [slope(on) * z(u, x), u[0] * slope(on) * x[0], u[0] * slope(on) * x[1]],
    bend: (_u, x, on, _i, v) => [slope(on) * z(v, x), v[0] * slope(on) * x[0], v[0] * slope(on) * x[1]],
  };
};
const sign = (i: number): 1 | -1 => (i % 3 === 0 ? -1 : 1);
const squaresOf = (sign: (i: number) => number): Unit => {
  const z = (u: Vec, x: readonly number[]) => u[0] * Math.abs(u[0]) * x[0] + u[1] * Math.abs(u[1]) * x[1];
  return {
    dim: 2,
    z,
    value: (u, x, on, i) => (on ? sign(i) * z(u, x) : 0),
    gradient: (u, x, on, i) => [0, 1].map(j => (on ? sign(i) * 2 * Math.abs(u[j]) * x[j] : 0)),
    bend: (u, x, on, i, v) => [0, 1].map(j => (on ? sign(i) * 2 * Math.sign(u[j]) * x[j] * v[j] : 0)),
  };
};
const squares = squaresOf(sign);
/** Without signs, so that sizes add up. */
const sizesOfSquares = squaresOf(() => 1);

type Every = Readonly<Record<'sum' | 'push' | 'pull' | 'bend', Vec>>;

/** Everything a feature gives, over all pairs; with what it sees given, of the sizes of all that is added when these are sizes. */
function dense(unit: Unit, rows: Rows, y: Vec, g: Vec, v: Vec, pattern: Branch): Every {
  const [n, { dim }] = [rows.length, unit];
  const m = y.length / dim;
  const row = (a: Vec, i: number) => a.subarray(i * dim, (i + 1) * dim);
  const [sum, push] = [new Float64Array(n), new Float64Array(n)];
  const [pull, bend] = [new Float64Array(m * dim), new Float64Array(m * dim)];
  for (let i = 0; i < m; i++)
    for (const [k, x] of rows.entries()) {
      const u = row(y, i);
      const on = pattern[i * n + k] > 0;
      const slope = unit.gradient(u, x, on, i);
      const turned = unit.bend(u, x, on, i, row(v, i));
      sum[k] += unit.value(u, x, on, i) / m;
      for (let j = 0; j < dim; j++) {
        push[k] += (slope[j] * v[i * dim + j]) / m;
        pull[i * dim + j] += g[k] * slope[j];
        bend[i * dim + j] += g[k] * turned[j];
      }
    }
  return { sum, push, pull, bend };
}

function sorted(feature: Feature, y: Vec, m: number, g: Vec, v: Vec, pattern?: Branch): Every {
  const into = (n: number, f: (out: Vec) => void) => {
    const out = new Float64Array(n).fill(Number.NaN);
    f(out);
    return out;
  };
  return {
    sum: into(feature.size, out => feature.sumInto(y, m, out, pattern)),
    push: into(feature.size, out => feature.pushforwardInto?.(y, m, v, out, pattern)),
    pull: into(m * feature.dim, out => feature.pullbackInto(y, m, g, out, pattern)),
    bend: into(m * feature.dim, out => feature.curvatureInto?.(y, m, g, v, out, pattern)),
  };
}

const off = (a: Vec, b: Vec): number => maxAbs(a.map((x, k) => x - b[k])) / (maxAbs(b) || 1);

const patternOf = (unit: Unit, rows: Rows, y: Vec): Branch =>
  Int8Array.from({ length: (y.length / unit.dim) * rows.length }, (_, j) => {
    const [i, k] = [Math.floor(j / rows.length), j % rows.length];
    return unit.z(y.subarray(i * unit.dim, (i + 1) * unit.dim), rows[k]) > 0 ? 1 : -1;
  });

/** Entry by entry, to 1e-14 of the sizes of what is added there and seen: nothing unseen leaves an error. */
function agrees(what: string, unit: Unit, feature: Feature, rows: Rows, y: Vec, pattern?: Branch): void {
  const [g, v] = [normals(rows.length), normals(y.length)];
  const sides = pattern ?? patternOf(unit, rows, y);
  const found = sorted(feature, y, y.length / unit.dim, g, v, pattern);
  const wanted = dense(unit, rows, y, g, v, sides);
  const size = (a: Vec) => a.map(Math.abs);
  const sizes = dense(
    unit === squares ? sizesOfSquares : unit,
    rows.map(x => x.map(Math.abs)),
    size(y),
    size(g),
    size(v),
    sides,
  );
  for (const key of ['sum', 'push', 'pull', 'bend'] as const)
    for (const [k, f] of found[key].entries())
      assert.ok(
        Math.abs(f - wanted[key][k]) <= 1e-14 * sizes[key][k] + 1e-300,
        `${what}: ${key} ${k} is ${f}, not ${wanted[key][k]}`,
      );
}

const units: readonly (readonly [string, Unit, (rows: Rows) => Feature])[] = [
  ['relu', leaky(0), rows => neuron(table(rows), relu)],
  ['leaky-relu', leaky(0.01), rows => neuron(table(rows), leakyRelu)],
  ['signed-square', squares, rows => signedSquare(table(rows), sign)],
];

/** Directions in all quadrants, along the axes, and 0. */
const around = Array.from({ length: 16 }, (_, k) => [Math.cos((k * Math.PI) / 8), Math.sin((k * Math.PI) / 8)]);
const axes: Rows = [
  [1, 0],
  [0, 1],
  [-1, 0],
  [0, -1],
  [0, 0],
  [-0, 0],
  [1, 1],
  [1, -1],
  [-2, 2],
  [-3, -3],
];
const scaled = (rows: Rows, s: number): Rows => rows.map(x => x.map(z => s * z));

const adversarial: Readonly<Record<string, Rows>> = {
  random: normalRows(60),
  'on one line': Array.from({ length: 20 }, (_, k) => scaled([[0.3, 0.7]], k - 9.7)[0]),
  'one direction': Array.from({ length: 20 }, (_, k) => scaled([[-0.3, 0.1]], 0.1 + k / 3)[0]),
  opposite: normalRows(15).flatMap(x => [x, ...scaled([x], -1), ...scaled([x], -1 / 3)]),
  'the same angles, and rows of 0': [...around, ...scaled(around, 3), ...scaled(around, 1 / 3), [0, 0], [0, -0]],
  axes: [...axes, ...scaled(axes, 0.1), ...axes],
  'a grid': Array.from({ length: 49 }, (_, k) => [(k % 7) - 3, Math.floor(k / 7) - 3]),
  'in a narrow bundle': Array.from({ length: 40 }, (_, k) => [1 + k * 1e-16, 1 - k * 2e-16]),
  'nothing but 0': Array.from({ length: 12 }, () => [0, 0]),
  'of all sizes': normalRows(30).map((x, k) => x.map(z => z * 10 ** (10 * (k - 15)))),
};

/** Vectors in general position, along the data, across them, and within rounding of across. */
function awkward(rows: Rows): Rows {
  const some = rows.filter((_, k) => k % 3 === 0);
  const across = some.flatMap(([a, b]) => [
    [-b, a],
    [b, -a],
    [-b * (1 + 2e-16), a],
    [b * (1 - 4e-16), -a],
    [-b / 3, a / 3],
  ]);
  return [...normalRows(10), ...some, ...across, ...axes, [1e-200, -1e-200], [1e-300, 3e-300], [1e150, 2e150]];
}

for (const [name, unit, made] of units)
  for (const [what, rows] of Object.entries(adversarial))
    angular(`${name}, data ${what}: as over all pairs, with and without a pattern`, () => {
      const feature = made(rows);
      const root = (z: number) => Math.sign(z) * Math.sqrt(Math.abs(z));
      // One particle at a time: beside a huge one the others' errors would not show.
      for (const theta of awkward(rows)) {
        const y = Float64Array.from(unit.dim === 3 ? [chance.normal(), ...theta] : theta.map(root));
        const pattern = patternOf(unit, rows, y);
        agrees(`${name} at ${y}`, unit, feature, rows, y);
        agrees(`${name} at ${y}, its pattern`, unit, feature, rows, y, pattern);
        const [g, v] = [normals(rows.length), normals(y.length)];
        assert.equal(sorted(feature, y, 1, g, v), sorted(feature, y, 1, g, v, pattern), 'a pattern changes no bit');
      }
      const many = normals(unit.dim * 25);
      agrees(`${name}, many`, unit, feature, rows, many);
      const sides = Int8Array.from({ length: 25 * rows.length }, () => (chance.uniform() < 0.5 ? -1 : 1));
      agrees(`${name}, any pattern`, unit, feature, rows, many, sides);
    });

angular('which data a unit sees is decided as over all pairs, on the edge too', () => {
  const unit = leaky(0);
  for (const [what, rows] of Object.entries(adversarial)) {
    const feature = neuron(table(rows), relu);
    const n = rows.length;
    for (const theta of awkward(rows)) {
      const y = Float64Array.of(1, ...theta);
      for (let k = 0; k < n; k++) {
        const [g, out] = [new Float64Array(n), new Float64Array(3)];
        g[k] = 1;
        feature.pullbackInto(y, 1, g, out);
        const on = unit.z(y, rows[k]) > 0;
        assert.equal(
          [...out.subarray(1)],
          on ? [...rows[k]].map(z => z + 0) : [0, 0],
          `${what}: ${theta} at ${rows[k]}`,
        );
      }
    }
  }
});

angular('along a path: windows found from the last ones are those found afresh', () => {
  const rows = normalRows(200);
  const [path, y] = [neuron(table(rows), relu), normals(3 * 20)];
  const v = normals(y.length);
  for (let step = 0; step < 200; step++) {
    // From steps that pass no datum to half a turn.
    const h = 10 ** (-6 + (step % 13) / 2);
    for (let k = 0; k < y.length; k++) y[k] += h * v[k] * Math.cos(step + k);
    const g = normals(rows.length);
    assert.equal(sorted(path, y, 20, g, v), sorted(neuron(table(rows), relu), y, 20, g, v), `step ${step}`);
  }
});

angular('the order of the data and of the particles changes rounding alone', () => {
  const [rows, m] = [normalRows(80), 15];
  const [y, g, v] = [normals(3 * m), normals(80), normals(3 * m)];
  const shuffled = (n: number) => Array.from({ length: n }, (_, k) => (k * 7 + 3) % n);
  const [p, q] = [shuffled(80), shuffled(m)];
  const moved = (a: Vec, places: readonly number[], width: number) =>
    Float64Array.from(places.flatMap(i => [...a.subarray(width * i, width * (i + 1))]));
  const plain = sorted(neuron(table(rows), relu), y, m, g, v);
  const other = neuron(table(p.map(k => rows[k])), relu);
  const found = sorted(other, moved(y, q, 3), m, moved(g, p, 1), moved(v, q, 3));
  for (const key of ['sum', 'push'] as const) assert.ok(off(found[key], moved(plain[key], p, 1)) <= 1e-15, key);
  for (const key of ['pull', 'bend'] as const) assert.ok(off(found[key], moved(plain[key], q, 3)) <= 2e-15, key);
});

angular('what one particle weighs is no error where it is not seen', () => {
  const rows = normalRows(100);
  const y = Float64Array.of(1e12, 0, 1, 1, 0.1, -1, -1, 0.2, -1);
  const out = new Float64Array(100);
  neuron(table(rows), relu).sumInto(y, 3, out);
  const small = y.subarray(3);
  for (const [k, x] of rows.entries()) {
    if (x[1] > 0) continue;
    const f = Math.max(0, small[1] * x[0] + small[2] * x[1]) - Math.max(0, small[4] * x[0] + small[5] * x[1]);
    assert.ok(Math.abs(out[k] - f / 3) <= 1e-15 * (1 + Math.abs(x[0]) + Math.abs(x[1])), `${out[k]} for ${f / 3}`);
  }
});

angular('one input with a bias is the plane', () => {
  const rows = Array.from({ length: 30 }, () => [chance.normal(), 1]);
  const inputs = withBias({ rows: 30, columns: 1, values: Float64Array.from(rows, x => x[0]) });
  agrees('bias', leaky(0), neuron(inputs, relu), rows, normals(3 * 12));
});

angular('a number that is not finite is never lost', () => {
  const rows: Rows = Array.from({ length: 20 }, (_, k) => [1 + k, 1]);
  const feature = neuron(table(rows), relu);
  for (const bad of [Number.NaN, Number.POSITIVE_INFINITY])
    for (const place of [0, 1, 2]) {
      // It sees no datum.
      const y = Float64Array.of(1, -1, -1);
      y[place] = bad;
      const out = new Float64Array(20);
      feature.sumInto(y, 1, out);
      assert.ok(!out.every(Number.isFinite), `${bad} at ${place}`);
    }
  const y = Float64Array.of(Number.NaN, 1, 1);
  const out = new Float64Array(3);
  feature.pullbackInto(y, 1, new Float64Array(20).fill(1), out);
  assert.ok(out.some(Number.isNaN));
});

angular.run();
