/** Sliding along kinks of ReLU units: the Filippov weight, several kinks at once, θ = 0, twins among the samples. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { network, relu, reluSignedSquare } from '../problems/index.js';
import { gd, inclusion, rodas4 } from '../solvers/index.js';
import { flowOf } from '../src/flow.js';
import { random } from '../src/math/random.js';
import { maxAbs, scaledDistance } from '../src/math/vec.js';
import type { Branch, Checkpoint, Flow, Stepper, Vec } from '../src/types.js';
import { uniquenessNotes } from '../src/uniqueness.js';
import { follow, inclusionFlow } from './truth/agreement.js';
import { problemOf, reference, startOf } from './truth/reference.js';
import { energyDefect, wholeRun } from './whole-run.js';

const sliding = suite('sliding');

const net = (X: readonly (readonly number[])[], y: readonly number[]) =>
  network({
    data: {
      inputs: { rows: X.length, columns: X[0].length, values: Float64Array.from(X.flat()) },
      targets: Float64Array.from(y),
    },
    activation: relu,
  });

const seeded = (seed: string, X = 10, d = 3, m = 4) => {
  const draw = random(seed, 'sliding');
  const rows = Array.from({ length: X }, () => Array.from({ length: d }, () => draw.normal()));
  const targets = Array.from({ length: X }, () => draw.normal());
  const start = Float64Array.from({ length: m * (d + 1) }, (_, k) => {
    const z = draw.normal();
    return k % (d + 1) === 0 ? Math.sign(z) : z / Math.sqrt(d);
  });
  return { rows, targets, start, m };
};

/** Kinks of Φ that each particle slides on, largest count. */
const mostAtOnce = (b: Branch, m: number): number => {
  const n = b.length / m;
  return Math.max(...Array.from({ length: m }, (_, i) => b.subarray(i * n, (i + 1) * n).filter(s => s === 0).length));
};

for (const [rtol, evaluations] of [
  [1e-4, 648],
  [1e-6, 732],
])
  sliding(`relu-slide-m6 at rtol ${rtol} takes at most ${evaluations} evaluations`, () => {
    const r = reference('relu-slide-m6');
    const flow = flowOf(problemOf(r), r.m);
    const run = wholeRun(inclusionFlow, flow, startOf(r), { end: 8, rtol });
    assert.is(run.outcome.code, 'end');
    assert.ok(run.outcome.stats.velocityEvaluations <= evaluations, `${run.outcome.stats.velocityEvaluations}`);
  });

sliding('two kinks at once: the energy identity holds to 1e-8, on the kinks to rounding', () => {
  const r = reference('relu-slide3-m5');
  const { flow, run } = follow(r, 1e-9);
  assert.ok(energyDefect(flow, run) <= 1e-8, `${energyDefect(flow, run)}`);
  assert.ok(run.segments.some(s => mostAtOnce(s.branch as Branch, r.m) === 2));
  const n = (flow.kinks?.count ?? 0) / r.m;
  const X = 'X' in r.problem ? r.problem.X : [];
  for (const { branch, y0, y1 } of run.segments)
    for (const [k, side] of (branch as Branch).entries())
      for (const y of [y0, y1]) {
        if (side !== 0) continue;
        const at = Math.floor(k / n) * r.d + 1;
        const z = X[k % n].reduce((sum, x, j) => sum + x * y[at + j], 0);
        assert.ok(Math.abs(z) <= 1e-15, `θ·x = ${z}`);
      }
});

sliding('the velocity is the mean of both sides that keeps θ·x_k = 0', () => {
  const flow = flowOf(
    net(
      [
        [1, 0.5],
        [-0.3, 1],
      ],
      [-1, 2],
    ),
    1,
  );
  const y = Float64Array.of(1, -0.5, 1);
  const [off, on, along] = [-1, 1, 0].map(side => {
    const v = new Float64Array(3);
    flow.velocityInto(y, v, Int8Array.of(side, 1));
    return v;
  });
  const rate = (v: Vec) => v[1] + 0.5 * v[2];
  const alpha = rate(off) / (rate(off) - rate(on));
  assert.ok(rate(off) > 0 && rate(on) < 0, `${rate(off)}, ${rate(on)}`);
  for (let j = 0; j < 3; j++) assert.ok(Math.abs(along[j] - (1 - alpha) * off[j] - alpha * on[j]) <= 1e-15);
  const margins = new Float64Array(2);
  flow.kinks?.marginsInto(y, Int8Array.of(0, 1), margins);
  assert.ok(Math.abs(margins[0] - Math.min(alpha, 1 - alpha)) <= 1e-14);
  assert.equal([...(flow.kinks as NonNullable<Flow['kinks']>).branchAt(y)], [0, 1]);
});

