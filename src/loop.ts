/**
 * The state of the adaptive loop, how a run begins, and how it is saved and restored.
 */
import { checkpointOf, decodeBranch, decodeVec, encodeBranch, encodeVec, stateOf } from './checkpoint.js';
import { type ControlState, firstStep, freshControl, type Tolerance } from './control.js';
import { forwardBackward, proximalNewtonStep } from './euler-steps.js';
import { linearisingAt } from './jacobian.js';
import { type MarginRoom, marginRoom } from './locate.js';
import { allFinite, headOf, squaredSpeed } from './math/vec.js';
import { movement, unmovable } from './minimising-movement.js';
import { type Counts, noCounts } from './outcome.js';
import { softEvents, type TakingSoftly, takenSoftly } from './soft-events.js';
import { type States, statesOf } from './states.js';
import type {
  Branch,
  Checkpoint,
  EulerSteps,
  Flow,
  Rhs,
  SoftKinks,
  SolveOptions,
  Stepper,
  Surroundings,
  Traits,
  Vec,
} from './types.js';

/** Signs that the run no longer gets on: events that accumulate, attempts that are refused again and again. */
export interface Chatter {
  since: number;
  events: number;
  attempts: number;
  refused: number;
  /** Events before these attempts. */
  before?: number;
  /** The last refusal was of a number that is not finite, and no step of decent length was taken since. */
  notFinite: boolean;
  /** The kink of the last event. */
  kink?: number;
}

/** Everything that changes from step to step; what a checkpoint holds. */
export interface Loop {
  t: number;
  /** State and dissipation, size + 1 numbers. */
  z: Vec;
  /** Their derivative on the current branch. */
  v: Vec;
  /** Proposed length of the next step, not clipped to any output time. */
  h: number;
  control: ControlState;
  branch: Branch | undefined;
  counts: Counts;
  chatter: Chatter;
  /** Events that were taken together are located one by one from here on. */
  oneByOne: boolean;
  /** |F(0)|, the scale of the dissipation's error: kept, so that a resumed run needs no start. */
  readonly energy: number;
}

/** What stays fixed during a run. */
export interface Run {
  readonly solver: string;
  readonly flow: Flow;
  readonly options: SolveOptions;
  /** Of the next step, and its method: functions, since an object with getters costs an engine a hidden class. */
  tolerance(): Tolerance;
  method(): Stepper;
  readonly attempt: ReturnType<Stepper['start']>;
  readonly loop: Loop;
  readonly states: States;
  /** Where kinks are located one by one. */
  margins: MarginRoom | undefined;
  readonly rhs: Rhs;
  /** Whether kinks are located; without it the minimal-norm velocity is integrated as if it were smooth. */
  readonly located: boolean;
  /** Takes the events of a step together; undefined where they are located one by one. */
  soft: TakingSoftly | undefined;
  readonly stops: readonly number[];
  /** Index of the next stop; only moves forward. */
  nextStop: number;
  readonly deadline: number;
}

/** The flow sees exactly its own `size` unknowns: a feature that sums over all of y must not meet the dissipation. */
function rhsOf(flow: Flow, loop: Loop, head: (z: Vec) => Vec): Rhs {
  const n = flow.size;
  return (z, out) => {
    loop.counts.velocityEvaluations++;
    const y = head(z);
    const v = head(out);
    flow.velocityInto(y, v, loop.branch);
    out[n] = squaredSpeed(flow, y, v);
  };
}

/** Throws where a run cannot begin. */
export function checkStart(flow: Flow, y0: Vec): void {
  if (y0.length !== flow.size) throw new RangeError(`the start must have ${flow.size} numbers, got ${y0.length}`);
  const outside = flow.outside?.(y0);
  if (outside) throw new RangeError(`the start must lie in the domain: ${outside}`);
}

function freshLoop(flow: Flow, y0: Vec, located: boolean, side: SolveOptions['repelling'], states: States): Loop {
  checkStart(flow, y0);
  const [z, v] = [states.take(), states.take()];
  z.set(y0);
  z[flow.size] = 0;
  return {
    t: 0,
    z,
    v,
    h: Number.NaN,
    control: freshControl,
    branch: located ? flow.kinks?.branchAt(states.head(z), side) : undefined,
    counts: noCounts(),
    chatter: { since: 0, events: 0, attempts: 0, refused: 0, notFinite: false },
    oneByOne: false,
    energy: energyScale(flow, y0),
  };
}

interface Saved {
  z: string;
  v: string;
  h: number;
  branch: string | null;
  control: ControlState;
  counts: Counts;
  chatter: Loop['chatter'];
  /** Left out by earlier versions. */
  oneByOne?: boolean;
  energy: number;
  /** Of the method. */
  memory?: unknown;
}

export const save = ({ solver, loop, attempt }: Run): Checkpoint =>
  checkpointOf(solver, loop.t, {
    z: encodeVec(loop.z),
    v: encodeVec(loop.v),
    h: loop.h,
    branch: loop.branch ? encodeBranch(loop.branch) : null,
    control: { ...loop.control },
    counts: { ...loop.counts },
    chatter: { ...loop.chatter },
    oneByOne: loop.oneByOne,
    energy: loop.energy,
    ...(attempt.memory && { memory: attempt.memory.save() }),
  } satisfies Saved);

function restore(checkpoint: Checkpoint, solver: string, flow: Flow): Loop {
  const s = stateOf<Saved>(checkpoint, solver);
  const z = decodeVec(s.z, flow.size, 1);
  return {
    t: checkpoint.t,
    z,
    v: decodeVec(s.v),
    h: s.h,
    control: s.control,
    branch: s.branch === null ? undefined : decodeBranch(s.branch),
    counts: { ...noCounts(), ...s.counts },
    chatter: { ...s.chatter },
    oneByOne: s.oneByOne ?? false,
    energy: s.energy,
  };
}

