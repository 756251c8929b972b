/**
 * The one loop of the adaptive methods: attempt → control → locate kink → Segment.
 * The state carries one component more than the flow: D = ∫|u′|²_m, inside every method's error test.
 */
import { type ControlState, errorNorm, foreseen, freshControl, growth, shrinkage } from './control.js';
import { crossingOf, extensionOf } from './crossing.js';
import { MOST_BY_DIFFERENCES } from './jacobian.js';
import { type Crossing, MARGIN_TOLERANCE, marginsAt, marginsAtStart } from './locate.js';
import { begin, type Chatter, locateWhereCheaper, type Run } from './loop.js';
import { changes } from './math/bytes.js';
import { allFinite, allZero, maxAbs } from './math/vec.js';
import { ESCAPE, type Finding, lacking, outcome, soundEnd } from './outcome.js';
import { type Accepted, type Before, land, landing, rest, segmentOf } from './segment.js';
import type {
  Attempt,
  Branch,
  Choosing,
  Code,
  Dense,
  KinkEvent,
  MarginsAt,
  Outcome,
  Segment,
  Solver,
  Stepper,
  Vec,
} from './types.js';

const DEFAULT_MAX_STEPS = 1e7;
const MAX_REJECTIONS = 50;
const MOST_AIMS = 20;
/**
 * Events at more times than this within this share of the time reached accumulate; and a run that has this share of so many attempts
 * refused meets something that is not smooth again and again.
 */
const CHATTER = { events: 50, suspicious: 10, window: 1e-9, attempts: 2000, refused: 0.2 } as const;
/** The error of soft events falls like h², and that of a step over kinks. */
const SOFT_ORDER = 2;
/** The smallest step, in units of t. */
const SPACING = 8 * Number.EPSILON;

/** The length to try: the proposal, or what reaches the next stop exactly (a stop within 1% is stretched to). */
function clipped(run: Run, h: number): { h: number; stop: number | undefined } {
  const { t } = run.loop;
  while (run.nextStop < run.stops.length && run.stops[run.nextStop] <= t) run.nextStop++;
  const stop = run.stops[run.nextStop];
  return stop !== undefined && t + 1.01 * h >= stop ? { h: stop - t, stop } : { h, stop: undefined };
}

/** A method that chooses the length of its steps is asked again until it ends where it must; the length depends on h to second order. */
function attempted({ attempt, rhs, loop }: Run, h: number, exact: boolean): Attempt {
  let taken = attempt(rhs, h, loop.z, loop.v);
  let asked = h;
  for (let k = 0; exact && k < MOST_AIMS; k++) {
    const { length = h } = taken;
    if (!(Math.abs(length - h) > SPACING * h)) break;
    asked *= h / length;
    taken = attempt(rhs, asked, loop.z, loop.v);
  }
  return taken;
}

/** Tries ever shorter steps until one passes the error test; a code when none does. NaN never passes. */
function accept(run: Run, watch: (dense: Dense, taken: Attempt, h: number) => Crossing | null): Accepted | Code {
  const { loop, flow, options: o } = run;
  const [tolerance, stepper] = [run.tolerance(), run.method()];
  const { h: first, stop: firstStop } = clipped(run, loop.h);
  let [h, stop, last] = [first, firstStop, 0];
  for (let rejected = 0; rejected <= MAX_REJECTIONS; rejected++) {
    // A step of a few units in the last place of t gets nowhere; only a stop may be that close.
    if (!(h > 0) || loop.t + h <= loop.t || (stop === undefined && h <= SPACING * loop.t)) break;
    loop.chatter.attempts++;
    const exact = stop !== undefined || o.step !== undefined;
    flow.kinks?.begin?.();
    const taken = attempted(run, h, exact);
    const smooth = errorNorm(taken.error, loop.z, taken.y, flow.size, tolerance);
    const within = (e: number) => e <= 1 || (o.step !== undefined && e < Number.POSITIVE_INFINITY);
    const dense = within(smooth) ? extensionOf(run, taken) : null;
    const together = taken.overKinks ? landing(run) : run.soft;
    const batch = (dense && together?.(dense, taken.y, h)) || null;
    const error = smooth + (batch?.error ?? 0);
    const passes = within(error);
    const crossing = dense && !batch ? watch(dense, taken, taken.length ?? h) : null;
    // An implicit method has the velocity at the end for one evaluation more; only a step that is kept to its end needs it.
    const unasked = (stepper.implicit || taken.overKinks) && (!passes || crossing !== null || batch !== null);
    const finite = error < Number.POSITIVE_INFINITY && (unasked || allFinite(taken.v));
    if (finite && passes && dense) {
      if (rejected === 0 && h > 1e3 * SPACING * loop.t) loop.chatter.notFinite = false;
      loop.control = {
        lastError: stop === undefined ? Math.max(error, 1e-4) : loop.control.lastError,
        afterRejection: rejected > 0,
        lastStep: stop === undefined ? h : (loop.control.lastStep ?? 0),
      };
      const length = exact ? h : (taken.length ?? h);
      return { taken, dense, crossing, batch, h, length, t1: stop ?? loop.t + length, error, rejected };
    }
    if (o.step !== undefined) return 'not-finite';
    loop.counts.rejected++;
    loop.chatter.refused++;
    loop.chatter.notFinite = !finite;
    last = finite ? error : Number.NaN;
    h *= shrinkage(
      finite ? error : Number.NaN,
      taken.overKinks || error > 2 * smooth ? SOFT_ORDER : stepper.errorOrder,
    );
    stop = undefined;
    loop.h = h;
  }
  if (Number.isNaN(last) || loop.chatter.notFinite) return 'not-finite';
  // Each event halves the step, so that events which accumulate end here before they are too many.
  return loop.chatter.events > CHATTER.suspicious ? 'chattering' : 'step-underflow';
}

