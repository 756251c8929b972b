/** Steps that surely meet no kink are not searched for one, and what is not asked for is not computed: with the same bits. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { deconvolution } from '../problems/index.js';
import { dop853, dopri5, inclusion, rodas5p, tsit5 } from '../solvers/index.js';
import { flowOf } from '../src/flow.js';
import { random } from '../src/math/random.js';
import type { Flow, Solver, Stride, Vec } from '../src/types.js';
import { problemOf, reference, startOf } from './truth/reference.js';
import { wholeRun } from './whole-run.js';

const clear = suite('clear steps');

const searching = (flow: Flow): Flow => {
  if (!flow.kinks) throw new TypeError('a flow with kinks is wanted');
  const { isClear, ...kinks } = flow.kinks;
  assert.type(isClear, 'function');
  return { ...flow, kinks };
};

/** Two flows, one of them searched at every step: the same events at the same times, for fewer margins and no more velocities. */
function sameOf(solver: Solver, flow: Flow, y0: Vec, end: number, rtol: number): number {
  const [a, b] = [flow, searching(flow)].map(f => wholeRun(solver, f, y0, { end, rtol, maxSteps: 2000 }));
  assert.is(a.outcome.code, b.outcome.code);
  assert.equal(a.events, b.events);
  assert.equal(
    a.segments.map(s => [s.t1, ...s.y1]),
    b.segments.map(s => [s.t1, ...s.y1]),
  );
  assert.ok(a.outcome.stats.velocityEvaluations <= b.outcome.stats.velocityEvaluations);
  assert.ok(a.outcome.stats.marginEvaluations < b.outcome.stats.marginEvaluations);
  return a.events.length;
}

const METHODS: readonly Solver[] = [inclusion(dopri5.stepper), inclusion(dop853.stepper), rodas5p];
for (const name of ['deconv-cross-m12', 'deconv-weak-m10', 'sigmoid-m12'])
  clear(`${name}: what is not searched holds no event`, () => {
    const r = reference(name);
    const end = Math.min(r.times[r.times.length - 1], 0.5);
    for (const solver of METHODS)
      for (const rtol of [1e-4, 1e-7]) sameOf(solver, flowOf(problemOf(r), r.m), startOf(r), end, rtol);
  });

clear('starts at random, at loose tolerances', () => {
  let events = 0;
  for (let seed = 0; seed < 30; seed++) {
    const chance = random('clear', String(seed));
    const [order, m] = [1 + Math.floor(3 * chance.uniform()), 3 + Math.floor(8 * chance.uniform())];
    const coefficients = Float64Array.from({ length: 2 * order + 1 }, chance.normal);
    const problem = deconvolution({ order, lambda: 0.1, beta: 10 ** (-2 + 1.5 * chance.uniform()), coefficients });
    const y0 = Float64Array.from({ length: 2 * m }, (_, i) => (i % 2 === 1 ? chance.uniform() : 0.2 * chance.normal()));
    for (const solver of [inclusion(tsit5.stepper), rodas5p])
      events += sameOf(solver, flowOf(problem, m), y0, 0.3, 1e-3);
  }
  assert.ok(events > 50, `${events} events`);
});

/** One weight on its way from `from` to `to` with these slopes, in a step of length 1. */
function moves(from: number, slope0: number, to: number, slope1: number): boolean | undefined {
  const { kinks } = flowOf(deconvolution({ order: 1, lambda: 1, beta: 1, coefficients: new Float64Array(3) }), 1);
  const step: Stride = {
    ...{ h: 1, gap: 0.5, branch: Int8Array.of(1), margins0: Float64Array.of(from), margins1: Float64Array.of(to) },
    ...{ v0: Float64Array.of(slope0, 0), v1: () => Float64Array.of(slope1, 0) },
  };
  kinks?.begin?.();
  return kinks?.isClear?.(step);
}

