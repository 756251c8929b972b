/** Lazy against active on an experiment of one's own: what the output multiplier α, or the size of the start, does to the flow. */
import { looksOf, startingFrom } from '../clouds.js';
import { saveAt } from '../diagnostics/save-at.js';
import { InvalidExperiment } from '../experiment-file.js';
import type { CurvePanel, DrawnCurve } from '../figure-results.js';
import { fittedSlope } from '../limit.js';
import { logSpace } from '../math/vec.js';
import { particleCount } from '../resolve.js';
import { followedBy, initialState, type RunOptions, type Setting, settingOf, solverOf } from '../run.js';
import type { Experiment } from '../spec.js';
import { FlowFailed } from '../stepsize.js';
import { titleOf } from '../study.js';
import type { ComposedProblem, HeldOut, Problem, Vec } from '../types.js';
import { watch } from '../watch.js';
import { type DrawnFigure, type FigureRun, Interrupted } from './kind.js';
import { answersOf, fitOf, kernelAt, scaledModel, tangentAnswers, tangentModel } from './scaled-model.js';
import { relativeChange } from './two-layer.js';

export interface OwnSettings {
  /** The one that varies is a list, the other one number: α, and what `particles.scale` is set to (as in the file where left out). */
  readonly alphas: readonly number[];
  readonly scales: readonly (number | undefined)[];
  /** Starts drawn, and means taken over them. */
  readonly repeats: number;
}

/** Coordinates of F between which the change of the kernel is measured. */
const KERNEL_ROWS = 200;
/** Numbers in the Jacobian of the tangent model. */
const MOST_NUMBERS = 2e7;
const LOOKS = 60;

interface Followed {
  readonly y: Vec;
  /** Of R(φ) at the looks. */
  readonly loss: readonly number[];
}

/** The flow of a model from y0 to the end of the experiment. */
async function flowed(
  experiment: Experiment,
  model: Problem,
  y0: Vec,
  times: readonly number[],
  { signal, progress }: FigureRun,
  label: string,
): Promise<Followed> {
  progress?.(label);
  const { flow, solver, solve } = followedBy(experiment, model, signal);
  const saver = saveAt(times, flow, y0);
  let last = y0;
  const outcome = await watch(solver.integrate(flow, y0, solve), s => {
    saver.see(s, flow);
    last = s.y1.slice();
  });
  if (signal?.aborted) throw new Interrupted(label);
  if (!outcome.ok) throw new FlowFailed(outcome);
  const { energy } = saver.finish(outcome);
  while (energy.length < times.length) energy.push(flow.energy(last));
  return { y: last, loss: energy };
}

interface Trial {
  readonly train: number;
  readonly test: number;
  readonly tangentTrain: number;
  readonly tangentTest: number;
  /** |φ − φ_tangent|/|φ_tangent| on what is fitted. */
  readonly apart: number;
  readonly displacement: number;
  readonly kernel: number;
  readonly loss: readonly number[];
}

interface Tangent extends Followed {
  readonly answers: Vec;
  readonly test: number;
}

/** Evenly. */
const some = (n: number, most: number): number[] =>
  Array.from({ length: Math.min(n, most) }, (_, k) => Math.floor((k * n) / Math.min(n, most)));

const onTest = (heldOut: HeldOut | undefined, answers: (sample: HeldOut) => Vec): number =>
  heldOut ? heldOut.loss.value(answers(heldOut)) : Number.NaN;

const refuse = (path: readonly string[], message: string): never => {
  throw new InvalidExperiment([{ path, message }]);
};

/** The experiment with everything from outside written out. Throws InvalidExperiment for what has no such study. */
export function ownSetting(experiment: Experiment, { repeats, scales }: OwnSettings, sources: RunOptions['sources']) {
  const setting = settingOf(experiment, sources);
  const { frozen, problem } = setting;
  const fit = fitOf(problem);
  const [{ needs, dynamics, name }] = solverOf(frozen, 1);
  if (needs.includes('batch') || dynamics)
    refuse(['solver', 'kind'], `found ${name}, which does not follow the flow; take auto, inclusion or gd`);
  if ('values' in frozen.particles && (repeats > 1 || scales.some(s => s !== undefined)))
    refuse(['particles', 'values'], 'particles given one by one have no other start and no size; name an init');
  if (!(frozen.time.end > 0)) refuse(['time', 'end'], 'found 0, where nothing has moved yet; take a time > 0');
  const numbers = fit.feature.size * problem.dim * particleCount(frozen);
  if (numbers > MOST_NUMBERS)
    refuse(
      ['particles', 'count'],
      `the tangent model would hold ${numbers} numbers (coordinates of f × coordinates of particles), at most ${MOST_NUMBERS}; take fewer particles or rows`,
    );
  return setting;
}

