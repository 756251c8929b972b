/**
 * What a step size does to the flow: discrete methods walk beside the flow and are compared at t = k·η.
 */

import { energyAudit } from './diagnostics/energy.js';
import { activeRadius, branchAfter, type SpectrumAlong, spectrumAlong } from './diagnostics/spectrum.js';
import { InvalidExperiment } from './experiment-file.js';
import { comparedByDefault } from './feasible.js';
import { flowOf } from './flow.js';
import { type Progress, pictureTimes } from './instruments.js';
import { logSpace, scaledDistance } from './math/vec.js';
import { polish } from './measure/polish.js';
import { comparedAs, particleCount } from './resolve.js';
import type { MethodSummary, StepRow, StepsizeResult } from './results.js';
import { initialState, type RunOptions, type Setting, settingOf, solverNamed } from './run.js';
import { configured, type Experiment } from './spec.js';
import { edgeOf } from './summary.js';
import type { Branch, Flow, Outcome, Problem, Segment, Solver, Vec } from './types.js';
import { breather, watch } from './watch.js';

/** "Stable": F at the end is within this share of the reference value. */
const STABLE = 1e-3;
/** Steps tried when none are given, as multiples of 2/ρ. */
const MULTIPLES = [1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 2, 0.95, 1.05, 2] as const;
/** The order is fitted over steps up to this share of 2/ρ: above it the iteration no longer follows the flow. */
const FIT_UP_TO = 0.55;
const BISECTION = { from: 1 / 4, to: 4, precision: 0.01 } as const;
const FLOW_RTOL = 1e-8;
const CURVE_POINTS = 300;
/** Entries of F a companion keeps: its curve is thinned further, its rises are counted at every step. */
const KEPT = 2 ** 14;
const MAX_ITERATIONS = 1e8;
const SHARPNESS_POINTS = 60;
/** A discrete run has left the flow when it is this share of the displacement scale away. */
const LEFT = 0.01;

/** A flow and its start. */
interface Ground {
  readonly problem: Problem;
  readonly flow: Flow;
  readonly y0: Vec;
  readonly end: number;
}

interface FlowEnd {
  readonly y: Vec;
  readonly branch: Branch | undefined;
  readonly energy: number;
  /** sup |u(t) − u(0)|_m. */
  readonly scale: number;
  readonly along: SpectrumAlong;
}

const flowSteps = ({ flow, y0, end }: Ground, signal?: RunOptions['signal']) =>
  solverNamed('inclusion').integrate(flow, y0, {
    end,
    rtol: FLOW_RTOL,
    atol: FLOW_RTOL * 1e-2,
    ...(signal && { signal }),
  });

async function flowEnd(ground: Ground, options: RunOptions, report: (t: number) => void): Promise<FlowEnd> {
  const { flow, y0 } = ground;
  let y = y0;
  let branch = flow.kinks?.branchAt(y0);
  let [scale, t] = [0, 0];
  const spectrum = spectrumAlong(pictureTimes(ground.end, SHARPNESS_POINTS));
  const see = (s: Segment) => {
    spectrum.see(s, flow);
    [y, branch, t] = [s.y1, branchAfter(s), s.t1];
    scale = Math.max(scale, scaledDistance(y, y0, flow.particles));
  };
  const ended = await watch(flowSteps(ground, options.signal), see, () => report(t));
  if (!ended.ok) throw new FlowFailed(ended);
  return { y, branch, energy: flow.energy(y), scale, along: spectrum.finish(ended) };
}

/** The flow itself, or what is named, did not reach its end, so there is nothing to compare with. */
export class FlowFailed extends Error {
  constructor(
    readonly outcome: Outcome,
    what = 'the flow to compare with',
  ) {
    super(`${what} did not reach its end: ${outcome.message}`);
  }
}

/** One discrete run that is kept in step with the flow. */
interface Companion {
  readonly method: string;
  readonly step: number;
  /** The time of one step, which momentum makes longer than η. */
  readonly time: number;
  readonly steps: Generator<Segment, Outcome>;
  readonly audit: ReturnType<typeof energyAudit>;
  ahead: Segment | null;
  ended: Outcome | null;
  distance: number;
  /** When the distance first exceeded what counts as having left. */
  left: number | null;
}