/** The next proposal. A step that was shortened to meet a stop says nothing against the proposal before it. */
function propose(run: Run, step: Accepted, memory: ControlState): number {
  const { loop, options: o } = run;
  const stepper = run.method();
  if (o.step !== undefined) return o.step;
  const refused = step.rejected > 0;
  // To spread an object costs as much as a pass over hundreds of numbers.
  const known = memory.afterRejection === refused ? memory : { ...memory, afterRejection: refused };
  // The errors of another method, of another order, say nothing.
  if (step.taken.overKinks) return step.h * growth(step.error, { ...known, lastError: 1 }, SOFT_ORDER);
  const next =
    step.h *
    (stepper.controller === 'predictive'
      ? foreseen(step.error, step.h, known, stepper.errorOrder)
      : growth(step.error, known, stepper.errorOrder));
  return step.h < loop.h && step.rejected === 0 ? Math.max(next, loop.h) : next;
}

/**
 * Of the resting particles given, those that the flow pushes further out: d|ṽ|/dt > 0 by one directional difference.
 * Without this rule noise of the stiff modes makes a particle leave and return at once, thousands of times.
 */
function pushedOut(run: Run, z: Vec, v: Vec, suspects: readonly number[]): number[] {
  const { loop, flow } = run;
  if (suspects.length === 0 || !flow.kinks || !loop.branch) return [];
  const delta = 1e-3 * loop.h;
  loop.counts.marginEvaluations += 2;
  const y = z.subarray(0, flow.size);
  const here = marginsAt(flow.kinks, y, loop.branch);
  const ahead = marginsAt(
    flow.kinks,
    y.map((x, i) => x + delta * v[i]),
    loop.branch,
  );
  return suspects.filter(k => ahead.of(k) < here.of(k));
}

const ofFeature = ({ flow }: Run, k: number): boolean => flow.kinks?.owner?.(k).sample !== undefined;

/**
 * Switches the kinks given at the current state, and starts the field afresh on the new branch. `v`: the velocity on the old one.
 * `located`: they were found inside a step. An implicit method's path through them is smooth, while v at one of its points carries the
 * error of the stiff modes times their rate, and says nothing about where a resting particle is pushed.
 */
function switchBranch(run: Run, crossing: readonly number[], v: () => Vec, located: boolean): KinkEvent[] {
  const { loop, flow, rhs } = run;
  const old = loop.branch;
  if (!old || !flow.kinks) return [];
  const next = old.slice();
  // The state may be the end of a segment that is out already.
  loop.z = loop.z.slice();
  const resting = crossing.filter(k => old[k] === 0);
  const unasked = resting.length === 0 || (located && run.method().implicit);
  const leaving = unasked ? resting : pushedOut(run, loop.z, v(), resting);
  const crossed = crossing.filter(k => old[k] !== 0 || leaving.includes(k));
  if (crossed.length === 0) {
    loop.v = v();
    return [];
  }
  const y = loop.z.subarray(0, flow.size);
  for (const k of crossed) next[k] = flow.kinks.cross(y, k, old);
  flow.kinks.settle?.(y, next, old, crossed);
  loop.branch = next;
  const together = changes(next, old).filter(k => !crossed.includes(k));
  const events = [...crossed, ...together].map(kink => ({
    t: loop.t,
    kink,
    from: old[kink] as -1 | 0 | 1,
    to: next[kink] as -1 | 0 | 1,
  }));
  const changed = events.filter(e => e.from !== e.to);
  loop.counts.events += changed.length;
  // Crossing a kink of Φ turns the velocity by the share of one sample: the controller's memory holds. Fresh, it takes the step for one
  // after an error of 1e-4 and halves the next.
  if (!changed.every(e => e.from * e.to === -1 && ofFeature(run, e.kink))) loop.control = freshControl;
  if (loop.t - loop.chatter.since > CHATTER.window * loop.t) Object.assign(loop.chatter, { since: loop.t, events: 0 });
  // One accumulation point may carry many particles: what counts is how often, not how many.
  loop.chatter.events++;
  loop.chatter.kink = crossed[0];
  loop.v = new Float64Array(flow.size + 1);
  rhs(loop.z, loop.v);
  return changed;
}

