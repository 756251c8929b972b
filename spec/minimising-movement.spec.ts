/** The minimising movement: F never rises, its steps are minimisers, bounds hold, failure is said. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { dopri5, inclusion, minimisingMovement } from '../solvers/index.js';
import { flowOf } from '../src/flow.js';
import { maxAbs } from '../src/math/vec.js';
import { movement } from '../src/minimising-movement.js';
import { noCounts } from '../src/outcome.js';
import { resolveExperiment } from '../src/resolve.js';
import { runExperiment } from '../src/run.js';
import type { Flow, Vec } from '../src/types.js';
import { onTheLine } from './problems-of-ones-own.js';
import { problemOf, reference, startOf } from './truth/reference.js';
import { wholeRun } from './whole-run.js';

const moves = suite('minimising movement');
const STEPS = [0.1, 1, 10, 100];
const flowFor = (name: string) => {
  const r = reference(name);
  return { r, flow: flowOf(problemOf(r), r.m) };
};
/** Of F(0). */
const ROUNDING = 1e-15;

const smoothFeature = [
  ...['weak-m6', 'weak-m10', 'weak-m100', 'strong-m6', 'strong-m10', 'strong-m100', 'cross-m12'].map(
    x => `deconv-${x}`,
  ),
  ...['sigmoid-m12', 'relu-gauss-m8', 'lowrank-m12', 'quadratic-m5'],
];
// On a finite sample descent meets kinks of Φ again and again, and ends on one.
const kinked = ['relu-sqsign-m8', 'relu-classic-m6', 'relu-slide-m6'];

for (const name of [...smoothFeature, ...kinked])
  moves(`${name}: F never rises, with h = ${STEPS}`, () => {
    const { r, flow } = flowFor(name);
    for (const step of STEPS) {
      const { segments, outcome } = wholeRun(minimisingMovement, flow, startOf(r), { end: 8 * step, step });
      assert.is(outcome.code, 'end', `h = ${step}: ${outcome.message}`);
      for (const s of segments) {
        const [before, after] = [flow.energy(s.y0), flow.energy(s.y1)];
        // A minimiser has dissipated no more than F fell, twice.
        const spent = (s.dissipation1 - s.dissipation0) / 2;
        assert.ok(after + spent <= before + ROUNDING * r.F0, `h = ${step}: ${before} to ${after}, dissipated ${spent}`);
      }
    }
  });

/** The step from y, and −m∇ of the smooth part there. */
function stepped(flow: Flow, y: Vec, h: number): { u: Vec; force: Vec } {
  const [u, force] = [new Float64Array(flow.size), new Float64Array(flow.size)];
  assert.is(movement(flow, noCounts())(y, h, u), null);
  flow.split?.smoothInto(u, force);
  return { u, force };
}

moves('where F is smooth a step solves (u − u₀)/h = v(u)', () => {
  const { r, flow } = flowFor('lowrank-m12');
  for (const h of [0.01, 1, 30]) {
    const { u } = stepped(flow, startOf(r), h);
    const v = new Float64Array(flow.size);
    flow.velocityInto(u, v);
    const defect = maxAbs(v.map((x, i) => x - (u[i] - startOf(r)[i]) / h));
    assert.ok(defect <= 1e-8, `h = ${h}: ${defect}`);
  }
});

moves('V = |w|: what rests is held by |η + w₀/h| ≤ β, what moves solves the equation of its sign', () => {
  const { r, flow } = flowFor('deconv-cross-m12');
  const y0 = startOf(r);
  let resting = 0;
  for (const h of [1e-3, 1e-2, 1]) {
    const { u, force } = stepped(flow, y0, h);
    for (let k = 0; k < u.length; k++) {
      const [pull, weight] = [force[k] - (u[k] - y0[k]) / h, k % 2 === 0];
      if (weight && u[k] === 0) {
        resting++;
        assert.ok(Math.abs(pull) <= 1 + 1e-9, `particle ${k / 2} rests against ${pull}`);
      } else assert.ok(Math.abs(pull - (weight ? Math.sign(u[k]) : 0)) <= 1e-6, `h = ${h}, entry ${k}: ${pull}`);
    }
  }
  assert.ok(resting >= 5, `${resting} at rest`);
});

moves('a long step ends at a critical point of F: at the minimum of deconvolution with 100 particles', () => {
  const { r, flow } = flowFor('deconv-weak-m100');
  const { last } = wholeRun(minimisingMovement, flow, startOf(r), { end: 1000, step: 100 });
  const minimum = r.optimum?.Fstar as number;
  assert.ok(Math.abs(flow.energy(last) - minimum) <= 1e-12 * minimum, `${flow.energy(last)} against ${minimum}`);
});

moves('on a kink of Φ too long steps end where the flow rests', () => {
  const { r, flow } = flowFor('relu-sqsign-m8');
  const { last } = wholeRun(minimisingMovement, flow, startOf(r), { end: 800, step: 100 });
  const on = wholeRun(inclusion(dopri5.stepper), flow, last, { end: 30, rtol: 1e-5 });
  const fall = flow.energy(last) - flow.energy(on.last);
  assert.ok(fall >= 0 && fall <= 1e-8 * r.F0, `${fall}`);
});

moves('bounds: steps end inside, and what rests on a bound is pushed outwards', async () => {
  const { experiment } = resolveExperiment({
    value: {
      problem: {
        kind: 'custom',
        particle: ['w', { name: 'a', from: -0.5, to: 0.5 }, { name: 'b', from: 0 }],
        feature: 'w*tanh(a*x + b)',
        loss: '(f - y)^2/(2*lambda*n)',
        penalty: 'beta*abs(w)',
        parameters: { lambda: 0.05, beta: 0.1 },
        data: { columns: { x: [-1, -0.3, 0.4, 1.2], y: [0.2, 1, -0.4, 0.8] } },
      },
      particles: { count: 6 },
      solver: { kind: 'minimising-movement', step: 2 },
      time: { end: 200 },
      seed: 'a',
    },
    source: 'spec',
    locate: () => undefined,
  });
  const { outcome, final, audit } = await runExperiment(experiment);
  assert.is(outcome.code, 'end');
  assert.is(audit.rises, 0);
  for (const [, a, b] of final.particles) assert.ok(a >= -0.5 && a <= 0.5 && b >= 0, `${a}, ${b}`);
  assert.ok(
    final.particles.some(([, a, b]) => Math.abs(a) === 0.5 || b === 0),
    'the bounds are in use',
  );
});

moves('F without a lower bound has no minimiser: diverged, and the state is left alone', () => {
  const velocity = (u: number) => u * u;
  const split = {
    smoothInto: (y: Vec, out: Vec) => {
      out[0] = velocity(y[0]);
    },
    proxInto: (y: Vec, _h: number, out: Vec) => out.set(y),
  };
  const flow = onTheLine(velocity, { split, energy: y => -(y[0] ** 3) / 3 });
  const out = Float64Array.of(7);
  // A local minimiser near y exists while 4hy ≤ 1.
  assert.is(movement(flow, noCounts())(Float64Array.of(1), 0.2, out), null);
  const root = (1 - Math.sqrt(1 - 0.8)) / 0.4;
  assert.ok(Math.abs(out[0] - root) <= 1e-9, `${out[0]} against ${root}`);
  out[0] = 7;
  assert.is(movement(flow, noCounts())(Float64Array.of(1), 0.3, out), 'diverged');
  assert.is(out[0], 7);
});

moves.run();
