/** The built command as users call it: exit statuses, streams, folders. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { RunResult, Study } from '../src/results.js';

const MAIN = fileURLToPath(new URL('../src/cli/main.js', import.meta.url));
const HERE = mkdtempSync(join(tmpdir(), 'command-'));

const SMALL = `name: small
problem:
  kind: deconvolution
  order: 2
  lambda: 0.5
  observation: { spikes: [[1, 0.2], [-0.5, 0.7]] }
particles: { count: 8 }
time: { end: 0.1 }
`;
writeFileSync(join(HERE, 'small.yaml'), SMALL);

interface Called {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

function pgf(args: readonly string[], input = ''): Called {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], {
    cwd: HERE,
    input,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  return { status, out: stdout, err: stderr };
}

const inside = (folder: string) => readdirSync(join(HERE, folder)).sort();

const command = suite('command');

command('run --json prints one document, keeps messages apart and writes nothing', () => {
  const before = readdirSync(HERE);
  const { status, out, err } = pgf(['run', 'small.yaml', '--json', '--set', 'time.saveAt=[0, 0.05, 0.1]']);
  assert.is(status, 0, err);
  const r = JSON.parse(out) as RunResult;
  assert.is(r.outcome.code, 'end');
  assert.equal(r.saved.t, [0, 0.05, 0.1]);
  assert.is(r.saved.particles[2].length, 8);
  assert.is(r.series.t.length, r.outcome.stats.steps + 1);
  assert.ok(r.audit.relativeDefect <= 1e-5 && r.certificate.proof);
  assert.match(err, /energy/);
  assert.equal(readdirSync(HERE), before);
});

command('run writes a folder that reproduces itself, and replaces only its own', () => {
  assert.is(pgf(['run', 'small.yaml', '--out', 'a/run', '--quiet']).status, 0);
  assert.equal(inside('a/run'), [
    'experiment.yaml',
    'figures',
    'manifest.json',
    'metrics.csv',
    'report.html',
    'result.json',
    'saved.csv',
  ]);
  assert.is(pgf(['run', 'small.yaml', '--out', 'a/run', '--quiet']).status, 0, 'the same experiment is replaced');
  const other = pgf(['run', 'small.yaml', '--T', '0.05', '--out', 'a/run']);
  assert.is(other.status, 5);
  assert.match(other.err, /another experiment; use --force/);
  assert.is(pgf(['run', 'small.yaml', '--T', '0.05', '--out', 'a/run', '--force', '--quiet']).status, 0);
  const again = JSON.parse(pgf(['run', 'a/run/experiment.yaml', '--json']).out) as RunResult;
  const stored = JSON.parse(readFileSync(join(HERE, 'a/run/result.json'), 'utf8')) as RunResult;
  assert.equal(again.series, stored.series);
  assert.equal(inside('a'), ['run'], 'no temporary folder is left');
});

command('files that are not a run are never replaced, not even by force', () => {
  mkdirSync(join(HERE, 'thesis'));
  writeFileSync(join(HERE, 'thesis/thesis.tex'), 'x');
  assert.is(pgf(['run', 'small.yaml', '--out', 'thesis', '--force']).status, 5);
  assert.equal(inside('thesis'), ['thesis.tex']);
});

command('bad input exits 2 before anything is written', () => {
  const bad: readonly string[][] = [
    ['run'],
    ['rnu', 'small.yaml'],
    ['run', 'small.yaml', '--bogus'],
    ['run', 'missing.yaml'],
    ['run', '.'],
    ['run', 'figure1'],
    ['run', 'constructor'],
    ['run', 'small.yaml', '--out', 'never', '--set', 'particles.count=0'],
    ['run', 'small.yaml', '--out', 'never', '--set', 'problem.observation={samples: none.csv}'],
    ['stepsize', 'small.yaml', '--eta', '1,abc'],
    ['stepsize', 'small.yaml', '--eta', 'log(1,2)'],
    ['stepsize', 'small.yaml', '--method', 'foo'],
    ['audit', 'small.yaml', '--tol', '-1'],
    ['report', 'missing'],
    ['figure', 'seven'],
    ['figure', '1', '--problems', '3'],
    ['figure', '1', '--m', '0'],
    ['figure', '1', '-o', 'one.png'],
    ['figure', '1', '--runs', '3'],
    ['figure', '3', '--panels', 'relux'],
    ['figure', '3', '--panels', 'deconvolution', '--steps', '9'],
    ['figure', '1', '--seed='],
    ['regimes', 'scale', '--seed='],
    ['regimes', 'scale', 'two-copies', '--seed='],
    ['figure', '3', '--tier', 'best'],
    ['regimes', 'size'],
    ['regimes', 'width', '--published'],
    ['regimes', 'scale', '--m', '7'],
    ['regimes', 'width', '--tau', '1'],
    ['regimes', 'width', '--time', '1,2'],
    ['regimes', 'scale', '--n', '20000', '--m', '100000', '--d', '10000'],
    ['run', 'small.yaml/below'],
    ['audit', 'small.yaml/below'],
  ];
  for (const args of bad) {
    const { status, out, err } = pgf(args);
    assert.is(status, 2, `${args.join(' ')}: ${err}`);
    assert.is(out, '');
    assert.ok(err.length > 0 && !/\n\s+at /.test(err), `no stack: ${err}`);
  }
  assert.not.ok(existsSync(join(HERE, 'never')));
  assert.match(pgf(['run', 'figure1']).err, /did you mean figure-1/);
  assert.match(pgf(['figure', 'sigmoids']).err, /did you mean sigmoid\?[\s\S]*gd-vs-flow/);
});

command('a figure is three files, replaced only by force, or one document', () => {
  assert.is(pgf(['figure', 'gd-vs-flow', '-o', 'gd.svg', '--quiet']).status, 0);
  for (const end of ['svg', 'csv', 'json']) assert.ok(existsSync(join(HERE, `gd.${end}`)), end);
  assert.is(pgf(['figure', 'gd-vs-flow', '-o', 'gd.svg']).status, 5);
  const { status, out } = pgf(['figure', 'gd-vs-flow', '--json']);
  assert.is(status, 0);
  assert.equal(JSON.parse(out).table, JSON.parse(readFileSync(join(HERE, 'gd.json'), 'utf8')).table);
  assert.not.ok(existsSync(join(HERE, 'figure-gd-vs-flow.svg')));
});

command('a place that cannot be written is refused before anything is computed', () => {
  mkdirSync(join(HERE, 'taken.svg'));
  for (const output of ['small.yaml/one.svg', 'nowhere/one.svg', 'taken.svg']) {
    const { status, out, err } = pgf(['figure', '1', '--m', '2', '--T', '0.01', '--force', '-o', output]);
    assert.is(status, 5, `${output}: ${err}`);
    assert.is(out, '');
    assert.not.match(err, /m=2|internal/);
  }
});

command('where no folder can be made that is said at once, however deep', () => {
  const bench = fileURLToPath(new URL('./bench/main.js', import.meta.url));
  // A file on the way; a file system in which mkdir with `recursive` never returns.
  for (const out of [join(HERE, 'small.yaml', 'a', 'b'), ...(existsSync('/proc/self') ? ['/proc/x/y'] : [])])
    for (const [program, status] of [
      [[MAIN, 'run', 'small.yaml', '--out', out], 5],
      [[bench, '--rows', 'odex', '--out', out], 2],
    ] as const) {
      const found = spawnSync(process.execPath, program, { cwd: HERE, encoding: 'utf8', timeout: 60_000 });
      assert.is(found.status, status, found.stderr);
      assert.is(found.stdout, '');
      assert.match(found.stderr, /(does not exist and cannot be created there|lies below something)/);
    }
});

command('the folder of another command is named as that', () => {
  assert.is(pgf(['limit', 'small.yaml', '--m', '2', '--out', 'limits', '--quiet']).status, 0);
  for (const name of ['audit', 'report', 'escape']) {
    const { status, err } = pgf([name, 'limits']);
    assert.is(status, 2);
    assert.match(err, /pgf limit.*pgf run/);
  }
  assert.match(pgf(['limit', 'small.yaml', '--m', '2', '--seeds', 'many']).err, /found many/);
});

command('standard input is an experiment too', () => {
  const { status, out } = pgf(['run', '-', '--json', '--set', 'particles.count=3'], SMALL);
  assert.is(status, 0);
  assert.is((JSON.parse(out) as RunResult).final.particles.length, 3);
});

command('samples in a CSV beside the experiment are found', () => {
  mkdirSync(join(HERE, 'data'));
  const rows = Array.from({ length: 30 }, (_, i) => `${i / 30};${Math.cos((2 * Math.PI * i) / 30)}`);
  writeFileSync(join(HERE, 'data/signal.csv'), `x;y\n${rows.join('\n')}\n`);
  writeFileSync(join(HERE, 'data/mine.yaml'), SMALL.replace(/observation.*/, 'observation: { samples: signal.csv }'));
  const { status, out, err } = pgf(['run', 'data/mine.yaml', '--json']);
  assert.is(status, 0, err);
  const { observation } = (JSON.parse(out) as RunResult).spec.problem as unknown as {
    observation: { coefficients: number[] };
  };
  assert.ok(Math.abs(observation.coefficients[1] - Math.SQRT1_2) <= 1e-12, 'cos 2πx = (1/√2)·√2 cos 2πx');
});

