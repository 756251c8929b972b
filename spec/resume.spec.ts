/** A run that was stopped goes on bit for bit: as a library, and as a command that is killed without warning. */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parseExperiment } from '../src/experiment-file.js';
import { toJson } from '../src/report/json.js';
import { resolveExperiment } from '../src/resolve.js';
import { runExperiment } from '../src/run.js';
import { runStudy, type StudyState } from '../src/study.js';

const resuming = suite('resume of whole runs');
const MAIN = fileURLToPath(new URL('../src/cli/main.js', import.meta.url));
const HERE = mkdtempSync(join(tmpdir(), 'resume-'));

const PROBLEM = `problem:
  kind: deconvolution
  order: 7
  lambda: 0.1
  observation: { spikes: [[0.1, 0.17], [-0.08, 0.32], [0.12, 0.53]], noise: { level: 0.005 } }
seed: resume
`;
/** Some seconds of work with events, saved states and a spectrum; long enough to be killed in the middle. */
const LONG = `name: long\n${PROBLEM}particles: { count: 60 }
time: { end: 1, saveAt: [0, 0.01, 0.3, 1] }
`;
writeFileSync(join(HERE, 'long.yaml'), LONG);
const origin = { version: '', node: '', command: '' };
const experiment = (text: string) => resolveExperiment(parseExperiment(text, 'test')).experiment;

resuming('library: the result of a run taken up in the middle has the bits of the uninterrupted one', async () => {
  const e = experiment(LONG.replace('end: 1, saveAt: [0, 0.01, 0.3, 1]', 'end: 0.6, saveAt: [0, 0.01, 0.3, 0.6]'));
  const whole = await runExperiment(e);
  const states: string[] = [];
  const watched = await runExperiment(e, { keepSeconds: 1e-3, keep: s => states.push(JSON.stringify(s)) });
  assert.is(toJson(watched), toJson(whole));
  assert.ok(states.length >= 2, `${states.length} states`);
  for (const state of [states[0], states[Math.floor(states.length / 2)], states[states.length - 1]])
    assert.is(toJson(await runExperiment(e, { from: JSON.parse(state) })), toJson(whole));
});

resuming('library: a study goes on with the runs that are done and the one that is not', async () => {
  const e = experiment(`${PROBLEM}particles: { count: 5 }\ntime: { end: 0.6 }\ncompare: { counts: [5, 8, 60] }\n`);
  const comparable = (study: object) => toJson({ ...study, manifest: null });
  const whole = await runStudy(e, origin);
  const states: StudyState[] = [];
  await runStudy(e, origin, { keepSeconds: 1e-3, keep: s => states.push(structuredClone(s)) });
  assert.ok(states.some(s => s.finished.length === 2 && s.current !== null));
  for (const from of [states[0], states[Math.floor(states.length / 2)], states[states.length - 1]])
    assert.is(comparable(await runStudy(e, origin, { from })), comparable(whole));
});

interface Ended {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly err: string;
}

/** Runs the command, and sends it a signal as soon as its messages match. */
function stopped(args: readonly string[], signal: NodeJS.Signals, when: (err: string) => boolean): Promise<Ended> {
  const child = spawn(process.execPath, [MAIN, ...args], { cwd: HERE, stdio: ['ignore', 'ignore', 'pipe'] });
  let [err, sent] = ['', false];
  child.stderr.on('data', chunk => {
    err += chunk;
    if (!sent && when(err)) sent = child.kill(signal);
  });
  return new Promise(resolve => child.on('close', (status, by) => resolve({ status, signal: by, err })));
}
const pgf = (...args: string[]) => {
  const { status, stderr } = spawnSync(process.execPath, [MAIN, ...args], { cwd: HERE, encoding: 'utf8' });
  return { status, err: stderr };
};
const result = (folder: string) => readFileSync(join(HERE, folder, 'result.json'), 'utf8');
const slots = (folder: string) => readdirSync(join(HERE)).filter(f => f.startsWith(`.${folder}.state`));

