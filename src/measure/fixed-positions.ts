/**
 * The convex problem on atoms that stay where they are, a grid or random features: accelerated proximal gradient to a certified gap of this
 * finite problem, and beside it what that is worth among all measures.
 */
import { type Baseline, type Iterate, workOf } from './baseline.js';
import type { Program } from './program.js';
import {
  activeSet,
  atomsOf,
  proximalGradient,
  type WeightProblem,
  type WeightState,
  weightProblem,
  weightState,
} from './weights.js';

export interface GridOptions {
  /** Ends once the gap of the finite problem is at most this share of F; default 1e-9. */
  readonly tolerance?: number;
  /** Steps of the gradient method; then the active set ends it. */
  readonly most?: number;
}

/** Looked at after so many steps, and each time a quarter more: the gaps cost as much as a step. */
const FIRST_LOOK = 4;
const GROWTH = 1.25;

export function* onPositions(
  program: Program,
  positions: readonly (readonly number[])[],
  { tolerance = 1e-9, most = 2000 }: GridOptions = {},
): Baseline {
  const problem = weightProblem(program, positions);
  const steps = proximalGradient(problem, { momentum: 'restarted' });
  let [state, lower, look, taken] = [
    weightState(problem, new Float64Array(positions.length)),
    Number.NEGATIVE_INFINITY,
    FIRST_LOOK,
    0,
  ];
  const iterate = (s: WeightState, round: number): Iterate => {
    const seen = program.inspect(atomsOf(problem, s.c));
    lower = Math.max(lower, seen.dual);
    const gap = Math.max(0, seen.energy - lower);
    return {
      round,
      atoms: atomsOf(problem, s.c),
      energy: seen.energy,
      gap,
      finiteGap: Math.max(0, s.gap),
      work: workOf(program.counter),
    };
  };
  const closed = (): boolean =>
    Number.isFinite(state.gap) ? state.gap <= tolerance * Math.abs(state.energy) : state.slack <= tolerance;
  for (; taken < most && !closed(); taken++) {
    const c = steps.next().value;
    if (taken + 1 < look && taken + 1 < most) continue;
    look *= GROWTH;
    state = weightState(problem, c);
    yield iterate(state, taken + 1);
  }
  const open = !closed();
  if (open) state = finished(problem, state);
  yield iterate(state, taken + (open ? 1 : 0));
  const how = open ? `${taken} steps of proximal gradient, then an active set` : `${taken} steps of proximal gradient`;
  return { ok: closed(), words: `${how} on ${positions.length} positions`, numbers: { finiteGap: state.gap } };
}

/** The active set begins with the heaviest weights, no more than can be independent. */
function finished(problem: WeightProblem, state: WeightState): WeightState {
  const { c, energy, gap } = state;
  const order = [...c.keys()].sort((a, b) => Math.abs(c[b]) - Math.abs(c[a])).slice(0, problem.size);
  const start = c.map((x, j) => (order.includes(j) ? x : 0));
  const found = activeSet(problem, start);
  return found.gap < gap || found.energy < energy ? found : state;
}
