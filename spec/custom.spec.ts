/** Problems written as expressions against the built-in ones and the reference trajectories. */
import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { customKind, deconvolution, network, relu, sigmoid } from '../problems/index.js';
import { parseExperiment } from '../src/experiment-file.js';
import { flowOf } from '../src/flow.js';
import { scaledDistance } from '../src/math/vec.js';
import { resolveExperiment } from '../src/resolve.js';
import type { ComposedProblem, Flow, KinkEvent, Problem, ProblemFault, ProblemSpec, Vec } from '../src/types.js';
import { inclusionFlow } from './truth/agreement.js';
import { displacement, packageRoot, type Reference, reference, startOf, stateAt } from './truth/reference.js';
import { at, energyDefect, largestDifference, named, type WholeRun, wholeRun } from './whole-run.js';

const custom = suite('custom problems');
const TIGHT = 1e-11;

const noFiles = { read: () => assert.unreachable() as never, seed: 'x' };
const refused = (f: ProblemFault): never => {
  throw new Error(`${f.path.join('.')}: ${f.message}`);
};
/** The problem of an experiment that must be right. */
function built(spec: Omit<ProblemSpec, 'kind'>, read: (file: string) => string = noFiles.read) {
  const whole = customKind.schema.parse({ kind: 'custom', ...spec }) as ProblemSpec;
  assert.equal(customKind.faults(whole), []);
  return customKind.build(whole, { read, seed: 'x' }, refused);
}

interface Sample {
  readonly X: readonly (readonly number[])[];
  readonly y: readonly number[];
}
const sampleOf = (r: Reference): Sample => {
  const { X, y } = r.problem as unknown as Sample;
  return { X, y };
};
const tableOf = ({ X, y }: Sample) => ({
  inputs: { rows: X.length, columns: X[0].length, values: Float64Array.from(X.flat()) },
  targets: Float64Array.from(y),
});

function run(problem: Problem, r: Reference, end: number): { flow: Flow; whole: WholeRun } {
  const flow = flowOf(problem, r.m);
  const stops = r.times.filter(t => t <= end);
  return { flow, whole: wholeRun(inclusionFlow, flow, startOf(r), { end, rtol: TIGHT, atol: TIGHT * 1e-2, stops }) };
}

const sequence = (events: readonly KinkEvent[]) => events.map(e => `${e.kink} ${e.from} ${e.to}`);

/** Two problems take the same way: velocities, states, energies, events. */
function sameWay(ours: Problem, theirs: Problem, r: Reference, end = r.times[r.times.length - 1]) {
  const [a, b] = [run(ours, r, end), run(theirs, r, end)];
  for (const [k, t] of r.times.entries()) {
    if (t > end) break;
    const [p, q] = [at(a.whole, t).y, at(b.whole, t).y];
    assert.ok(largestDifference(p, q) <= 1e-9, `states differ by ${largestDifference(p, q)} at t = ${t}`);
    const off = scaledDistance(p, stateAt(r, k), r.m) / displacement(r);
    assert.ok(off <= 1e-9, `${off} of the displacement from the reference at t = ${t}`);
    assert.ok(Math.abs(a.flow.energy(p) - b.flow.energy(q)) <= 1e-9 * r.F0);
  }
  assert.equal(sequence(a.whole.events), sequence(b.whole.events));
  for (const [k, e] of a.whole.events.entries()) assert.ok(Math.abs(e.t - b.whole.events[k].t) <= 1e-8);
  return a.whole;
}

const SIGMOID = {
  particle: ['w', 'a1', 'a2', 'b'],
  feature: 'w / (1 + exp(-(a1*x1 + a2*x2 + b)))',
  loss: '(f - y)^2 / (2*lambda*n)',
  penalty: 'beta*abs(w)',
  parameters: { lambda: 0.02, beta: 1 },
};

custom('a sigmoid network takes the way of the built-in one and of sigmoid-m12, with its events', () => {
  const r = reference('sigmoid-m12');
  const { problem, notes } = built({ ...SIGMOID, data: sampleOf(r) });
  assert.equal(notes, []);
  const theirs = network({
    data: tableOf(sampleOf(r)),
    activation: sigmoid,
    bias: true,
    lambda: 0.02,
    penalty: { kind: 'abs-weight', beta: 1 },
  });
  const whole = sameWay(problem, theirs, r, 5);
  const events = r.events.filter(e => e.t <= 5).map(({ type, particle }) => `${type} ${particle}`);
  assert.equal(
    named(whole.events).map(({ type, particle }) => `${type} ${particle}`),
    events,
  );
});

