import type { Flow, Observer, Segment, Vec } from '../types.js';

export interface Saved {
  readonly t: number[];
  readonly states: Vec[];
  readonly energy: number[];
  readonly dissipation: number[];
  /** Of F, where it is an estimate. */
  readonly standardError?: number[];
}

/** The state, F and ∫|u′|² at given increasing times, from the dense output; times that were not reached are left out. */
export function saveAt(
  times: readonly number[],
  flow: Pick<Flow, 'energy' | 'standardError'>,
  y0: Vec,
): Observer<Saved> {
  const saved: Saved = {
    t: [],
    states: [],
    energy: [],
    dissipation: [],
    ...(flow.standardError && { standardError: [] }),
  };
  let next = 0;
  const keep = (t: number, y: Vec, dissipation: number) => {
    saved.t.push(t);
    saved.states.push(y);
    saved.energy.push(flow.energy(y));
    saved.dissipation.push(dissipation);
    if (flow.standardError) saved.standardError?.push(flow.standardError(y));
    next++;
  };
  while (next < times.length && times[next] <= 0) keep(times[next], y0.slice(), 0);
  return {
    name: 'saveAt',
    see(s: Segment) {
      while (next < times.length && times[next] <= s.t1) {
        const t = times[next];
        keep(t, s.at(t, new Float64Array(y0.length)), s.dissipationAt(t));
      }
    },
    finish: () => saved,
  };
}
