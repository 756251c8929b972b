/** Entropy by nearest neighbours against laws that have one in closed form, and the free energy of noisy particles. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { entropy } from '../src/diagnostics/entropy.js';
import { override, parseExperiment, setting } from '../src/experiment-file.js';
import { random } from '../src/math/random.js';
import { reportHtml } from '../src/report/html.js';
import { toJson } from '../src/report/json.js';
import { runText } from '../src/report/text.js';
import { resolveExperiment } from '../src/resolve.js';
import { type RunState, runExperiment } from '../src/run.js';
import { studyFrom } from '../src/stored.js';
import type { Domain, Vec } from '../src/types.js';
import { unitChecks } from './truth/reference.js';

const free = suite('entropy and free energy');

const line = (n: number): Domain => Array.from({ length: n }, (_, k) => ({ name: `u${k}`, kind: 'line' }));
const circle: Domain = [
  { name: 'w', kind: 'line' },
  { name: 't', kind: 'period', period: 1 },
];
const sample = (n: number, seed: string, of: (chance: ReturnType<typeof random>, k: number) => number): Vec => {
  const chance = random(seed, 'cloud');
  return Float64Array.from({ length: n }, (_, k) => of(chance, k));
};
/** Of N(0, s² I) in d dimensions. */
const normal = (d: number, variance: number): number => (d / 2) * Math.log(2 * Math.PI * Math.E * variance);

free('the estimate is that of normal and uniform laws, on the line, in space, and around a circle', () => {
  const m = 3000;
  for (const d of [1, 2, 3]) {
    const { value, standardError } = entropy(
      sample(m * d, `normal ${d}`, c => 0.3 * c.normal()),
      m,
      line(d),
    );
    assert.ok(Math.abs(value - normal(d, 0.09)) <= 4 * standardError, `${d}: ${value} ± ${standardError}`);
    assert.ok(standardError > 0.005 && standardError < 0.05);
  }
  // The circle has no edge: without closing it the estimate would be too large by some standard errors.
  const y = sample(2 * m, 'strip', (c, k) => (k % 2 === 0 ? 0.1 * c.normal() : c.uniform()));
  const { value, standardError } = entropy(y, m, circle);
  assert.ok(Math.abs(value - normal(1, 0.01)) <= 4 * standardError, `${value} ± ${standardError}`);
});

free('doubling lengths adds d·log 2, and where a circle is cut does not matter', () => {
  const m = 200;
  const y = sample(2 * m, 'a', c => c.normal());
  const once = entropy(y, m, line(2)).value;
  const twice = entropy(
    y.map(x => 2 * x),
    m,
    line(2),
  ).value;
  assert.ok(Math.abs(twice - once - 2 * Math.LN2) <= 1e-12);
  const turned = y.map((x, k) => (k % 2 === 0 ? x : x + 7.3));
  assert.ok(Math.abs(entropy(turned, m, circle).value - entropy(y, m, circle).value) <= 1e-9);
});

free('particles that coincide have no density; too few have no estimate', () => {
  assert.is(entropy(new Float64Array(40), 20, line(2)).value, Number.NEGATIVE_INFINITY);
  assert.throws(() => entropy(new Float64Array(4), 4, line(1)), /more than 4 particles, got 4/);
});

const { a, b, tau, m, mu0, s, times, EF, free_energy } = unitChecks().langevin_ou;

/** x′ = −rate·x + noise: its variance at t. */
const variance = (start: number, rate: number, noise: number, t: number) =>
  noise / (2 * rate) + (start - noise / (2 * rate)) * Math.exp(-2 * rate * t);