command('a numerical failure exits 3 and keeps the partial result', () => {
  const { status, err } = pgf(['run', 'small.yaml', '--out', 'short', '--set', 'budget.steps=3']);
  assert.is(status, 3);
  assert.match(err, /max-steps/);
  const r = JSON.parse(readFileSync(join(HERE, 'short/result.json'), 'utf8')) as RunResult;
  assert.is(r.outcome.code, 'max-steps');
  assert.is(r.series.t.length, r.outcome.stats.steps + 1);
  assert.is(pgf(['run', 'small.yaml', '--json', '--set', 'solver={kind: gd, step: 1e10}']).status, 3);
});

command('stepsize exits 0 when a step diverges, and writes a report', () => {
  const { status, out } = pgf(['stepsize', 'small.yaml', '--eta', '1e-3,0.09', '--method', 'gd', '--out', 'steps']);
  assert.is(status, 0);
  assert.match(out, /gd/);
  const study = JSON.parse(readFileSync(join(HERE, 'steps/result.json'), 'utf8')) as Study;
  assert.is(study.stepsize?.rows.length, 2);
  assert.ok(inside('steps').includes('stepsize.csv'));
});

command('audit passes an honest run and exits 4 on a false one', () => {
  assert.is(pgf(['run', 'small.yaml', '--out', 'honest', '--quiet']).status, 0);
  assert.is(pgf(['audit', 'honest']).status, 0);
  assert.is(pgf(['audit', 'small.yaml', '--quiet']).status, 0);
  assert.is(pgf(['audit', 'honest', '--tol', '1e-15']).status, 4, 'a tolerance that cannot be met');
  assert.is(pgf(['audit', 'honest', '--global']).status, 4, 'the run ends before the minimum');
  const r = JSON.parse(readFileSync(join(HERE, 'honest/result.json'), 'utf8')) as { saved: { energy: number[] } };
  r.saved.energy[1] *= 1 + 1e-6;
  writeFileSync(join(HERE, 'false.json'), JSON.stringify(r));
  assert.is(pgf(['audit', 'false.json']).status, 4, 'stored F does not belong to the stored particles');
});

