/**
 * The same run at a tenth of the tolerance: a start that amplifies errors, a small sphere say, makes the error far larger than the
 * tolerance, and only a second run tells.
 */
import { type Saved, saveAt } from './diagnostics/save-at.js';
import { scaledDistance } from './math/vec.js';
import type { Verification } from './results.js';
import type { Flow, KinkEvent, Outcome, Segment, SolveOptions, Solver, Vec } from './types.js';

/** What is compared: states at times, and who changed mode in which order. */
export interface Followed {
  readonly states: Saved;
  readonly events: readonly KinkEvent[];
}

const TIGHTER = 10;

const sequence = (events: readonly KinkEvent[]): string =>
  events
    .filter(e => e.from !== e.to)
    .map(e => `${e.kink}:${e.from}:${e.to}`)
    .join();

/** Null when the second run does not get as far as the first. */
function compared(
  first: Followed,
  second: Followed,
  y0: Vec,
  flow: Flow,
): Omit<Verification, 'rtol' | 'outcome'> | null {
  const { t, states } = first.states;
  const m = flow.particles;
  if (second.states.t.length < t.length) return null;
  const scale = Math.max(...states.map(y => scaledDistance(y, y0, m)));
  const apart = states.map((y, k) => scaledDistance(y, second.states.states[k], m));
  const furthest = apart.reduce((at, d, k) => (d > apart[at] || Number.isNaN(d) ? k : at), 0);
  return {
    distance: scale > 0 ? apart[furthest] / scale : apart[furthest],
    at: t[furthest],
    energy:
      Math.max(...states.map((y, k) => Math.abs(flow.energy(y) - flow.energy(second.states.states[k])))) /
      (Math.abs(flow.energy(y0)) || 1),
    sameEvents: sequence(first.events) === sequence(second.events),
  };
}

type Watch = (steps: Generator<Segment, Outcome>, see: (s: Segment) => void) => Promise<Outcome>;

/** Runs again and compares; null for methods without a tolerance. `watch` pulls the segments. */
export async function verify(
  solver: Solver,
  flow: Flow,
  y0: Vec,
  options: SolveOptions,
  first: Followed,
  watch: Watch,
): Promise<Verification | null> {
  if (solver.fixedStep || options.rtol === undefined) return null;
  // 1e-5/10 is not the double 1e-6.
  const rtol = Number((options.rtol / TIGHTER).toPrecision(15));
  const saver = saveAt(first.states.t, { energy: () => Number.NaN }, y0);
  const events: KinkEvent[] = [];
  const again = { ...options, rtol, ...(options.atol !== undefined && { atol: options.atol / TIGHTER }) };
  const ended = await watch(solver.integrate(flow, y0, again), s => {
    saver.see(s, flow);
    events.push(...s.events);
  });
  const none = { distance: Number.NaN, at: Number.NaN, energy: Number.NaN, sameEvents: false };
  const found = compared(first, { states: saver.finish(ended), events }, y0, flow);
  return { rtol, outcome: ended.code, ...(found ?? none) };
}
