/** Sigmoid units in the plane: paths of |w|θ from w = 0 and Gaussian θ, square and logistic loss. */
import { random } from '../math/random.js';
import type { RunResult } from '../results.js';
import { type DrawnFigure, type FigureKind, type FigureRun, pathsOf, ran, strength } from './kind.js';

const TEACHER = {
  weights: [4, 3],
  directions: [
    [1.8, 0.9],
    [-0.6, 2],
  ],
};
const ROWS = 300;
const BETA = 0.002;

const logit = ([a, b]: readonly number[]): number =>
  TEACHER.weights.reduce((sum, w, j) => {
    const [u, v] = TEACHER.directions[j];
    return sum + w / (1 + Math.exp(-(u * a + v * b)));
  }, 0);

/** Gaussian inputs, and the teacher's answers or labels drawn from them. */
function sampleOf(seed: string, labels: boolean): { X: number[][]; y: number[] } {
  const chance = random(seed, 'sample');
  const X = Array.from({ length: ROWS }, () => [chance.normal(), chance.normal()]);
  const label = (answer: number) => (chance.uniform() * (1 + Math.exp(-answer)) < 1 ? 1 : -1);
  return { X, y: X.map(x => (labels ? label(logit(x)) : logit(x))) };
}

const losses = [
  { name: 'square loss', kind: 'square' },
  { name: 'logistic loss', kind: 'logistic' },
] as const;

const experimentOf = (kind: 'square' | 'logistic', count: number, { end, seed }: FigureRun) => ({
  problem: {
    kind: 'sigmoid-network',
    data: { ...sampleOf(seed, kind === 'logistic'), teacher: structuredClone(TEACHER) },
    loss: { kind },
    penalty: { kind: 'abs-weight', beta: BETA },
  },
  particles: { count, init: 'zero-weight', scale: 1 },
  solver: { kind: 'auto', rtol: 1e-6 },
  time: { end },
  seed,
});

/** How near mass lies to the rays of the teacher: share of Σ|w||θ| within 15° of a ray of its own sign. */
function aligned({ final }: RunResult): number {
  const near = ([w, a, b]: readonly number[]) =>
    TEACHER.directions.some(
      ([u, v], j) =>
        Math.sign(TEACHER.weights[j]) === Math.sign(w) &&
        (a * u + b * v) / (Math.hypot(a, b) * Math.hypot(u, v)) > Math.cos(Math.PI / 12),
    );
  const mass = ([w, a, b]: readonly number[]) => Math.abs(w) * Math.hypot(a, b);
  const total = final.particles.reduce((sum, p) => sum + mass(p), 0);
  return final.particles.reduce((sum, p) => sum + (near(p) ? mass(p) : 0), 0) / total;
}

async function compute(run: FigureRun): Promise<DrawnFigure> {
  const table: (number | string)[][] = [];
  const rows = [];
  for (const { name, kind } of losses) {
    const panels = [];
    for (const m of run.counts) {
      const label = `${name}, m = ${m}`;
      const result = await ran(experimentOf(kind, m, run), run, label);
      const F = result.series.energy.at(-1) as number;
      const share = aligned(result);
      table.push([name, m, result.outcome.code, result.final.t, result.series.energy[0], F, share]);
      panels.push({
        kind: 'paths' as const,
        heading: `${label}: F = ${F.toPrecision(3)}`,
        x: '|w|θ₁',
        y: '|w|θ₂',
        square: true,
        paths: pathsOf(result, strength),
        rays: TEACHER.directions,
      });
    }
    rows.push(panels);
  }
  return {
    title: 'Sigmoid units in the plane: paths of |w|θ',
    caption:
      'Every line is the path of |w|θ of one unit w/(1 + exp(−θ·x)), from w = 0 and θ ~ N(0, I₂), with a dot at its end; colours are the sign of w. Each panel has its own scale. Labels are random, so the minimiser of the logistic loss is not the teacher.',
    assumed: [
      `Of the original animation only d = 2, two teacher units and the Gaussian start are known: teacher ${TEACHER.weights.join(', ')} at ${TEACHER.directions.map(d => `(${d.join(', ')})`).join(', ')}, no bias.`,
      `${ROWS} Gaussian inputs; labels of the logistic loss are drawn from the teacher’s logit. V = ${BETA}|w|, end time ${run.end}.`,
    ],
    dashed: 'direction of a unit of the teacher',
    rows,
    table: { header: ['loss', 'm', 'outcome', 't', 'F(0)', 'F', 'share aligned'], rows: table },
  };
}

export const sigmoidFigure: FigureKind = {
  name: 'sigmoid',
  summary: 'sigmoid units in the plane from θ ~ N(0, I): square and logistic loss, several m',
  defaults: { counts: [5, 10, 50], end: 500 },
  compute,
};