interface Spikes {
  readonly K: number;
  readonly lambda: number;
  readonly y: readonly number[];
}

/** 2K+1 points or more integrate trigonometric polynomials of order 2K exactly. */
const DIRICHLET = {
  particle: ['w', { name: 'theta', period: 1 }],
  feature: `w*(1 + 2*(${[1, 2, 3, 4, 5, 6, 7].map(k => `cos(${2 * k}*pi*(x - theta))`).join(' + ')}))`,
  penalty: 'beta*abs(w)',
};

custom('deconvolution over a periodic grid takes the way of the built-in one', () => {
  const r = reference('deconv-weak-m10');
  const { K, lambda, y } = r.problem as unknown as Spikes;
  const wave = (k: number) => `${k <= K ? 'cos' : 'sin'}(${2 * (k <= K ? k : k - K)}*pi*x)`;
  const target = y.map((_, k) => (k === 0 ? 'c0' : `c${k}*${wave(k)}`)).join('+');
  const { problem, notes, frozen } = built({
    ...DIRICHLET,
    loss: `weight*(f-(${target}))^2/(2*lambda)`,
    parameters: {
      lambda,
      beta: 1,
      ...Object.fromEntries(y.map((c, k) => [`c${k}`, k === 0 ? c : Math.SQRT2 * c])),
    },
    data: { grid: { x: { from: 0, to: 1, count: 2 * K + 2, rule: 'periodic' } } },
  });
  assert.equal(notes, []);
  assert.equal(problem.domain[1], { name: 'theta', kind: 'period', period: 1 });
  assert.ok('grid' in (frozen.data as object));
  sameWay(problem, deconvolution({ order: K, lambda, beta: 1, coefficients: Float64Array.from(y) }), r, 0.3);
});

custom('a ReLU network has its kinks located, as the built-in one and relu-classic-m6', () => {
  const r = reference('relu-classic-m6');
  const { problem, notes } = built({
    particle: ['w', 'a1', 'a2'],
    feature: 'w*max(0, a1*x1 + a2*x2)',
    loss: '(f - y)^2/(2*n)',
    data: sampleOf(r),
  });
  assert.equal(notes, []);
  assert.is(problem.feature?.kinks?.perParticle, 40);
  const whole = sameWay(problem, network({ data: tableOf(sampleOf(r)), activation: relu }), r, 2);
  const owners = flowOf(problem, 6).kinks?.owner;
  const kinks = r.events.filter(e => e.t <= 2) as unknown as { particle: number; sample: number; t: number }[];
  assert.equal(
    whole.events.map(e => owners?.(e.kink)),
    kinks.map(({ particle, sample }) => ({ particle, sample })),
  );
  for (const [k, e] of whole.events.entries()) assert.ok(Math.abs(e.t - kinks[k].t) <= 1e-8);
});

/** Off every kink. */
const cloud = (flow: Flow, of: (k: number) => number = k => Math.sin(3 * k + 1)): Vec =>
  Float64Array.from({ length: flow.size }, (_, k) => of(k));

function hessianIsSlope(problem: Problem, m: number): void {
  const flow = flowOf(problem, m);
  const [y, x] = [cloud(flow), cloud(flow, k => Math.cos(5 * k))];
  const moved = (s: number) => {
    const v = new Float64Array(flow.size);
    flow.velocityInto(
      y.map((u, k) => u + s * x[k]),
      v,
    );
    return v;
  };
  const [ahead, back, times] = [moved(1e-5), moved(-1e-5), new Float64Array(flow.size)];
  flow.hessianTimesInto?.(y, x, times);
  for (const [k, u] of ahead.entries()) {
    const wanted = -(u - back[k]) / 2e-5;
    assert.ok(Math.abs(times[k] - wanted) <= 1e-6 * (1 + Math.abs(wanted)), `${times[k]} against ${wanted}`);
  }
  const unit = (k: number, s: number) => y.map((u, j) => (j === k ? u + s : u));
  const v = moved(0);
  for (let k = 0; k < flow.size; k++) {
    const slope = (flow.energy(unit(k, 1e-6)) - flow.energy(unit(k, -1e-6))) / 2e-6;
    assert.ok(
      Math.abs(v[k] + m * slope) <= 1e-6 * (1 + Math.abs(v[k])),
      `velocity ${v[k]}, −m times slope ${-m * slope}`,
    );
  }
}

