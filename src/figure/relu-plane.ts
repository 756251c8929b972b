/** Figure 2 of Chizat & Bach (2018): ReLU units in the plane, on the population, by mini-batches of it, and on a finite sample. */
import { reluPlane } from '../../problems/presets/index.js';
import type { RunResult } from '../results.js';
import { type DrawnFigure, type FigureKind, type FigureRun, pathsOf, ran, strength } from './kind.js';

const { teacher } = reluPlane.problem;
const SAMPLE = { rows: 300, end: 100 } as const;
const STOCHASTIC = { batch: 100, step: 0.2 } as const;

interface Way {
  readonly name: string;
  experiment(count: number, run: FigureRun): unknown;
}

const particles = (count: number) => ({ count, init: 'sphere', scale: 0.1 });

const ways: readonly Way[] = [
  {
    name: 'population flow',
    experiment: (count, { end, seed }) => ({
      problem: structuredClone(reluPlane.problem),
      particles: particles(count),
      solver: { kind: 'inclusion', rtol: 1e-6 },
      time: { end },
      seed,
    }),
  },
  {
    name: 'mini-batch SGD',
    experiment: (count, { end, seed }) => ({
      problem: {
        kind: 'relu-network',
        population: { inputs: 'gaussian', dimension: 2, teacher: structuredClone(teacher), evaluation: { size: 2000 } },
      },
      particles: particles(count),
      solver: { kind: 'sgd', ...STOCHASTIC },
      time: { end },
      seed,
    }),
  },
  {
    name: 'finite sample (Filippov)',
    experiment: (count, { end, seed }) => ({
      problem: { kind: 'relu-network', data: { teacher: structuredClone(teacher), count: SAMPLE.rows, seed: 1 } },
      particles: particles(count),
      solver: { kind: 'auto', rtol: 1e-4 },
      time: { end: Math.min(end, SAMPLE.end) },
      seed,
    }),
  },
];

/** Population risk of the end of any run: the closed form for Gaussian inputs. */
async function populationRisk({ final }: RunResult, run: FigureRun, label: string): Promise<number> {
  const value = {
    problem: structuredClone(reluPlane.problem),
    particles: { values: final.particles },
    time: { end: 0 },
    seed: run.seed,
  };
  return (await ran(value, run, label)).series.energy[0];
}

async function compute(run: FigureRun): Promise<DrawnFigure> {
  const table: (number | string)[][] = [];
  const rows = [];
  for (const { name, experiment } of ways) {
    const panels = [];
    for (const m of run.counts) {
      const label = `${name}, m = ${m}`;
      const result = await ran(experiment(m, run), run, label);
      const risk = await populationRisk(result, run, `${label}, risk`);
      table.push([name, m, result.outcome.code, result.final.t, result.series.energy.at(-1) as number, risk]);
      panels.push({
        kind: 'paths' as const,
        heading: `${label}: risk ${risk.toExponential(1)}`,
        x: '|w|θ₁',
        y: '|w|θ₂',
        square: true,
        paths: pathsOf(result, strength),
        rays: teacher.directions,
      });
    }
    rows.push(panels);
  }
  return {
    title: 'ReLU units in the plane: paths of |w|θ',
    caption:
      'Every line is the path of |w|θ of one unit w·max(0, θ·x), with a dot at its end; colours are the sign of w. Above: the flow of the population risk, Gaussian inputs, in closed form, where it is smooth. Middle: stochastic gradients of that risk. Below: the flow on a finite sample, whose velocity jumps where a unit switches on a sample point; what is followed there is the Filippov extension, outside the theorem. The risk in each heading is the population risk ½E(f − f*)² at the end.',
    assumed: [
      'The paper writes of four teacher units; its vector figures show five rays, which are taken with mass 1/5 each. Signs, inputs N(0, I₂) and no bias are inferred from its end states.',
      'Initial particles lie on the sphere of radius 0.1 in ℝ³, read off the figure.',
      `Batch ${STOCHASTIC.batch}, step ${STOCHASTIC.step} in flow time (η·m as a raw rate), end time ${run.end}: not stated in the paper.`,
      `The sample of ${SAMPLE.rows} rows and its end time ${Math.min(run.end, SAMPLE.end)} are this figure’s own.`,
    ],
    dashed: 'direction of a unit of the teacher',
    rows,
    table: { header: ['method', 'm', 'outcome', 't', 'F of the method', 'population risk'], rows: table },
  };
}

export const reluFigure: FigureKind = {
  name: '2',
  summary: 'ReLU units in the plane: 5, 10 and 100 of them, population flow, mini-batch SGD, finite sample',
  defaults: { counts: [5, 10, 100], end: 1000 },
  seed: reluPlane.seed,
  compute,
};
