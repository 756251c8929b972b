/** Kernels that are made for a formula: their functions against those of Math, and whole problems against the readable loops. */
import { setTimeout } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { unary } from '../problems/expression/functions.js';
import { graph } from '../problems/expression/graph.js';
import { expressionLoss } from '../problems/expression/loss.js';
import { customKind, square } from '../problems/index.js';
import { setCompute, type Tier } from '../src/kernels/compute.js';
import { moduleOf } from '../src/kernels/program/binary.js';
import { slope } from '../src/kernels/program/chunks.js';
import type { Node, Program, UnaryName } from '../src/kernels/program/contract.js';
import { formulae } from '../src/kernels/program/field.js';
import { pool, type Shared } from '../src/kernels/program/lanes.js';
import { taskCountOfOthers } from '../src/kernels/team.js';
import { obstacle } from '../src/kernels/tiers.js';
import { random } from '../src/math/random.js';
import { dot } from '../src/math/vec.js';
import type { ComposedProblem, Feature, FusedField, ProblemSpec, Vec } from '../src/types.js';
import { normals } from './conformance/instances.js';

const spec = suite('kernels of formulae');
const draw = random('formula-kernels', 'data');

const node = (op: Node['op'], args: number[] = [], value = 0): Node => ({ op, args, value, active: true, row: true });

/** A function of one argument on a column, as the kernels compute it. */
function vectorised(name: UnaryName, x: Vec): Vec {
  const program: Program = {
    nodes: [node('input'), node(name, [0])],
    output: 1,
    partials: [0],
    rows: x.length,
    given: () => x,
  };
  const [output, values, residual, end] = [0, 1, 2, 3].map(k => 64 + 8 * k * (x.length + 2));
  const shared: Shared = { pool: pool(end), imported: [], fused: false };
  const code = slope('slope', shared, { program, tables: new Map(), output, values, residual });
  const pages = Math.ceil((end + 4096) / 65536);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  const module = new WebAssembly.Module(moduleOf(shared.imported, [code], false));
  const { exports } = new WebAssembly.Instance(module, {
    env: { memory },
    math: Math as unknown as Record<string, unknown>,
  });
  new BigUint64Array(memory.buffer, end, shared.pool.bits.length).set(shared.pool.bits);
  new Float64Array(memory.buffer, output, x.length).set(x);
  (exports.slope as (from: number, to: number) => void)(0, 8 * x.length);
  return new Float64Array(memory.buffer, values, x.length);
}

/** Units in the last place of b; of numbers below the normal ones, that of the smallest. */
function units(a: number, b: number): number {
  if (Object.is(a, b)) return 0;
  if (!Number.isFinite(a - b)) return Number.POSITIVE_INFINITY;
  // Zeros of other signs.
  if (a === b) return Number.POSITIVE_INFINITY;
  const exponent = Math.max(-1022, Math.floor(Math.log2(Math.abs(b))));
  return Math.abs(a - b) / 2 ** (exponent - 52);
}

const NEAR = [0, 5e-324, 1e-310, 2 ** -1022, 1e-200, 1e-17, 1e-9, 1e-3, 0.1, 0.3, 0.5, 1 - 2 ** -53, 1, 1 + 2 ** -52];
const FAR = [1.5, 2, 10, 19, 20, 22, 36, 37, 38, 40, 88, 708, 709, 709.78, 709.79, 710, 720, 744, 745, 746, 750, 800];
const HUGE = [1e3, 99999, 1e6, 1000001, 2 ** 40, 1e15, 1e22, 1e300, Number.MAX_VALUE, Number.POSITIVE_INFINITY];
const ANGLES = Array.from({ length: 40 }, (_, k) => (k * Math.PI) / 4).concat(1e5 * Math.PI, 2e5 * Math.PI);
const EDGES = [...NEAR, ...FAR, ...HUGE, ...ANGLES].flatMap(x => [x, -x]).concat(Number.NaN);
const [SIZES, COUNT] = [[1e-300, 1e-8, 1, 20, 800, 1e6], 3000];
const points = (): Vec =>
  Float64Array.from([
    ...EDGES,
    ...SIZES.flatMap(size => Array.from({ length: COUNT }, () => size * (2 * draw.uniform() - 1))),
    // The whole range of exponents.
    ...Array.from({ length: COUNT }, () => (draw.uniform() < 0.5 ? -1 : 1) * 2 ** (2098 * draw.uniform() - 1074)),
  ]);

