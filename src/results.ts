/**
 * The documents a run leaves behind: what `--json` prints, result.json holds and the report draws. No code.
 * Numbers are exact; in JSON non-finite ones are the strings "NaN", "Infinity", "-Infinity". Particles are rows [w, θ…].
 */
import type { Experiment } from './spec.js';
import type { Code, Domain, KinkEvent, KinkOwner, Outcome, Solver } from './types.js';

export type Verdict = 'global-within-gap' | 'not-global' | 'unknown';

export interface Certificate {
  /** F of the particles. */
  readonly primal: number;
  /** A lower bound of F over all measures. */
  readonly dual: number;
  /** primal − dual ≥ F − F*. */
  readonly gap: number;
  /** primal minus the dual value at the polished spikes: an upper bound of F − F* as well, of second order. Null: nothing polished. */
  readonly polishedGap: number | null;
  /** F − F* is at least this. */
  readonly excessAtLeast: number;
  readonly verdict: Verdict;
  /** Which of the three bounds the verdict rests on. */
  readonly decidedBy: 'gap' | 'polished' | 'excess' | null;
  readonly method: string;
  /** Whether the supremum behind both bounds is proven. */
  readonly proof: boolean;
  /** M = sup |η| over the domain, its proven upper value, where it is attained, and the bound β that optimality asks of it. */
  readonly maxAbsEta: number;
  readonly maxAbsEtaUpper: number;
  readonly at: readonly number[];
  readonly bound: number;
}

export interface Audit {
  /** max_t |F(t) + ∫|u′|² − F(0)| / F(0) over accepted steps. */
  readonly relativeDefect: number;
  /** Steps over which F rose by more than rounding. */
  readonly rises: number;
  /** The largest rise over one step, in units of F. */
  readonly largestRise: number;
  /** Stochastic methods: F was measured after so many steps only, and no identity holds. */
  readonly looks?: number | undefined;
  /** Methods that follow another dynamics than the gradient flow: no identity holds, and `relativeDefect` is NaN. */
  readonly dynamics?: Solver['dynamics'];
}

/** How good a measure is on rows that no step saw. */
export interface HeldOutPoint {
  readonly t: number;
  /** R, without V. */
  readonly loss: number;
  readonly standardError: number;
  /** Share of labels found; null where targets are no labels. */
  readonly accuracy: number | null;
  /** The same on the rows trained on; null on a stream. */
  readonly trainingLoss: number | null;
  readonly trainingAccuracy: number | null;
}

export interface HeldOutResult {
  /** Rows split off, or the evaluation sample of a stream. */
  readonly source: 'test' | 'evaluation';
  readonly rows: number;
  /** At the times asked for, and at the end. */
  readonly points: readonly HeldOutPoint[];
}

export interface Convergence {
  /** Whether the path has come to its end, goes on, or leaves for infinity: a finite run suggests it, and proves nothing. */
  readonly fate: 'settled' | 'drifting' | 'escaping';
  /** ∫|u′|_m dt. */
  readonly path: number;
  /** Over the second half of the time |u′|_m falls like t^{−rate}; null where there is too little to fit. */
  readonly rate: number | null;
  /** What is left of the path if it goes on like that, infinite when rate ≤ 1; what as long again would add, once that is noise. */
  readonly remaining: number;
  /** |u|_m at the end, and the share of the path over the second half that went away from 0. */
  readonly size: number;
  readonly outward: number;
}

/** The run against itself at a tenth of the tolerance. */
export interface Verification {
  readonly rtol: number;
  readonly outcome: Code;
  /** sup over compared times of the states' distance, by the displacement sup_t |u(t) − u(0)|_m; where it is reached. NaN: not compared. */
  readonly distance: number;
  readonly at: number;
  /** sup of the difference of F, by F(0). */
  readonly energy: number;
  /** The same particles changed mode in the same order. */
  readonly sameEvents: boolean;
}

export interface Spike {
  /** Mean weight (1/m) Σ wᵢ of the particles merged here. */
  readonly weight: number;
  readonly position: readonly number[];
  readonly particles: number;
}

/** The end of a run, merged into spikes and finished by Newton's method: no part of the run, and no proof by itself. */
export interface Polished {
  /** F of the spikes. */
  readonly energy: number;
  /** |u′|_m of the spikes as particles of their own. */
  readonly residual: number;
  /** Of Newton. */
  readonly steps: number;
  /** The lightest spikes of the end, without which Newton converges and with which it does not. */
  readonly dropped: number;
  readonly spikes: readonly Spike[];
}

