/** Lazy against active: what the size τ of the initial units does to the loss on rows not seen (Chizat, Oyallon & Bach 2019, figure 2). */
import { noCounts, outcome } from '../outcome.js';
import { FlowFailed } from '../stepsize.js';
import type { DrawnFigure, FigureRun } from './kind.js';
import { LAZY } from './published.js';
import {
  descended,
  firstRows,
  halfMeanSquare,
  lossOn,
  type Net,
  paired,
  relativeChange,
  tangentDescent,
  tangentKernel,
  taught,
} from './two-layer.js';

export interface ScaleSettings {
  readonly dimension: number;
  readonly rows: number;
  readonly units: number;
  /** τ and the output multiplier α: one of the two is a list, the other one number. */
  readonly scales: readonly number[];
  readonly alphas?: readonly number[];
  readonly repeats: number;
  readonly steps: number;
}

const TEACHER = 3;
/** Rows between which the change of the kernel is measured. */
const KERNEL_ROWS = 200;
const LOOKS = 100;

interface Size {
  readonly tau: number;
  readonly alpha: number;
}

interface Trial {
  readonly test: number;
  readonly best: number;
  readonly train: number;
  readonly displacement: number;
  readonly kernel: number;
  readonly tangent: number;
  readonly tangentTrain: number;
}

async function trial(
  { tau, alpha }: Size,
  seed: string,
  { dimension: d, rows: n, units: m, steps }: ScaleSettings,
  run: FigureRun,
): Promise<Trial> {
  const { train, test } = taught(seed, d, n, TEACHER);
  const start: Net = { m, d, scale: alpha, units: paired(seed, m, d).map(u => tau * u) };
  // σ is 1-homogeneous: units of size τ behind α are those of size √α·τ without it, whose raw steps are α times as long.
  const step = Math.min(10, 0.1 / (alpha * tau ** 2)) / alpha;
  let best = lossOn(start, test);
  const look = {
    every: Math.max(1, Math.ceil(steps / LOOKS)),
    see(net: Net) {
      best = Math.min(best, lossOn(net, test));
    },
  };
  const end = await descended(start, train, { step, steps, look, signal: run.signal });
  const tangent = await tangentDescent(start, train, test, { step, steps, signal: run.signal });
  const few = firstRows(train, KERNEL_ROWS);
  const found: Trial = {
    test: lossOn(end, test),
    best,
    train: lossOn(end, train),
    displacement: relativeChange(start.units, end.units),
    kernel: relativeChange(tangentKernel(start, few, few), tangentKernel(end, few, few)),
    tangent: halfMeanSquare(tangent.test, test.y),
    tangentTrain: halfMeanSquare(tangent.train, train.y),
  };
  // Units that are no numbers answer 0, which is a loss like any other.
  const sound = Object.values(found).every(Number.isFinite);
  if (sound && found.train <= MOST_RISE * lossOn(start, train)) return found;
  const says = `from τ = ${tau}, α = ${alpha} it grows: after ${steps} steps of ${step} the loss is ${found.train}, at the start ${lossOn(start, train)}, and the units have moved by ${found.displacement} of their size`;
  const remedy = 'a τ (or α) between 1e-3 and 10, more units (--m) or more inputs (--d)';
  throw new FlowFailed(outcome('diverged', steps, noCounts(), { says, remedy }), 'gradient descent');
}

/** Of the loss on the rows trained on: more than what a long step may leave is a descent that grows. */
const MOST_RISE = 10;

const mean = (trials: readonly Trial[], key: keyof Trial): number =>
  trials.reduce((sum, t) => sum + t[key], 0) / trials.length;

const COLUMNS: readonly (readonly [name: string, key: keyof Trial])[] = [
  ['test loss', 'test'],
  ['best', 'best'],
  ['train loss', 'train'],
  ['tangent: test', 'tangent'],
  ['tangent: train', 'tangentTrain'],
  ['|Δu|/|u|', 'displacement'],
  ['|ΔK|/|K|', 'kernel'],
];

/** What stands beside a study of the published size, repeats apart. */
export function besideOf({ dimension, rows, units, steps, alphas = [1] }: ScaleSettings) {
  const plain = alphas.length === 1 && alphas[0] === 1;
  const same =
    plain && dimension === LAZY.dimension && rows === LAZY.rows && units === LAZY.units && steps === LAZY.steps;
  if (!same) return { assumed: [], header: [], cells: () => [], curves: [] };
  const [x, y] = [LAZY.end.map(([tau]) => tau), LAZY.end.map(([, loss]) => loss)];
  return {
    assumed: [
      `The published values are read off the figure: means over ${LAZY.repeats} draws of other rows, teachers and starts.`,
    ],
    header: ['published test loss'],
    cells: (tau: number) => [LAZY.end.find(e => e[0] === tau)?.[1] ?? '—'],
    curves: [{ label: 'published, end of training', x, y, mark: 'dots' as const, colour: 5 }],
  };
}

