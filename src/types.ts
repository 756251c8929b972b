/**
 * The contracts. No code lives here.
 *
 * Shapes: a state `y` holds m particles of `dim` coordinates, particle-major (see particles.ts); ⟨a, b⟩_m = (1/m) Σ aᵢ·bᵢ.
 */

import type { z } from 'zod';
import type { Kinks, RepellingSide } from './branches.js';
import type { Branch, Domain, FusedField, LossTerms, Metric, Penalty, Precision, Spikes, Vec } from './contracts.js';
import type { Linearisation, Stepper } from './method.js';
import type { Outcome, Random } from './values.js';

export type * from './branches.js';
export type * from './contracts.js';
export type * from './method.js';
export type * from './values.js';

/**
 * Where Φ is not differentiable: `perParticle` signed functions of each particle, in particle-major order. A pattern gives the side of
 * every one of them; Φ and its derivatives on a pattern are the smooth extension of that piece.
 */
export interface FeatureKinks {
  readonly perParticle: number;
  /** Each is linear in the particle. */
  readonly linear?: boolean;
  /** out: m·perParticle signed values; zero on the kink */
  valuesInto(y: Vec, m: number, out: Vec): void;
  /** The rate of change of kink k of particle i when the particles move with velocity v. */
  rate(y: Vec, v: Vec, i: number, k: number): number;
  /** Moves particle i of y onto its kink k, by no more than rounding when it is there already. */
  snap(y: Vec, i: number, k: number): void;
  /** Left out where all m·perParticle values have to be looked at. */
  readonly sorted?: {
    /** The value of kink k of particle i, to the bit that of `valuesInto`. */
    value(y: Vec, i: number, k: number): number;
    /** Numbers i·perParticle + k in ascending order, with all among them whose value is on the other side than the pattern says. */
    turned(y: Vec, m: number, pattern: Branch): readonly number[];
    /** Kinks of particle i in ascending order, with all among them where |z_k| ≤ share·|∇z_k||uᵢ|. */
    near(y: Vec, i: number, share: number): readonly number[];
  };
}

/**
 * Φ: a particle u ∈ ℝ^dim to an element of F ≅ ℝ^size. `m` is the number of particles in `y`. A pattern that was given must not be changed:
 * what is known of the last one is kept.
 */
export interface Feature {
  readonly name: string;
  readonly dim: number;
  readonly size: number;
  /** Positive homogeneity of Φ: its degree in the coordinates named. */
  readonly homogeneity?: { readonly degree: number; readonly coordinates: readonly number[] };
  /** Left out when Φ is differentiable everywhere; then patterns are never given. */
  readonly kinks?: FeatureKinks;
  /** out: size numbers, (1/m) Σᵢ Φ(uᵢ) */
  sumInto(y: Vec, m: number, out: Vec, pattern?: Branch): void;
  /** out: m·dim numbers, rows DΦ(uᵢ)ᵀ g */
  pullbackInto(y: Vec, m: number, g: Vec, out: Vec, pattern?: Branch): void;
  /** out: size numbers, (1/m) Σᵢ DΦ(uᵢ) xᵢ */
  pushforwardInto?(y: Vec, m: number, x: Vec, out: Vec, pattern?: Branch): void;
  /** out: m·dim numbers, rows D²⟨g, Φ⟩(uᵢ) xᵢ */
  curvatureInto?(y: Vec, m: number, g: Vec, x: Vec, out: Vec, pattern?: Branch): void;
  /** out: m·dim rows of size numbers, ∂_kΦ(uᵢ); where that is faster than one pullback for each coordinate of F. */
  jacobianInto?(y: Vec, m: number, out: Vec, pattern?: Branch): void;
  /** rows: as of `jacobianInto`; blocks: m·dim·dim numbers, D²⟨g, Φ⟩(uᵢ). Both in one pass. */
  derivativesInto?(y: Vec, m: number, g: Vec, rows: Vec, blocks: Vec, pattern?: Branch): void;
  /**
   * Φ and R of m particles in one kernel, where there is one for both and this engine runs it. `used`: a field of another batch that is not
   * asked any more; one of the same shape is filled anew and given back. `precision`: wanted, where the kernel has it; the field says its own.
   */
  open?(m: number, loss: Loss, used?: FusedField, precision?: Precision): FusedField | undefined;
  /** Bytes of memory that `open` asks for; left out where they are few. */
  roomFor?(m: number): number;
}

