/** The rows: what is asked, of whom, and which figure it must reach. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { num } from '../../src/report/numbers.js';
import { logLogFit, SLACK, type Verdict, verdict } from './arithmetic.js';
import { type Case, hasTruth, isAngular, type Net, nameOf, operations, writeCase } from './cases.js';
import type { Entrant, Measured } from './rounds.js';
import type { Timed } from './server.js';
import { nodeServer, numpyServer, type Server, THREADS } from './servers.js';

/** At most, or at least. */
export interface Mark {
  readonly least?: number;
  readonly most?: number;
}

/** One line of the table. */
export interface Row {
  readonly name: string;
  /** What is divided by what. */
  readonly of: string;
  /** NaN where it was not run. */
  readonly figure: number;
  readonly mark: Mark;
  readonly verdict: Verdict | 'not run';
  readonly detail: string;
  /** The largest share of the machine that others had, and batches that were repeated for it. */
  readonly foreign?: number;
  readonly repeats?: number;
}

export interface World {
  /** Where cases are. */
  readonly folder: string;
  readonly measure: (entrants: readonly Entrant[], rounds?: number) => Promise<Measured[]>;
  readonly tell: (row: Row) => void;
  readonly record: (c: string, measured: readonly Measured[], gflops: (m: Measured) => number) => void;
  /** Node of another version, for the tier that needs one. */
  readonly wideNode?: string;
  readonly numpy: boolean;
  /** The one-thread ceiling of a tier, GFLOP/s: the best seen in this run. */
  readonly ceilings: Map<string, number>;
  /** null: its tier does not run. */
  readonly servers: Map<string, Server | null>;
}

export const scratchFolder = (): string => mkdtempSync(join(tmpdir(), 'pgf-bench-'));

const TOLERANCE = 1e-10;
const SINGLE_TOLERANCE = 1e-5;
const NUMPY_WAYS = {
  net: ['naive', 'out', 'tiled'],
  spikes: ['naive', 'out', 'recurrence'],
  sketch: ['naive', 'out', 'tiled'],
  'low-rank': ['naive', 'out'],
} as const;
const CEILING_MS = 100;

/** The process of that name, started when it is first asked for; null where its tier does not run. */
export async function serverFor(world: World, name: string): Promise<Server | null> {
  const known = world.servers.get(name);
  if (known !== undefined) return known;
  const [tier, threads] = name.split('-');
  if (tier === 'numpy') {
    if (!world.numpy) return null;
    return put(world, name, numpyServer(Number(threads)));
  }
  const angular = tier === 'angular';
  const program = tier === 'wide' ? world.wideNode : undefined;
  const server = nodeServer(name, angular ? 'strict' : tier, angular ? 1 : Number(threads), program);
  const { tier: running } = await server.ask<{ tier: string }>({ ask: 'tier' });
  if (running === tier || angular) return put(world, name, server);
  server.close();
  return put(world, name, null);
}

function put<S extends Server | null>({ servers }: World, name: string, server: S): S {
  servers.set(name, server);
  return server;
}

const PRECISIONS = ['double', 'single'] as const;
const isPrecision = (way: string): boolean => PRECISIONS.some(p => p === way);

/** A question to one process about one way of computing; its figures are checked before it may enter. */
async function entrantOf(world: World, c: Case, serverName: string, way: string): Promise<Entrant | null> {
  const server = await serverFor(world, serverName);
  if (!server) return null;
  const evaluation = { folder: world.folder, case: c, way };
  const name = serverName.startsWith('numpy') || isPrecision(way) ? `${serverName} ${way}` : serverName;
  const tolerance = way === 'single' ? SINGLE_TOLERANCE : TOLERANCE;
  if (hasTruth(c)) {
    const { errors } = await server.ask<{ errors: (number | null)[] }>({ ask: 'check', ms: 0, ...evaluation });
    const bad = errors.findIndex(e => !(e !== null && e <= tolerance));
    if (bad >= 0)
      throw new Error(
        `${name} on ${nameOf(c)}: ${['R', 'f', 'the velocity'][bad]} is off by ${errors[bad]}, allowed is ${tolerance}`,
      );
  }
  return { name, time: ms => server.ask<Timed>({ ask: 'time', ms, ...evaluation }) };
}

async function entrantsOf(world: World, c: Case, names: readonly string[]): Promise<Entrant[]> {
  const found: (Entrant | null)[] = [];
  for (const name of names)
    for (const way of name.startsWith('numpy') ? NUMPY_WAYS[c.kind] : [name === 'angular' ? name : ''])
      found.push(await entrantOf(world, c, name, way));
  return found.filter(e => e !== null);
}