function companion(solver: Solver, step: number, { flow, y0, end }: Ground, signal: RunOptions['signal']): Companion {
  const v0 = new Float64Array(flow.size);
  flow.velocityInto(y0, v0);
  const options = { end, step, maxSteps: MAX_ITERATIONS, reuse: true, ...(signal && { signal }) };
  const steps = solver.integrate(flow, y0, options);
  return {
    method: solver.name,
    step,
    time: solver.clock?.(step) ?? step,
    steps,
    audit: energyAudit(flow, y0, v0, { full: KEPT }),
    ahead: null,
    ended: null,
    distance: 0,
    left: null,
  };
}

function pull(c: Companion, flow: Flow): Segment | null {
  const next = c.steps.next();
  if (next.done) c.ended = next.value;
  else c.audit.see(next.value, flow);
  c.ahead = next.done ? null : next.value;
  return c.ahead;
}

/** Iterates between two looks at the clock. */
const BETWEEN_LOOKS = 1024;

type Pause = () => Promise<void> | undefined;

/** Walks a companion up to time t, and measures at every iterate on the way. */
async function keepUp(c: Companion, t: number, flow: Flow, pause: Pause, measure: (s: Segment) => void): Promise<void> {
  for (let k = 1; c.ended === null; k++) {
    const next = c.ahead ?? pull(c, flow);
    if (!next || next.t1 > t) return;
    measure(next);
    c.ahead = null;
    const resting = k % BETWEEN_LOOKS === 0 ? pause() : undefined;
    if (resting) await resting;
  }
}

/** F at the end against the reference; where that is zero, against a trace of F(0). */
const isStable = (excess: number, { value, start }: Target, ok: boolean): boolean =>
  ok && excess <= STABLE * Math.max(Math.abs(value), 1e-9 * Math.abs(start));

interface Target {
  readonly value: number;
  /** F(0). */
  readonly start: number;
}

function thinned(t: readonly number[], excess: readonly number[]): StepRow['curve'] {
  const n = t.length;
  if (n <= CURVE_POINTS) return { t: [...t], excess: [...excess] };
  const keep = [...new Set(logSpace(1, n - 1, CURVE_POINTS).map(Math.round))];
  return { t: [t[0], ...keep.map(i => t[i])], excess: [excess[0], ...keep.map(i => excess[i])] };
}

interface Scales {
  readonly limit: number;
  readonly reference: StepsizeResult['reference'];
  readonly displacement: number;
  readonly along: SpectrumAlong;
  /** Sharpness that steps of a method can bear. */
  edge(method: string, step: number): number;
}

/** Where the flow first is sharper than that: log-linear between the times looked at. */
function crossing({ t, sharpness }: SpectrumAlong, edge: number): number | null {
  const k = sharpness.findIndex(s => s > edge);
  if (k <= 0 || !(sharpness[k - 1] > 0 && t[k - 1] > 0)) return k < 0 ? null : t[k];
  const share = Math.log(edge / sharpness[k - 1]) / Math.log(sharpness[k] / sharpness[k - 1]);
  return t[k - 1] * (t[k] / t[k - 1]) ** share;
}

function rowOf(c: Companion, flow: Flow, { limit, reference, displacement, along, edge }: Scales): StepRow {
  const ended = c.ended as Outcome;
  const a = c.audit.finish(ended);
  const finalEnergy = a.energy.at(-1) as number;
  const excess = finalEnergy - reference.value;
  return {
    method: c.method,
    step: c.step,
    rate: c.step * flow.particles,
    ofLimit: c.step / limit,
    distance: c.distance,
    relativeDistance: c.distance / displacement,
    finalEnergy,
    excess,
    stable: isStable(excess, { value: reference.value, start: a.energy[0] }, ended.ok),
    rises: a.rises,
    largestRise: a.largestRise,
    outcome: ended.code,
    leaves: { predicted: crossing(along, edge(c.method, c.step)), actual: c.left },
    curve: thinned(
      a.t,
      a.energy.map(e => e - reference.value),
    ),
  };
}

