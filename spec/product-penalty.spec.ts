/** V = β|w||θ| and V = β|w|Ṽ(θ) as flows: kinks at w = 0 and θ = 0 against closed forms, the energy identity, derivatives, proximal gradient. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { absProduct, absWeighted, moduli, network, sigmoid } from '../problems/index.js';
import { dopri5, gd, inclusion, proximalEuler } from '../solvers/index.js';
import { certify } from '../src/diagnostics/certificate.js';
import { flowOf } from '../src/flow.js';
import { random } from '../src/math/random.js';
import { maxAbs } from '../src/math/vec.js';
import type { Branch, ComposedProblem, Flow, Penalty, Vec } from '../src/types.js';
import { identity } from './problems-of-ones-own.js';
import { at, energyDefect, largestDifference, largestRise, wholeRun } from './whole-run.js';

const spec = suite('product penalty');
const located = inclusion(dopri5.stepper);

/** R(f) = 10 − ⟨g, f⟩ on Φ(u) = u: every particle is pushed by g, whatever the others do. The constant keeps F(0) > 0. */
const pushed = (g: readonly number[], penalty: Penalty): ComposedProblem => ({
  name: 'pushed',
  dim: g.length,
  domain: g.map((_, k) => ({ name: `u${k}`, kind: 'line' })),
  feature: identity(g.length),
  loss: {
    name: 'linear',
    value: f => 10 - g.reduce((sum, x, k) => sum + x * f[k], 0),
    gradientInto: (_f, out) => out.set(g.map(x => -x)),
  },
  penalty,
  initial: {},
});

spec('on its own |w||θ| shrinks the smaller of the two to 0, and x² − y² is conserved', () => {
  const beta = 0.8;
  const flow = flowOf(pushed([0, 0, 0], absProduct(beta, 3)), 3);
  // The second particle ends at w = 0, the others at θ = 0.
  const y0 = Float64Array.of(1.5, 0.3, -0.4, -0.5, 0.6, 0.8, -2, 0, 1.9);
  const run = wholeRun(located, flow, y0, { end: 4, rtol: 1e-9, stops: [0.1, 0.3, 0.6, 1, 2] });
  for (const t of [0.1, 0.3, 0.6, 1, 2, 4]) {
    const { y } = at(run, t);
    for (let i = 0; i < 3; i++) {
      const [w, a, b] = y0.subarray(3 * i);
      const [x, r] = [Math.abs(w), Math.hypot(a, b)];
      const s = Math.min(beta * t, Math.atanh(Math.min(x, r) / Math.max(x, r)));
      const wanted = [Math.sign(w) * (x * Math.cosh(s) - r * Math.sinh(s)), (r * Math.cosh(s) - x * Math.sinh(s)) / r];
      const exact = Float64Array.of(wanted[0], a * wanted[1], b * wanted[1]);
      const off = largestDifference(y.subarray(3 * i, 3 * i + 3), exact);
      assert.ok(off <= 2e-8, `particle ${i} at ${t}: off by ${off}`);
    }
  }
  assert.equal(
    run.events.map(e => [e.kink, e.from, e.to]),
    [
      [3, 1, 0],
      [1, -1, 0],
      [5, 1, 0],
    ],
  );
  assert.is(run.outcome.code, 'stationary');
  assert.equal([...run.last.subarray(1, 3), run.last[3], ...run.last.subarray(7)], [0, 0, 0, 0, 0]);
  assert.ok(energyDefect(flow, run) <= 1e-9, `${energyDefect(flow, run)}`);
});

spec('a particle leaves θ = 0 when β|w| falls to |ṽ_θ|, and w = 0 when β|θ| falls to |ṽ_w|', () => {
  const flow = flowOf(pushed([-1, 0.3, 0.4], absProduct(1, 3)), 1);
  // w falls at rate 1 from 2 while θ rests: |g_θ| = 0.5, so it leaves at t = 1.5, and along g_θ.
  const run = wholeRun(located, flow, Float64Array.of(2, 0, 0), { end: 1.9, rtol: 1e-8 });
  assert.equal([run.events[0].from, run.events[0].to], [0, 1]);
  assert.ok(Math.abs(run.events[0].t - 1.5) <= 1e-9);
  assert.ok(Math.abs(run.last[1] / run.last[2] - 0.75) <= 1e-9 && run.last[1] > 0);
  assert.ok(energyDefect(flow, run) <= 1e-8);
  // θ falls at rate 1 from 2 while w rests: |g_w| = 0.5.
  const other = flowOf(pushed([0.5, -1, 0], absProduct(1, 3)), 1);
  const left = wholeRun(located, other, Float64Array.of(0, 2, 0), { end: 1.9, rtol: 1e-8 });
  assert.equal([left.events[0].kink, left.events[0].from, left.events[0].to], [0, 0, 1]);
  assert.ok(Math.abs(left.events[0].t - 1.5) <= 1e-9 && left.last[0] > 0);
});

spec('leaving θ = 0 the velocity is the selection at θ = 0, on the branch as without one', () => {
  const flow = flowOf(pushed([-1, 3, 4], absProduct(1, 3)), 1);
  const [y, free, onBranch] = [Float64Array.of(2, 0, 0), new Float64Array(3), new Float64Array(3)];
  flow.velocityInto(y, free);
  flow.velocityInto(y, onBranch, Int8Array.of(1, 1));
  // (3, 4) shortened from 5 by β|w| = 2.
  for (const v of [free, onBranch]) assert.ok(largestDifference(v, Float64Array.of(-1, 1.8, 2.4)) <= 1e-15, `${v}`);
});