export interface Sparsity {
  /** Particles with w ≠ 0. */
  readonly active: number;
  readonly spikes: readonly Spike[];
  /** Against the ground truth: spikes of the right sign within `radius`. Null without ground truth. */
  readonly truth: {
    readonly radius: number;
    readonly recovered: number;
    readonly missed: number;
    readonly spurious: number;
    readonly largestPositionError: number;
  } | null;
}

export interface Spectrum {
  readonly t: readonly number[];
  /** Spectral radius of the active Jacobian at those times. */
  readonly radius: readonly number[];
  /** Largest eigenvalue of m∇²F at those times. */
  readonly sharpness?: readonly number[] | undefined;
  /** Sharpness above which the steps of this run are unstable: 2/η, (2 + 2β)/η with momentum β. Left out where there is none. */
  readonly edge?: number | undefined;
  /** 2/ρ at the end, in flow time, and as a raw learning rate on ∇F_m (times m). */
  readonly limitStep: number;
  readonly limitRate: number;
}

/** What one run of one solver leaves. */
export interface RunResult {
  readonly spec: Experiment;
  readonly outcome: Outcome;
  /** One entry per accepted step, after one for t = 0. */
  readonly series: {
    readonly t: readonly number[];
    readonly energy: readonly number[];
    readonly dissipation: readonly number[];
    /** |u′|_m. */
    readonly stationarity: readonly number[];
    /** Of `energy`, where that is an estimate from an evaluation sample. */
    readonly standardError?: readonly number[] | undefined;
  };
  /** At the times asked for (and reached). */
  readonly saved: {
    readonly t: readonly number[];
    readonly particles: readonly (readonly (readonly number[])[])[];
    readonly energy: readonly number[];
    readonly dissipation: readonly number[];
    readonly standardError?: readonly number[] | undefined;
  };
  /** Where the run ended, whatever was asked to be saved. */
  readonly final: { readonly t: number; readonly particles: readonly (readonly number[])[] };
  readonly audit: Audit;
  readonly certificate: Certificate;
  /** Null where particles are no spikes: V is not β|w|. */
  readonly sparsity: Sparsity | null;
  /** Null in results from before it was measured. */
  readonly convergence: Convergence | null;
  /** Null when it was not asked for. */
  readonly verification: Verification | null;
  /** Left out when it was not asked for, or could not be had. */
  readonly polished?: Polished | undefined;
  /** Left out without a temperature, or with few particles. */
  readonly freeEnergy?: FreeEnergy | undefined;
  /** Left out where no rows are held out. */
  readonly heldOut?: HeldOutResult | undefined;
  /** The coordinates of a particle: names for axes, and which are circles. */
  readonly domain: Domain;
  /** The copy of the domain that each particle lives on, where there are two. */
  readonly copies?: readonly (-1 | 0 | 1)[];
  readonly spectrum: Spectrum | null;
  /** Whose kink it was, and on which sample where it is a kink of Φ. */
  readonly events: readonly (KinkEvent & KinkOwner)[];
  /** For pictures: states at times spaced evenly in the logarithm, positions not wrapped. */
  readonly paths: { readonly t: readonly number[]; readonly particles: readonly (readonly (readonly number[])[])[] };
  /** η over the domain at the end, where the domain is a circle. */
  readonly curve: { readonly theta: readonly number[]; readonly eta: readonly number[] } | null;
  /** Where the data came from and the like. */
  readonly notes: readonly string[];
  readonly warnings: readonly string[];
}

/** One discrete run beside the flow. */
export interface StepRow {
  readonly method: string;
  /** η in flow time, and the same as a raw learning rate on ∇F_m, η·m. */
  readonly step: number;
  readonly rate: number;
  /** η divided by 2/ρ. */
  readonly ofLimit: number;
  /** sup over k of |u_k − u(kη)|_m, and the same divided by the displacement scale of the flow. */
  readonly distance: number;
  readonly relativeDistance: number;
  readonly finalEnergy: number;
  /** F at the end minus the reference value. */
  readonly excess: number;
  readonly stable: boolean;
  readonly rises: number;
  readonly largestRise: number;
  readonly outcome: Code;
  /**
   * When it leaves the flow: where the sharpness of the flow first exceeds what η allows, and when the distance first exceeds 1 % of the
   * displacement scale. Null: never.
   */
  readonly leaves?: { readonly predicted: number | null; readonly actual: number | null } | undefined;
  /** F − reference along t, thinned for pictures. */
  readonly curve: { readonly t: readonly number[]; readonly excess: readonly number[] };
}