/** The law of n particles of the process: mean, variance of their mean, and variance around it. */
function lawAt(t: number, n: number, from = { mean: mu0, spread: s }) {
  const mean = a / (1 + b) + (from.mean - a / (1 + b)) * Math.exp(-(1 + b) * t);
  const ofMean = variance(from.spread ** 2 / n, 1 + b, (2 * tau) / n, t);
  return { mean, ofMean, around: variance(from.spread ** 2, b, 2 * tau, t) };
}
/** F of the mean-field limit, and its free energy. */
function limit(t: number, from: { mean: number; spread: number }) {
  const { mean, around } = lawAt(t, Number.POSITIVE_INFINITY, from);
  const F = (mean - a) ** 2 / 2 + (b / 2) * (mean ** 2 + around);
  return { F, free: F - tau * normal(1, around) };
}

free('the closed form: τ/m times the joint entropy; that of one particle is larger, and the same for many', () => {
  for (const [k, t] of times.entries()) {
    const { ofMean, around } = lawAt(t, m);
    const joint = (normal(1, m * ofMean) + (m - 1) * normal(1, around)) / m;
    assert.ok(Math.abs(EF[k] - tau * joint - free_energy[k]) <= 1e-12, `t = ${t}`);
    const single = normal(1, ofMean + (1 - 1 / m) * around);
    assert.ok(single >= joint - 1e-15 && single - joint <= 1 / m);
  }
});

const OU = `
problem:
  kind: custom
  particle: [u]
  feature: "u"
  loss: "(f - y)^2/2"
  penalty: "b*u^2/2"
  parameters: { b: ${b} }
  data: { columns: { y: [${a}] } }
particles: { count: 2000, init: gaussian, scale: 0.05 }
solver: { kind: langevin, step: 0.01, temperature: ${tau} }
time: { end: 4 }
seed: ou
`;
const experiment = (...set: string[]) =>
  resolveExperiment(
    override(
      parseExperiment(OU, 'ou.yaml'),
      set.map(x => setting(x)),
    ),
  ).experiment;

free('along noisy particles it is that of the mean-field limit, and never rises beyond sampling error', async () => {
  const run = await runExperiment(experiment());
  const along = run.freeEnergy;
  assert.ok(along && along.t.length > 20);
  const start = run.paths.particles[0].map(([u]) => u);
  const mean = start.reduce((x, u) => x + u, 0) / start.length;
  const spread = Math.sqrt(start.reduce((x, u) => x + (u - mean) ** 2, 0) / start.length);
  const value = along.energy.map((F, k) => F - tau * along.entropy[k]);
  const error = along.standardError.map(e => tau * e);
  for (const [k, t] of along.t.entries()) {
    // F fluctuates like 1/√m, and steps of length η err like η.
    const allowed = 4 * error[k] + 0.01;
    assert.ok(Math.abs(value[k] - limit(t, { mean, spread }).free) <= allowed, `t = ${t}: ${value[k]}`);
    if (k > 0) assert.ok(value[k] - value[k - 1] <= 3 * Math.hypot(error[k], error[k - 1]), `rises at t = ${t}`);
  }
  const [early, late] = [limit(2, { mean, spread }).F, limit(4, { mean, spread }).F];
  assert.ok(late > early, 'F alone rises in the end');
  assert.match(runText(run).replace(/\s+/g, ' '), /free energy F \+ τ∫ρ log ρ from .* it never rose by more than 3/);
  const stored = studyFrom(toJson(run), 'result.json');
  assert.match(reportHtml(stored), /<h2>Free energy<\/h2>/);
});

free('it is resumed bit for bit, and left out where there is no noise or no cloud', async () => {
  const e = experiment('particles.count=60', 'time.end=30');
  const states: string[] = [];
  const whole = await runExperiment(e, { keepSeconds: 1e-9, keep: state => states.push(JSON.stringify(state)) });
  assert.ok(states.length > 0);
  const from = JSON.parse(states[0]) as RunState;
  assert.is(toJson(await runExperiment(e, { from })), toJson(whole));
  assert.is((await runExperiment(experiment('particles.count=49'))).freeEnergy, undefined);
  const still = await runExperiment(experiment('solver={ kind: proximal-euler, step: 0.01 }'));
  assert.is(still.freeEnergy, undefined);
});

free.run();
