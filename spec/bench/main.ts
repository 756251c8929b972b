/**
 * `npm run bench -- [--short] [--rows NAME,…] [--out FOLDER] [--wide-node PROGRAM]`: speed as ratios of one interleaved run, against
 * numpy and scipy where python3 has them. A table on standard output, and bench.json, bench.csv, bench.svg in the folder.
 */
import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { EXIT, ioRefusal } from '../../src/cli/exit.js';
import { claimPlace } from '../../src/cli/place.js';
import { random } from '../../src/math/random.js';
import { csv } from '../../src/report/csv.js';
import { toJson } from '../../src/report/json.js';
import { num } from '../../src/report/numbers.js';
import { type Case, type Net, nameOf, type Spikes } from './cases.js';
import { FIGURES, flowRow } from './flows.js';
import { odexRows } from './odex.js';
import { barsSvg } from './picture.js';
import { FULL, type Measured, measuring, SHORT } from './rounds.js';
import {
  gateRows,
  type Mark,
  precisionRow,
  type Row,
  scratchFolder,
  slopeRow,
  strictRow,
  type Times,
  velocityRow,
  type World,
} from './rows.js';
import { closeServers, pythonPackage, THREADS } from './servers.js';

const net = (activation: Net['activation'], d: number, n: number, m: number): Net => ({
  kind: 'net',
  activation,
  d,
  n,
  m,
});
const spikes = (d: Spikes['d'], K: number, m: number): Spikes => ({ kind: 'spikes', d, K, m });

const sketch = (d: number, n: number, m: number): Case => ({ kind: 'sketch', d, n, m });
const lowRank = (d: number, m: number): Case => ({ kind: 'low-rank', d, m });

/** Marks of the best of numpy over ours, and of the share of the ceiling. */
const VELOCITIES: readonly (readonly [c: Case, peer: number, ceiling?: number])[] = [
  [net('relu', 2, 500, 100), 5],
  [net('sigmoid', 2, 500, 100), 2.7],
  [net('relu', 2, 1000, 1000), 25],
  [net('sigmoid', 2, 1000, 1000), 2.9],
  [net('relu', 20, 1000, 500), 1.5],
  [net('sigmoid', 20, 1000, 500), 1.8],
  [net('relu', 100, 1000, 1000), 0.65, 0.9],
  [net('sigmoid', 100, 1000, 1000), 0.8, 0.82],
  [spikes(1, 15, 1000), 5],
  [spikes(2, 15, 1000), 5],
];

/** The same, of what comes last where time is short. */
const OTHERS: typeof VELOCITIES = [
  [sketch(10, 100, 100), 3],
  [sketch(10, 1000, 100), 4],
  // Nothing but products of matrices, in vectors of two doubles against OpenBLAS in vectors of eight.
  [lowRank(50, 100), 0.4],
  [lowRank(50, 1000), 0.4],
];

/** Gradients of a batch of 64 rows. */
const BATCHES: readonly Net[] = [net('relu', 20, 64, 500), net('sigmoid', 100, 64, 1000)];

/** Of the shortest times on one thread, the least seen on a machine at work on other things (EPYC with AVX-512, Node 20). */
const GATES: readonly (readonly [c: Case, recorded: Readonly<Record<string, number>>])[] = [
  [net('relu', 2, 500, 100), { 'scalar/strict': 20, 'fast/strict': 0.82, 'strict/angular': 5.8, 'numpy/angular': 11 }],
  [net('sigmoid', 2, 500, 100), { 'scalar/strict': 50, 'fast/strict': 0.77, 'numpy/fast': 1.65 }],
  [net('relu', 20, 1000, 500), { 'fast/strict': 0.8, 'numpy/fast': 0.95 }],
];

const SIZES = [1e2, 1e3, 1e4, 1e5, 1e6];
const fastest = `fast-${THREADS[THREADS.length - 1]}`;
/** The sizes in data end where one evaluation takes a second. */
const SLOPES = (['relu', 'sigmoid'] as const).flatMap(activation => {
  const server = activation === 'relu' ? 'angular' : fastest;
  return [
    { name: `cost-m ${activation}`, server, x: SIZES, cases: SIZES.map(m => net(activation, 2, 1000, m)) },
    {
      name: `cost-n ${activation}`,
      server,
      x: SIZES.slice(0, 4),
      cases: SIZES.slice(0, 4).map(n => net(activation, 2, n, 1000)),
    },
  ];
});

