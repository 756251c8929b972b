/** Which initial particles find the minimum: ReLU units in the plane on the exact population risk, from several laws of the start. */
import { reluPlane } from '../../problems/presets/index.js';
import type { RunResult } from '../results.js';
import { type DrawnFigure, type FigureKind, type FigureRun, geometricMean, ran } from './kind.js';

const STARTS = [
  { name: 'small sphere, radius 0.1', init: 'sphere', scale: 0.1 },
  { name: 'pairs ±w on that sphere', init: 'symmetric', scale: 0.1 },
  { name: 'w = 0, θ ~ N(0, I₂)', init: 'zero-weight', scale: 1 },
  { name: 'sphere of radius 2', init: 'sphere', scale: 2 },
] as const;
const FLOOR = 1e-14;
const SUCCESS = 2e-5;

const experimentOf = (start: (typeof STARTS)[number], count: number, seed: string, end: number) => ({
  problem: structuredClone(reluPlane.problem),
  particles: { count, init: start.init, scale: start.scale },
  solver: { kind: 'auto', rtol: 1e-6 },
  stop: { stationarity: 1e-6 },
  time: { end },
  seed,
});

interface Cell {
  readonly m: number;
  readonly ends: number[];
  readonly curve: RunResult['series'];
}

async function cellOf(start: (typeof STARTS)[number], m: number, run: FigureRun): Promise<Cell> {
  const ends: number[] = [];
  let curve: RunResult['series'] | null = null;
  for (let k = 0; k < run.problems; k++) {
    const value = experimentOf(start, m, `${run.seed}/${k}`, run.end);
    const { series } = await ran(value, run, `${start.name}, m = ${m}, seed ${k}`);
    ends.push(Math.max(FLOOR, series.energy.at(-1) as number));
    curve ??= series;
  }
  return { m, ends, curve: curve as RunResult['series'] };
}

async function compute(run: FigureRun): Promise<DrawnFigure> {
  const found: Cell[][] = [];
  for (const start of STARTS) {
    const cells: Cell[] = [];
    for (const m of run.counts) cells.push(await cellOf(start, m, run));
    found.push(cells);
  }
  const means = (cells: readonly Cell[]) => cells.map(c => geometricMean(c.ends));
  const share = ({ ends }: Cell) => ends.filter(e => e < SUCCESS).length / ends.length;
  return {
    title: 'Initial particles: which start finds the minimum',
    caption: `Population risk of ReLU units in the plane (teacher of five units, F* = 0) by the law of the initial particles. Left: at t = ${run.end} or where |u′| ≤ 10⁻⁶, geometric mean over ${run.problems} seeds and each seed as a dot; shaded: below ${SUCCESS}. Right: along t for the largest m, first seed.`,
    assumed: [
      'The comparison of the paper’s appendix was not at hand; of it only the finding is known, that {0} × Θ or a symmetric sphere are best. Problem, laws and seeds are this figure’s own.',
    ],
    dashed: 'm₀ = 5 units of the teacher',
    rows: [
      [
        {
          kind: 'curves',
          heading: 'Risk at the end against m',
          x: { label: 'm, units', log: true, plain: true },
          y: { label: 'population risk', log: true, floor: FLOOR },
          rules: [5],
          band: SUCCESS,
          curves: found.flatMap((cells, i) => [
            {
              label: '',
              x: cells.flatMap(c => c.ends.map(() => c.m)),
              y: cells.flatMap(c => c.ends),
              mark: 'dots' as const,
              colour: i,
            },
            { label: STARTS[i].name, x: cells.map(c => c.m), y: means(cells), mark: 'line' as const, colour: i },
          ]),
        },
        {
          kind: 'curves',
          heading: `Risk along t, m = ${run.counts.at(-1)}`,
          x: { label: 't', log: true },
          y: { label: 'population risk', log: true, floor: FLOOR },
          curves: found.map((cells, colour) => ({
            label: STARTS[colour].name,
            x: cells.at(-1)?.curve.t ?? [],
            y: cells.at(-1)?.curve.energy ?? [],
            mark: 'line' as const,
            colour,
          })),
        },
      ],
    ],
    table: {
      header: ['start', 'm', 'geometric mean of the risk', `share below ${SUCCESS}`, 'largest'],
      rows: found.flatMap((cells, i) =>
        cells.map(c => [STARTS[i].name, c.m, geometricMean(c.ends), share(c), Math.max(...c.ends)]),
      ),
    },
  };
}

export const initFigure: FigureKind = {
  name: 'init',
  summary: 'ReLU units in the plane from several laws of the initial particles, against m and along t',
  defaults: { counts: [5, 6, 8, 10, 14, 20], problems: 5, end: 500 },
  compute,
};
