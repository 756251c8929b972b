/**
 * AssemblyScript: two-layer nets on any number of inputs, in panels of four particles and blocks of five or six rows or inputs
 * (blocks.ts); two panels at once where the engine joins pairs of vectors.
 * X stands twice: by block of rows, there input by input; and by tile and block of inputs, there row by row; so that both passes read what
 * follows. Directions: by panel, row j of it four particles. Scratch: f of a tile by lane, the exponents or the pulls of one panel, σ of
 * the tile by panel.
 */
import { activatedFrom, clamped, coefficient, largest, least, madd, pulled, RELU, rectified, rounding, splatAt, sumOf } from './arithmetic';
import * as at from './layout';
import { lossOf } from './loss';
import { backwardBlock, backwardFour, backwardPair, forwardBlock, forwardPair, ROWS } from './blocks';

/** The first half of σ of the rows of a panel: of z at s are left the remainders, and the exponents at t. */
// @ts-ignore: decorator
@inline
function begin(rows: usize, s: usize, t: usize): void {
  const high = largest();
  const low = least();
  const shift = rounding();
  const end = s + (rows << 5);
  while (s < end) {
    const z0 = clamped(v128.load(s), high, low);
    const z1 = clamped(v128.load(s, 16), high, low);
    const bits0 = f64x2.add(z0, shift);
    const bits1 = f64x2.add(z1, shift);
    v128.store(t, bits0);
    v128.store(t, bits1, 16);
    v128.store(s, f64x2.sub(z0, f64x2.sub(bits0, shift)));
    v128.store(s, f64x2.sub(z1, f64x2.sub(bits1, shift)), 16);
    s += 32;
    t += 32;
  }
}

/** a·ReLU of the rows of a panel, of z at s, added to f, by lane. */
// @ts-ignore: decorator
@inline
function rectify(rows: usize, weights: usize, s: usize, f: usize): void {
  const a0 = v128.load(weights);
  const a1 = v128.load(weights, 16);
  const end = s + (rows << 5);
  while (s < end) {
    v128.store(f, madd(a1, rectified(v128.load(s, 16)), madd(a0, rectified(v128.load(s)), v128.load(f))));
    s += 32;
    f += 16;
  }
}

/** σ of the rows of a panel from what `begin` left, and a·σ added to f, by lane. */
// @ts-ignore: decorator
@inline
function finish(kind: i32, rows: usize, weights: usize, s: usize, t: usize, f: usize): void {
  const a0 = v128.load(weights);
  const a1 = v128.load(weights, 16);
  const p0 = coefficient(0);
  const p1 = coefficient(1);
  const p2 = coefficient(2);
  const q1 = coefficient(3);
  const q2 = coefficient(4);
  const one = coefficient(5);
  const end = s + (rows << 5);
  while (s < end) {
    const r0 = v128.load(s);
    const r1 = v128.load(s, 16);
    // All that is loaded comes before what is stored, else an engine that joins pairs of vectors could not join these.
    const t0 = v128.load(t);
    const t1 = v128.load(t, 16);
    const s0 = activatedFrom(kind, t0, r0, p0, p1, p2, q1, q2, one);
    const s1 = activatedFrom(kind, t1, r1, p0, p1, p2, q1, q2, one);
    v128.store(s, s0);
    v128.store(s, s1, 16);
    v128.store(f, madd(a1, s1, madd(a0, s0, v128.load(f))));
    s += 32;
    t += 32;
    f += 16;
  }
}

/** σ of the rows of a panel, of z at s, and a·σ added to f, by lane. */
// @ts-ignore: decorator
@inline
function activate(kind: i32, rows: usize, weights: usize, s: usize, t: usize, f: usize): void {
  if (kind == RELU) return rectify(rows, weights, s, f);
  begin(rows, s, t);
  finish(kind, rows, weights, s, t, f);
}

/** σ from what the passes leave: that of ReLU costs less than to store it. */
// @ts-ignore: decorator
@inline
function stored(kind: i32, s: v128): v128 {
  return kind == RELU ? rectified(s) : s;
}

/** The pulls r_k σ′ of a panel into c, and Σ r_k σ added to g: of even rows and of odd ones, each sum waiting for itself alone. */
// @ts-ignore: decorator
@inline
function pull(kind: i32, rows: usize, residual: usize, s: usize, c: usize, g: usize): void {
  let g0 = v128.load(g);
  let g1 = v128.load(g, 16);
  const end = residual + (rows << 3);
  if (rows & 1) {
    const r = splatAt(residual);
    const s0 = stored(kind, v128.load(s));
    const s1 = stored(kind, v128.load(s, 16));
    g0 = madd(r, s0, g0);
    g1 = madd(r, s1, g1);
    v128.store(c, pulled(kind, r, s0));
    v128.store(c, pulled(kind, r, s1), 16);
    residual += 8;
    s += 32;
    c += 32;
  }
  let h0 = f64x2.splat(0);
  let h1 = h0;
  while (residual < end) {
    const r = splatAt(residual);
    const q = splatAt(residual + 8);
    const s0 = stored(kind, v128.load(s));
    const s1 = stored(kind, v128.load(s, 16));
    g0 = madd(r, s0, g0);
    g1 = madd(r, s1, g1);
    v128.store(c, pulled(kind, r, s0));
    v128.store(c, pulled(kind, r, s1), 16);
    const t0 = stored(kind, v128.load(s, 32));
    const t1 = stored(kind, v128.load(s, 48));
    h0 = madd(q, t0, h0);
    h1 = madd(q, t1, h1);
    v128.store(c, pulled(kind, q, t0), 32);
    v128.store(c, pulled(kind, q, t1), 48);
    residual += 16;
    s += 64;
    c += 64;
  }
  v128.store(g, f64x2.add(g0, h0));
  v128.store(g, f64x2.add(g1, h1), 16);
}