/** Of the test losses: one draw that is still on a saddle leaves it where it is. */
export function medianTest(trials: readonly Pick<Trial, 'test'>[]): number {
  const sorted = trials.map(t => t.test).sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/** How much worse the largest start is than the smallest. */
function between(found: readonly { value: number; trials: readonly Trial[] }[], symbol: string): string {
  const inOrder = [...found].sort((a, b) => a.value - b.value);
  const [first, last] = [inOrder[0], inOrder[inOrder.length - 1]];
  if (first === last) return '';
  const [means, medians] = [
    mean(last.trials, 'test') / mean(first.trials, 'test'),
    medianTest(last.trials) / medianTest(first.trials),
  ];
  return ` The mean test loss at ${symbol} = ${last.value} is ${means.toPrecision(3)} times that at ${symbol} = ${first.value}, the median ${medians.toPrecision(3)} times.`;
}

const cellsOf = ({ value, trials }: { value: number; trials: readonly Trial[] }): number[] => [
  value,
  ...COLUMNS.map(([, key]) => mean(trials, key)),
  medianTest(trials),
];

export async function scaleStudy(settings: ScaleSettings, run: FigureRun): Promise<DrawnFigure> {
  const { dimension, rows, units, scales, alphas = [1], repeats, steps } = settings;
  const byAlpha = alphas.length > 1;
  const sizes = scales.flatMap(tau => alphas.map(alpha => ({ tau, alpha })));
  const values = byAlpha ? alphas : scales;
  const found: { value: number; trials: Trial[] }[] = [];
  for (const [i, size] of sizes.entries()) {
    const trials: Trial[] = [];
    for (let k = 0; k < repeats; k++) {
      run.progress?.(`${byAlpha ? 'α' : 'τ'} = ${values[i]}, repeat ${k + 1} of ${repeats}`);
      trials.push(await trial(size, `${run.seed}/${k}`, settings, run));
    }
    found.push({ value: values[i], trials });
  }
  const curve = (label: string, key: keyof Trial, colour: number) => [
    {
      label: '',
      x: found.flatMap(f => f.trials.map(() => f.value)),
      y: found.flatMap(f => f.trials.map(t => t[key])),
      mark: 'dots' as const,
      colour,
    },
    { label, x: values, y: found.map(f => mean(f.trials, key)), mark: 'line' as const, colour },
  ];
  const published = besideOf(settings);
  const x = { label: byAlpha ? 'α, output multiplier' : 'τ, size of the initial units', log: true };
  const net = `${byAlpha || alphas[0] !== 1 ? 'α ' : ''}Σ b·max(0, a·x)`;
  const fixed = byAlpha ? `, τ = ${scales[0]}` : alphas[0] === 1 ? '' : `, α = ${alphas[0]}`;
  return {
    title: `Lazy and active training: ${byAlpha ? 'the output multiplier' : 'the size of the start'}`,
    caption: `A network ${net} of ${units} units from N(0, τ²)${fixed}, in pairs of opposite b, so that f = 0, on ${rows} rows of the unit sphere in dimension ${dimension} whose targets are those of ${TEACHER} units; ${steps} steps of gradient descent. Lines are means over ${repeats} draws of everything, dots single draws. ${byAlpha ? 'Behind a large α' : 'From a large start'} the units hardly move, the network follows its tangent model (linearised at the start, the same steps) and does as badly on new rows.${between(found, byAlpha ? 'α' : 'τ')}`,
    assumed: [
      'Setting of Chizat, Oyallon & Bach (2019): there d = 100, 1000 rows, 50 units, 10⁴ steps, 10 draws. Step min(10, 0.1/(ατ²))/α, so that α and τ = √α are the same runs; losses ½·mean (f − y)².',
      `The change of the tangent kernel is measured between ${Math.min(rows, KERNEL_ROWS)} rows, the best test loss at ${Math.min(steps, LOOKS)} moments.`,
      ...published.assumed,
    ],
    rows: [
      [
        {
          kind: 'curves',
          heading: 'Loss on new rows',
          x,
          y: { label: 'test loss', log: true },
          curves: [
            ...curve('end of training', 'test', 0),
            ...curve('best on the way', 'best', 1),
            ...curve('tangent model', 'tangent', 2),
            ...published.curves,
          ],
        },
        {
          kind: 'curves',
          heading: 'How far training went',
          x,
          y: { label: 'relative change', log: true },
          curves: [...curve('units, |Δu|/|u|', 'displacement', 3), ...curve('tangent kernel, |ΔK|/|K|', 'kernel', 4)],
        },
      ],
    ],
    table: {
      header: [byAlpha ? 'α' : 'τ', ...COLUMNS.map(c => c[0]), 'median test loss', ...published.header],
      rows: found.map(f => [...cellsOf(f), ...published.cells(f.value)]),
    },
  };
}
