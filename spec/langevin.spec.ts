/** Noisy particles on the closed form of unit_checks.json: Φ(u) = u, R = (f−a)²/2, V = bu²/2, an Ornstein–Uhlenbeck process. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { langevin } from '../solvers/index.js';
import { random } from '../src/math/random.js';
import type { Flow, Vec } from '../src/types.js';
import { unitChecks } from './truth/reference.js';
import { wholeRun } from './whole-run.js';

const noisy = suite('langevin');

const { a, b, tau, m, mu0, s, times, EF } = unitChecks().langevin_ou;

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

noisy.run();
