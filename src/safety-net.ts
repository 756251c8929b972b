/**
 * The safety net of adaptive methods: where they are refused again and again, or F rises, a step by the minimising movement, which always
 * descends.
 */
import { endVelocity, linear } from './dense.js';
import type { Attempt, Move, Rescues, Rhs, Surroundings, Vec } from './types.js';

/** Refusals in a row, and a rise of F in units of its size, after which the net takes a step. */
const DUE = { refusals: 10, rise: 16 * Number.EPSILON } as const;
/** A spell of the net that begins within so many steps after the last one takes twice as many steps, up to a limit. */
const SPELL = { soon: 10, longest: 1024 } as const;

/** Null: there is no such step from here. */
type Rescue = (rhs: Rhs, h: number, y: Vec, v: Vec) => Attempt | null;

export interface Net {
  readonly name: string;
  /** Undefined where the flow has no such steps. */
  start(length: number, around: Surroundings): Rescue | undefined;
}

/** Two steps of the minimising movement; beside one of twice the length they have an error to test (Hairer, Nørsett & Wanner I (1993), II.4). */
export const minimising: Net = {
  name: 'minimising movement',
  start(length, { euler }) {
    if (!euler?.movement()) return undefined;
    const n = length - 1;
    // Most runs are never rescued.
    let room: readonly Vec[] | undefined;
    const walk = (move: Move, from: Vec, h: number, count: number, to: Vec, last: Vec) => {
      to.set(from);
      for (let k = 0; k < count; k++) {
        last.set(to);
        if (move(last.subarray(0, n), h / count, to.subarray(0, n)) !== null) return false;
        to[n] = last[n] + euler.spent(last, to, h / count);
      }
      return true;
    };
    return (rhs, h, y) => {
      // One that remembers no Jacobian, so that a resumed run counts the same.
      const move = euler.movement();
      room ??= Array.from({ length: 5 }, () => new Float64Array(length));
      const [one, two, last, v1, error] = room;
      if (!move || !walk(move, y, h, 1, one, last) || !walk(move, y, h, 2, two, last)) return null;
      for (let i = 0; i < length; i++) error[i] = two[i] - one[i];
      const velocity = endVelocity(rhs, two, v1);
      return {
        y: two,
        get v() {
          return velocity();
        },
        error,
        overKinks: true,
        dense: () => linear(y, two.slice()),
      };
    };
  },
};

/** What is remembered from step to step, JSON-able. */
interface Memory {
  /** F at the start of the last step, and at the start of the run. */
  energy: number | null;
  scale: number;
  /** Steps of the last spell, how many of it are left, and steps of other methods since. */
  spell: number;
  left: number;
  since: number;
  rescues: Rescues | undefined;
}

/** Decides who takes a step. */
export interface Guard {
  /** The net's step from y where it is due and there is one. Asked once per attempt. */
  attempt: Rescue;
  /** After an accepted step that ended at t. True: it was the net's. */
  accepted(taken: Attempt, t: number): boolean;
  rescues(): Rescues | undefined;
  save(): unknown;
  restore(saved: unknown): void;
}

/** Undefined where there is no net for this flow. */
export function guarding(net: Net | undefined, length: number, around: Surroundings): Guard | undefined {
  const rescue = net?.start(length, around);
  if (!rescue) return undefined;
  const memory: Memory = { energy: null, scale: 0, spell: 0, left: 0, since: SPELL.soon, rescues: undefined };
  const here = { at: undefined as Vec | undefined, refusals: 0, rose: false, vain: false };
  let own: Attempt | null = null;
  const arrive = (y: Vec) => {
    const [before, now] = [memory.energy, around.energy(y)];
    if (before === null) memory.scale = Math.abs(now);
    const rose = before !== null && now > before + DUE.rise * Math.max(memory.scale, Math.abs(before));
    memory.energy = now;
    Object.assign(here, { at: y, refusals: 0, rose, vain: false });
  };
  // Where the net has just been, one refusal is enough.
  const due = () => here.rose || memory.left > 0 || here.refusals >= (memory.since === 0 ? 1 : DUE.refusals);
  return {
    attempt(rhs, h, y, v) {
      if (y === here.at) here.refusals++;
      else arrive(y);
      own = due() && !here.vain ? rescue(rhs, h, y, v) : null;
      here.vain ||= due() && own === null;
      return own;
    },
    accepted(taken, t) {
      if (taken !== own) {
        memory.since++;
        memory.left = 0;
        return false;
      }
      const { refusals = 0, rises = 0, first = t } = memory.rescues ?? {};
      const risen = here.rose ? 1 : 0;
      memory.rescues = { refusals: refusals + 1 - risen, rises: rises + risen, first, last: t };
      if (memory.left === 0) {
        memory.spell = memory.since < SPELL.soon ? Math.min(SPELL.longest, 2 * memory.spell) : 1;
        memory.left = memory.spell;
      }
      memory.left--;
      memory.since = 0;
      return true;
    },
    rescues: () => memory.rescues,
    save: () => ({ ...memory }),
    restore: saved => Object.assign(memory, saved),
  };
}
