/** `node dist/spec/bench/expression.js`: one velocity of an expression against the same built-in problem, interleaved, as a ratio of the shortest times. */
import { customKind, deconvolution, network, relu, sigmoid, tanh } from '../../problems/index.js';
import { flowOf } from '../../src/flow.js';
import { random } from '../../src/math/random.js';
import type { Flow, Problem, ProblemSpec, Vec } from '../../src/types.js';

const ROUNDS = 41;

const built = (spec: object): Problem =>
  customKind.build(
    customKind.schema.parse({ kind: 'custom', ...spec }) as ProblemSpec,
    { read: () => '', seed: '' },
    f => {
      throw new Error(f.message);
    },
  ).problem;

const chance = random('bench', 'expression');
const normals = (n: number) => Array.from({ length: n }, () => chance.normal());

function microseconds(flow: Flow, y: Vec, out: Vec, times: number): number {
  const since = performance.now();
  for (let k = 0; k < times; k++) flow.velocityInto(y, out);
  return ((performance.now() - since) * 1e3) / times;
}

function compare(name: string, ours: Problem, theirs: Problem, m: number): void {
  const flows = [ours, theirs].map(p => flowOf(p, m));
  const y = Float64Array.from(normals(m * ours.dim));
  const out = new Float64Array(y.length);
  // Long enough for the clock, after the compiler has settled.
  const times = flows.map(f => Math.ceil(5e3 / microseconds(f, y, out, 300)));
  const taken = flows.map(() => [] as number[]);
  for (let round = 0; round < ROUNDS; round++)
    for (const [i, f] of flows.entries()) taken[i].push(microseconds(f, y, out, times[i]));
  const [a, b] = taken.map(times => Math.min(...times));
  console.log(`${name}, m = ${m}: ${a.toFixed(1)} µs against ${b.toFixed(1)} µs, ratio ${(a / b).toFixed(2)}`);
}

const rows = (n: number, d: number) => Array.from({ length: n }, () => normals(d));
const data = { X: rows(80, 2), y: normals(80) };
const common = { loss: '(f - y)^2 / (2*lambda*n)', penalty: 'abs(w)', parameters: { lambda: 0.02 }, data };
const table = {
  inputs: { rows: 80, columns: 2, values: Float64Array.from(data.X.flat()) },
  targets: Float64Array.from(data.y),
};
const penalty = { kind: 'abs-weight', beta: 1 } as const;

for (const m of [12, 200]) {
  const particle = ['w', 'a1', 'a2', 'b'];
  const theirs = (activation: typeof sigmoid) =>
    network({ data: table, activation, bias: true, lambda: 0.02, penalty });
  const written = 'w / (1 + exp(-(a1*x1 + a2*x2 + b)))';
  compare('sigmoid network, written with exp', built({ ...common, particle, feature: written }), theirs(sigmoid), m);
  compare(
    'sigmoid network, sigmoid()',
    built({ ...common, particle, feature: 'w*sigmoid(a1*x1 + a2*x2 + b)' }),
    theirs(sigmoid),
    m,
  );
  compare('relu network', built({ ...common, particle, feature: 'w*relu(a1*x1 + a2*x2 + b)' }), theirs(relu), m);
  compare('tanh network', built({ ...common, particle, feature: 'w*tanh(a1*x1 + a2*x2 + b)' }), theirs(tanh), m);
}

const K = 7;
const y = normals(2 * K + 1);
const spikes = deconvolution({ order: K, lambda: 0.1, beta: 1, coefficients: Float64Array.from(y) });
const circle = { particle: ['w', { name: 'theta', period: 1 }], penalty: 'abs(w)', parameters: { lambda: 0.1 } };
const orders = y.map((_, k) => (k <= K ? k : k - K));
const fourierRows = {
  k: orders,
  c: y.map((_, k) => (k === 0 ? 1 : k <= K ? Math.SQRT2 : 0)),
  s: y.map((_, k) => (k > K ? Math.SQRT2 : 0)),
  y,
};
const onGrid = Array.from({ length: 16 }, (_, j) => j / 16);
const dirichlet = orders.slice(1, K + 1).map(k => `cos(${2 * k}*pi*(x - theta))`);
for (const m of [10, 100]) {
  const fourier = 'w*(c*cos(2*pi*k*theta) + s*sin(2*pi*k*theta))';
  const overRows = built({ ...circle, feature: fourier, loss: '(f - y)^2/(2*lambda)', data: { columns: fourierRows } });
  compare('deconvolution over 15 Fourier rows', overRows, spikes, m);
  const feature = `w*(1 + 2*(${dirichlet.join(' + ')}))`;
  const overGrid = { columns: { x: onGrid, y: onGrid.map(x => Math.sin(x)) } };
  compare(
    'deconvolution over 16 grid points',
    built({ ...circle, feature, loss: '(f - y)^2/(2*lambda*n)', data: overGrid }),
    spikes,
    m,
  );
}
