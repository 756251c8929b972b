/** What training moves as the width grows: 1/m and 1/√m in front of the sum, after equal raw steps and after equal flow time. */
import type { DrawnFigure, FigureRun } from './kind.js';
import {
  answersInto,
  descended,
  type Net,
  paired,
  type Rows,
  relativeChange,
  tangentKernel,
  taught,
} from './two-layer.js';

export interface WidthSettings {
  readonly dimension: number;
  readonly rows: number;
  readonly widths: readonly number[];
  readonly repeats: number;
  /** Raw time, steps × step, of the runs of equal raw steps; m times that is equal flow time. */
  readonly time: number;
}

const TEACHER = 3;
/** Step as a share of the largest that is stable for a kernel of mean 1. */
const SHARE = 0.2;
const FEWEST = 20;

interface Case {
  readonly name: string;
  /** c. */
  readonly scale: (m: number) => number;
  /** Raw time of the run at width m, by the time of the settings. */
  readonly raw: (m: number) => number;
  /** Exponents of displacement and function change as m → ∞, and the largest that of the kernel may be. */
  readonly theory: readonly [number, number, number];
}

/**
 * Raw time s moves a unit by s·c and f by s·c²·m (Chizat, Oyallon & Bach 2019, §2); flow time t is raw time m·t, in which the network of 1/m
 * follows its mean-field limit and that of 1/√m has long come to rest. The kernel changes by at most its derivative times the displacement;
 * signs of b that are even cancel the first order, and what is left of it are units that switch.
 */
const CASES: readonly Case[] = [
  { name: '1/m, raw steps', scale: m => 1 / m, raw: () => 1, theory: [-1, -1, -1] },
  { name: '1/m, flow time', scale: m => 1 / m, raw: m => m, theory: [0, 0, 0] },
  { name: '1/√m, raw steps', scale: m => 1 / Math.sqrt(m), raw: () => 1, theory: [-0.5, 0, -0.5] },
  { name: '1/√m, flow time', scale: m => 1 / Math.sqrt(m), raw: m => m, theory: [-0.5, 0, -0.5] },
];

const MEASURES = ['displacement', 'function change', 'kernel change'] as const;
type Changes = readonly [displacement: number, answers: number, kernel: number];

/** |Δu|/|u|, |Δf|/|y| and |ΔK|/|K| of one run. */
async function changes(c: Case, m: number, rows: Rows, seed: string, time: number, run: FigureRun): Promise<Changes> {
  const start: Net = { m, d: rows.d, scale: c.scale(m), units: paired(seed, m, rows.d) };
  const raw = time * c.raw(m);
  // Df Dfᵀ is of size c²·m: steps stay below 2 over its largest share of the rows.
  const steps = Math.max(FEWEST, Math.ceil((raw * start.scale ** 2 * m) / SHARE));
  const end = await descended(start, rows, { step: raw / steps, steps, signal: run.signal });
  const f = new Float64Array(rows.n);
  answersInto(end, rows, f);
  const size = (v: Float64Array) => Math.hypot(...v);
  return [
    relativeChange(start.units, end.units),
    size(f) / size(rows.y),
    relativeChange(tangentKernel(start, rows, rows), tangentKernel(end, rows, rows)),
  ];
}

/** Of the least-squares line through (log x, log y). */
export function slopeOf(x: readonly number[], y: readonly number[]): number {
  const [lx, ly] = [x.map(Math.log), y.map(Math.log)];
  const mean = (v: readonly number[]) => v.reduce((sum, e) => sum + e, 0) / v.length;
  const [mx, my] = [mean(lx), mean(ly)];
  const top = lx.reduce((sum, v, k) => sum + (v - mx) * (ly[k] - my), 0);
  return top / lx.reduce((sum, v) => sum + (v - mx) ** 2, 0);
}

const mean = (v: readonly number[]): number => v.reduce((sum, e) => sum + e, 0) / v.length;

/** [case][measure][width] */
async function measured(
  { dimension, rows: n, widths, repeats, time }: WidthSettings,
  run: FigureRun,
): Promise<number[][][]> {
  const found: number[][][] = [];
  for (const c of CASES) {
    const columns: number[][] = [[], [], []];
    for (const m of widths) {
      run.progress?.(`${c.name}, m = ${m}`);
      const trials: Changes[] = [];
      for (let k = 0; k < repeats; k++) {
        const seed = `${run.seed}/${k}`;
        trials.push(await changes(c, m, taught(seed, dimension, n, TEACHER).train, seed, time, run));
      }
      columns.forEach((column, j) => void column.push(mean(trials.map(t => t[j]))));
    }
    found.push(columns);
  }
  return found;
}

export async function widthStudy(settings: WidthSettings, run: FigureRun): Promise<DrawnFigure> {
  const { dimension, rows, widths, repeats, time } = settings;
  const found = await measured(settings, run);
  return {
    title: 'What training moves as the width grows',
    caption: `Networks c·Σ b·max(0, a·x), units from N(0, I) in pairs of opposite b so that f = 0 at the start, ${rows} rows of the unit sphere in dimension ${dimension}, by gradient descent, means over ${repeats} draws. Relative displacement of the units, change of f by |y|, relative change of the tangent kernel. Equal raw steps: raw time ${time} for every m; equal flow time: raw time m·${time}. With 1/m and flow time nothing depends on m (the mean-field limit, active); with 1/√m the function is learned while units and kernel stay (lazy).`,
    assumed: [
      'The paper has no such picture; exponents of theory are those of one step, and for 1/√m after flow time those of the tangent model at rest (Chizat, Oyallon & Bach 2019); that of the kernel is an upper bound, for signs that are even cancel its first order. What is left of that are single units that switch: after few raw steps there are hardly any, and the kernel’s exponent is known only roughly.',
    ],
    rows: [
      MEASURES.map((heading, j) => ({
        kind: 'curves' as const,
        heading,
        x: { label: 'm, units', log: true, plain: true },
        y: { label: ['|Δu|/|u|', '|Δf|/|y|', '|ΔK|/|K|'][j], log: true },
        curves: CASES.map((c, colour) => ({
          label: c.name,
          x: widths,
          y: found[colour][j],
          mark: 'line' as const,
          colour,
        })),
      })),
    ],
    table: {
      header: ['model', 'change', 'exponent', 'theory', ...widths.map(m => `m=${m}`)],
      rows: CASES.flatMap((c, i) =>
        MEASURES.map((name, j) => [
          c.name,
          name,
          slopeOf(widths, found[i][j]),
          `${j === 2 ? '≤ ' : ''}${c.theory[j]}`,
          ...found[i][j],
        ]),
      ),
    },
  };
}
