/** Every method that an experiment's problem can have, asked for the same minimum: one table, one history for each. */
import { type Asked, type Competitor, competitors, type Known, linearOf } from './competitors.js';
import { spikesOf } from './diagnostics/sparsity.js';
import type { Baseline, Ending, Iterate } from './measure/baseline.js';
import { noWork } from './measure/baseline.js';
import type { MethodComparison, MethodHistory, MethodLeftOut, MethodRow } from './method-results.js';
import { type RunOptions, settingOf } from './run.js';
import type { Experiment } from './spec.js';
import { type Origin, titleOf } from './study.js';
import type { Atom, Problem } from './types.js';
import { breather } from './watch.js';

export interface CompareOptions extends Pick<RunOptions, 'sources' | 'signal'> {
  /** Names of METHODS; default: all. */
  readonly methods?: readonly string[];
  readonly tolerance?: number;
  readonly positions?: number;
  readonly rounds?: number;
  /** Budget of each method; default 20. */
  readonly seconds?: number;
  readonly progress?: (label: string) => void;
}

/** Looks kept of one method: enough for a curve. */
const MOST_LOOKS = 600;

interface Seen extends Iterate {
  readonly seconds: number;
}

interface Driven {
  readonly seen: readonly Seen[];
  readonly ending: Ending;
}

/** Pulls a method along, with a clock beside it, until it ends, is interrupted or has used its time. */
async function drive(
  method: Baseline,
  budget: number,
  signal: CompareOptions['signal'],
  show: (s: Seen) => void,
): Promise<Driven> {
  const began = performance.now();
  const pause = breather();
  const seen: Seen[] = [];
  const stopped = (words: string): Driven => ({ seen, ending: { ok: false, words } });
  for (;;) {
    const next = method.next();
    if (next.done) return { seen, ending: next.value };
    const seconds = (performance.now() - began) / 1e3;
    const now = { ...next.value, seconds };
    if (!Number.isFinite(now.energy)) return stopped('F is not finite');
    seen.push(now);
    show(now);
    if (signal?.aborted) return stopped('interrupted');
    if (seconds > budget) return stopped(`stopped after ${Math.round(seconds)} s`);
    await pause();
  }
}

/** Evenly thinned, both ends kept. */
function thinned<T>(list: readonly T[]): readonly T[] {
  if (list.length <= MOST_LOOKS) return list;
  return Array.from({ length: MOST_LOOKS }, (_, k) => list[Math.round((k * (list.length - 1)) / (MOST_LOOKS - 1))]);
}

/** What was spent before this method began, where it goes on from another. */
type Before = Pick<MethodRow, 'positions' | 'suprema' | 'seconds'>;

function historyOf(all: readonly Seen[], before: Before): MethodHistory {
  const seen = thinned(all);
  return {
    round: seen.map(s => s.round),
    positions: seen.map(s => before.positions + s.work.positions),
    suprema: seen.map(s => before.suprema + s.work.suprema),
    seconds: seen.map(s => before.seconds + s.seconds),
    energy: seen.map(s => s.energy),
    gap: seen.map(s => s.gap),
  };
}

/** Atoms joined within a hundredth of the resolution. */
function spikesIn({ dim, domain, resolution }: Problem, atoms: readonly Atom[] | null): number | null {
  if (resolution === undefined || !atoms) return null;
  const y = Float64Array.from(atoms.flatMap(a => [a.weight * atoms.length, ...a.position]));
  return atoms.length === 0 ? 0 : spikesOf(y, atoms.length, dim, domain, resolution / 100).length;
}

function rowOf(method: string, { seen, ending }: Driven, before: Before, problem: Problem): MethodRow {
  const last = seen[seen.length - 1];
  const atoms = seen.findLast(s => s.atoms !== null)?.atoms ?? null;
  return {
    method,
    ok: ending.ok,
    words: ending.words,
    atoms,
    spikes: spikesIn(problem, atoms),
    energy: last.energy,
    gap: last.gap,
    excess: Number.NaN,
    rounds: last.round,
    positions: before.positions + last.work.positions,
    suprema: before.suprema + last.work.suprema,
    seconds: before.seconds + last.seconds,
    numbers: ending.numbers ?? {},
    history: historyOf(seen, before),
  };
}

const NOTHING: Before = { positions: 0, suprema: 0, seconds: 0 };

const bestOf = (rows: readonly MethodRow[]): Known['best'] =>
  rows
    .flatMap(({ atoms, energy }) => (atoms && atoms.length > 0 ? [{ atoms, energy }] : []))
    .reduce<Known['best']>((a, b) => (!a || b.energy < a.energy ? b : a), null);

const TELL_SECONDS = 2;

/** A line when a method begins, and now and then. */
function telling(method: string, budget: number, progress: CompareOptions['progress']): (s: Seen) => void {
  let told = 0;
  progress?.(method);
  return s => {
    if (s.seconds < told + TELL_SECONDS) return;
    told = s.seconds;
    const spent = `${s.seconds.toFixed(0)} of at most ${budget} s`;
    progress?.(`${method}  round ${s.round}  F ${Number(s.energy.toPrecision(8))}  ${spent}`);
  };
}

/** One method on the problem; a reason where there is none, or where it came to nothing. */
async function entered(
  { method, after, begin }: Competitor,
  rows: readonly MethodRow[],
  problem: Problem,
  { seconds = 20, signal, progress }: CompareOptions,
): Promise<MethodRow | MethodLeftOut> {
  const before = after === undefined ? NOTHING : rows.find(r => r.method === after);
  if (!before) return { method, reason: `it goes on from ${after}, which was not run` };
  const begun = begin(noWork(), { best: bestOf(rows) });
  if (typeof begun === 'string') return { method, reason: begun };
  const told = telling(method, seconds, progress);
  const driven = await drive(begun, seconds, signal, told);
  if (driven.seen.length === 0) return { method, reason: driven.ending.words };
  return rowOf(method, driven, before, problem);
}

const isRow = (r: MethodRow | MethodLeftOut): r is MethodRow => 'energy' in r;

/** Throws InvalidExperiment. */
export async function compareMethods(
  experiment: Experiment,
  origin: Origin,
  options: CompareOptions = {},
): Promise<MethodComparison> {
  const began = performance.now();
  const { problem, frozen, notes } = settingOf(experiment, options.sources);
  const { tolerance = 1e-9, positions = 1000, rounds = 200, methods, signal } = options;
  const asked: Asked = { tolerance, positions, rounds, signal };
  const measured = linearOf(frozen);
  const rows: MethodRow[] = [];
  const leftOut: MethodLeftOut[] = [];
  for (const competitor of competitors(frozen, problem, asked)) {
    if (methods && !methods.includes(competitor.method)) continue;
    if (signal?.aborted) break;
    const found = await entered(competitor, rows, measured, options);
    if (isRow(found)) rows.push(found);
    else leftOut.push(found);
  }
  const upper = Math.min(...rows.map(r => r.energy));
  return {
    format: 'pgf-methods-1',
    name: experiment.name ?? experiment.problem.kind,
    title: titleOf(experiment),
    spec: frozen,
    lower: Math.max(...rows.map(r => r.energy - r.gap)),
    upper,
    rows: rows.map(r => ({ ...r, excess: r.energy - upper })),
    leftOut,
    notes,
    manifest: {
      ...origin,
      seconds: (performance.now() - began) / 1e3,
      created: new Date().toISOString(),
      interrupted: signal?.aborted ?? false,
    },
  };
}
