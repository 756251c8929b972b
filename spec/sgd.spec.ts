/** Stochastic gradients: unbiased, reproducible from any checkpoint, at a distance √η from the flow. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { network, reluSignedSquare, sigmoid, sigmoidNetworkKind, tanh } from '../problems/index.js';
import { dopri5, gd, proximalEuler, proximalSgd, sgd } from '../solvers/index.js';
import { flowOf } from '../src/flow.js';
import { random } from '../src/math/random.js';
import { maxAbs, scaledDistance } from '../src/math/vec.js';
import type { StochasticOptions } from '../src/stochastic.js';
import { collect } from '../src/trajectory.js';
import type { Checkpoint, Flow, Problem, SolveOptions, Solver, Vec } from '../src/types.js';
import { onTheLine } from './problems-of-ones-own.js';
import { problemOf, reference, startOf } from './truth/reference.js';
import { type WholeRun, wholeRun } from './whole-run.js';

const stochastic = suite('stochastic gradients');

const [N, D, M] = [16, 2, 4];
const chance = random('sgd', 'data');
const inputs = { rows: N, columns: D, values: Float64Array.from({ length: N * D }, () => 2 * chance.normal()) };
const targets = Float64Array.from({ length: N }, (_, k) => 3 * sigmoid.value(inputs.values[2 * k]) - 1);
const labels = targets.map(t => (t > 0 ? 1 : -1));
const penalty = { kind: 'abs-weight', beta: 0.05 } as const;
const small = network({ data: { inputs, targets }, activation: sigmoid });
const problems: Readonly<Record<string, Problem>> = {
  sigmoid: small,
  'tanh, logistic, penalised': network({
    data: { inputs, targets: labels },
    activation: tanh,
    bias: true,
    loss: { kind: 'logistic' },
    penalty,
  }),
  'signed square': reluSignedSquare({ data: { inputs, targets }, penalty: { kind: 'squared', beta: 0.1 } }),
};
const start = ({ initial }: Problem, m = M): Vec => Object.values(initial)[0].draw(m, random('sgd', 'init'), 1);
const filled = (n: number, into: (out: Vec) => void): Vec => {
  const out = new Float64Array(n);
  into(out);
  return out;
};

for (const [name, problem] of Object.entries(problems)) {
  const flow = flowOf(problem, M);
  const y = start(problem);

  stochastic(`${name}: the mean over all rows of the gradients of single rows is the gradient`, () => {
    const mean = new Float64Array(flow.size);
    for (let k = 0; k < N; k++) {
      const one = filled(flow.size, out => flow.batch?.smoothInto(y, flow.batch.pick?.([k]) as never, out));
      for (let j = 0; j < mean.length; j++) mean[j] += one[j] / N;
    }
    const whole = filled(flow.size, out => flow.split?.smoothInto(y, out));
    assert.ok(maxAbs(mean.map((x, j) => x - whole[j])) <= 1e-14 * (1 + maxAbs(whole)));
  });

  stochastic(`${name}: a batch of every row is a step of gradient descent, with V and with its proximal map`, () => {
    const o = { end: 0.1, step: 0.1 };
    for (const [noisy, plain] of [
      [sgd, gd],
      [proximalSgd, proximalEuler],
    ] as const) {
      const one = wholeRun(noisy.variant({ batch: N, replacement: false }), flow, y, o).last;
      const other = wholeRun(plain, flow, y, o).last;
      assert.ok(maxAbs(one.map((x, k) => x - other[k])) <= 1e-14, plain.name);
    }
  });
}

/** A flow of one number with N rows of pull k, and the rows each batch held. */
function counting(): { flow: Flow; batches: number[][] } {
  const batches: number[][] = [];
  const rows = (list: ArrayLike<number>) => list as never;
  const pull = (_: Vec, batch: unknown, out: Vec) => {
    const held = Array.from(batch as ArrayLike<number>);
    batches.push(held);
    out[0] = held.reduce((s, k) => s + k, 0) / held.length;
  };
  const batch = {
    rows: N,
    draw: (r: { uniform(): number }, size: number) =>
      rows(Array.from({ length: size }, () => Math.floor(N * r.uniform()))),
    pick: (list: ArrayLike<number>) => rows(Array.from(list)),
    velocityInto: pull,
    smoothInto: pull,
  };
  return { flow: onTheLine(() => 0, { batch }), batches };
}
const onLine = (o: StochasticOptions, steps: number, flow: Flow) =>
  wholeRun(sgd.variant(o), flow, Float64Array.of(0), { end: 1e9, step: 1, maxSteps: steps });

