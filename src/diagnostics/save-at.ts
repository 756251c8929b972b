import { decodeDoubles, decodeInto, encodeDoubles } from '../math/doubles.js';
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
    save: () => ({
      t: encodeDoubles(saved.t),
      states: saved.states.map(encodeDoubles),
      energy: encodeDoubles(saved.energy),
      dissipation: encodeDoubles(saved.dissipation),
      standardError: saved.standardError ? encodeDoubles(saved.standardError) : null,
    }),
    restore(from) {
      const s = from as {
        t: string;
        states: string[];
        energy: string;
        dissipation: string;
        standardError: string | null;
      };
      for (const key of ['t', 'energy', 'dissipation'] as const) decodeInto(s[key], saved[key]);
      if (saved.standardError && s.standardError !== null) decodeInto(s.standardError, saved.standardError);
      saved.states.length = 0;
      for (const state of s.states) saved.states.push(decodeDoubles(state));
      next = saved.t.length;
    },
  };
}
