/**
 * AssemblyScript: two-layer nets on any number of inputs, in panels of two vectors of particles and blocks of five or six rows or inputs
 * (blocks.ts); two panels at once where the engine joins pairs of vectors. In single precision (T = f32) R, R′ and f over many panels are
 * doubles.
 * X stands twice: by block of rows, there input by input; and by tile and block of inputs, there row by row; so that both passes read what
 * follows. Directions: by panel, row j of it its particles. Scratch: f of a tile by lane, the exponents or the pulls of one panel, σ of
 * the tile by panel.
 */
import { activatedFrom, clamped, coefficient, laneSum, largest, least, madd, pulled, RELU, rectified, rounding, splatAt } from './arithmetic';
import * as at from './layout';
import { lossOf, narrow } from './loss';
import { backwardBlock, backwardFour, backwardPair, forwardBlock, forwardPair, ROWS } from './blocks';

/** The first half of σ of the rows of a panel: of z at s are left the remainders, and the exponents at t. */
// @ts-ignore: decorator
@inline
function begin<T>(rows: usize, s: usize, t: usize): void {
  const high = largest<T>();
  const low = least<T>();
  const shift = rounding<T>();
  const end = s + (rows << 5);
  while (s < end) {
    const z0 = clamped<T>(v128.load(s), high, low);
    const z1 = clamped<T>(v128.load(s, 16), high, low);
    const bits0 = v128.add<T>(z0, shift);
    const bits1 = v128.add<T>(z1, shift);
    v128.store(t, bits0);
    v128.store(t, bits1, 16);
    v128.store(s, v128.sub<T>(z0, v128.sub<T>(bits0, shift)));
    v128.store(s, v128.sub<T>(z1, v128.sub<T>(bits1, shift)), 16);
    s += 32;
    t += 32;
  }
}

/** a·ReLU of the rows of a panel, of z at s, added to f, by lane. */
// @ts-ignore: decorator
@inline
function rectify<T>(rows: usize, weights: usize, s: usize, f: usize): void {
  const a0 = v128.load(weights);
  const a1 = v128.load(weights, 16);
  const end = s + (rows << 5);
  while (s < end) {
    v128.store(f, madd<T>(a1, rectified<T>(v128.load(s, 16)), madd<T>(a0, rectified<T>(v128.load(s)), v128.load(f))));
    s += 32;
    f += 16;
  }
}

/** σ of the rows of a panel from what `begin` left, and a·σ added to f, by lane. */
// @ts-ignore: decorator
@inline
function finish<T>(kind: i32, rows: usize, weights: usize, s: usize, t: usize, f: usize): void {
  const a0 = v128.load(weights);
  const a1 = v128.load(weights, 16);
  const p0 = coefficient<T>(0);
  const p1 = coefficient<T>(1);
  const p2 = coefficient<T>(2);
  const q1 = coefficient<T>(3);
  const q2 = coefficient<T>(4);
  const one = coefficient<T>(5);
  const end = s + (rows << 5);
  while (s < end) {
    const r0 = v128.load(s);
    const r1 = v128.load(s, 16);
    // All that is loaded comes before what is stored, else an engine that joins pairs of vectors could not join these.
    const t0 = v128.load(t);
    const t1 = v128.load(t, 16);
    const s0 = activatedFrom<T>(kind, t0, r0, p0, p1, p2, q1, q2, one);
    const s1 = activatedFrom<T>(kind, t1, r1, p0, p1, p2, q1, q2, one);
    v128.store(s, s0);
    v128.store(s, s1, 16);
    v128.store(f, madd<T>(a1, s1, madd<T>(a0, s0, v128.load(f))));
    s += 32;
    t += 32;
    f += 16;
  }
}

/** σ of the rows of a panel, of z at s, and a·σ added to f, by lane. */
// @ts-ignore: decorator
@inline
function activate<T>(kind: i32, rows: usize, weights: usize, s: usize, t: usize, f: usize): void {
  if (kind == RELU) return rectify<T>(rows, weights, s, f);
  begin<T>(rows, s, t);
  finish<T>(kind, rows, weights, s, t, f);
}

/** σ from what the passes leave: that of ReLU costs less than to store it. */
// @ts-ignore: decorator
@inline
function stored<T>(kind: i32, s: v128): v128 {
  return kind == RELU ? rectified<T>(s) : s;
}

/** The pulls r_k σ′ of a panel into c, and Σ r_k σ added to g: of even rows and of odd ones, each sum waiting for itself alone. */
// @ts-ignore: decorator
@inline
function pull<T>(kind: i32, rows: usize, residual: usize, s: usize, c: usize, g: usize): void {
  let g0 = v128.load(g);
  let g1 = v128.load(g, 16);
  const end = residual + (rows << alignof<T>());
  if (rows & 1) {
    const r = splatAt<T>(residual);
    const s0 = stored<T>(kind, v128.load(s));
    const s1 = stored<T>(kind, v128.load(s, 16));
    g0 = madd<T>(r, s0, g0);
    g1 = madd<T>(r, s1, g1);
    v128.store(c, pulled<T>(kind, r, s0));
    v128.store(c, pulled<T>(kind, r, s1), 16);
    residual += sizeof<T>();
    s += 32;
    c += 32;
  }
  let h0 = v128.splat<T>(0);
  let h1 = h0;
  while (residual < end) {
    const r = splatAt<T>(residual);
    const q = splatAt<T>(residual + sizeof<T>());
    const s0 = stored<T>(kind, v128.load(s));
    const s1 = stored<T>(kind, v128.load(s, 16));
    g0 = madd<T>(r, s0, g0);
    g1 = madd<T>(r, s1, g1);
    v128.store(c, pulled<T>(kind, r, s0));
    v128.store(c, pulled<T>(kind, r, s1), 16);
    const t0 = stored<T>(kind, v128.load(s, 32));
    const t1 = stored<T>(kind, v128.load(s, 48));
    h0 = madd<T>(q, t0, h0);
    h1 = madd<T>(q, t1, h1);
    v128.store(c, pulled<T>(kind, q, t0), 32);
    v128.store(c, pulled<T>(kind, q, t1), 48);
    residual += 2 * sizeof<T>();
    s += 64;
    c += 64;
  }
  v128.store(g, v128.add<T>(g0, h0));
  v128.store(g, v128.add<T>(g1, h1), 16);
}