const MODULI = { root: moduli.root(3), quadratic: moduli.quadratic(3) };
const PENALTIES: Readonly<Record<string, Penalty>> = {
  'abs-product': absProduct(0.05, 3),
  ...Object.fromEntries(Object.entries(MODULI).map(([name, Vt]) => [name, absWeighted(0.05, 3, Vt)])),
};
const r = random('product', 'data');
const data = {
  inputs: { rows: 12, columns: 2, values: Float64Array.from({ length: 24 }, () => r.normal()) },
  targets: Float64Array.from({ length: 12 }, () => r.normal()),
};
const net = (penalty: Penalty): ComposedProblem => ({
  ...network({ data, activation: sigmoid, lambda: 0.2 }),
  penalty,
});

for (const [name, penalty] of Object.entries(PENALTIES)) {
  spec(
    `${name}: a network’s flow keeps the identity through its events, falls, and is the limit of proximal gradient`,
    () => {
      const flow = flowOf(net(penalty), 8);
      const y0 = Float64Array.from({ length: 24 }, (_, k) => (k % 6 === 0 ? 0 : 0.8 * r.normal()));
      const run = wholeRun(located, flow, y0, { end: 6, rtol: 1e-8 });
      assert.ok(run.outcome.ok, run.outcome.message);
      assert.ok(run.events.length >= 2, `${run.events.length} events`);
      assert.ok(energyDefect(flow, run) <= 1e-7 && largestRise(flow, run) <= 1e-12, `${energyDefect(flow, run)}`);
      const tight = wholeRun(located, flow, y0, { end: 6, rtol: 1e-10 });
      assert.ok(largestDifference(run.last, tight.last) <= 1e-6, `${largestDifference(run.last, tight.last)}`);
      const off = [0.02, 0.01, 0.005].map(step =>
        largestDifference(wholeRun(proximalEuler, flow, y0, { end: 6, step }).last, tight.last),
      );
      for (const ratio of [off[0] / off[1], off[1] / off[2]]) assert.ok(ratio > 1.6 && ratio < 2.5, `${off}`);
      const plain = wholeRun(gd, flow, y0, { end: 6, step: 0.0025 }).last;
      assert.ok(largestDifference(plain, tight.last) <= 0.02, `${largestDifference(plain, tight.last)}`);
    },
  );

  spec(`${name}: the second derivative on a branch is that of its velocity, also at w = 0`, () => {
    const flow: Flow = flowOf(net(penalty), 4);
    const y = Float64Array.from({ length: 12 }, (_, k) => (k === 3 || k === 6 ? 0 : r.normal()));
    const b: Branch = new Int8Array(flow.kinks?.count ?? 0).fill(1);
    b.set([Math.sign(y[0]), -1, 0, Math.sign(y[9])]);
    const [x, out, h] = [y.map(() => r.normal()), new Float64Array(12), 1e-5];
    x[6] = 0;
    flow.hessianTimesInto?.(y, x, out, b);
    const velocity = (s: number) => {
      const v: Vec = new Float64Array(12);
      flow.velocityInto(
        y.map((u, k) => u + s * x[k]),
        v,
        b,
      );
      return v;
    };
    const [ahead, behind] = [velocity(h), velocity(-h)];
    const wanted = out.map((_, k) => (behind[k] - ahead[k]) / (2 * h));
    assert.ok(largestDifference(out, wanted) <= 1e-8 * (1 + maxAbs(out)), `${out} against ${wanted}`);
  });
}

spec('no certificate is claimed where the threshold depends on θ', () => {
  const problem: ComposedProblem = {
    ...net(PENALTIES.root),
    supremum: () => ({ value: 1, upper: 1, at: new Float64Array(2), proof: true, method: 'none' }),
  };
  const c = certify(problem, new Float64Array(3), 1, 1);
  assert.is(c.verdict, 'unknown');
  assert.match(c.method, /V = β\|w\|/);
});

spec('bounds have no joint proximal map with |w||θ|, and the message says so', () => {
  const domain = [
    { name: 'w', kind: 'line' },
    { name: 'a', kind: 'interval', from: -1, to: 2 },
    { name: 'b', kind: 'line' },
  ] as const;
  const flow = flowOf({ ...net(PENALTIES['abs-product']), domain }, 2);
  assert.is(flow.split, undefined);
  const { outcome } = wholeRun(proximalEuler, flow, new Float64Array(6), { end: 1, step: 0.1 });
  assert.is(outcome.code, 'missing-capability');
  assert.match(outcome.message, /bounds and the penalty abs-product have no joint proximal map in closed form/);
  const y0 = Float64Array.of(1, 1.9, 0.2, -0.6, -0.9, 0.1);
  const run = wholeRun(located, flow, y0, { end: 5, rtol: 1e-8 });
  assert.ok(
    run.outcome.ok && energyDefect(flow, run) <= 1e-7 && run.segments.every(s => flow.outside?.(s.y1) === null),
  );
  const touching = [domain[0], { name: 'a', kind: 'half-line', from: 0 } as const, domain[2]];
  assert.throws(() => flowOf({ ...net(PENALTIES['abs-product']), domain: touching }, 2), /θ = 0 on a bound/);
});

spec.run();