/** What --rows may name. */
const GROUPS = ['velocity', 'deconvolution', 'sketch', 'low-rank', 'cost', 'flow', 'odex', 'batch'] as const;
type Group = (typeof GROUPS)[number];
const GROUP_OF: Readonly<Record<Case['kind'], Group>> = {
  net: 'velocity',
  spikes: 'deconvolution',
  sketch: 'sketch',
  'low-rank': 'low-rank',
};

/** Refuses, before minutes are spent, what is no Node or one whose V8 joins no vectors. */
function nodeOf(program: string): void {
  const { stdout } = spawnSync(program, ['--version'], { encoding: 'utf8' });
  const version = /^v(\d+)\./.exec(stdout ?? '')?.[1];
  if (!(Number(version) >= 24))
    throw new TypeError(
      `--wide-node takes the program of a Node ≥ 24, found ${program}${stdout ? `: ${stdout.split('\n')[0]}` : ''}`,
    );
}

/** Before minutes are spent. */
function claimOut(out: string): void {
  try {
    claimPlace(join(out, 'bench.json'));
  } catch (error) {
    ioRefusal(error, `--out: ${out}`, EXIT.usage);
  }
}

function settings() {
  const { values } = parseArgs({
    options: {
      short: { type: 'boolean', default: false },
      rows: { type: 'string' },
      out: { type: 'string', default: join('runs', 'bench') },
      'wide-node': { type: 'string' },
    },
  });
  const rows = (values.rows?.split(',') ?? GROUPS).map(name => name.trim());
  const unknown = rows.find(name => !GROUPS.some(g => g === name));
  if (unknown !== undefined) throw new TypeError(`--rows: found ${unknown} (allowed: ${GROUPS.join(', ')})`);
  if (values.short && values.rows !== undefined) throw new TypeError('--short has rows of its own: leave out --rows');
  if (values['wide-node'] !== undefined) nodeOf(values['wide-node']);
  claimOut(values.out);
  return { ...values, rows: new Set(rows as Group[]) };
}

interface Timing extends Measured {
  readonly case: string;
  readonly gflops: number;
}

const head = ['row'.padEnd(30), 'ratio'.padStart(8), 'mark'.padStart(8), 'verdict'.padEnd(7), 'others', 'of'].join(
  '  ',
);

const percent = (share: number | undefined): string =>
  share === undefined || Number.isNaN(share) ? '–' : `${(100 * share).toFixed(0)} %`;

function lineOf(r: Row): string {
  const mark: Mark = r.mark;
  const bound =
    mark.least !== undefined ? `≥ ${num(mark.least)}` : mark.most !== undefined ? `≤ ${num(mark.most)}` : '';
  const figure = Number.isNaN(r.figure) ? '–' : num(r.figure);
  const repeated = r.repeats ? `; ${r.repeats} batches again` : '';
  return [
    [
      r.name.padEnd(30),
      figure.padStart(8),
      bound.padStart(8),
      r.verdict.padEnd(7),
      percent(r.foreign).padStart(6),
      r.of,
    ].join('  '),
    `    ${r.detail}${repeated}`,
  ].join('\n');
}

function write(out: string, machine: object, rows: readonly Row[], timings: readonly Timing[]): void {
  const header = ['case', 'entrant', 'ms', 'min', 'gflops', 'foreign', 'repeats'] as const;
  writeFileSync(
    join(out, 'bench.csv'),
    csv(
      header,
      timings.map(t => header.map(key => t[key])),
    ),
  );
  writeFileSync(join(out, 'bench.json'), toJson({ ...machine, rows, timings }));
  writeFileSync(join(out, 'bench.svg'), barsSvg(rows));
  console.log(`bench.json, bench.csv and bench.svg written to ${out}`);
}

/** A machine at work on other things would take for ever: rows that have not begun by then are not run. */
const LATEST_MS = 570e3;

