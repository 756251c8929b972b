/** The library example of the README type-checks under strict, runs, and finds the events of a closed form. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { reference } from './truth/reference.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Inside the package, so that it imports it by its own name. */
const FOLDER = join(ROOT, 'dist', `readme-example-${process.pid}`);
const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
const example = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';

function compiled(): string {
  mkdirSync(FOLDER, { recursive: true });
  const file = join(FOLDER, 'example.ts');
  writeFileSync(file, example);
  const options: ts.CompilerOptions = {
    strict: true,
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    types: ['node'],
    skipLibCheck: false,
    noEmitOnError: true,
  };
  const program = ts.createProgram([file], options);
  const { diagnostics } = program.emit();
  const all = [...ts.getPreEmitDiagnostics(program), ...diagnostics];
  assert.equal(
    all.map(d => ts.flattenDiagnosticMessageText(d.messageText, '\n')),
    [],
  );
  return join(FOLDER, 'example.js');
}

const spec = suite('readme');

spec('the library example type-checks and finds the events of the closed form', () => {
  try {
    const { status, stdout, stderr } = spawnSync(process.execPath, [compiled()], { encoding: 'utf8' });
    assert.is(status, 0, stderr);
    for (const { t, particle } of reference('abs-line-stick-m6').events)
      assert.ok(stdout.includes(`particle ${particle}`) && stdout.includes(t.toFixed(6)), stdout);
    assert.match(stdout, /end F = 1\.2501554/);
  } finally {
    rmSync(FOLDER, { recursive: true, force: true });
  }
});

spec('every relative link leads somewhere', () => {
  for (const [, target] of readme.matchAll(/\]\(((?!https?:)[^)#]+)\)/g))
    assert.ok(
      ts.sys.fileExists(join(ROOT, target)) || ts.sys.directoryExists(join(ROOT, target)),
      `${target} does not exist`,
    );
});

spec.run();
