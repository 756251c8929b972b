/** AssemblyScript: cos and sin of 2πθ, two at a time (Moshier, Cephes `sin.c`, 1989), the reduction by whole and quarter turns exact. */
import { madd } from './arithmetic';

/** 1.5·2⁵²: added to a small number it leaves its nearest integer in the lowest bits. */
const ROUNDING: f64 = 6755399441055744;
const HALF_PI: f64 = 1.5707963267948966;

/** Quarter turns in [−2, 2]. */
// @ts-ignore: decorator
@inline
export function reduced(theta: v128): v128 {
  return f64x2.mul(f64x2.sub(theta, f64x2.nearest(theta)), f64x2.splat(4));
}

/** ROUNDING + the nearest whole number of quarter turns. */
// @ts-ignore: decorator
@inline
export function quadrant(turns: v128): v128 {
  return f64x2.add(turns, f64x2.splat(ROUNDING));
}

/** The angle in [−π/4, π/4] beyond the whole quarter turns. */
// @ts-ignore: decorator
@inline
function angle(turns: v128, q: v128): v128 {
  return f64x2.mul(f64x2.sub(turns, f64x2.sub(q, f64x2.splat(ROUNDING))), f64x2.splat(HALF_PI));
}

/** Of the angle alone. */
// @ts-ignore: decorator
@inline
export function sines(turns: v128, q: v128): v128 {
  const x = angle(turns, q);
  const z = f64x2.mul(x, x);
  let p = madd(f64x2.splat(1.58962301576546568060e-10), z, f64x2.splat(-2.50507477628578072866e-8));
  p = madd(p, z, f64x2.splat(2.75573136213857245213e-6));
  p = madd(p, z, f64x2.splat(-1.98412698295895385996e-4));
  p = madd(p, z, f64x2.splat(8.33333333332211858878e-3));
  p = madd(p, z, f64x2.splat(-1.66666666666666307295e-1));
  return madd(f64x2.mul(p, z), x, x);
}

/** Of the angle alone. */
// @ts-ignore: decorator
@inline
export function cosines(turns: v128, q: v128): v128 {
  const x = angle(turns, q);
  const z = f64x2.mul(x, x);
  let p = madd(f64x2.splat(-1.13585365213876817300e-11), z, f64x2.splat(2.08757008419747316778e-9));
  p = madd(p, z, f64x2.splat(-2.75573141792967388112e-7));
  p = madd(p, z, f64x2.splat(2.48015872888517045348e-5));
  p = madd(p, z, f64x2.splat(-1.38888888888730564116e-3));
  p = madd(p, z, f64x2.splat(4.16666666666665929218e-2));
  return madd(f64x2.mul(p, z), z, f64x2.sub(f64x2.splat(1), f64x2.mul(z, f64x2.splat(0.5))));
}

/** All ones where the number of quarter turns is odd: cos and sin change places. */
// @ts-ignore: decorator
@inline
function odd(q: v128): v128 {
  return i64x2.shr_s(i64x2.shl(q, 63), 63);
}

/** The second lowest bit as a sign. */
// @ts-ignore: decorator
@inline
function sign(q: v128): v128 {
  return v128.and(i64x2.shl(q, 62), i64x2.splat(0x8000000000000000));
}

// @ts-ignore: decorator
@inline
export function turnedCosines(c: v128, s: v128, q: v128): v128 {
  return v128.xor(v128.bitselect(s, c, odd(q)), sign(i64x2.add(q, i64x2.splat(1))));
}

// @ts-ignore: decorator
@inline
export function turnedSines(c: v128, s: v128, q: v128): v128 {
  return v128.xor(v128.bitselect(c, s, odd(q)), sign(q));
}
