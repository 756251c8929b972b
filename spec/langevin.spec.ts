/** Noisy particles on the closed form of unit_checks.json: Φ(u) = u, R = (f−a)²/2, V = bu²/2, an Ornstein–Uhlenbeck process. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { langevin } from '../solvers/index.js';
import { entropy } from '../src/diagnostics/entropy.js';
import { random } from '../src/math/random.js';
import { dot } from '../src/math/vec.js';
import type { Domain, Flow, Vec } from '../src/types.js';
import { unitChecks } from './truth/reference.js';
import { at, wholeRun } from './whole-run.js';

const noisy = suite('langevin');

const { a, b, tau, m, mu0, s, times, EF, free_energy } = unitChecks().langevin_ou;

const mean = (y: ArrayLike<number>): number => Array.from(y).reduce((x, u) => x + u, 0) / y.length;
/** Everything explicit: V is in the smooth part. */
function smoothInto(y: Vec, out: Vec): void {
  const f = mean(y);
  for (let i = 0; i < y.length; i++) out[i] = a - f - b * y[i];
}
const flow: Flow = {
  size: m,
  particles: m,
  dim: 1,
  velocityInto: smoothInto,
  energy: y => (mean(y) - a) ** 2 / 2 + (b / 2) * mean(y.map(u => u * u)),
  split: { smoothInto, proxInto: (y, _h, out) => out.set(y) },
  forceInto() {},
  fieldInto() {},
};

/** E F at t over many starts and noises. */
function expected(step: number, t: number, runs: number): number {
  let sum = 0;
  for (let k = 0; k < runs; k++) {
    const start = random(`${k}`, 'init');
    const y0 = Float64Array.from({ length: m }, () => mu0 + s * start.normal());
    const { last } = wholeRun(langevin.variant({ temperature: tau, seed: `${k}` }), flow, y0, { end: t, step });
    sum += flow.energy(last);
  }
  return sum / runs;
}

noisy('the energy of the particles has the expectation of the closed form, with an error of order η', () => {
  const t = 0.5;
  const truth = EF[times.indexOf(t)];
  const errors = [0.1, 0.05, 0.025].map(step => expected(step, t, 1500) - truth);
  for (const [k, e] of errors.slice(1).entries()) {
    const slope = Math.log2(Math.abs(errors[k] / e));
    assert.ok(Math.abs(slope - 1) <= 0.25, `slope ${slope}: ${errors}`);
  }
});

noisy('without temperature it is the proximal gradient step; with it the same seed gives the same path', () => {
  const y0 = Float64Array.from({ length: m }, (_, i) => i / m);
  const run = (temperature: number, seed: string) =>
    wholeRun(langevin.variant({ temperature, seed }), flow, y0, { end: 1, step: 0.1 }).last;
  const v = new Float64Array(m);
  const y = y0.slice();
  for (let k = 0; k < 10; k++) {
    smoothInto(y, v);
    for (let i = 0; i < m; i++) y[i] += 0.1 * v[i];
  }
  assert.equal(run(0, 'x'), y);
  assert.equal(run(0.1, 'x'), run(0.1, 'x'));
  assert.not.equal(run(0.1, 'x'), run(0.1, 'y'));
});

/** Rows of an orthonormal basis: the first the mean times √m, the others Helmert's contrasts. */
const contrast = (j: number): Vec =>
  Float64Array.from({ length: m }, (_, i) => {
    if (j === 0) return 1 / Math.sqrt(m);
    return i < j ? 1 / Math.sqrt(j * (j + 1)) : i === j ? -j / Math.sqrt(j * (j + 1)) : 0;
  });

/** Contrasts that stand for all m − 1 of them, whose laws are one and the same. */
const SEEN = 4;
const line: Domain = [{ name: 'u', kind: 'line' }];

/** E F + (τ/m) ∫ρ log ρ over clouds of one time, ρ the joint law of m particles: its contrasts are independent. */
function freeEnergy(clouds: readonly Vec[]): Record<'energy' | 'value' | 'error' | 'ofEntropy', number> {
  const n = clouds.length;
  const along = (j: number) => {
    const c = contrast(j);
    return clouds.map(y => dot(c, y));
  };
  const ofMean = entropy(Float64Array.from(along(0)), n, line);
  const around = Float64Array.from(Array.from({ length: SEEN }, (_, j) => along(j + 1)).flat());
  const ofContrast = entropy(around, SEEN * n, line);
  const F = clouds.map(y => flow.energy(y));
  const energy = mean(F);
  const spread = Math.sqrt(mean(F.map(x => (x - energy) ** 2)) / n);
  const ofEntropy = (tau / m) * Math.hypot(ofMean.standardError, (m - 1) * ofContrast.standardError);
  return {
    energy,
    ofEntropy,
    value: energy - (tau / m) * (ofMean.value + (m - 1) * ofContrast.value),
    error: Math.hypot(spread, ofEntropy),
  };
}

noisy('over an ensemble the free energy is that of the closed form and never rises beyond sampling error', () => {
  const step = 0.01;
  const seeds = Array.from({ length: 1000 }, (_, k) => `free ${k}`);
  const paths = seeds.map(seed => {
    const start = random(seed, 'init');
    const y0 = Float64Array.from({ length: m }, () => mu0 + s * start.normal());
    const end = times[times.length - 1];
    const run = wholeRun(langevin.variant({ temperature: tau, seed }), flow, y0, { end, step });
    return times.map(t => (t === 0 ? y0 : at(run, t).y));
  });
  const along = times.map((_, k) => freeEnergy(paths.map(path => path[k])));
  for (const [k, { energy, value, error, ofEntropy }] of along.entries()) {
    // Steps of length η err by about η/2.
    const ofSteps = times[k] === 0 ? 0 : step / 2;
    const allowed = 4 * error + ofSteps;
    // At its minimum the free energy does not feel the spread of the cloud to first order: each part of it does.
    const apart = value - energy - (free_energy[k] - EF[k]);
    assert.ok(Math.abs(apart) <= 4 * ofEntropy + ofSteps, `t = ${times[k]}: entropy off by ${apart}`);
    assert.ok(
      Math.abs(value - free_energy[k]) <= allowed,
      `t = ${times[k]}: ${value} ± ${error}, not ${free_energy[k]}`,
    );
    assert.ok(Math.abs(energy - EF[k]) <= allowed, `t = ${times[k]}: E F = ${energy}, not ${EF[k]}`);
    if (k > 0) assert.ok(value - along[k - 1].value <= 3 * Math.hypot(error, along[k - 1].error), `t = ${times[k]}`);
  }
});

noisy.run();