/** f of the rows of a tile from its lanes. */
function outputs(lanes: usize, output: usize, rows: usize): void {
  for (let k: usize = 0; k < rows; k++) store<f64>(output + (k << 3), sumOf(v128.load(lanes + (k << 4))));
}

/** The tiles of one chunk; `thread` names the scratch. */
// @ts-ignore: decorator
@inline
function chunkOf(kind: i32, wide: bool, table: usize, chunk: usize, thread: usize): void {
  const n = at.word(table, at.N);
  const d = at.word(table, at.D);
  const rows = at.word(table, at.D_PADDED);
  const tile = at.word(table, at.TILE);
  const tiles = at.word(table, at.TILES);
  const chunks = at.word(table, at.CHUNKS);
  const mode = at.word(table, at.MODE);
  const loss = at.word(table, at.LOSS);
  const panels = at.word(table, at.M_PADDED) >> 2;
  const weights = at.word(table, at.WEIGHTS);
  const w = at.word(table, at.DIRECTIONS);
  const step: usize = wide ? 2 : 1;
  const scratch = at.word(table, at.SCRATCH) + thread * at.word(table, at.SCRATCH_STRIDE);
  const c = scratch + (tile << 4);
  const s = c + (step * (tile << 5));
  const g = at.word(table, at.SUMS) + chunk * at.word(table, at.SUMS_STRIDE);
  const turns = g + (panels << 5);
  const inBlocks = at.word(table, at.BLOCKS) * ROWS;
  const end = ((chunk + 1) * tiles) / chunks;
  let sum: f64 = 0;
  if (mode != 1) memory.fill(g, 0, (rows + 1) * (panels << 5));
  for (let t = (chunk * tiles) / chunks; t < end; t++) {
    const from = t * tile;
    const to = min(from + tile, n);
    const count = ((to - from + ROWS - 1) / ROWS) * ROWS;
    const x = at.word(table, at.INPUTS) + ((from * d) << 3);
    memory.fill(scratch, 0, tile << 4);
    for (let p: usize = 0; p < panels; p += step) {
      const units = s + ((p * tile) << 5);
      const direction = w + ((p * rows) << 5);
      for (let k: usize = 0; k < count; k += ROWS)
        if (wide) forwardPair(d, x + ((k * d) << 3), direction, rows << 5, units + (k << 5), tile << 5);
        else forwardBlock(d, x + ((k * d) << 3), direction, units + (k << 5));
      activate(kind, count, weights + (p << 5), units, c, scratch);
      if (wide) activate(kind, count, weights + ((p + 1) << 5), units + (tile << 5), c, scratch);
    }
    outputs(scratch, at.word(table, at.OUTPUT) + (from << 3), to - from);
    if (mode != 2 && loss != 0) sum += lossOf(table, from, to);
    if (mode == 1) continue;
    const residual = at.word(table, at.RESIDUAL) + (from << 3);
    const turned = at.word(table, at.TURNED) + ((from * rows) << 3);
    for (let p: usize = 0; p < panels; p += step) {
      const units = s + ((p * tile) << 5);
      const turn = turns + ((p * rows) << 5);
      pull(kind, count, residual, units, c, g + (p << 5));
      if (wide) pull(kind, count, residual, units + (tile << 5), c + (tile << 5), g + ((p + 1) << 5));
      let j: usize = 0;
      for (; j < inBlocks; j += ROWS)
        if (wide) backwardPair(count, turned + ((j * tile) << 3), c, tile << 5, turn + (j << 5), rows << 5);
        else backwardBlock(count, turned + ((j * tile) << 3), c, turn + (j << 5));
      // No blocks of four are left over where panels come in pairs.
      for (; j < rows; j += 4) backwardFour(count, turned + ((j * tile) << 3), c, turn + (j << 5));
    }
  }
  store<f64>(at.word(table, at.LOSSES) + (chunk << 3), sum);
}

export function relu(table: usize, chunk: usize, thread: usize): void {
  chunkOf(0, false, table, chunk, thread);
}
export function reluWide(table: usize, chunk: usize, thread: usize): void {
  chunkOf(0, true, table, chunk, thread);
}
export function sigmoid(table: usize, chunk: usize, thread: usize): void {
  chunkOf(1, false, table, chunk, thread);
}
export function sigmoidWide(table: usize, chunk: usize, thread: usize): void {
  chunkOf(1, true, table, chunk, thread);
}
export function tanh(table: usize, chunk: usize, thread: usize): void {
  chunkOf(2, false, table, chunk, thread);
}
export function tanhWide(table: usize, chunk: usize, thread: usize): void {
  chunkOf(2, true, table, chunk, thread);
}
