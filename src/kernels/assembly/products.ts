/**
 * AssemblyScript: sums of products of a panel of four particles with a block of rows or inputs. Ten sums of two doubles stand in registers,
 * enough to hide the latency of two adders, and with what they are made of as many as engines have. Functions of their own: in a larger one
 * engines have no registers left for the sums.
 */
import { madd } from './arithmetic';

/** θ·x of five rows of a panel. */
export function forwardFive(rows: usize, x: usize, w: usize, s: usize): void {
  let z00 = f64x2.splat(0);
  let z01 = f64x2.splat(0);
  let z10 = f64x2.splat(0);
  let z11 = f64x2.splat(0);
  let z20 = f64x2.splat(0);
  let z21 = f64x2.splat(0);
  let z30 = f64x2.splat(0);
  let z31 = f64x2.splat(0);
  let z40 = f64x2.splat(0);
  let z41 = f64x2.splat(0);
  const end = w + (rows << 5);
  while (w < end) {
    const p0 = v128.load(w);
    const p1 = v128.load(w, 16);
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
    w += 32;
    x += 40;
  }
  v128.store(s, z00);
  v128.store(s, z01, 16);
  v128.store(s, z10, 32);
  v128.store(s, z11, 48);
  v128.store(s, z20, 64);
  v128.store(s, z21, 80);
  v128.store(s, z30, 96);
  v128.store(s, z31, 112);
  v128.store(s, z40, 128);
  v128.store(s, z41, 144);
}

/**
 * The same for eight rows: where the engine joins pairs of vectors into one of four doubles these are eight sums. Each has the order of its
 * own, so that no bit differs.
 */
export function forwardWide(rows: usize, x: usize, w: usize, s: usize): void {
  let z00 = f64x2.splat(0);
  let z01 = f64x2.splat(0);
  let z10 = f64x2.splat(0);
  let z11 = f64x2.splat(0);
  let z20 = f64x2.splat(0);
  let z21 = f64x2.splat(0);
  let z30 = f64x2.splat(0);
  let z31 = f64x2.splat(0);
  let z40 = f64x2.splat(0);
  let z41 = f64x2.splat(0);
  let z50 = f64x2.splat(0);
  let z51 = f64x2.splat(0);
  let z60 = f64x2.splat(0);
  let z61 = f64x2.splat(0);
  let z70 = f64x2.splat(0);
  let z71 = f64x2.splat(0);
  const end = w + (rows << 5);
  while (w < end) {
    const p0 = v128.load(w);
    const p1 = v128.load(w, 16);
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
    const x5 = v128.load64_splat(x, 40);
    z50 = madd(p0, x5, z50);
    z51 = madd(p1, x5, z51);
    const x6 = v128.load64_splat(x, 48);
    z60 = madd(p0, x6, z60);
    z61 = madd(p1, x6, z61);
    const x7 = v128.load64_splat(x, 56);
    z70 = madd(p0, x7, z70);
    z71 = madd(p1, x7, z71);
    w += 32;
    x += 64;
  }
  v128.store(s, z00);
  v128.store(s, z01, 16);
  v128.store(s, z10, 32);
  v128.store(s, z11, 48);
  v128.store(s, z20, 64);
  v128.store(s, z21, 80);
  v128.store(s, z30, 96);
  v128.store(s, z31, 112);
  v128.store(s, z40, 128);
  v128.store(s, z41, 144);
  v128.store(s, z50, 160);
  v128.store(s, z51, 176);
  v128.store(s, z60, 192);
  v128.store(s, z61, 208);
  v128.store(s, z70, 224);
  v128.store(s, z71, 240);
}

/** Σ_k c_k x_kj of five j, added to g. */
export function backwardFive(rows: usize, x: usize, c: usize, g: usize): void {
  let z00 = v128.load(g);
  let z01 = v128.load(g, 16);
  let z10 = v128.load(g, 32);
  let z11 = v128.load(g, 48);
  let z20 = v128.load(g, 64);
  let z21 = v128.load(g, 80);
  let z30 = v128.load(g, 96);
  let z31 = v128.load(g, 112);
  let z40 = v128.load(g, 128);
  let z41 = v128.load(g, 144);
  const end = c + (rows << 5);
  while (c < end) {
    const p0 = v128.load(c);
    const p1 = v128.load(c, 16);
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
    c += 32;
    x += 40;
  }
  v128.store(g, z00);
  v128.store(g, z01, 16);
  v128.store(g, z10, 32);
  v128.store(g, z11, 48);
  v128.store(g, z20, 64);
  v128.store(g, z21, 80);
  v128.store(g, z30, 96);
  v128.store(g, z31, 112);
  v128.store(g, z40, 128);
  v128.store(g, z41, 144);
}

/** The same for four. */
export function backwardFour(rows: usize, x: usize, c: usize, g: usize): void {
  let z00 = v128.load(g);
  let z01 = v128.load(g, 16);
  let z10 = v128.load(g, 32);
  let z11 = v128.load(g, 48);
  let z20 = v128.load(g, 64);
  let z21 = v128.load(g, 80);
  let z30 = v128.load(g, 96);
  let z31 = v128.load(g, 112);
  const end = c + (rows << 5);
  while (c < end) {
    const p0 = v128.load(c);
    const p1 = v128.load(c, 16);
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
    c += 32;
    x += 32;
  }
  v128.store(g, z00);
  v128.store(g, z01, 16);
  v128.store(g, z10, 32);
  v128.store(g, z11, 48);
  v128.store(g, z20, 64);
  v128.store(g, z21, 80);
  v128.store(g, z30, 96);
  v128.store(g, z31, 112);
}

/** The same for eight. */
export function backwardWide(rows: usize, x: usize, c: usize, g: usize): void {
  let z00 = v128.load(g);
  let z01 = v128.load(g, 16);
  let z10 = v128.load(g, 32);
  let z11 = v128.load(g, 48);
  let z20 = v128.load(g, 64);
  let z21 = v128.load(g, 80);
  let z30 = v128.load(g, 96);
  let z31 = v128.load(g, 112);
  let z40 = v128.load(g, 128);
  let z41 = v128.load(g, 144);
  let z50 = v128.load(g, 160);
  let z51 = v128.load(g, 176);
  let z60 = v128.load(g, 192);
  let z61 = v128.load(g, 208);
  let z70 = v128.load(g, 224);
  let z71 = v128.load(g, 240);
  const end = c + (rows << 5);
  while (c < end) {
    const p0 = v128.load(c);
    const p1 = v128.load(c, 16);
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
    const x5 = v128.load64_splat(x, 40);
    z50 = madd(p0, x5, z50);
    z51 = madd(p1, x5, z51);
    const x6 = v128.load64_splat(x, 48);
    z60 = madd(p0, x6, z60);
    z61 = madd(p1, x6, z61);
    const x7 = v128.load64_splat(x, 56);
    z70 = madd(p0, x7, z70);
    z71 = madd(p1, x7, z71);
    c += 32;
    x += 64;
  }
  v128.store(g, z00);
  v128.store(g, z01, 16);
  v128.store(g, z10, 32);
  v128.store(g, z11, 48);
  v128.store(g, z20, 64);
  v128.store(g, z21, 80);
  v128.store(g, z30, 96);
  v128.store(g, z31, 112);
  v128.store(g, z40, 128);
  v128.store(g, z41, 144);
  v128.store(g, z50, 160);
  v128.store(g, z51, 176);
  v128.store(g, z60, 192);
  v128.store(g, z61, 208);
  v128.store(g, z70, 224);
  v128.store(g, z71, 240);
}
