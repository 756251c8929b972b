/**
 * From the end of a run: particles of weight 0 are added where F′ is negative, and elsewhere, and the flow goes on. Only the former leave
 * weight 0 and bring F below (Chizat & Bach 2018, proof of Theorem 3.3; the criterion holds for finitely many particles).
 */
import { type EscapeSets, escapeSets } from './diagnostics/escape-sets.js';
import { flowOf } from './flow.js';
import { fromRows } from './particles.js';
import type { Certificate, RunResult } from './results.js';
import { type RunOptions, runExperiment, settingOf } from './run.js';
import type { Vec } from './types.js';

export interface Replay {
  readonly added: number;
  readonly where: 'inside' | 'outside';
  /** F when the particles joined, and at the end. */
  readonly before: number;
  readonly after: number;
  /** Of the particles that were added: how many have weight at the end. */
  readonly woken: number;
  readonly certificate: Certificate;
  readonly outcome: RunResult['outcome']['code'];
}

export interface Escape {
  readonly particles: number;
  readonly energy: number;
  /** Null where none are to be had, and the run is looked at for its tracers alone. */
  readonly sets:
    | (Omit<EscapeSets, 'plus' | 'minus' | 'outside'> & { readonly plus: number; readonly minus: number })
    | null;
  readonly replays: readonly Replay[];
}

/** k of them, evenly along the list. */
const spread = (places: readonly Vec[], k: number): Vec[] =>
  Array.from({ length: k }, (_, j) => places[Math.floor(((j + 0.5) * places.length) / k)]);

/** The end of the run with more particles: weights are scaled, so that the measure is the same. */
async function replay(
  run: RunResult,
  where: Replay['where'],
  at: readonly Vec[],
  options: RunOptions,
): Promise<Replay> {
  const rows = run.final.particles;
  const factor = (rows.length + at.length) / rows.length;
  const values = [...rows.map(([w, ...place]) => [factor * w, ...place]), ...at.map(place => [0, ...place])];
  const { compare: _, ...spec } = run.spec;
  const again = await runExperiment({ ...spec, particles: { values } }, options);
  return {
    added: at.length,
    where,
    before: again.series.energy[0],
    after: again.certificate.primal,
    woken: again.final.particles.slice(rows.length).filter(r => r[0] !== 0).length,
    certificate: again.certificate,
    outcome: again.outcome.code,
  };
}

/** Null where particles have no weight with V = β|w|. */
export async function escapeFrom(
  run: RunResult,
  counts: readonly number[],
  options: RunOptions = {},
): Promise<Escape | null> {
  const { problem } = settingOf(run.spec, options.sources);
  const rows = run.final.particles;
  const [flow, y] = [flowOf(problem, rows.length), fromRows(rows, problem.dim)];
  const found = escapeSets(problem, rows, (points, count, out) => flow.forceInto(y, points, count, out));
  if (!found) return null;
  const { plus, minus, outside, ...rest } = found;
  const inside = [...plus, ...minus];
  const replays: Replay[] = [];
  for (const k of counts) {
    if (inside.length > 0) replays.push(await replay(run, 'inside', spread(inside, k), options));
    if (outside.length > 0) replays.push(await replay(run, 'outside', spread(outside, k), options));
  }
  return {
    particles: rows.length,
    energy: flow.energy(y),
    sets: { ...rest, plus: plus.length / rest.samples, minus: minus.length / rest.samples },
    replays,
  };
}
