/** An accepted step as the segment that observers see. */
import type { Crossing } from './locate.js';
import { type Run, save } from './loop.js';
import { changes } from './math/bytes.js';
import type { SoftStep, TakingSoftly } from './soft-events.js';
import type { Attempt, Branch, Dense, KinkEvent, Segment, Vec } from './types.js';

/** A step that passed the error test. */
export interface Accepted {
  readonly taken: Attempt;
  readonly dense: Dense;
  /** The first kink inside the step. */
  readonly crossing: Crossing | null;
  /** Its events, where they are taken softly and there are any. */
  readonly batch: SoftStep | null;
  readonly h: number;
  /** The time that passed: h, unless the method chose another. */
  readonly length: number;
  readonly t1: number;
  readonly error: number;
  readonly rejected: number;
}

/** Where it began. */
export interface Before {
  readonly t: number;
  readonly z: Vec;
  readonly v: Vec;
  readonly branch: Branch | undefined;
}

/**
 * @param v1 at the end, on the branch of the step. @param share of the step that was kept: it may be cut at a kink.
 */
export function segmentOf(
  run: Run,
  before: Before,
  step: Accepted,
  v1: Vec | (() => Vec),
  at: Dense,
  share: number,
  events: KinkEvent[],
): Segment {
  const { loop, flow } = run;
  const n = flow.size;
  const { head } = run.states;
  const { t: t1, z: z1 } = loop;
  const span = t1 - before.t;
  let buffer: Vec | undefined;
  const seen = loop.counts.steps;
  const extended = (t: number) => {
    if (t >= t1 || !(span > 0)) return z1;
    buffer ??= new Float64Array(n + 1);
    at(((t - before.t) / span) * share, buffer);
    return buffer;
  };
  const segment: { -readonly [K in keyof Segment]: Segment[K] } = {
    t0: before.t,
    t1,
    y0: head(before.z),
    y1: head(z1),
    v0: head(before.v),
    v1: head(typeof v1 === 'function' ? before.v : v1),
    dissipation0: before.z[n],
    dissipation1: z1[n],
    error: step.error,
    rejected: step.rejected,
    events,
    at(t, out) {
      if (t <= before.t && span > 0) out.set(head(before.z));
      else out.set(head(extended(t)));
      return out;
    },
    dissipationAt: t => (t <= before.t && span > 0 ? before.z[n] : extended(t)[n]),
    checkpoint() {
      if (loop.counts.steps !== seen)
        throw new Error('checkpoint() must be taken before the next segment is asked for');
      return save(run);
    },
  };
  if (before.branch) segment.branch = before.branch;
  // Each object with a getter of its own costs an engine a hidden class, and outlives many collections.
  if (typeof v1 === 'function') Object.defineProperty(segment, 'v1', { get: () => head(v1()), enumerable: true });
  return segment;
}

/** Takes the branch anew at the end of a step that stepped over kinks. */
export const landing =
  ({ loop, flow }: Run): TakingSoftly =>
  (at, y1) => {
    const { branch: old } = loop;
    if (!old || !flow.kinks) return null;
    const y = y1.slice();
    const branch = flow.kinks.branchAt(y.subarray(0, flow.size));
    const events = changes(branch, old).map(kink => ({ t: 1, kink, from: old[kink], to: branch[kink] }) as KinkEvent);
    return { y, branch, at, error: 0, events };
  };

/** A whole step whose events were taken together: the field starts afresh from where they put the particles. */
export function land(run: Run, before: Before, step: Accepted, { y, branch, at, events }: SoftStep): Segment {
  const { loop, flow, rhs } = run;
  Object.assign(loop, { t: step.t1, z: y, branch, v: new Float64Array(flow.size + 1) });
  loop.counts.events += events.length;
  rhs(loop.z, loop.v);
  const placed = events.map(({ kink, t, from, to }) => ({ t: before.t + t * step.length, kink, from, to }));
  return segmentOf(run, before, step, loop.v, at, 1, placed);
}

/** At rest for ever: the flow stays where it is, so the rest of the time span is one constant segment. */
export function rest(run: Run): Segment {
  const { loop, flow, options: o } = run;
  const before: Before = { t: loop.t, z: loop.z, v: loop.v, branch: loop.branch };
  loop.t = o.end;
  loop.counts.steps++;
  const still: Dense = (_, out) => out.set(before.z);
  const v1 = new Float64Array(flow.size + 1);
  const step = {
    taken: null as never,
    dense: still,
    crossing: null,
    batch: null,
    h: o.end - before.t,
    length: o.end - before.t,
    t1: o.end,
    error: 0,
    rejected: 0,
  };
  return segmentOf(run, before, step, v1, still, 1, []);
}
