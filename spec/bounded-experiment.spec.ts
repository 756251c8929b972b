/** Bounds, penalties and copies as experiments: what runs, what is refused and in which words, what pgf check says of a bounded Θ. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { absWeighted, moduli, reluSignedSquare } from '../problems/index.js';
import { checkExperiment } from '../src/check.js';
import { checkText } from '../src/cli/check.js';
import { InvalidExperiment } from '../src/experiment-file.js';
import { flowOf } from '../src/flow.js';
import { random } from '../src/math/random.js';
import { liftedValue, projected, spherical } from '../src/measure/lifting.js';
import { reportHtml } from '../src/report/html.js';
import { toJson } from '../src/report/json.js';
import { resolveExperiment } from '../src/resolve.js';
import { runExperiment, settingOf } from '../src/run.js';
import { studyFrom } from '../src/stored.js';
import { runStudy } from '../src/study.js';
import { largestDifference } from './whole-run.js';

const spec = suite('bounded experiments');

const of = (problem: object, more: object = {}) =>
  resolveExperiment({
    value: { problem, particles: { count: 6 }, time: { end: 1 }, seed: 'a', ...more },
    source: 'spec',
    locate: () => undefined,
  }).experiment;
const refusal = (problem: object, more: object = {}): string => {
  try {
    settingOf(of(problem, more));
  } catch (error) {
    if (error instanceof InvalidExperiment) return error.message;
    throw error;
  }
  return 'accepted';
};

const columns = { x: [-1, -0.3, 0.4, 1.2], y: [0.2, 1, -0.4, 0.8] };
const custom = (more: object = {}) => ({
  kind: 'custom',
  particle: ['w', { name: 'a', from: -0.5, to: 0.5 }, { name: 'b', from: 0 }],
  feature: 'w*tanh(a*x + b)',
  loss: '(f - y)^2/(2*lambda*n)',
  penalty: 'beta*abs(w)',
  parameters: { lambda: 0.05, beta: 0.1 },
  data: { columns },
  ...more,
});
const net = (more: object = {}) => ({
  kind: 'sigmoid-network',
  data: { X: columns.x.map(x => [x, 1 - x]), y: columns.y },
  lambda: 0.02,
  ...more,
});
const box = { from: -0.6, to: 0.7 };

spec('a custom problem and a network stay inside, keep the identity, and are stored and drawn', async () => {
  const penalty = { kind: 'abs-weight', beta: 0.1 };
  const narrow = { from: -0.1, to: 0.1 };
  for (const problem of [custom(), net({ box: narrow, penalty }), net({ box: narrow, bias: true })]) {
    const run = await runExperiment(of(problem, { time: { end: 8 }, solver: { kind: 'inclusion', rtol: 1e-8 } }));
    assert.is(run.outcome.ok, true, run.outcome.message);
    const { domain } = run;
    for (const row of [...run.final.particles, ...run.paths.particles.flat()])
      for (const [k, x] of row.entries()) {
        const c = domain[k];
        assert.ok(!('from' in c && c.from !== undefined && x < c.from - 1e-12), `${c.name} = ${x}`);
        assert.ok(!('to' in c && c.to !== undefined && x > c.to + 1e-12), `${c.name} = ${x}`);
      }
    assert.ok(
      run.events.some(e => e.wall),
      'some particle meets a bound',
    );
    assert.ok(run.audit.relativeDefect <= 1e-7, `${run.audit.relativeDefect}`);
  }
  const study = await runStudy(of(custom(), { time: { end: 8 } }), { version: '', node: '', command: '' });
  const again = studyFrom(toJson(study), 'memory');
  assert.equal(again.runs[0].domain, study.runs[0].domain);
  assert.equal(again.runs[0].events, study.runs[0].events);
  assert.match(reportHtml(again), /a kink of V or a bound/);
});

spec('initial particles are drawn inside', () => {
  for (const problem of [custom(), net({ box })])
    for (const init of ['gaussian', 'zero-weight', 'sphere', 'symmetric']) {
      const { problem: p } = settingOf(of(problem));
      const y = p.initial[init]?.draw(50, random('a', init), 3);
      if (y) assert.is(flowOf(p, 50).outside?.(y), null, init);
    }
});

spec('what cannot be is refused with its place, what was found and what to do', () => {
  const a = (c: object) => custom({ particle: ['w', { name: 'a', ...c }, 'b'] });
  const cases: [string, RegExp][] = [
    [refusal(a({ from: 1, to: 1 })), /particle\[1\].*from must be < to, found from 1, to 1/],
    [refusal(a({ from: 2, to: -1 })), /from must be < to/],
    [refusal(a({ from: Number.NaN, to: 1 })), /particle\[1\].*from.*finite.*found NaN/],
    [refusal(a({ from: 0, to: Number.POSITIVE_INFINITY })), /finite.*found Infinity/],
    [refusal(a({ period: 1, from: 0 })), /particle\[1\].*does not go together with/],
    [refusal(a({})), /particle\[1\].*wants from, to or period/],
    [refusal(net({ box: { from: 1, to: 0 } })), /problem\.box.*from must be < to, found from 1, to 0/],
    [refusal(net({ box: { from: 0 } })), /problem\.box\.to.*missing/],
    [refusal(net({ box: { from: 0, to: 1 }, penalty: { kind: 'abs-product', beta: 1 } })), /kink θ = 0 on this bound/],
    [
      refusal(custom(), {
        particles: {
          values: [
            [1, 0, 0],
            [1, 0.2, -0.1],
          ],
        },
      }),
      /particles\.values\[1\].*the start must lie in the domain: b must be ≥ 0, found -0.1/,
    ],
    [refusal(custom(), { solver: { kind: 'gd', step: 0.1 } }), /solver\.kind.*gd steps over them; take inclusion/],
    [refusal(net({ box }), { solver: { kind: 'dopri5' } }), /dopri5 steps over them/],
    [
      refusal(net({ box }), { compare: { stepsize: { methods: ['proximal-euler', 'gd'] } } }),
      /compare\.stepsize\.methods\[1\].*proximal-euler, which projects/,
    ],
    [
      refusal(net({ penalty: { kind: 'abs-weighted', beta: 1, modulus: 'theta1 - 5' } })),
      /penalty\.modulus.*must be ≥ 0 and defined everywhere; not so at theta1 = 0/,
    ],
    [refusal(net({ penalty: { kind: 'abs-weighted', beta: 1, modulus: '1 + abs(theta1)' } })), /abs has a kink/],
    [refusal(net({ penalty: { kind: 'abs-weighted', beta: 1, modulus: '1 + theta9' } })), /unknown name "theta9"/],
    [refusal(net({ penalty: { kind: 'abs-product', beta: -1 } })), /≥ 0, found -1/],
    [
      refusal({ ...net({ penalty: { kind: 'abs-product', beta: 1 } }), kind: 'relu-signed-square' }),
      /penalty\.kind.*these particles have none; take squared/,
    ],
    [refusal(custom({ penalty: 'abs(w)*(a - 2)' })), /factor of \|w\| must be ≥ 0/],
  ];
  for (const [said, wanted] of cases) assert.match(said, wanted);
  assert.is(refusal(custom({ penalty: 'abs(w)*(1 + a^2)' })), 'accepted');
});

spec('|w| times a formula is the located kink with that threshold: the built-in penalty by another way', () => {
  const particle = ['w', 'a', 'b'];
  const kinds = {
    formula: settingOf(of(custom({ particle, penalty: '0.3*abs(w)*sqrt(1 + a^2 + b^2)' }))).problem,
    plain: settingOf(of(custom({ particle, penalty: '0' }))).problem,
  };
  const built = { ...kinds.plain, penalty: absWeighted(0.3, 3, moduli.root(3)) };
  const r = random('formula', 'y');
  const y = Float64Array.from({ length: 12 }, (_, k) => (k === 3 ? 0 : r.normal()));
  const flows = [kinds.formula, built].map(p => flowOf(p, 4));
  const [a, b] = flows.map(f => {
    const out = new Float64Array(12);
    f.velocityInto(y, out);
    return out;
  });
  assert.ok(largestDifference(a, b) <= 1e-12);
  assert.is(flows[0].kinks?.count, 4);
  assert.ok(Math.abs(flows[0].energy(y) - flows[1].energy(y)) <= 1e-13);
  const proxes = flows.map(f => {
    const out = new Float64Array(12);
    f.split?.proxInto(y, 0.4, out);
    return out;
  });
  assert.ok(largestDifference(proxes[0], proxes[1]) <= 1e-13);
  const named = settingOf(of(net({ penalty: { kind: 'abs-weighted', beta: 1, modulus: 'root' } }))).problem;
  const written = settingOf(
    of(net({ penalty: { kind: 'abs-weighted', beta: 1, modulus: 'sqrt(1 + theta1^2 + theta2^2)' } })),
  ).problem;
  assert.ok(Math.abs(flowOf(named, 4).energy(y) - flowOf(written, 4).energy(y)) <= 1e-13);
  const shared = settingOf(of(custom({ particle, penalty: 'abs(w)*(1 + a^2) + 2*abs(w) + b^2' }))).problem;
  assert.is(shared.penalty?.value(Float64Array.of(-2, 3, 9), 1), 24);
});

spec('pgf check: a box is compact but its slopes cross it; |w||θ| shares the degree of ReLU', () => {
  const report = checkExperiment(of(net({ box, penalty: { kind: 'abs-weight', beta: 1 } })));
  assert.ok(report.ok);
  const status = (name: string) => report.assumptions.find(a => a.name === name);
  assert.is(status('φ bounded on Θ')?.status, 'holds');
  assert.is(status('boundary of Θ')?.status, 'fails');
  assert.match(status('boundary of Θ')?.detail ?? '', /Neumann.*theta[12] = /);
  assert.is(report.theorem.applies, 'none');
  assert.match(report.theorem.because, /boundary of Θ/);
  assert.is(report.kinks.filter(k => k.of === 'Θ').length, 4);
  assert.match(checkText(report), /Θ: theta1 = -0.6, one per particle/);
  // Slopes of cos(πa) vanish at both ends of [0, 1].
  const even = checkExperiment(
    of(custom({ particle: ['w', { name: 'a', from: 0, to: 1 }], feature: 'w*cos(pi*a)*x' })),
  );
  assert.is(even.assumptions.find(a => a.name === 'boundary of Θ')?.status, 'holds');
  assert.is(even.theorem.applies, '3.5', even.theorem.because);
  const tilted = checkExperiment(
    of(custom({ particle: ['w', { name: 'a', from: 0, to: 1 }], feature: 'w*cos(pi*a)*x', penalty: 'abs(w)*(1 + a)' })),
  );
  assert.is(tilted.assumptions.find(a => a.name === 'boundary of Θ')?.status, 'fails', 'Ṽ counts too');
  const product = checkExperiment(
    of({ ...net({ penalty: { kind: 'abs-product', beta: 0.1 } }), kind: 'relu-network' }),
  );
  assert.equal([product.ok, product.degrees[0].penalty, product.degrees[0].shared], [true, 2, true]);
  assert.ok(product.kinks.some(k => k.where.startsWith('θ = 0')));
  assert.is(product.assumptions.find(a => a.name === 'V semiconvex')?.status, 'holds');
});

spec('the copy of the domain is one property, asked by Φ, pictures and projections', async () => {
  const data = {
    X: [
      [1, 0.3],
      [-0.4, 1],
    ],
    y: [1, -1],
  };
  const problem = { kind: 'relu-signed-square', data, signs: [1, 1, -1] };
  const run = await runExperiment(of(problem, { particles: { count: 5 } }));
  assert.equal(run.copies, [1, 1, -1, -1, 1]);
  const { signs: _, ...plain } = problem;
  assert.is((await runExperiment(of({ ...plain, kind: 'relu-network' }))).copies, undefined);
  const inputs = { rows: 2, columns: 2, values: Float64Array.from(data.X.flat()) };
  const made = reluSignedSquare({ data: { inputs, targets: Float64Array.from(data.y) }, signs: [1, -1] });
  assert.equal(
    [0, 1, 2].map(i => made.copies?.(i)),
    [1, -1, 1],
  );
  // The same unit on both copies cancels, in f as in the projection.
  const y = Float64Array.of(0.6, 0.8, 0.6, 0.8);
  const f = new Float64Array(2);
  made.feature.sumInto(y, 2, f);
  assert.equal([...f], [0, 0]);
  assert.equal(projected(y, 2, spherical, made.copies), []);
  assert.is(projected(y, 2, spherical).length, 1);
  assert.throws(() => liftedValue(made, y, spherical), /two copies/);
  const report = checkExperiment(of(plain));
  assert.match(checkText(report), /on each copy/);
});

spec.run();
