/** Where the states along a run are kept: in arrays of their own, or in a few that are used in turn. */
import { pool } from './combination.js';
import { fresh } from './dense.js';
import { headOf } from './math/vec.js';
import type { Room, Vec } from './types.js';

/** Of a fixed number of numbers: the flow's unknowns, and with most methods the dissipation as the last one. */
export interface States {
  /** Of any content. */
  take(): Vec;
  copy(z: Vec): Vec;
  /** All but its last number, the dissipation. */
  head(z: Vec): Vec;
  /** For the coefficients of one step. */
  room(): Room;
  /** No extension of a step is asked for any more. */
  release(): void;
}

/** States and velocities at both ends of two steps, and the iterate that a method with momentum remembers. */
const LIVE = 10;

const owned = (length: number): States => ({
  take: () => new Float64Array(length),
  copy: z => z.slice(),
  head: z => z.subarray(0, -1),
  room: () => fresh,
  release() {},
});

/** Coefficients of steps of so many unknowns. */
const coefficients = pool((): Vec[] => []);

function inTurn(length: number): States {
  const all = new Float64Array(LIVE * length);
  const ring: Vec[] = [];
  for (let j = 0; j < LIVE; j++) ring.push(all.subarray(j * length, (j + 1) * length));
  const heads: Vec[] = [];
  const rooms = coefficients.take(length);
  let [next, used] = [0, 0];
  const again: Room = numbers => {
    const at = used++;
    if (rooms[at]?.length !== numbers) rooms[at] = new Float64Array(numbers);
    return rooms[at];
  };
  const take = () => {
    next = (next + 1) % LIVE;
    return ring[next];
  };
  return {
    take,
    copy(z) {
      const out = take();
      out.set(z);
      return out;
    },
    // Heads of arrays that come and go with a run would be kept for long by what keeps those of all others.
    head(z) {
      const at = ring.indexOf(z);
      if (at < 0) return headOf(z);
      heads[at] ??= z.subarray(0, -1);
      return heads[at];
    },
    room() {
      used = 0;
      return again;
    },
    release: () => coefficients.give(length, rooms),
  };
}

/** @param reuse nothing of a step is read any more once the one after the next is taken */
export const statesOf = (length: number, reuse = false): States => (reuse ? inTurn(length) : owned(length));
