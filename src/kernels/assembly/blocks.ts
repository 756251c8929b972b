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

/** Rows of a block: a product that is rounded of itself takes a register, and leaves room for two sums less. */
export const ROWS: usize = ASC_FEATURE_RELAXED_SIMD ? 6 : 5;

/**
 * Σ_t x_t p_tᵀ, t < rows: ROWS numbers at x and a panel of two vectors at p for each t, one after the other; ROWS rows at `out`. `pair`: of two panels,
 * the other `stepP` bytes behind, and its sums `stepOut` bytes: twelve sums of four doubles, where the engine joins pairs of vectors.
 */
// @ts-ignore: decorator
@inline
function panels<T>(pair: bool, fresh: bool, rows: usize, x: usize, p: usize, stepP: usize, out: usize, stepOut: usize): void {
  const zero = v128.splat<T>(0);
  const other = out + stepOut;
  let y00 = fresh ? zero : v128.load(out);
  let y01 = fresh ? zero : v128.load(out, 16);
  let y10 = fresh ? zero : v128.load(out, 32);
  let y11 = fresh ? zero : v128.load(out, 48);
  let y20 = fresh ? zero : v128.load(out, 64);
  let y21 = fresh ? zero : v128.load(out, 80);
  let y30 = fresh ? zero : v128.load(out, 96);
  let y31 = fresh ? zero : v128.load(out, 112);
  let y40 = fresh ? zero : v128.load(out, 128);
  let y41 = fresh ? zero : v128.load(out, 144);
  let y50 = fresh || ROWS < 6 ? zero : v128.load(out, 160);
  let y51 = fresh || ROWS < 6 ? zero : v128.load(out, 176);
  let z00 = fresh || !pair ? zero : v128.load(other);
  let z01 = fresh || !pair ? zero : v128.load(other, 16);
  let z10 = fresh || !pair ? zero : v128.load(other, 32);
  let z11 = fresh || !pair ? zero : v128.load(other, 48);
  let z20 = fresh || !pair ? zero : v128.load(other, 64);
  let z21 = fresh || !pair ? zero : v128.load(other, 80);
  let z30 = fresh || !pair ? zero : v128.load(other, 96);
  let z31 = fresh || !pair ? zero : v128.load(other, 112);
  let z40 = fresh || !pair ? zero : v128.load(other, 128);
  let z41 = fresh || !pair ? zero : v128.load(other, 144);
  let z50 = fresh || !pair ? zero : v128.load(other, 160);
  let z51 = fresh || !pair ? zero : v128.load(other, 176);
  const end = p + (rows << 5);
  let q = p + stepP;
  while (p < end) {
    const p0 = v128.load(p);
    const p1 = v128.load(p, 16);
    const q0 = pair ? v128.load(q) : zero;
    const q1 = pair ? v128.load(q, 16) : zero;
    const x0 = v128.load_splat<T>(x);
    y00 = madd<T>(p0, x0, y00);
    y01 = madd<T>(p1, x0, y01);
    if (pair) {
      z00 = madd<T>(q0, x0, z00);
      z01 = madd<T>(q1, x0, z01);
    }
    const x1 = v128.load_splat<T>(x, sizeof<T>());
    y10 = madd<T>(p0, x1, y10);
    y11 = madd<T>(p1, x1, y11);
    if (pair) {
      z10 = madd<T>(q0, x1, z10);
      z11 = madd<T>(q1, x1, z11);
    }
    const x2 = v128.load_splat<T>(x, 2 * sizeof<T>());
    y20 = madd<T>(p0, x2, y20);
    y21 = madd<T>(p1, x2, y21);
    if (pair) {
      z20 = madd<T>(q0, x2, z20);
      z21 = madd<T>(q1, x2, z21);
    }
    const x3 = v128.load_splat<T>(x, 3 * sizeof<T>());
    y30 = madd<T>(p0, x3, y30);
    y31 = madd<T>(p1, x3, y31);
    if (pair) {
      z30 = madd<T>(q0, x3, z30);
      z31 = madd<T>(q1, x3, z31);
    }
    const x4 = v128.load_splat<T>(x, 4 * sizeof<T>());
    y40 = madd<T>(p0, x4, y40);
    y41 = madd<T>(p1, x4, y41);
    if (pair) {
      z40 = madd<T>(q0, x4, z40);
      z41 = madd<T>(q1, x4, z41);
    }
    if (ROWS > 5) {
      const x5 = v128.load_splat<T>(x, 5 * sizeof<T>());
      y50 = madd<T>(p0, x5, y50);
      y51 = madd<T>(p1, x5, y51);
      if (pair) {
        z50 = madd<T>(q0, x5, z50);
        z51 = madd<T>(q1, x5, z51);
      }
    }
    p += 32;
    if (pair) q += 32;
    x += ROWS << alignof<T>();
  }
  v128.store(out, y00);
  v128.store(out, y01, 16);
  v128.store(out, y10, 32);
  v128.store(out, y11, 48);
  v128.store(out, y20, 64);
  v128.store(out, y21, 80);
  v128.store(out, y30, 96);
  v128.store(out, y31, 112);
  v128.store(out, y40, 128);
  v128.store(out, y41, 144);
  if (ROWS > 5) {
    v128.store(out, y50, 160);
    v128.store(out, y51, 176);
  }
  if (!pair) return;
  v128.store(other, z00);
  v128.store(other, z01, 16);
  v128.store(other, z10, 32);
  v128.store(other, z11, 48);
  v128.store(other, z20, 64);
  v128.store(other, z21, 80);
  v128.store(other, z30, 96);
  v128.store(other, z31, 112);
  v128.store(other, z40, 128);
  v128.store(other, z41, 144);
  v128.store(other, z50, 160);
  v128.store(other, z51, 176);
}

// Functions of their own: in a larger one engines have no registers left for the sums.
/** θ·x of a block of rows of a panel, or of two. */
export function forwardBlock<T>(rows: usize, x: usize, w: usize, s: usize): void {
  panels<T>(false, true, rows, x, w, 0, s, 0);
}
export function forwardPair<T>(rows: usize, x: usize, w: usize, stepW: usize, s: usize, stepS: usize): void {
  panels<T>(true, true, rows, x, w, stepW, s, stepS);
}
/** Σ_k c_k x_kj of a block of j, added to g. */
export function backwardBlock<T>(rows: usize, x: usize, c: usize, g: usize): void {
  panels<T>(false, false, rows, x, c, 0, g, 0);
}
export function backwardPair<T>(rows: usize, x: usize, c: usize, stepC: usize, g: usize, stepG: usize): void {
  panels<T>(true, false, rows, x, c, stepC, g, stepG);
}
/** The same for four, which are left over. */
export function backwardFour<T>(rows: usize, x: usize, c: usize, g: usize): void {
  block<T>(false, rows, x, 4 * sizeof<T>(), c, 32, g, 32);
}
