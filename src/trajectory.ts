import type { Outcome, Segment, Vec } from './types.js';

/** A whole run in memory. */
export interface Trajectory {
  readonly segments: readonly Segment[];
  readonly outcome: Outcome;
  /** The state at any time from the start to the outcome’s. Throws RangeError outside. */
  at(t: number): Vec;
}

/** The segment that contains t, by bisection. */
function segmentAt(segments: readonly Segment[], t: number): Segment {
  let [low, high] = [0, segments.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (segments[middle].t1 < t) low = middle + 1;
    else high = middle;
  }
  return segments[low];
}

/** Runs a solver to its end and keeps every segment. */
export function collect(steps: Generator<Segment, Outcome>): Trajectory {
  const segments: Segment[] = [];
  for (;;) {
    const next = steps.next();
    if (next.done) {
      const outcome = next.value;
      const at = (t: number) => {
        const [first, last] = [segments[0]?.t0 ?? 0, segments.at(-1)?.t1 ?? 0];
        if (segments.length === 0 || !(t >= first && t <= last))
          throw new RangeError(`t must lie in [${first}, ${last}], got ${t}`);
        const s = segmentAt(segments, t);
        return s.at(t, new Float64Array(s.y0.length));
      };
      return { segments, outcome, at };
    }
    segments.push(next.value);
  }
}