const THREE = { columns: { x: [0.5, -1, 2], y: [1, 0, -1] } };

custom('velocity and Hessian are the derivatives of F, whatever the loss and the penalty', () => {
  for (const spec of [
    { feature: 'w*tanh(a*x)', loss: 'log(1 + exp(f - y))' },
    { feature: 'w*exp(-(x - a)^2)', loss: '(f - y)^4/n', penalty: 'w^2 + 0.5*a^2' },
    { feature: 'sin(a*x)*w/(1 + w^2) + a', loss: 'sqrt(1 + (f - y)^2)', penalty: '0.3*(abs(w) + a^2) + log(1 + a^2)' },
    { feature: 'w*relu(a*x + 0.1) + softplus(w*a)', loss: 'x < 0 ? f^2 : (f - 1)^2' },
    { feature: 'pow(1 + w^2, a)*x', loss: 'f^2/2' },
  ])
    hessianIsSlope(built({ particle: ['w', 'a'], data: THREE, ...spec }).problem, 3);
});

custom('many rows are taken in blocks', () => {
  const x = Array.from({ length: 1000 }, (_, k) => Math.sin(k));
  const spec = (data: object) =>
    built({ ...SIGMOID, particle: ['w', 'a1', 'b'], feature: 'w*sigmoid(a1*x1 + b)', data });
  const y = x.map(z => z * z);
  const { feature, loss } = spec({ columns: { x1: x, y } }).problem as ComposedProblem;
  const [f, out, u] = [new Float64Array(1000), new Float64Array(3), Float64Array.of(0.7, 2, -0.1)];
  feature.sumInto(u, 1, f);
  assert.ok(f.every((v, k) => Math.abs(v - 0.7 / (1 + Math.exp(0.1 - 2 * x[k]))) <= 1e-15));
  const wanted = f.reduce((s, v, k) => s + (v - y[k]) ** 2, 0) / (2 * 0.02 * 1000);
  assert.ok(Math.abs(loss.value(f) - wanted) <= 1e-13 * wanted);
  loss.gradientInto(f, f.slice());
  feature.pullbackInto(u, 1, new Float64Array(1000).fill(1), out);
  assert.ok(Math.abs(out[0] - f.reduce((s, v) => s + v, 0) / 0.7) <= 1e-11);
});

custom('a penalty c·|coordinate| is the located kink; what is beside it joins the smooth part', () => {
  const of = (penalty: string) => built({ particle: ['w', 'a'], feature: 'w*a*x', loss: 'f^2', penalty, data: THREE });
  const weighted = (penalty: string) => of(penalty).problem.penalty?.absolute;
  assert.equal(weighted('2*abs(w)'), { coordinate: 0, weight: 2 });
  assert.equal(weighted('abs(a)/4'), { coordinate: 1, weight: 0.25 });
  assert.equal(weighted('3*(abs(w) + a^2) + abs(w)'), { coordinate: 0, weight: 4 });
  assert.is(weighted('w^2 + a^2'), undefined);
  assert.is(flowOf(of('abs(w) + a^2').problem, 2).kinks?.count, 2);
  assert.is(flowOf(of('abs(w) + abs(a)').problem, 2).kinks?.count, 4);
  assert.match(of('abs(w) + abs(a)').notes.join(), /particles rest on them/);
  assert.ok(flowOf(of('abs(w) + a^2').problem, 2).split);
  assert.throws(() => of('a^2 - abs(w)'), /penalty: column 1: .*-1\*abs\(w\).*≥ 0/);
});