export interface MethodSummary {
  readonly method: string;
  /** Slope of log distance against log η over the rows named. Null when fewer than two rows fit. */
  readonly order: number | null;
  readonly fittedOver: readonly number[];
  /** The largest η found stable and the smallest found unstable (bisection to 1%); null when not looked for or not bracketed. */
  readonly largestStable: {
    readonly step: number;
    readonly rate: number;
    readonly ofLimit: number;
    readonly unstableAt: number;
  } | null;
}

/** What each step size does, against the flow. */
export interface StepsizeResult {
  readonly particles: number;
  readonly end: number;
  /** ρ of the active Jacobian at the end of the flow; the limit 2/ρ. */
  readonly radius: number;
  readonly limitStep: number;
  readonly limitRate: number;
  /** The value "stable" is measured against: final F − value ≤ 1e-3·|value|. */
  readonly reference: { readonly value: number; readonly source: string };
  readonly rows: readonly StepRow[];
  readonly methods: readonly MethodSummary[];
}

/** A bracket of F* from merged, Newton-polished spikes. */
export interface Minimum {
  /** F of the polished spikes: F* ≤ upper. */
  readonly upper: number;
  /** Its dual value: F* ≥ lower. */
  readonly lower: number;
  readonly spikes: readonly Spike[];
  /** Particle count of the run it was polished from. */
  readonly from: number;
}

/** Noisy particles: what the free energy F + τ∫ρ log ρ is made of, ρ the law of a particle. */
export interface FreeEnergy {
  readonly temperature: number;
  /** The distance to this neighbour estimates ρ. */
  readonly neighbours: number;
  readonly t: readonly number[];
  readonly energy: readonly number[];
  /** −∫ρ log ρ and its standard error of sampling; −∞ where particles coincide. */
  readonly entropy: readonly number[];
  readonly standardError: readonly number[];
}

/** One seed of an ensemble: F at the times looked at, or at the first iterates of a method of fixed step that reach them. */
export interface Member {
  readonly t: readonly number[];
  readonly energy: readonly number[];
  readonly code: Code;
}

/** The same experiment under many seeds; mean and band are those of the members that came to the end. */
export interface Ensemble {
  readonly particles: number;
  readonly seeds: number;
  /** Members that did not come to the end, or to a number. */
  readonly failed: number;
  /** Whether each seed also draws its own start. */
  readonly starts: 'same' | 'drawn';
  /** Each seed also draws its own data. */
  readonly data?: 'drawn' | undefined;
  readonly t: readonly number[];
  /** Of F. */
  readonly mean: readonly number[];
  /** Standard deviation over the members; that of the mean is this over √seeds. */
  readonly deviation: readonly number[];
  /** The band: quantiles of F over the members, of these levels. */
  readonly levels: readonly [low: number, high: number];
  readonly low: readonly number[];
  readonly high: readonly number[];
  readonly members: readonly Member[];
}

/** One or several runs of the same problem, and what step sizes do to it: the input of the report. */
export interface Study {
  readonly format: 'pgf-study-1';
  readonly name: string;
  readonly title: string;
  readonly note: string;
  /** The resolved experiment file that reproduces this. */
  readonly spec: Experiment;
  readonly runs: readonly RunResult[];
  /** One for each run, where seeds are compared. */
  readonly ensembles?: readonly Ensemble[] | undefined;
  readonly stepsize: StepsizeResult | null;
  /** Why there is no comparison although one was asked for. */
  readonly stepsizeFailure: string | null;
  readonly minimum: Minimum | null;
  /** Spikes [weight, position] the observation was made from. */
  readonly truth: readonly (readonly [number, number])[] | null;
  readonly manifest: {
    readonly version: string;
    readonly node: string;
    readonly command: string;
    readonly seconds: number;
    readonly created: string;
    readonly interrupted: boolean;
  };
}