/** The worst seen is 4 for tanh, 3 for the logistic function, 2 for exp, softplus, sin and cos, 1 for logarithms; those that are not here are calls of Math. */
const ERRORS: Partial<Record<UnaryName, number>> = {
  ...{ cos: 3, exp: 3, log: 2, log1p: 2, sigmoid: 4, sin: 3, softplus: 3, tanh: 5 },
};
for (const name of Object.keys(unary) as UnaryName[])
  spec(`${name} of pairs of doubles is that of Math, at zeros, tiny and huge numbers, infinities and NaN too`, () => {
    const x = points();
    const found = vectorised(name, x.length % 2 === 0 ? x : x.subarray(1));
    for (const [k, at] of (x.length % 2 === 0 ? x : x.subarray(1)).entries()) {
      const [wanted, error] = [unary[name].value(at), units(found[k], unary[name].value(at))];
      assert.ok(error <= (ERRORS[name] ?? 0), `${name}(${at}) is ${found[k]}, not ${wanted}: ${error} units`);
    }
  });

const built = (given: object): ComposedProblem =>
  customKind.build(
    customKind.schema.parse({ kind: 'custom', ...given }) as ProblemSpec,
    { read: () => '', seed: '' },
    f => {
      throw new Error(f.message);
    },
  ).problem as ComposedProblem;

const table = (n: number) => ({ X: Array.from({ length: n }, () => [...normals(2, draw)]), y: [...normals(n, draw)] });
const problemOf = (feature: string, n: number, more: object = {}): ComposedProblem =>
  built({
    particle: ['w', 'a', 'b'],
    feature,
    loss: '(f - y)^2 / (2*n)',
    penalty: 'abs(w)',
    parameters: {},
    data: table(n),
    ...more,
  });

const FEATURES = [
  'w*sigmoid(a*x1 + b*x2)',
  'w / (1 + exp(-(a*x1 + b*x2)))',
  'w*relu(a*x1 + b*x2)',
  'w*tanh(a*x1 + b)',
  'w*cos(a*x1) + sin(b)*x2',
  'w*log(1 + a^2*x1^2) + log1p(b^2)',
  'w*sqrt(1 + b*b)*max(a*x1, b)',
  'abs(a*x1)*w + min(b, x2) - 3',
  'w*softplus(a*x1) + b*pow(2, x1)',
  'w*pow(1 + a^2, 1.7)*atan(b*x1)',
  'w*(a^4 + (1 + b^2)^-3*x1)',
  'w*x1 < a ? exp(b) : sin(a*x2)',
  'sign(a)*w + b',
  'w*exp(-(x1 - a)^2/0.1) + cosh(b)*expm1(a) + sinh(a)*tan(b/9)',
  'w*x1 + x2',
  'a*b',
  '-w',
  'exp(cos(x1))*w + a/(2 + cos(b + x2))',
];
const opened = ({ feature, loss }: ComposedProblem, m: number): FusedField => {
  const field = feature.open?.(m, loss);
  assert.ok(field, 'a formula has a kernel on this engine');
  return field;
};
const distance = (a: Vec, b: Vec): number => {
  const difference = a.map((x, i) => x - b[i]);
  return Math.sqrt(dot(difference, difference) / Math.max(dot(b, b), Number.MIN_VALUE));
};
const TOLERANCE = 1e-12;

