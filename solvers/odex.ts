import * as odexModule from 'odex';
import { checkpointOf, decodeVec, encodeVec, stateOf } from '../src/checkpoint.js';
import { hermite } from '../src/dense.js';
import { allFinite, dot } from '../src/math/vec.js';
import { type Counts, noCounts, outcome } from '../src/outcome.js';
import type { Branch, Checkpoint, Flow, Outcome, Segment, SolveOptions, Solver, Vec } from '../src/types.js';

/** odex accepts a NaN derivative and steps on for ever; thrown from the right-hand side instead. */
class NotFinite extends Error {}
/** A kink inside a step: the branch that was frozen no longer holds. */
class KinkMet extends Error {}

interface Loop {
  t: number;
  /** State and dissipation, size + 1 numbers. */
  z: Vec;
  counts: Counts;
}

/** One accepted step of odex, before it is a segment. */
interface Step {
  readonly t0: number;
  readonly t1: number;
  readonly z0: Vec;
  readonly z1: Vec;
}

function field(flow: Flow, counts: Counts, branch: Branch | undefined) {
  return (z: Vec, out: Vec) => {
    counts.velocityEvaluations++;
    flow.velocityInto(z, out, branch);
    out[flow.size] = dot(out, out, flow.size) / flow.particles;
    if (!allFinite(out)) throw new NotFinite();
  };
}

function holds(flow: Flow, branch: Branch | undefined, z: Vec): boolean {
  if (!flow.kinks || !branch) return true;
  const margins = new Float64Array(flow.kinks.count);
  flow.kinks.marginsInto(z, branch, margins);
  return margins.every(x => x >= 0);
}

/** All steps of odex from loop.t to `to`. A plain array in and out: a typed one turns into NaN inside odex. */
function stretch(rhs: (z: Vec, out: Vec) => void, loop: Loop, to: number, o: SolveOptions, check: (z: Vec) => boolean): Step[] {
  const n = loop.z.length;
  const solver = new odexModule.Solver(n);
  solver.relativeTolerance = o.rtol ?? 1e-6;
  solver.absoluteTolerance = o.atol ?? (o.rtol ?? 1e-6) * 1e-2;
  solver.maxSteps = Math.min(o.maxSteps ?? 1e6, Number.MAX_SAFE_INTEGER);
  // odex takes its first step no shorter than this value, so a short stretch needs a shorter one.
  solver.initialStepSize = Math.min(1e-4, (to - loop.t) / 4);
  const steps: Step[] = [];
  const out = new Float64Array(n);
  let z0 = loop.z;
  solver.solve(
    (_t, y) => {
      rhs(Float64Array.from(y), out);
      return Array.from(out);
    },
    loop.t,
    Array.from(loop.z),
    to,
    (_count, t0, t1, y) => {
      if (!(t1 > t0)) return undefined;
      const z1 = Float64Array.from(y);
      if (!check(z1)) throw new KinkMet();
      steps.push({ t0, t1, z0, z1 });
      z0 = z1;
      return undefined;
    },
  );
  return steps;
}

function segmentOf(flow: Flow, loop: Loop, { t0, t1, z0, z1 }: Step, rhs: (z: Vec, out: Vec) => void, branch?: Branch): Segment {
  const n = flow.size;
  const [v0, v1, buffer] = Array.from({ length: 3 }, () => new Float64Array(n + 1));
  rhs(z0, v0);
  rhs(z1, v1);
  const dense = hermite(z0, v0, z1, v1, t1 - t0);
  const extended = (t: number) => {
    dense((t - t0) / (t1 - t0), buffer);
    return buffer;
  };
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
    checkpoint: () => checkpointOf('odex', loop.t, { z: encodeVec(loop.z), counts: { ...loop.counts } }),
  };
}

function startOf(flow: Flow, y0: Vec, from?: Checkpoint): Loop {
  if (!from) {
    const z = new Float64Array(flow.size + 1);
    z.set(y0);
    return { t: 0, z, counts: noCounts() };
  }
  const saved = stateOf<{ z: string; counts: Counts }>(from, 'odex');
  return { t: from.t, z: decodeVec(saved.z), counts: { ...saved.counts } };
}

function* integrate(flow: Flow, y0: Vec, o: SolveOptions, from?: Checkpoint): Generator<Segment, Outcome> {
  const loop = startOf(flow, y0, from);
  const branch = flow.kinks?.branchAt(loop.z);
  const rhs = field(flow, loop.counts, branch);
  const end = (code: Outcome['code'], detail?: string) => outcome(code, loop.t, loop.counts, detail);
  const stops = [...(o.stops ?? []), o.end].filter(t => t > loop.t && t <= o.end).sort((a, b) => a - b);
  for (const stop of stops) {
    if (o.signal?.aborted) return end('interrupted');
    let steps: Step[];
    try {
      steps = stretch(rhs, loop, stop, o, z => holds(flow, branch, z));
    } catch (error) {
      if (error instanceof NotFinite) return end('not-finite');
      if (!(error instanceof KinkMet)) throw error;
      return end('missing-capability', `odex integrates smooth stretches, and a kink lies between t = ${loop.t} and ${stop}`);
    }
    if (steps.at(-1)?.t1 !== stop) return end('max-steps');
    for (const step of steps) {
      loop.counts.steps++;
      [loop.t, loop.z] = [step.t1, step.z1];
      yield segmentOf(flow, loop, step, rhs, branch);
    }
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
