/** Bounded coordinates: walls that are hit, rested on and left at located times; projections; starts and methods that are refused. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { absWeight, deconvolution, squared } from '../problems/index.js';
import { dopri5, inclusion, proximalEuler } from '../solvers/index.js';
import { certify } from '../src/diagnostics/certificate.js';
import { flowOf } from '../src/flow.js';
import { boundsFault, folded, wallsOf } from '../src/math/domain.js';
import { random } from '../src/math/random.js';
import { scaledDistance } from '../src/math/vec.js';
import type { ComposedProblem, Coordinate, Domain, Flow, SolveOptions, Vec } from '../src/types.js';
import { absLine, identity, quadratic, quadraticSolution } from './problems-of-ones-own.js';
import { at, energyDefect, largestDifference, largestRise, wholeRun } from './whole-run.js';

const spec = suite('domain');
const located = inclusion(dopri5.stepper);

/** F(x, y) = (u − a)ᵀQ(u − a)/2 for one particle: y drives x down to its lower wall, lets it go, and x settles at its upper one. */
const Q = [
  [1, 0.8],
  [0.8, 1],
];
const A = [0.5, -0.3];
const NOTHING = [
  [0, 0],
  [0, 0],
];
const START = Float64Array.of(0.3, 2.7);
const strip: Domain = [
  { name: 'x', kind: 'interval', from: 0, to: 0.4 },
  { name: 'y', kind: 'line' },
];
function driven(domain: Domain): ComposedProblem {
  const { penalty: _, ...plain } = quadratic(Q, NOTHING, A);
  return { ...plain, domain };
}

/** Zero of a continuous function that changes sign between a and b. */
function zero(f: (t: number) => number, a: number, b: number): number {
  let [low, high] = [a, b];
  for (let k = 0; k < 200; k++) {
    const t = (low + high) / 2;
    if (f(low) * f(t) <= 0) high = t;
    else low = t;
  }
  return (low + high) / 2;
}

/** On a wall x = c: y′ = −(y − a₂) − 0.8(c − a₁). */
const onWall = (c: number, y0: number) => (t: number) => {
  const rest = A[1] - 0.8 * (c - A[0]);
  return rest + (y0 - rest) * Math.exp(-t);
};

/** The closed form in four pieces, and the times between them. */
function closedForm(): { times: number[]; at: (t: number) => number[] } {
  const falling = quadraticSolution(Q, NOTHING, A, START);
  const hit = zero(t => falling(t)[0], 0, 1);
  const resting = onWall(0, falling(hit)[1]);
  // x is let go when a₁ − 0.8(y − a₂) = 0.
  const rest = A[1] + 0.8 * A[0];
  const leave = hit + Math.log((falling(hit)[1] - rest) / (A[1] + A[0] / 0.8 - rest));
  const rising = quadraticSolution(Q, NOTHING, A, Float64Array.of(0, resting(leave - hit)));
  const top = leave + zero(t => rising(t)[0] - 0.4, 0, 30);
  const ending = onWall(0.4, rising(top - leave)[1]);
  return {
    times: [hit, leave, top],
    at(t) {
      if (t <= hit) return [...falling(t)];
      if (t <= leave) return [0, resting(t - hit)];
      return t <= top ? [...rising(t - leave)] : [0.4, ending(t - top)];
    },
  };
}

const errorAt = (flow: Flow, o: SolveOptions, times: readonly number[]) => {
  const run = wholeRun(located, flow, START, { ...o, stops: times });
  const exact = closedForm();
  const off = times.map(t => largestDifference(at(run, t).y, Float64Array.from(exact.at(t))));
  return { run, error: Math.max(...off) };
};

spec('a driven particle hits its wall, rests, leaves when the field points inwards, and ends on the other wall', () => {
  const flow = flowOf(driven(strip), 1);
  const exact = closedForm();
  const times = Array.from({ length: 16 }, (_, k) => k + 1);
  for (const rtol of [1e-6, 1e-9]) {
    const { run, error } = errorAt(flow, { end: 16, rtol }, times);
    assert.is(run.outcome.code, 'end');
    assert.equal(
      run.events.map(e => [e.kink, e.from, e.to]),
      [
        [0, 1, 0],
        [0, 0, 1],
        [1, 1, 0],
      ],
    );
    for (const [k, e] of run.events.entries()) assert.ok(Math.abs(e.t - exact.times[k]) <= 20 * rtol, `event ${k}`);
    assert.ok(error <= 20 * rtol, `off by ${error} at ${rtol}`);
    assert.ok(energyDefect(flow, run) <= 10 * rtol, `${energyDefect(flow, run)}`);
    assert.ok(largestRise(flow, run) <= 1e-14);
    assert.ok(run.segments.every(s => s.y1[0] >= 0 && s.y1[0] <= 0.4));
  }
  assert.equal(flow.kinks?.owner?.(1), { particle: 0, wall: { coordinate: 0, at: 0.4 } });
});