/** Every answer of the kernel against that of the feature and the loss, at two states one after the other. */
function agrees(name: string, { feature, loss, dim }: ComposedProblem, field: FusedField, m: number): void {
  const [f, g, fused] = Array.from({ length: 3 }, () => new Float64Array(feature.size));
  for (let turn = 0; turn < 2; turn++) {
    const y = normals(m * dim, draw);
    const [force, out] = [new Float64Array(y.length), new Float64Array(y.length)];
    feature.sumInto(y, m, f);
    loss.gradientInto(f, g);
    feature.pullbackInto(y, m, g, force);
    const [R, minus] = [field.forceInto(y, out), force.map(x => -x)];
    assert.ok(distance(out, minus) <= TOLERANCE, `${name}: force ${distance(out, minus)}`);
    const remembered = field.energy(y);
    field.pullbackInto(y, g, out);
    for (const value of [R, remembered, field.energy(y)])
      assert.ok(Math.abs(value - loss.value(f)) <= TOLERANCE * Math.abs(loss.value(f)), `${name}: R ${value}`);
    assert.ok(distance(out, force) <= TOLERANCE, `${name}: pullback ${distance(out, force)}`);
    field.sumInto(y, fused);
    assert.ok(distance(fused, f) <= TOLERANCE, `${name}: sum ${distance(fused, f)}`);
  }
}

const more = [
  {},
  { loss: 'softplus(-y*f)/n', penalty: 'abs(w) + 0.1*a^2*b' },
  { loss: 'n*cosh(f - y) + y*x1', penalty: 'relu(a)' },
];
for (const tier of ['strict', 'fast'] as const)
  spec(`${tier}: formulae of every kind agree with the readable loops, few and many rows and particles`, () => {
    setCompute({ tier, threads: 1 });
    for (const [k, feature] of FEATURES.entries())
      for (const [n, m] of [
        [1, 1],
        [2, 3],
        [7, 2],
        [64, 5],
        [131, 8],
      ]) {
        const problem = problemOf(feature, n, more[(k + n) % more.length]);
        const field = opened(problem, m);
        agrees(`${feature}, n = ${n}, m = ${m}`, problem, field, m);
        assert.is(field.tier, obstacle(tier) === null ? tier : 'strict');
      }
    setCompute({ tier: 'strict' });
  });

/** Many inputs: more sums than there are registers. */
const wide = (d: number, n: number): ComposedProblem => {
  const a = Array.from({ length: d }, (_, j) => `a${j + 1}`);
  return problemOf(`w*tanh(${a.map((x, j) => `${x}*x${j + 1}`).join(' + ')})`, 1, {
    particle: ['w', ...a],
    data: { X: Array.from({ length: n }, () => [...normals(d, draw)]), y: [...normals(n, draw)] },
  });
};

spec('many coordinates, and tiles of a few rows where there are many particles', () => {
  setCompute({ threads: 1 });
  for (const [problem, m] of [
    ...[4, 5, 6, 7, 20].map(d => [wide(d, 90), d] as const),
    [wide(20, 150), 31],
    [problemOf('w*sigmoid(a*x1 + b)', 50), 20_001],
  ] as const)
    agrees(`${problem.dim} coordinates, m = ${m}`, problem, opened(problem, m), m);
});

spec('a loss that is not a formula has the same kernel', () => {
  const [n, m] = [90, 7];
  const { feature, dim, ...rest } = problemOf('w*relu(a*x1 + b)', n, { penalty: 'abs(w) + a^2' });
  const problem = { ...rest, feature, dim, loss: square(normals(n + 1, draw), n) };
  agrees('square', problem, opened(problem, m), m);
});

spec('a loss that is a formula of other rows counts the rest as it is', () => {
  const [rows, m] = [50, 7];
  const problem = problemOf('w*sigmoid(a*x1 + b)', 60);
  const g = graph();
  const f = g.input(0, true);
  const formula = { graph: g, output: g.mul(f, g.apply('exp', f)), rows, columns: [], kinks: [] };
  const other = { ...problem, loss: expressionLoss(formula, 60 - rows) };
  agrees('f exp f', other, opened(other, m), m);
});

