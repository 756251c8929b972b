/** Wrong data as the command itself meets them. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { at, custom, formula, HERE, sample } from './refused.js';

const errors = suite('data errors of the command');
const MAIN = fileURLToPath(new URL('../src/cli/main.js', import.meta.url));

errors('the command itself: exit 2, nothing on standard output, nothing written', () => {
  rmSync(at('runs'), { recursive: true, force: true });
  writeFileSync(at('bad.csv'), '');
  const texts = [
    sample('{ X: [[1], [.nan]], y: [1, 2] }'),
    custom('{ file: bad.csv }'),
    sample('{ file: missing.csv, target: y }'),
    sample('{ X: [[1]], y: [0] }', 'loss: { kind: logistic }'),
    formula('cos.constructor("x")()'),
  ];
  for (const [k, text] of texts.entries()) {
    writeFileSync(at(`bad-${k}.yaml`), text);
    const before = readdirSync(HERE);
    const commands = [['run', `bad-${k}.yaml`], ...(k === 0 ? [['check', 'bad-0.yaml']] : [])];
    for (const args of commands) {
      const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], { cwd: HERE, encoding: 'utf8' });
      assert.equal([status, stdout], [2, ''], stderr);
      assert.match(stderr, new RegExp(`^bad-${k}\\.yaml:\\d+:\\d+: problem`), stderr);
      assert.not.match(stderr, /\n\s+at /);
    }
    assert.equal(readdirSync(HERE), before);
  }
  assert.not.ok(existsSync(at('runs')));
});

errors.run();
