/** Batches through the kernels of two-layer nets, one after the other in one memory, against the readable features. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { network, neuron, reluSignedSquare, sigmoid, softplus, square, tanh } from '../problems/index.js';
import { flowOf } from '../src/flow.js';
import { setCompute } from '../src/kernels/compute.js';
import { random } from '../src/math/random.js';
import { dot } from '../src/math/vec.js';
import type { Flow, FusedField, Problem, Vec } from '../src/types.js';
import { normals } from './conformance/instances.js';

const spec = suite('kernels of batches');
const draw = random('batch-kernels', 'data');
const TOLERANCE = 1e-12;

const distance = (a: Vec, b: Vec): number => {
  const difference = a.map((x, i) => x - b[i]);
  return Math.sqrt(dot(difference, difference) / Math.max(dot(b, b), Number.MIN_VALUE));
};
const dataOf = (n: number, d: number) => ({
  inputs: { rows: n, columns: d, values: normals(n * d, draw) },
  targets: normals(n, draw).map(x => (x > 0 ? 1 : -1)),
});
const smooth = (flow: Flow, y: Vec, rows: ArrayLike<number>): Vec => {
  const out = new Float64Array(flow.size);
  const batch = flow.batch?.pick?.(rows);
  assert.ok(batch);
  flow.batch?.smoothInto(y, batch, out);
  return out;
};
const some = (n: number, size: number) => Int32Array.from({ length: size }, () => Math.floor(n * draw.uniform()));

function problemsOf(n: number, d: number): Problem[] {
  const data = dataOf(n, d);
  const logistic = { kind: 'logistic' } as const;
  return [
    network({ data, activation: sigmoid, bias: true }),
    network({ data, activation: tanh, loss: logistic }),
    network({ data, activation: tanh, loss: { kind: 'huber', delta: 0.4 } }),
    network({ data, activation: softplus }),
    reluSignedSquare({ data, loss: logistic }),
  ];
}

for (const tier of ['strict', 'fast'] as const)
  spec(`${tier}: batch after batch, of several sizes, as TypeScript alone has it`, () => {
    const n = 90;
    for (const [d, m] of [
      [1, 3],
      [2, 40],
      [7, 33],
    ])
      for (const problem of problemsOf(n, d)) {
        const [flow, readable] = [flowOf(problem, m), flowOf(problem, m)];
        for (const size of [30, 30, 1, 30, 7, 64, 30]) {
          const [rows, y] = [some(n, size), normals(flow.size, draw)];
          setCompute({ tier });
          const found = smooth(flow, y, rows);
          setCompute({ tier: 'scalar' });
          const truth = smooth(readable, y, rows);
          const off = distance(found, truth);
          assert.ok(off <= TOLERANCE, `${problem.name}: (${d}, ${size}, ${m}) is off by ${off}`);
        }
      }
    setCompute({ tier: 'strict' });
  });

spec('a batch that follows others has the bits of one that is alone', () => {
  const [n, d, m] = [50, 3, 20];
  const problem = network({ data: dataOf(n, d), activation: sigmoid });
  const [flow, y] = [flowOf(problem, m), normals(m * (d + 1), draw)];
  const rows = some(n, 20);
  for (let k = 0; k < 3; k++) smooth(flow, normals(flow.size, draw), some(n, 20));
  assert.equal(smooth(flow, y, rows), smooth(flowOf(problem, m), y, rows));
});

spec('batches of one problem in two flows do not meet', () => {
  const [n, d] = [50, 3];
  const problem = network({ data: dataOf(n, d), activation: sigmoid });
  const flows = [flowOf(problem, 20), flowOf(problem, 30), flowOf(problem, 20)];
  const starts = flows.map(f => normals(f.size, draw));
  const rows = flows.map(() => some(n, 20));
  const alone = flows.map((_, i) => smooth(flowOf(problem, flows[i].particles), starts[i], rows[i]));
  const batches = flows.map((f, i) => f.batch?.pick?.(rows[i]));
  for (const order of [
    [0, 1, 2],
    [2, 0, 1],
  ])
    for (const i of order) {
      const [out, batch] = [new Float64Array(flows[i].size), batches[i]];
      assert.ok(batch);
      flows[i].batch?.smoothInto(starts[i], batch, out);
      assert.equal(out, alone[i]);
    }
});

spec('a field takes a batch of its own shape over, and no other', () => {
  const open = (activation: typeof tanh, n: number, d: number, m: number, used?: FusedField) =>
    neuron({ ...dataOf(n, d).inputs, once: true }, activation).open?.(m, square(normals(n, draw), n), used);
  const first = open(tanh, 20, 3, 10);
  assert.ok(first);
  assert.is(open(tanh, 20, 3, 10, first), first);
  for (const other of [open(sigmoid, 20, 3, 10, first), open(tanh, 21, 3, 10, first), open(tanh, 20, 4, 10, first)])
    assert.is.not(other, first);
  assert.is.not(open(tanh, 20, 3, 11, first), first);
});

spec('1, 2, 4 and 16 threads give the same bits', () => {
  const [n, d, m] = [400, 30, 100];
  const problem = network({ data: dataOf(n, d), activation: tanh });
  const [y, rows] = [normals(m * (d + 1), draw), some(n, 200)];
  const results = [1, 2, 4, 16].map(threads => {
    setCompute({ threads });
    const flow = flowOf(problem, m);
    for (let k = 0; k < 20; k++) smooth(flow, y, some(n, 200));
    return smooth(flow, y, rows);
  });
  for (const result of results) assert.equal(result, results[0]);
});

spec.run();
