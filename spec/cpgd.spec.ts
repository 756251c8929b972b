/** Conic particle gradient descent and its flow against published figures (truth/cpgd-deconv2d.json). */
import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { observeTorus } from '../problems/data/torus-observation.js';
import { torusDeconvolution } from '../problems/index.js';
import type { CpgdOptions } from '../solvers/cpgd.js';
import { cpgd, dopri5, gd, inclusion } from '../solvers/index.js';
import { flowOf } from '../src/flow.js';
import { random } from '../src/math/random.js';
import { conicWeighted, projected, totalVariation } from '../src/measure/lifting.js';
import type { Atom, ComposedProblem, Flow, Vec } from '../src/types.js';
import { packageRoot } from './truth/reference.js';
import { energyDefect, wholeRun } from './whole-run.js';

const spec = suite('conic particle gradient descent');
const truth = JSON.parse(readFileSync(new URL('spec/truth/cpgd-deconv2d.json', packageRoot), 'utf8'));
const { order, step, iterates, r0 } = truth.problem;
const period = 2 * Math.PI;
const silent = random('cpgd', 'unused');
const MIRROR: CpgdOptions = { retraction: 'mirror' };

const row = ([weight, x, y]: readonly number[]) => [weight, Math.PI + x, Math.PI + y];
const about = ([weight, x, y]: readonly number[]): Atom => ({ weight, position: [Math.PI + x, Math.PI + y] });
const torus = { dimension: 2, order, period, lambda: 1 } as const;
const coefficients = observeTorus(truth.problem.spikes.map(row), torus, 0, silent);
const problem = (beta: number): ComposedProblem => torusDeconvolution({ ...torus, beta, coefficients, chart: 'conic' });

function start(p: ComposedProblem, m: number): Vec {
  if (m === 100) return p.initial.midpoints.draw(m, silent, r0);
  const places: readonly (readonly number[])[] = truth.problem.starts[m];
  return Float64Array.from(places.flatMap(([x, y]) => [r0, Math.PI + x, Math.PI + y]));
}

/** J at every iterate, the start first. */
function values(flow: Flow, y0: Vec, options: CpgdOptions, count: number, eta: number): { J: number[]; last: Vec } {
  const { segments, last } = wholeRun(cpgd.variant(options), flow, y0, { end: (count - 1) * eta, step: eta });
  return { J: [y0, ...segments.map(s => s.y1)].map(y => flow.energy(y)), last };
}

for (const { lambda, m, values: wanted } of truth.gap.cases)
  spec(`mirror on ${m} particles at λ = ${lambda} decays as published`, () => {
    const p = problem(lambda);
    const { J } = values(flowOf(p, m), start(p, m), MIRROR, iterates, step);
    assert.is(J.length, iterates);
    assert.ok(Math.abs(J[0] - truth.first[m] - lambda * truth.first.perLambda) <= 1e-10, `J_1 = ${J[0]}`);
    for (const [i, log] of wanted.entries()) {
      const got = Math.log10((J[truth.gap.k[i] - 1] - J[iterates - 1]) / (J[29] - J[iterates - 1]));
      assert.ok(Math.abs(got - log) <= truth.gap.tolerance, `k = ${truth.gap.k[i]}: ${got}, published ${log}`);
    }
  });

for (const { lambda, value, variation, spikes } of truth.minimum)
  spec(`the minimum and the minimiser at λ = ${lambda}`, () => {
    const p = problem(lambda);
    const { J, last } = values(flowOf(p, 3), start(p, 3), MIRROR, 2 * iterates, step);
    assert.ok(Math.abs((J.at(-1) as number) - value) <= 1e-12, `J* = ${J.at(-1)}`);
    const nu = projected(last, 3, conicWeighted);
    assert.ok(Math.abs(totalVariation(nu) - variation) <= 1e-8, `${totalVariation(nu)}`);
    for (const atom of spikes.map(about) as Atom[]) {
      const found = nu.find(a => Math.abs(a.weight - atom.weight) <= 1e-6);
      assert.ok(
        found?.position.every((x, j) => Math.abs(x - atom.position[j]) <= 1e-5),
        `${JSON.stringify(nu)}`,
      );
    }
  });