spec('1, 2, 3 and 4 threads give the same bits', async () => {
  for (const [problem, m] of [
    [problemOf('w*sigmoid(a*x1 + b*x2)', 333, { penalty: 'abs(w) + a^2' }), 100],
    [wide(9, 200), 150],
  ] as const) {
    const y = normals(m * problem.dim, draw);
    setCompute({ threads: 1 });
    const truth = new Float64Array(y.length);
    const R = opened(problem, m).forceInto(y, truth);
    for (const threads of [2, 3, 4]) {
      setCompute({ threads });
      const [field, out, before] = [opened(problem, m), new Float64Array(y.length), taskCountOfOthers()];
      // Others must have taken many chunks while this thread took some.
      for (let i = 0; i < 3000 && taskCountOfOthers() < before + 200; i++) {
        assert.is(field.forceInto(y, out), R);
        assert.equal(out, truth);
        if (i % 50 === 0) await setTimeout(5);
      }
      assert.ok(taskCountOfOthers() > before, `${threads} threads take part`);
    }
  }
  setCompute({ threads: 2 });
});

/** Numbers that are as they must be where a formula has no value, or one only on one side. */
const SPECIAL: readonly (readonly [feature: string, u: readonly number[]])[] = [
  ['w*log(a*x1)', [1, -1, 0]],
  ['w*log(a*x1)', [1, 0, 0]],
  ['w*sqrt(a) + b', [1, -1, 2]],
  ['w*sqrt(relu(a)) + b', [1, 0, 2]],
  ['w*sqrt(relu(a)) + b', [1, -3, 2]],
  ['w*(a < 0 ? 1/a : a)', [2, 0, 1]],
  ['w*max(a, 1/b)', [2, 5, 0]],
  ['w*a^-3', [1, 0, 1]],
  ['w*a^-3', [1, -0, 1]],
  ['w*pow(a, b)', [1, 0, -1]],
  ['w*pow(a, b)', [1, -8, 0.5]],
  ['w*exp(a)*x1', [1, 800, 0]],
  ['w*exp(a)*x1', [0, 800, 0]],
  ['w*log(sigmoid(a)) + b', [1, -720, 0]],
  ['w*log(1 - tanh(a)) + b', [1, 25, 0]],
  ['w*abs(a) + relu(b)', [1, 0, 0]],
  ['w*abs(a) + relu(b)', [1, -0, -0]],
  ['w*sign(a) + min(b, a)', [1, 0, 0]],
  ['w*cos(a*x1)', [1, 1e9, 0]],
  ['w*cos(a*x1)', [1, Number.POSITIVE_INFINITY, 0]],
  ['relu(w)*a', [Number.NaN, 1, 1]],
  ['w*1e308*a*b', [1, 10, 1]],
];
spec('where a formula has no value, or its derivative none, kernels say what the loops say', () => {
  setCompute({ tier: 'strict' });
  for (const [text, u] of SPECIAL) {
    const { feature } = problemOf(text, 3, { data: { columns: { x1: [1, 2, 0.5], x2: [1, 1, 1], y: [0, 0, 0] } } });
    const loss = square(new Float64Array(3), 1);
    for (const others of [[], [0.5, 0.5, 0.5], [0.5, 0.5, 0.5, 0.7, 0.7, 0.7]]) {
      const y = Float64Array.from([...others, ...u]);
      const m = y.length / 3;
      const field = feature.open?.(m, loss);
      const [f, out, fused, pulled] = [3, y.length, 3, y.length].map(length => new Float64Array(length));
      feature.sumInto(y, m, f);
      feature.pullbackInto(y, m, Float64Array.of(1, 0, -2), out);
      field?.sumInto(y, fused);
      field?.pullbackInto(y, Float64Array.of(1, 0, -2), pulled);
      for (const [wanted, found] of [
        [f, fused],
        [out, pulled],
      ])
        for (const [k, x] of wanted.entries()) {
          const same = Number.isFinite(x)
            ? Math.abs(found[k] - x) <= 1e-14 * Math.max(1, Math.abs(x))
            : Object.is(found[k], x);
          // ∞ of one particle may be ∞ less ∞ where two are added.
          assert.ok(
            same || (m > 1 && !Number.isFinite(x) && !Number.isFinite(found[k])),
            `${text} at ${y}: ${found} for ${wanted}`,
          );
        }
    }
  }
});