async function takeCeilings({ servers, ceilings }: World): Promise<void> {
  for (const [name, server] of servers) {
    const [tier, threads] = name.split('-');
    if (!server || threads !== '1' || tier === 'scalar' || tier === 'numpy') continue;
    const { gflops } = await server.ask<{ gflops: number }>({ ask: 'ceiling', ms: CEILING_MS });
    ceilings.set(tier, Math.max(gflops, ceilings.get(tier) ?? 0));
  }
}

const tiersHere = (tier: string): string[] => THREADS.map(t => `${tier}-${t}`);
/** Of numpy, and of ours: two threads where there are two. */
const most = THREADS[THREADS.length - 1];

export type Times = ReadonlyMap<string, Measured>;

const fastest = (times: Times, pattern: RegExp): Measured | undefined =>
  [...times.values()].filter(t => pattern.test(t.entrant)).sort((a, b) => a.ms - b.ms)[0];

/** Entrants on one case, each checked, timed and recorded. */
export async function timesOf(world: World, c: Case, names: readonly string[], rounds?: number): Promise<Times> {
  writeCase(world.folder, c);
  const entrants = await entrantsOf(world, c, names);
  if (c.kind === 'net') await takeCeilings(world);
  const measured = await world.measure(entrants, rounds);
  world.record(nameOf(c), measured, m => (m.entrant.startsWith('angular') ? Number.NaN : operations(c) / (1e6 * m.ms)));
  return new Map(measured.map(m => [m.entrant, m]));
}

const shareOf = ({ ceilings }: World, c: Case, m: Measured): number => {
  const [tier, threads] = m.entrant.split('-');
  return operations(c) / (1e6 * m.ms) / ((ceilings.get(tier) ?? Number.NaN) * Number(threads));
};

const load = (times: readonly (Measured | undefined)[]) => {
  const there = times.filter(t => t !== undefined);
  return {
    foreign: Math.max(...there.map(t => t.foreign)),
    repeats: there.reduce((sum, t) => sum + t.repeats, 0),
  };
};

/** A row from two times, medians or the shortest, or the word that it was not run. */
function ratioRow(
  { name, of, mark, by = 'ms' }: Pick<Row, 'name' | 'of' | 'mark'> & { readonly by?: 'ms' | 'min' },
  above: Measured | undefined,
  below: Measured | undefined,
  more = '',
): Row {
  const missing = [above, below].some(t => t === undefined);
  const figure = above && below ? above[by] / below[by] : Number.NaN;
  const shown = (m?: Measured) => (m ? `${m.entrant} ${num(m.ms)} ms (min ${num(m.min)})` : 'not there');
  return {
    name,
    of,
    figure,
    mark,
    verdict: missing ? 'not run' : verdict(figure, mark),
    detail: `${shown(above)}, ${shown(below)}${more}`,
    ...(!missing && load([above, below])),
  };
}

/** The best of numpy against ours in one evaluation, and on dense nets the share of the ceiling. */
export async function velocityRow(
  world: World,
  c: Case,
  { peer, ceiling }: { peer: Mark; ceiling?: Mark },
): Promise<Times> {
  const names = [
    ...tiersHere('numpy'),
    ...['strict', 'fast', 'wide'].flatMap(tiersHere),
    ...(isAngular(c) ? ['angular'] : []),
  ];
  const times = await timesOf(world, c, names);
  const [best, naive] = [fastest(times, /^numpy/), times.get(`numpy-${most} naive`)];
  const ours = times.get(isAngular(c) ? 'angular' : `fast-${most}`) ?? fastest(times, /^(strict|fast)/);
  const speed =
    ours && c.kind === 'net' && !isAngular(c)
      ? `; ${num(operations(c) / (1e6 * ours.ms))} GFLOP/s, ${num(100 * shareOf(world, c, ours))} % of the ceiling`
      : '';
  const against = naive && ours ? `; naive is ${num(naive.ms)} ms, ${num(naive.ms / ours.ms)} times ours` : '';
  world.tell(ratioRow({ name: nameOf(c), of: 'best numpy / ours', mark: peer }, best, ours, speed + against));
  if (ceiling && ours) {
    const share = shareOf(world, c, ours);
    world.tell({
      name: `${nameOf(c)} ceiling`,
      of: 'GFLOP/s / ceiling of its tier',
      figure: share,
      mark: ceiling,
      verdict: verdict(share, ceiling),
      detail: `${ours.entrant} ${num(operations(c) / (1e6 * ours.ms))} GFLOP/s, at its shortest ${num(operations(c) / (1e6 * ours.min))}; ceiling of a thread ${num(world.ceilings.get(ours.entrant.split('-')[0]) ?? Number.NaN)}`,
      ...load([ours]),
    });
  }
  if (c.kind === 'net' && c.d === 100) wideRow(world, c, best, times.get(`wide-${most}`));
  return times;
}

