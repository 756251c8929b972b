/** What a step that passed the error test has inside it: its continuous extension, and the first kink. */
import { type Crossing, firstCrossing, isClear, marginsAlong } from './locate.js';
import type { Run } from './loop.js';
import type { Attempt, Dense, MarginsAt } from './types.js';

/** The continuous extension; made when it is first asked for where nothing is read of a step once the next one is tried. */
export function extensionOf({ states, options }: Run, taken: Attempt): Dense {
  if (!options.reuse) return taken.dense(states.room());
  let made: Dense | undefined;
  return (theta, out) => {
    made ??= taken.dense(states.room());
    made(theta, out);
  };
}

/** Of the methods in use. */
const LARGEST_GAP = 0.65;

/** Null: none. `start`: the margins at the left end, null where no kink is located. */
export function crossingOf(
  run: Run,
  dense: Dense,
  taken: Attempt,
  h: number,
  start: MarginsAt | null,
): Crossing | null {
  const { loop, flow, margins, states } = run;
  const { branch } = loop;
  if (!start || !margins || !branch || !flow.kinks) return null;
  const count = () => loop.counts.marginEvaluations++;
  const along = marginsAlong(flow.kinks, branch, dense, taken.y, start, margins, count);
  const { gap = LARGEST_GAP } = run.method();
  const step = { h, gap, v0: states.head(loop.v), v1: () => states.head(taken.v) };
  return isClear(flow.kinks, branch, along, margins, step) ? null : firstCrossing(along);
}