stochastic(
  'without replacement every epoch holds each row once, in another order; the last batch takes what is left',
  () => {
    const { flow, batches } = counting();
    onLine({ batch: 5, replacement: false }, 8, flow);
    assert.equal(
      batches.map(b => b.length),
      [5, 5, 5, 1, 5, 5, 5, 1],
    );
    const epochs = [batches.slice(0, 4).flat(), batches.slice(4).flat()];
    for (const e of epochs)
      assert.equal(
        [...e].sort((a, b) => a - b),
        [...Array(N).keys()],
      );
    assert.not.equal(epochs[0], epochs[1]);
  },
);

stochastic('with replacement rows are uniform', () => {
  const { flow, batches } = counting();
  onLine({ batch: 50 }, 200, flow);
  const counts = Array.from({ length: N }, (_, k) => batches.flat().filter(b => b === k).length);
  const expected = 1e4 / N;
  const chi2 = counts.reduce((s, c) => s + (c - expected) ** 2 / expected, 0);
  // χ² with 15 degrees of freedom is above 44.3 once in ten thousand.
  assert.ok(chi2 < 44.3, `χ² = ${chi2}`);
});

stochastic('steps shrink as asked, and time is their sum', () => {
  const decay = { power: 0.7, after: 3 };
  const { segments } = onLine({ decay }, 40, counting().flow);
  let t = 0;
  for (const [k, s] of segments.entries()) {
    const step = (1 + k / 3) ** -0.7;
    assert.is(s.t0, t);
    t += step;
    assert.is(s.t1, t);
    // The pull is a whole number: u moves by step times it.
    const rate = (s.y1[0] - s.y0[0]) / step;
    assert.ok(Math.abs(rate - Math.round(rate)) < 1e-9);
  }
});

stochastic('averages are the means of the iterates from the time asked for', () => {
  const plain = onLine({}, 30, counting().flow).segments.map(s => s.y1[0]);
  for (const [averageFrom, first] of [
    [0, 0],
    [11, 10],
  ]) {
    const { segments } = onLine({ averageFrom }, 30, counting().flow);
    for (const [k, s] of segments.entries()) {
      const kept = plain.slice(Math.min(first, k), k + 1);
      const mean = kept.reduce((a, b) => a + b, 0) / kept.length;
      assert.ok(Math.abs(s.y1[0] - mean) <= 1e-12 * (1 + Math.abs(mean)), `${averageFrom}: step ${k}`);
    }
  }
});

stochastic('proximal SGD rests exactly at w = 0 where the gradient descent of V = β|w| chatters around it', () => {
  const problem = network({ data: { inputs, targets }, activation: sigmoid, penalty: { kind: 'abs-weight', beta: 1 } });
  const resting = (solver: Solver) => {
    const { last } = wholeRun(solver, flowOf(problem, M), start(problem), { end: 20, step: 0.05 });
    return [...Array(M).keys()].filter(i => last[i * (1 + D)] === 0).length;
  };
  assert.is(resting(proximalSgd.variant({ batch: 4 })), M);
});

/** sup over the iterates of |u_k − u(t_k)|_m. */
function farthest(solver: Solver, flow: Flow, y0: Vec, o: SolveOptions, exact: ReturnType<typeof collect>): number {
  const here = new Float64Array(flow.size);
  let [far, j] = [0, 0];
  for (const s of solver.integrate(flow, y0, o)) {
    while (exact.segments[j].t1 < s.t1) j++;
    far = Math.max(far, scaledDistance(exact.segments[j].at(s.t1, here), s.y1, flow.particles));
  }
  return far;
}

/** Least squares of log against log. */
function slope(x: readonly number[], y: readonly number[]): number {
  const [a, b] = [x.map(Math.log), y.map(Math.log)];
  const mean = (v: number[]) => v.reduce((s, z) => s + z, 0) / v.length;
  const [ma, mb] = [mean(a), mean(b)];
  return a.reduce((s, z, i) => s + (z - ma) * (b[i] - mb), 0) / a.reduce((s, z) => s + (z - ma) ** 2, 0);
}