spec('the order of the method survives located walls', () => {
  const flow = flowOf(driven(strip), 1);
  const times = [1, 2, 3, 4];
  const errors = [0.5, 0.25, 0.125].map(step => errorAt(flow, { end: 4, step }, times).error);
  const orders = errors.slice(1).map((e, k) => Math.log2(errors[k] / e));
  for (const order of orders) assert.ok(order >= 4, `orders ${orders} of errors ${errors}`);
});

spec('proximal gradient is projected gradient there, and comes to the flow at order 1', () => {
  const flow = flowOf(driven(strip), 1);
  const exact = closedForm();
  const off = [0.02, 0.01, 0.005].map(step => {
    const { segments } = wholeRun(proximalEuler, flow, START, { end: 16, step });
    return Math.max(...segments.map(s => largestDifference(s.y1, Float64Array.from(exact.at(s.t1)))));
  });
  for (const ratio of [off[0] / off[1], off[1] / off[2]]) assert.ok(ratio > 1.8 && ratio < 2.2, `${off}`);
});

/** A box around coordinates of which the first has V = β|w|. */
const boxed = (domain: Domain, beta: number, a: readonly number[]): ComposedProblem => ({
  name: 'boxed',
  dim: 3,
  domain,
  feature: identity(3),
  loss: quadratic(
    [
      [2, 0.5, 0.3],
      [0.5, 1.5, 0.4],
      [0.3, 0.4, 1],
    ],
    [],
    a,
  ).loss,
  penalty: absWeight(beta, 3),
  initial: {},
});

spec('V = β|w| in a box: both kinds of kink in one flow, inside for ever, the identity through every hit', () => {
  const box: Domain = [
    { name: 'w', kind: 'interval', from: -1, to: 0.5 },
    { name: 'a', kind: 'half-line', from: -0.2 },
    { name: 'b', kind: 'half-line', to: 0.7 },
  ];
  let kinds = 0;
  for (let seed = 0; seed < 12; seed++) {
    const r = random('boxed', `${seed}`);
    const flow = flowOf(boxed(box, 0.4, [2 * r.normal(), r.normal(), r.normal()]), 5);
    const y0 = Float64Array.from({ length: 15 }, (_, k) => {
      const [from, to] = [
        [-1, 0.5],
        [-0.2, 2],
        [-2, 0.7],
      ][k % 3];
      return from + (to - from) * r.uniform();
    });
    const run = wholeRun(located, flow, y0, { end: 6, rtol: 1e-8 });
    assert.ok(run.outcome.ok, run.outcome.message);
    assert.ok(energyDefect(flow, run) <= 1e-7 && largestRise(flow, run) <= 1e-13, `seed ${seed}`);
    assert.ok(run.segments.every(s => flow.outside?.(s.y1) === null && flow.energy(s.y1) < Infinity));
    kinds += new Set(run.events.map(e => (flow.kinks?.owner?.(e.kink).wall ? 'wall' : 'zero'))).size;
    // The same place is reached by projected proximal gradient.
    const far = wholeRun(located, flow, y0, { end: 60, rtol: 1e-8 }).last;
    const discrete = wholeRun(proximalEuler, flow, far, { end: 1, step: 0.1 }).last;
    assert.ok(scaledDistance(far, discrete, 5) <= 1e-6, `seed ${seed}: ${scaledDistance(far, discrete, 5)}`);
  }
  assert.ok(kinds >= 15, `${kinds} kinds of event over 12 runs`);
});

spec('a bound at 0 makes |w| one-sided: rest while η ≤ β however far below', () => {
  const domain: Domain = [{ name: 'u', kind: 'half-line', from: 0 }];
  const mirrored: Domain = [{ name: 'u', kind: 'half-line', to: 0 }];
  const line = (a: number, d: Domain): ComposedProblem => ({ ...absLine(a, 1, 1), domain: d });
  const branch = (p: ComposedProblem, ...u: number[]) => [
    ...(flowOf(p, u.length).kinks?.branchAt(Float64Array.from(u)) ?? []),
  ];
  assert.equal(branch(line(3, domain), 0, 0.5), [1, 1]);
  assert.equal(branch(line(-20, domain), 0, 0), [0, 0]);
  assert.equal(branch(line(20, mirrored), 0, 0), [0, 0]);
  assert.equal(branch(line(-3, mirrored), 0, -0.5), [1, 1]);
  const flow = flowOf(line(-3, mirrored), 1);
  const { last } = wholeRun(located, flow, Float64Array.of(0), { end: 40, rtol: 1e-10 });
  assert.ok(Math.abs(last[0] + 2) <= 1e-8, 'u* = a + β');
  // Away from 0 there is no kink but the walls.
  const far: Domain = [{ name: 'u', kind: 'interval', from: 1, to: 2 }];
  assert.is(flowOf(line(0, far), 3).kinks?.count, 6);
  assert.equal([...wholeRun(located, flowOf(line(0, far), 1), Float64Array.of(1.5), { end: 5 }).last], [1]);
});