spec('the longest formulae have a kernel of bounded size, or none', () => {
  const names = Array.from({ length: 9 }, (_, j) => `c${j}`);
  const particle = ['w', ...names];
  const sums = (text: (k: number) => string, count: number) =>
    Array.from({ length: count }, (_, k) => text(k)).join('+');
  const nested = Array.from({ length: 30 }, () => 'sin(').join('');
  for (const [feature, has] of [
    [`w*(${sums(k => `sin(c${k % 9})`, 40)})`, true],
    [`${nested}w*x1${')'.repeat(30)}`, true],
    [sums(k => `softplus(c${k % 9}*${k}+x1)`, 28), undefined],
    [sums(k => `w^c${k % 9}`, 49), true],
  ] as const) {
    const problem = problemOf(feature, 5, { particle });
    const since = performance.now();
    const field = problem.feature.open?.(3, problem.loss);
    const took = performance.now() - since;
    // A thousand times what it takes: a bound, not a measure.
    assert.ok(took < 20e3, `${took} ms`);
    if (has !== undefined) assert.is(field !== undefined, has, feature);
    const y = normals(3 * problem.dim, draw).map(Math.abs);
    const [f, fused] = [new Float64Array(problem.feature.size), new Float64Array(problem.feature.size)];
    problem.feature.sumInto(y, 3, f);
    if (field) field.sumInto(y, fused);
    assert.ok(!field || distance(fused, f) <= TOLERANCE, feature);
  }
});

spec('a formula whose code would be too long, or nested too deep, is left to the loops', () => {
  const opens = (nodes: Node[]): boolean => {
    const output = nodes.length - 1;
    const program = { nodes, output, partials: [output], rows: 1, given: () => Float64Array.of(1) };
    return (
      formulae(() => ({ parts: [program], dim: 1 })).open(2, square(new Float64Array(1), 1), 'strict') !== undefined
    );
  };
  const chain = (count: number): Node[] => [
    node('input'),
    ...Array.from({ length: count }, (_, k) => node('neg', [k])),
  ];
  /** A sum, by halves, of so many tanh u. */
  const sum = (count: number): Node[] => {
    const nodes: Node[] = [node('input'), ...Array.from({ length: count }, () => node('tanh', [0]))];
    for (let k = 1; k + 1 < nodes.length; k += 2) nodes.push(node('add', [k, k + 1]));
    return nodes;
  };
  assert.equal([chain(40), chain(500), sum(64), sum(700), sum(1000)].map(opens), [true, false, true, false, false]);
});

spec('memory is asked for as it is said, and none by TypeScript alone', () => {
  const { feature, loss }: { feature: Feature; loss: ComposedProblem['loss'] } = problemOf(
    'w*sigmoid(a*x1 + b*x2)',
    1000,
  );
  setCompute({ tier: 'strict', threads: 2 });
  const bytes = feature.roomFor?.(1000) ?? 0;
  // Two tables of pairs, particles, five sums of forces, and for two threads what is kept of a tile.
  const least = 8 * (2 * 2 * 1000 + 6 * 3000 + 2 * 32 * 1000);
  assert.ok(bytes > least && bytes < 2 * least, `${bytes} bytes`);
  setCompute({ tier: 'scalar' as Tier });
  assert.is(feature.roomFor?.(1000), 0);
  assert.is(feature.open?.(1000, loss), undefined);
  setCompute({ tier: 'strict' });
});

spec.run();
