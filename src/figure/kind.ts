/** What every figure shares: how it is asked for, and how its runs are made. */
import type { DrawnFigure, DrawnPath, FigureData, PathFate } from '../figure-results.js';
import { resolveExperiment } from '../resolve.js';
import type { RunResult } from '../results.js';
import { runExperiment } from '../run.js';
import type { Experiment } from '../spec.js';

export type { DrawnFigure };

/** Settings that a figure may take; each names its own. */
export interface FigureSettings {
  /** Particle counts. */
  readonly counts: readonly number[];
  /** Random problems, or seeds, that are averaged over. */
  readonly problems: number;
  /** End time of the flows. */
  readonly end: number;
  /** Runs of networks that are averaged over, steps of each, and dimension of their inputs. */
  readonly runs?: number;
  readonly steps?: number;
  readonly dimension?: number;
  /** Which panels are drawn; by default all. */
  readonly panels?: readonly string[];
}

export interface FigureRun extends FigureSettings {
  readonly seed: string;
  readonly signal?: { readonly aborted: boolean } | undefined;
  /** What is being computed. */
  readonly progress?: ((label: string) => void) | undefined;
}

export interface FigureKind {
  readonly name: string;
  readonly summary: string;
  /** Of the settings it takes. */
  readonly defaults: Partial<FigureSettings>;
  /** Settings that only some panels take, each with those panels. */
  readonly ofPanels?: Partial<Record<keyof FigureSettings, readonly string[]>>;
  /** In place of the common one: the start that the picture is known by. */
  readonly seed?: string;
  compute(run: FigureRun): Promise<DrawnFigure>;
}

/** Ctrl-C between two runs of a figure: half a figure is none. */
export class Interrupted extends Error {}

/** One run of a figure; a run that fails numerically ends the figure with its message. */
export async function ran(value: unknown, { signal, progress }: FigureRun, label: string): Promise<RunResult> {
  if (signal?.aborted) throw new Interrupted(label);
  progress?.(label);
  const { experiment } = resolveExperiment({ value, source: label, locate: () => undefined });
  const result = await runExperiment(experiment as Experiment, { ...(signal && { signal }) });
  if (signal?.aborted) throw new Interrupted(label);
  return result;
}

const fateOf = (weights: readonly number[]): PathFate => {
  const last = weights.at(-1) ?? 0;
  if (last !== 0) return last > 0 ? 'positive' : 'negative';
  return weights.some(w => w !== 0) ? 'gone' : 'resting';
};

/** Paths of a run by what is drawn of a particle's row; its first coordinate is its weight. */
export function pathsOf(run: RunResult, place: (row: readonly number[]) => readonly [number, number]): DrawnPath[] {
  const { particles } = run.paths;
  return (particles[0] ?? []).map((_, i) => {
    const rows = particles.map(state => state[i]);
    const points = rows.map(place);
    return { fate: fateOf(rows.map(r => r[0])), x: points.map(p => p[0]), y: points.map(p => p[1]) };
  });
}

/** |w|·θ of a unit in the plane. */
export const strength = ([w, a, b]: readonly number[]): readonly [number, number] => [Math.abs(w) * a, Math.abs(w) * b];

/** The figure as a document. */
export async function figureData(
  name: string,
  compute: () => Promise<DrawnFigure>,
  origin: { readonly version: string; readonly command: string },
): Promise<FigureData> {
  const began = performance.now();
  const { title, caption, assumed, dashed, rows, table } = await compute();
  const manifest = { ...origin, seconds: (performance.now() - began) / 1e3 };
  const named = dashed === undefined ? {} : { dashed };
  return { format: 'pgf-figure-1', name, title, caption, assumed, ...named, rows, table, manifest };
}

/** exp of the mean logarithm. */
export const geometricMean = (values: readonly number[]): number =>
  Math.exp(values.reduce((sum, v) => sum + Math.log(v), 0) / values.length);
