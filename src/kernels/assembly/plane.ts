/**
 * AssemblyScript: two-layer nets on at most three inputs. Directions stand by coordinate; two rows at a time forward, four backward, for
 * one row would wait for its own sum.
 * X: rows of D numbers, padded to whole tiles by zeros; scratch: σ of a tile.
 */
import { activatedFrom, clamped, coefficient, laneSum, largest, least, madd, pulled, RELU, rectified, rounding, splatAt } from './arithmetic';
import * as at from './layout';
import { lossOf, narrow } from './loss';

/** θ·x */
// @ts-ignore: decorator
@inline
function product<T>(d: usize, w: usize, next: usize, x0: v128, x1: v128, x2: v128): v128 {
  const z = madd<T>(v128.load(w + next), x1, v128.mul<T>(v128.load(w), x0));
  return d == 3 ? madd<T>(v128.load(w + 2 * next), x2, z) : z;
}

/** Bytes of particles between the two halves of σ: what is between them stays in the first cache. */
const BLOCK: usize = 1024;

/** The first half of σ for a block of particles and two rows: remainders at s and s + bytes, exponents at t and t + BLOCK. */
// @ts-ignore: decorator
@inline
function firstHalf<T>(d: usize, x: usize, w: usize, bytes: usize, length: usize, s: usize, t: usize): void {
  const row = d << alignof<T>();
  const x0 = splatAt<T>(x);
  const x1 = splatAt<T>(x + sizeof<T>());
  const x2 = splatAt<T>(x + 2 * sizeof<T>());
  const y0 = splatAt<T>(x + row);
  const y1 = splatAt<T>(x + row + sizeof<T>());
  const y2 = splatAt<T>(x + row + 2 * sizeof<T>());
  const high = largest<T>();
  const low = least<T>();
  const shift = rounding<T>();
  const second = s + bytes;
  for (let i: usize = 0; i < length; i += 16) {
    const zx = clamped<T>(product<T>(d, w + i, bytes, x0, x1, x2), high, low);
    const zy = clamped<T>(product<T>(d, w + i, bytes, y0, y1, y2), high, low);
    const bitsX = v128.add<T>(zx, shift);
    v128.store(t + i, bitsX);
    v128.store(s + i, v128.sub<T>(zx, v128.sub<T>(bitsX, shift)));
    const bitsY = v128.add<T>(zy, shift);
    v128.store(t + i, bitsY, BLOCK);
    v128.store(second + i, v128.sub<T>(zy, v128.sub<T>(bitsY, shift)));
  }
}

/** σ of a block of particles at s from its remainders there and its exponents at t; f with a·σ added. */
// @ts-ignore: decorator
@inline
function secondHalf<T>(kind: i32, weights: usize, length: usize, s: usize, t: usize, f: v128): v128 {
  const p0 = coefficient<T>(0);
  const p1 = coefficient<T>(1);
  const p2 = coefficient<T>(2);
  const q1 = coefficient<T>(3);
  const q2 = coefficient<T>(4);
  const one = coefficient<T>(5);
  let sum = f;
  for (let i: usize = 0; i < length; i += 16) {
    const u = activatedFrom<T>(kind, v128.load(t + i), v128.load(s + i), p0, p1, p2, q1, q2, one);
    v128.store(s + i, u);
    sum = madd<T>(v128.load(weights + i), u, sum);
  }
  return sum;
}

/** f of rows k and k + 1, σ of both into s and s + bytes, with room for two blocks at t: of `length` bytes of particles. */
// @ts-ignore: decorator
@inline
function forward<T>(
  kind: i32,
  d: usize,
  x: usize,
  weights: usize,
  w: usize,
  bytes: usize,
  s: usize,
  t: usize,
  f: usize,
  length: usize,
): void {
  const row = d << alignof<T>();
  let fx = v128.splat<T>(0);
  let fy = v128.splat<T>(0);
  if (kind == RELU) {
    const x0 = splatAt<T>(x);
    const x1 = splatAt<T>(x + sizeof<T>());
    const x2 = splatAt<T>(x + 2 * sizeof<T>());
    const y0 = splatAt<T>(x + row);
    const y1 = splatAt<T>(x + row + sizeof<T>());
    const y2 = splatAt<T>(x + row + 2 * sizeof<T>());
    for (let i: usize = 0; i < length; i += 16) {
      const a = v128.load(weights + i);
      const sx = rectified<T>(product<T>(d, w + i, bytes, x0, x1, x2));
      const sy = rectified<T>(product<T>(d, w + i, bytes, y0, y1, y2));
      v128.store(s + i, sx);
      v128.store(s + bytes + i, sy);
      fx = madd<T>(a, sx, fx);
      fy = madd<T>(a, sy, fy);
    }
  } else {
    for (let from: usize = 0; from < length; from += BLOCK) {
      const part = min(BLOCK, length - from);
      firstHalf<T>(d, x, w + from, bytes, part, s + from, t);
      fx = secondHalf<T>(kind, weights + from, part, s + from, t, fx);
      fy = secondHalf<T>(kind, weights + from, part, s + bytes + from, t + BLOCK, fy);
    }
  }
  if (sizeof<T>() == 4) {
    store<f64>(f, load<f64>(f) + laneSum<T>(fx));
    store<f64>(f + 8, load<f64>(f + 8) + laneSum<T>(fy));
    return;
  }
  store<f64>(f, laneSum<T>(fx));
  store<f64>(f + 8, laneSum<T>(fy));
}

/** Bytes of particles over which single precision sums f at most: over a million of them it would lose two more digits. */
const SUMMED: usize = 4096;

