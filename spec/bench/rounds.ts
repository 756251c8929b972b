/** Entrants take turns in random order; a batch in which others had too much of the machine is taken again, as long as there is patience. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Random } from '../../src/types.js';
import { median, shuffled } from './arithmetic.js';
import type { Timed } from './server.js';
import { watched } from './servers.js';

export interface Entrant {
  readonly name: string;
  time(ms: number): Promise<Timed>;
}

export interface Measured {
  readonly entrant: string;
  /** Of the batches' medians, milliseconds. */
  readonly ms: number;
  readonly min: number;
  /** The largest share of the machine that others had in a batch that counts. */
  readonly foreign: number;
  readonly repeats: number;
}

export interface Pace {
  readonly rounds: number;
  /** Of a batch; long calls get at least three in one. */
  readonly ms: number;
  readonly longMs: number;
  readonly pauseMs: number;
  /** Of the same calls before a batch, not timed. */
  readonly leadMs: number;
  /** Of all repetitions together. */
  readonly patienceMs: number;
}
/**
 * Processors that slept are at times woken on one core of the host, whose threads then take turns: all that runs on two of them is half as
 * fast until the host moves one, 100 to 300 ms later (seen on a virtual machine; the guest's run queues are empty all the while).
 */
export const FULL: Pace = { rounds: 3, ms: 250, longMs: 600, pauseMs: 50, leadMs: 300, patienceMs: 90e3 };
export const SHORT: Pace = { rounds: 3, ms: 60, longMs: 150, pauseMs: 20, leadMs: 60, patienceMs: 5e3 };

const MOST_FOREIGN = 0.06;
/** Of one batch. */
const MOST_REPEATS = 2;
/** Calls that take longer get longer batches. */
const LONG = 50;

interface Batch extends Timed {
  readonly foreign: number;
}

/** @returns a function that measures some entrants, with what is left of the patience. */
export function measuring(
  pace: Pace,
  random: Random,
): (entrants: readonly Entrant[], rounds?: number) => Promise<Measured[]> {
  let left = pace.patienceMs;
  const batch = async (entrant: Entrant, before: readonly Batch[]): Promise<Batch> => {
    const ms = (before[0]?.ms ?? 0) > LONG ? pace.longMs : pace.ms;
    await entrant.time(pace.leadMs);
    const { answer, foreign } = await watched(() => entrant.time(ms));
    await pause(pace.pauseMs);
    return { ...answer, foreign };
  };
  /** The batch on which others had the least of the machine. */
  const undisturbed = async (entrant: Entrant, before: readonly Batch[]): Promise<{ best: Batch; repeats: number }> => {
    let best = await batch(entrant, before);
    let repeats = 0;
    for (; best.foreign > MOST_FOREIGN && repeats < MOST_REPEATS && left > 0; repeats++) {
      const since = performance.now();
      const again = await batch(entrant, before);
      left -= performance.now() - since;
      if (again.foreign < best.foreign) best = again;
    }
    return { best, repeats };
  };
  return async (entrants, rounds = pace.rounds) => {
    const taken = new Map(entrants.map(e => [e.name, { batches: [] as Batch[], repeats: 0 }]));
    for (let round = 0; round < rounds; round++)
      for (const entrant of shuffled(entrants, random.uniform)) {
        const mine = taken.get(entrant.name);
        if (!mine) continue;
        const { best, repeats } = await undisturbed(entrant, mine.batches);
        mine.batches.push(best);
        mine.repeats += repeats;
      }
    return [...taken].map(([entrant, { batches, repeats }]) => ({
      entrant,
      ms: median(batches.map(b => b.ms)),
      min: Math.min(...batches.map(b => b.min)),
      foreign: Math.max(...batches.map(b => b.foreign)),
      repeats,
    }));
  };
}
