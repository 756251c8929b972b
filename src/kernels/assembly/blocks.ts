/**
 * AssemblyScript: sums of products that stand in registers: eight or ten vectors of sums, enough to hide the latency of two adders, and
 * with what they are made of as many as engines have. Every number is one sum in the order of its terms, so that no division of the work
 * changes a bit. `fresh`, a constant where a block is called: sums begin at 0, else at what stands at `out`.
 */
import { madd } from './arithmetic';

/**
 * Σ_t a_t b_tᵀ of one block, t < count: four numbers at a and two vectors at b for each t, `stepA` and `stepB` bytes from one to the next. Four
 * rows at `out`, `stepOut` bytes apart.
 */
// @ts-ignore: decorator
@inline
export function block<T = f64>(fresh: bool, count: usize, a: usize, stepA: usize, b: usize, stepB: usize, out: usize, stepOut: usize): void {
  const zero = v128.splat<T>(0);
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
    const a0 = v128.load_splat<T>(a);
    s00 = madd<T>(a0, b0, s00);
    s01 = madd<T>(a0, b1, s01);
    const a1 = v128.load_splat<T>(a, sizeof<T>());
    s10 = madd<T>(a1, b0, s10);
    s11 = madd<T>(a1, b1, s11);
    const a2 = v128.load_splat<T>(a, 2 * sizeof<T>());
    s20 = madd<T>(a2, b0, s20);
    s21 = madd<T>(a2, b1, s21);
    const a3 = v128.load_splat<T>(a, 3 * sizeof<T>());
    s30 = madd<T>(a3, b0, s30);
    s31 = madd<T>(a3, b1, s31);
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

/** Σ_t x_t p_tᵀ, t < rows: five numbers at x and a panel of two vectors at p for each t, one after the other; five rows at `out`. */
// @ts-ignore: decorator
@inline
function five<T>(fresh: bool, rows: usize, x: usize, p: usize, out: usize): void {
  const zero = v128.splat<T>(0);
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
  const end = p + (rows << 5);
  while (p < end) {
    const p0 = v128.load(p);
    const p1 = v128.load(p, 16);
    const x0 = v128.load_splat<T>(x);
    z00 = madd<T>(p0, x0, z00);
    z01 = madd<T>(p1, x0, z01);
    const x1 = v128.load_splat<T>(x, sizeof<T>());
    z10 = madd<T>(p0, x1, z10);
    z11 = madd<T>(p1, x1, z11);
    const x2 = v128.load_splat<T>(x, 2 * sizeof<T>());
    z20 = madd<T>(p0, x2, z20);
    z21 = madd<T>(p1, x2, z21);
    const x3 = v128.load_splat<T>(x, 3 * sizeof<T>());
    z30 = madd<T>(p0, x3, z30);
    z31 = madd<T>(p1, x3, z31);
    const x4 = v128.load_splat<T>(x, 4 * sizeof<T>());
    z40 = madd<T>(p0, x4, z40);
    z41 = madd<T>(p1, x4, z41);
    p += 32;
    x += 5 * sizeof<T>();
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
}

/** The same for eight: where the engine joins pairs of vectors into one of four doubles these are eight sums. */
// @ts-ignore: decorator
@inline
function eight<T>(fresh: bool, rows: usize, x: usize, p: usize, out: usize): void {
  const zero = v128.splat<T>(0);
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
  let z50 = fresh ? zero : v128.load(out, 160);
  let z51 = fresh ? zero : v128.load(out, 176);
  let z60 = fresh ? zero : v128.load(out, 192);
  let z61 = fresh ? zero : v128.load(out, 208);
  let z70 = fresh ? zero : v128.load(out, 224);
  let z71 = fresh ? zero : v128.load(out, 240);
  const end = p + (rows << 5);
  while (p < end) {
    const p0 = v128.load(p);
    const p1 = v128.load(p, 16);
    const x0 = v128.load_splat<T>(x);
    z00 = madd<T>(p0, x0, z00);
    z01 = madd<T>(p1, x0, z01);
    const x1 = v128.load_splat<T>(x, sizeof<T>());
    z10 = madd<T>(p0, x1, z10);
    z11 = madd<T>(p1, x1, z11);
    const x2 = v128.load_splat<T>(x, 2 * sizeof<T>());
    z20 = madd<T>(p0, x2, z20);
    z21 = madd<T>(p1, x2, z21);
    const x3 = v128.load_splat<T>(x, 3 * sizeof<T>());
    z30 = madd<T>(p0, x3, z30);
    z31 = madd<T>(p1, x3, z31);
    const x4 = v128.load_splat<T>(x, 4 * sizeof<T>());
    z40 = madd<T>(p0, x4, z40);
    z41 = madd<T>(p1, x4, z41);
    const x5 = v128.load_splat<T>(x, 5 * sizeof<T>());
    z50 = madd<T>(p0, x5, z50);
    z51 = madd<T>(p1, x5, z51);
    const x6 = v128.load_splat<T>(x, 6 * sizeof<T>());
    z60 = madd<T>(p0, x6, z60);
    z61 = madd<T>(p1, x6, z61);
    const x7 = v128.load_splat<T>(x, 7 * sizeof<T>());
    z70 = madd<T>(p0, x7, z70);
    z71 = madd<T>(p1, x7, z71);
    p += 32;
    x += 8 * sizeof<T>();
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
  v128.store(out, z50, 160);
  v128.store(out, z51, 176);
  v128.store(out, z60, 192);
  v128.store(out, z61, 208);
  v128.store(out, z70, 224);
  v128.store(out, z71, 240);
}

// Functions of their own: in a larger one engines have no registers left for the sums.
/** θ·x of five rows of a panel. */
export function forwardFive<T>(rows: usize, x: usize, w: usize, s: usize): void {
  five<T>(true, rows, x, w, s);
}
export function forwardWide<T>(rows: usize, x: usize, w: usize, s: usize): void {
  eight<T>(true, rows, x, w, s);
}
/** Σ_k c_k x_kj of five j, added to g. */
export function backwardFive<T>(rows: usize, x: usize, c: usize, g: usize): void {
  five<T>(false, rows, x, c, g);
}
export function backwardWide<T>(rows: usize, x: usize, c: usize, g: usize): void {
  eight<T>(false, rows, x, c, g);
}
/** The same for four, which are left over. */
export function backwardFour<T>(rows: usize, x: usize, c: usize, g: usize): void {
  block<T>(false, rows, x, 4 * sizeof<T>(), c, 32, g, 32);
}
