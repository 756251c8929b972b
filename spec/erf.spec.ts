/** The error function, and the population risk of erf-sigmoid units against quadrature, Monte Carlo and the limits of its kernel. */
import { erf as another } from 'mathjs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { erfGaussian, erfPopulation } from '../problems/index.js';
import { flowOf } from '../src/flow.js';
import { erf } from '../src/math/erf.js';
import { random } from '../src/math/random.js';

const errors = suite('erf');

errors('agrees with the rational approximations of Cody (1969) and with values to 16 digits', () => {
  for (let z = -7; z <= 7; z += 0.0137)
    assert.ok(Math.abs(erf(z) - another(z)) <= 4e-16 + 4e-16 * Math.abs(erf(z)), `${z}: ${erf(z)}, ${another(z)}`);
  // Abramowitz & Stegun, table 7.1, continued by 40-digit arithmetic.
  for (const [z, value] of [
    [0.5, 0.5204998778130465],
    [1, 0.8427007929497149],
    [2, 0.9953222650189527],
    [3, 0.9999779095030014],
  ])
    assert.ok(Math.abs(erf(z) - value) <= 2.3e-16, `${z}: ${erf(z)}`);
});

errors('is odd, keeps its digits near 0, saturates, and passes NaN on', () => {
  for (const z of [1e-300, 1e-8, 0.3, 2.4999, 2.5, 9]) assert.is(erf(-z), -erf(z));
  assert.ok(Math.abs(erf(1e-8) / 1.1283791670955126e-8 - 1) <= 4e-16);
  assert.equal([erf(0), erf(40), erf(Number.POSITIVE_INFINITY), erf(Number.NEGATIVE_INFINITY)], [0, 1, 1, -1]);
  assert.ok(Number.isNaN(erf(Number.NaN)));
});

type Rows = readonly (readonly number[])[];
const dot = (a: readonly number[], b: readonly number[]) => a.reduce((s, x, j) => s + x * b[j], 0);
const network = (units: Rows, m: number) => (x: readonly number[]) =>
  units.reduce((s, [w, ...theta]) => s + w * erf(dot(theta, x)), 0) / m;

const teacher = {
  weights: [1, -0.7],
  directions: [
    [0.8, 0.3],
    [-0.2, 1.1],
  ],
};
const target = network(
  teacher.weights.map((c, j) => [c, ...teacher.directions[j]]),
  1,
);
const units: Rows = [
  [0.6, 1.4, -0.3],
  [-1.2, 0.2, 0.9],
  [0.5, -0.7, -2],
];
const energyOf = (rows: Rows) => flowOf(erfPopulation(teacher), rows.length).energy(Float64Array.from(rows.flat()));

errors('the risk is that of a trapezoid rule over the plane, which converges geometrically', () => {
  const student = network(units, units.length);
  const [h, reach] = [0.05, 9];
  let sum = 0;
  for (let a = -reach; a <= reach; a += h)
    for (let b = -reach; b <= reach; b += h)
      sum += ((student([a, b]) - target([a, b])) ** 2 / 2) * Math.exp(-(a * a + b * b) / 2);
  const risk = (sum * h * h) / (2 * Math.PI);
  assert.ok(Math.abs(energyOf(units) - risk) <= 1e-12, `${energyOf(units)} against ${risk}`);
});

errors('the risk in 20 dimensions lies within five standard errors of Monte Carlo', () => {
  const chance = random('erf', 'points');
  const normals = (n: number, scale: number) => Array.from({ length: n }, () => scale * chance.normal());
  const d = 20;
  const directions = Array.from({ length: 3 }, () => normals(d, 0.3));
  const rows = Array.from({ length: 4 }, () => normals(1 + d, 0.4));
  const taught = { weights: [1, -1, 0.5], directions };
  const exact = flowOf(erfPopulation(taught), 4).energy(Float64Array.from(rows.flat()));
  const truth = network(
    directions.map((b, j) => [taught.weights[j], ...b]),
    1,
  );
  const student = network(rows, 4);
  const draws = Array.from({ length: 20_000 }, () => {
    const x = normals(d, 1);
    return (student(x) - truth(x)) ** 2 / 2;
  });
  const mean = draws.reduce((s, v) => s + v, 0) / draws.length;
  const error = Math.sqrt(draws.reduce((s, v) => s + (v - mean) ** 2, 0)) / draws.length;
  assert.ok(Math.abs(mean - exact) <= 5 * error, `${exact} against ${mean} ± ${error}`);
});

errors('the teacher itself has no risk, and far directions the limit 1 − 2∠/π of sign units', () => {
  assert.ok(Math.abs(energyOf(teacher.weights.map((c, j) => [2 * c, ...teacher.directions[j]]))) <= 1e-16);
  const angle = 0.9;
  const R = 1e6;
  const one = { weights: [1], directions: [[R, 0]] };
  const energy = flowOf(erfPopulation(one), 1).energy(Float64Array.of(1, R * Math.cos(angle), R * Math.sin(angle)));
  // ½E(s₁ − s₂)² = 1 − E s₁s₂ = 2∠/π; the overlap of a unit with itself is short of 1 by 2/(πR).
  assert.ok(Math.abs(energy - (2 * angle - 2 / R) / Math.PI) <= 1e-10, `${energy}`);
  assert.is(erfGaussian(one).name, 'erf-gaussian');
});

errors.run();
