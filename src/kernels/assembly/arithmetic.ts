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

/** c − a·b, likewise. */
// @ts-ignore: decorator
@inline
export function nmadd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f64x2.relaxed_nmadd(a, b, c);
  return f64x2.sub(c, f64x2.mul(a, b));
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

// 2^x = 2^k (Q + rP)/(Q − rP), x = k + r, P and Q polynomials in r² (Moshier, Cephes `exp2.c`, 1989). Numbers whose activation is asked
// for come in units of log 2, for the directions have been multiplied once: then r is exact and costs no product.
/** 1.5·2⁵²: added to a small number it leaves its nearest integer in the lowest bits. */
export const ROUNDING: f64 = 6755399441055744;
const LOG2_E: f64 = 1.4426950408889634;
/** 2^±1010 are neither too large nor too small, times Q too. */
const LARGEST: f64 = 1010;

/**
 * Where the numbers below stand in a memory of kernels. A loop that takes them from there keeps them in registers; as constants an engine
 * would write each out again where it is used, in three instructions.
 */
const CONSTANTS: usize = 144;
export function constants(_table: usize, _task: usize, _thread: usize): void {
  store<f64>(CONSTANTS, LARGEST);
  store<f64>(CONSTANTS, -LARGEST, 8);
  store<f64>(CONSTANTS, ROUNDING, 16);
  store<f64>(CONSTANTS, 2.30933477057345225087e-2, 24);
  store<f64>(CONSTANTS, 2.0202065669316530770e1, 32);
  store<f64>(CONSTANTS, 1.51390680115615096133e3, 40);
  store<f64>(CONSTANTS, 2.33184211722314911771e2, 48);
  store<f64>(CONSTANTS, 4.36821166879210612817e3, 56);
  store<f64>(CONSTANTS, 1, 64);
}
// @ts-ignore: decorator
@inline
export function largest(): v128 {
  return v128.load64_splat(CONSTANTS);
}
// @ts-ignore: decorator
@inline
export function least(): v128 {
  return v128.load64_splat(CONSTANTS, 8);
}
// @ts-ignore: decorator
@inline
export function rounding(): v128 {
  return v128.load64_splat(CONSTANTS, 16);
}
/** The coefficients of P and Q, the highest first, and 1. */
// @ts-ignore: decorator
@inline
export function coefficient(k: usize): v128 {
  return v128.load64_splat(CONSTANTS + 24 + (k << 3));
}

// σ in two halves, for loops that do the first half of many numbers and then the second: each half is a chain short enough that a processor
// has several of them under way.
/** z where 2^z is a number; NaN stays NaN. */
// @ts-ignore: decorator
@inline
export function clamped(z: v128, high: v128, low: v128): v128 {
  return f64x2.pmax(f64x2.pmin(z, high), low);
}

/**
 * σ(z) from bits = ROUNDING + k and r: 1/(1 + e^{−z}) of z in units of log 2, or (e^{2z} − 1)/(e^{2z} + 1) of 2z in units of log 2,
 * without cancellation near 0, where k = 0.
 */
// @ts-ignore: decorator
@inline
export function activatedFrom(kind: i32, bits: v128, r: v128, p0: v128, p1: v128, p2: v128, q1: v128, q2: v128, one: v128): v128 {
  const r2 = f64x2.mul(r, r);
  const p = f64x2.mul(r, madd(madd(p0, r2, p1), r2, p2));
  const q = madd(f64x2.add(r2, q1), r2, q2);
  if (kind == SIGMOID) {
    const top = scaled(f64x2.add(q, p), bits);
    return f64x2.div(top, f64x2.add(top, f64x2.sub(q, p)));
  }
  const t = scaled(one, bits);
  const less = f64x2.sub(t, one);
  const more = f64x2.add(t, one);
  return f64x2.div(madd(less, q, f64x2.mul(more, p)), madd(more, q, f64x2.mul(less, p)));
}

/** 2^k·x by its exponent: x is positive, and far from overflow and underflow. */
// @ts-ignore: decorator
@inline
function scaled(x: v128, bits: v128): v128 {
  return i64x2.add(x, i64x2.shl(bits, 52));
}

/** max(0, z) */
// @ts-ignore: decorator
@inline
export function rectified(z: v128): v128 {
  return f64x2.pmax(z, f64x2.splat(0));
}

/** r·σ′ from s = σ(z). */
// @ts-ignore: decorator
@inline
export function pulled(kind: i32, r: v128, s: v128): v128 {
  if (kind == RELU) return v128.and(f64x2.gt(s, f64x2.splat(0)), r);
  return f64x2.mul(r, nmadd(s, s, kind == SIGMOID ? s : f64x2.splat(1)));
}

/** e^z of one number. */
export function exponential(z: f64): f64 {
  const x = min(max(z * LOG2_E, -LARGEST), LARGEST);
  const bits = x + ROUNDING;
  const r = x - (bits - ROUNDING);
  const r2 = r * r;
  const p = r * ((2.30933477057345225087e-2 * r2 + 2.0202065669316530770e1) * r2 + 1.51390680115615096133e3);
  const q = (r2 + 2.33184211722314911771e2) * r2 + 4.36821166879210612817e3;
  return reinterpret<f64>(reinterpret<i64>((q + p) / (q - p)) + (reinterpret<i64>(bits) << 52));
}

/** 1/(1 + e^{−z}) of one number. */
export function logistic(z: f64): f64 {
  return 1 / (1 + exponential(-z));
}
