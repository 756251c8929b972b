/**
 * AssemblyScript: two-layer nets on any number of inputs, in panels of four particles: eight sums of two doubles stand in registers, as
 * many as hide the latency of two adders, fewer than the fifteen that engines have.
 * X: by tile, row j of it the TILE numbers x_kj; directions: by panel, row j of it four particles. Scratch: σ of a tile by panel, the
 * pulls of one panel, f of the rows by lane.
 */
import { activated, madd, pulled, splatAt, sumOf } from './arithmetic';
import * as at from './layout';
import { lossOf } from './loss';

/** σ of four rows of a panel into s, and a·σ added to f. */
// @ts-ignore: decorator
@inline
function forward(kind: i32, d: usize, x: usize, row: usize, w: usize, weights: usize, s: usize, f: usize): void {
  let z00 = f64x2.splat(0);
  let z01 = f64x2.splat(0);
  let z10 = f64x2.splat(0);
  let z11 = f64x2.splat(0);
  let z20 = f64x2.splat(0);
  let z21 = f64x2.splat(0);
  let z30 = f64x2.splat(0);
  let z31 = f64x2.splat(0);
  const end = w + (d << 5);
  while (w < end) {
    const w0 = v128.load(w);
    const w1 = v128.load(w, 16);
    const x0 = v128.load64_splat(x);
    z00 = madd(w0, x0, z00);
    z01 = madd(w1, x0, z01);
    const x1 = v128.load64_splat(x, 8);
    z10 = madd(w0, x1, z10);
    z11 = madd(w1, x1, z11);
    const x2 = v128.load64_splat(x, 16);
    z20 = madd(w0, x2, z20);
    z21 = madd(w1, x2, z21);
    const x3 = v128.load64_splat(x, 24);
    z30 = madd(w0, x3, z30);
    z31 = madd(w1, x3, z31);
    w += 32;
    x += row;
  }
  const a0 = v128.load(weights);
  const a1 = v128.load(weights, 16);
  finish(kind, z00, z01, a0, a1, s, f);
  finish(kind, z10, z11, a0, a1, s + 32, f + 16);
  finish(kind, z20, z21, a0, a1, s + 64, f + 32);
  finish(kind, z30, z31, a0, a1, s + 96, f + 48);
}

// @ts-ignore: decorator
@inline
function finish(kind: i32, z0: v128, z1: v128, a0: v128, a1: v128, s: usize, f: usize): void {
  const s0 = activated(kind, z0);
  const s1 = activated(kind, z1);
  v128.store(s, s0);
  v128.store(s, s1, 16);
  v128.store(f, madd(a1, s1, madd(a0, s0, v128.load(f))));
}

/** The pulls r_k σ′ of a panel into c, and Σ r_k σ added to g. */
// @ts-ignore: decorator
@inline
function pull(kind: i32, rows: usize, residual: usize, s: usize, c: usize, g: usize): void {
  let g0 = v128.load(g);
  let g1 = v128.load(g, 16);
  const end = residual + (rows << 3);
  while (residual < end) {
    const r = splatAt(residual);
    const s0 = v128.load(s);
    const s1 = v128.load(s, 16);
    g0 = madd(r, s0, g0);
    g1 = madd(r, s1, g1);
    v128.store(c, pulled(kind, r, s0));
    v128.store(c, pulled(kind, r, s1), 16);
    residual += 8;
    s += 32;
    c += 32;
  }
  v128.store(g, g0);
  v128.store(g, g1, 16);
}