/** The same of all particles. */
// @ts-ignore: decorator
@inline
function forwardInParts(kind: i32, d: usize, x: usize, weights: usize, w: usize, bytes: usize, s: usize, t: usize, f: usize): void {
  memory.fill(f, 0, 16);
  for (let from: usize = 0; from < bytes; from += SUMMED)
    forward<f32>(kind, d, x, weights + from, w + from, bytes, s + from, t, f, min(SUMMED, bytes - from));
}

// @ts-ignore: decorator
@inline
function backward<T>(kind: i32, d: usize, x: usize, residual: usize, s: usize, bytes: usize, g: usize): void {
  const row = d << alignof<T>();
  const ra = splatAt<T>(residual);
  const rb = splatAt<T>(residual + sizeof<T>());
  const rc = splatAt<T>(residual + 2 * sizeof<T>());
  const rd = splatAt<T>(residual + 3 * sizeof<T>());
  const a0 = splatAt<T>(x);
  const a1 = splatAt<T>(x + sizeof<T>());
  const b0 = splatAt<T>(x + row);
  const b1 = splatAt<T>(x + row + sizeof<T>());
  const c0 = splatAt<T>(x + 2 * row);
  const c1 = splatAt<T>(x + 2 * row + sizeof<T>());
  const d0 = splatAt<T>(x + 3 * row);
  const d1 = splatAt<T>(x + 3 * row + sizeof<T>());
  for (let i: usize = 0; i < bytes; i += 16) {
    const sa = v128.load(s + i);
    const sb = v128.load(s + bytes + i);
    const sc = v128.load(s + 2 * bytes + i);
    const sd = v128.load(s + 3 * bytes + i);
    v128.store(g + i, madd<T>(rd, sd, madd<T>(rc, sc, madd<T>(rb, sb, madd<T>(ra, sa, v128.load(g + i))))));
    const pa = pulled<T>(kind, ra, sa);
    const pb = pulled<T>(kind, rb, sb);
    const pc = pulled<T>(kind, rc, sc);
    const pd = pulled<T>(kind, rd, sd);
    const g0 = g + bytes + i;
    v128.store(g0, madd<T>(pd, d0, madd<T>(pc, c0, madd<T>(pb, b0, madd<T>(pa, a0, v128.load(g0))))));
    const g1 = g0 + bytes;
    v128.store(g1, madd<T>(pd, d1, madd<T>(pc, c1, madd<T>(pb, b1, madd<T>(pa, a1, v128.load(g1))))));
    if (d == 3) {
      const g2 = g1 + bytes;
      const ab = madd<T>(pb, splatAt<T>(x + row + 2 * sizeof<T>()), madd<T>(pa, splatAt<T>(x + 2 * sizeof<T>()), v128.load(g2)));
      v128.store(g2, madd<T>(pd, splatAt<T>(x + 3 * row + 2 * sizeof<T>()), madd<T>(pc, splatAt<T>(x + 2 * row + 2 * sizeof<T>()), ab)));
    }
  }
}

/** The tiles of one chunk; `thread` names the scratch. */
// @ts-ignore: decorator
@inline
export function chunkOf<T>(kind: i32, d: usize, table: usize, chunk: usize, thread: usize): void {
  const n = at.word(table, at.N);
  const tile = at.word(table, at.TILE);
  const tiles = at.word(table, at.TILES);
  const chunks = at.word(table, at.CHUNKS);
  const mode = at.word(table, at.MODE);
  const loss = at.word(table, at.LOSS);
  const bytes = at.word(table, at.M_PADDED) << alignof<T>();
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
    const x = at.word(table, at.INPUTS) + ((from * d) << alignof<T>());
    const whole = from + ((to - from + 3) & ~3);
    for (let k = from; k < whole; k += 2) {
      const local = k - from;
      const rows = x + ((local * d) << alignof<T>());
      const units = s + local * bytes;
      if (sizeof<T>() == 4) forwardInParts(kind, d, rows, weights, w, bytes, units, t, output + (k << 3));
      else forward<T>(kind, d, rows, weights, w, bytes, units, t, output + (k << 3), bytes);
    }
    if (mode != 2 && loss != 0) sum += lossOf(table, from, to);
    if (mode == 1) continue;
    if (sizeof<T>() == 4) narrow(residual + (from << 3), whole - from, t);
    for (let k = from; k < whole; k += 4) {
      const local = k - from;
      const r = sizeof<T>() == 4 ? t + (local << 2) : residual + (k << 3);
      backward<T>(kind, d, x + ((local * d) << alignof<T>()), r, s + local * bytes, bytes, g);
    }
  }
  store<f64>(at.word(table, at.LOSSES) + (chunk << 3), sum);
}

// One function for each case: engines compile function by function.
export function relu2(table: usize, chunk: usize, thread: usize): void {
  chunkOf<f64>(0, 2, table, chunk, thread);
}
export function relu3(table: usize, chunk: usize, thread: usize): void {
  chunkOf<f64>(0, 3, table, chunk, thread);
}
export function sigmoid2(table: usize, chunk: usize, thread: usize): void {
  chunkOf<f64>(1, 2, table, chunk, thread);
}
export function sigmoid3(table: usize, chunk: usize, thread: usize): void {
  chunkOf<f64>(1, 3, table, chunk, thread);
}
export function tanh2(table: usize, chunk: usize, thread: usize): void {
  chunkOf<f64>(2, 2, table, chunk, thread);
}
export function tanh3(table: usize, chunk: usize, thread: usize): void {
  chunkOf<f64>(2, 3, table, chunk, thread);
}