clear('a weight that dips below 0 and comes back is looked at, one that leaves 0 or comes near it is not', () => {
  // (θ − ½)² − 0.01 has its roots inside, and the same values and slopes at both ends.
  assert.is(moves(0.24, -1, 0.24, 1), false);
  assert.is(moves(1e-9, 1, 1, 1), true);
  assert.is(moves(1, -1, 1e-9, -1), true);
  assert.is(moves(1, 0, 1, 0), true);
  assert.is(moves(0, 1, 1, 1), false);
  assert.is(moves(1, 0, -1e-9, 0), false);
  assert.is(moves(1, Number.NaN, 1, 0), false);
  assert.is(moves(1, 0, 1, Number.NaN), false);
});

clear('a particle at rest is looked at where its pull came near the threshold at a stage', () => {
  const order = 1;
  const problem = deconvolution({ order, lambda: 1, beta: 1, coefficients: Float64Array.of(0.5, 0, 0) });
  const flow = flowOf(problem, 1);
  const { kinks } = flow;
  const [b, out] = [Int8Array.of(0), new Float64Array(2)];
  const margins = Float64Array.of(0.5);
  const still = new Float64Array(2);
  const step: Stride = { h: 1, gap: 0.5, branch: b, margins0: margins, margins1: margins, v0: still, v1: () => still };
  kinks?.begin?.();
  assert.is(kinks?.isClear?.(step), true);
  // The pull on a particle of weight w is 0.5 − w here, were it moved while it rests.
  flow.velocityInto(Float64Array.of(-0.45, 0), out, b);
  assert.is(kinks?.isClear?.(step), false);
  kinks?.begin?.();
  assert.is(kinks?.isClear?.(step), true);
});

clear('a margin at rest that falls to a twentieth is looked at where stages lie far apart', () => {
  const problem = deconvolution({ order: 1, lambda: 1, beta: 1, coefficients: Float64Array.of(0.5, 0, 0) });
  const { kinks } = flowOf(problem, 1);
  const still = new Float64Array(2);
  const [margins0, margins1] = [Float64Array.of(1), Float64Array.of(0.05)];
  const falls = (gap: number, from = margins0, to = margins1) => {
    kinks?.begin?.();
    return kinks?.isClear?.({
      h: 1,
      gap,
      branch: Int8Array.of(0),
      margins0: from,
      margins1: to,
      v0: still,
      v1: () => still,
    });
  };
  assert.equal([falls(0.25), falls(0.6)], [true, false]);
  assert.equal([falls(0.25, margins1, margins0), falls(0.25, margins0, Float64Array.of(0))], [true, false]);
  // The abscissae of the methods (Hairer, Nørsett & Wanner I (1993), II.5, tables 5.2 and 5.4).
  for (const [{ gap }, wanted] of [
    [dopri5.stepper, 0.5],
    [dop853.stepper, 0.6 - 1 / 3],
  ] as const)
    assert.ok(Math.abs((gap ?? Number.NaN) - wanted) < 1e-12, `${gap} for ${wanted}`);
});

clear('dop853 pays for its extension where it is asked for', () => {
  const r = reference('quadratic-m5');
  const flow = flowOf(problemOf(r), r.m);
  const evaluations = (reuse: boolean, look: boolean) => {
    const at = new Float64Array(flow.size);
    const { outcome } = wholeRun(dop853, flow, startOf(r), { end: 1, rtol: 1e-9, reuse }, undefined, s => {
      if (look) s.at((s.t0 + s.t1) / 2, at);
    });
    const { steps, rejected, velocityEvaluations } = outcome.stats;
    assert.ok(steps > 3);
    return velocityEvaluations - 2 - 12 * (steps + rejected) - (look || !reuse ? 3 * steps : 0);
  };
  assert.equal([evaluations(true, false), evaluations(true, true), evaluations(false, false)], [0, 0, 0]);
});

clear.run();
