/** Memory for kernels is refused before it is asked for. */
import { writeFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readInput } from '../src/cli/input.js';
import { setCompute } from '../src/kernels/compute.js';
import { instance } from '../src/kernels/engine.js';
import { NoRoom } from '../src/kernels/room.js';
import { settingOf } from '../src/run.js';
import { at, of } from './refused.js';

const spec = suite('room');

const refusal = (problem: string, count: number, gib: number): string => {
  writeFileSync(at('my.yaml'), of(problem));
  const { experiment, sources } = readInput(at('my.yaml'), {
    set: ['solver={kind: gd, step: 0.1}', `particles.count=${count}`],
  });
  try {
    settingOf(experiment, { ...sources, memory: gib * 2 ** 30 });
    return '';
  } catch (error) {
    return (error as Error).message;
  }
};

spec('one memory has at most 4 GiB, whatever is allowed', () => {
  const problem =
    'kind: sketched-mixture\nfrequencies: { count: 500, scale: 1 }\nsigma: 0.1\nmixture: { weights: [1], means: [[0]] }';
  setCompute({ threads: 2 });
  assert.is(refusal(problem, 1e6, 8), '');
  // Each of 64 threads has cosines and sines of four frequencies and 10⁶ particles.
  setCompute({ threads: 64 });
  assert.match(
    refusal(problem, 1e6, 8),
    /particles: the kernels of this field need about 4\.0\d GiB in one memory, which has at most 4 GiB; take fewer particles, rows of data or --threads, or --tier scalar/,
  );
  setCompute({ tier: 'scalar' });
  assert.is(refusal(problem, 1e6, 8), '');
  setCompute({ tier: 'strict', threads: 2 });
  assert.throws(() => instance(5e9, 1, 'strict'), /need about 4\.66 GiB in one memory, which has at most 4 GiB/);
  assert.throws(
    () => instance(Number.NaN, 1, 'strict'),
    (error: unknown) => error instanceof NoRoom,
  );
});

spec('what the kernels take counts in what is allowed', () => {
  const problem = `kind: sigmoid-network\ndata: { teacher: { weights: [1], directions: [[${'1,'.repeat(100)}]] }, count: 16000 }`;
  const needed = (tier: 'scalar' | 'strict'): number => {
    setCompute({ tier });
    const message = refusal(problem, 50_000, 0.1);
    const found = /about ([\d.]+) GiB would be needed; at most 0\.1 are allowed/.exec(message);
    assert.ok(found, message);
    return Number(found[1]);
  };
  // Sums of 16 chunks for 101 numbers of each particle, 0.6 GiB, and what they are made from.
  const more = needed('strict') - needed('scalar');
  assert.ok(more >= 0.55 && more < 1, `${more} GiB`);
  setCompute({ tier: 'strict' });
});

spec.run();