/** −J by central differences of the velocity of the branch. */
const byDifferences = (flow: Flow, y: Vec, b: Branch, x: Vec): Vec => {
  const [ahead, behind] = [new Float64Array(flow.size), new Float64Array(flow.size)];
  const h = 1e-5;
  flow.velocityInto(
    y.map((u, i) => u + h * x[i]),
    ahead,
    b,
  );
  flow.velocityInto(
    y.map((u, i) => u - h * x[i]),
    behind,
    b,
  );
  return ahead.map((a, i) => (behind[i] - a) / (2 * h));
};

sliding('the Jacobian of a sliding branch is exact along it', () => {
  const r = reference('relu-slide3-m5');
  const { flow, run } = follow(r, 1e-6);
  const segment = run.segments.find(s => mostAtOnce(s.branch as Branch, r.m) === 2);
  assert.ok(segment?.branch);
  const { y0, branch } = segment;
  // A tangent direction: what a velocity of the branch is.
  const x = new Float64Array(flow.size);
  flow.velocityInto(
    y0.map((u, i) => u + 0.1 * Math.sin(i)),
    x,
    branch,
  );
  const [product, linear] = [new Float64Array(flow.size), new Float64Array(flow.size)];
  flow.hessianTimesInto?.(y0, x, product, branch);
  flow.linearise?.(y0, branch)?.timesInto(x, linear);
  const truth = byDifferences(flow, y0, branch, x);
  assert.ok(maxAbs(product.map((p, i) => p - truth[i])) <= 1e-8 * maxAbs(truth));
  assert.ok(maxAbs(linear.map((p, i) => p + product[i])) <= 1e-13 * maxAbs(product));
});

sliding('an implicit method slides through relu-slide3-m5 as the explicit one', () => {
  const r = reference('relu-slide3-m5');
  const { run, flow } = follow(r, 1e-8);
  const implicit = wholeRun(inclusion(rodas4.stepper as Stepper), flow, startOf(r), { end: 20, rtol: 1e-8 });
  assert.is(implicit.outcome.code, 'end');
  assert.ok(scaledDistance(implicit.last, run.last, r.m) <= 1e-6);
  assert.is(implicit.events.length, run.events.length);
});

/** The distance of the inclusion's end to that of gradient descent at a step and at a quarter of it. */
const distances = (flow: Flow, y0: Vec, end: number, step: number): [number, number] => {
  const { outcome, last } = wholeRun(inclusionFlow, flow, y0, { end, rtol: 1e-9 });
  assert.ok(outcome.ok, outcome.message);
  const [coarse, fine] = [step, step / 4].map(h => wholeRun(gd, flow, y0, { end, step: h }).last);
  return [scaledDistance(coarse, last, flow.particles), scaledDistance(fine, last, flow.particles)];
};

for (const seed of ['a', 'b', 'c'])
  sliding(`gradient descent chatters along the same path as its step falls, net ${seed}`, () => {
    const { rows, targets, start, m } = seeded(seed);
    const [coarse, fine] = distances(flowOf(net(rows, targets), m), start, 10, 2e-3);
    assert.ok(coarse <= 5e-3 && fine <= 0.5 * coarse, `${coarse}, ${fine}`);
  });

sliding('along the curved kinks of relu-signed-square too', () => {
  const { rows, targets, start, m } = seeded('curved', 8, 3, 5);
  const inputs = { rows: rows.length, columns: 3, values: Float64Array.from(rows.flat()) };
  const flow = flowOf(reluSignedSquare({ data: { inputs, targets: Float64Array.from(targets) } }), m);
  const y0 = start.slice(0, 3 * m);
  const run = wholeRun(inclusionFlow, flow, y0, { end: 10, rtol: 1e-9 });
  assert.ok(
    run.events.some(e => e.to === 0),
    'nothing slides',
  );
  assert.ok(energyDefect(flow, run) <= 1e-8);
  const values = new Float64Array(flow.kinks?.count ?? 0);
  for (const { y1, branch } of run.segments) {
    flow.kinks?.marginsInto(y1, new Int8Array(values.length).fill(1), values);
    for (const [k, side] of (branch as Branch).entries()) if (side === 0) assert.ok(Math.abs(values[k]) <= 1e-14);
  }
  const [coarse, fine] = distances(flow, y0, 10, 2e-3);
  assert.ok(fine <= 0.5 * coarse, `${coarse}, ${fine}`);
  const implicit = wholeRun(inclusion(rodas4.stepper as Stepper), flow, y0, { end: 10, rtol: 1e-8 });
  assert.ok(scaledDistance(implicit.last, run.last, m) <= 1e-6, implicit.outcome.message);
});

