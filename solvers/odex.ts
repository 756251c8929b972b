import * as odexModule from 'odex';
import { checkpointOf, decodeVec, encodeVec, stateOf } from '../src/checkpoint.js';
import { hermite } from '../src/dense.js';
import { allFinite, squaredSpeed } from '../src/math/vec.js';
import { type Counts, lacking, noCounts, outcome, soundEnd } from '../src/outcome.js';
import type { Branch, Checkpoint, Code, Flow, Outcome, Segment, SolveOptions, Solver, Vec } from '../src/types.js';

/** odex accepts a NaN derivative and steps on for ever; thrown from the right-hand side instead. */
class NotFinite extends Error {}
/** The budget of wall time is used up. */
class OutOfTime extends Error {}
/** A kink inside a step: the branch that was frozen no longer holds. */
class KinkMet extends Error {}

/** The stretch between two stops is the unit of work: odex keeps hidden state inside it, so a resume repeats it from its start. */
interface Loop {
  /** Where the current stretch began, and the work counted up to there. */
  readonly begin: { readonly t: number; readonly z: Vec; readonly counts: Counts };
  t: number;
  /** State and dissipation, size + 1 numbers. */
  z: Vec;
  /** Steps of the current stretch already handed out. */
  given: number;
  counts: Counts;
}

/** One accepted step of odex, before it is a segment. */
interface Step {
  readonly t0: number;
  readonly t1: number;
  readonly z0: Vec;
  readonly z1: Vec;
}

type Field = (z: Vec, out: Vec) => void;

function field(flow: Flow, loop: { counts: Counts }, branch: Branch | undefined, deadline: number): Field {
  return (z, out) => {
    if (performance.now() > deadline) throw new OutOfTime();
    loop.counts.velocityEvaluations++;
    const [y, v] = [z.subarray(0, flow.size), out.subarray(0, flow.size)];
    flow.velocityInto(y, v, branch);
    out[flow.size] = squaredSpeed(flow, y, v);
    if (!allFinite(out)) throw new NotFinite();
  };
}

function holds(flow: Flow, branch: Branch | undefined, z: Vec): boolean {
  if (!flow.kinks || !branch) return true;
  const margins = new Float64Array(flow.kinks.count);
  flow.kinks.marginsInto(z.subarray(0, flow.size), branch, margins);
  return margins.every(x => x >= 0);
}

function configured(n: number, length: number, o: SolveOptions): odexModule.Solver {
  const solver = new odexModule.Solver(n);
  solver.relativeTolerance = o.rtol ?? 1e-6;
  solver.absoluteTolerance = o.atol ?? (o.rtol ?? 1e-6) * 1e-2;
  solver.maxSteps = o.maxSteps ?? 1e6;
  // odex takes its first step no shorter than this value, so a short stretch needs a shorter one.
  solver.initialStepSize = Math.min(1e-4, length / 4);
  return solver;
}

/** The steps of odex from loop.t to `to`, and why they end early, if they do. A plain array goes in: a typed one turns into NaN inside odex. */
function stretch(
  rhs: Field,
  loop: Loop,
  to: number,
  o: SolveOptions,
  check: (z: Vec) => boolean,
): { steps: Step[]; code: Code } {
  const n = loop.z.length;
  const steps: Step[] = [];
  const out = new Float64Array(n);
  let z0 = loop.z;
  const derivative = (_t: number, y: number[]) => {
    rhs(Float64Array.from(y), out);
    return Array.from(out);
  };
  const see = (_count: number, t0: number, t1: number, y: number[]) => {
    if (!(t1 > t0)) return undefined;
    const z1 = Float64Array.from(y);
    if (!check(z1)) throw new KinkMet();
    steps.push({ t0, t1, z0, z1 });
    z0 = z1;
    return undefined;
  };
  try {
    const { outcome: ended } = configured(n, to - loop.t, o).solve(derivative, loop.t, Array.from(loop.z), to, see);
    return { steps: endingAt(to, steps), code: ended === odexModule.Outcome.Converged ? 'end' : 'max-steps' };
  } catch (error) {
    if (error instanceof NotFinite) return { steps, code: 'not-finite' };
    if (error instanceof KinkMet) return { steps, code: 'missing-capability' };
    if (error instanceof OutOfTime) return { steps, code: 'max-time' };
    throw error;
  }
}

/** odex ends its last step at the requested time up to rounding. */
function endingAt(to: number, steps: Step[]): Step[] {
  const last = steps.at(-1);
  if (!last || Math.abs(last.t1 - to) > 1e-12 * Math.abs(to)) return steps;
  return [...steps.slice(0, -1), { ...last, t1: to }];
}