stochastic(
  'the distance to the flow, batch 1, rms of 64 seeds, shrinks like η^0.5; that of gradient descent like η',
  () => {
    const flow = flowOf(small, M);
    const y0 = start(small);
    const end = 2;
    const exact = collect(dopri5.integrate(flow, y0, { end: 1.1 * end, rtol: 1e-9 }));
    const etas = [64, 128, 256, 512, 1024].map(n => 1 / n);
    const rms = etas.map(step => {
      const far = Array.from({ length: 64 }, (_, k) =>
        farthest(sgd.variant({ seed: `seed-${k}` }), flow, y0, { end, step }, exact),
      );
      return Math.sqrt(far.reduce((s, d) => s + d * d, 0) / far.length);
    });
    // Over other sets of 64 seeds the slope scatters by 0.03.
    assert.ok(Math.abs(slope(etas, rms) - 0.5) <= 0.1, `${slope(etas, rms)}: ${rms}`);
    const plain = etas.map(step => farthest(gd, flow, y0, { end, step }, exact));
    assert.ok(Math.abs(slope(etas, plain) - 1) <= 0.05, `${slope(etas, plain)}: ${plain}`);
  },
);

const context = { read: () => '', seed: 'resume' };
const refuse = (f: unknown): never => {
  throw new Error(JSON.stringify(f));
};
const streamed = (dimension: number): Problem =>
  sigmoidNetworkKind.build(
    {
      kind: 'sigmoid-network',
      population: { inputs: 'gaussian', dimension, teacher: { units: 3 }, noise: 0.1, evaluation: { size: 50 } },
    },
    context,
    refuse,
  ).problem;

/** Everything a segment says, as bits. */
const bits = ({ segments }: Pick<WholeRun, 'segments'>) =>
  segments.map(s =>
    new BigUint64Array(Float64Array.of(s.t0, s.t1, ...s.y0, ...s.y1, ...s.v1, s.dissipation1).buffer).join(),
  );

const averaged = { decay: { power: 0.6, after: 10 }, averageFrom: 0.9 };
const resumed: readonly [string, Problem, Solver][] = [
  ['a stream, d = 100', streamed(100), sgd.variant({ batch: 7 })],
  // An odd count of normals a step leaves half of a Box–Muller pair behind.
  ['a stream, d = 100, averaged', streamed(100), sgd.variant({ batch: 3, ...averaged })],
  ['a stream, d = 10', streamed(10), proximalSgd.variant({ batch: 1, ...averaged })],
  ['a table, epochs', small, sgd.variant({ batch: 5, replacement: false, ...averaged })],
];

for (const [name, problem, solver] of resumed)
  stochastic(`${solver.name} on ${name}, resumed at 25 random points: same bits`, () => {
    const m = 5;
    const options = { end: 3, step: 0.05 };
    const checkpoints: string[] = [];
    const y0 = start(problem, m);
    const whole = wholeRun(solver, flowOf(problem, m), y0, options, undefined, s =>
      checkpoints.push(JSON.stringify(s.checkpoint())),
    );
    assert.is(whole.outcome.code, 'end');
    const wanted = bits(whole);
    const spares = checkpoints.map(c => JSON.parse(c).state.memory.random.spare !== null);
    if (problem !== small) assert.ok(spares.includes(true) && spares.includes(false), 'spares of both kinds are met');
    const places = random('resume', 'places');
    const chosen = new Set([0, whole.segments.length - 2]);
    while (chosen.size < 25) chosen.add(Math.floor(places.uniform() * (whole.segments.length - 1)));
    for (const k of chosen) {
      const from = JSON.parse(checkpoints[k]) as Checkpoint;
      const rest = wholeRun(
        solver,
        flowOf(problem, m),
        y0.map(() => 7),
        options,
        from,
      );
      assert.equal(bits(rest), wanted.slice(k + 1), `after ${k}`);
      assert.equal(rest.outcome, whole.outcome);
    }
  });

stochastic('the seed decides the batches, and nothing else does', () => {
  const flow = flowOf(small, M);
  const run = (seed: string) => [...wholeRun(sgd.variant({ seed }), flow, start(small), { end: 1, step: 0.1 }).last];
  assert.equal(run('a'), run('a'));
  assert.not.equal(run('a'), run('b'));
});

stochastic('what cannot be drawn is refused', () => {
  const flow = flowOf(small, M);
  for (const batch of [0, -1, 1.5, Number.NaN]) assert.throws(() => sgd.variant({ batch }), /whole number ≥ 1, got/);
  const ended = (solver: Solver, on: Flow, y0 = start(small)) =>
    wholeRun(solver, on, y0, { end: 1, step: 0.1 }).outcome;
  const large = ended(sgd.variant({ batch: N + 1, replacement: false }), flow);
  assert.is(large.code, 'missing-capability');
  assert.match(large.message, /a batch of 17 without replacement wants as many rows, found 16/);
  const r = reference('deconv-weak-m6');
  const none = ended(sgd, flowOf(problemOf(r), r.m), startOf(r));
  assert.is(none.code, 'missing-capability');
  assert.match(none.message, /R is no mean over a sample/);
});

stochastic.run();