/** The gradient of a batch in double precision against that in single, by the same process on one thread: of the shortest times, as in gates. */
export async function precisionRow(world: World, c: Net): Promise<void> {
  writeCase(world.folder, c);
  const entrants: Entrant[] = [];
  for (const way of PRECISIONS) {
    const entrant = await entrantOf(world, c, 'fast-1', way);
    if (entrant) entrants.push(entrant);
  }
  const measured = await world.measure(entrants);
  world.record(nameOf(c), measured, m => operations(c) / (1e6 * m.ms));
  const row = { name: `${nameOf(c)} single`, of: 'double / single, shortest', mark: { least: 1.5 } };
  world.tell(ratioRow({ ...row, by: 'min' }, measured[0], measured[1]));
}

function wideRow(world: World, c: Case, best: Measured | undefined, wide: Measured | undefined): void {
  const row = { name: `${nameOf(c)} wide`, of: 'best numpy / tier wide', mark: { least: 1.2 } };
  world.tell(ratioRow(row, best, wide));
}

/** The worst over all cases that both tiers were timed on. */
export function strictRow(world: World, all: ReadonlyMap<string, Times>): void {
  const ratios = [...all].flatMap(([name, times]) => {
    const [strict, fast] = ['strict', 'fast'].map(tier => times.get(`${tier}-${most}`));
    return strict && fast ? [{ name, strict, fast, ratio: fast.ms / strict.ms }] : [];
  });
  const worst = ratios.sort((a, b) => a.ratio - b.ratio)[0];
  const listed = ratios.map(({ name, ratio }) => `; ${name} ${num(ratio)}`).join('');
  const row = { name: 'strict-fast', of: 'fast / strict, the worst', mark: { least: 0.7 } };
  world.tell(ratioRow(row, worst?.fast, worst?.strict, listed));
}

/** Cost against one size on log axes. */
export async function slopeRow(
  world: World,
  name: string,
  server: string,
  cases: readonly Case[],
  x: readonly number[],
): Promise<void> {
  const taken: Measured[] = [];
  for (const c of cases) {
    const times = await timesOf(world, c, [server]);
    taken.push(...times.values());
  }
  const mark = { most: 1.05 };
  if (taken.length < 2)
    return world.tell({
      name,
      of: 'slope on log axes',
      figure: Number.NaN,
      mark,
      verdict: 'not run',
      detail: `${server} does not run`,
    });
  const { slope, factor } = logLogFit(
    x,
    taken.map(t => t.ms),
  );
  const points = taken.map((t, i) => `${num(x[i])}: ${num(t.ms)}`).join(', ');
  const detail = `${server}, ms at ${points}; no point is off the line by more than ${num(factor)} times`;
  world.tell({
    name,
    of: 'slope on log axes',
    figure: slope,
    mark,
    verdict: verdict(slope, mark),
    detail,
    ...load(taken),
  });
}

/**
 * Ratios on one thread that a change must not lose: each at least SLACK of what was recorded. Of the shortest times: what other work does
 * to a machine, it does to medians first.
 */
export async function gateRows(world: World, c: Case, recorded: Readonly<Record<string, number>>): Promise<void> {
  const asked = new Set(Object.keys(recorded).flatMap(pair => pair.split('/')));
  const names = [...asked].map(name => (name === 'angular' ? name : `${name}-1`));
  const gate =
    (times: Times) =>
    ([pair, ratio]: [string, number]) => {
      const [above, below] = pair.split('/').map(name => shortest(times, name));
      const row = {
        name: `${nameOf(c)} ${pair}`,
        of: `shortest; recorded ${num(ratio)}`,
        mark: { least: SLACK * ratio },
      };
      return ratioRow({ ...row, by: 'min' }, above, below);
    };
  const rows = Object.entries(recorded).map(gate(await timesOf(world, c, names)));
  // What is lost for good is lost twice.
  const again = rows.some(r => r.verdict === 'MISSED') ? await timesOf(world, c, names) : null;
  const second = again && Object.entries(recorded).map(gate(again));
  rows.forEach((row, i) => {
    world.tell(second && row.verdict === 'MISSED' ? second[i] : row);
  });
}

const shortest = (times: Times, name: string): Measured | undefined =>
  [...times.values()].filter(t => t.entrant.startsWith(name)).sort((a, b) => a.min - b.min)[0];