/** Slope of log distance against log η by least squares. `stretch`: the time of a step over its length. */
function fittedOrder(rows: readonly StepRow[], stretch: number): Pick<MethodSummary, 'order' | 'fittedOver'> {
  const used = rows.filter(
    r => r.ofLimit * stretch <= FIT_UP_TO && r.outcome === 'end' && r.distance > 0 && Number.isFinite(r.distance),
  );
  const fittedOver = used.map(r => r.step);
  if (new Set(fittedOver).size < 2) return { order: null, fittedOver: [] };
  const [x, y] = [used.map(r => Math.log(r.step)), used.map(r => Math.log(r.distance))];
  const mean = (a: number[]) => a.reduce((s, v) => s + v, 0) / a.length;
  const [mx, my] = [mean(x), mean(y)];
  const slope = x.reduce((s, v, i) => s + (v - mx) * (y[i] - my), 0) / x.reduce((s, v) => s + (v - mx) ** 2, 0);
  return { order: slope, fittedOver };
}

/** Whether a method at step η ends near the reference. */
async function endsStable(
  method: Solver,
  step: number,
  ground: Ground,
  target: Target,
  signal: RunOptions['signal'],
): Promise<boolean> {
  const { flow, y0, end } = ground;
  const y = y0.slice();
  const options = { end, step, maxSteps: MAX_ITERATIONS, reuse: true, ...(signal && { signal }) };
  const ended = await watch(method.integrate(flow, y0, options), s => y.set(s.y1));
  return isStable(flow.energy(y) - target.value, target, ended.ok);
}

/** Bisection in log η between a stable and an unstable step; null when the range holds no change. */
async function largestStable(
  method: Solver,
  ground: Ground,
  { limit, reference }: Scales,
  signal: RunOptions['signal'],
): Promise<MethodSummary['largestStable']> {
  // Noise of size √η keeps F off the reference at every step.
  if (!Number.isFinite(limit) || method.needs.includes('batch')) return null;
  let [low, high] = [BISECTION.from * limit, BISECTION.to * limit];
  const target = { value: reference.value, start: ground.flow.energy(ground.y0) };
  const stable = (step: number) => endsStable(method, step, ground, target, signal);
  if (!(await stable(low)) || (await stable(high))) return null;
  while (high / low > 1 + BISECTION.precision && !signal?.aborted) {
    const middle = Math.sqrt(low * high);
    if (await stable(middle)) low = middle;
    else high = middle;
  }
  return { step: low, rate: low * ground.flow.particles, ofLimit: low / limit, unstableAt: high };
}

/** The certified minimum when the flow ends next to it; else where the flow ended: a step is not to blame for a flow that is not there yet. */
function referenceOf({ problem, flow }: Ground, end: FlowEnd): StepsizeResult['reference'] {
  const minimum = polish(problem, end.y, flow.particles);
  const scale = Math.abs(end.energy);
  if (minimum && minimum.upper - minimum.lower <= 1e-9 * scale && end.energy - minimum.lower <= (STABLE / 10) * scale)
    return { value: minimum.lower, source: 'F*, certified by duality' };
  return { value: end.energy, source: 'F where the flow ends, which is not certified to be the global minimum' };
}

/** The same experiment with its own particle count for the comparison. */
function groundOf(experiment: Experiment, setting: Setting): Ground {
  const { stepsize } = experiment.compare ?? {};
  const m = stepsize?.count ?? particleCount(experiment);
  const sized =
    'values' in experiment.particles ? experiment : { ...experiment, particles: { ...experiment.particles, count: m } };
  if ('values' in experiment.particles && m !== experiment.particles.values.length)
    throw new InvalidExperiment([
      {
        path: ['compare', 'stepsize', 'count'],
        message: `must be ${experiment.particles.values.length}, the number of particles.values, found ${m}`,
      },
    ]);
  return {
    problem: setting.problem,
    flow: flowOf(setting.problem, m),
    y0: initialState(sized, setting.problem),
    end: stepsize?.end ?? experiment.time.end,
  };
}

function stepsOf(experiment: Experiment, m: number, limit: number): number[] {
  const { steps = [], rates = [] } = experiment.compare?.stepsize ?? {};
  const given = [...steps, ...rates.map(r => r / m)];
  // Without curvature at the end there is no limit to take multiples of.
  const usual = Number.isFinite(limit) ? MULTIPLES.map(k => k * limit) : [];
  return [...new Set(given.length > 0 ? given : usual)].sort((a, b) => a - b);
}

