/**
 * AssemblyScript: cos and sin of 2πθ. Whole and half turns are taken off exactly, what is left is halved, so that it lies in [−π/4, π/4]
 * (Moshier, Cephes `sin.c`, 1989), and doubled again: no quadrant has to be told from another.
 */
import { madd, nmadd } from './arithmetic';

const HALF_PI: f64 = 1.5707963267948966;

/** Half turns in [−1, 1]. */
// @ts-ignore: decorator
@inline
function halves(theta: v128): v128 {
  const t = f64x2.sub(theta, f64x2.nearest(theta));
  return f64x2.add(t, t);
}

/** (−1)^q, q = −1, 0, 1 */
// @ts-ignore: decorator
@inline
function sign(q: v128): v128 {
  return nmadd(f64x2.add(q, q), q, f64x2.splat(1));
}

/** cos and sin of twice an angle, times a sign, to `at` and `at` + 16. */
// @ts-ignore: decorator
@inline
function store(at: usize, c: v128, s: v128, q: v128): void {
  const turned = sign(q);
  const twice = f64x2.mul(turned, f64x2.add(s, s));
  v128.store(at, nmadd(twice, s, turned));
  v128.store(at + 16, f64x2.mul(twice, c));
}

// Polynomials in z = x², by pairs of terms: a processor waits for the chain of operations rather than for their number.
/** sin x */
// @ts-ignore: decorator
@inline
function sine(x: v128, z: v128, square: v128): v128 {
  const a = madd(f64x2.splat(1.58962301576546568060e-10), z, f64x2.splat(-2.50507477628578072866e-8));
  const b = madd(f64x2.splat(2.75573136213857245213e-6), z, f64x2.splat(-1.98412698295895385996e-4));
  const c = madd(f64x2.splat(8.33333333332211858878e-3), z, f64x2.splat(-1.66666666666666307295e-1));
  return madd(madd(madd(a, square, b), square, c), f64x2.mul(x, z), x);
}

/** cos x */
// @ts-ignore: decorator
@inline
function cosine(z: v128, square: v128): v128 {
  const a = madd(f64x2.splat(-1.13585365213876817300e-11), z, f64x2.splat(2.08757008419747316778e-9));
  const b = madd(f64x2.splat(-2.75573141792967388112e-7), z, f64x2.splat(2.48015872888517045348e-5));
  const c = madd(f64x2.splat(-1.38888888888730564116e-3), z, f64x2.splat(4.16666666666665929218e-2));
  return madd(madd(madd(a, square, b), square, c), square, nmadd(z, f64x2.splat(0.5), f64x2.splat(1)));
}

/** e^{2πiθ} of two vectors, each as cos and sin, `step` bytes from one to the next. */
// @ts-ignore: decorator
@inline
export function turn2(a: v128, b: v128, at: usize, step: usize): void {
  const au = halves(a);
  const bu = halves(b);
  const aq = f64x2.nearest(au);
  const bq = f64x2.nearest(bu);
  const ax = f64x2.mul(f64x2.sub(au, aq), f64x2.splat(HALF_PI));
  const bx = f64x2.mul(f64x2.sub(bu, bq), f64x2.splat(HALF_PI));
  const az = f64x2.mul(ax, ax);
  const bz = f64x2.mul(bx, bx);
  const as = f64x2.mul(az, az);
  const bs = f64x2.mul(bz, bz);
  store(at, cosine(az, as), sine(ax, az, as), aq);
  store(at + step, cosine(bz, bs), sine(bx, bz, bs), bq);
}
