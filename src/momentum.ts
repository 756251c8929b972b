/** What methods with momentum carry from iterate to iterate. */
import { decodeVec, encodeVec } from './checkpoint.js';
import type { Memory } from './iterate.js';
import type { Vec } from './types.js';

export interface Inertia {
  /** The iterate before the current one; at the start the same. */
  previous: Vec;
  /** Iterations since the start or the last restart. */
  k: number;
}

export const inertia: Memory<Inertia> = {
  start: (_flow, y0) => ({ previous: y0.slice(), k: 0 }),
  save: ({ previous, k }) => ({ previous: encodeVec(previous), k }),
  load(saved) {
    const s = saved as { previous: string; k: number };
    return { previous: decodeVec(s.previous), k: s.k };
  },
};

/** out: y + share·(y − previous) */
export function extrapolate(y: Vec, previous: Vec, share: number, out: Vec): void {
  for (let i = 0; i < y.length; i++) out[i] = y[i] + share * (y[i] - previous[i]);
}

/** ⟨a − b, b − c⟩ > 0: the momentum carries away from where the step goes. */
export function opposed(ahead: Vec, next: Vec, y: Vec): boolean {
  let sum = 0;
  for (let i = 0; i < y.length; i++) sum += (ahead[i] - next[i]) * (next[i] - y[i]);
  return sum > 0;
}
