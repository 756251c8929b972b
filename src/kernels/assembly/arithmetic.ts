/**
 * AssemblyScript, not TypeScript: two doubles at a time, or four numbers of single precision where T is f32. The activations are branch-free
 * and of one division each.
 */

export const RELU = 0;
export const SIGMOID = 1;
export const TANH = 2;

/** a·b + c: rounded twice, or as the processor likes in modules built with relaxed SIMD. */
// @ts-ignore: decorator
@inline
export function madd<T = f64>(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return v128.relaxed_madd<T>(a, b, c);
  return v128.add<T>(v128.mul<T>(a, b), c);
}

/** c − a·b, likewise. */
// @ts-ignore: decorator
@inline
export function nmadd<T = f64>(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return v128.relaxed_nmadd<T>(a, b, c);
  return v128.sub<T>(c, v128.mul<T>(a, b));
}

// @ts-ignore: decorator
@inline
export function splatAt<T = f64>(at: usize): v128 {
  return v128.load_splat<T>(at);
}

// @ts-ignore: decorator
@inline
export function sumOf(a: v128): f64 {
  return f64x2.extract_lane(a, 0) + f64x2.extract_lane(a, 1);
}

/** x where single precision has it; NaN where that overflows, so that no kernel can saturate on it. */
// @ts-ignore: decorator
@inline
export function rounded<T>(x: f64): T {
  if (sizeof<T>() == 8) return <T>x;
  const y = <f32>x;
  return <T>(y + (y - y));
}

/** The sum of the lanes of either precision; NaN where one of single precision overflowed. */
// @ts-ignore: decorator
@inline
export function laneSum<T>(a: v128): f64 {
  if (sizeof<T>() == 8) return sumOf(a);
  const first = <f64>f32x4.extract_lane(a, 0) + <f64>f32x4.extract_lane(a, 1);
  const sum = first + (<f64>f32x4.extract_lane(a, 2) + <f64>f32x4.extract_lane(a, 3));
  return sum + (sum - sum);
}

// 2^x = 2^k (Q + rP)/(Q − rP), x = k + r, P and Q polynomials in r² (Moshier, Cephes `exp2.c`, 1989). Numbers whose activation is asked
// for come in units of log 2, for the directions have been multiplied once: then r is exact and costs no product.
/** 1.5·2⁵²: added to a small number it leaves its nearest integer in the lowest bits. */
export const ROUNDING: f64 = 6755399441055744;
const LOG2_E: f64 = 1.4426950408889634;
/** 2^±1010 are neither too large nor too small, times Q too. */
const LARGEST: f64 = 1010;

// In single precision Q is 1 and P the polynomial of second degree in r² whose relative distance from tanh(½r log 2)/r on |r| ≤ ½ is least,
// 4.5e-8 (Remez 1934): 2^r is off by 1.6e-8 of itself at most.
/** 1.5·2²³ */
const ROUNDING_SINGLE: f32 = 12582912;
const LARGEST_SINGLE: f32 = 125;

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
export function constantsSingle(_table: usize, _task: usize, _thread: usize): void {
  store<f32>(CONSTANTS, LARGEST_SINGLE);
  store<f32>(CONSTANTS, -LARGEST_SINGLE, 4);
  store<f32>(CONSTANTS, ROUNDING_SINGLE, 8);
  store<f32>(CONSTANTS, 6.546898175587817e-4, 12);
  store<f32>(CONSTANTS, -1.3874907958641478e-2, 16);
  store<f32>(CONSTANTS, 3.465735747544954e-1, 20);
  store<f32>(CONSTANTS, 1, 32);
}
// @ts-ignore: decorator
@inline
export function largest<T>(): v128 {
  return v128.load_splat<T>(CONSTANTS);
}
// @ts-ignore: decorator
@inline
export function least<T>(): v128 {
  return v128.load_splat<T>(CONSTANTS, sizeof<T>());
}
// @ts-ignore: decorator
@inline
export function rounding<T>(): v128 {
  return v128.load_splat<T>(CONSTANTS, 2 * sizeof<T>());
}
/** The coefficients of P and Q, the highest first, and 1. */
// @ts-ignore: decorator
@inline
export function coefficient<T>(k: usize): v128 {
  return v128.load_splat<T>(CONSTANTS + (3 + k) * sizeof<T>());
}

// σ in two halves, for loops that do the first half of many numbers and then the second: each half is a chain short enough that a processor
// has several of them under way.
/** z where 2^z is a number; NaN stays NaN. */
// @ts-ignore: decorator
@inline
export function clamped<T>(z: v128, high: v128, low: v128): v128 {
  return v128.pmax<T>(v128.pmin<T>(z, high), low);
}

/**
 * σ(z) from bits = ROUNDING + k and r: 1/(1 + e^{−z}) of z in units of log 2, or (e^{2z} − 1)/(e^{2z} + 1) of 2z in units of log 2,
 * without cancellation near 0, where k = 0.
 */
// @ts-ignore: decorator
@inline
export function activatedFrom<T>(kind: i32, bits: v128, r: v128, p0: v128, p1: v128, p2: v128, q1: v128, q2: v128, one: v128): v128 {
  const r2 = v128.mul<T>(r, r);
  const p = v128.mul<T>(r, madd<T>(madd<T>(p0, r2, p1), r2, p2));
  const q = sizeof<T>() == 8 ? madd<T>(v128.add<T>(r2, q1), r2, q2) : one;
  if (kind == SIGMOID) {
    const top = scaled<T>(v128.add<T>(q, p), bits);
    return v128.div<T>(top, v128.add<T>(top, v128.sub<T>(q, p)));
  }
  const t = scaled<T>(one, bits);
  const less = v128.sub<T>(t, one);
  const more = v128.add<T>(t, one);
  if (sizeof<T>() == 4) return v128.div<T>(madd<T>(more, p, less), madd<T>(less, p, more));
  return v128.div<T>(madd<T>(less, q, v128.mul<T>(more, p)), madd<T>(more, q, v128.mul<T>(less, p)));
}

/** 2^k·x by its exponent: x is positive, and far from overflow and underflow. */
// @ts-ignore: decorator
@inline
function scaled<T>(x: v128, bits: v128): v128 {
  if (sizeof<T>() == 8) return i64x2.add(x, i64x2.shl(bits, 52));
  return i32x4.add(x, i32x4.shl(bits, 23));
}

/** max(0, z) */
// @ts-ignore: decorator
@inline
export function rectified<T>(z: v128): v128 {
  return v128.pmax<T>(z, v128.splat<T>(0));
}

/** r·σ′ from s = σ(z). */
// @ts-ignore: decorator
@inline
export function pulled<T>(kind: i32, r: v128, s: v128): v128 {
  if (kind == RELU) return v128.and(v128.gt<T>(s, v128.splat<T>(0)), r);
  return v128.mul<T>(r, nmadd<T>(s, s, kind == SIGMOID ? s : v128.splat<T>(1)));
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
