/**
 * AssemblyScript, not TypeScript: two doubles at a time. The activations are branch-free and of one division each.
 */

export const RELU = 0;
export const SIGMOID = 1;
export const TANH = 2;

/** a·b + c: rounded twice, or as the processor likes in modules built with relaxed SIMD. */
// @ts-ignore: decorator
@inline
export function madd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f64x2.relaxed_madd(a, b, c);
  return f64x2.add(f64x2.mul(a, b), c);
}

// @ts-ignore: decorator
@inline
export function splatAt(at: usize): v128 {
  return v128.load64_splat(at);
}

// @ts-ignore: decorator
@inline
export function sumOf(a: v128): f64 {
  return f64x2.extract_lane(a, 0) + f64x2.extract_lane(a, 1);
}

// e^x = 2^k (Q + rP)/(Q − rP), x = k log 2 + r, P and Q polynomials in r² (Moshier, Cephes `exp.c`, 1989).
/** 1.5·2⁵²: added to a small number it leaves its nearest integer in the lowest bits. */
const ROUNDING: f64 = 6755399441055744;
const LOG2_E: f64 = 1.4426950408889634;
const LOG_2_HIGH: f64 = 6.93145751953125e-1;
const LOG_2_LOW: f64 = 1.42860682030941723212e-6;
/** e^±700 are far from overflow and underflow. */
const LARGEST: f64 = 700;

/** ROUNDING + k, k the whole number nearest to x/log 2. */
// @ts-ignore: decorator
@inline
function shifted(x: v128): v128 {
  return madd(x, f64x2.splat(LOG2_E), f64x2.splat(ROUNDING));
}

// @ts-ignore: decorator
@inline
function remainder(x: v128, k: v128): v128 {
  return madd(k, f64x2.splat(-LOG_2_LOW), madd(k, f64x2.splat(-LOG_2_HIGH), x));
}

// @ts-ignore: decorator
@inline
function power(bits: v128): v128 {
  return i64x2.shl(i64x2.add(bits, i64x2.splat(1023)), 52);
}

// Both in pairs of terms (Estrin): a processor waits for the chain of these operations rather than for their number.
/** r·P(r²) */
// @ts-ignore: decorator
@inline
function odd(r: v128, r2: v128): v128 {
  const p = madd(f64x2.splat(1.26177193074810590878e-4), r2, f64x2.splat(3.02994407707441961300e-2));
  return madd(f64x2.mul(r, r2), p, r);
}

/** Q(r²) */
// @ts-ignore: decorator
@inline
function even(r2: v128): v128 {
  const q = madd(f64x2.splat(3.00198505138664455042e-6), r2, f64x2.splat(2.52448340349684104192e-3));
  return madd(f64x2.mul(r2, r2), q, madd(f64x2.splat(2.27265548208155028766e-1), r2, f64x2.splat(2)));
}

// @ts-ignore: decorator
@inline
function clamped(x: v128): v128 {
  return f64x2.pmax(f64x2.pmin(x, f64x2.splat(LARGEST)), f64x2.splat(-LARGEST));
}

// σ in two halves, for loops that do the first half of many numbers and then the second: each half is a chain short enough that a processor
// has several of them under way.
/** ROUNDING + k for σ(z): z is clamped, NaN stays NaN. */
// @ts-ignore: decorator
@inline
export function exponentOf(kind: i32, z: v128): v128 {
  return shifted(argument(kind, z));
}

/** r for σ(z), from the exponent above. */
// @ts-ignore: decorator
@inline
export function remainderOf(kind: i32, z: v128, bits: v128): v128 {
  return remainder(argument(kind, z), f64x2.sub(bits, f64x2.splat(ROUNDING)));
}

/** Of the exponential: z, or 2z for tanh. */
// @ts-ignore: decorator
@inline
function argument(kind: i32, z: v128): v128 {
  return clamped(kind == TANH ? f64x2.add(z, z) : z);
}

/** σ(z) from the two: 1/(1 + e^{−z}), or (e^{2z} − 1)/(e^{2z} + 1) without cancellation near 0, where k = 0. */
// @ts-ignore: decorator
@inline
export function activatedFrom(kind: i32, bits: v128, r: v128): v128 {
  const r2 = f64x2.mul(r, r);
  const p = odd(r, r2);
  const q = even(r2);
  const t = power(bits);
  if (kind == SIGMOID) {
    const top = f64x2.mul(t, f64x2.add(q, p));
    return f64x2.div(top, f64x2.add(top, f64x2.sub(q, p)));
  }
  const less = f64x2.sub(t, f64x2.splat(1));
  const more = f64x2.add(t, f64x2.splat(1));
  return f64x2.div(madd(less, q, f64x2.mul(more, p)), madd(more, q, f64x2.mul(less, p)));
}

/** σ(z); `kind` is a constant where it is called, so that one branch remains. */
// @ts-ignore: decorator
@inline
export function activated(kind: i32, z: v128): v128 {
  if (kind == RELU) return f64x2.pmax(z, f64x2.splat(0));
  const bits = exponentOf(kind, z);
  return activatedFrom(kind, bits, remainderOf(kind, z, bits));
}

/** r·σ′ from s = σ(z). */
// @ts-ignore: decorator
@inline
export function pulled(kind: i32, r: v128, s: v128): v128 {
  if (kind == RELU) return v128.and(f64x2.gt(s, f64x2.splat(0)), r);
  if (kind == SIGMOID) return f64x2.mul(r, f64x2.sub(s, f64x2.mul(s, s)));
  return f64x2.mul(r, f64x2.sub(f64x2.splat(1), f64x2.mul(s, s)));
}

/** 1/(1 + e^{−z}) of one number. */
export function logistic(z: f64): f64 {
  return f64x2.extract_lane(activated(SIGMOID, f64x2.splat(z)), 0);
}

/** e^z of one number. */
export function exponential(z: f64): f64 {
  const x = clamped(f64x2.splat(z));
  const bits = shifted(x);
  const r = remainder(x, f64x2.sub(bits, f64x2.splat(ROUNDING)));
  const r2 = f64x2.mul(r, r);
  const p = odd(r, r2);
  const q = even(r2);
  return f64x2.extract_lane(f64x2.mul(power(bits), f64x2.div(f64x2.add(q, p), f64x2.sub(q, p))), 0);
}