/** One start: its tangent model, and the model of each α beside it. */
function startOf(experiment: Experiment, times: readonly number[], run: FigureRun) {
  const { problem, frozen } = settingOf(experiment);
  const { heldOut } = problem;
  const fit: ComposedProblem = fitOf(problem);
  const y0 = initialState(frozen, problem);
  const m = y0.length / problem.dim;
  const few = some(fit.feature.size, KERNEL_ROWS);
  const K0 = kernelAt(fit.feature, y0, m, few);
  const tangent = async (label: string): Promise<Tangent> => {
    const model = tangentModel(fit, y0, m);
    const found = await flowed(frozen, model, y0, times, run, `${label}, tangent model`);
    const test = onTest(heldOut, sample => tangentAnswers(sample, y0, m, found.y));
    return { ...found, answers: answersOf(model, found.y, m), test };
  };
  const beside = async (tangent: Tangent, alpha: number, label: string): Promise<Trial> => {
    const model = scaledModel(fit, y0, m, alpha);
    const { y, loss } = await flowed(frozen, model, y0, times, run, label);
    const answers = answersOf(model, y, m);
    return {
      train: fit.loss.value(answers),
      test: onTest(heldOut, s => answersOf(scaledModel({ ...fit, ...s }, y0, m, alpha), y, m)),
      tangentTrain: fit.loss.value(tangent.answers),
      tangentTest: tangent.test,
      apart: relativeChange(tangent.answers, answers),
      displacement: relativeChange(y0, y),
      kernel: relativeChange(K0, kernelAt(fit.feature, y, m, few)),
      loss: loss.map(x => x * alpha ** 2),
    };
  };
  return { tangent, beside };
}

interface Found {
  readonly value: number;
  readonly trials: readonly Trial[];
  readonly tangentLoss: readonly number[];
}

async function found(
  experiment: Experiment,
  { alphas, scales, repeats }: OwnSettings,
  times: readonly number[],
  run: FigureRun,
): Promise<Found[]> {
  const all = scales.flatMap(scale => alphas.map(alpha => ({ scale, alpha, value: swept(alpha, scale, scales) })));
  const trials = all.map((): Trial[] => []);
  const losses = all.map((): readonly number[] => []);
  for (let k = 0; k < repeats; k++) {
    for (const scale of scales) {
      const start = startOf(startedFrom(experiment, scale, k), times, run);
      const name = `start ${k + 1} of ${repeats}${scale === undefined ? '' : `, scale ${scale}`}`;
      const tangent = await start.tangent(name);
      for (const [i, each] of all.entries()) {
        if (each.scale !== scale) continue;
        trials[i].push(await start.beside(tangent, each.alpha, `${name}, α = ${each.alpha}`));
        if (k === 0) losses[i] = tangent.loss;
      }
    }
  }
  return all.map(({ value }, i) => ({ value, trials: trials[i], tangentLoss: losses[i] }));
}

const swept = (alpha: number, scale: number | undefined, scales: readonly unknown[]): number =>
  scales.length > 1 ? Number(scale) : alpha;

/** Other starts have other seeds; the data stay, for the experiment is frozen. */
function startedFrom(experiment: Experiment, scale: number | undefined, k: number): Experiment {
  const { particles, seed } = experiment;
  if ('values' in particles) return experiment;
  const drawn = startingFrom(experiment, { particles: particles.count, seed: k === 0 ? String(seed) : `${seed}/${k}` });
  return scale === undefined ? drawn : { ...drawn, particles: { ...particles, scale } };
}

type Measure = Exclude<keyof Trial, 'loss'>;

const COLUMNS: readonly (readonly [name: string, key: Measure])[] = [
  ['train loss', 'train'],
  ['test loss', 'test'],
  ['tangent: train', 'tangentTrain'],
  ['tangent: test', 'tangentTest'],
  ['|φ − tangent|', 'apart'],
  ['|Δu|/|u|', 'displacement'],
  ['|ΔK|/|K|', 'kernel'],
];

const mean = (trials: readonly Trial[], key: Measure): number =>
  trials.reduce((sum, t) => sum + t[key], 0) / trials.length;

const meanLine = (rows: readonly Found[], label: string, key: Measure, colour: number): DrawnCurve => ({
  label,
  x: rows.map(r => r.value),
  y: rows.map(r => mean(r.trials, key)),
  mark: 'line',
  colour,
});