/** R(∫Φ dμ) as one function of the particles, where F has no coordinates (population risk in closed form). */
export interface Field {
  readonly name: string;
  /** R at the particles. */
  energy(y: Vec, m: number): number;
  /** out: count·dim numbers, ṽ = −∇_u ⟨R′(f), Φ(u)⟩ at `count` points, f from the m particles of y */
  forceInto(y: Vec, m: number, points: Vec, count: number, out: Vec): void;
  /** out: m·dim numbers, minus the derivative of the force at the particles themselves along x */
  hessianTimesInto?(y: Vec, m: number, x: Vec, out: Vec): void;
  /** Multiplications in one force on m particles, where they are not those over all pairs. */
  work?(m: number): number;
}

/** R: a convex function on ℝ^size. */
export interface Loss {
  readonly name: string;
  value(f: Vec): number;
  /** out: size numbers, R′(f) */
  gradientInto(f: Vec, out: Vec): void;
  /** out: size numbers, the terms of R, one per coordinate, where R is their sum */
  termsInto?(f: Vec, out: Vec): void;
  /** What R is, where kernels know it. */
  readonly terms?: LossTerms;
  /** out: size numbers, R″(f) x */
  hessianTimesInto?(f: Vec, x: Vec, out: Vec): void;
  /** Lipschitz constant of R′ in the Euclidean norm of ℝ^size. */
  readonly smoothness?: number;
  /** R*(p) = sup_f ⟨p, f⟩ − R(f); with it −R*(−p) is a lower bound for every dual feasible p. */
  conjugate?(p: Vec): number;
  /** The α that maximises −R*(−αq): the best point of a ray of dual candidates. */
  bestScale?(q: Vec): number;
}

/** Some of the terms whose mean is R, as Φ and R of their own. */
export interface Batch {
  readonly feature: Feature;
  readonly loss: Loss;
  /** Of its gradient; double where left out. */
  readonly precision?: Precision;
}

/** R as a mean of terms that can be drawn at random: the gradient of a batch has the gradient of R as its mean. */
export interface Sampling {
  /** Terms in the table; null: fresh ones of a distribution, which Φ and R of the problem only estimate. */
  readonly rows: number | null;
  /** `size` terms: rows with replacement, or fresh ones. */
  draw(random: Random, size: number): Batch;
  /** Exactly these rows of the table. */
  pick?(rows: ArrayLike<number>): Batch;
}

/** A sample that no step sees, and how good a measure is on it. */
export interface HeldOut extends Batch {
  readonly source: 'test' | 'evaluation';
  /** Targets, where all of them are ±1: of these rows, and of the table that is trained on. */
  readonly labels?: { readonly own: Vec; readonly training?: Vec };
}

/** Where |⟨g, φ(θ)⟩| is largest over the places of `spikes`; where masses are never negative, ⟨g, φ(θ)⟩. */
export interface Supremum {
  /** A value that is attained: |⟨g, φ(at)⟩|. */
  readonly value: number;
  /** No point of the domain exceeds it (up to rounding) when `proof` is true. */
  readonly upper: number;
  readonly at: Vec;
  readonly proof: boolean;
  readonly method: string;
}

/** A spike of a measure: weight and position. */
export interface Atom {
  readonly weight: number;
  readonly position: readonly number[];
}

/** A way to draw initial particles. */
export interface Initialiser {
  readonly summary: string;
  /** y: m·dim numbers */
  draw(m: number, random: Random, scale?: number): Vec;
}

/** min over measures of R(∫Φ dμ) + ∫V dμ. */
export interface Problem {
  readonly name: string;
  readonly dim: number;
  readonly domain: Domain;
  /** Two copies of the domain: the one that a particle, by its number, lives on for all time. Φ and the lifting ask for its sign. */
  readonly copies?: (particle: number) => -1 | 1;
  /** Φ and R; or `field` in their place. */
  readonly feature?: Feature;
  readonly loss?: Loss;
  readonly field?: Field;
  /** How terms of R are drawn, where it is a mean of them. */
  readonly sampling?: Sampling;
  readonly heldOut?: HeldOut;
  readonly penalty?: Penalty;
  /** The metric of the flow; the Euclidean one when left out. V must then be smooth. */
  readonly metric?: Metric;
  readonly initial: Readonly<Record<string, Initialiser>>;
  /** Distance of positions below which two spikes cannot be told apart from the observation. */
  readonly resolution?: number;
  readonly known?: { readonly minimum?: number; readonly measure?: readonly Atom[]; readonly source: string };
  /** Where left out, φ(θ) = Φ(1, θ) and the price is that of V = β|w|. */
  readonly spikes?: Spikes;
  supremum?(g: Vec): Supremum;
  /** Rows of particles: some minimiser consists of multiples of these, on either copy where there are two. */
  dictionary?(): Vec;
}

