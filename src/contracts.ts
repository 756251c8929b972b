/** Contracts of what a particle is: the domain it lives in, its penalty and its metric. No code lives here. */

export type Vec = Float64Array;

/** One entry per kink: −1 or +1 (the smooth piece on that side), 0 (the state rests on the kink). */
export type Branch = Int8Array;

/** How one coordinate of a particle lives: on the real line, on a circle of length `period`, in [from, to], or on one side of a bound. */
export type Coordinate =
  | { readonly kind: 'line' }
  | { readonly kind: 'period'; readonly period: number }
  | { readonly kind: 'interval'; readonly from: number; readonly to: number }
  | { readonly kind: 'half-line'; readonly from: number; readonly to?: undefined }
  | { readonly kind: 'half-line'; readonly to: number; readonly from?: undefined };
/** One entry per coordinate, with the name shown on axes. */
export type Domain = readonly (Coordinate & { readonly name: string })[];

/** Ṽ ≥ 0, a function of all coordinates of a particle but one. All methods act on the whole state of m particles. */
export interface Modulation {
  /** out: m numbers Ṽ(uᵢ) */
  valuesInto(y: Vec, m: number, out: Vec): void;
  /** out: m·dim numbers, rows ∇Ṽ(uᵢ), of least norm where Ṽ has a kink */
  gradientInto(y: Vec, m: number, out: Vec): void;
  /** out: rows Ṽ″(uᵢ) xᵢ */
  curvatureInto?(y: Vec, m: number, x: Vec, out: Vec): void;
  /** Ṽ = |θ|: where all coordinates but the one of |w| are 0 a particle rests there while |ṽ_θ| ≤ weight·|w|. */
  readonly norm?: boolean;
}

/** V: one non-negative function per particle. All methods act on the whole state of m particles. */
export interface Penalty {
  readonly name: string;
  /** Σᵢ V(uᵢ) (not divided by m). */
  value(y: Vec, m: number): number;
  /** In place: each force ṽᵢ becomes ṽᵢ − proj_{∂V(uᵢ)}(ṽᵢ), the minimal-norm selection (Chizat & Bach 2018, eq. 5). */
  minNormInto(y: Vec, m: number, force: Vec): void;
  /** out: rows argmin_z V(z) + |z − uᵢ|²/(2·step) */
  proxInto?(y: Vec, m: number, step: number, out: Vec): void;
  /** V acts on each coordinate alone and is convex in it, so that bounds clip its proximal map exactly. */
  readonly separable?: boolean;
  /**
   * V = weight·|u[coordinate]|·Ṽ, Ṽ the modulation (1 when left out), +∞ below 0 when `nonnegative`, exactly: the flow's kinks.
   * A smooth rest belongs into the field.
   */
  readonly absolute?: {
    readonly coordinate: number;
    readonly weight: number;
    readonly nonnegative?: boolean;
    readonly modulation?: Modulation;
  };
  /** V = variation·|mass| for a smooth chart of the mass, such as w = r|r|: what |η| may be at most at the optimum. */
  readonly variation?: number;
  /** out: rows V″(uᵢ) xᵢ where V is twice differentiable; left out when V″ = 0 off the kinks. `side`: m signs of the coordinate of |w|. */
  curvatureInto?(y: Vec, m: number, x: Vec, out: Vec, side?: Branch): void;
}

/** A metric on particles other than |du|². Both methods act on the whole state of m particles. */
export interface Metric {
  readonly name: string;
  /** In place: rows of minus a differential become rows of minus the gradient. */
  raiseInto(y: Vec, m: number, force: Vec): void;
  /** Σᵢ |vᵢ|² in the metric at uᵢ. */
  square(y: Vec, m: number, v: Vec): number;
}

/** The margins of all kinks at a state. */
export interface MarginsAt {
  /** Kinks in ascending order, with all among them whose margin is negative. */
  suspects(): Iterable<number>;
  of(k: number): number;
}

/** R(f) = Σ ℓ(f_k, y_k)/scale with ℓ = (f − y)²/2 or log(1 + exp(−yf)). */
export interface LossTerms {
  readonly kind: 'square' | 'logistic';
  readonly targets: Vec;
  readonly scale: number;
}

/** What sums and products are computed in: IEEE 754 binary64 or binary32. */
export type Precision = 'double' | 'single';

/** Φ and R put together for m particles, in memory of its own; its arrays are copied in and out. */
export interface FusedField {
  /** What runs: strict has the same bits on every machine. */
  readonly tier: string;
  /** Of all between the numbers that go in and those that come out; double where left out. */
  readonly precision?: Precision;
  /** out: m·dim numbers, rows −DΦ(uᵢ)ᵀ R′(f), f = (1/m) Σ Φ(uᵢ); gives R(f) */
  forceInto(y: Vec, out: Vec): number;
  /** R(f) */
  energy(y: Vec): number;
  /** f: size numbers, (1/m) Σ Φ(uᵢ) */
  sumInto(y: Vec, f: Vec): void;
  /** out: m·dim numbers, rows DΦ(uᵢ)ᵀ g */
  pullbackInto(y: Vec, g: Vec, out: Vec): void;
}

/**
 * Charges w at places b in ℝ^d that interact by a kernel k: K(a) = scale·Σⱼ wⱼ k(a, bⱼ), the scale given where they are opened. Rows are of 1 + d numbers [w, b]; those of the charges are kept, not
 * copied, and must stay as they are until the next call of `pullInto`.
 */
export interface Interaction {
  /** out: rows [K, w∇K] at the charges themselves, the gradient of w K(b) in (w, b) with the others' part in K held */
  pullInto(charges: Vec, out: Vec): void;
  /** The same at `count` points, from the charges of the last call */
  pullAtInto(points: Vec, count: number, out: Vec): void;
  /** out: how the rows of the last `pullInto` change as all charges move along `moves`, rows [dw, db] */
  pullRateInto(moves: Vec, out: Vec): void;
}

/**
 * The measures on places that particles stand for: Φ(u) = a φ(place), and what a mass a costs at least. Optimality asks ⟨−R′, φ⟩ ≤ price
 * everywhere, and ≥ −price where masses of both signs are allowed.
 */
export interface Spikes {
  /** ∫V = price·|a| for the cheapest u; 0 without V. */
  readonly price: number;
  readonly nonnegative?: boolean;
  /** The coordinate of the mass: φ is Φ with 1 there, and the place is the others. Left out: a particle is its own place. */
  readonly weight?: number;
  /** Places have length 1, Φ being homogeneous in them. */
  readonly directions?: boolean;
}