/** The parts of a full run in their order, each a row or more. */
function partsOf(world: World, rows: ReadonlySet<Group>, scipy: boolean): (() => void | Promise<void>)[] {
  const nets = new Map<string, Times>();
  const measured = (all: typeof VELOCITIES) =>
    all
      .filter(([c]) => rows.has(GROUP_OF[c.kind]))
      .map(([c, peer, ceiling]) => async () => {
        const marks = { peer: { least: peer }, ...(ceiling !== undefined && { ceiling: { least: ceiling } }) };
        const times = await velocityRow(world, c, marks);
        if (c.kind === 'net') nets.set(nameOf(c), times);
      });
  return [
    ...measured(VELOCITIES),
    ...(rows.has('velocity') ? [() => strictRow(world, nets)] : []),
    ...(rows.has('flow') ? FIGURES.map(figure => () => flowRow(world, figure, scipy)) : []),
    ...(rows.has('odex') ? [() => odexRows(world.tell)] : []),
    ...(rows.has('cost') ? SLOPES.map(s => () => slopeRow(world, s.name, s.server, s.cases, s.x)) : []),
    ...measured(OTHERS),
    ...(rows.has('batch') ? BATCHES.map(c => () => precisionRow(world, c)) : []),
  ];
}

async function fullRun(world: World, rows: ReadonlySet<Group>, scipy: boolean): Promise<void> {
  const parts = partsOf(world, rows, scipy);
  for (const [i, part] of parts.entries()) {
    if (performance.now() > LATEST_MS) {
      const detail = `time is up: ${parts.length - i} parts of ${parts.length} were not begun; choose with --rows`;
      world.tell({ name: 'the rest', of: '', figure: Number.NaN, mark: {}, verdict: 'not run', detail });
      return;
    }
    await part();
  }
}

async function bench({ short, rows: chosen, out, 'wide-node': wideNode }: ReturnType<typeof settings>): Promise<void> {
  const [numpy, scipy] = ['numpy', 'scipy'].map(pythonPackage);
  const [rows, timings]: [Row[], Timing[]] = [[], []];
  const ceilings = new Map<string, number>();
  const machine = {
    node: process.versions.node,
    processor: cpus()[0]?.model ?? '',
    processors: cpus().length,
    numpy,
    scipy,
    short,
  };
  console.log(
    `Node ${machine.node}, ${machine.processors} × ${machine.processor}, numpy ${numpy ?? 'not there: skipped'}, scipy ${scipy ?? 'not there: skipped'}`,
  );
  console.log(
    'medians of interleaved rounds; others: the largest share of the machine that other processes had in a batch',
  );
  console.log(head);
  const world: World = {
    folder: scratchFolder(),
    measure: measuring(short ? SHORT : FULL, random('bench', 'order')),
    tell(row) {
      rows.push(row);
      console.log(lineOf(row));
    },
    record: (c, measured, gflops) => void timings.push(...measured.map(m => ({ case: c, ...m, gflops: gflops(m) }))),
    ...(wideNode !== undefined && { wideNode }),
    numpy: numpy !== null,
    ceilings,
    servers: new Map(),
  };
  try {
    if (short) for (const [c, recorded] of GATES) await gateRows(world, c, recorded);
    else await fullRun(world, chosen, scipy !== null);
  } finally {
    closeServers();
    rmSync(world.folder, { recursive: true, force: true });
    write(out, { ...machine, ceilings: Object.fromEntries(ceilings) }, rows, timings);
  }
  const missed = rows.filter(r => r.verdict === 'MISSED');
  const absent = rows.filter(r => r.verdict === 'not run').length;
  const well = rows.length - missed.length - absent;
  console.log(
    short
      ? `${well} passed, ${missed.length} failed`
      : `${well} rows well, ${missed.length} below their mark, ${absent} not run`,
  );
  if (missed.length > 0) process.exitCode = 1;
}

for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => {
    closeServers();
    process.exit(130);
  });

function asked(): ReturnType<typeof settings> | null {
  try {
    return settings();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 2;
    return null;
  }
}

const chosen = asked();
if (chosen) await bench(chosen);