/** A problem given by Φ and R. */
export type ComposedProblem = Problem & Required<Pick<Problem, 'feature' | 'loss'>>;

/** Part of an experiment that says which problem: `kind` names it, the rest is the kind's own. */
export interface ProblemSpec {
  readonly kind: string;
  readonly [key: string]: unknown;
}

/** What a problem kind may use of the world when it is built. */
export interface ProblemContext {
  /** The text of a file named in the experiment; throws when it cannot be read. */
  read(path: string): string;
  /** Its bytes; left out where there are none to be had. */
  readBytes?(path: string): Uint8Array;
  readonly seed: string;
}

/** Something wrong with a problem's part of the experiment; the path begins below `problem`. */
export interface ProblemFault {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

export interface BuiltProblem {
  readonly problem: Problem;
  /** The same problem with everything from outside written out: it needs no file and no seed. */
  readonly frozen: ProblemSpec;
  readonly notes: readonly string[];
}

/** A problem as the experiment file knows it: its schema, what the schema cannot say, and how it is built. */
export interface ProblemKind {
  readonly kind: string;
  readonly summary: string;
  /** Lines below `problem:` of a commented experiment file: small, complete, and it runs. */
  readonly template: string;
  readonly schema: z.ZodType;
  /** Fills in defaults. */
  complete(spec: ProblemSpec): ProblemSpec;
  faults(spec: ProblemSpec): readonly ProblemFault[];
  /** Numbers in a particle's row, and the names of its coordinates. */
  coordinates(spec: ProblemSpec): readonly string[];
  /** Ways to draw initial particles, the default first. */
  readonly initialisers: readonly string[];
  /** Ends through `refuse` when something outside the experiment (a file) is wrong. */
  build(spec: ProblemSpec, context: ProblemContext, refuse: (fault: ProblemFault) => never): BuiltProblem;
}

/** u′ = −m·(minimal-norm element of ∂F_m), or −m·(gradient of F_m in `metric`); autonomous; dF/dt = −|u′|²_m. */
export interface Flow {
  /** Unknowns, particles·dim. */
  readonly size: number;
  readonly particles: number;
  readonly dim: number;
  /** In which |u′|² is measured, when it is not the Euclidean one. */
  readonly metric?: Metric;
  /** What is wrong with a state that leaves the domain; null inside. Left out where there are no bounds. */
  outside?(y: Vec): string | null;
  /** out: the velocity; with a branch, that side's smooth extension. */
  velocityInto(y: Vec, out: Vec, branch?: Branch): void;
  energy(y: Vec): number;
  /** F = smooth + proximable: out of `smoothInto` is −m∇(smooth part); `proxInto` is the resolvent of the other part. */
  readonly split?: {
    smoothInto(y: Vec, out: Vec): void;
    proxInto(y: Vec, h: number, out: Vec): void;
  };
  /** Why there is no split, where V and the domain each have their resolvent. */
  readonly unsplit?: string;
  readonly kinks?: Kinks;
  /** Gradients of batches. Where `rows` is null F and the velocity are those of an evaluation sample: to measure by, not to follow. */
  readonly batch?: Sampling & {
    /** out: the velocity with R of the batch in place of R */
    velocityInto(y: Vec, batch: Batch, out: Vec): void;
    /** out: the same without V, −m∇R(batch) */
    smoothInto(y: Vec, batch: Batch, out: Vec): void;
    /** Why batches have no gradient in single precision; undefined where they have. Left out: they have none. */
    singleFault?(): string | undefined;
  };
  /** Of `energy`, where that is an estimate from an evaluation sample. */
  standardError?(y: Vec): number;
  /** out: ṽ at each of `count` points in the field of `y`, before V acts. */
  forceInto(y: Vec, points: Vec, count: number, out: Vec): void;
  /** out: the velocity that a particle at each of `count` points would have in the field of `y`. */
  fieldInto(y: Vec, points: Vec, count: number, out: Vec): void;
  /** out: −J x with J the velocity's Jacobian on the active coordinates (m times the Hessian of F_m). */
  hessianTimesInto?(y: Vec, x: Vec, out: Vec, branch?: Branch): void;
  /** The velocity's exact Jacobian at y, its structure kept; left out where second derivatives are missing, null where the branch has none. */
  linearise?(y: Vec, branch?: Branch): Linearisation | null;
  /** Of that Jacobian with one factorisation, in velocities: by counting multiplications. Infinite where it is never factorised. */
  readonly jacobianCost?: number;
}

export type Capability = 'split' | 'smooth' | 'batch';

export interface SolveOptions {
  /** Integrate to this time. */
  readonly end: number;
  readonly rtol?: number;
  readonly atol?: number;
  /** `false`: the error test looks at the state alone, and ∫|u′|² rides along untested. */
  readonly audited?: boolean;
  /** Flow time per step, for methods of fixed step (and to run an adaptive method without its control). */
  readonly step?: number;
  readonly maxSteps?: number;
  readonly maxSeconds?: number;
  /** Stop, successfully, once |u′|_m is at most this. */
  readonly stationarity?: number;
  /** Kinks of V = β|w| one by one, or many in one step; `auto`, the default: softly above 200 particles. */
  readonly events?: 'auto' | 'located' | 'soft';
  /** The side on which a particle leaves that starts on a kink of Φ which repels it; off where left out. */
  readonly repelling?: RepellingSide;
  /** Times at which a step must end. */
  readonly stops?: readonly number[];
  /** Nothing of a segment is read after the next one is asked for: its arrays are used again, and a long run allocates none. */
  readonly reuse?: boolean;
  readonly signal?: { readonly aborted: boolean };
}

/**
 * One particle that changed mode: at the end of the segment that carries it, or at its start when it leaves right there. Soft events lie
 * inside, at times that are interpolated.
 */
export interface KinkEvent {
  readonly t: number;
  readonly kink: number;
  readonly from: -1 | 0 | 1;
  readonly to: -1 | 0 | 1;
}

/** One accepted step; owns its arrays unless the run was asked to `reuse` them. */
export interface Segment {
  readonly t0: number;
  readonly t1: number;
  readonly y0: Vec;
  readonly y1: Vec;
  /** One-sided velocities: limits from inside the segment. */
  readonly v0: Vec;
  readonly v1: Vec;
  readonly branch?: Branch;
  /** ∫|u′|²_m from the start to t0 and to t1. */
  readonly dissipation0: number;
  readonly dissipation1: number;
  /** Of the error test; at most 1. NaN for methods without one. */
  readonly error: number;
  readonly rejected: number;
  /** Mode changes, in the order of time; `branch` holds until the first of them after t0. */
  readonly events: readonly KinkEvent[];
  /** out: the state at t in [t0, t1] */
  at(t: number, out: Vec): Vec;
  dissipationAt(t: number): number;
  /** The state after this segment; only until the next one is asked for. */
  checkpoint(): Checkpoint;
}

/** Everything needed to continue bit for bit; JSON-able. Arrays are base64 of little-endian doubles. */
export interface Checkpoint {
  readonly format: 'pgf-checkpoint-1';
  readonly solver: string;
  readonly t: number;
  readonly state: Readonly<Record<string, unknown>>;
}

export interface Solver {
  readonly name: string;
  readonly summary: string;
  /** null: not a consistent discretisation of the flow, or of variable order. */
  readonly order: number | null;
  readonly needs: readonly Capability[];
  /** Takes steps of fixed length, given in flow time. */
  readonly fixedStep: boolean;
  /** It integrates the differential inclusion: kinks of V and walls are located, or stepped over and rested on. */
  readonly located?: boolean;
  /** No state leaves the bounds of the domain: they are located, or the last act of a step puts back onto them. */
  readonly staysInside?: boolean;
  /** Followed in place of the gradient flow: an equation of second order, steps of one length for every gradient, noise. */
  readonly dynamics?: 'inertial' | 'adaptive' | 'noisy';
  /** τ, of noisy ones. */
  readonly temperature?: number;
  /** Of fixed step: the time that a step of length η takes; η itself when left out. */
  readonly clock?: (eta: number) => number;
  /** The one-step method inside, when there is one: what wrappers such as `inclusion` take. */
  readonly stepper?: Stepper;
  integrate(flow: Flow, y0: Vec, options: SolveOptions, from?: Checkpoint): Generator<Segment, Outcome>;
}

/** Watches segments and reports at the end. */
export interface Observer<R> {
  readonly name: string;
  see(segment: Segment, flow: Flow): void;
  finish(outcome: Outcome): R;
  /** What was seen so far, as a JSON-able value that loses no bit; a fresh observer of the same run goes on from it. */
  save(): unknown;
  restore(saved: unknown): void;
}