const FLOOR = 1e-16;

/** At the end, by what varies. */
function endPanels(rows: readonly Found[], x: CurvePanel['x'], heldOut: boolean): CurvePanel[] {
  const line = (label: string, key: Measure, colour: number) => meanLine(rows, label, key, colour);
  const unseen = heldOut ? [line('held out', 'test', 2), line('held out, tangent model', 'tangentTest', 3)] : [];
  return [
    {
      kind: 'curves',
      heading: 'Loss at the end',
      x,
      y: { label: 'R(φ)', log: true, floor: FLOOR },
      curves: [line('fitted', 'train', 0), line('fitted, tangent model', 'tangentTrain', 1), ...unseen],
    },
    {
      kind: 'curves',
      heading: 'How far training went',
      x,
      y: { label: 'relative change', log: true, floor: FLOOR },
      curves: [
        line('particles, |Δu|/|u|', 'displacement', 4),
        line('tangent kernel, |ΔK|/|K|', 'kernel', 5),
        line('answers, from the tangent model’s', 'apart', 6),
      ],
    },
  ];
}

/** Of the first start, along t; the tangent model's where there is one for all. */
function alongPanel(rows: readonly Found[], times: readonly number[], name: string, shared: boolean): CurvePanel {
  const line = (label: string, y: readonly number[], colour: number): DrawnCurve => ({
    label,
    x: times,
    y,
    mark: 'line',
    colour,
  });
  return {
    kind: 'curves',
    heading: 'Along the flow',
    x: { label: 't', log: true },
    y: { label: 'R(φ)', log: true, floor: FLOOR },
    curves: [
      ...rows.map((r, i) => line(`${name} = ${Number(r.value.toPrecision(4))}`, r.trials[0].loss, i)),
      ...(shared ? [line('tangent model', rows[0].tangentLoss, rows.length)] : []),
    ],
  };
}

/** Throws FlowFailed, Interrupted. @param setting of `ownSetting` */
export async function ownStudy(
  { frozen, problem }: Pick<Setting, 'frozen' | 'problem'>,
  settings: OwnSettings,
  run: FigureRun,
): Promise<DrawnFigure> {
  const { alphas, scales, repeats } = settings;
  const { end } = frozen.time;
  const times = logSpace(Math.min(looksOf(frozen)[0], end / 1000), end, LOOKS);
  const rows = await found(frozen, settings, times, run);
  const byScale = scales.length > 1;
  const name = byScale ? 'scale' : 'α';
  const columns = COLUMNS.filter(([, key]) => problem.heldOut || (key !== 'test' && key !== 'tangentTest'));
  const x = { label: byScale ? 'particles.scale' : 'α, output multiplier', log: true };
  const starts = `means over ${repeats} start${repeats === 1 ? '' : 's'}`;
  return {
    title: `Lazy and active training: ${titleOf(frozen)}`,
    caption: `φ = α(f(u) − f(u(0))) fitted by the flow of R(φ)/α² to t = ${end}, ${byScale ? `α = ${alphas[0]}, from starts of several sizes` : 'for several α'}; ${starts}. The tangent model Df(u(0))(u − u(0)) is the limit α → ∞: there particles and tangent kernel stay where they are.`,
    assumed: [
      'R and Φ are those of the experiment, without V; f(u(0)) is taken off, so that every model starts from φ = 0 (Chizat, Oyallon & Bach 2019).',
      `The change of the tangent kernel is measured between ${Math.min(problem.feature?.size ?? 0, KERNEL_ROWS)} coordinates of f; exponents are fitted over the three largest values.`,
    ],
    rows: [[...endPanels(rows, x, problem.heldOut !== undefined), alongPanel(rows, times, name, !byScale)]],
    table: {
      header: [name, ...columns.map(c => c[0])],
      rows: [
        ...rows.map(r => [r.value, ...columns.map(([, key]) => mean(r.trials, key))]),
        ['exponent', ...columns.map(([, key]) => exponentOf(rows, key))],
      ],
    },
  };
}

/** Of changes, by the three largest values; losses have none. */
function exponentOf(rows: readonly Found[], key: Measure): number | string {
  if (!['apart', 'displacement', 'kernel'].includes(key)) return '';
  const last = [...rows].sort((a, b) => a.value - b.value).slice(-3);
  const { slope } = fittedSlope(
    last.map(r => r.value),
    last.map(r => mean(r.trials, key)),
  );
  return slope ?? '—';
}
