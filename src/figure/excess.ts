/** Figure 3 of Chizat & Bach (2018), its panel of deconvolution: excess loss at convergence against m, beside the convex problem on a grid. */
import { random } from '../math/random.js';
import type { Baseline, Iterate } from '../measure/baseline.js';
import { onPositions } from '../measure/fixed-positions.js';
import { slidingFrankWolfe } from '../measure/frank-wolfe.js';
import { type Program, programOf } from '../measure/program.js';
import { resolveExperiment } from '../resolve.js';
import { settingOf } from '../run.js';
import type { Experiment } from '../spec.js';
import { type DrawnFigure, type FigureKind, type FigureRun, geometricMean, Interrupted, ran } from './kind.js';

const SPIKES = 5;
const ORDER = 7;
const LAMBDA = 0.1;
const NOISE = 0.005;
/** A share of F*: below it the optimisation's own error begins. */
const BAND = 1e-4;
/** Curves are shown with a floor, in the manner of the paper. */
const FLOOR = 1e-10;

/** Five signed spikes, one in each of five tenths of the circle chosen among ten, masses 0.1·U(0.5, 1.5). */
function spikesOf(seed: string): number[][] {
  const chance = random(seed, 'spikes');
  const chunks = Array.from({ length: 10 }, (_, k) => ({ k, order: chance.uniform() }));
  const chosen = chunks.sort((a, b) => a.order - b.order).slice(0, SPIKES);
  return chosen.map(({ k }) => {
    const sign = chance.uniform() < 0.5 ? -1 : 1;
    return [0.1 * sign * (0.5 + chance.uniform()), (k + 0.5 + 0.5 * (chance.uniform() - 0.5)) / 10];
  });
}

const experimentOf = (seed: string, count: number, end: number) => ({
  problem: {
    kind: 'deconvolution',
    order: ORDER,
    lambda: LAMBDA,
    observation: { spikes: spikesOf(seed), noise: { level: NOISE } },
  },
  particles: { count, init: 'grid' },
  solver: { kind: 'auto', rtol: 1e-6 },
  stop: { stationarity: 1e-7 },
  time: { end },
  seed,
});

function programFor(seed: string): Program {
  const { experiment } = resolveExperiment({
    value: experimentOf(seed, 1, 1),
    source: 'figure 3',
    locate: () => undefined,
  });
  const program = programOf(settingOf(experiment as Experiment).problem);
  if (typeof program === 'string') throw new TypeError(program);
  return program;
}

/** Where the method ends. */
function last(method: Baseline): Iterate {
  let found: Iterate | undefined;
  for (const iterate of method) found = iterate;
  if (!found) throw new RangeError('the method ended before its first round');
  return found;
}

/** Numbers on every m: relative excess of each problem, by flow and on the grid. */
interface Column {
  readonly m: number;
  readonly flow: number[];
  readonly grid: number[];
  failed: number;
}

async function addProblem(columns: readonly Column[], seed: string, run: FigureRun): Promise<number> {
  const program = programFor(seed);
  const best = last(slidingFrankWolfe(program, { tolerance: 1e-12 }));
  const least = best.energy - best.gap;
  for (const column of columns) {
    if (run.signal?.aborted) throw new Interrupted(seed);
    const { m } = column;
    const result = await ran(experimentOf(seed, m, run.end), run, `${seed}, m = ${m}`);
    if (!result.outcome.ok) column.failed++;
    const grid = Array.from({ length: m }, (_, i) => [(i + 0.5) / m]);
    const relative = (energy: number) => Math.max(0, (energy - least) / least);
    column.flow.push(relative(result.certificate.primal));
    column.grid.push(relative(last(onPositions(program, grid)).energy));
  }
  return best.gap / least;
}

const share = (values: readonly number[]): number => values.filter(v => v < BAND).length / values.length;
const mean = (values: readonly number[]): number => geometricMean(values.map(v => Math.max(v, FLOOR)));

async function compute(run: FigureRun): Promise<DrawnFigure> {
  const columns: Column[] = run.counts.map(m => ({ m, flow: [], grid: [], failed: 0 }));
  const gaps: number[] = [];
  for (let k = 0; k < run.problems; k++) gaps.push(await addProblem(columns, `${run.seed}/${k}`, run));
  const x = columns.map(c => c.m);
  const dots = (of: (c: Column) => readonly number[]) => ({
    x: columns.flatMap(c => of(c).map(() => c.m)),
    y: columns.flatMap(c => of(c).map(v => Math.max(v, FLOOR))),
    mark: 'dots' as const,
  });
  return {
    title: 'Excess loss at convergence against the number of particles',
    caption: `(F − F*)/F* at the end for ${run.problems} random problems of sparse deconvolution: dots are single problems, lines geometric means, both with a floor of ${FLOOR}; shaded: below ${BAND}. The convex problem has the same number of weights on a fixed uniform grid.`,
    assumed: [
      `The paper states neither λ nor the noise: five spikes (dashed) of mass ±0.1·U(0.5, 1.5), at least 0.05 apart, order ${ORDER}, λ = ${LAMBDA}, noise ${NOISE} per coefficient, ${run.problems} problems where the paper has 100. Shares, ordering and slope are comparable, values are not.`,
      `The flow runs until |u′| ≤ 10⁻⁷ or t = ${run.end}, the convex problem to a gap of 10⁻⁹.`,
      `F* is the certified lower bound of sliding Frank–Wolfe, at most ${Math.max(...gaps).toExponential(1)}·F* off.`,
      'Only the panel of deconvolution; networks in dimension 100 are not in it.',
    ],
    dashed: 'm₀ = 5 spikes',
    rows: [
      [
        {
          kind: 'curves',
          heading: 'Sparse deconvolution',
          x: { label: 'm, particles', log: true, plain: true },
          y: { label: '(F − F*)/F*', log: true, floor: FLOOR },
          rules: [SPIKES],
          band: BAND,
          curves: [
            { label: 'convex minimisation, one problem', ...dots(c => c.grid), colour: 1 },
            { label: 'particle gradient flow, one problem', ...dots(c => c.flow), colour: 0 },
            {
              label: 'convex minimisation, geometric mean',
              x,
              y: columns.map(c => mean(c.grid)),
              mark: 'line',
              colour: 1,
            },
            {
              label: 'particle gradient flow, geometric mean',
              x,
              y: columns.map(c => mean(c.flow)),
              mark: 'line',
              colour: 0,
            },
          ],
        },
      ],
    ],
    table: {
      header: [
        'm',
        'flow, geometric mean',
        `flow, share below ${BAND}`,
        'flow, largest',
        'convex, geometric mean',
        `convex, share below ${BAND}`,
        'flows not ended well',
      ],
      rows: columns.map(c => [
        c.m,
        mean(c.flow),
        share(c.flow),
        Math.max(...c.flow),
        mean(c.grid),
        share(c.grid),
        c.failed,
      ]),
    },
  };
}

export const excessFigure: FigureKind = {
  name: '3',
  summary:
    'excess loss at convergence against m: flow and convex minimisation on a grid, random deconvolution problems',
  defaults: { counts: [1, 2, 3, 4, 5, 6, 7, 9, 11, 14, 17, 20, 25, 30], problems: 10, end: 200 },
  compute,
};