resuming('command: killed again and again it ends with the bits of an uninterrupted run', async () => {
  assert.is(pgf('run', 'long.yaml', '--out', 'whole', '--quiet').status, 0);
  assert.equal(slots('whole'), []);
  const args = ['run', 'long.yaml', '--out', 'killed', '--resume', '--keep', '0.01'];
  for (let k = 0; k < 3; k++) {
    const before = slots('killed').map(f => readFileSync(join(HERE, f), 'utf8').slice(0, 64));
    // The kill comes once the state on the disk is a new one.
    const fresh = () => slots('killed').some(f => !before.includes(readFileSync(join(HERE, f), 'utf8').slice(0, 64)));
    const { signal, status } = await stopped(args, 'SIGKILL', fresh);
    if (status === 0) break;
    assert.is(signal, 'SIGKILL');
    assert.not.ok(existsSync(join(HERE, 'killed')), 'a killed run writes no folder');
  }
  assert.is(pgf(...args).status, 0);
  assert.is(result('killed'), result('whole'));
  assert.equal(slots('killed'), [], 'the state goes when the run is done');
});

resuming('command: SIGTERM ends with 75, keeps the result so far, and --resume completes it', async () => {
  const args = ['run', 'long.yaml', '--out', 'part'];
  const { status, err } = await stopped(args, 'SIGTERM', text => text.includes(' t 0'));
  assert.is(status, 75, err);
  assert.match(err, /--resume/);
  assert.is(JSON.parse(result('part')).outcome.code, 'interrupted');
  const again = pgf(...args, '--resume');
  assert.is(again.status, 0, again.err);
  assert.match(again.err, /going on at t = /);
  assert.is(result('part'), result('whole'));
});

/** A state whose checksum is right, whatever it says. */
function forge(folder: string, slot: string, change: (kept: Record<string, unknown>) => void): void {
  const path = join(HERE, slot);
  const kept = JSON.parse(readFileSync(path, 'utf8').split('\n')[1]);
  change(kept);
  const text = JSON.stringify(kept);
  const sum = createHash('sha256').update(text).digest('hex');
  writeFileSync(join(HERE, `.${folder}.state-a`), `${sum}\n${text}`);
}

resuming('command: a damaged state is set aside, one of another kind refused, a missing one said', async () => {
  const args = ['run', 'long.yaml', '--out', 'bad'];
  await stopped(args, 'SIGTERM', text => text.includes(' t 0'));
  const [slot] = slots('bad');
  const good = readFileSync(join(HERE, slot));

  const bytes = Buffer.from(good);
  bytes[bytes.length >> 1] ^= 1;
  writeFileSync(join(HERE, slot), bytes);
  const damaged = pgf('run', 'long.yaml', '--out', 'bad', '--resume', '--T', '1');
  assert.match(damaged.err, /checksum does not match/);
  assert.match(damaged.err, /nothing to resume/);

  writeFileSync(join(HERE, slot), good);
  forge('bad', slot, kept => {
    kept.experiment = 'another';
  });
  const other = pgf(...args, '--resume');
  assert.is(other.status, 5);
  assert.match(other.err, /state of another experiment/);

  writeFileSync(join(HERE, slot), good);
  forge('bad', slot, kept => {
    kept.numerics = 'pgf 9, V8 0, x';
  });
  const drift = pgf(...args, '--resume');
  assert.is(drift.status, 5);
  assert.match(drift.err, /--allow-drift/);
  assert.is(pgf(...args, '--resume', '--allow-drift', '--quiet').status, 0);
  assert.is(result('bad'), result('whole'));
});

resuming('command: bad flags are refused before anything is computed', () => {
  const keep = pgf('run', 'long.yaml', '--keep', '-1');
  assert.is(keep.status, 2);
  assert.match(keep.err, /--keep must be a number of seconds > 0, found -1/);
  const nowhere = pgf('run', 'long.yaml', '--json', '--resume');
  assert.is(nowhere.status, 2);
  assert.match(nowhere.err, /needs a folder/);
});

resuming.run();
