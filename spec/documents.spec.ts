/** What `pgf schema` says of a document is what the command writes. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { z } from 'zod';

const spec = suite('documents');
const MAIN = fileURLToPath(new URL('../src/cli/main.js', import.meta.url));
const HERE = mkdtempSync(join(tmpdir(), 'documents-'));

function pgf(...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], {
    cwd: HERE,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  assert.is(status, 0, stderr);
  return stdout;
}

/** As a reader elsewhere has it: from the printed schema alone. */
function reader(document: string): z.ZodType {
  const known = readers.get(document) ?? z.fromJSONSchema(JSON.parse(pgf('schema', document)));
  readers.set(document, known);
  return known;
}
const readers = new Map<string, z.ZodType>();

type Tree = Record<string, unknown> | unknown[];

/** Every object of a document, itself included. */
function objectsIn(value: unknown): Record<string, unknown>[] {
  if (typeof value !== 'object' || value === null) return [];
  const inside = Object.values(value as Tree).flatMap(objectsIn);
  return Array.isArray(value) ? inside : [value as Record<string, unknown>, ...inside];
}

/** The schema takes the document, and none whose outermost object has a key more. */
function holds(document: string, written: string): void {
  const schema = reader(document);
  const found = schema.safeParse(JSON.parse(written));
  assert.ok(found.success, `${document}: ${JSON.stringify(found.error?.issues.slice(0, 3))}`);
  const value = JSON.parse(written);
  objectsIn(value)[0].unheardOf = 1;
  assert.not.ok(schema.safeParse(value).success, `${document} takes any key`);
}

/** One key less is refused, wherever it is required. */
function needs(document: string, written: string, key: string): void {
  const value = JSON.parse(written);
  for (const object of objectsIn(value)) delete object[key];
  assert.not.ok(reader(document).safeParse(value).success, `${document} does without ${key}`);
}

const small = ['figure-1', '--set', 'solver={kind: auto, rtol: 1e-5}', '--quiet'];

spec('methods', () => {
  const found = pgf('compare-methods', ...small, '--seconds', '1', '--positions', '50', '--out', 'methods', '--json');
  holds('methods', found);
  holds('methods', readFileSync(join(HERE, 'methods/methods.json'), 'utf8'));
  needs('methods', found, 'gap');
  needs('methods', found, 'history');
});

spec('limit, without and with a grid', () => {
  const at = ['--m', '4,8,12', '--times', '0.01,0.1'];
  const distances = pgf('limit', ...small, ...at, '--reference', '16', '--json');
  holds('limit', distances);
  needs('limit', distances, 'slopes');
  const grid = pgf('limit', ...small, ...at, '--grid', 'm,t', '--control', 'particles.init=half', '--json');
  holds('limit', grid);
  needs('limit', grid, 'bracket');
});

spec('figures, regimes and noise', () => {
  for (const figure of [
    ['figure', '1', '--m', '4', '--T', '0.05'],
    ['figure', 'level-lines'],
    ['regimes', 'scale', '--n', '20', '--d', '5', '--m', '4', '--steps', '20', '--repeats', '1'],
    ['noise', 'temperature', 'figure-1', '--T', '0.01', '--eta', '1e-3', '--temperature', '0.1'],
    ['regimes', 'width', '--n', '10', '--d', '5', '--m', '4,8', '--time', '0.5', '--repeats', '1'],
  ]) {
    const found = pgf(...figure, '--json', '--quiet');
    holds('figure', found);
    needs('figure', found, 'heading');
  }
});

spec('audit and escape, of several runs and with tracers', () => {
  const audit = pgf('audit', ...small, '--set', 'compare={counts: [6, 8]}', '--T', '0.1', '--json');
  assert.is(JSON.parse(audit).length, 2);
  holds('audit', audit);
  needs('audit', audit, 'checks');
  const m6 = [...small, '--set', 'compare={}', '--set', 'particles.count=6', '--T', '0.1'];
  const found = pgf('escape', ...m6, '--add', '1', '--tracers', '--json');
  assert.ok('holes' in JSON.parse(found) && JSON.parse(found).replays.length > 0);
  holds('escape', found);
  needs('escape', found, 'woken');
});

spec('bench', () => {
  const bench = pgf('bench', 'solvers', ...small, '--T', '0.05', '--method', 'dopri5', '--tol', '1e-3,1e-4', '--json');
  holds('bench', bench);
  needs('bench', bench, 'defect');
});

spec('a document that is not known is refused with those that are', () => {
  const { status, stderr } = spawnSync(process.execPath, [MAIN, 'schema', 'limits'], { encoding: 'utf8' });
  assert.is(status, 2);
  assert.match(
    stderr,
    /no document is called limits; did you mean limit\? \(allowed: experiment, run, .*escape, bench\)/,
  );
});

spec.run();