custom('kinks that are not located are reported with their place', () => {
  const notes = (feature: string, loss = 'f^2') =>
    built({ particle: ['w', 'a'], feature, loss, data: THREE }).notes.join();
  assert.is(notes('w*abs(a*x)'), '');
  assert.is(notes('w*(x < 0 ? a : a^2)'), '', 'a condition on the data alone is no kink');
  assert.match(notes('w*a*x', 'abs(f - y)'), /not located: abs at column 1 of loss/);
  assert.match(notes('w*relu(a - relu(a*x))'), /not located: relu at column 3 of feature/);
  assert.match(notes('w*sign(a - x)'), /sign at column 3 of feature \(a jump\)/);
});

custom('a CSV gives its columns by name, and is written out', () => {
  const { problem, frozen, notes } = built({ ...SIGMOID, data: { file: 'd.csv' } }, () => 'x1,x2,y\n1,2,3\n4,5,6\n');
  assert.is(problem.feature?.size, 2);
  assert.equal(frozen.data, { columns: { x1: [1, 4], x2: [2, 5], y: [3, 6] } });
  assert.equal(notes, ['2 rows of d.csv']);
  assert.throws(
    () => built({ ...SIGMOID, data: { file: 'd.csv' } }, () => 'x1,y\n1,2\n'),
    /feature: column 27: unknown name "x2"; did you mean a2\? .*x1/,
  );
  assert.throws(() => built({ ...SIGMOID, data: { file: 'd.csv' } }, () => 'x1,toString\n1,2\n'), /built-in property/);
});

custom('a grid has quadrature weights', () => {
  const area = (rule: string, loss: string) => {
    const axis = { from: 0, to: 2, count: 101, rule };
    const data = { grid: { x: axis, z: { ...axis, to: 1 } } };
    const { problem } = built({ particle: ['w'], feature: 'w*x*z', loss, data });
    return flowOf(problem, 1).energy(Float64Array.of(1));
  };
  // ∫₀²∫₀¹ xz = 1; both rules are exact for products of linear functions.
  for (const rule of ['midpoint', 'trapezoid']) assert.ok(Math.abs(area(rule, 'weight*f') - 1) <= 1e-13);
});

custom('initial clouds', () => {
  const { problem } = built({
    particle: ['w', { name: 'theta', period: 2 }, 'b'],
    feature: 'w*theta*b*x',
    loss: 'f^2',
    data: THREE,
  });
  const draws = { uniform: () => 0.25, normal: () => 3, state: () => ({ generator: null, spare: null }) };
  assert.equal([...problem.initial.gaussian.draw(1, draws, 2)], [6, 0.5, 6]);
  assert.equal([...problem.initial['zero-weight'].draw(1, draws)], [0, 0.5, 3]);
  assert.equal([...problem.initial.grid.draw(2, draws)], [0, 0, 3, 0, 1, 3]);
  assert.equal(Object.keys(problem.initial), [...customKind.initialisers]);
});

const faultsOf = (change: object) =>
  customKind.faults({
    kind: 'custom',
    ...SIGMOID,
    data: { columns: { x1: [1], x2: [2], y: [3] } },
    ...change,
  } as ProblemSpec);

custom('bad names and tables are refused with their place', () => {
  const first = (change: object) => faultsOf(change)[0] ?? { path: [], message: '' };
  assert.equal(faultsOf({}), []);
  for (const name of [
    '__proto__',
    'constructor',
    'prototype',
    'toString',
    'hasOwnProperty',
    'exp',
    'f',
    'n',
    'pi',
    'a b',
    'ω',
    '2x',
    '',
  ]) {
    const own = (value: unknown) => JSON.parse(`{${JSON.stringify(name)}: ${JSON.stringify(value)}}`);
    assert.equal(first({ particle: [name] }).path, ['particle', 0], name);
    assert.equal(first({ parameters: own(1) }).path, ['parameters', name], name);
    assert.equal(first({ data: { columns: own([1]) } }).path, ['data', 'columns', name], name);
  }
  assert.match(first({ particle: ['w', 'x1'] }).message, /twice/);
  assert.match(
    first({ data: { columns: { x1: [1], x2: [1, 2], y: [1] } } }).message,
    /1 numbers are wanted as in x1, found 2/,
  );
  assert.match(first({ data: { X: [[1, 2], [3]], y: [1, 2] } }).message, /2 numbers are wanted/);
  assert.match(first({ data: { X: [[1, 2]], y: [1, 2] } }).message, /1 rows, y has 2/);
  assert.match(first({ data: { grid: { x1: { from: 1, to: 0, count: 5 } } } }).message, /from < to/);
  assert.match(
    first({ data: { grid: { x1: { from: 0, to: 1, count: 1e6 }, x2: { from: 0, to: 1, count: 1e6 } } } }).message,
    /1000000000000 points/,
  );
  assert.match(first({ data: { grid: {} } }).message, /at least one axis/);
  assert.throws(
    () => built({ ...SIGMOID, feature: 'x1', data: THREE.columns && { columns: { x1: [1], x2: [1], y: [1] } } }),
    /feature depends on no coordinate/,
  );
  assert.throws(
    () => built({ ...SIGMOID, loss: 'y^2', data: { columns: { x1: [1], x2: [1], y: [1] } } }),
    /loss does not depend on f/,
  );
});