sliding('every sample twice is the same flow, its kinks met in pairs', () => {
  const { rows, targets, start, m } = seeded('a');
  const once = wholeRun(inclusionFlow, flowOf(net(rows, targets), m), start, { end: 10, rtol: 1e-10 });
  const flow = flowOf(net([...rows, ...rows], [...targets, ...targets]), m);
  const twice = wholeRun(inclusionFlow, flow, start, { end: 10, rtol: 1e-10 });
  assert.is(twice.outcome.code, 'end', twice.outcome.message);
  assert.ok(once.events.some(e => e.to === 0));
  assert.ok(scaledDistance(once.last, twice.last, m) <= 1e-8);
});

sliding('a particle rests at θ = 0 that both samples push it to', () => {
  // f(1) = 2θ⁺ and f(−1) = 2θ⁻ have target −1: θ shrinks from either side, and w does not move at θ = 0.
  const flow = flowOf(net([[1], [-1]], [-1, -1]), 1);
  const run = wholeRun(inclusionFlow, flow, Float64Array.of(2, 0.2), { end: 5, rtol: 1e-9 });
  assert.ok(run.outcome.ok, run.outcome.message);
  assert.is(run.last[1], 0);
  assert.ok(Math.abs(run.last[0] ** 2 - (4 - 0.04)) <= 1e-8, 'w² − θ² is conserved');
  assert.ok(Math.abs(flow.energy(run.last) - 0.5) <= 1e-15);
});

sliding('three particles rest at θ = 0 until the fourth pushes them away, as under gradient descent', () => {
  const X = [
    [0.4998, -0.1957],
    [0.2727, 0.8308],
    [-1.3549, -1.0866],
    [-0.8115, 0.3779],
    [-1.3167, -1.2072],
  ];
  const flow = flowOf(net(X, [2.0911, 2.1985, 0.5227, -0.322, 1.137]), 4);
  const y0 = Float64Array.of(-2, 0.0887, 0.0617, -2, 0.257, 0.1038, -2, 0.0297, -0.1999, 2, 0.1394, 0.1764);
  const run = wholeRun(inclusionFlow, flow, y0, { end: 6, rtol: 1e-9 });
  const left = run.events.filter(e => e.from === 0 && Math.abs(e.t - 3.46855) <= 1e-4);
  assert.equal([...new Set(left.map(e => Math.floor(e.kink / 5)))], [0, 1, 2]);
  assert.ok(energyDefect(flow, run) <= 1e-8);
  const [coarse, fine] = distances(flow, y0, 6, 1e-3);
  assert.ok(coarse <= 2e-3 && fine <= 0.5 * coarse, `${coarse}, ${fine}`);
  const owned = run.events.map(e => ({ ...e, particle: Math.floor(e.kink / 5), sample: e.kink % 5 }));
  assert.match(uniquenessNotes(flow, y0, owned).join(), /particle \d met \d kinks of Φ at once at t = .* θ = 0/);
});

sliding('a start on a repelling kink is followed on its off side, and said', () => {
  // v(0+) = +1 and v(0−) = −1 for y = 1 at x = ±1, w = 1, θ = 0.
  const flow = flowOf(net([[1]], [1]), 1);
  const y0 = Float64Array.of(1, 0);
  const { last } = wholeRun(inclusionFlow, flow, y0, { end: 1, rtol: 1e-6 });
  assert.equal([...last], [1, 0]);
  const on = wholeRun(inclusionFlow, flow, y0, { end: 40, rtol: 1e-9, repelling: 'on' }).last;
  assert.ok(Math.abs(on[0] * on[1] - 1) <= 1e-8 && Math.abs(on[0] ** 2 - on[1] ** 2 - 1) <= 1e-8, `${on}`);
  const apart = flowOf(
    net(
      [
        [1, 1],
        [0.5, -1],
        [1, 0],
      ],
      [3, 3, 0],
    ),
    1,
  );
  const notes = (flow: Flow, y: Vec) => uniquenessNotes(flow, y, []).join();
  assert.is(notes(apart, Float64Array.of(1, 0.1, 1)), '');
  assert.match(notes(apart, Float64Array.of(1, 0.5, -0.5)), /^particle 0 starts on kink 0 of Φ, .* not unique/);
});

/**
 * w′ = (1 − wθ)θ/2, θ′ = (1 − wθ)w/2 from w = 1, θ = 0: w = cosh s, θ = sinh s with s′ = (1 − ½ sinh 2s)/2, so that
 * e^{2s} = 2 + √5 tanh(√5 t/4 − artanh(1/√5)) by separation of variables. The other way is its mirror image.
 */
