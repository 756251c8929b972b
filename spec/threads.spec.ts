/** Threads of the kernels: they change no bit, they take part, and they keep no process alive. */
import { spawnSync } from 'node:child_process';
import { setTimeout } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { fourier, neuron, relu, sigmoid, square, torusFourier } from '../problems/index.js';
import { setCompute } from '../src/kernels/compute.js';
import { CLOSED, CONTROL_BYTES, TICKET, take } from '../src/kernels/protocol.js';
import { taskCountOfOthers } from '../src/kernels/team.js';
import { random } from '../src/math/random.js';
import type { Vec } from '../src/types.js';
import { normals } from './conformance/instances.js';

const spec = suite('threads');
const draw = random('threads', 'data');

/** Large enough for several chunks, and for ranges of particles in the last. */
const SIZES = [
  [2, 900, 501],
  [3, 5000, 200],
  [30, 700, 800],
] as const;

interface Sample {
  readonly d: number;
  readonly n: number;
  readonly m: number;
  readonly values: Vec;
  readonly targets: Vec;
  readonly y: Vec;
}

const sampleOf = ([d, n, m]: readonly [number, number, number]): Sample => {
  const [values, targets, y] = [normals(n * d, draw), normals(n, draw), normals(m * (d + 1), draw)];
  return { d, n, m, values, targets, y };
};

const fieldOf = ({ d, n, m, values, targets }: Sample, activation: typeof relu, threads: number) => {
  setCompute({ threads });
  const field = neuron({ rows: n, columns: d, values, once: true }, activation).open?.(m, square(targets, n));
  assert.ok(field);
  return field;
};

spec('1, 2, 4 and 16 threads give the same bits', async () => {
  for (const sample of SIZES.map(sampleOf))
    for (const activation of [relu, sigmoid]) {
      const results: [number, Vec][] = [];
      for (const threads of [1, 2, 4, 16]) {
        const field = fieldOf(sample, activation, threads);
        await setTimeout(30);
        const out = new Float64Array(sample.y.length);
        let value = 0;
        for (let i = 0; i < 5; i++) value = field.forceInto(sample.y, out);
        results.push([value, out]);
      }
      for (const result of results) assert.equal(result, results[0], `${activation.name} ${sample.d}`);
    }
});

spec('other threads take part in fields of spikes, and change no bit there', async () => {
  for (const [feature, m] of [
    [fourier(15), 1500],
    [torusFourier(2, 15), 1000],
  ] as const) {
    const [y, loss] = [normals(m * feature.dim, draw), square(normals(feature.size, draw), 1)];
    const forces = [1, 2].map(threads => {
      setCompute({ threads });
      return { field: feature.open?.(m, loss), out: new Float64Array(y.length) };
    });
    const before = taskCountOfOthers();
    forces[0].field?.forceInto(y, forces[0].out);
    // Threads that sleep are woken for small fields where evaluations come one after the other, and not where the last one stands.
    const elsewhere = y.map(x => -x);
    for (let i = 0; i < 2000 && taskCountOfOthers() === before; i++) {
      for (let k = 0; k < 20; k++) forces[1].field?.forceInto(k % 2 === 0 ? elsewhere : y, forces[1].out);
      assert.equal(forces[1].out, forces[0].out);
      if (i % 5 === 0) await setTimeout(5);
    }
    assert.ok(taskCountOfOthers() > before, feature.name);
  }
});

spec('other threads do take part', async () => {
  const sample = sampleOf([20, 1000, 500]);
  const [field, out, before] = [fieldOf(sample, sigmoid, 2), new Float64Array(sample.y.length), taskCountOfOthers()];
  for (let i = 0; i < 2000 && taskCountOfOthers() === before; i++) {
    field.forceInto(sample.y, out);
    if (i % 5 === 0) await setTimeout(5);
  }
  assert.ok(taskCountOfOthers() > before);
});

spec('a task is handed out once, and only in its own generation', () => {
  const control = new Int32Array(new SharedArrayBuffer(CONTROL_BYTES));
  Atomics.store(control, TICKET, 7 << 8);
  assert.equal([take(control, 7, 2), take(control, 6, 2), take(control, 7, 2), take(control, 7, 2)], [0, -1, 1, -1]);
  Atomics.store(control, TICKET, (7 << 8) | CLOSED);
  assert.is(take(control, 7, 254), -1);
});

spec('a process with sleeping threads ends by itself', () => {
  const url = (path: string) => new URL(`../${path}`, import.meta.url).href;
  const program = `
    const { neuron, sigmoid, square } = await import('${url('problems/index.js')}');
    const { setCompute } = await import('${url('src/kernels/compute.js')}');
    setCompute({ threads: 3 });
    const values = new Float64Array(2000).fill(0.3);
    const field = neuron({ rows: 1000, columns: 2, values }, sigmoid).open(500, square(new Float64Array(1000), 1));
    const out = new Float64Array(1500);
    field.forceInto(new Float64Array(1500).fill(1), out);
    await new Promise(resolve => setTimeout(resolve, 200));
    console.log(field.forceInto(new Float64Array(1500).fill(1), out));`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
    timeout: 60_000,
  });
  assert.is(status, 0, stderr);
  assert.ok(Number(stdout) > 0);
});

spec.run();
