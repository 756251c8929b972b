/** Proposition 3.1 in numbers: F′(μ) is the derivative of F, and where a valley is told from a minimum. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { lowRank, network, relu, reluPopulation, reluSignedSquare, sigmoid } from '../problems/index.js';
import { certify } from '../src/diagnostics/certificate.js';
import { firstVariations, optimality } from '../src/diagnostics/optimality.js';
import { flowOf } from '../src/flow.js';
import { random } from '../src/math/random.js';
import type { Problem } from '../src/types.js';
import { problemOf, reference, stateAt } from './truth/reference.js';

const spec = suite('optimality');
const polar = (degrees: number, length = 1) =>
  [Math.cos, Math.sin].map(f => length * f((degrees * Math.PI) / 180)) as [number, number];
const population = reluPopulation({
  weights: [1, -1, -1, -1, -1].map(s => s / 5),
  directions: [-86.3067, -32.0506, 23.242, 53.0903, 141.1786].map(a => polar(a)),
});
const draw = random('optimality', 'spec');
const data = {
  inputs: { rows: 7, columns: 2, values: Float64Array.from({ length: 14 }, () => draw.normal()) },
  targets: Float64Array.from({ length: 7 }, () => draw.normal()),
};
const problems: Readonly<Record<string, Problem>> = {
  'ReLU, V = β|u|²': network({ data, activation: relu, penalty: { kind: 'squared', beta: 0.1 } }),
  'ReLU, V = β|w||θ|': network({ data, activation: relu, penalty: { kind: 'abs-product', beta: 0.1 } }),
  'sigmoid, V = β|w|': network({ data, activation: sigmoid, penalty: { kind: 'abs-weight', beta: 0.1 } }),
  'signed squares': reluSignedSquare({ data, signs: [1], penalty: { kind: 'squared', beta: 0.1 } }),
  'low rank': lowRank(
    [
      [1, 0.5],
      [0.5, -1],
    ],
    { kind: 'squared', beta: 0.1 },
  ),
  'ReLU population': population,
};

for (const [name, problem] of Object.entries(problems))
  spec(`${name}: ∫F′(μ) dμ is the derivative of F(sμ) at s = 1`, () => {
    const m = 3;
    const y = Float64Array.from({ length: m * problem.dim }, () => draw.normal());
    const mean = firstVariations(problem, y, m).reduce((a, b) => a + b, 0) / m;
    const slope = derivative(problem, y, m, 5e-5);
    assert.ok(Math.abs(mean - slope) <= 1e-6 * (1 + Math.abs(slope)), `${mean} against ${slope}`);
  });

/** d/ds of R(s f) + s∫V at s = 1 by central differences. */
function derivative(problem: Problem, y: Float64Array, m: number, h: number): number {
  const { feature, loss, penalty, field, dim } = problem;
  const V = penalty ? penalty.value(y, m) / m : 0;
  const R = (s: number) => {
    if (!feature || !loss) {
      const scaled = y.map((x, k) => (k % dim === 0 ? s * x : x));
      return field?.energy(scaled, m) ?? Number.NaN;
    }
    const f = new Float64Array(feature.size);
    feature.sumInto(y, m, f);
    return loss.value(f.map(x => s * x));
  };
  return (R(1 + h) - R(1 - h)) / (2 * h) + V;
}

const stateOf = (units: readonly (readonly [number, readonly [number, number]])[]) =>
  Float64Array.from(units.flatMap(([s, u]) => [s, ...u]));
const valley = stateOf([
  [1, [0.01954, -0.34827]],
  [1, [0.08189, -0.6229]],
  [-1, [1.0435, -0.52241]],
  [-1, [1.3517, 1.11176]],
  [-1, [-0.77149, 0.72213]],
]);
const local = stateOf([
  [1, polar(-82.56, 0.8137)],
  [1, polar(-49.67, 0.7511)],
  [-1, polar(-32.24, 1.7438)],
  [-1, polar(36.54, 1.7151)],
  [-1, polar(132.07, 1.1018)],
]);

for (const [name, y, most] of [
  ['the valley of m = 5 in the figure', valley, 6.7e-4],
  ['the local minimum it leads to', local, undefined],
] as const)
  spec(`${name} is told from a minimum by one direction`, () => {
    const found = optimality(population, y, 5);
    assert.ok(found && !found.supremum.proof && found.supremum.value > 1e-4, `${found?.supremum.value}`);
    const { value, at } = found.supremum;
    if (most !== undefined) assert.ok(Math.abs(value - most) <= 0.05e-3, `${value}`);
    // A fine grid of directions meets nothing higher.
    const out = new Float64Array(3 * 7200);
    const points = Float64Array.from({ length: 3 * 7200 }, (_, k) =>
      k % 3 === 0 ? 1 : polar(Math.floor(k / 3) / 20)[(k % 3) - 1],
    );
    flowOf(population, 5).forceInto(y, points, 7200, out);
    const grid = out.reduce((top, v, k) => (k % 3 === 0 ? Math.max(top, Math.abs(v)) : top), 0);
    assert.ok(value >= grid * (1 - 1e-12) && value <= grid * (1 + 1e-4), `${value} against ${grid}`);
    assert.ok(Math.abs(Math.hypot(...at) - 1) <= 1e-14);
    const c = certify(population, y, 5, flowOf(population, 5).energy(y));
    assert.is(c.verdict, 'not-global');
    // A unit of mass a there lowers ½E(f − y)² by a·value − a²/4: at least value².
    assert.ok(value ** 2 <= c.excessAtLeast, `${value ** 2} against F − F* = ${c.excessAtLeast}`);
  });

spec('at the minimum F′ vanishes on the support and nowhere falls below zero; elsewhere it does', () => {
  const r = reference('deconv-weak-m10');
  const problem = problemOf(r);
  const end = optimality(problem, stateAt(r, r.times.length - 1), r.m);
  assert.ok(end?.supremum.proof && end.least >= -1e-4 && end.onSupport <= 1e-4, `${end?.least}, ${end?.onSupport}`);
  const stuck = reference('deconv-weak-m6');
  const six = optimality(problemOf(stuck), stateAt(stuck, stuck.times.length - 1), 6);
  assert.ok(six && six.least < -8 && six.onSupport <= 1e-4, `${six?.least}, ${six?.onSupport}`);
});

spec.run();