for (const { m, lambda, t, values: wanted } of truth.flow.cases)
  spec(`the flow in the cone metric from ${m} particles at λ = ${lambda}`, () => {
    const p = problem(lambda);
    const flow = flowOf(p, m);
    const run = wholeRun(inclusion(dopri5.stepper), flow, start(p, m), { end: 15, rtol: 1e-10, stops: t });
    for (const [i, time] of t.entries()) {
      const end = run.segments.find(s => s.t1 === time);
      assert.ok(end, `a step ends at t = ${time}`);
      assert.ok(Math.abs(flow.energy(end.y1) - wanted[i]) <= 1e-8, `J(${time}) = ${flow.energy(end.y1)}`);
    }
    assert.ok(energyDefect(flow, run) <= 1e-9, 'F falls by what the speed in the cone metric dissipates');
  });

for (const retraction of ['mirror', 'canonical'] as const)
  spec(`${retraction} stays behind the flow as recomputed elsewhere, to first order`, () => {
    const p = problem(1);
    const flow = flowOf(p, 4);
    const exact = flow.energy(wholeRun(dopri5, flow, start(p, 4), { end: 1, rtol: 1e-11 }).last);
    const lag = (eta: number) =>
      flow.energy(wholeRun(cpgd.variant({ retraction }), flow, start(p, 4), { end: 1, step: eta }).last) - exact;
    for (const [i, eta] of truth.lag.steps.entries()) {
      const wanted: number = truth.lag[retraction][i];
      assert.ok(Math.abs(lag(eta) - wanted) <= 0.005 * wanted, `α = ${eta}: ${lag(eta)}, wanted ${wanted}`);
    }
    const rate = Math.log2(lag(6.25e-4) / lag(3.125e-4));
    assert.ok(Math.abs(rate - 1) <= 0.05, `order ${rate}`);
  });

spec('on a fixed grid mirror and the method in the weights themselves follow the published curves', () => {
  const { k, step: eta, iterations, last, mirror, linear } = truth.fixedGrid;
  const one = observeTorus([row([1, 0, 0])], torus, 0, silent);
  const [conic, plain] = (['conic', 'linear'] as const).map(chart => {
    const p = torusDeconvolution({ ...torus, beta: 0, coefficients: one, chart });
    return { flow: flowOf(p, 100), y0: p.initial.midpoints.draw(100, silent, 2) };
  });
  const A = values(conic.flow, conic.y0, { retraction: 'mirror', positionRate: 0 }, iterations, eta).J;
  const B = values(plain.flow, plain.y0, { positionRate: 0 }, k.at(-1) + 1, eta).J;
  const end = A.at(-1) as number;
  assert.ok(Math.abs(end - last) <= 5e-10, `${end}`);
  for (const [i, j] of k.entries()) {
    assert.ok(Math.abs(Math.log10(A[j] - end) - mirror[i]) <= 0.003, `mirror, k = ${j}`);
    assert.ok(Math.abs(Math.log10(B[j] - end) - linear[i]) <= 0.003, `linear, k = ${j}`);
  }
});

spec('canonical is gradient descent in the metric of the flow; mirror keeps signs where it crosses', () => {
  const p = problem(4);
  const flow = flowOf(p, 4);
  const [a, b] = [cpgd, gd].map(s => wholeRun(s, flow, start(p, 4), { end: 0.1, step: 0.01 }).last);
  assert.equal([...a], [...b]);
  // Six times the weight there is: every g is large and positive.
  const heavy = start(p, 4).map((u, k) => (k % 3 === 0 ? 3 : u));
  const radii = (options: CpgdOptions) =>
    wholeRun(cpgd.variant(options), flow, heavy, { end: 0.1, step: 0.1 }).last.filter((_, k) => k % 3 === 0);
  assert.ok(radii({}).some(r => r < 0));
  assert.ok(radii(MIRROR).every(r => r > 0));
});

spec('mirror on a flow without the conic chart is refused', () => {
  const p = torusDeconvolution({ ...torus, beta: 1, coefficients });
  const steps = cpgd.variant(MIRROR).integrate(flowOf(p, 1), Float64Array.of(0.5, 0, 0), { end: 1, step: 0.1 });
  assert.throws(() => steps.next(), /needs a flow in the conic chart/);
});

spec.run();
