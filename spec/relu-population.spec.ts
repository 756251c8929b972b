/**
 * Population losses of Figure 2 of Chizat & Bach (2018), ReLU units in the plane: the end state of m = 5 read off the vector figure of the
 * poster, and the local minimum its valley leads to. ½E(f − f*)² under x ~ N(0, I₂), teacher (1/5) Σ sⱼ max(0, ūⱼ·x).
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { reluPopulation } from '../problems/index.js';
import { flowOf } from '../src/flow.js';

const population = suite('ReLU on the Gaussian population');

const polar = (degrees: number, length = 1) =>
  [Math.cos, Math.sin].map(f => length * f((degrees * Math.PI) / 180)) as [number, number];
const ANGLES = [-86.3067, -32.0506, 23.242, 53.0903, 141.1786];
const problem = reluPopulation({
  weights: [1, -1, -1, -1, -1].map(s => s / 5),
  directions: ANGLES.map(a => polar(a)),
});
/** Φ is 2-homogeneous: a unit of sign s at |w|θ = u is the particle [s, u]. */
const lossAt = (units: readonly (readonly [number, readonly [number, number]])[]): number =>
  flowOf(problem, units.length).energy(Float64Array.from(units.flatMap(([s, u]) => [s, ...u])));

population('the zero predictor', () => assert.is(lossAt([[0, [0, 0]]]).toFixed(7), '0.0785449'));

population('the end state of m = 5 in the figure', () => {
  const end = lossAt([
    [1, [0.01954, -0.34827]],
    [1, [0.08189, -0.6229]],
    [-1, [1.0435, -0.52241]],
    [-1, [1.3517, 1.11176]],
    [-1, [-0.77149, 0.72213]],
  ]);
  assert.is(end.toExponential(2), '7.87e-5');
});

population('the local minimum at the end of its valley', () => {
  const end = lossAt([
    [1, polar(-82.56, 0.8137)],
    [1, polar(-49.67, 0.7511)],
    [-1, polar(-32.24, 1.7438)],
    [-1, polar(36.54, 1.7151)],
    [-1, polar(132.07, 1.1018)],
  ]);
  assert.is(end.toExponential(4), '6.9707e-5');
});

population('the teacher itself', () =>
  assert.ok(Math.abs(lossAt(ANGLES.map((a, j) => [j === 0 ? 1 : -1, polar(a)] as const))) <= 1e-16),
);

population.run();