/** Σ_k c_k x_kj of four j, added to g; rows of x are `row` bytes apart. */
// @ts-ignore: decorator
@inline
function backward(rows: usize, x: usize, row: usize, c: usize, g: usize): void {
  let g00 = v128.load(g);
  let g01 = v128.load(g, 16);
  let g10 = v128.load(g, 32);
  let g11 = v128.load(g, 48);
  let g20 = v128.load(g, 64);
  let g21 = v128.load(g, 80);
  let g30 = v128.load(g, 96);
  let g31 = v128.load(g, 112);
  const xb = x + row;
  const xc = xb + row;
  const xd = xc + row;
  const end = rows << 3;
  for (let k: usize = 0; k < end; k += 8) {
    const c0 = v128.load(c);
    const c1 = v128.load(c, 16);
    const x0 = splatAt(x + k);
    g00 = madd(c0, x0, g00);
    g01 = madd(c1, x0, g01);
    const x1 = splatAt(xb + k);
    g10 = madd(c0, x1, g10);
    g11 = madd(c1, x1, g11);
    const x2 = splatAt(xc + k);
    g20 = madd(c0, x2, g20);
    g21 = madd(c1, x2, g21);
    const x3 = splatAt(xd + k);
    g30 = madd(c0, x3, g30);
    g31 = madd(c1, x3, g31);
    c += 32;
  }
  v128.store(g, g00);
  v128.store(g, g01, 16);
  v128.store(g, g10, 32);
  v128.store(g, g11, 48);
  v128.store(g, g20, 64);
  v128.store(g, g21, 80);
  v128.store(g, g30, 96);
  v128.store(g, g31, 112);
}

/** f of the rows of a tile from its lanes. */
function outputs(lanes: usize, output: usize, rows: usize): void {
  for (let k: usize = 0; k < rows; k++) store<f64>(output + (k << 3), sumOf(v128.load(lanes + (k << 4))));
}

/** The tiles of one chunk; `thread` names the scratch. */
// @ts-ignore: decorator
@inline
function chunkOf(kind: i32, table: usize, chunk: usize, thread: usize): void {
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
  const scratch = at.word(table, at.SCRATCH) + thread * at.word(table, at.SCRATCH_STRIDE);
  const c = scratch + (tile << 4);
  const s = c + (tile << 5);
  const g = at.word(table, at.SUMS) + chunk * at.word(table, at.SUMS_STRIDE);
  const turns = g + (panels << 5);
  const row = tile << 3;
  const end = ((chunk + 1) * tiles) / chunks;
  let sum: f64 = 0;
  if (mode != 1) memory.fill(g, 0, (rows + 1) * (panels << 5));
  for (let t = (chunk * tiles) / chunks; t < end; t++) {
    const from = t * tile;
    const to = min(from + tile, n);
    const count = (to - from + 3) & ~3;
    const x = at.word(table, at.INPUTS) + ((from * rows) << 3);
    memory.fill(scratch, 0, tile << 4);
    for (let p: usize = 0; p < panels; p++)
      for (let k: usize = 0; k < count; k += 4)
        forward(kind, d, x + (k << 3), row, w + ((p * rows) << 5), weights + (p << 5), s + ((p * tile + k) << 5), scratch + (k << 4));
    outputs(scratch, at.word(table, at.OUTPUT) + (from << 3), to - from);
    if (mode != 2 && loss != 0) sum += lossOf(table, from, to);
    if (mode == 1) continue;
    const residual = at.word(table, at.RESIDUAL) + (from << 3);
    for (let p: usize = 0; p < panels; p++) {
      pull(kind, count, residual, s + ((p * tile) << 5), c, g + (p << 5));
      for (let j: usize = 0; j < rows; j += 4) backward(count, x + j * row, row, c, turns + ((p * rows + j) << 5));
    }
  }
  store<f64>(at.word(table, at.LOSSES) + (chunk << 3), sum);
}

export function relu(table: usize, chunk: usize, thread: usize): void {
  chunkOf(0, table, chunk, thread);
}
export function sigmoid(table: usize, chunk: usize, thread: usize): void {
  chunkOf(1, table, chunk, thread);
}
export function tanh(table: usize, chunk: usize, thread: usize): void {
  chunkOf(2, table, chunk, thread);
}
