/** A study of many runs that was stopped goes on to the same bits, and one that comes to nothing says so. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { figure1 } from '../problems/presets/figure-1.js';
import { cellsFor } from '../src/cli/cells.js';
import type { Folder } from '../src/cli/output.js';
import type { Cells, Track } from '../src/clouds.js';
import { limitStudy, StudyFailed } from '../src/limit.js';
import { gridStudy } from '../src/limit-grid.js';
import { resolveExperiment } from '../src/resolve.js';

const spec = suite('limit, stopped');
const origin = { version: '', node: '', command: '' };
const MAIN = fileURLToPath(new URL('../src/cli/main.js', import.meta.url));
const HERE = mkdtempSync(join(tmpdir(), 'stopped-'));

const experiment = resolveExperiment({
  value: { ...structuredClone(figure1), compare: {}, solver: { kind: 'auto', rtol: 1e-5 } },
  source: 'spec',
  locate: () => undefined,
}).experiment;

/** Kept in memory; aborts after so many. */
function cellsOf(kept: Map<string, Track>, most: number, signal: { aborted: boolean }): Cells & { found: string[] } {
  const found: string[] = [];
  return {
    found,
    find(name) {
      if (kept.has(name)) found.push(name);
      return kept.get(name);
    },
    keep(name, track) {
      kept.set(name, track);
      signal.aborted = kept.size >= most;
    },
  };
}

spec('after an interruption every finished run is taken as it was, and none twice', async () => {
  const options = { counts: [4, 6], reference: 12, referenceInit: 'grid', times: [0.01, 0.05], seeds: 2 };
  const random = { ...experiment, particles: { count: 4, init: 'random' } };
  const whole = await limitStudy(random, origin, options);
  const kept = new Map<string, Track>();
  const signal = { aborted: false };
  const part = await limitStudy(random, origin, { ...options, signal, cells: cellsOf(kept, 3, signal) });
  assert.is(kept.size, 3);
  assert.ok(part.manifest.interrupted && part.rows.every(r => r.particles === 4));
  const cells = cellsOf(kept, 99, { aborted: false });
  const { manifest: _, ...again } = await limitStudy(random, origin, { ...options, cells });
  const { manifest: __, ...wanted } = whole;
  assert.equal(again, wanted);
  assert.is(new Set(cells.found).size, 3);
  assert.is(kept.size, 5);
});

spec('a control of the same m and seed is another run', async () => {
  const kept = new Map<string, Track>();
  const control = { experiment: { ...experiment, particles: { count: 4, init: 'half' } }, setting: 'half' };
  const options = { counts: [4, 6], times: [0.01, 0.05], control };
  await gridStudy(experiment, origin, { ...options, cells: cellsOf(kept, 99, { aborted: false }) });
  assert.is(kept.size, 4);
});

spec('what a clock or a user ended is not kept', async () => {
  const kept = new Map<string, Track>();
  const signal = { aborted: true };
  try {
    await limitStudy(experiment, origin, { counts: [4], signal, cells: cellsOf(kept, 99, signal) });
    assert.unreachable();
  } catch (error) {
    assert.ok(error instanceof StudyFailed && error.interrupted);
  }
  assert.is(kept.size, 0);
});

const limit = (...args: string[]) =>
  spawnSync(process.execPath, [MAIN, 'limit', 'figure-1', ...args], { cwd: HERE, encoding: 'utf8' });

spec('every m failed: exit 3 with what ended the first, and no table', () => {
  for (const how of [[], ['--grid', 'm,t']]) {
    const { status, stdout, stderr } = limit(
      ...['--m', '8,12', '--times', '0.01,0.1', '--set', 'budget.steps=12', '--out', 'a/b/failed', ...how],
    );
    assert.is(status, 3, stderr);
    assert.is(stdout, '');
    assert.match(
      stderr,
      how.length > 0 ? /no run came to its end, at m = 8, 12: m = 8/ : /the reference of 48 particles/,
    );
    assert.match(stderr, /budget of steps was used up.*nothing was written/);
  }
  assert.equal(readdirSync(HERE), []);
});

const study = ['--m', '6,10,40', '--times', '0.01,0.1,1', '--reference', '40'];
const wholeOf = (folder: string) => {
  const { manifest: _, ...rest } = JSON.parse(readFileSync(join(HERE, folder, 'limit.json'), 'utf8'));
  return rest;
};

spec('the command: stopped by SIGTERM it exits 75, and --resume ends at the same document', async () => {
  assert.is(limit(...study, '--out', 'whole').status, 0);
  const child = spawn(process.execPath, [MAIN, 'limit', 'figure-1', ...study, '--out', 'cut'], {
    cwd: HERE,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let [told, sent] = ['', false];
  child.stderr.on('data', text => {
    told += text;
    if (sent || !/\(3 of 4\)/.test(told)) return;
    sent = child.kill('SIGTERM');
  });
  assert.is(await new Promise(resolve => child.on('close', resolve)), 75, told);
  const cells = () => readdirSync(join(HERE, '.cut.cells'));
  assert.ok(cells().length >= 2 && cells().length < 4, `${cells()}`);
  // One of them damaged: it is computed again.
  writeFileSync(join(HERE, '.cut.cells', cells()[0]), 'nothing');
  const { status, stderr } = limit(...study, '--out', 'cut', '--resume');
  assert.is(status, 0, stderr);
  assert.match(stderr, /going on after \d finished runs/);
  assert.match(stderr, /is damaged: its checksum does not match; that run is computed again/);
  assert.equal(wholeOf('cut'), wholeOf('whole'));
  assert.equal(readdirSync(HERE), ['cut', 'whole']);
});

spec('a folder in the place of a finished run is refused, not computed again', () => {
  const folder = { path: join(HERE, 'kept'), hash: 'a' } as Folder;
  const cells = cellsFor(folder, { resume: true, quiet: true });
  const outcome = { code: 'end', ok: true, t: 1, message: '', stats: {} } as unknown as Track['outcome'];
  cells?.keep('m = 4', { start: { particles: 4, seed: 'a' }, outcome, states: [], energy: [] });
  const [file] = readdirSync(join(HERE, '.kept.cells'));
  rmSync(join(HERE, '.kept.cells', file));
  assert.is(cells?.find('m = 4'), undefined);
  mkdirSync(join(HERE, '.kept.cells', file));
  assert.throws(() => cells?.find('m = 4'), /is a folder where a finished run would be kept; remove it/);
  rmSync(join(HERE, '.kept.cells'), { recursive: true });
});

spec('--resume without a folder is refused', () => {
  const { status, stderr } = limit(...study, '--json', '--resume');
  assert.is(status, 2);
  assert.match(stderr, /--resume needs a folder/);
});

spec.run();
