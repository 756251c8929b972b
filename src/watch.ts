/** Generators are synchronous: how a run is pulled along while timers and signals get their turn. */
import type { Outcome, Segment } from './types.js';

const BREATH_MS = 80;

/** Lets timers and signals in now and then: generators are synchronous. */
export function breather(breath?: () => void): () => Promise<void> | undefined {
  let last = performance.now();
  return () => {
    if (performance.now() - last < BREATH_MS) return undefined;
    breath?.();
    return new Promise<void>(resolve =>
      setTimeout(() => {
        last = performance.now();
        resolve();
      }, 0),
    );
  };
}

/** Pulls every segment through `see`, and lets the event loop breathe; `breath` gets the last segment seen. */
export async function watch(
  steps: Generator<Segment, Outcome>,
  see: (s: Segment) => void,
  breath?: (last: Segment) => void,
): Promise<Outcome> {
  let last: Segment;
  const pause = breather(() => breath?.(last));
  for (;;) {
    const next = steps.next();
    if (next.done) return next.value;
    last = next.value;
    see(last);
    const resting = pause();
    if (resting) await resting;
  }
}