/** Panels over which single precision sums f at most: over a million particles it would lose two more digits. */
const SUMMED: usize = 128;

/** f of the rows of a tile from its lanes; in single precision they are added to it, and cleared. */
function outputs<T>(lanes: usize, output: usize, rows: usize): void {
  for (let k: usize = 0; k < rows; k++) {
    const sum = laneSum<T>(v128.load(lanes + (k << 4)));
    store<f64>(output + (k << 3), sizeof<T>() == 8 ? sum : load<f64>(output + (k << 3)) + sum);
  }
  if (sizeof<T>() == 4) memory.fill(lanes, 0, rows << 4);
}

/** The tiles of one chunk; `thread` names the scratch. */
// @ts-ignore: decorator
@inline
export function chunkOf<T>(kind: i32, wide: bool, table: usize, chunk: usize, thread: usize): void {
  const n = at.word(table, at.N);
  const d = at.word(table, at.D);
  const rows = at.word(table, at.D_PADDED);
  const tile = at.word(table, at.TILE);
  const tiles = at.word(table, at.TILES);
  const chunks = at.word(table, at.CHUNKS);
  const mode = at.word(table, at.MODE);
  const loss = at.word(table, at.LOSS);
  const panels = at.word(table, at.M_PADDED) >> (5 - alignof<T>());
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
    const x = at.word(table, at.INPUTS) + ((from * d) << alignof<T>());
    memory.fill(scratch, 0, tile << 4);
    if (sizeof<T>() == 4) memory.fill(at.word(table, at.OUTPUT) + (from << 3), 0, (to - from) << 3);
    for (let p: usize = 0; p < panels; p += step) {
      const units = s + ((p * tile) << 5);
      const direction = w + ((p * rows) << 5);
      for (let k: usize = 0; k < count; k += ROWS)
        if (wide) forwardPair<T>(d, x + ((k * d) << alignof<T>()), direction, rows << 5, units + (k << 5), tile << 5);
        else forwardBlock<T>(d, x + ((k * d) << alignof<T>()), direction, units + (k << 5));
      activate<T>(kind, count, weights + (p << 5), units, c, scratch);
      if (wide) activate<T>(kind, count, weights + ((p + 1) << 5), units + (tile << 5), c, scratch);
      if (sizeof<T>() == 4 && (p % SUMMED == SUMMED - 1 || p == panels - 1))
        outputs<T>(scratch, at.word(table, at.OUTPUT) + (from << 3), to - from);
    }
    if (sizeof<T>() == 8) outputs<T>(scratch, at.word(table, at.OUTPUT) + (from << 3), to - from);
    if (mode != 2 && loss != 0) sum += lossOf(table, from, to);
    if (mode == 1) continue;
    let residual = at.word(table, at.RESIDUAL) + (from << 3);
    if (sizeof<T>() == 4) {
      narrow(residual, count, scratch);
      residual = scratch;
    }
    const turned = at.word(table, at.TURNED) + ((from * rows) << alignof<T>());
    for (let p: usize = 0; p < panels; p += step) {
      const units = s + ((p * tile) << 5);
      const turn = turns + ((p * rows) << 5);
      pull<T>(kind, count, residual, units, c, g + (p << 5));
      if (wide) pull<T>(kind, count, residual, units + (tile << 5), c + (tile << 5), g + ((p + 1) << 5));
      let j: usize = 0;
      for (; j < inBlocks; j += ROWS)
        if (wide) backwardPair<T>(count, turned + ((j * tile) << alignof<T>()), c, tile << 5, turn + (j << 5), rows << 5);
        else backwardBlock<T>(count, turned + ((j * tile) << alignof<T>()), c, turn + (j << 5));
      // No blocks of four are left over where panels come in pairs.
      for (; j < rows; j += 4) backwardFour<T>(count, turned + ((j * tile) << alignof<T>()), c, turn + (j << 5));
    }
  }
  store<f64>(at.word(table, at.LOSSES) + (chunk << 3), sum);
}

export function relu(table: usize, chunk: usize, thread: usize): void {
  chunkOf<f64>(0, false, table, chunk, thread);
}
export function reluWide(table: usize, chunk: usize, thread: usize): void {
  chunkOf<f64>(0, true, table, chunk, thread);
}
export function sigmoid(table: usize, chunk: usize, thread: usize): void {
  chunkOf<f64>(1, false, table, chunk, thread);
}
export function sigmoidWide(table: usize, chunk: usize, thread: usize): void {
  chunkOf<f64>(1, true, table, chunk, thread);
}
export function tanh(table: usize, chunk: usize, thread: usize): void {
  chunkOf<f64>(2, false, table, chunk, thread);
}
export function tanhWide(table: usize, chunk: usize, thread: usize): void {
  chunkOf<f64>(2, true, table, chunk, thread);
}
