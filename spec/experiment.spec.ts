/** Bad experiments: each is refused with its place, what was found and what is allowed; hostile text never reaches a prototype. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { InvalidExperiment, override, parseExperiment, setting } from '../src/experiment-file.js';
import { resolveExperiment } from '../src/resolve.js';

const experiment = suite('experiment');

const GOOD = `problem:
  kind: deconvolution
  order: 2
  lambda: 0.5
  observation: { spikes: [[1, 0.2], [-0.5, 0.7]] }
particles: { count: 8 }
solver: { kind: inclusion, rtol: 1e-6 }
time: { end: 1, saveAt: [0, 1] }
seed: a
`;

function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof InvalidExperiment) return error.message;
    throw error;
  }
  return 'accepted';
}

const changed = (...sets: string[]) =>
  resolveExperiment(override(parseExperiment(GOOD, 'good.yaml'), sets.map(setting)));

/** [override, place, what the message must hold]. Numbers are the items of a list of inputs that broke other tools. */
const refused: readonly [string, string, RegExp][] = [
  ['problem.observation={coefficients: [1, 2, .nan, 4, 5]}', 'coefficients[2]', /finite.*found NaN/],
  ['problem.observation={coefficients: [1, 2, "NaN", 4, 5]}', 'coefficients[2]', /finite.*found "NaN"/],
  ['problem.observation={coefficients: [1, 2, null, 4, 5]}', 'coefficients[2]', /finite.*found null/],
  ['problem.observation={coefficients: [1, 2, 1e999, 4, 5]}', 'coefficients[2]', /finite.*found Infinity/],
  ['problem.observation={coefficients: [1, 2, 3, 4]}', 'coefficients', /2K\+1 = 5 numbers, found 4/],
  ['problem.observation={coefficients: [1, 2, 3]}', 'coefficients', /3 coefficients belong to order 1/],
  ['problem.observation={coefficients: []}', 'coefficients', /at least 1/],
  ['problem.observation={spikes: [[1]]}', 'spikes[0]', /1 entries/],
  ['problem.observation={spikes: []}', 'spikes', /at least 1/],
  ['particles={values: [[1, 2], [3]]}', 'values[1]', /2 numbers, found 1/],
  ['particles={values: []}', 'values', /at least 1/],
  ['particles.count=0', 'count', /≥ 1, found 0/],
  ['particles.count=-1', 'count', /≥ 1, found -1/],
  ['particles.count=1.5', 'count', /whole number, found 1.5/],
  ['particles.count="10"', 'count', /number.*found "10"/],
  ['particles.count=1e9', 'particles', /GiB would be needed/],
  ['particles.count=9007199254740993', 'count', /≤/],
  ['problem.order=0', 'order', /≥ 1, found 0/],
  ['problem.lambda=0', 'lambda', /> 0, found 0/],
  ['problem.lambda=-0.5', 'lambda', /> 0, found -0.5/],
  ['problem.penalty={kind: abs-weight, beta: -1}', 'beta', /≥ 0, found -1/],
  ['solver={kind: gd, step: 0}', 'step', /> 0, found 0/],
  ['solver={kind: gd, step: -1}', 'step', /> 0, found -1/],
  ['solver={kind: gd, step: .nan}', 'step', /finite.*found NaN/],
  ['solver={kind: gd, step: 1e300}', 'step', /≤ 1e\+100/],
  ['solver={kind: gd, step: 1, rate: 1}', 'solver', /exactly one of step/],
  ['solver={kind: gd}', 'solver', /exactly one of step/],
  ['solver={kind: gd, step: 1e-12}', 'solver', /steps, above the budget/],
  ['time.end=-1', 'time.end', /≥ 0, found -1/],
  ['time.end=.inf', 'time.end', /finite.*found Infinity/],
  ['time.saveAt=[1, 0]', 'saveAt[1]', /increase, found 0 after 1/],
  ['time.saveAt=[0, 0]', 'saveAt[1]', /increase/],
  ['time.saveAt=[0, 2]', 'saveAt[1]', /\[0, 1\], found 2/],
  ['solver={kind: inclusion, rtol: 0, atol: 0}', 'solver', /both 0/],
  ['solver.rtol=-1e-6', 'rtol', /≥ 0, found -0.000001/],
  ['budget={steps: 0}', 'budget.steps', /≥ 1, found 0/],
  ['seed=""', 'seed', /at least 1/],
  ['seed={a: 1}', 'seed', /found {"a":1}/],
  ['seed=1e400', 'seed', /found Infinity/],
  ['particles={values: [[1e308, 0.1]]}', 'values[0][0]', /≤ 1e\+100/],
  ['particles={count: 3, values: [[1, 2]]}', 'particles', /does not go together/],
  ['problem.observation={spikes: [[1, 0]], coefficients: [1, 2, 3, 4, 5]}', 'observation', /does not go together/],
  ['compare={stepsize: {steps: [1e-12]}}', 'steps[0]', /iterations/],
  ['problem.observation.spikes.7=[1, 0]', '', /no place in it/],
  ['problem.lamda=1', 'problem.lamda', /unknown key; did you mean lambda\?/],
  ['particles.cuont=3', 'particles.cuont', /did you mean count\?/],
  ['solver.kind=inclsion', 'solver.kind', /did you mean inclusion\?/],
  ['problem.kind=deconv', 'problem.kind', /found "deconv".*deconvolution/],
  ['particles.init=gird', 'particles.init', /did you mean grid\?/],
  ['name=constructor', 'name', /built-in/],
  ['name=../../etc', 'name', /letters, digits/],
  ['toString=1', 'toString', /unknown key/],
  ['problem.hasOwnProperty=1', 'problem.hasOwnProperty', /unknown key/],
  ['compare={stepsize: {methods: [foo]}}', 'methods[0]', /"gd" or "proximal-euler", found "foo"/],
];

