/** `pgf check`: right gradients pass, wrong ones are named; degrees, assumptions and the theorem that speaks of a problem. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as presets from '../problems/presets/index.js';
import { type CheckReport, checkExperiment, checkProblem } from '../src/check.js';
import { checkText } from '../src/cli/check.js';
import { templateOf } from '../src/cli/new.js';
import { parseExperiment } from '../src/experiment-file.js';
import { resolveExperiment } from '../src/resolve.js';
import { problemKinds } from '../src/spec.js';
import type { ComposedProblem, Feature, Loss, Penalty, Problem } from '../src/types.js';
import { absLine, identity, quadratic } from './problems-of-ones-own.js';

const check = suite('check');

const statusOf = (r: CheckReport, name: string) => r.assumptions.find(a => a.name === name)?.status;
const start = (problem: Problem, m = 5) => Float64Array.from({ length: m * problem.dim }, (_, k) => Math.sin(1 + k));
const checked = (problem: Problem) => checkProblem(problem, start(problem));
const base = (): ComposedProblem =>
  quadratic(
    [
      [2, 0],
      [0, 1],
    ],
    [
      [1, 0],
      [0, 3],
    ],
    [1, -1],
  );

/** Preset or kind → theorem, and the words that say why. */
const theorems: Readonly<Record<string, readonly [string, RegExp]>> = {
  custom: ['3.5', /1-homogeneous in w/],
  deconvolution: ['3.5', /1-homogeneous in weight/],
  'sigmoid-network': ['3.5', /φ is bounded/],
  'tanh-network': ['3.5', /φ is bounded/],
  'erf-network': ['3.5', /φ is bounded/],
  'softplus-network': ['none', /φ bounded on Θ/],
  'relu-network': ['none', /not differentiable at θ = 0/],
  'leaky-relu-network': ['none', /Φ is 2-homogeneous .* V is 1-homogeneous there/],
  'relu-signed-square': ['3.3', /inputs with a density/],
  'low-rank': ['3.3', /theta1, theta2/],
  'sketched-mixture': ['3.5', /1-homogeneous in weight and φ is bounded/],
  'low-rank-asymmetric': ['3.3', /weight, u1, u2, v1, v2, v3/],
  tensor: [
    'none',
    /3-homogeneous in all .* outside both theorems; Φ\(u\)\/\|u\| is 2-homogeneous \(chart: two-homogeneous/,
  ],
};

for (const kind of problemKinds)
  check(`${kind.kind}: the gradient is right, and the theorem is the one of the paper`, () => {
    const { experiment } = resolveExperiment(parseExperiment(templateOf(kind), 'template'));
    const r = checkExperiment(experiment);
    assert.ok(r.ok, JSON.stringify(r.gradient));
    assert.ok((r.gradient.worst?.error ?? 1) <= 1e-8);
    const [applies, because] = theorems[kind.kind];
    assert.is(r.theorem.applies, applies, r.theorem.because);
    assert.match(r.theorem.because, because);
    assert.ok(r.start.radius > 0 && r.start.limitStep === 2 / r.start.radius);
    assert.match(checkText(r), applies === 'none' ? /No theorem applies: / : new RegExp(`Theorem ${applies} applies`));
  });

check('classical ReLU on a sample is the Filippov extension', () => {
  const { experiment } = resolveExperiment({ value: presets.reluSample, source: 'spec', locate: () => undefined });
  const r = checkExperiment(experiment);
  assert.match(r.theorem.because, /Filippov extension/);
  assert.is(statusOf(r, 'Φ differentiable on the sample'), 'fails');
  assert.equal(
    r.kinks.map(k => k.of),
    ['Φ'],
  );
});

check('nonnegative weights are looked at where V is finite', () => {
  for (const beta of [0, 1]) {
    const value = {
      problem: {
        kind: 'deconvolution',
        order: 2,
        lambda: 1,
        sign: 'nonnegative',
        penalty: { kind: 'abs-weight', beta },
        observation: { spikes: [[1, 0.3]] },
      },
      particles: { count: 4 },
      time: { end: 1 },
    };
    const r = checkExperiment(resolveExperiment({ value, source: 'spec', locate: () => undefined }).experiment);
    assert.ok(r.ok, JSON.stringify(r.gradient));
    assert.is(statusOf(r, 'V semiconvex'), 'holds');
    assert.is(r.kinks[0].of, 'V');
    assert.is(r.theorem.applies, '3.5', r.theorem.because);
  }
});

check('a wrong gradient is found and its coordinate named', () => {
  const { feature, ...rest } = base();
  const wrong: Feature = {
    ...feature,
    pullbackInto(y, m, g, out) {
      feature.pullbackInto(y, m, g, out);
      for (let i = 0; i < m; i++) out[2 * i + 1] *= 1.001;
    },
  };
  const r = checked({ ...rest, feature: wrong });
  assert.not.ok(r.ok);
  assert.is(r.gradient.worst?.coordinate, 'u1');
  assert.match(checkText(r), /WRONG.*u1 of particle/s);
  assert.ok(checked(base()).ok);
});

check('a velocity that is not a number is wrong', () => {
  const { feature, ...rest } = base();
  assert.not.ok(
    checked({ ...rest, feature: { ...feature, pullbackInto: (_y, _m, _g, out) => out.fill(Number.NaN) } }).ok,
  );
});

/** Φ(u) = u₁u₂u₃: order 3. */
const cubic: Feature = {
  name: 'cubic',
  dim: 3,
  size: 1,
  sumInto(y, m, out) {
    out[0] = 0;
    for (let i = 0; i < 3 * m; i += 3) out[0] += (y[i] * y[i + 1] * y[i + 2]) / m;
  },
  pullbackInto(y, m, g, out) {
    for (let i = 0; i < 3 * m; i += 3)
      for (let k = 0; k < 3; k++) out[i + k] = g[0] * y[i + ((k + 1) % 3)] * y[i + ((k + 2) % 3)];
  },
};

check('an order-3 tensor is outside both theorems', () => {
  const { loss } = absLine(1, 1, 1);
  const { penalty: _, ...plain } = quadratic([[1]], [[1]], [1]);
  const domain = ['a', 'b', 'c'].map(name => ({ name, kind: 'line' as const }));
  const r = checked({ ...plain, dim: 3, domain, feature: cubic, loss });
  assert.is(r.degrees[0].feature, 3);
  assert.is(statusOf(r, 'dΦ grows at most linearly'), 'fails');
  assert.is(r.theorem.applies, 'none');
});

check('degrees that Φ and V do not share are told apart', () => {
  const r = checked(base());
  const whole = r.degrees[0];
  assert.equal([whole.feature, whole.penalty, whole.shared], [1, 2, false]);
  assert.is(r.theorem.applies, 'none');
});

check('losses and penalties that break an assumption leave a witness', () => {
  const problem = base();
  const loss = (value: (x: number) => number, slope: (x: number) => number): Loss => ({
    name: 'own',
    value: f => f.reduce((s, x) => s + value(x), 0),
    gradientInto: (f, out) => out.set(f.map(slope)),
  });
  const waves = checked({ ...problem, loss: loss(Math.cos, x => -Math.sin(x)) });
  assert.is(statusOf(waves, 'R convex'), 'fails');
  const quartic = checked({
    ...problem,
    loss: loss(
      x => x ** 4,
      x => 4 * x ** 3,
    ),
  });
  assert.is(statusOf(quartic, 'R convex'), 'holds');
  assert.is(statusOf(quartic, 'R′ Lipschitz'), 'fails');
  const root = (u: number) => Math.sqrt(Math.abs(u));
  const penalty: Penalty = {
    name: 'root',
    absolute: { coordinate: 0, weight: 1 },
    value: (y, m) => Array.from({ length: m }, (_, i) => root(y[2 * i])).reduce((a, b) => a + b),
    minNormInto: () => {},
  };
  const rooted = checked({ ...problem, feature: identity(2), penalty });
  assert.is(statusOf(rooted, 'V semiconvex'), 'fails');
  assert.is(statusOf(checked(problem), 'V semiconvex'), 'holds');
});

const onCircle = (feature: string, penalty: string, period: number) =>
  resolveExperiment(
    parseExperiment(
      JSON.stringify({
        problem: {
          kind: 'custom',
          particle: ['w', { name: 'a', period }],
          feature,
          loss: '(f - y)^2/2',
          penalty,
          data: { columns: { x1: [0, 0.2, 0.5, 0.7], y: [1, 0, -1, 0.5] } },
        },
        particles: { count: 4 },
        time: { end: 1 },
        seed: 'a',
      }),
      'circle.json',
    ),
  ).experiment;

check('a coordinate declared periodic in which Φ or V is not leaves a witness, and no theorem', () => {
  const row = 'Φ and V have the declared periods';
  const cosine = 'w*cos(2*pi*(x1 - a))';
  for (const period of [1, 2]) {
    const right = checkExperiment(onCircle(cosine, 'abs(w)', period));
    assert.equal([statusOf(right, row), right.ok, right.theorem.applies], ['holds', true, '3.5'], `period ${period}`);
  }
  for (const [feature, penalty, period] of [
    [cosine, 'abs(w)', 0.5],
    ['w*exp(-(x1 - a)^2)', 'abs(w)', 1],
    [cosine, 'abs(w) + a^2', 1],
  ] as const) {
    const wrong = checkExperiment(onCircle(feature, penalty, period));
    assert.equal([statusOf(wrong, row), wrong.ok, wrong.theorem.applies], ['fails', false, 'none'], feature);
    const witness = wrong.assumptions.find(a => a.name === row)?.detail ?? '';
    const [, here, there] = /a = (\S+) and (\S+), one period of/.exec(witness) ?? [];
    assert.ok(Math.abs(Number(there) - Number(here) - period) <= 1e-3, witness);
  }
  assert.is(statusOf(checked(base()), row), undefined, 'no circle, no row');
});

check('the command prints a table or one JSON document, and ends by its findings', () => {
  const MAIN = fileURLToPath(new URL('../src/cli/main.js', import.meta.url));
  const pgf = (...args: string[]) => spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8' });
  const table = pgf('check', 'low-rank');
  assert.is(table.status, 0, table.stderr);
  assert.match(table.stdout, /Theorem 3\.3 applies/);
  assert.is((JSON.parse(pgf('check', 'low-rank', '--json').stdout) as CheckReport).theorem.applies, '3.3');
  assert.is(pgf('check', 'low-rnk').status, 2);
  const period = 'problem.particle=[w, a, {name: b, period: 1}]';
  const file = join(mkdtempSync(join(tmpdir(), 'check-')), 'custom.yaml');
  assert.is(pgf('new', 'custom', '-o', file).status, 0);
  const wrong = pgf('check', file, '--set', period);
  assert.is(wrong.status, 4, 'declared periodic, and not so');
  assert.match(wrong.stdout, /FAILS {2}Φ and V have the declared periods\s+at b = /);
  assert.match(wrong.stderr, /does not have that period/);
});

check.run();