/**
 * Margins at the left end of a step. Resting particles at or past their margin leave there if the flow pushes them out;
 * those that stay are not watched during this step.
 */
function release(run: Run): { start: MarginsAt | null; events: KinkEvent[] } {
  const { loop, flow, margins } = run;
  if (!margins || !loop.branch || !flow.kinks) return { start: null, events: [] };
  const { kinks } = flow;
  const measured = () => {
    loop.counts.marginEvaluations++;
    return marginsAtStart(kinks, margins, loop.branch as Branch, loop.z);
  };
  const start = measured();
  const { masked } = margins;
  masked.fill(0);
  const suspects = margins.resting(loop.branch).filter(k => start.of(k) <= MARGIN_TOLERANCE);
  if (suspects.length === 0) return { start, events: [] };
  const { v } = loop;
  const events = switchBranch(run, suspects, () => v, false);
  for (const k of suspects) if (loop.branch[k] === 0) masked[k] = 1;
  return { start: events.length > 0 ? measured() : start, events };
}

/**
 * The velocity with which a step meets a kink, on the branch it leaves. Evaluated when it is asked for: the new branch begins with its own,
 * and neither integration nor most observers need the old one there. An observer that does, after the run has gone on, asks the flow.
 */
function arrival({ loop, flow, rhs }: Run, cut: Vec): () => Vec {
  const { branch } = loop;
  let v1: Vec | undefined;
  return () => {
    if (v1) return v1;
    v1 = new Float64Array(flow.size + 1);
    if (loop.branch === branch) rhs(cut, v1);
    else flow.velocityInto(cut.subarray(0, flow.size), v1.subarray(0, flow.size), branch);
    return v1;
  };
}

/**
 * Share of the step that met these kinks with which the run goes on. It is a fair guess for a kink of Φ, which turns the velocity by the
 * share of one sample, and half of it costs a third more. One of V bends the velocity of the others only: an implicit method, whose steps
 * are bound by accuracy, needs 8 % fewer evaluations than with a half where there are 26. Those that accumulate must find ever
 * shorter steps, though.
 */
function restart(run: Run, kinks: readonly number[]): number {
  if (kinks.every(k => ofFeature(run, k))) return 1;
  return run.method().implicit && run.loop.chatter.events <= 1 ? 0.8 : 0.5;
}

/** One accepted step, cut at the first kink inside it. */
function advance(run: Run): Segment | Code {
  const { loop, flow } = run;
  const { start, events: released } = release(run);
  const memory = loop.control;
  const before: Before = { t: loop.t, z: loop.z, v: loop.v, branch: loop.branch };
  const step = accept(run, (dense, taken, h) => crossingOf(run, dense, taken, h, start));
  if (typeof step === 'string') return step;
  loop.counts.steps++;
  loop.h = propose(run, step, memory);
  // Another method knows nothing of the errors of the one before it.
  if (run.attempt.choosing?.accepted(step.taken, step.t1)) loop.control = freshControl;
  if (step.batch) return land(run, before, step, step.batch);
  if (!step.crossing) {
    loop.t = step.t1;
    loop.z = run.states.copy(step.taken.y);
    loop.v = run.states.copy(step.taken.v);
    if (loop.branch) flow.kinks?.hold?.(run.states.head(loop.z), loop.branch);
    return segmentOf(run, before, step, loop.v, step.dense, 1, released);
  }
  const { kinks, theta } = step.crossing;
  const cut = new Float64Array(flow.size + 1);
  step.dense(theta, cut);
  Object.assign(loop, { t: theta === 1 ? step.t1 : before.t + theta * step.length, z: cut });
  if (loop.branch) flow.kinks?.hold?.(cut.subarray(0, flow.size), loop.branch);
  const v1 = arrival(run, cut);
  const events = switchBranch(run, kinks, v1, true);
  loop.h = Math.min(loop.h, restart(run, kinks) * step.h);
  return segmentOf(run, before, step, v1, step.dense, theta, [...released, ...events]);
}

/** Judges a window of attempts, and begins the next. */
function refusedTooOften(chatter: Chatter): boolean {
  if (chatter.attempts < CHATTER.attempts) return false;
  const often = chatter.refused >= CHATTER.refused * chatter.attempts;
  Object.assign(chatter, { attempts: 0, refused: 0 });
  return often;
}

