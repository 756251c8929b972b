/** What the loops leave to the garbage collector when the consumer keeps no segment: nothing that grows with the particles. */
import { PerformanceObserver } from 'node:perf_hooks';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { composed } from '../problems/expression/compose.js';
import { deconvolution, fourier, reluPopulation, square, torusFourier } from '../problems/index.js';
import { bosh3, dop853, dopri5, gd, inclusion, rkc2, rodas4, rodas5p, tsit5 } from '../solvers/index.js';
import { flowOf } from '../src/flow.js';
import { random } from '../src/math/random.js';
import type { Flow, Problem, Solver, Vec } from '../src/types.js';

const garbage = suite('garbage');

const STEPS = 10_000;
/** A young generation is collected every 16 MiB: about 3 kB of objects a step. Arrays of 300 particles anew cost ten times as much. */
const COLLECTIONS = 5;

const problem: Problem = deconvolution({
  order: 1,
  lambda: 0.1,
  beta: 1e-3,
  coefficients: Float64Array.of(0.3, 0.5, -0.2),
});

let collected = 0;
new PerformanceObserver(list => {
  collected += list.getEntries().length;
}).observe({ entryTypes: ['gc'] });
/** Entries are delivered when the event loop turns. */
const delivered = () => new Promise(resolve => setTimeout(resolve, 20));

function take(solver: Solver, flow: Flow, y0: Vec, maxSteps: number, reuse: boolean): void {
  const options = { end: 1e9, step: 1e-9, maxSteps, reuse, events: 'located' } as const;
  const run = solver.integrate(flow, y0, options);
  for (;;) {
    const next = run.next();
    if (next.done) return void assert.is(next.value.stats.steps, maxSteps, next.value.message);
  }
}

async function collectionsOver(solver: Solver, m: number, steps: number, reuse = true, of = problem): Promise<number> {
  const flow = flowOf(of, m);
  const chance = random('garbage', 'init');
  const y0 = Float64Array.from({ length: flow.size }, () => 0.1 + 0.8 * chance.uniform());
  take(solver, flow, y0, 2000, reuse);
  await delivered();
  collected = 0;
  take(solver, flow, y0, steps, reuse);
  await delivered();
  return collected;
}

for (const solver of [gd, dopri5, inclusion(dopri5.stepper)])
  garbage(`${solver.name}: 10⁴ steps of 300 particles are collected a few times`, async () => {
    const found = await collectionsOver(solver, 300, STEPS);
    assert.ok(found <= COLLECTIONS, `${found} collections`);
  });

const teacher = (d: number) => ({ weights: [0.5], directions: [Array.from({ length: d }, () => 1)] });
for (const [d, m] of [
  [2, 300],
  [2, 20],
  [3, 20],
])
  garbage(`${m} ReLU units on the population in ${d} dimensions: 10⁴ steps are collected a few times`, async () => {
    const found = await collectionsOver(dopri5, m, STEPS, true, reluPopulation(teacher(d)));
    assert.ok(found <= COLLECTIONS, `${found} collections`);
  });

/** Steps that cost many evaluations, or systems: fewer of them, with as much allowed for each; rodas4 left 25 MiB in arrays, 30 collections. */
const DEAR_STEPS = 2000;
const DEAR_COLLECTIONS = 3;
for (const solver of [rodas4, rodas5p, rkc2, bosh3, tsit5, dop853])
  garbage(`${solver.name}: ${DEAR_STEPS} steps of 300 particles are collected a few times`, async () => {
    const found = await collectionsOver(solver, 300, DEAR_STEPS);
    assert.ok(found <= DEAR_COLLECTIONS, `${found} collections`);
  });

garbage('segments that own their arrays are collected much more often', async () => {
  const found = await collectionsOver(dopri5, 300, STEPS, false);
  assert.ok(found > COLLECTIONS, `${found} collections`);
});

const written = composed({
  coordinates: [{ name: 'w' }, { name: 'a' }],
  feature: 'w*sigmoid(a*x + sin(x))',
  loss: '(f - x)^2',
  parameters: new Map(),
  columns: new Map([['x', Array.from({ length: 15 }, (_, k) => k / 10)]]),
});
if (!('problem' in written) || !written.problem.feature) throw new Error('a formula');

for (const feature of [fourier(7), torusFourier(2, 7), written.problem.feature])
  garbage(`${feature.name}: an evaluation by the kernels leaves nothing`, async () => {
    const m = 30;
    const field = feature.open?.(m, square(new Float64Array(feature.size).fill(0.1), 1));
    assert.ok(field);
    const chance = random('garbage', 'spikes');
    const y = Float64Array.from({ length: m * feature.dim }, () => chance.uniform());
    const out = new Float64Array(y.length);
    const evaluate = (times: number) => {
      for (let k = 0; k < times; k++) {
        y[0] = k / times;
        field.energy(y);
        field.forceInto(y, out);
      }
    };
    evaluate(2000);
    await delivered();
    collected = 0;
    evaluate(4 * STEPS);
    await delivered();
    // 16 MiB over these are 0.4 kB each: less than the force, and than the sums of the torus.
    assert.ok(collected <= 1, `${collected} collections`);
  });

garbage.run();
