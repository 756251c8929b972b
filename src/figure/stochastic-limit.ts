/** SGD against the flow: how far apart they are by η and by m (Mei, Montanari & Nguyen 2018, Thm 3: of order √max(η, 1/m)). */
import { runner, type Start, settingAt, type Track } from '../clouds.js';
import { InvalidExperiment } from '../experiment-file.js';
import type { CurvePanel, DrawnCurve, FigureTable } from '../figure-results.js';
import { fittedSlope } from '../limit.js';
import { scaledDistance } from '../math/vec.js';
import { type Gauge, gaugesFor } from '../measure/gauges.js';
import { type RunOptions, type Setting, settingOf } from '../run.js';
import type { Experiment, SolverSpec } from '../spec.js';
import { FlowFailed } from '../stepsize.js';
import { titleOf } from '../study.js';
import type { Vec } from '../types.js';
import { type DrawnFigure, type FigureRun, Interrupted } from './kind.js';

export interface SgdSettings {
  readonly counts: readonly number[];
  /** In flow time. */
  readonly etas: readonly number[];
  /** Terms per step. */
  readonly batch: number;
  /** Starts and streams of batches for each m. */
  readonly seeds: number;
  /** Particles of the flow that stands for m = ∞. */
  readonly reference: number;
}

const METRICS = ['function', 'mmd', 'bl'] as const;
/** Even ones in (0, T]; the theorem is uniform in [0, T]. */
const LOOKS = 5;

/** What is measured: SGD from the flow of the same start, and either of them from the reference; η = 0 is the flow. */
interface Cell {
  readonly m: number;
  readonly eta: number;
  /** By name of the distance, root mean square over the seeds. */
  readonly distances: Readonly<Record<string, number>>;
}

const sgdOf = ({ solver, problem }: Experiment, step: number, batch: number): SolverSpec => {
  const { kind } = solver ?? {};
  if (kind === 'sgd' || kind === 'proximal-sgd') {
    const { rate: _, ...own } = solver as SolverSpec;
    return { ...own, step, batch };
  }
  const sparse = (problem.penalty as { kind?: string } | undefined)?.kind === 'abs-weight';
  return { kind: sparse ? 'proximal-sgd' : 'sgd', step, batch };
};

const flowOf = (e: Experiment): Experiment =>
  e.solver?.kind === 'sgd' || e.solver?.kind === 'proximal-sgd' ? { ...e, solver: { kind: 'auto' } } : e;

/** The experiment as its flow and as SGD, checked. Throws InvalidExperiment where one of the two cannot be had. */
export function sgdSetting(experiment: Experiment, settings: SgdSettings, sources: RunOptions['sources']): Setting {
  const { compare: _, ...alone } = experiment;
  const setting = settingAt(flowOf(alone), settings.reference, sources);
  if (setting.problem.metric)
    throw new InvalidExperiment([{ path: ['problem', 'chart'], message: 'SGD here is that of the Euclidean metric' }]);
  for (const eta of settings.etas)
    settingOf({ ...setting.frozen, solver: sgdOf(experiment, eta, settings.batch) as Experiment['solver'] });
  return { ...setting, frozen: { ...setting.frozen, solver: experiment.solver } };
}

const rms = (values: readonly number[]): number => Math.sqrt(values.reduce((sum, x) => sum + x * x, 0) / values.length);

const statesOf = ({ outcome, states }: Track): readonly Vec[] => {
  if (!outcome.ok) throw new FlowFailed(outcome, 'a run of this study');
  return states;
};

