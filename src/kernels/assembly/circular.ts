/** AssemblyScript: cos and sin of 2πθ (Moshier, Cephes `sin.c`, 1989), the reduction by whole and quarter turns exact. */
import { madd, nmadd } from './arithmetic';

/** 1.5·2⁵²: added to a small number it leaves its nearest integer in the lowest bits. */
const ROUNDING: f64 = 6755399441055744;
const HALF_PI: f64 = 1.5707963267948966;

/** Quarter turns in [−2, 2]. */
// @ts-ignore: decorator
@inline
function reduced(theta: v128): v128 {
  return f64x2.mul(f64x2.sub(theta, f64x2.nearest(theta)), f64x2.splat(4));
}

/** ROUNDING + the nearest whole number of quarter turns. */
// @ts-ignore: decorator
@inline
function quadrant(turns: v128): v128 {
  return f64x2.add(turns, f64x2.splat(ROUNDING));
}

/** The angle in [−π/4, π/4] beyond the whole quarter turns. */
// @ts-ignore: decorator
@inline
function angle(turns: v128, q: v128): v128 {
  return f64x2.mul(f64x2.sub(turns, f64x2.sub(q, f64x2.splat(ROUNDING))), f64x2.splat(HALF_PI));
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

/** cos and sin of an angle c + is, turned by whole quarters, to `at` and `at` + 16. */
// @ts-ignore: decorator
@inline
function store(at: usize, c: v128, s: v128, q: v128): void {
  const swap = odd(q);
  v128.store(at, v128.xor(v128.bitselect(s, c, swap), sign(i64x2.add(q, i64x2.splat(1)))));
  v128.store(at + 16, v128.xor(v128.bitselect(c, s, swap), sign(q)));
}

/** e^{2πiθ} of four vectors, each as cos and sin: a constant is made once for all four. */
// @ts-ignore: decorator
@inline
export function turn4(a: v128, b: v128, c: v128, d: v128, at: usize): void {
  const au = reduced(a);
  const bu = reduced(b);
  const cu = reduced(c);
  const du = reduced(d);
  const aq = quadrant(au);
  const bq = quadrant(bu);
  const cq = quadrant(cu);
  const dq = quadrant(du);
  const ax = angle(au, aq);
  const bx = angle(bu, bq);
  const cx = angle(cu, cq);
  const dx = angle(du, dq);
  const az = f64x2.mul(ax, ax);
  const bz = f64x2.mul(bx, bx);
  const cz = f64x2.mul(cx, cx);
  const dz = f64x2.mul(dx, dx);
  let k = f64x2.splat(1.58962301576546568060e-10);
  let next = f64x2.splat(-2.50507477628578072866e-8);
  let as = madd(k, az, next);
  let bs = madd(k, bz, next);
  let cs = madd(k, cz, next);
  let ds = madd(k, dz, next);
  k = f64x2.splat(2.75573136213857245213e-6);
  as = madd(as, az, k);
  bs = madd(bs, bz, k);
  cs = madd(cs, cz, k);
  ds = madd(ds, dz, k);
  k = f64x2.splat(-1.98412698295895385996e-4);
  as = madd(as, az, k);
  bs = madd(bs, bz, k);
  cs = madd(cs, cz, k);
  ds = madd(ds, dz, k);
  k = f64x2.splat(8.33333333332211858878e-3);
  as = madd(as, az, k);
  bs = madd(bs, bz, k);
  cs = madd(cs, cz, k);
  ds = madd(ds, dz, k);
  k = f64x2.splat(-1.66666666666666307295e-1);
  as = madd(as, az, k);
  bs = madd(bs, bz, k);
  cs = madd(cs, cz, k);
  ds = madd(ds, dz, k);
  as = madd(f64x2.mul(as, az), ax, ax);
  bs = madd(f64x2.mul(bs, bz), bx, bx);
  cs = madd(f64x2.mul(cs, cz), cx, cx);
  ds = madd(f64x2.mul(ds, dz), dx, dx);
  k = f64x2.splat(-1.13585365213876817300e-11);
  next = f64x2.splat(2.08757008419747316778e-9);
  let ac = madd(k, az, next);
  let bc = madd(k, bz, next);
  let cc = madd(k, cz, next);
  let dc = madd(k, dz, next);
  k = f64x2.splat(-2.75573141792967388112e-7);
  ac = madd(ac, az, k);
  bc = madd(bc, bz, k);
  cc = madd(cc, cz, k);
  dc = madd(dc, dz, k);
  k = f64x2.splat(2.48015872888517045348e-5);
  ac = madd(ac, az, k);
  bc = madd(bc, bz, k);
  cc = madd(cc, cz, k);
  dc = madd(dc, dz, k);
  k = f64x2.splat(-1.38888888888730564116e-3);
  ac = madd(ac, az, k);
  bc = madd(bc, bz, k);
  cc = madd(cc, cz, k);
  dc = madd(dc, dz, k);
  k = f64x2.splat(4.16666666666665929218e-2);
  ac = madd(ac, az, k);
  bc = madd(bc, bz, k);
  cc = madd(cc, cz, k);
  dc = madd(dc, dz, k);
  k = f64x2.splat(0.5);
  next = f64x2.splat(1);
  ac = madd(f64x2.mul(ac, az), az, nmadd(az, k, next));
  bc = madd(f64x2.mul(bc, bz), bz, nmadd(bz, k, next));
  cc = madd(f64x2.mul(cc, cz), cz, nmadd(cz, k, next));
  dc = madd(f64x2.mul(dc, dz), dz, nmadd(dz, k, next));
  store(at + 0, ac, as, aq);
  store(at + 32, bc, bs, bq);
  store(at + 64, cc, cs, cq);
  store(at + 96, dc, ds, dq);
}