command('report joins runs of one problem, refuses others and anything that is no result', () => {
  for (const m of ['4', '9'])
    assert.is(pgf(['run', 'small.yaml', '--set', `particles.count=${m}`, '--out', `m${m}`, '--quiet']).status, 0);
  assert.is(pgf(['report', 'm4', 'm9', '-o', 'both.html']).status, 0);
  const html = readFileSync(join(HERE, 'both.html'), 'utf8');
  assert.ok(html.includes('m = 4') && html.includes('m = 9'));
  assert.not.match(html, /<script/);
  assert.is(pgf(['report', 'm4', '-o', 'both.html']).status, 5, 'an existing file is kept');
  writeFileSync(join(HERE, 'no.json'), '{"format":"pgf-study-1"}');
  assert.is(pgf(['report', 'no.json', '-o', 'no.html']).status, 2);
  assert.is(pgf(['report', 'small.yaml', '-o', 'no.html']).status, 2);
});

command('list, presets, schema, help and version print and exit 0', () => {
  for (const args of [
    ['list'],
    ['list', '--json'],
    ['presets'],
    ['presets', '--json'],
    ['schema'],
    ['--help'],
    ['--version'],
  ]) {
    const { status, out } = pgf(args);
    assert.is(status, 0);
    assert.ok(out.length > 0);
  }
  assert.is(JSON.parse(pgf(['schema']).out).additionalProperties, false);
});

command('Ctrl-C keeps the result so far and exits 130', async () => {
  const child = spawn(process.execPath, [MAIN, 'run', 'stiff', '--out', 'stopped'], {
    cwd: HERE,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let sent = false;
  child.stderr.on('data', () => {
    if (!sent) child.kill('SIGINT');
    sent = true;
  });
  const status = await new Promise(resolve => child.on('close', resolve));
  assert.is(status, 130);
  const r = JSON.parse(readFileSync(join(HERE, 'stopped/result.json'), 'utf8')) as RunResult;
  assert.is(r.outcome.code, 'interrupted');
  assert.ok(r.outcome.t > 0 && r.outcome.t < 8);
});

command('a closed pipe is no error', () => {
  const script = `"${process.execPath}" "${MAIN}" run small.yaml --json --quiet | head -c 10; echo " \${PIPESTATUS[0]}"`;
  const { stdout, stderr } = spawnSync('bash', ['-c', script], { cwd: HERE, encoding: 'utf8' });
  assert.match(stdout, / 0\n$/);
  assert.is(stderr, '');
});

command.run();
