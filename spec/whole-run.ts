/** Runs a solver to its end and keeps everything. */
import { maxAbs } from '../src/math/vec.js';
import type { Checkpoint, Flow, KinkEvent, Outcome, Segment, SolveOptions, Solver, Vec } from '../src/types.js';
import type { EventType, ReferenceEvent } from './truth/reference.js';

export interface WholeRun {
  readonly segments: readonly Segment[];
  readonly outcome: Outcome;
  readonly events: readonly KinkEvent[];
  /** The state after the last segment; y0 when there is none. */
  readonly last: Vec;
}

/** @param watch sees each segment while its checkpoint may still be taken. */
export function wholeRun(
  solver: Solver,
  flow: Flow,
  y0: Vec,
  options: SolveOptions,
  from?: Checkpoint,
  watch: (segment: Segment, index: number) => void = () => {},
): WholeRun {
  const segments: Segment[] = [];
  const steps = solver.integrate(flow, y0, options, from);
  for (;;) {
    const next = steps.next();
    if (next.done) {
      const events = segments.flatMap(s => s.events);
      return { segments, outcome: next.value, events, last: segments.at(-1)?.y1 ?? y0 };
    }
    segments.push(next.value);
    watch(next.value, segments.length - 1);
  }
}

/** The state and the dissipation at time t. */
export function at({ segments }: WholeRun, t: number): { y: Vec; dissipation: number } {
  const segment = segments.find(s => s.t1 >= t) ?? segments[segments.length - 1];
  return { y: segment.at(t, new Float64Array(segment.y0.length)), dissipation: segment.dissipationAt(t) };
}

/** Mode changes after t = 0 in the words of the reference files. */
export function named(events: readonly KinkEvent[], flow?: Flow): ReferenceEvent[] {
  const type = (e: KinkEvent): EventType => (e.from === 0 ? 'leave' : e.to === 0 ? 'stick' : 'cross');
  const ofFeature = (e: KinkEvent): EventType => (e.from === 0 ? 'unslide' : e.to === 0 ? 'slide' : 'kink');
  return events
    .filter(e => e.t > 0)
    .map(e => {
      const { particle, sample } = flow?.kinks?.owner?.(e.kink) ?? { particle: e.kink };
      return sample === undefined
        ? { t: e.t, type: type(e), particle }
        : { t: e.t, type: ofFeature(e), particle, sample };
    });
}

/** The largest of many: a spread of a hundred thousand arguments overflows the stack. */
const largest = (values: readonly number[]): number =>
  values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);

/** max_t |F(t) + D(t) − F(0)| / F(0) over accepted steps. */
export function energyDefect(flow: Flow, { segments }: WholeRun): number {
  const F0 = flow.energy(segments[0].y0);
  return largest(segments.map(s => Math.abs(flow.energy(s.y1) + s.dissipation1 - F0))) / F0;
}

/** The largest rise of F over one step, in units of F(0); negative when F falls at every step. */
export function largestRise(flow: Flow, { segments }: WholeRun): number {
  const F = [segments[0].y0, ...segments.map(s => s.y1)].map(y => flow.energy(y));
  return largest(F.slice(1).map((x, k) => x - F[k])) / F[0];
}

/** max over all entries of |a − b|. */
export const largestDifference = (a: Vec, b: Vec): number => maxAbs(a.map((x, i) => x - b[i]));