function segmentOf(flow: Flow, loop: Loop, { t0, t1, z0, z1 }: Step, rhs: Field, branch?: Branch): Segment {
  const n = flow.size;
  const [v0, v1, buffer] = Array.from({ length: 3 }, () => new Float64Array(n + 1));
  rhs(z0, v0);
  rhs(z1, v1);
  const dense = hermite(z0, v0, z1, v1, t1 - t0);
  const extended = (t: number) => {
    dense((t - t0) / (t1 - t0), buffer);
    return buffer;
  };
  const { begin, given } = loop;
  return {
    t0,
    t1,
    y0: z0.subarray(0, n),
    y1: z1.subarray(0, n),
    v0: v0.subarray(0, n),
    v1: v1.subarray(0, n),
    ...(branch && { branch }),
    dissipation0: z0[n],
    dissipation1: z1[n],
    error: Number.NaN,
    rejected: 0,
    events: [],
    at(t, out) {
      out.set(t >= t1 ? z1.subarray(0, n) : extended(t).subarray(0, n));
      return out;
    },
    dissipationAt: t => (t >= t1 ? z1[n] : extended(t)[n]),
    checkpoint: () => checkpointOf('odex', begin.t, { z: encodeVec(begin.z), counts: begin.counts, given }),
  };
}

function startOf(flow: Flow, y0: Vec, from?: Checkpoint): Loop {
  if (!from && y0.length !== flow.size)
    throw new RangeError(`the start must have ${flow.size} numbers, got ${y0.length}`);
  const saved = from && stateOf<{ z: string; counts: Counts; given: number }>(from, 'odex');
  const z = saved ? decodeVec(saved.z, flow.size, 1) : new Float64Array(flow.size + 1);
  if (!saved) z.set(y0);
  const begin = { t: from?.t ?? 0, z, counts: saved?.counts ?? noCounts() };
  return { begin, t: begin.t, z, given: saved?.given ?? 0, counts: { ...begin.counts } };
}

/** What stays fixed during a run. */
interface Run {
  readonly flow: Flow;
  readonly options: SolveOptions;
  readonly branch: Branch | undefined;
  readonly deadline: number;
}

/** One stretch: hands out its steps, without those already given before a resume. */
function* walk({ flow, options: o, branch, deadline }: Run, loop: Loop, to: number): Generator<Segment, Code> {
  const { steps, code } = stretch(field(flow, loop, branch, deadline), loop, to, o, z => holds(flow, branch, z));
  // The velocities at the ends of the steps are part of the result, whatever the clock says.
  const rhs = field(flow, loop, branch, Number.POSITIVE_INFINITY);
  const skip = loop.given;
  loop.given = 0;
  for (const step of steps) {
    loop.counts.steps++;
    loop.given++;
    [loop.t, loop.z] = [step.t1, step.z1];
    const segment = segmentOf(flow, loop, step, rhs, branch);
    if (loop.given > skip) yield segment;
    if (o.stationarity !== undefined && Math.sqrt(squaredSpeed(flow, segment.y1, segment.v1)) <= o.stationarity)
      return 'stationary';
  }
  return code;
}

function* integrate(flow: Flow, y0: Vec, o: SolveOptions, from?: Checkpoint): Generator<Segment, Outcome> {
  let loop = startOf(flow, y0, from);
  const branch = flow.kinks?.branchAt(loop.z.subarray(0, flow.size));
  const deadline = performance.now() + 1e3 * (o.maxSeconds ?? Number.POSITIVE_INFINITY);
  const run: Run = { flow, options: o, branch, deadline };
  const energy = () => flow.energy(loop.z.slice(0, flow.size));
  const end = (code: Code, detail?: string) => outcome(soundEnd(code, energy), loop.t, loop.counts, detail);
  const missing = lacking('odex', [], flow);
  if (missing !== undefined) return end('missing-capability', missing);
  if (!Number.isFinite(energy())) return end('not-finite');
  const stops = [...(o.stops ?? []), o.end].filter(t => t > loop.t && t <= o.end).sort((a, b) => a - b);
  for (const stop of stops) {
    if (o.signal?.aborted) return end('interrupted');
    const code = yield* walk(run, loop, stop);
    if (code === 'missing-capability')
      return end(code, `odex integrates smooth stretches; a kink lies after t = ${loop.t}, before ${stop}`);
    if (code !== 'end') return end(code);
    const begin = { t: loop.t, z: loop.z, counts: { ...loop.counts } };
    loop = { begin, t: loop.t, z: loop.z, given: 0, counts: loop.counts };
  }
  return end('end');
}

/**
 * Gragg–Bulirsch–Stoer extrapolation by the package odex (Hairer & Wanner's ODEX): an integrator we did not write, to check ours against.
 * It integrates from stop to stop; a stretch that contains a kink is refused, since the branch is frozen at the start.
 */
export const odex: Solver = {
  name: 'odex',
  summary: 'extrapolation by the package odex, on smooth stretches; an independent check',
  order: null,
  needs: [],
  fixedStep: false,
  integrate,
};
