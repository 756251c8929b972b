/** `pgf new`: every kind has a commented template that parses, resolves without a warning and runs. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { templateOf } from '../src/cli/new.js';
import { parseExperiment } from '../src/experiment-file.js';
import { resolveExperiment } from '../src/resolve.js';
import { runExperiment } from '../src/run.js';
import { problemKinds } from '../src/spec.js';

const templates = suite('new');
const MAIN = fileURLToPath(new URL('../src/cli/main.js', import.meta.url));
const HERE = mkdtempSync(join(tmpdir(), 'new-'));
const pgf = (...args: string[]) => spawnSync(process.execPath, [MAIN, ...args], { cwd: HERE, encoding: 'utf8' });

for (const kind of problemKinds)
  templates(`${kind.kind} runs as it is`, async () => {
    const text = templateOf(kind);
    assert.ok(text.split('\n').filter(l => l.includes('#')).length >= 8, 'it is commented');
    const { experiment, warnings } = resolveExperiment(parseExperiment(text, `${kind.kind}.yaml`));
    assert.equal(warnings, []);
    assert.is(experiment.problem.kind, kind.kind);
    const { outcome } = await runExperiment(experiment);
    assert.is(outcome.code, 'end', outcome.message);
  });

templates('prints the default, writes a file once, refuses unknown kinds and to overwrite', () => {
  assert.match(pgf('new').stdout, /^# deconvolution/);
  assert.is(pgf('new', 'sigmoid-network', '-o', 'mine.yaml').status, 0);
  const written = readFileSync(join(HERE, 'mine.yaml'), 'utf8');
  const again = pgf('new', 'low-rank', '-o', 'mine.yaml');
  assert.is(again.status, 5);
  assert.is(readFileSync(join(HERE, 'mine.yaml'), 'utf8'), written);
  const unknown = pgf('new', 'low-rnk');
  assert.is(unknown.status, 2);
  assert.match(unknown.stderr, /did you mean low-rank/);
  assert.is(pgf('run', 'mine.yaml', '--json', '--quiet').status, 0);
});

templates.run();