spec('the proximal map clips after that of a separable V: the minimiser over the box', () => {
  const domain: Domain = [
    { name: 'w', kind: 'interval', from: -0.3, to: 0.8 },
    { name: 'a', kind: 'half-line', from: 0.1 },
  ];
  const r = random('prox', 'box');
  for (const penalty of [absWeight(0.6, 2), squared(0.6, 2), undefined]) {
    const flow = flowOf(
      {
        name: 'p',
        dim: 2,
        domain,
        feature: identity(2),
        loss: quadratic(Q, [], A).loss,
        initial: {},
        ...(penalty && { penalty }),
      },
      1,
    );
    for (let k = 0; k < 50; k++) {
      const [y, h] = [Float64Array.of(2 * r.normal(), r.normal()), r.uniform()];
      const p = new Float64Array(2);
      flow.split?.proxInto(y, h, p);
      const cost = (z: Vec) => (penalty?.value(z, 1) ?? 0) + ((z[0] - y[0]) ** 2 + (z[1] - y[1]) ** 2) / (2 * h);
      assert.is(flow.outside?.(p), null);
      for (let j = 0; j < 40; j++) {
        const z = Float64Array.of(-0.3 + 1.1 * r.uniform(), 0.1 + 2 * r.uniform());
        assert.ok(cost(p) <= cost(z) + 1e-12);
      }
    }
  }
});

spec('a start outside is refused by every method, and F is infinite there', () => {
  const flow = flowOf(driven(strip), 1);
  const start = Float64Array.of(0.5, 0);
  assert.is(flow.energy(start), Number.POSITIVE_INFINITY);
  for (const run of [
    () => wholeRun(located, flow, start, { end: 1 }),
    () => wholeRun(proximalEuler, flow, start, { end: 1, step: 0.1 }),
  ])
    assert.throws(run, /the start must lie in the domain: x must be ≤ 0.4, found 0.5/);
  assert.throws(() => wholeRun(located, flow, Float64Array.of(Number.NaN, 0), { end: 1 }), /found NaN/);
});

spec('at a wall the velocity is the part that points inwards, at particles and at any points', () => {
  const flow = flowOf(driven(strip), 2);
  const y = Float64Array.of(0, 2.7, 0.4, -3);
  const [force, velocity, field] = [new Float64Array(4), new Float64Array(4), new Float64Array(4)];
  flow.forceInto(y, y, 2, force);
  flow.velocityInto(y, velocity);
  flow.fieldInto(y, y, 2, field);
  // At the lower wall pushed in, at the upper one pushed out.
  assert.ok(force[0] > 0 && force[2] > 0);
  assert.equal([...velocity], [force[0], force[1], 0, force[3]]);
  assert.equal([...field], [...velocity]);
});

spec('the certificate asks the domain: one-sided for w ≥ 0, no excess where weights are capped', () => {
  const g = Float64Array.of(0.2, 0.5, 0.1);
  const base = deconvolution({ order: 1, lambda: 0.5, beta: 0.1, coefficients: g });
  const weight = (c: Coordinate): ComposedProblem => ({ ...base, domain: [{ name: 'weight', ...c }, base.domain[1]] });
  const of = (p: ComposedProblem, m = 4) =>
    certify(p, new Float64Array(2 * m), m, flowOf(p, m).energy(new Float64Array(2 * m)));
  assert.ok(of(base).excessAtLeast > 0);
  assert.is(of(weight({ kind: 'half-line', from: 0 })).excessAtLeast, of(base).excessAtLeast);
  for (const c of [
    { kind: 'interval', from: -1, to: 1 },
    { kind: 'half-line', to: 3 },
  ] as const)
    assert.equal([of(weight(c)).excessAtLeast, of(weight(c)).verdict], [0, 'unknown']);
});

spec('bounds: faults in words, folding keeps inside', () => {
  assert.match(boundsFault(1, 1) ?? '', /from must be < to, found from 1, to 1/);
  assert.match(boundsFault(Number.NaN, 1) ?? '', /must be a finite number, found NaN/);
  assert.is(boundsFault(0, 1), null);
  assert.is(wallsOf(strip).length, 2);
  const r = random('folded', 'x');
  for (let k = 0; k < 200; k++) {
    const x = folded(5 * r.normal(), [-0.3, 0.4]);
    assert.ok(x >= -0.3 && x <= 0.4);
    assert.ok(folded(5 * r.normal(), [2, Number.POSITIVE_INFINITY]) >= 2);
  }
  assert.ok(Math.abs(folded(0.5, [0, 0.4]) - 0.3) <= 1e-15 && Math.abs(folded(-0.1, [0, 0.4]) - 0.1) <= 1e-15);
});

spec.run();
