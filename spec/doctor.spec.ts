/** What runs here, and what `pgf doctor` says of it. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { setCompute, threadsFault, tierFault } from '../src/kernels/compute.js';
import { instance, isRunnable } from '../src/kernels/engine.js';
import { hasExperiments } from '../src/kernels/platform.js';
import { errorOf, obstacle, runningTier } from '../src/kernels/tiers.js';

const spec = suite('doctor');
const pgf = fileURLToPath(new URL('../src/cli/main.js', import.meta.url));
const run = (...args: string[]) => spawnSync(process.execPath, [pgf, 'doctor', ...args], { encoding: 'utf8' });

spec('every tier that runs agrees with the formulae', () => {
  for (const tier of ['strict', 'fast'] as const) {
    assert.ok(isRunnable(tier));
    assert.ok(errorOf(tier) <= 1e-12);
    assert.is(obstacle(tier), null);
  }
});

spec('the tier asked for runs', () => {
  for (const tier of ['scalar', 'fast', 'strict'] as const) {
    setCompute({ tier });
    assert.is(runningTier(), tier);
  }
  setCompute({ tier: 'wide' });
  assert.is(runningTier(), hasExperiments() ? 'wide' : 'fast', 'what does not run gives way to the next');
  setCompute({ tier: 'strict' });
});

spec('wrong settings are refused in words', () => {
  for (const text of ['0', '-1', '1.5', 'many', '65', ''])
    assert.match(threadsFault(text) ?? '', /from 1 to 64, found/);
  assert.match(tierFault('quick') ?? '', /one of scalar, strict, fast, wide, found quick/);
  assert.is(threadsFault('64') ?? tierFault('fast'), null);
  const { status, stderr, stdout } = run('--threads', 'many');
  assert.is(status, 2);
  assert.match(stderr, /threads must be a whole number from 1 to 64, found many/);
  assert.is(stdout, '');
});

spec('the diagnosis names the tier, its reason and its speed', () => {
  const { status, stdout } = run('--json', '--tier', 'fast', '--threads', '1');
  assert.is(status, 0);
  const { running, why, threads, tiers } = JSON.parse(stdout);
  assert.equal([running, threads], ['fast', 1]);
  assert.match(why, /asked for/);
  for (const { tier, obstacle, error, ceiling, throughput } of tiers) {
    if (tier === 'wide' && obstacle) continue;
    assert.is(obstacle, null);
    assert.ok(error <= 1e-12 && ceiling > 0 && throughput.length === 1 && throughput[0].gflops > 0);
  }
  const text = run('--tier', 'scalar', '--threads', '2').stdout;
  assert.match(text, /tier scalar: asked for/);
  assert.match(text, /strict +\d+\.\d \(\d+ %\) +\d+\.\d \(\d+ %\)/);
});

spec('the loop of the ceiling is not computed away: its chains end where they should', () => {
  const { buffer, job } = instance(256, 1, 'strict');
  const [rounds, factor, summand] = [1000, 0.999, 0.01];
  new Uint32Array(buffer)[0] = rounds;
  new Float64Array(buffer).set([factor, summand], 1);
  job('ceiling', 1)();
  let [product, sum] = [summand, summand];
  for (let k = 0; k < rounds; k++) {
    product *= factor;
    sum += summand;
  }
  const six = (x: number) => 2 * x + 2 * x + 2 * x;
  const words = new Float64Array(buffer);
  assert.equal([...words.subarray(4, 9)], [six(product), six(product), six(sum), six(sum), 24]);
});

spec.run();
