/** Contracts of a differential inclusion: kinks, their branches, and who rests where. No code lives here. */
import type { Branch, MarginsAt, Vec } from './contracts.js';

/** V = weight·|u[coordinate]|, with u[coordinate] ≥ 0 for ever where `nonnegative`. */
export interface SoftKinks {
  readonly coordinate: number;
  readonly weight: number;
  readonly nonnegative: boolean;
}

export interface KinkOwner {
  readonly particle: number;
  readonly sample?: number;
  readonly wall?: { readonly coordinate: number; readonly at: number };
}

/** Who rests where, for methods that step over kinks and settle that afterwards. */
export interface ActiveSet {
  /** The side of every kink that y lies on; 0 where it lies on a kink of V or a wall. Kinks of Φ are judged at `around`. */
  sidesOf(y: Vec, around?: Vec): Branch;
  /** In place: nothing moves where the branch rests. */
  restrict(a: Vec, b: Branch): void;
  /** In place: coordinates that passed a kink of V or a wall on branch b are put onto it. */
  clip(y: Vec, b: Branch): void;
}

/** Of a kink of Φ that pushes a particle away to both sides: where the sample's unit is off, or on. */
export type RepellingSide = 'off' | 'on';

/** An attempted step of length h on one branch: margins, states and velocities at both ends. */
export interface Stride {
  readonly h: number;
  /** The longest share of it without a stage. */
  readonly gap: number;
  readonly branch: Branch;
  readonly margins0: Vec;
  readonly margins1: Vec;
  readonly v0: Vec;
  /** Asked last: an implicit method has it for one evaluation more. */
  readonly v1: () => Vec;
}

/** The places where the velocity is not smooth, and the rule of the differential inclusion there. */
export interface Kinks {
  readonly count: number;
  /** The branch the inclusion takes from y; `side`: where kinks of Φ push a particle away to both sides. */
  branchAt(y: Vec, side?: RepellingSide): Branch;
  /** out: count numbers, positive while branch b is valid; a sign change is the event. */
  marginsInto(y: Vec, b: Branch, out: Vec): void;
  /** The same margins one at a time, where that is cheaper; y and b must not change while they are asked. */
  marginsAt?(y: Vec, b: Branch): MarginsAt;
  /** V = weight·|w| and nothing else, kink i that of particle i: what soft events take; or a sentence on what there is beside it. */
  readonly soft?: SoftKinks | string;
  /** A step begins: what `isClear` knows of its stages is forgotten. */
  begin?(): void;
  /** Whether surely no kink is met within a step, from what is known without its extension. Left out where that is never known. */
  isClear?(step: Stride): boolean;
  /** Whose kink it is: the particle, the sample for a kink of Φ, the coordinate and its bound for a wall of the domain. */
  owner?(k: number): KinkOwner;
  /** Puts y exactly on kink k and names the branch it leaves on. */
  cross(y: Vec, k: number, b: Branch): -1 | 0 | 1;
  /** In place, next: the kinks that meet in one particle, decided together after `cross` named the branch of each alone. */
  settle?(y: Vec, next: Branch, old: Branch, crossed: readonly number[]): void;
  /** In place: states exactly on the kinks they rest on, from which a step may have moved them by its error. */
  hold?(y: Vec, b: Branch): void;
  /** Kinks that y is on and that push it away to both sides, one for a particle: the flow is not unique there. */
  repelling?(y: Vec): readonly KinkOwner[];
  readonly active?: ActiveSet;
}
