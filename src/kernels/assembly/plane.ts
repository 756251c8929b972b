/**
 * AssemblyScript: two-layer nets on at most three inputs. Directions stand by coordinate; two rows at a time forward, four backward, for
 * one row would wait for its own sum.
 * X: rows of D numbers, padded to whole tiles by zeros; scratch: σ of a tile.
 */
import { activatedFrom, clamped, coefficient, largest, least, madd, pulled, RELU, rectified, rounding, splatAt, sumOf } from './arithmetic';
import * as at from './layout';
import { lossOf } from './loss';

/** θ·x */
// @ts-ignore: decorator
@inline
function product(d: usize, w: usize, next: usize, x0: v128, x1: v128, x2: v128): v128 {
  const z = madd(v128.load(w + next), x1, f64x2.mul(v128.load(w), x0));
  return d == 3 ? madd(v128.load(w + 2 * next), x2, z) : z;
}

/** Bytes of particles between the two halves of σ: what is between them stays in the first cache. */
const BLOCK: usize = 1024;

/** The first half of σ for a block of particles and two rows: remainders at s and s + bytes, exponents at t and t + BLOCK. */
// @ts-ignore: decorator
@inline
function firstHalf(d: usize, x: usize, w: usize, bytes: usize, length: usize, s: usize, t: usize): void {
  const row = d << 3;
  const x0 = splatAt(x);
  const x1 = splatAt(x + 8);
  const x2 = splatAt(x + 16);
  const y0 = splatAt(x + row);
  const y1 = splatAt(x + row + 8);
  const y2 = splatAt(x + row + 16);
  const high = largest();
  const low = least();
  const shift = rounding();
  const second = s + bytes;
  for (let i: usize = 0; i < length; i += 16) {
    const zx = clamped(product(d, w + i, bytes, x0, x1, x2), high, low);
    const zy = clamped(product(d, w + i, bytes, y0, y1, y2), high, low);
    const bitsX = f64x2.add(zx, shift);
    v128.store(t + i, bitsX);
    v128.store(s + i, f64x2.sub(zx, f64x2.sub(bitsX, shift)));
    const bitsY = f64x2.add(zy, shift);
    v128.store(t + i, bitsY, BLOCK);
    v128.store(second + i, f64x2.sub(zy, f64x2.sub(bitsY, shift)));
  }
}

/** σ of a block of particles at s from its remainders there and its exponents at t; f with a·σ added. */
// @ts-ignore: decorator
@inline
function secondHalf(kind: i32, weights: usize, length: usize, s: usize, t: usize, f: v128): v128 {
  const p0 = coefficient(0);
  const p1 = coefficient(1);
  const p2 = coefficient(2);
  const q1 = coefficient(3);
  const q2 = coefficient(4);
  const one = coefficient(5);
  let sum = f;
  for (let i: usize = 0; i < length; i += 16) {
    const u = activatedFrom(kind, v128.load(t + i), v128.load(s + i), p0, p1, p2, q1, q2, one);
    v128.store(s + i, u);
    sum = madd(v128.load(weights + i), u, sum);
  }
  return sum;
}

/** f of rows k and k + 1, σ of both into s and s + bytes, with room for two blocks at t. */
// @ts-ignore: decorator
@inline
function forward(kind: i32, d: usize, x: usize, weights: usize, w: usize, bytes: usize, s: usize, t: usize, f: usize): void {
  const row = d << 3;
  let fx = f64x2.splat(0);
  let fy = f64x2.splat(0);
  if (kind == RELU) {
    const x0 = splatAt(x);
    const x1 = splatAt(x + 8);
    const x2 = splatAt(x + 16);
    const y0 = splatAt(x + row);
    const y1 = splatAt(x + row + 8);
    const y2 = splatAt(x + row + 16);
    for (let i: usize = 0; i < bytes; i += 16) {
      const a = v128.load(weights + i);
      const sx = rectified(product(d, w + i, bytes, x0, x1, x2));
      const sy = rectified(product(d, w + i, bytes, y0, y1, y2));
      v128.store(s + i, sx);
      v128.store(s + bytes + i, sy);
      fx = madd(a, sx, fx);
      fy = madd(a, sy, fy);
    }
  } else {
    for (let from: usize = 0; from < bytes; from += BLOCK) {
      const length = min(BLOCK, bytes - from);
      firstHalf(d, x, w + from, bytes, length, s + from, t);
      fx = secondHalf(kind, weights + from, length, s + from, t, fx);
      fy = secondHalf(kind, weights + from, length, s + bytes + from, t + BLOCK, fy);
    }
  }
  store<f64>(f, sumOf(fx));
  store<f64>(f + 8, sumOf(fy));
}