/** Walks every companion beside one pass of the flow, then on to its own end. */
async function walk(
  ground: Ground,
  companions: readonly Companion[],
  options: RunOptions,
  report: (t: number) => void,
  displacement: number,
): Promise<void> {
  const { flow } = ground;
  const here = new Float64Array(flow.size);
  let t = 0;
  const pause = breather(() => report(t));
  const steps = flowSteps(ground, options.signal);
  for (;;) {
    const next = steps.next();
    if (next.done && !next.value.ok) throw new FlowFailed(next.value);
    if (next.done) break;
    const s = next.value;
    t = s.t1;
    const measure = (iterate: Segment, c: Companion) => {
      const distance = scaledDistance(iterate.y1, s.at(iterate.t1, here), flow.particles);
      c.distance = Math.max(c.distance, distance);
      if (c.left === null && !(distance <= LEFT * displacement)) c.left = iterate.t1;
    };
    for (const c of companions) await keepUp(c, t, flow, pause, iterate => measure(iterate, c));
    const resting = pause();
    if (resting) await resting;
  }
  for (const c of companions) await keepUp(c, Number.POSITIVE_INFINITY, flow, pause, () => {});
}

function refuseMetric({ metric }: Flow): void {
  if (!metric) return;
  const message = `step sizes are compared in the Euclidean metric, and this flow is in the metric ${metric.name}; take chart: linear, or run solver cpgd at several steps`;
  throw new InvalidExperiment([{ path: ['problem'], message }]);
}

/** Progress of work that has a time and nothing else to show. */
const reporting =
  ({ progress }: RunOptions, end: number) =>
  (label: string) =>
  (t: number): void =>
    progress?.({
      label,
      t,
      end,
      h: 0,
      energy: Number.NaN,
      stationarity: Number.NaN,
      steps: 0,
      rejected: 0,
      defect: Number.NaN,
    } satisfies Progress);

/** Compares discrete methods with the flow over a list of step sizes. Throws FlowFailed, InvalidExperiment. */
export async function compareSteps(experiment: Experiment, options: RunOptions = {}): Promise<StepsizeResult> {
  const ground = groundOf(experiment, settingOf(experiment, options.sources));
  const { flow, end } = ground;
  refuseMetric(flow);
  const names = [...new Set(experiment.compare?.stepsize?.methods ?? comparedByDefault(ground.problem))];
  const methods = names.map(
    name => configured(comparedAs(name, experiment), String(experiment.seed)) ?? solverNamed(name),
  );
  const report = reporting(options, end);
  const flowStop = await flowEnd(ground, options, report('flow'));
  const radius = activeRadius(flow, flowStop.y, flowStop.branch) ?? Number.NaN;
  const scales: Scales = {
    limit: 2 / radius,
    reference: referenceOf(ground, flowStop),
    displacement: flowStop.scale,
    along: flowStop.along,
    edge: (name, step) =>
      edgeOf(comparedAs(name as (typeof names)[number], experiment), step) ?? Number.POSITIVE_INFINITY,
  };
  const companions = methods.flatMap(method =>
    stepsOf(experiment, flow.particles, scales.limit).map(step => companion(method, step, ground, options.signal)),
  );
  await walk(ground, companions, options, report('step sizes'), scales.displacement);
  const rows = companions.map(c => rowOf(c, flow, scales));
  const summaries: MethodSummary[] = [];
  for (const [i, method] of methods.entries()) {
    report(`stability of ${method.name}`)((end * i) / methods.length);
    summaries.push({
      method: method.name,
      ...fittedOrder(
        rows.filter(r => r.method === method.name),
        method.clock?.(1) ?? 1,
      ),
      largestStable: await largestStable(method, ground, scales, options.signal),
    });
  }
  return {
    particles: flow.particles,
    end,
    radius,
    limitStep: scales.limit,
    limitRate: scales.limit * flow.particles,
    reference: scales.reference,
    rows,
    methods: summaries,
  };
}
