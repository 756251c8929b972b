/** The contracts of one-step methods. No code lives here. */

import type { Choice, Code, Rescues } from './values.js';

type Vec = Float64Array;

/** A right-hand side over `length` numbers. */
export type Rhs = (y: Vec, out: Vec) => void;

/** A continuous extension over one step, theta in [0, 1]. */
export type Dense = (theta: number, out: Vec) => void;

/** Gives an array of so many numbers, of any content. */
export type Room = (numbers: number) => Vec;

/** One attempted step. The arrays belong to the stepper and are valid until its next attempt. */
export interface Attempt {
  readonly y: Vec;
  /** The right-hand side at y. */
  readonly v: Vec;
  readonly error: Vec;
  /** The time it took, where the method chooses that itself, near the h that was asked for. */
  readonly length?: number;
  /** h times the spectral radius of the Jacobian, as far as the method knows it without further evaluations. */
  readonly stiffness?: number | undefined;
  /** It stepped over kinks: the branch is to be taken anew at its end. */
  readonly overKinks?: boolean;
  /** Owns its coefficients, or keeps them in the room given. */
  dense(room?: Room): Dense;
}

/** J of a whole state y at which the right-hand side is v; the one of an earlier state is spoiled. */
export type Linearise = (y: Vec, v: Vec) => Linearisation;

/** Writes one step of length h from y into out; states of the flow, without the dissipation. */
export type EulerStep = (y: Vec, h: number, out: Vec) => void;
export type EulerKind = 'forward-backward' | 'proximal-newton';

/** Writes the minimiser near y into out; null when found, else why there is none, and out is left alone. F(out) ≤ F(y). */
export type Move = (y: Vec, h: number, out: Vec) => Code | null;

/** Steps of first order that step over kinks, and what goes with them. */
export interface EulerSteps {
  step(kind: EulerKind): EulerStep;
  /** The minimising movement; undefined where this flow has none that can be computed. */
  movement(): Move | undefined;
  /** In place: coordinates of y that left the kink of V or the wall on which `like` rests, or its side, are put there. */
  settle(y: Vec, like: Vec): void;
  /** What the straight way from one whole state to another dissipates in time h: |u₁ − u₀|²_m/h. */
  spent(from: Vec, to: Vec, h: number): number;
}

/** What a method may ask of the flow besides its right-hand side. */
export interface Surroundings {
  readonly linearise: Linearise;
  readonly euler?: EulerSteps;
  /** F at a whole state, whose last entry is the dissipation. */
  energy(y: Vec): number;
  readonly traits?: Traits;
}

/** What the choice of a method rests on. */
export interface Traits {
  readonly rtol: number;
  /** Of the exact Jacobian with one factorisation, in evaluations of the right-hand side; infinite where there is none. */
  readonly jacobianCost: number;
  /** V has a term β|w|, whose threshold makes positions stiff. */
  readonly sparse: boolean;
}

/** Something that is remembered from step to step, JSON-able. */
export interface StepMemory {
  save(): unknown;
  restore(saved: unknown): void;
}

/** Which of several methods takes the next step. */
export interface Choosing {
  current(): Stepper;
  choices(): readonly Choice[];
  /** What the safety net did; undefined where it did nothing. */
  rescues(): Rescues | undefined;
  /** After an accepted step of length h that ended at t. True: another method goes on. */
  accepted(taken: Attempt, t: number): boolean;
}

/** Tries one step of length h from y, where v = rhs(y). Without memory it depends on its arguments alone. */
export type Attempting = ((rhs: Rhs, h: number, y: Vec, v: Vec) => Attempt) & {
  readonly memory?: StepMemory;
  readonly choosing?: Choosing;
  /** Nothing of it is asked for any more: its arrays may be another run's. */
  release?(): void;
};

/** A one-step method. */
export interface Stepper {
  readonly name: string;
  readonly order: number;
  /** Order of the embedded error estimate plus one: err ~ h^errorOrder. */
  readonly errorOrder: number;
  /** How its steps are proposed; PI where left out. */
  readonly controller?: 'predictive';
  /** It solves systems with the Jacobian, so stiffness does not bound its steps; it needs a field that is smooth inside a step. */
  readonly implicit?: boolean;
  /** It is several methods, implicit ones among them. */
  readonly chooses?: boolean;
  /** Without it the method cannot run. */
  readonly needs?: readonly 'split'[];
  /** The longest share of a step without a stage, where it is known. */
  readonly gap?: number;
  /** The weights b of an explicit Runge–Kutta method. */
  readonly weights?: readonly number[];
  /** Prepares buffers for `length` unknowns. */
  start(length: number, around?: Surroundings): Attempting;
}

/** J at one state; rows and columns of resting coordinates are zero. Valid until the same flow linearises again. */
export interface Linearisation {
  /** out: J x */
  timesInto(x: Vec, out: Vec): void;
  /** out: (shift·I − J)⁻¹ rhs, factorised once for each shift; NaN where that matrix is singular to working precision. */
  solveInto(shift: number, rhs: Vec, out: Vec): void;
}
