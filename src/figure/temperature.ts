/** Noise of temperature τ: F and the free energy along Langevin runs, and how F of the noisy cloud comes down to F* as τ → 0. */
import { InvalidExperiment } from '../experiment-file.js';
import type { CurvePanel, DrawnCurve } from '../figure-results.js';
import { fittedSlope } from '../limit.js';
import type { Bracket } from '../limit-results.js';
import { meanOf } from '../math/statistics.js';
import { bracketOf } from '../measure/bracket.js';
import { fromRows } from '../particles.js';
import type { FreeEnergy, RunResult } from '../results.js';
import { type RunOptions, runExperiment, type Setting, settingOf } from '../run.js';
import type { Experiment } from '../spec.js';
import { FlowFailed } from '../stepsize.js';
import { titleOf } from '../study.js';
import { type DrawnFigure, type FigureRun, Interrupted } from './kind.js';

export interface TemperatureSettings {
  readonly temperatures: readonly number[];
  /** Of the noisy steps, in flow time. */
  readonly eta: number;
}

const noisy = (e: Experiment, temperature: number, step: number): Experiment => ({
  ...e,
  solver: { kind: 'langevin', step, temperature } as Experiment['solver'],
});

/** The experiment as its flow and with noise, checked. Throws InvalidExperiment where one of the two cannot be had. */
export function temperatureSetting(
  experiment: Experiment,
  { temperatures, eta }: TemperatureSettings,
  sources: RunOptions['sources'],
): Setting {
  const { compare: _, solver, ...alone } = experiment;
  const flow = { ...alone, ...(solver?.kind !== 'langevin' && { solver }) } as Experiment;
  const setting = settingOf(flow, sources);
  const { problem } = setting;
  if (problem.metric)
    throw new InvalidExperiment([
      {
        path: ['problem', 'chart'],
        message: `noise here is that of the Euclidean metric, found ${problem.metric.name}`,
      },
    ]);
  for (const tau of temperatures) settingOf(noisy(setting.frozen, tau, eta));
  return setting;
}

interface Noisy {
  readonly tau: number;
  readonly run: RunResult;
  /** F over the second half of the time. */
  readonly energy: number;
}

async function noisyAt(frozen: Experiment, tau: number, eta: number, run: FigureRun): Promise<Noisy> {
  const found = await ended(noisy(frozen, tau, eta), run, `τ = ${tau}`);
  const { t, energy } = found.series;
  return { tau, run: found, energy: meanOf(energy.filter((_, k) => t[k] >= frozen.time.end / 2)) };
}

async function ended(experiment: Experiment, { signal, progress }: FigureRun, label: string): Promise<RunResult> {
  progress?.(label);
  const found = await runExperiment(experiment, signal && { signal });
  if (signal?.aborted) throw new Interrupted(label);
  if (!found.outcome.ok) throw new FlowFailed(found.outcome);
  return found;
}

/** F − τH at each look. */
const freeEnergy = ({ temperature, energy, entropy }: FreeEnergy): number[] =>
  energy.map((F, k) => F - temperature * entropy[k]);

const MOST_POINTS = 300;

/** Evenly in the logarithm of t, from the first step on. */
function curve(label: string, t: readonly number[], values: readonly number[], colour: number): DrawnCurve {
  const places = [...new Set(Array.from({ length: MOST_POINTS }, (_, k) => Math.floor(t.length ** (k / MOST_POINTS))))];
  const kept = places.filter(k => k < t.length && t[k] > 0);
  return { label, x: kept.map(k => t[k]), y: kept.map(k => values[k]), mark: 'line', colour };
}