/** |F(0)|, or 1 where that says nothing. */
function energyScale(flow: Flow, y0: Vec): number {
  const scale = Math.abs(flow.energy(y0));
  return scale > 0 && scale < Number.POSITIVE_INFINITY ? scale : 1;
}

/** Of |u|_m: what an implicit method tolerates in components near 0, by default. */
const SHARE = 0.1;

function surroundings(flow: Flow, loop: Loop, rhs: Rhs, traits: Traits): Surroundings {
  const n = flow.size;
  return {
    linearise: linearisingAt(flow, loop, rhs),
    energy: z => flow.energy(z.subarray(0, n)),
    euler: eulerSteps(flow, loop),
    traits,
  };
}

function eulerSteps(flow: Flow, loop: Loop): EulerSteps {
  const n = flow.size;
  const active = flow.kinks?.active;
  return {
    step: kind => (kind === 'proximal-newton' ? proximalNewtonStep : forwardBackward)(flow, loop.counts),
    movement: () =>
      flow.split && unmovable('the minimising movement', flow) === undefined ? movement(flow, loop.counts) : undefined,
    settle: (z, like) => active?.clip(z.subarray(0, n), active.sidesOf(like.subarray(0, n))),
    spent(from, to, h) {
      const way = to.slice(0, n);
      for (let i = 0; i < n; i++) way[i] -= from[i];
      return squaredSpeed(flow, from.subarray(0, n), way) / h;
    },
  };
}

export function begin(
  { solver, stepper, located }: Pick<Run, 'solver' | 'located'> & { readonly stepper: Stepper },
  flow: Flow,
  y0: Vec,
  o: SolveOptions,
  from?: Checkpoint,
): Run {
  const states = statesOf(flow.size + 1, o.reuse);
  const loop = from ? restore(from, solver, flow) : freshLoop(flow, y0, located, o.repelling, states);
  const rhs = rhsOf(flow, loop, o.reuse ? states.head : headOf);
  if (!(o.end >= 0 && o.end < Number.POSITIVE_INFINITY))
    throw new RangeError(`end must be a finite time ≥ 0, got ${o.end}`);
  if (o.rtol === 0 && o.atol === 0) throw new RangeError('rtol and atol are both 0; one of them must be > 0');
  const rtol = o.rtol ?? 1e-6;
  // Untested is tested against an endless scale: a NaN is refused all the same.
  const energy = o.audited === false ? Number.POSITIVE_INFINITY : loop.energy;
  const plain: Tolerance = { rtol, atol: o.atol ?? rtol * 1e-2, energy };
  // Weights that pass 0 would otherwise set the step of the whole cloud, where stability does not.
  const shared: Tolerance = o.atol === undefined ? { ...plain, share: SHARE * rtol * Math.sqrt(flow.dim) } : plain;
  const traits = {
    rtol,
    jacobianCost: flow.linearise && flow.jacobianCost !== undefined ? flow.jacobianCost : Number.POSITIVE_INFINITY,
    sparse: located && typeof flow.kinks?.soft === 'object',
  };
  const attempt = stepper.start(flow.size + 1, surroundings(flow, loop, rhs, traits));
  if (from) {
    const { memory } = stateOf<Saved>(from, solver);
    if (memory !== undefined) attempt.memory?.restore(memory);
  }
  const current = () => attempt.choosing?.current() ?? stepper;
  const toleranceNow = () => (current().implicit ? shared : plain);
  if (!from) {
    rhs(loop.z, loop.v);
    if (o.step !== undefined) loop.h = o.step;
    else if (allFinite(loop.v))
      loop.h = firstStep(rhs, loop.z, loop.v, flow.size, current().order, o.end, toleranceNow(), states.take);
  }
  const soft = located && takenSoftly(flow, o.events) && !loop.oneByOne ? (flow.kinks?.soft as SoftKinks) : undefined;
  const stops = [...(o.stops ?? []), o.end].filter(t => t > loop.t && t <= o.end).sort((a, b) => a - b);
  const deadline = o.maxSeconds === undefined ? Number.POSITIVE_INFINITY : performance.now() + 1e3 * o.maxSeconds;
  return {
    solver,
    flow,
    options: o,
    tolerance: toleranceNow,
    method: current,
    attempt,
    loop,
    states,
    margins: located && !soft && flow.kinks ? marginRoom(flow.kinks, flow.size + 1) : undefined,
    rhs,
    located,
    soft: soft && softEvents(flow, soft, loop, toleranceNow),
    stops,
    nextStop: 0,
    deadline,
  };
}

/** Attempts after which it is asked whether events are to be taken together, and the share of them that may be refused. */
const TOGETHER = { attempts: 100, refused: 0.25 } as const;

/** From here on events are located one by one. */
function locateFromHere(run: Run): void {
  const { loop, flow } = run;
  loop.oneByOne = true;
  run.soft = undefined;
  if (flow.kinks) run.margins = marginRoom(flow.kinks, flow.size + 1);
}

/**
 * Events that are taken together shorten their steps, for their error falls like h²; each that is located costs about a step. Where more
 * attempts are refused than there are events, they are located from here on, unless they were to be taken so.
 */
export function locateWhereCheaper(run: Run): void {
  const { chatter, counts } = run.loop;
  if (!run.soft || run.options.events === 'soft' || chatter.attempts < TOGETHER.attempts) return;
  const events = counts.events - (chatter.before ?? 0);
  const dear = chatter.refused >= TOGETHER.refused * chatter.attempts && chatter.refused > events;
  Object.assign(chatter, { attempts: 0, refused: 0, before: counts.events });
  if (dear) locateFromHere(run);
}
