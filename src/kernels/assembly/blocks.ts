/**
 * AssemblyScript: sums of products that stand in registers: eight or ten sums of two doubles, enough to hide the latency of two adders, and
 * with what they are made of as many as engines have. Every number is one sum in the order of its terms, so that no division of the work
 * changes a bit. `fresh`, a constant where a block is called: sums begin at 0, else at what stands at `out`.
 */
import { madd } from './arithmetic';

/**
 * Σ_t a_t b_tᵀ of one block, t < count: four numbers at a and four at b for each t, `stepA` and `stepB` bytes from one to the next. Four rows
 * at `out`, `stepOut` bytes apart.
 */
// @ts-ignore: decorator
@inline
export function block(fresh: bool, count: usize, a: usize, stepA: usize, b: usize, stepB: usize, out: usize, stepOut: usize): void {
  const zero = f64x2.splat(0);
  const out1 = out + stepOut;
  const out2 = out1 + stepOut;
  const out3 = out2 + stepOut;
  let s00 = fresh ? zero : v128.load(out);
  let s01 = fresh ? zero : v128.load(out, 16);
  let s10 = fresh ? zero : v128.load(out1);
  let s11 = fresh ? zero : v128.load(out1, 16);
  let s20 = fresh ? zero : v128.load(out2);
  let s21 = fresh ? zero : v128.load(out2, 16);
  let s30 = fresh ? zero : v128.load(out3);
  let s31 = fresh ? zero : v128.load(out3, 16);
  const end = a + count * stepA;
  while (a < end) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    const a0 = v128.load64_splat(a);
    s00 = madd(a0, b0, s00);
    s01 = madd(a0, b1, s01);
    const a1 = v128.load64_splat(a, 8);
    s10 = madd(a1, b0, s10);
    s11 = madd(a1, b1, s11);
    const a2 = v128.load64_splat(a, 16);
    s20 = madd(a2, b0, s20);
    s21 = madd(a2, b1, s21);
    const a3 = v128.load64_splat(a, 24);
    s30 = madd(a3, b0, s30);
    s31 = madd(a3, b1, s31);
    a += stepA;
    b += stepB;
  }
  v128.store(out, s00);
  v128.store(out, s01, 16);
  v128.store(out1, s10);
  v128.store(out1, s11, 16);
  v128.store(out2, s20);
  v128.store(out2, s21, 16);
  v128.store(out3, s30);
  v128.store(out3, s31, 16);
}

/** Rows of a block: a product that is rounded of itself takes a register, and leaves room for two sums less. */
export const NARROW: usize = ASC_FEATURE_RELAXED_SIMD ? 6 : 5;
/** Where the engine joins pairs of vectors into one of four doubles: these are eight sums. */
export const WIDE: usize = 8;

/** Σ_t x_t p_tᵀ, t < rows: `height` numbers at x and a panel of four at p for each t, one after the other; `height` rows at `out`. */
// @ts-ignore: decorator
@inline
function panel(height: usize, fresh: bool, rows: usize, x: usize, p: usize, out: usize): void {
  const zero = f64x2.splat(0);
  let z00 = fresh ? zero : v128.load(out);
  let z01 = fresh ? zero : v128.load(out, 16);
  let z10 = fresh ? zero : v128.load(out, 32);
  let z11 = fresh ? zero : v128.load(out, 48);
  let z20 = fresh ? zero : v128.load(out, 64);
  let z21 = fresh ? zero : v128.load(out, 80);
  let z30 = fresh ? zero : v128.load(out, 96);
  let z31 = fresh ? zero : v128.load(out, 112);
  let z40 = fresh ? zero : v128.load(out, 128);
  let z41 = fresh ? zero : v128.load(out, 144);
  let z50 = fresh || height <= 5 ? zero : v128.load(out, 160);
  let z51 = fresh || height <= 5 ? zero : v128.load(out, 176);
  let z60 = fresh || height <= 6 ? zero : v128.load(out, 192);
  let z61 = fresh || height <= 6 ? zero : v128.load(out, 208);
  let z70 = fresh || height <= 7 ? zero : v128.load(out, 224);
  let z71 = fresh || height <= 7 ? zero : v128.load(out, 240);
  const end = p + (rows << 5);
  while (p < end) {
    const p0 = v128.load(p);
    const p1 = v128.load(p, 16);
    const x0 = v128.load64_splat(x);
    z00 = madd(p0, x0, z00);
    z01 = madd(p1, x0, z01);
    const x1 = v128.load64_splat(x, 8);
    z10 = madd(p0, x1, z10);
    z11 = madd(p1, x1, z11);
    const x2 = v128.load64_splat(x, 16);
    z20 = madd(p0, x2, z20);
    z21 = madd(p1, x2, z21);
    const x3 = v128.load64_splat(x, 24);
    z30 = madd(p0, x3, z30);
    z31 = madd(p1, x3, z31);
    const x4 = v128.load64_splat(x, 32);
    z40 = madd(p0, x4, z40);
    z41 = madd(p1, x4, z41);
    if (height > 5) {
      const x5 = v128.load64_splat(x, 40);
      z50 = madd(p0, x5, z50);
      z51 = madd(p1, x5, z51);
    }
    if (height > 6) {
      const x6 = v128.load64_splat(x, 48);
      z60 = madd(p0, x6, z60);
      z61 = madd(p1, x6, z61);
      const x7 = v128.load64_splat(x, 56);
      z70 = madd(p0, x7, z70);
      z71 = madd(p1, x7, z71);
    }
    p += 32;
    x += height << 3;
  }
  v128.store(out, z00);
  v128.store(out, z01, 16);
  v128.store(out, z10, 32);
  v128.store(out, z11, 48);
  v128.store(out, z20, 64);
  v128.store(out, z21, 80);
  v128.store(out, z30, 96);
  v128.store(out, z31, 112);
  v128.store(out, z40, 128);
  v128.store(out, z41, 144);
  if (height > 5) {
    v128.store(out, z50, 160);
    v128.store(out, z51, 176);
  }
  if (height > 6) {
    v128.store(out, z60, 192);
    v128.store(out, z61, 208);
    v128.store(out, z70, 224);
    v128.store(out, z71, 240);
  }
}

// Functions of their own: in a larger one engines have no registers left for the sums.
/** θ·x of a block of rows of a panel. */
export function forwardNarrow(rows: usize, x: usize, w: usize, s: usize): void {
  panel(NARROW, true, rows, x, w, s);
}
export function forwardWide(rows: usize, x: usize, w: usize, s: usize): void {
  panel(WIDE, true, rows, x, w, s);
}
/** Σ_k c_k x_kj of a block of j, added to g. */
export function backwardNarrow(rows: usize, x: usize, c: usize, g: usize): void {
  panel(NARROW, false, rows, x, c, g);
}
export function backwardWide(rows: usize, x: usize, c: usize, g: usize): void {
  panel(WIDE, false, rows, x, c, g);
}
/** The same for four, which are left over. */
export function backwardFour(rows: usize, x: usize, c: usize, g: usize): void {
  block(false, rows, x, 32, c, 32, g, 32);
}