function panelsOf(flow: RunResult, all: readonly Noisy[], { lower }: Bracket): CurvePanel[] {
  const time = { label: 't', log: true };
  const label = ({ tau }: Noisy) => `τ = ${Number(tau.toPrecision(3))}`;
  const above = (values: readonly number[]) => values.map(F => F - lower);
  const along = [
    ...all.map((n, i) => curve(label(n), n.run.series.t, above(n.run.series.energy), i)),
    curve('τ = 0, the flow', flow.series.t, above(flow.series.energy), all.length),
  ];
  const free = all.flatMap((n, i) =>
    n.run.freeEnergy ? [curve(label(n), n.run.freeEnergy.t, freeEnergy(n.run.freeEnergy), i)] : [],
  );
  return [
    {
      kind: 'curves',
      heading: 'F − F* along the runs',
      x: time,
      y: { label: 'F − F*', log: true, floor: 1e-12 },
      curves: along,
    },
    ...(free.length > 0
      ? [
          {
            kind: 'curves' as const,
            heading: 'The free energy along the runs',
            x: time,
            y: { label: 'F + τ∫ρ log ρ', log: false },
            curves: free,
          },
        ]
      : []),
    {
      kind: 'curves',
      heading: 'As τ → 0',
      x: { label: 'τ, temperature', log: true },
      y: { label: 'mean F − F*, second half', log: true, floor: 1e-12 },
      curves: [
        {
          label: 'mean over the second half of the time',
          x: all.map(n => n.tau),
          y: above(all.map(n => n.energy)),
          mark: 'line',
          colour: all.length + 1,
        },
      ],
    },
  ];
}

const shown = (x: number | undefined): number | string => (x === undefined ? '—' : x);

/** Throws FlowFailed, Interrupted. @param setting of `temperatureSetting` */
export async function temperatureStudy(
  { frozen, problem }: Pick<Setting, 'frozen' | 'problem'>,
  { temperatures, eta }: TemperatureSettings,
  run: FigureRun,
): Promise<DrawnFigure> {
  const flow = await ended(frozen, run, 'flow');
  const all: Noisy[] = [];
  for (const tau of temperatures) all.push(await noisyAt(frozen, tau, eta, run));
  const { particles } = flow.final;
  const bracket = bracketOf(problem, [
    {
      y: fromRows(particles, problem.dim),
      particles: particles.length,
      energy: flow.series.energy[flow.series.energy.length - 1],
    },
  ]);
  const { lower, upper, proof, source } = bracket;
  const excess = all.map(n => n.energy - lower);
  const { slope, error } = fittedSlope(temperatures, excess);
  return {
    title: `Noisy particles: ${titleOf(frozen)}`,
    caption: `${particles.length} particles of du = v dt + √(2τ) dB in proximal steps η = ${eta} to t = ${frozen.time.end}, beside the flow. F* ${proof ? 'lies' : 'is taken'} in [${lower}, ${upper}] by ${source}${proof ? '' : ', not proven'}. What falls, for many particles, is the free energy; F of its minimiser comes down to F* with τ, like τ log(1/τ) at most.`,
    assumed: [
      'The limit law is that of Mei, Montanari & Nguyen (2018) and Chizat (2022, mean-field Langevin dynamics). The entropy is estimated by nearest neighbours (Kozachenko & Leonenko) from 50 particles on; its standard error is that of sampling.',
      'F over the second half of the time is a mean over one path, at rest only where the time is long enough; steps of length η add an error of their order.',
    ],
    rows: [panelsOf(flow, all, bracket)],
    table: {
      header: ['τ', 'mean F, second half', 'mean F − F*', 'free energy, start', 'free energy, end', '± of sampling'],
      rows: [
        ...all.map((n, k) => {
          const { freeEnergy: along } = n.run;
          const free = along && freeEnergy(along);
          const spread = along && n.tau * along.standardError[along.standardError.length - 1];
          return [n.tau, n.energy, excess[k], shown(free?.[0]), shown(free?.at(-1)), shown(spread)];
        }),
        [0, flow.series.energy.at(-1) ?? Number.NaN, (flow.series.energy.at(-1) ?? Number.NaN) - lower, '—', '—', '—'],
        [
          'exponent',
          '',
          slope === null ? '—' : `${Number(slope.toPrecision(3))} ± ${Number(error.toPrecision(2))}`,
          '',
          '',
          '',
        ],
      ],
    },
  };
}
