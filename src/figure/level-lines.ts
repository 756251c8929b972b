/** The landscape that one particle sees: level lines of the first variation F′(μ_t)(w, θ) while the cloud μ_t moves. */
import { figure1 } from '../../problems/presets/index.js';
import { flowOf } from '../flow.js';
import { fromRows } from '../particles.js';
import { resolveExperiment } from '../resolve.js';
import type { RunResult } from '../results.js';
import { settingOf } from '../run.js';
import type { Problem } from '../types.js';
import { type DrawnFigure, type FigureKind, type FigureRun, pathsOf, ran } from './kind.js';

/** As shares of the end time. */
const MOMENTS = [0.002, 0.02, 1];
const GRID = { columns: 140, rows: 80 } as const;

/** F′(μ)(w, θ) = β|w| − w·η(θ): linear in |w|, so η on one row of the grid says everything. */
function fieldOf(problem: Problem, particles: readonly (readonly number[])[], height: number) {
  const m = particles.length;
  const places = Float64Array.from({ length: 2 * GRID.columns }, (_, k) =>
    k % 2 === 0 ? 0 : ((k - 1) / 2 + 0.5) / GRID.columns,
  );
  const force = new Float64Array(places.length);
  flowOf(problem, m).forceInto(fromRows(particles, 2), places, GRID.columns, force);
  const eta = Array.from({ length: GRID.columns }, (_, j) => force[2 * j]);
  const beta = problem.penalty?.absolute?.weight ?? 0;
  const weight = (row: number) => -height + ((row + 0.5) * 2 * height) / GRID.rows;
  const values = Array.from({ length: GRID.rows }, (_, r) =>
    eta.map(e => beta * Math.abs(weight(r)) - weight(r) * e),
  ).flat();
  return { eta, values };
}

/** Levels on both sides of zero, closer near it. */
function levelsOf(values: readonly number[]): number[] {
  const top = values.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
  const steps = [0.01, 0.03, 0.08, 0.16, 0.3, 0.5, 0.75].map(s => s * top);
  return [...steps.map(s => -s).reverse(), ...steps];
}

/** Paths up to a time. */
function until(run: RunResult, t: number): RunResult {
  const count = run.paths.t.filter(time => time <= t * (1 + 1e-12)).length;
  return { ...run, paths: { t: run.paths.t.slice(0, count), particles: run.paths.particles.slice(0, count) } };
}

async function compute(run: FigureRun): Promise<DrawnFigure> {
  const { compare: _, ...preset } = structuredClone(figure1);
  const table: (number | string)[][] = [];
  const rows = [];
  for (const m of run.counts) {
    const saveAt = MOMENTS.map(s => s * run.end);
    const value = { ...preset, seed: run.seed, particles: { count: m, init: 'grid' }, time: { end: run.end, saveAt } };
    const result = await ran(value, run, `m = ${m}`);
    const { problem } = settingOf(
      resolveExperiment({ value, source: 'level lines', locate: () => undefined }).experiment,
    );
    const height = 1.15 * Math.max(...result.paths.particles.flat().map(([w]) => Math.abs(w)));
    rows.push(
      saveAt.map((t, k) => {
        const { eta, values } = fieldOf(problem, result.saved.particles[k], height);
        const largest = Math.max(...eta.map(Math.abs));
        table.push([m, t, result.saved.energy[k], largest, eta.filter(e => Math.abs(e) > 1).length / eta.length]);
        return {
          kind: 'paths' as const,
          heading: `m = ${m}, t = ${t}: max |η| = ${largest.toPrecision(3)}`,
          x: 'position θ',
          y: 'weight w',
          square: false,
          circle: true,
          frame: [0, 1, -height, height] as const,
          field: { ...GRID, values, levels: levelsOf(values) },
          paths: pathsOf(until(result, t), ([w, theta]) => [theta, w]),
        };
      }),
    );
  }
  return {
    title: 'Level lines of the first variation along the flow',
    caption:
      'The landscape F′(μ)(w, θ) = |w| − w·η(θ) of the cloud μ at that time, which every particle descends, the same for all, while they change it together; it is 0 on w = 0, dashed lines are below 0. Paths are those up to that time, with a dot at each particle. At a global minimum no place lies below 0, which is max |η| ≤ 1: with too few particles the flow ends although there is such a place, where none of them is.',
    assumed: [
      'The picture that this stands for was not at hand: the function drawn, the data of figure 1 and the times are this figure’s own.',
      `η is sampled at ${GRID.columns} positions.`,
    ],
    rows,
    table: { header: ['m', 't', 'F', 'largest |η| on the grid', 'share of positions where |η| > 1'], rows: table },
  };
}

export const levelFigure: FigureKind = {
  name: 'level-lines',
  summary: 'level lines of the first variation, the landscape that each particle descends, at three times',
  defaults: { counts: [6, 10], end: 2 },
  compute,
};