async function cellsOf(
  setting: Setting,
  settings: SgdSettings,
  run: FigureRun,
): Promise<{ cells: Cell[]; names: string[] }> {
  const { frozen, problem } = setting;
  const { counts, etas, batch, seeds, reference: many } = settings;
  const { signal, progress } = run;
  const times = Array.from({ length: LOOKS }, (_, k) => ((k + 1) * frozen.time.end) / LOOKS);
  const total = 1 + counts.length * seeds * (1 + etas.length);
  const show = progress && { progress: (p: { label?: string }) => progress(p.label ?? '') };
  const next = runner(total, times, { ...(signal && { signal }), ...show });
  const ended = async (e: Experiment, start: Start, whose: string): Promise<readonly Vec[]> => {
    const track = await next(e, problem, start, whose);
    if (signal?.aborted) throw new Interrupted(whose);
    return statesOf(track);
  };
  const flow = flowOf(frozen);
  const bySgd = (eta: number, start: Start) => {
    const solver = sgdOf(frozen, eta, batch) as Experiment['solver'];
    return ended({ ...frozen, solver }, start, `SGD, η = ${eta}`);
  };
  // The longest step diverges first, if any does, and costs least: before the reference is computed.
  const longest = Math.max(...etas);
  const first = await bySgd(longest, { particles: counts[0], seed: run.seed });
  const start = { particles: many, seed: `${run.seed}/reference` };
  const measuring = gaugesFor(problem, many)(await ended(flow, start, 'flow'));
  const gauges = measuring.filter(g => (METRICS as readonly string[]).includes(g.metric));
  const cells: Cell[] = [];
  for (const m of counts) {
    const found = new Map<number, Record<string, number>[]>([0, ...etas].map(eta => [eta, []]));
    for (let k = 0; k < seeds; k++) {
      const start = { particles: m, seed: k === 0 ? run.seed : `${run.seed}/${k}` };
      const own = await ended(flow, start, 'flow');
      found.get(0)?.push(fromReference(gauges, own));
      for (const eta of etas) {
        const y = m === counts[0] && k === 0 && eta === longest ? first : await bySgd(eta, start);
        found
          .get(eta)
          ?.push({ ...fromReference(gauges, y), [COUPLED]: rms(y.map((u, j) => scaledDistance(u, own[j], m))) });
      }
    }
    for (const [eta, list] of found)
      cells.push({
        m,
        eta,
        distances: Object.fromEntries(Object.keys(list[0]).map(n => [n, rms(list.map(d => d[n]))])),
      });
  }
  return { cells, names: gauges.map(g => `${g.metric}: ${g.name()}`) };
}

const COUPLED = '|u − u(t)|';
const fromReference = (gauges: readonly Gauge[], states: readonly Vec[]): Record<string, number> =>
  Object.fromEntries(gauges.map(g => [g.metric, rms(states.map((y, k) => g.distance(y, k)))]));

interface Fit {
  readonly metric: string;
  readonly what: string;
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly theory: number;
}

/** In η at the most particles, from the flow of the same start; in m without noise of batches, from the reference. */
function fitsOf(cells: readonly Cell[], { counts, etas }: SgdSettings): Fit[] {
  const most = Math.max(...counts);
  const steps = cells.filter(c => c.m === most && c.eta > 0);
  const flows = cells.filter(c => c.eta === 0);
  const least = cells.filter(c => c.eta === Math.min(...etas));
  const metrics = Object.keys(flows[0].distances);
  return [
    {
      metric: COUPLED,
      what: `η, m = ${most}: SGD from its flow`,
      x: steps.map(c => c.eta),
      y: steps.map(c => c.distances[COUPLED]),
      theory: 0.5,
    },
    ...metrics.map(metric => ({
      metric,
      what: 'm: flow from μ(t)',
      x: flows.map(c => c.m),
      y: flows.map(c => c.distances[metric]),
      theory: -0.5,
    })),
    ...metrics.map(metric => ({
      metric,
      what: `m, η = ${Number(Math.min(...etas).toPrecision(3))}: SGD from μ(t)`,
      x: least.map(c => c.m),
      y: least.map(c => c.distances[metric]),
      theory: -0.5,
    })),
  ];
}

