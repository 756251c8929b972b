/** The runner itself: everything uvu passes over in silence fails here. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { packageRoot } from './truth/reference.js';

const runner = suite('spec runner');

/** Runs a copy of the runner over hand-written spec files, inside dist/ so that they find uvu. */
function running(
  files: Readonly<Record<string, string>>,
  ...args: string[]
): { code: number | null; said: string; last: string } {
  const folder = mkdtempSync(fileURLToPath(new URL('dist/runner-', packageRoot)));
  try {
    copyFileSync(fileURLToPath(new URL('dist/spec/main.js', packageRoot)), join(folder, 'main.js'));
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    const { status, stdout } = spawnSync(process.execPath, [join(folder, 'main.js'), ...args], { encoding: 'utf8' });
    return { code: status, said: stdout, last: stdout.trimEnd().split('\n').at(-1) ?? '' };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const start = "import { suite, test } from 'uvu';\nimport * as assert from 'uvu/assert';\n";
const good = "test('holds', () => assert.ok(true));\ntest('holds too', () => assert.ok(true));\n";
const bad = "test('breaks', () => assert.is(1, 2));\n";

runner('counts over files and prints what failed', () => {
  const { code, said, last } = running({
    'a.spec.js': `${start}${good}test.run();`,
    'b.spec.js': `${start}${good}${bad}test.run();`,
  });
  assert.equal([code, last], [1, '4 passed, 1 failed']);
  assert.match(said, /FAIL.*"breaks"/);
  assert.not.match(said, /FAIL.*"holds"/);
});

runner('exits 0 when everything holds', () => {
  assert.equal(running({ 'a.spec.js': `${start}${good}test.run();` }).code, 0);
});

runner('no test, or a pattern that matches none, fails', () => {
  assert.equal(running({}).code, 1);
  const { code, last } = running({ 'a.spec.js': `${start}${good}test.run();` }, 'nothing-like-this');
  assert.equal([code, last], [1, '0 passed, 0 failed']);
});

runner('a pattern selects files', () => {
  const files = { 'a.spec.js': `${start}${good}test.run();`, 'b.spec.js': `${start}${bad}test.run();` };
  assert.is(running(files, '^a').last, '2 passed, 0 failed');
});

runner('a forgotten run() fails, also that of a second suite', () => {
  assert.match(running({ 'a.spec.js': `${start}${good}` }).said, /never calls test\.run\(\)/);
  const two = `${start.replace(', test', '')}const one = suite('one');\nconst two = suite('two');\none('holds', () => {});\ntwo('holds', () => {});\none.run();`;
  const { code, said } = running({ 'a.spec.js': two });
  assert.is(code, 1);
  assert.match(said, /never calls two\.run\(\)/);
});

runner('a forgotten only() fails', () => {
  assert.match(
    running({ 'a.spec.js': `${start}${good}test.only('alone', () => {});\ntest.run();` }).said,
    /test\.only\(\) leaves out/,
  );
});

runner('a file that throws before its tests, or an exit in the middle of them, fails', () => {
  assert.is(
    running({ 'a.spec.js': `${start}${good}test.run();\nthrow new Error('early');` }).last,
    '0 passed, 1 failed',
  );
  const { code, last } = running({ 'a.spec.js': `${start}${good}test('leaves', () => process.exit(0));\ntest.run();` });
  assert.equal([code, last], [1, '0 passed, 1 failed']);
});

runner('a rejection that nobody awaited fails', () => {
  const { code } = running({
    'a.spec.js': `${start}${good}test('late', () => void Promise.reject(new Error('late')));\ntest.run();`,
  });
  assert.is(code, 1);
});

runner('the scratch folder of a file is gone afterwards', () => {
  const text = `${start}import { tmpdir } from 'node:os';\ntest('says', () => { console.log('at ' + tmpdir()); assert.ok(false); });\ntest.run();`;
  const scratch = /at (\S*spec-\S+)/.exec(running({ 'a.spec.js': text }).said)?.[1];
  assert.ok(scratch);
  assert.throws(() => rmSync(scratch as string, { recursive: true }), /ENOENT/);
});

runner.run();
