/** Figure 3 of Chizat & Bach (2018), its panel of deconvolution: the flow beside the convex problem on a grid. */
import { random } from '../math/random.js';
import type { Baseline, Iterate } from '../measure/baseline.js';
import { onPositions } from '../measure/fixed-positions.js';
import { slidingFrankWolfe } from '../measure/frank-wolfe.js';
import { type Program, programOf } from '../measure/program.js';
import { resolveExperiment } from '../resolve.js';
import { settingOf } from '../run.js';
import type { Experiment } from '../spec.js';
import { type Column, columnsOf, type ExcessPanel } from './excess-panel.js';
import { type FigureRun, Interrupted, ran } from './kind.js';
import { EXCESS } from './published.js';

const SPIKES = 5;
const ORDER = 7;
const LAMBDA = 0.1;
const NOISE = 0.005;
const COUNTS = [1, 2, 3, 4, 5, 6, 7, 9, 11, 14, 17, 20, 25, 30];
/** A share of F*. */
const BAND = 1e-4;
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
    column.convex.push(relative(last(onPositions(program, grid)).energy));
  }
  return best.gap / least;
}

export async function deconvolutionExcess(run: FigureRun): Promise<ExcessPanel> {
  const columns = columnsOf(run.counts.length > 0 ? run.counts : COUNTS);
  const gaps: number[] = [];
  for (let k = 0; k < run.problems; k++) gaps.push(await addProblem(columns, `${run.seed}/${k}`, run));
  return {
    name: 'deconvolution',
    heading: 'Sparse deconvolution',
    label: '(F − F*)/F*',
    columns,
    enough: SPIKES,
    band: BAND,
    floor: FLOOR,
    published: EXCESS.deconvolution,
    assumed: [
      `Deconvolution: the paper states neither λ nor the noise: ${SPIKES} spikes of mass ±0.1·U(0.5, 1.5), at least 0.05 apart, order ${ORDER}, λ = ${LAMBDA}, noise ${NOISE} per coefficient, ${run.problems} problems where the paper has 100; the convex problem has its weights on a uniform grid. Shares, ordering and slope are comparable, values are not.`,
      `Its flow runs until |u′| ≤ 10⁻⁷ or t = ${run.end}, the convex problem to a gap of 10⁻⁹; F* is the certified lower bound of sliding Frank–Wolfe, at most ${Math.max(...gaps).toExponential(1)}·F* off.`,
    ],
  };
}