experiment('every refused value is named with its place, what was found and what is allowed', () => {
  for (const [set, place, says] of refused) {
    const message = refusal(() => changed(set));
    assert.ok(message.startsWith(`--set ${set}`) || message.startsWith('good.yaml:'), `${set}: ${message}`);
    assert.ok(message.includes(place), `${set}: ${place} is not in: ${message}`);
    assert.match(message, says);
  }
});

experiment('a fault in a file is placed by line and column', () => {
  assert.match(
    refusal(() => resolveExperiment(parseExperiment(GOOD.replace('0.5\n', '-0.5\n'), 'a.yaml'))),
    /^a\.yaml:4:11: problem\.lambda: must be > 0, found -0\.5$/,
  );
  assert.match(
    refusal(() => resolveExperiment(parseExperiment(GOOD.replace('lambda', 'lamda'), 'a.yaml'))),
    /^a\.yaml:4:\d+: problem\.lamda: unknown key; did you mean lambda/m,
  );
});

/** Text that must not get past the parser. */
const hostile: readonly [string, RegExp][] = [
  ['a: 1\na: 2\n', /2:1.*unique/],
  ['{"a": 1, "a": 2}', /unique/],
  ['a: &x [1, *x]\n', /alias/],
  ['[', /^h\.yaml/],
  ['['.repeat(100_000), /nested deeper than 64/],
  ['{"a":'.repeat(100_000), /nested deeper than 64/],
  ['- '.repeat(2000), /nested deeper than 64/],
  ['__proto__: {x: 1}\n', /__proto__/],
  ['{"problem": {"__proto__": {"x": 1}}}', /problem.*__proto__/],
  ['constructor: {prototype: {x: 1}}\n', /constructor/],
  ['x: !!js/function "f"\n', /tag/i],
  ['x: !evil 1\n', /tag/i],
];

experiment('hostile text is refused before it is used', () => {
  for (const [text, says] of hostile)
    assert.match(
      refusal(() => parseExperiment(text, 'h.yaml')),
      says,
    );
  assert.match(
    refusal(() => parseExperiment(`# ${'x'.repeat(5e6)}`, 'h.yaml')),
    /at most/,
  );
  assert.is(({} as Record<string, unknown>).x, undefined);
});

experiment('overrides cannot reach a prototype', () => {
  const file = parseExperiment(GOOD, 'good.yaml');
  for (const set of [
    '__proto__.x=1',
    'constructor.prototype.x=1',
    'problem.__proto__.x=1',
    'a..b=1',
    'noequals',
    'problem={__proto__: {x: 1}}',
  ])
    assert.match(
      refusal(() => override(file, [setting(set)])),
      /--set/,
    );
  assert.is(({} as Record<string, unknown>).x, undefined);
});

experiment('an override leaves the file it came from untouched', () => {
  const file = parseExperiment(GOOD, 'good.yaml');
  override(file, [setting('problem.lambda=7')]);
  assert.is((file.value as { problem: { lambda: number } }).problem.lambda, 0.5);
});

experiment('defaults are filled in, and stored', () => {
  const { experiment: e, warnings } = resolveExperiment(
    parseExperiment(
      GOOD.replace(/solver.*\n/, '')
        .replace('seed: a\n', '')
        .replace(', saveAt: [0, 1]', ''),
      'a.yaml',
    ),
  );
  assert.is(e.solver?.kind, 'auto');
  assert.is(e.solver?.rtol, 1e-6);
  assert.equal(e.problem.penalty, { kind: 'abs-weight', beta: 1 });
  assert.equal(e.time.saveAt, [0, 1]);
  assert.is(e.seed, 'pgf');
  assert.equal(warnings, []);
});

experiment('a resolved experiment resolves to itself', () => {
  const once = changed().experiment;
  const twice = resolveExperiment({
    value: structuredClone(once),
    source: 'again',
    locate: () => undefined,
  }).experiment;
  assert.equal(twice, once);
});

experiment('a tolerance below rounding is raised, a loose one and a long step are warned about', () => {
  assert.match(changed('solver.rtol=1e-20').warnings[0], /raised to 2\.2e-14/);
  assert.match(changed('solver.rtol=1e-4').warnings[0], /stability limit/);
  assert.match(changed('solver={kind: gd, step: 3}').warnings[0], /longer than time\.end/);
  const seedless = parseExperiment(
    GOOD.replace('seed: a\n', '').replace('count: 8', 'count: 8, init: random'),
    'a.yaml',
  );
  assert.match(resolveExperiment(seedless).warnings[0], /no seed given/);
});

experiment('a particle count given twice runs once, and says so', () => {
  const { experiment: e, warnings } = changed('compare={counts: [4, 8, 4]}');
  assert.equal(e.compare?.counts, [4, 8]);
  assert.match(warnings.join(), /doubled values run once: 4, 8/);
  assert.equal(changed('compare={counts: [4, 8]}').warnings.join(), '');
});

experiment('JSON is read as well', () => {
  const json = JSON.stringify(parseExperiment(GOOD, 'good.yaml').value);
  assert.equal(resolveExperiment(parseExperiment(json, 'good.json')).experiment, changed().experiment);
});

experiment.run();