const line = (label: string, x: readonly number[], y: readonly number[], colour: number): DrawnCurve => ({
  label,
  x,
  y,
  mark: 'line',
  colour,
});

/** A power through the first point, to lie beside. */
const guide = (label: string, x: readonly number[], y: readonly number[], power: number, colour: number): DrawnCurve =>
  line(
    label,
    x,
    x.map(v => 1.5 * y[0] * (v / x[0]) ** power),
    colour,
  );

function panelsOf(cells: readonly Cell[], { counts, etas }: SgdSettings): CurvePanel[] {
  const byStep = counts.map((m, i) => {
    const own = etas.map(eta => cells.find(c => c.m === m && c.eta === eta)?.distances[COUPLED] ?? Number.NaN);
    return line(`m = ${m}`, etas, own, i);
  });
  const metrics = Object.keys(cells[0].distances);
  const shown = metrics.includes('function') ? 'function' : metrics[0];
  const byCount = [0, ...etas].map((eta, i) => {
    const own = counts.map(m => cells.find(c => c.m === m && c.eta === eta)?.distances[shown] ?? Number.NaN);
    return line(eta === 0 ? 'the flow' : `η = ${Number(eta.toPrecision(3))}`, counts, own, i);
  });
  return [
    {
      kind: 'curves',
      heading: 'SGD from the flow of the same start',
      x: { label: 'η, in flow time', log: true },
      y: { label: `${COUPLED}, rms over particles`, log: true },
      curves: [...byStep, guide('η^½', etas, byStep[0].y, 0.5, counts.length)],
    },
    {
      kind: 'curves',
      heading: 'From the flow of many particles',
      x: { label: 'm, particles', log: true, plain: true },
      y: { label: shown === 'function' ? '|f − f′|' : shown.toUpperCase(), log: true },
      curves: [...byCount, guide('m^−½', counts, byCount[0].y, -0.5, etas.length + 1)],
    },
  ];
}

const cell = (x: number | null, digits: number): number | string =>
  x === null || !Number.isFinite(x) ? '—' : Number(x.toPrecision(digits));

function tableOf(cells: readonly Cell[], settings: SgdSettings): FigureTable {
  const fits = fitsOf(cells, settings);
  const width = Math.max(...fits.map(f => f.x.length));
  return {
    header: ['distance', 'in what', 'exponent', '±', 'theory', ...Array.from({ length: width }, (_, k) => `${k + 1}.`)],
    rows: fits.map(({ metric, what, x, y, theory }) => {
      const { slope, error } = fittedSlope(x, y);
      return [metric, what, cell(slope, 3), cell(error, 2), theory, ...y, ...Array<string>(width - y.length).fill('')];
    }),
  };
}

/** Throws FlowFailed, Interrupted. @param setting of `sgdSetting` */
export async function sgdLimit(setting: Setting, settings: SgdSettings, run: FigureRun): Promise<DrawnFigure> {
  const { cells, names } = await cellsOf(setting, settings, run);
  const { batch, seeds, reference, etas } = settings;
  const kind = sgdOf(setting.frozen, etas[0], batch).kind;
  return {
    title: `SGD beside the flow: ${titleOf(setting.frozen)}`,
    caption: `${kind} with ${batch} row${batch === 1 ? '' : 's'} a step to t = kη = ${setting.frozen.time.end}, root mean squares over ${seeds} starts and streams and ${LOOKS} times. Left: from the flow of the same start; right: from the flow μ(t) of ${reference} particles, which stands for m = ∞.`,
    assumed: [
      `Distances: ${COUPLED}, each particle from the same one of the flow; ${names.join('; ')}.`,
      'Theory: in the bounded-Lipschitz distance the error is of order √max(η, 1/m), with constants that are not stated (Mei, Montanari & Nguyen 2018): exponents ½ in η and −½ in m.',
    ],
    rows: [panelsOf(cells, settings)],
    table: tableOf(cells, settings),
  };
}
