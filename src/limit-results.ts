/** What `pgf limit` finds. No code. */
import type { Experiment } from './spec.js';
import type { Code } from './types.js';

/**
 * Distances between μ_{m,t} and the reference: W₂ of particles, MMD of particles, |f − f′| of what they represent, and ‖ν − ν′‖_BL of the
 * signed measures they project to.
 */
export type LimitMetric = 'w2' | 'mmd' | 'function' | 'bl';

export interface MetricUsed {
  readonly metric: LimitMetric;
  /** In full, with the kernel, the way it was found, whether it is an estimate. */
  readonly name: string;
}

/** A metric at one m and t, over the seeds. */
export interface LimitRow {
  readonly metric: LimitMetric;
  readonly particles: number;
  readonly t: number;
  readonly mean: number;
  /** Quantiles 0.1 and 0.9 over the seeds; the value itself for one. */
  readonly low: number;
  readonly high: number;
  readonly values: readonly number[];
}

/** The exponent p of mean ≈ C·m^p at one t, least squares in logarithms; null where fewer than three m have a distance. */
export interface LimitSlope {
  readonly metric: LimitMetric;
  readonly t: number;
  readonly slope: number | null;
  /** Standard error of the fit. */
  readonly error: number;
}

/** A run that did not get to the last time; it is left out. */
export interface LimitFailure {
  readonly particles: number;
  readonly seed: string;
  readonly code: Code;
  readonly message: string;
}

interface Manifest {
  readonly version: string;
  readonly node: string;
  readonly command: string;
  readonly seconds: number;
  readonly created: string;
  readonly interrupted: boolean;
}

interface Whole {
  readonly name: string;
  readonly title: string;
  readonly spec: Experiment;
  /** How the particles begin. */
  readonly start: string;
  readonly counts: readonly number[];
  readonly times: readonly number[];
  readonly failures: readonly LimitFailure[];
  readonly notes: readonly string[];
  readonly manifest: Manifest;
}

/** μ_{m,t} against a reference of many particles (Chizat & Bach 2018, Thm 2.6). */
export interface LimitStudy extends Whole {
  readonly format: 'pgf-limit-1';
  readonly reference: { readonly particles: number; readonly start: string };
  /** Starts drawn for each m; 1 where the start is not random. */
  readonly seeds: number;
  readonly metrics: readonly MetricUsed[];
  readonly rows: readonly LimitRow[];
  readonly slopes: readonly LimitSlope[];
}

/** F* between two numbers: `upper` is attained by a measure, `lower` is a dual value; or, where none is to be had, `upper` again, unproven. */
export interface Bracket {
  readonly lower: number;
  readonly upper: number;
  /** Whether the lower one is proven. */
  readonly proof: boolean;
  readonly source: string;
}

export type GridVerdict = 'global' | 'not-global' | 'unknown';

/** F(μ_{m,t}) for one kind of start. */
export interface GridCells {
  readonly start: string;
  /** One row for each m, one column for each t; NaN where a run failed. */
  readonly energy: readonly (readonly number[])[];
  /** At the last t, by the bracket alone or by the end's own certificate. */
  readonly verdicts: readonly GridVerdict[];
  /** F − F* ≥ this at the last t, proven. */
  readonly excessAtLeast: readonly number[];
}

/** F(μ_{m,t}) − F* over m and t (Chizat & Bach 2018, Thms 3.3 and 3.5). */
export interface GridStudy extends Whole {
  readonly format: 'pgf-limit-grid-1';
  readonly bracket: Bracket;
  /** What excesses are divided by, and which number that is. */
  readonly scale: number;
  readonly scaleName: string;
  readonly cells: GridCells;
  /** The same from another start, to which no theorem applies. */
  readonly control: GridCells | null;
}
