/** Gradient descent beside the flow in the plane of a function of two coordinates, at steps below and beyond 2/L. */
import type { RunResult } from '../results.js';
import { type DrawnFigure, type FigureKind, type FigureRun, ran } from './kind.js';

/** F(a, b) = (ab − 1)²/2: one particle, two layers of width one. */
const PROBLEM = {
  kind: 'custom',
  particle: ['a', 'b'],
  feature: 'a*b',
  loss: '(f - y)^2/2',
  data: { columns: { y: [1] } },
};
const START = [2, 0.1];
/** η as a share of 2/L, L the sharpness of the minimum that the flow ends in. */
const SHARES = [0.5, 0.95, 1.1, 1.4, 1.8];
const STEPS = 120;
const FRAME = [-0.7, 2.5, -1.6, 1.6] as const;
const GRID = { columns: 112, rows: 112 } as const;
const LEVELS = [0.0005, 0.02, 0.1, 0.25, 0.5, 1, 2, 4, 7];
/** F below this is not drawn. */
const FLOOR = 1e-12;

const value = (a: number, b: number): number => (a * b - 1) ** 2 / 2;
/** Largest eigenvalue of the Hessian on the valley ab = 1, where it is (b, a)(b, a)ᵀ. */
const sharpness = (a: number, b: number): number => a * a + b * b;

function fieldOf() {
  const [x0, x1, y0, y1] = FRAME;
  const at = (low: number, high: number, k: number, n: number) => low + ((k + 0.5) * (high - low)) / n;
  const values = Array.from({ length: GRID.rows * GRID.columns }, (_, i) => {
    const [row, column] = [Math.floor(i / GRID.columns), i % GRID.columns];
    return value(at(x0, x1, column, GRID.columns), at(y0, y1, row, GRID.rows));
  });
  return { ...GRID, values, levels: LEVELS };
}

const experimentOf = (solver: object, end: number, saveAt: readonly number[]) => ({
  problem: structuredClone(PROBLEM),
  particles: { values: [[...START]] },
  solver,
  time: { end, saveAt: [...saveAt] },
});

interface Drawn {
  readonly label: string;
  readonly step: number | null;
  readonly run: RunResult;
  readonly points: readonly (readonly number[])[];
}

async function drawn(run: FigureRun): Promise<{ limit: number; paths: Drawn[] }> {
  const times = Array.from({ length: 200 }, (_, k) => run.end * (k / 199) ** 2);
  const flow = await ran(experimentOf({ kind: 'dopri5', rtol: 1e-10, atol: 1e-12 }, run.end, times), run, 'flow');
  const [a, b] = flow.final.particles[0];
  const limit = 2 / sharpness(a, b);
  const first = { label: 'flow', step: null, run: flow, points: flow.saved.particles.map(rows => rows[0]) };
  const others: Drawn[] = [];
  for (const share of SHARES) {
    const step = share * limit;
    const iterates = Array.from({ length: STEPS + 1 }, (_, k) => k * step);
    const label = `GD, η = ${share}·2/L`;
    const found = await ran(experimentOf({ kind: 'gd', step }, STEPS * step, iterates.slice(0, -1)), run, label);
    const points = [...found.saved.particles.map(rows => rows[0]), found.final.particles[0]];
    others.push({ label, step, run: found, points });
  }
  return { limit, paths: [first, ...others] };
}

const rises = (energy: readonly number[]): number =>
  energy.filter((e, k) => k > 0 && e > energy[k - 1] * (1 + 1e-12)).length;

async function compute(run: FigureRun): Promise<DrawnFigure> {
  const { limit, paths } = await drawn(run);
  const field = fieldOf();
  const [below, beyond] = [
    (d: Drawn) => d.step === null || d.step <= limit,
    (d: Drawn) => d.step === null || d.step > limit,
  ];
  const panel = (heading: string, chosen: readonly Drawn[]) => ({
    kind: 'paths' as const,
    heading,
    x: 'a',
    y: 'b',
    square: true,
    frame: FRAME,
    field,
    paths: chosen.map(d => ({
      fate: 'plain' as const,
      label: d.label,
      x: d.points.map(p => p[0]),
      y: d.points.map(p => p[1]),
    })),
  });
  const losses = paths.map(({ label, run: { series } }) => {
    const below = series.energy.findIndex(e => e < FLOOR);
    const count = below < 0 ? series.t.length : below + 1;
    return { label, x: series.t.slice(0, count), y: series.energy.slice(0, count) };
  });
  return {
    title: 'Gradient descent beside the flow, below and beyond 2/L',
    caption: `Level lines of F(a, b) = (ab − 1)²/2, the flow from (${START.join(', ')}) and gradient descent from there. The minima are the hyperbola ab = 1; at each the sharpness is a² + b². L is the sharpness where the flow ends, so 2/L = ${limit.toPrecision(4)} is the largest step that may rest there: beyond it gradient descent leaves the flow, F rises on the way, and it comes to rest, if at all, at a flatter minimum, with sharpness at most 2/η.`,
    assumed: [
      `The function, the start and ${STEPS} steps of each η are this figure’s own: the paper has no such picture.`,
    ],
    rows: [
      [
        panel('η below 2/L', paths.filter(below)),
        panel('η beyond 2/L', paths.filter(beyond)),
        {
          kind: 'curves',
          heading: 'F along t = k·η',
          x: { label: 't', log: false },
          y: { label: 'F', log: true, floor: FLOOR },
          curves: losses.map((c, colour) => ({ ...c, mark: 'line' as const, colour })),
        },
      ],
    ],
    table: {
      header: ['path', 'η', 'η·L/2', 'outcome', 'F', 'rises of F', 'a', 'b', 'sharpness a² + b²', '2/η'],
      rows: paths.map(({ label, step, run: r }) => {
        const [a, b] = r.final.particles[0];
        const { energy } = r.series;
        return [
          label,
          step ?? '',
          step === null ? '' : step / limit,
          r.outcome.code,
          energy.at(-1) as number,
          rises(energy),
          a,
          b,
          sharpness(a, b),
          step === null ? '' : 2 / step,
        ];
      }),
    },
  };
}

export const gdFigure: FigureKind = {
  name: 'gd-vs-flow',
  summary: 'level lines of a function of two coordinates, the flow, and gradient descent at steps below and beyond 2/L',
  defaults: { end: 10 },
  compute,
};