// @ts-ignore: decorator
@inline
function backward(kind: i32, d: usize, x: usize, residual: usize, s: usize, bytes: usize, g: usize): void {
  const row = d << 3;
  const ra = splatAt(residual);
  const rb = splatAt(residual + 8);
  const rc = splatAt(residual + 16);
  const rd = splatAt(residual + 24);
  const a0 = splatAt(x);
  const a1 = splatAt(x + 8);
  const b0 = splatAt(x + row);
  const b1 = splatAt(x + row + 8);
  const c0 = splatAt(x + 2 * row);
  const c1 = splatAt(x + 2 * row + 8);
  const d0 = splatAt(x + 3 * row);
  const d1 = splatAt(x + 3 * row + 8);
  for (let i: usize = 0; i < bytes; i += 16) {
    const sa = v128.load(s + i);
    const sb = v128.load(s + bytes + i);
    const sc = v128.load(s + 2 * bytes + i);
    const sd = v128.load(s + 3 * bytes + i);
    v128.store(g + i, madd(rd, sd, madd(rc, sc, madd(rb, sb, madd(ra, sa, v128.load(g + i))))));
    const pa = pulled(kind, ra, sa);
    const pb = pulled(kind, rb, sb);
    const pc = pulled(kind, rc, sc);
    const pd = pulled(kind, rd, sd);
    const g0 = g + bytes + i;
    v128.store(g0, madd(pd, d0, madd(pc, c0, madd(pb, b0, madd(pa, a0, v128.load(g0))))));
    const g1 = g0 + bytes;
    v128.store(g1, madd(pd, d1, madd(pc, c1, madd(pb, b1, madd(pa, a1, v128.load(g1))))));
    if (d == 3) {
      const g2 = g1 + bytes;
      const ab = madd(pb, splatAt(x + row + 16), madd(pa, splatAt(x + 16), v128.load(g2)));
      v128.store(g2, madd(pd, splatAt(x + 3 * row + 16), madd(pc, splatAt(x + 2 * row + 16), ab)));
    }
  }
}

/** The tiles of one chunk; `thread` names the scratch. */
// @ts-ignore: decorator
@inline
function chunkOf(kind: i32, d: usize, table: usize, chunk: usize, thread: usize): void {
  const n = at.word(table, at.N);
  const tile = at.word(table, at.TILE);
  const tiles = at.word(table, at.TILES);
  const chunks = at.word(table, at.CHUNKS);
  const mode = at.word(table, at.MODE);
  const loss = at.word(table, at.LOSS);
  const bytes = at.word(table, at.M_PADDED) << 3;
  const s = at.word(table, at.SCRATCH) + thread * at.word(table, at.SCRATCH_STRIDE);
  const t = s + tile * bytes;
  const g = at.word(table, at.SUMS) + chunk * at.word(table, at.SUMS_STRIDE);
  const weights = at.word(table, at.WEIGHTS);
  const w = at.word(table, at.DIRECTIONS);
  const output = at.word(table, at.OUTPUT);
  const residual = at.word(table, at.RESIDUAL);
  const end = ((chunk + 1) * tiles) / chunks;
  let sum: f64 = 0;
  if (mode != 1) memory.fill(g, 0, (d + 1) * bytes);
  for (let number = (chunk * tiles) / chunks; number < end; number++) {
    const from = number * tile;
    const to = min(from + tile, n);
    const x = at.word(table, at.INPUTS) + ((from * d) << 3);
    const whole = from + ((to - from + 3) & ~3);
    for (let k = from; k < whole; k += 2) {
      const local = k - from;
      forward(kind, d, x + ((local * d) << 3), weights, w, bytes, s + local * bytes, t, output + (k << 3));
    }
    if (mode != 2 && loss != 0) sum += lossOf(table, from, to);
    if (mode == 1) continue;
    for (let k = from; k < whole; k += 4) {
      const local = k - from;
      backward(kind, d, x + ((local * d) << 3), residual + (k << 3), s + local * bytes, bytes, g);
    }
  }
  store<f64>(at.word(table, at.LOSSES) + (chunk << 3), sum);
}

// One function for each case: engines compile function by function.
export function relu2(table: usize, chunk: usize, thread: usize): void {
  chunkOf(0, 2, table, chunk, thread);
}
export function relu3(table: usize, chunk: usize, thread: usize): void {
  chunkOf(0, 3, table, chunk, thread);
}
export function sigmoid2(table: usize, chunk: usize, thread: usize): void {
  chunkOf(1, 2, table, chunk, thread);
}
export function sigmoid3(table: usize, chunk: usize, thread: usize): void {
  chunkOf(1, 3, table, chunk, thread);
}
export function tanh2(table: usize, chunk: usize, thread: usize): void {
  chunkOf(2, 2, table, chunk, thread);
}
export function tanh3(table: usize, chunk: usize, thread: usize): void {
  chunkOf(2, 3, table, chunk, thread);
}