custom('kinks of V and of several formulae live in one pattern, on curves too, and the energy identity holds', () => {
  const x = Array.from({ length: 12 }, (_, k) => k / 4 - 1.4);
  const { problem, notes } = built({
    particle: ['w', 'a'],
    feature: 'w*relu(a^2 + a*x - 0.3) + 0.1*min(a, 0.4)',
    loss: '(f - y)^2/(2*lambda*n)',
    penalty: '0.05*abs(w) + 0.02*a^2 + 0.01*relu(a - 0.2)',
    parameters: { lambda: 0.1 },
    data: { columns: { x, y: x.map(z => Math.max(0, z)) } },
  });
  assert.match(notes.join(), /particles rest on them/);
  assert.is(problem.feature?.kinks?.perParticle, 12 + 1 + 1);
  const flow = flowOf(problem, 5);
  const y = Float64Array.from([0.3, 0.9, -0.2, 0.7, 0.1, -1, 0, 0.05, 0.4, -0.3]);
  const [free, held] = [new Float64Array(10), new Float64Array(10)];
  flow.velocityInto(y, free);
  flow.velocityInto(y, held, flow.kinks?.branchAt(y));
  assert.ok(largestDifference(free, held) <= 1e-15);
  // At t = 0.203 a particle meets a kink that pushes it back from both sides, and rests on it.
  const whole = wholeRun(inclusionFlow, flow, y, { end: 1, rtol: 1e-9 });
  assert.is(whole.outcome.code, 'end', whole.outcome.message);
  assert.ok(whole.events.some(e => e.kink >= 5) && whole.events.some(e => e.kink < 5));
  assert.ok(whole.events.some(e => e.kink >= 5 && e.to === 0));
  assert.ok(energyDefect(flow, whole) <= 1e-8, `energy defect ${energyDefect(flow, whole)}`);
});

custom('parameters are numbers: nothing can be defined by itself', () => {
  const parameters = { a: 'b + 1', b: 'a' };
  const data = { columns: { x1: [1], x2: [1], y: [1] } };
  assert.not(customKind.schema.safeParse({ kind: 'custom', ...SIGMOID, parameters, data }).success);
});

custom('a formula that is not a number at the start ends the run as not finite', () => {
  const { problem } = built({ particle: ['w'], feature: 'w*x', loss: 'log(f - 10)', data: THREE });
  const { outcome } = wholeRun(inclusionFlow, flowOf(problem, 2), Float64Array.of(0.1, 0.2), { end: 1 });
  assert.is(outcome.code, 'not-finite');
});

custom('the example of the README is an experiment, and its faults are placed', () => {
  const readme = readFileSync(new URL('README.md', packageRoot), 'utf8');
  const example = /as an expression\n[\s\S]*?```yaml\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
  const { experiment } = resolveExperiment(parseExperiment(example, 'readme.yaml'));
  assert.is(flowOf(built(experiment.problem).problem, 20).kinks?.count, 20);
  const wrong = example.replace('a*x1', 'a*xx');
  assert.throws(
    () => resolveExperiment(parseExperiment(wrong, 'readme.yaml')),
    /readme.yaml:4:12: problem.feature: column 18: unknown name "xx"; did you mean x1\? \(allowed: w, a, b, x1, y, lambda, beta, n, pi, e\)/,
  );
});

custom.run();
