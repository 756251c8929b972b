/** The comparison of methods: what each claims against a minimum that is known, and the command around it. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { compareMethods } from '../src/compare-methods.js';
import { METHODS } from '../src/competitors.js';
import { parseExperiment } from '../src/experiment-file.js';
import type { MethodComparison, MethodRow } from '../src/method-results.js';
import { figureSvg } from '../src/report/figures.js';
import { methodsHtml } from '../src/report/methods-html.js';
import { methodsFigure } from '../src/report/methods-plot.js';
import { methodHistoryCsv, methodsCsv, methodsText } from '../src/report/methods-text.js';
import { resolveExperiment } from '../src/resolve.js';
import { reference } from './truth/reference.js';

const spec = suite('compare-methods');
const origin = { version: '0', node: 'none', command: 'pgf compare-methods' };
const MAIN = fileURLToPath(new URL('../src/cli/main.js', import.meta.url));
const HERE = mkdtempSync(join(tmpdir(), 'methods-'));

type Settings = Parameters<typeof compareMethods>[2];
const compare = (text: string, settings: Settings = {}): Promise<MethodComparison> =>
  compareMethods(resolveExperiment(parseExperiment(text, 'my.yaml')).experiment, origin, settings);

const weak = reference('deconv-weak-m10');
const Fstar = weak.optimum?.Fstar ?? Number.NaN;
const WEAK = `problem:
  kind: deconvolution
  order: 7
  lambda: 0.1
  observation: { coefficients: [${weak.problem.type === 'deconvolution-1d' ? weak.problem.y.join(', ') : ''}] }
particles: { count: 20, init: grid }
time: { end: 2 }
seed: methods
`;
const SETTINGS = { positions: 200, rounds: 100 };
const rowIn = ({ rows }: MethodComparison, method: string): MethodRow => {
  const found = rows.find(r => r.method === method);
  if (!found) throw new Error(`${method} is missing`);
  return found;
};

spec('on the weak deconvolution every method keeps what it claims, and those without a grid reach F*', async () => {
  const c = await compare(WEAK, SETTINGS);
  assert.equal(
    c.rows.map(r => r.method),
    [...METHODS],
  );
  assert.equal(c.leftOut, []);
  for (const { method, energy, gap, excess, history, positions } of c.rows) {
    assert.ok(energy >= Fstar * (1 - 1e-12), `${method}: F = ${energy}`);
    assert.ok(energy - Fstar <= gap + 1e-14, `${method}: gap ${gap}`);
    assert.ok(Math.abs(excess - (energy - Fstar)) <= 1e-12, `${method}: excess ${excess}`);
    assert.ok(
      history.energy.every((F, k) => F - history.gap[k] <= Fstar * (1 + 1e-12)),
      `${method}: a bound above F*`,
    );
    for (const way of [history.positions, history.suprema, history.seconds])
      assert.ok(
        way.every((x, k) => k === 0 || x >= way[k - 1]),
        method,
      );
    assert.is(history.positions.at(-1), positions);
    assert.is(history.energy.at(-1), energy);
  }
  for (const method of ['flow', 'flow+newton', 'sliding-frank-wolfe', 'corrective-frank-wolfe', 'semidefinite']) {
    const { energy, spikes, ok } = rowIn(c, method);
    assert.ok(ok && Math.abs(energy - Fstar) <= 1e-8 * Fstar, `${method}: ${energy}`);
    assert.is(spikes, 5, method);
  }
  assert.ok(c.lower <= Fstar * (1 + 1e-14) && c.upper >= Fstar * (1 - 1e-14) && c.upper - c.lower <= 1e-12);
  assert.ok(rowIn(c, 'grid').excess < rowIn(c, 'frank-wolfe').excess);
  assert.ok((rowIn(c, 'frank-wolfe').atoms?.length ?? 999) <= 100);
  const descent = rowIn(c, 'cpgd');
  assert.match(descent.words, /^α = /);
  assert.ok(descent.excess <= 0.02 * Fstar, `${descent.excess}`);
  assert.ok(descent.atoms?.some(a => a.weight > 0) && descent.atoms.some(a => a.weight < 0));
  const { used, radius } = rowIn(c, 'frank-wolfe').numbers;
  assert.ok(used > 0 && used <= 1, `${used} of 2C/(k + 2)`);
  const variation = weak.optimum?.weights.reduce((s, w) => s + Math.abs(w), 0) ?? Number.NaN;
  assert.ok(Math.abs(radius - variation) <= 1e-8);
});

spec('the same again, but for the clock; and methods by name', async () => {
  const methods = ['sliding-frank-wolfe', 'cpgd'];
  const [a, b] = [await compare(WEAK, { methods, rounds: 5 }), await compare(WEAK, { methods, rounds: 5 })];
  assert.equal(
    a.rows.map(r => r.method),
    ['cpgd', 'sliding-frank-wolfe'],
  );
  for (const [i, { energy, positions, atoms, history }] of a.rows.entries()) {
    assert.is(energy, b.rows[i].energy);
    assert.is(positions, b.rows[i].positions);
    assert.equal(atoms, b.rows[i].atoms);
    assert.equal(history.energy, b.rows[i].history.energy);
  }
  const { leftOut } = await compare(WEAK, { methods: ['flow+newton'] });
  assert.match(leftOut[0].reason, /goes on from flow, which was not run/);
});

spec(
  'a network has no grid, no supremum and no circle, and says so; within a box they are searched, and nothing is proven',
  async () => {
    const text = (box: string) => `problem:
  kind: tanh-network
  data: { X: [[-1, 0.2], [-0.3, -1], [0.4, 0.7], [1, -0.5]], y: [1, -0.5, 0.3, 0.8] }
  bias: true
  lambda: 0.1
  penalty: { kind: abs-weight, beta: 0.1 }
  ${box}
particles: { count: 20, init: zero-weight }
time: { end: 20 }
`;
    const open = await compare(text(''), SETTINGS);
    assert.equal(
      open.rows.map(r => r.method),
      ['flow', 'random-features'],
    );
    assert.is(open.leftOut.length, METHODS.length - 2);
    assert.is(open.lower, Number.NEGATIVE_INFINITY);
    assert.match(methodsText(open), /nothing proves that it is the minimum/);
    const boxed = await compare(text('box: { from: -3, to: 3 }'), SETTINGS);
    const sliding = rowIn(boxed, 'sliding-frank-wolfe');
    assert.is(sliding.gap, Number.POSITIVE_INFINITY);
    for (const r of boxed.rows) assert.ok(sliding.energy <= r.energy * (1 + 1e-6), `${r.method}: ${r.energy}`);
  },
);

const bumps = (weight: string) => `problem:
  kind: custom
  particle: [${weight}, { name: t, from: -1, to: 1 }]
  feature: "w*exp(-(t-x)^2/0.02)"
  loss: "(f-y)^2"
  penalty: "abs(w)/10"
  data: { columns: { x: [-1, -0.5, 0, 0.5, 1], y: [0, 1, 0.2, -1, 0] } }
particles: { count: 20, init: grid }
time: { end: 20 }
`;

for (const [weight, nonnegative] of [
  ['w', false],
  ['{ name: w, from: 0 }', true],
] as const)
  spec(
    `where a loss names no Lipschitz constant and no conjugate the grid still ends at its optimum${nonnegative ? ', w ≥ 0' : ''}`,
    async () => {
      const c = await compare(bumps(weight), { ...SETTINGS, methods: ['flow', 'grid', 'sliding-frank-wolfe'] });
      const [flow, grid, sliding] = ['flow', 'grid', 'sliding-frank-wolfe'].map(m => rowIn(c, m));
      assert.ok(grid.ok && sliding.ok);
      // The bump at −0.5 alone, and where w may be negative its mirror image too.
      assert.is(
        sliding.atoms?.some(a => a.weight < 0),
        !nonnegative,
      );
      assert.ok(grid.excess <= 1e-3 * sliding.energy && sliding.excess <= 1e-12);
      // The tails of a Gaussian move a particle slowly.
      assert.ok(flow.excess <= 1e-2 * sliding.energy, `${flow.excess}`);
    },
  );

spec('text, CSV, page and picture tell of every method', async () => {
  const c = await compare(WEAK, { methods: ['flow', 'sliding-frank-wolfe', 'semidefinite'], rounds: 5 });
  const figure = methodsFigure(c);
  assert.ok(figure);
  const svg = figureSvg(figure);
  for (const shown of [methodsText(c), methodsCsv(c), methodHistoryCsv(c), methodsHtml(c), svg])
    for (const { method } of c.rows) assert.ok(shown.includes(method), `${method} in ${shown.slice(0, 40)}`);
  assert.ok(
    methodsText(c)
      .split('\n')
      .every(l => l.length <= 100),
  );
  assert.not(/NaN|undefined|Infinity/.test(svg));
  assert.is(methodsCsv(c).trim().split('\r\n').length, 1 + c.rows.length);
  assert.is(
    methodHistoryCsv(c).trim().split('\r\n').length,
    1 + c.rows.reduce((n, r) => n + r.history.round.length, 0),
  );
  assert.match(figure.caption, /semidefinite works on moments/);
});

function pgf(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, 'compare-methods', ...args], {
    cwd: HERE,
    encoding: 'utf8',
  });
  return { status, out: stdout, err: stderr };
}
const QUICK = ['--method', 'sliding-frank-wolfe,semidefinite'];

spec('the command writes one folder of its own, prints the table, and tells of its progress elsewhere', () => {
  writeFileSync(join(HERE, 'weak.yaml'), WEAK);
  const { status, out, err } = pgf('weak.yaml', ...QUICK);
  assert.is(status, 0, err);
  assert.match(out, /≤ F\* ≤/);
  assert.match(err, /^sliding-frank-wolfe$/m);
  const [folder] = readdirSync(join(HERE, 'runs'));
  assert.match(folder, /^deconvolution-methods-[0-9a-f]{8}$/);
  const files = readdirSync(join(HERE, 'runs', folder)).sort();
  assert.equal(files, [
    'experiment.yaml',
    'figures',
    'history.csv',
    'manifest.json',
    'methods.csv',
    'methods.json',
    'report.html',
  ]);
  const stored = JSON.parse(readFileSync(join(HERE, 'runs', folder, 'methods.json'), 'utf8')) as MethodComparison;
  assert.is(stored.format, 'pgf-methods-1');
  assert.is(stored.rows.length, 2);
  assert.is(pgf('weak.yaml', ...QUICK, '--quiet').status, 0, 'its own folder is replaced');
  assert.is(
    pgf('weak.yaml', '--method', 'semidefinite', '--out', `runs/${folder}`).status,
    5,
    'that of other settings is not',
  );
});

spec('with --json nothing is written; what is wrong is refused before anything is computed', () => {
  const before = readdirSync(HERE);
  const { status, out } = pgf('weak.yaml', ...QUICK, '--json', '--quiet');
  assert.is(status, 0);
  assert.is((JSON.parse(out) as MethodComparison).rows.length, 2);
  for (const [args, wanted] of [
    [['--method', 'sliding'], /--method: found sliding.*allowed: flow, flow\+newton/],
    [['--tol', '-1'], /--tol must be a number in \[1e-14, 1\], found -1/],
    [['--positions', '2.5'], /--positions must be a whole number/],
  ] as const) {
    const refused = pgf('weak.yaml', ...args);
    assert.is(refused.status, 2, refused.err);
    assert.match(refused.err, wanted);
    assert.is(refused.out, '');
  }
  const stream = pgf('stream-sigmoid', '--out', 'stream');
  assert.is(stream.status, 2);
  assert.match(stream.err, /no method is to be had.*stream of fresh samples/);
  assert.not(existsSync(join(HERE, 'stream')));
  assert.equal(readdirSync(HERE), before);
});

spec.run();
