/** Certificate, spectrum, polish, sparsity, energy audit and output times against references and closed forms. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { deconvolution, lowRank, network, reluPopulation, tanh } from '../problems/index.js';
import { dopri5, inclusion } from '../solvers/index.js';
import { certify, withPolished } from '../src/diagnostics/certificate.js';
import { energyAudit } from '../src/diagnostics/energy.js';
import { saveAt } from '../src/diagnostics/save-at.js';
import { sparsity, spikesOf } from '../src/diagnostics/sparsity.js';
import { activeRadius } from '../src/diagnostics/spectrum.js';
import { flowOf } from '../src/flow.js';
import { polish } from '../src/measure/polish.js';
import { certificateWords } from '../src/report/words.js';
import type { Feature, Flow, Penalty, Problem, Segment, Supremum } from '../src/types.js';
import { problemOf, type Reference, reference, startOf, stateAt } from './truth/reference.js';
import { wholeRun } from './whole-run.js';

const NAMES = [
  'deconv-weak-m6',
  'deconv-weak-m10',
  'deconv-weak-m100',
  'deconv-cross-m12',
  'deconv-strong-m10',
] as const;
const close = (a: number, b: number, tolerance: number) => Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(b));
const flowFor = (r: Reference): Flow => flowOf(problemOf(r), r.m);

const certificate = suite('certificate');

certificate('supremum, dual value and gap of every reference state', () => {
  for (const name of NAMES) {
    const r = reference(name);
    const [problem, flow] = [problemOf(r), flowFor(r)];
    r.times.forEach((t, k) => {
      const y = stateAt(r, k);
      const c = certify(problem, y, r.m, flow.energy(y));
      // The states carry 11 to 12 digits, and η multiplies their error by |φ′|/λ ~ 1e3.
      assert.ok(close(c.maxAbsEta, r.certificate?.max_abs_eta[k] ?? Number.NaN, 1e-8), `${name}, t = ${t}: max |η|`);
      assert.ok(close(c.dual, r.certificate?.dual_value[k] ?? Number.NaN, 1e-8), `${name}, t = ${t}: dual`);
      assert.ok(close(c.gap, r.certificate?.gap[k] ?? Number.NaN, 1e-8), `${name}, t = ${t}: gap`);
    });
  }
});

certificate('both bounds hold at every reference state', () => {
  for (const name of NAMES) {
    const r = reference(name);
    const [problem, flow, minimum] = [problemOf(r), flowFor(r), r.optimum?.Fstar ?? Number.NaN];
    for (const k of r.times.keys()) {
      const y = stateAt(r, k);
      const c = certify(problem, y, r.m, flow.energy(y));
      const excess = c.primal - minimum;
      assert.ok(c.dual <= minimum + 1e-13 && c.gap >= excess - 1e-13, `${name}, state ${k}`);
      assert.ok(c.excessAtLeast <= excess + 1e-13, `${name}, state ${k}: ${c.excessAtLeast} > ${excess}`);
      assert.ok(c.verdict !== 'global-within-gap' || excess <= 1e-6 * c.primal);
      assert.ok(c.verdict !== 'not-global' || excess > 1e-6 * c.primal);
    }
  }
});

certificate('the excess bound is what the best new spike gains', () => {
  const r = reference('deconv-weak-m6');
  const [problem, y] = [problemOf(r), stateAt(r, r.times.length - 1)];
  const c = certify(problem, y, r.m, flowFor(r).energy(y));
  const gain = (weight: number): number => {
    // The old particles keep their share of the measure when one more joins: weights scale with m + 1.
    const scaled = y.map((x, i) => (i % 2 === 0 ? (x * (r.m + 1)) / r.m : x));
    const larger = Float64Array.of(...scaled, weight * (r.m + 1), c.at[0]);
    return c.primal - flowOf(problem, r.m + 1).energy(larger);
  };
  const weights = Array.from({ length: 4001 }, (_, i) => (i - 2000) * 1e-4);
  const best = Math.max(...weights.map(gain));
  assert.ok(
    best <= c.excessAtLeast + 1e-12 && best >= c.excessAtLeast * (1 - 1e-4),
    `${best} against ${c.excessAtLeast}`,
  );
});

certificate('nothing is claimed where nothing is known', () => {
  const r = reference('quadratic-m5');
  const c = certify(problemOf(r), startOf(r), r.m, r.F0);
  assert.equal([c.verdict, c.gap, c.proof], ['unknown', Number.POSITIVE_INFINITY, false]);
  const d = reference('deconv-weak-m6');
  assert.is(certify(problemOf(d), startOf(d), d.m, Number.NaN).verdict, 'unknown');
});

certificate('a minimum in closed form stands in where duality has no supremum', () => {
  // R = (s − 4)²/4 and V = θ² with S = s: F* = 1 + (4 − 2) = 3 at s = 2.
  const problem = lowRank([[4]], { kind: 'squared', beta: 1 });
  const at = (theta: number) =>
    certify(problem, Float64Array.of(theta), 1, flowOf(problem, 1).energy(Float64Array.of(theta)));
  const [far, near] = [at(1), at(Math.SQRT2)];
  assert.equal([far.dual, far.gap, far.excessAtLeast, far.verdict, far.proof], [3, 0.25, 0.25, 'not-global', true]);
  assert.is(
    certificateWords(far),
    'NOT global: F − F* ≥ 0.250 is proven: closed form, the eigenvalues of M above 2β, less 2β',
  );
  assert.equal([near.verdict, near.decidedBy], ['global-within-gap', 'gap']);
  // F* = 0: a share of F itself would never be small.
  const zero = lowRank([[1]]);
  const c = certify(zero, Float64Array.of(1 + 1e-7), 1, flowOf(zero, 1).energy(Float64Array.of(1 + 1e-7)));
  assert.ok(c.primal > 0 && c.verdict === 'global-within-gap', certificateWords(c));
});

const certified = (problem: Problem, ...u: number[]) =>
  certify(problem, Float64Array.from(u), 1, flowOf(problem, 1).energy(Float64Array.from(u)));

certificate('without V a measure that fits the data is global, with V that says nothing', () => {
  const inputs = { rows: 1, columns: 1, values: Float64Array.of(1) };
  const data = { inputs, targets: Float64Array.of(2 * Math.tanh(0.5)) };
  const free = network({ data, activation: tanh });
  const c = certified(free, 2, 0.5 + 1e-9);
  assert.equal([c.verdict, c.dual, c.proof], ['global-within-gap', 0, true]);
  assert.ok(c.gap > 0 && c.gap === c.primal);
  assert.is(certified(free, 2, 0.6).verdict, 'unknown');
  const held = network({ data, activation: tanh, penalty: { kind: 'squared', beta: 1e-12 } });
  assert.is(certified(held, 2, 0.5 + 1e-9).verdict, 'unknown');
});

certificate('the teacher of a population is its minimum, unless V holds the units back', () => {
  const teacher = { weights: [1], directions: [[1, 0]] };
  assert.is(certified(reluPopulation(teacher), 1, 1, 0).verdict, 'global-within-gap');
  // ½E(max(0, x₂) − max(0, x₁))² = ½(½ + ½) − 1/2π.
  const other = certified(reluPopulation(teacher), 1, 0, 1);
  assert.is(other.verdict, 'not-global');
  assert.ok(Math.abs(other.excessAtLeast - (0.5 - 1 / (2 * Math.PI))) <= 1e-14, `${other.excessAtLeast}`);
  assert.is(certified(reluPopulation(teacher, { kind: 'squared', beta: 0.1 }), 1, 1, 0).verdict, 'unknown');
});

certificate('a polished lower bound decides where the raw gap cannot, and is never below zero', () => {
  const r = reference('deconv-strong-m10');
  const [problem, y] = [problemOf(r), stateAt(r, r.times.length - 1)];
  const raw = certify(problem, y, r.m, flowFor(r).energy(y));
  const both = withPolished(raw, polish(problem, y, r.m)?.lower);
  assert.ok((both.polishedGap ?? Number.NaN) < raw.gap);
  assert.is(both.verdict, 'global-within-gap');
  assert.is(withPolished(raw, undefined), raw);
  assert.is(withPolished(raw, raw.primal + 1e-9).polishedGap, 0);
});

certificate('the dual value is feasible for the proven supremum, not for the one that is attained', () => {
  const r = reference('deconv-weak-m10');
  const [problem, y] = [problemOf(r), stateAt(r, r.times.length - 1)];
  const loose = { ...problem, supremum: (g: Float64Array) => ({ ...(problem.supremum?.(g) as Supremum), upper: 2 }) };
  const [tight, wide] = [problem, loose].map(p => certify(p, y, r.m, flowFor(r).energy(y)));
  assert.ok(wide.dual < tight.dual - 1e-3, 'twice the supremum halves the multiplier');
  assert.is(wide.excessAtLeast, tight.excessAtLeast, 'the gain of a spike needs only a point that is attained');
});

certificate('a residual that points the wrong way is cut at the other end of the feasible ray', () => {
  const r = reference('deconv-weak-m6');
  const problem = problemOf(r);
  // Far beyond the data f overshoots, and the best multiple of q = (y − f)/λ is negative.
  const y = stateAt(r, r.times.length - 1).map((x, i) => (i % 2 === 0 ? 50 * x : x));
  const c = certify(problem, y, r.m, flowFor(r).energy(y));
  assert.ok(c.dual <= (r.optimum?.Fstar ?? 0), `${c.dual} is no lower bound`);
});

certificate('Φ that is not linear in w, and V with a smooth rest, are not certified', () => {
  const r = reference('deconv-weak-m6');
  const problem = problemOf(r);
  const bent = {
    ...problem,
    feature: { ...(problem.feature as Feature), homogeneity: { degree: 2, coordinates: [0] } },
  };
  assert.is(certify(bent, startOf(r), r.m, r.F0).verdict, 'unknown');
  const { penalty } = problem;
  const elastic = { ...problem, penalty: { ...(penalty as Penalty), curvatureInto: () => {} } };
  assert.throws(() => flowOf(elastic, r.m), /smooth rest/);
});

const polishing = suite('polish');

polishing('the reference minimiser, to its digits', () => {
  for (const name of ['deconv-weak-m10', 'deconv-weak-m100', 'deconv-strong-m10'] as const) {
    const r = reference(name);
    const found = polish(problemOf(r), stateAt(r, r.times.length - 1), r.m);
    assert.ok(found && r.optimum, name);
    assert.ok(found.upper - found.lower <= 1e-12 * found.upper, `${name}: width ${found.upper - found.lower}`);
    assert.ok(close(found.upper, r.optimum.Fstar, 1e-14), `${name}: ${found.upper}`);
    found.spikes.forEach((s, j) => {
      assert.ok(close(s.position[0], r.optimum?.positions[j] ?? Number.NaN, 1e-12), `${name}: position ${j}`);
      assert.ok(close(s.weight, r.optimum?.weights[j] ?? Number.NaN, 1e-12), `${name}: weight ${j}`);
    });
  }
});

polishing('spikes that would change sign, and clouds that are no spikes yet, are left alone', () => {
  const r = reference('deconv-weak-m10');
  const wrong = stateAt(r, r.times.length - 1).map((x, i) => (i % 2 === 0 ? -x : x));
  assert.is(polish(problemOf(r), wrong, r.m), null);
  const many = Float64Array.from({ length: 80 }, (_, i) => (i % 2 === 0 ? (i % 4 === 0 ? 1e-3 : -1e-3) : i / 80));
  assert.is(polish(problemOf(r), many, 40), null, 'more clusters than dim F');
});

polishing('nothing at rest is polished', () => {
  const r = reference('deconv-weak-m10');
  assert.is(polish(problemOf(r), startOf(r), r.m), null);
});

const spectrum = suite('spectrum');

spectrum('the active radius of every reference state, to the six digits given', () => {
  for (const name of NAMES) {
    const r = reference(name) as Reference & { rho: number[] };
    const flow = flowFor(r);
    r.times.forEach((t, k) => {
      const y = stateAt(r, k);
      const radius = activeRadius(flow, y, flow.kinks?.branchAt(y)) ?? Number.NaN;
      assert.ok(close(radius, r.rho[k], 2e-5), `${name}, t = ${t}: ${radius} against ${r.rho[k]}`);
    });
  }
});

spectrum('the Jacobian is the derivative of the velocity', () => {
  const r = reference('deconv-cross-m12');
  const flow = flowFor(r);
  const y = stateAt(r, 3);
  const branch = flow.kinks?.branchAt(y);
  const x = y.map((_, i) => Math.sin(1 + i));
  const [ahead, behind, product] = Array.from({ length: 3 }, () => new Float64Array(flow.size));
  const h = 1e-6;
  flow.velocityInto(
    y.map((v, i) => v + h * x[i] * Number(branch?.[i >> 1] !== 0)),
    ahead,
    branch,
  );
  flow.velocityInto(
    y.map((v, i) => v - h * x[i] * Number(branch?.[i >> 1] !== 0)),
    behind,
    branch,
  );
  flow.hessianTimesInto?.(
    y,
    x.map((v, i) => v * Number(branch?.[i >> 1] !== 0)),
    product,
    branch,
  );
  for (const i of product.keys()) {
    if (branch?.[i >> 1] === 0) continue;
    assert.ok(close(-product[i], (ahead[i] - behind[i]) / (2 * h), 1e-5), `${i}: ${product[i]}`);
  }
});

const sparse = suite('sparsity');
const truth = [
  { weight: 0.5, position: [0.01] },
  { weight: -0.3, position: [0.6] },
];
const problem = deconvolution({ order: 7, lambda: 1, beta: 1, coefficients: new Float64Array(15), truth });

sparse('particles of one sign merge, also across the seam of the circle and far along it', () => {
  const y = Float64Array.of(2, 0.9999, 2, 1.0001, -1, 7.5, -1, 0.5, 3, 0.5, 0, 0.2);
  const spikes = spikesOf(y, 6, 2, problem.domain, 1e-3);
  assert.equal(
    spikes.map(s => [Number(s.position[0].toFixed(9)) % 1, s.weight, s.particles]).sort((a, b) => a[1] - b[1]),
    [
      [0.5, -2 / 6, 2],
      [0.5, 3 / 6, 1],
      [0, 4 / 6, 2],
    ],
  );
});

sparse('a spike counts as found once, with its sign, within a quarter of the resolution', () => {
  const found = (...y: number[]) => sparsity(problem, Float64Array.from(y), y.length / 2)?.truth;
  const near = (1 / 15 / 4) * 0.9;
  const hit = found(1, 1.01 - near, -1, 0.6);
  assert.equal([hit?.recovered, hit?.missed, hit?.spurious], [2, 0, 0]);
  assert.ok(close(hit?.largestPositionError ?? Number.NaN, near, 1e-12));
  assert.equal([found(1, 0.6)?.recovered, found(1, 0.6)?.spurious], [0, 1], 'the wrong sign');
  assert.equal([found(1, 0.01, 1, 0.02)?.recovered, found(1, 0.01, 1, 0.02)?.spurious], [1, 1], 'two on one');
  assert.is(
    sparsity(
      deconvolution({ order: 7, lambda: 1, beta: 1, coefficients: new Float64Array(15) }),
      Float64Array.of(1, 0),
      1,
    )?.truth,
    null,
  );
});

const energy = suite('energy and output times');

energy('the audit sees a rise and a broken identity', () => {
  const r = reference('deconv-weak-m10');
  const flow = flowFor(r);
  const [low, high] = [stateAt(r, 5), stateAt(r, 2)];
  const segment = (y0: Float64Array, y1: Float64Array, spent: number) =>
    ({ t1: 1, y0, y1, v1: y1, dissipation1: spent }) as unknown as Segment;
  const audit = energyAudit(flow, low, low);
  audit.see(segment(low, high, 0), flow);
  assert.is(audit.current.rises, 1);
  assert.ok(close(audit.current.largestRise, flow.energy(high) - flow.energy(low), 1e-12));
  const honest = energyAudit(flow, high, high);
  honest.see(segment(high, low, flow.energy(high) - flow.energy(low)), flow);
  assert.equal([honest.current.rises, honest.current.relativeDefect <= 1e-15], [0, true]);
  const broken = energyAudit(flow, high, high);
  broken.see(segment(high, low, Number.NaN), flow);
  broken.see(segment(high, low, 1), flow);
  assert.ok(Number.isNaN(broken.current.relativeDefect), 'NaN is kept, whatever comes after it');
});

energy('a long series is thinned, and keeps its first and last step', () => {
  const r = reference('deconv-weak-m10');
  const flow = flowFor(r);
  const y = stateAt(r, 5);
  const audit = energyAudit(flow, y, y, { full: 64 });
  for (let k = 1; k <= 1000; k++) audit.see({ t1: k, y1: y, v1: y, dissipation1: 0 } as unknown as Segment, flow);
  const { t, energy: F, stride } = audit.finish({} as never);
  assert.ok(t.length <= 65 && t.length >= 32 && F.length === t.length, `${t.length} entries`);
  assert.equal([t[0], t.at(-1)], [0, 1000]);
  assert.ok(t.slice(1, -1).every(x => x % stride === 0));
});

energy('output times are met inside steps, at their ends, at zero, and left out when not reached', () => {
  const r = reference('deconv-weak-m10');
  const [flow, y0] = [flowFor(r), startOf(r)];
  const times = [0, ...r.times.slice(0, 6), 99];
  const saver = saveAt(times, flow, y0);
  const { outcome } = wholeRun(
    inclusion(dopri5.stepper),
    flow,
    y0,
    { end: r.times[5], rtol: 1e-10, atol: 1e-12 },
    undefined,
    s => saver.see(s, flow),
  );
  const saved = saver.finish(outcome);
  assert.equal(saved.t, times.slice(0, -1));
  assert.equal(saved.states[0], y0);
  saved.energy.slice(1).forEach((F, k) => {
    assert.ok(close(F, r.F[k], 1e-9), `F at ${r.times[k]}`);
    assert.ok(close(saved.dissipation[k + 1], r.dissipation[k], 1e-9), `D at ${r.times[k]}`);
  });
});

certificate.run();
polishing.run();
spectrum.run();
sparse.run();
energy.run();