/** Why to stop between two steps, if at all. */
function reasonToStop(run: Run): Code | null {
  const { loop, flow, options: o } = run;
  const { counts } = loop;
  if (o.signal?.aborted) return 'interrupted';
  if (maxAbs(loop.z, flow.size) > ESCAPE) return 'diverged';
  if (loop.chatter.events > CHATTER.events || refusedTooOften(loop.chatter)) return 'chattering';
  if (o.stationarity !== undefined && Math.sqrt(loop.v[flow.size]) <= o.stationarity) return 'stationary';
  if (loop.t >= o.end) return 'end';
  if (counts.steps + counts.rejected >= (o.maxSteps ?? DEFAULT_MAX_STEPS)) return 'max-steps';
  if (performance.now() > run.deadline) return 'max-time';
  return null;
}

const AT_FEATURE_KINK: Finding = {
  cause: 'it neither crosses the kink nor slides along it: Φ or the velocity is not what the kink says',
  remedy: 'end before this time; gd and proximal-euler walk over the kink in steps of their own',
};
const ELSEWHERE: Finding = {
  cause: 'a kink that the problem does not declare, or noise where it has one',
  remedy: 'a tighter solver.rtol, or a method of fixed step: gd or proximal-euler',
};

const TAKEN_TOGETHER: Finding = {
  cause: 'events that are taken together shorten each step, the more the smaller the tolerance',
  remedy: 'solver.events: located, or a larger solver.rtol',
};

/** Why a run that locates kinks gets no further: the general remedy, to locate them, is in use already. */
function stuckAt({ loop, flow, located, soft }: Run, code: Code): Finding {
  if (!located || (code !== 'chattering' && code !== 'step-underflow')) return {};
  if (soft) return TAKEN_TOGETHER;
  const { kink, since } = loop.chatter;
  const recent = kink !== undefined && loop.t - since <= CHATTER.window * loop.t;
  const { particle, sample } = (recent && flow.kinks?.owner?.(kink)) || { particle: -1 };
  if (sample === undefined) return code === 'chattering' ? ELSEWHERE : { remedy: 'end before this time' };
  const says = `particle ${particle} meets kink ${sample} of Φ again and again (t = ${loop.t})`;
  return { says, ...AT_FEATURE_KINK };
}

/** What the method needs and this flow does not offer. */
function missing({ solver, method, flow }: Run): string | undefined {
  if (!method().implicit || flow.linearise || flow.size <= MOST_BY_DIFFERENCES) return undefined;
  return `${solver} takes the Jacobian of a problem without second derivatives by differences: at most ${MOST_BY_DIFFERENCES} unknowns, got ${flow.size}`;
}

function chosen({ choices, rescues }: Choosing): Pick<Outcome, 'choices' | 'rescues'> {
  const done = rescues();
  return { choices: choices(), ...(done && { rescues: done }) };
}

function* steps(run: Run): Generator<Segment, Outcome> {
  const { loop, flow, options: o } = run;
  const energy = () => flow.energy(run.states.head(loop.z));
  const end = (code: Code, found?: string | Finding): Outcome => ({
    ...outcome(soundEnd(code, energy), loop.t, loop.counts, found ?? stuckAt(run, code)),
    ...(run.attempt.choosing && chosen(run.attempt.choosing)),
  });
  const unfit = lacking(run.solver, run.method().needs ?? [], flow) ?? missing(run);
  if (unfit !== undefined) return end('missing-capability', unfit);
  if (!allFinite(loop.v) || !Number.isFinite(energy())) return end('not-finite');
  for (;;) {
    const reason = reasonToStop(run);
    if (reason !== null) return end(reason);
    locateWhereCheaper(run);
    if (allZero(loop.v, flow.size) && loop.t < o.end) {
      yield rest(run);
      return end('stationary');
    }
    const segment = advance(run);
    if (typeof segment === 'string') return end(segment);
    yield segment;
  }
}

function* integrate(run: Run): Generator<Segment, Outcome> {
  try {
    return yield* steps(run);
  } finally {
    run.attempt.release?.();
    run.margins?.release();
    run.states.release();
  }
}

/** A solver from a one-step method. `located`: integrate the differential inclusion, one smooth branch between located kinks. */
export function stepping(
  stepper: Stepper,
  summary: string,
  located = false,
  solver = located ? `inclusion(${stepper.name})` : stepper.name,
): Solver & { readonly stepper: Stepper } {
  return {
    name: solver,
    summary,
    order: stepper.order,
    needs: stepper.needs ?? [],
    fixedStep: false,
    located,
    staysInside: located,
    stepper,
    integrate: (flow, y0, o, from) => integrate(begin({ solver, stepper, located }, flow, y0, o, from)),
  };
}
