/** What `pgf compare-methods` finds. No code. */
import type { Experiment } from './spec.js';
import type { Atom } from './types.js';

/** A method along its way, one entry per look. */
export interface MethodHistory {
  readonly round: readonly number[];
  /** Positions at which φ was summed or paired with a dual vector, and suprema of |η|, so far. */
  readonly positions: readonly number[];
  readonly suprema: readonly number[];
  readonly seconds: readonly number[];
  /** F. */
  readonly energy: readonly number[];
  /** F − F* is at most this, by the best bound that the method itself had then; infinite where it had none. */
  readonly gap: readonly number[];
}

export interface MethodRow {
  readonly method: string;
  /** Whether it ended as it should, and how, in its own words. */
  readonly ok: boolean;
  readonly words: string;
  /** Null where particles are no weights at positions. */
  readonly atoms: readonly Atom[] | null;
  /** Atoms joined where they are nearer than the observation could tell; null where a problem names no such distance. */
  readonly spikes: number | null;
  readonly energy: number;
  readonly gap: number;
  /** F minus the least F of all methods. */
  readonly excess: number;
  readonly rounds: number;
  readonly positions: number;
  readonly suprema: number;
  readonly seconds: number;
  /** Of the method alone, by name. */
  readonly numbers: Readonly<Record<string, number>>;
  readonly history: MethodHistory;
}

/** A method that the problem cannot have, and why. */
export interface MethodLeftOut {
  readonly method: string;
  readonly reason: string;
}

export interface MethodComparison {
  readonly format: 'pgf-methods-1';
  readonly name: string;
  readonly title: string;
  readonly spec: Experiment;
  /** F* lies between them: the best dual value and the least F of all methods. */
  readonly lower: number;
  readonly upper: number;
  readonly rows: readonly MethodRow[];
  readonly leftOut: readonly MethodLeftOut[];
  readonly notes: readonly string[];
  readonly manifest: {
    readonly version: string;
    readonly node: string;
    readonly command: string;
    readonly seconds: number;
    readonly created: string;
    readonly interrupted: boolean;
  };
}
