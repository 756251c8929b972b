/** Whole flows: wall time for the same error, ours against the best of scipy's integrators on a field by numpy. */
import { num } from '../../src/report/numbers.js';
import { verdict } from './arithmetic.js';
import type { Entrant } from './rounds.js';
import { type Row, serverFor, type World } from './rows.js';
import type { Server } from './servers.js';
import type { FlowRun } from './stretches.js';
import { FIGURES, type FigureName, METHODS, stretchesFile, writeStretches } from './stretches.js';

export { FIGURES };

/** |u − exact|_m at the end of every stretch. */
const BOUND = 1e-8;
const FIRST = 1e-8;
/** Of the bound, what an error is aimed at, and from where on it is near enough; and how far a tolerance moves at once. */
const [AIM, ENOUGH, FARTHEST] = [0.8, 0.6, 100];
const MOST_RUNS = 6;
const SCIPY = ['DOP853', 'LSODA', 'RK45', 'Radau', 'BDF'];
/**
 * A method is given up after so many milliseconds, or when it takes so many times as long as the best before it; not before a time in which
 * a busy machine lets no one run.
 */
const [LIMIT, HOPELESS, LEAST] = [15e3, 5, 200];
/** Of one side in all. */
const PATIENCE = 45e3;

interface Tuned {
  readonly entrant: Entrant;
  readonly once: FlowRun;
  readonly rtol: number;
}

/** A run that did not arrive, whose times are no numbers, took for ever: it is not the fastest. */
const arrived = (run: FlowRun): FlowRun =>
  run.error === null ? { ...run, ms: Number.POSITIVE_INFINITY, min: Number.POSITIVE_INFINITY } : run;

/** The loosest tolerance found within the bound; null where none is, or all are far too slow. */
async function tuned(server: Server, file: string, method: string, limit: number): Promise<Tuned | null> {
  const run = (rtol: number, ms: number, most = limit) =>
    server.ask<FlowRun>({ ask: 'flow', file, method, rtol, ms, limit: most });
  let found: Tuned | null = null;
  let rtol = FIRST;
  for (let k = 0; k < MOST_RUNS; k++) {
    const once = await run(rtol, 0);
    const { error } = once;
    if (error === null) break;
    const within = rtol;
    if (error <= BOUND && (found === null || rtol > found.rtol))
      found = {
        entrant: { name: `${server.name} ${method}`, time: ms => run(within, ms, LIMIT).then(arrived) },
        once,
        rtol,
      };
    if (error <= BOUND && error >= ENOUGH * BOUND) break;
    rtol *= Math.min(FARTHEST, Math.max(1 / FARTHEST, (AIM * BOUND) / Math.max(error, 1e-300)));
    rtol = Math.min(1e-3, Math.max(1e-13, rtol));
  }
  return found;
}

/** The two fastest of the methods at their own tolerances, by one run each. */
async function quickest(world: World, name: string, file: string, methods: readonly string[]): Promise<Tuned[]> {
  const server = await serverFor(world, name);
  if (!server) return [];
  const found: Tuned[] = [];
  const since = performance.now();
  for (const method of methods) {
    if (found.length > 0 && performance.now() - since > PATIENCE) break;
    const limit = Math.min(LIMIT, Math.max(LEAST, HOPELESS * Math.min(...found.map(f => f.once.ms))));
    const entrant = await tuned(server, file, method, limit);
    if (entrant) found.push(entrant);
  }
  return found.sort((a, b) => a.once.ms - b.once.ms).slice(0, 2);
}

export async function flowRow(world: World, figure: FigureName, scipy: boolean): Promise<void> {
  const [name, mark] = [`flow-${figure}`, { least: 20 }];
  const row = (rest: Pick<Row, 'figure' | 'verdict' | 'detail'> & Partial<Row>) =>
    world.tell({ name, of: 'best scipy / ours', mark, ...rest });
  writeStretches(world.folder, figure);
  const file = stretchesFile(world.folder, figure);
  const ours: Tuned[] = [];
  for (const name of ['strict-1', 'fast-1']) ours.push(...(await quickest(world, name, file, Object.keys(METHODS))));
  const theirs = scipy ? await quickest(world, 'numpy-1', file, SCIPY) : [];
  const measured = await world.measure([...ours, ...theirs].map(t => t.entrant));
  world.record(name, measured, () => Number.NaN);
  const best = (side: readonly Tuned[]) => {
    const names = new Set(side.map(t => t.entrant.name));
    const time = measured.filter(m => names.has(m.entrant)).sort((a, b) => a.ms - b.ms)[0];
    const tuning = side.find(t => t.entrant.name === time?.entrant);
    return time && time.ms < Number.POSITIVE_INFINITY ? tuning && { ...time, ...tuning } : undefined;
  };
  const [a, b] = [best(ours), best(theirs)];
  const shown = (side: typeof a, who: string) =>
    side
      ? `${side.entrant.name} ${num(side.ms)} ms (min ${num(side.min)}), rtol ${num(side.rtol)}, ${side.once.evaluations} evaluations, error ${num(side.once.error ?? Number.NaN, 2)}`
      : `${who} not run or not within ${BOUND}`;
  const detail = `${shown(b, 'scipy')}; ${shown(a, 'ours')}`;
  if (!a || !b) return row({ figure: Number.NaN, verdict: scipy && !a ? 'MISSED' : 'not run', detail });
  const figureOf = b.ms / a.ms;
  const load = { foreign: Math.max(a.foreign, b.foreign), repeats: a.repeats + b.repeats };
  row({ figure: figureOf, verdict: verdict(figureOf, mark), detail, ...load });
}