const leaving = (t: number): [number, number] => {
  const root = Math.sqrt(5);
  const s = Math.log(2 + root * Math.tanh((root * t) / 4 - Math.atanh(1 / root))) / 2;
  return [Math.cosh(s), Math.sinh(s)];
};
const MIRRORED = [
  ['on', 1],
  ['off', -1],
  [undefined, -1],
] as const;
for (const solver of [inclusionFlow, rodas4])
  for (const [repelling, side] of MIRRORED)
    sliding(
      `samples ±1 repel a unit at θ = 0: ${solver.name}, ${repelling ?? 'by default off'}, is that closed flow`,
      () => {
        const flow = flowOf(net([[1], [-1]], [1, 1]), 1);
        const start = Float64Array.of(1, 0);
        const asked = repelling && { repelling };
        const run = wholeRun(solver, flow, start, { end: 3, rtol: 1e-9, ...asked });
        assert.is(run.outcome.code, 'end');
        for (const { t1, y1, v0, t0 } of run.segments) {
          const [w, theta] = leaving(t1);
          assert.ok(Math.hypot(y1[0] - w, y1[1] - side * theta) <= 1e-7, `${y1} at t = ${t1}`);
          if (t0 === 0) assert.ok(Math.abs(v0[1] - side / 2) <= 1e-15, `θ′ = ${v0[1]}`);
        }
        assert.match(
          uniquenessNotes(flow, start, [], repelling).join(),
          new RegExp(`^particle 0 starts on kink 0 of Φ, .* not unique.* is ${repelling ?? 'off'} was followed`),
        );
      },
    );

sliding('from a kink that holds, or that is crossed, the side asked for changes nothing', () => {
  const rows = [
    [1, 0.5],
    [-0.3, 1],
  ];
  for (const [target, side] of [
    [-1, 0],
    [-0.05, 1],
  ]) {
    const flow = flowOf(net(rows, [target, 2]), 1);
    const y0 = Float64Array.of(1, -0.5, 1);
    const [on, off] = (['on', 'off'] as const).map(repelling =>
      wholeRun(inclusionFlow, flow, y0, { end: 1, rtol: 1e-6, repelling }),
    );
    assert.is(on.segments[0].branch?.[0], side);
    assert.equal(on.last, off.last);
    assert.is(uniquenessNotes(flow, y0, []).length, 0);
  }
});

/** A random net whose weights are larger than its directions: particles come to rest on kinks. */
function heavy(seed: string): { flow: Flow; y0: Vec } {
  const chance = random(seed, 'chat');
  const upTo = (most: number) => 1 + Math.floor(chance.uniform() * most);
  const [n, m, d] = [2 + upTo(10), upTo(6), upTo(3)];
  const rows = Array.from({ length: n }, () => Array.from({ length: d }, () => chance.normal()));
  const targets = Array.from({ length: n }, () => chance.normal());
  const particle = () => [
    (chance.uniform() < 0.5 ? -1 : 1) * (1 + chance.uniform()),
    ...Array.from({ length: d }, () => 0.3 * chance.normal()),
  ];
  return { flow: flowOf(net(rows, targets), m), y0: Float64Array.from(Array.from({ length: m }, particle).flat()) };
}

for (const seed of ['45', '121', '182'])
  sliding(`a particle at rest on a kink, its weight at a bound but for rounding, stays there: net ${seed}`, () => {
    const { flow, y0 } = heavy(seed);
    const run = wholeRun(inclusionFlow, flow, y0, { end: 200, rtol: 1e-8, maxSteps: 1000 });
    assert.is(run.outcome.code, 'end', run.outcome.message);
    assert.ok(run.outcome.stats.events < 10, `${run.outcome.stats.events} events`);
    assert.ok(mostAtOnce(run.segments.at(-1)?.branch as Branch, flow.particles) > 0, 'nothing rests on a kink');
    assert.ok(energyDefect(flow, run) <= 1e-8);
  });

sliding('a run resumed while it slides goes on bit for bit', () => {
  const r = reference('relu-slide3-m5');
  const { flow } = follow(r, 1e-6);
  let saved: Checkpoint | undefined;
  const whole = wholeRun(inclusionFlow, flow, startOf(r), { end: 20 }, undefined, s => {
    if (mostAtOnce(s.branch as Branch, r.m) === 2) saved ??= JSON.parse(JSON.stringify(s.checkpoint()));
  });
  assert.ok(saved);
  assert.equal(wholeRun(inclusionFlow, flow, startOf(r), { end: 20 }, saved).last, whole.last);
});

sliding.run();
