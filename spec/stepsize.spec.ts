/** Flow against step size on deconv-weak-m10: order, stability limit, rises of F. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { figure1 } from '../problems/presets/index.js';
import { resolveExperiment } from '../src/resolve.js';
import type { StepsizeResult } from '../src/results.js';
import { compareSteps } from '../src/stepsize.js';

function compared(count: number, end: number, stepsize: object): Promise<StepsizeResult> {
  const { compare: _, ...base } = structuredClone(figure1) as typeof figure1;
  const value = { ...base, particles: { count, init: 'grid' }, time: { end }, compare: { stepsize } };
  return compareSteps(resolveExperiment({ value, source: 'spec', locate: () => undefined }).experiment);
}

const STEPS = [1.25e-5, 2.5e-5, 5e-5, 1e-4];
const ten = await compared(10, 3, { steps: [...STEPS, 1.9e-4, 2.1e-4] });
const method = (s: StepsizeResult, name: string) => s.methods.find(m => m.method === name);
const rowsOf = (s: StepsizeResult, name: string) => s.rows.filter(r => r.method === name);

const stepsize = suite('stepsize');

stepsize('gradient descent and proximal gradient follow the flow to first order', () => {
  for (const name of ['gd', 'proximal-euler']) {
    const order = method(ten, name)?.order ?? Number.NaN;
    assert.ok(Math.abs(order - 1) <= 0.05, `${name}: ${order}`);
    assert.equal(method(ten, name)?.fittedOver, STEPS);
  }
});

stepsize(
  'on m = 6 proximal gradient keeps first order, where the subgradient chatters a resting particle away',
  async () => {
    const six = await compared(6, 1, { steps: STEPS, methods: ['proximal-euler'] });
    const order = method(six, 'proximal-euler')?.order ?? Number.NaN;
    assert.ok(Math.abs(order - 1) <= 0.05, `${order}`);
  },
);

stepsize('the largest stable step is 2/ρ within 5 percent', () => {
  for (const name of ['gd', 'proximal-euler']) {
    const found = method(ten, name)?.largestStable;
    assert.ok(found && Math.abs(found.ofLimit - 1) <= 0.05, `${name}: ${found?.ofLimit}`);
    assert.ok(found.unstableAt > found.step && found.unstableAt / found.step <= 1.01 + 1e-9);
  }
  assert.ok(Math.abs(ten.limitStep - 2 / ten.radius) <= 1e-15);
});

stepsize('steps below the limit are stable, above it not', () => {
  for (const row of ten.rows) assert.is(row.stable, row.ofLimit < 1, `${row.method} at ${row.ofLimit} of 2/ρ`);
});

stepsize('F falls at every step of proximal gradient below 1/L', () => {
  for (const row of rowsOf(ten, 'proximal-euler').filter(r => r.ofLimit <= 0.5))
    assert.is(row.rises, 0, `η = ${row.step}`);
});

stepsize('the reference value is the certified minimum when the flow gets there, else where it ends', async () => {
  assert.match(ten.reference.source, /F\*/);
  assert.ok(Math.abs(ten.reference.value - 0.4391523747526559) <= 1e-13);
  const short = await compared(10, 0.05, { steps: [1e-4], methods: ['gd'] });
  assert.match(short.reference.source, /flow ends/);
  assert.ok(short.rows[0].stable, 'a small step is not to blame for a flow that is not there yet');
});

stepsize('a step and a raw rate are the same thing', async () => {
  const [byStep, byRate] = [await compared(10, 0.02, { steps: [1e-4] }), await compared(10, 0.02, { rates: [1e-3] })];
  const bare = (s: StepsizeResult) =>
    s.rows.map(({ method: name, step, rate, distance }) => ({ name, step, rate, distance }));
  assert.equal(bare(byRate), bare(byStep));
});

stepsize('a step that diverges is a result', async () => {
  const wild = await compared(10, 1, { steps: [0.05], methods: ['gd'] });
  assert.is(wild.rows[0].stable, false);
  assert.ok(['end', 'diverged'].includes(wild.rows[0].outcome));
});

stepsize.run();
