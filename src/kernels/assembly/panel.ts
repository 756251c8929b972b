/**
 * AssemblyScript: two-layer nets on any number of inputs, in panels of four particles: eight sums of two doubles stand in registers, as
 * many as hide the latency of two adders, fewer than the fifteen that engines have.
 * X: by tile, there by blocks of four inputs, row k of a block its four numbers x_kj; directions: by panel, row j of it four particles.
 * Scratch: σ of a tile by panel, the exponents or the pulls of one panel, f of the rows by lane.
 */
import { activated, activatedFrom, exponentOf, madd, pulled, RELU, remainderOf, splatAt, sumOf } from './arithmetic';
import * as at from './layout';
import { lossOf } from './loss';

/** θ·x of four rows of a panel. */
// @ts-ignore: decorator
@inline
function forward(rows: usize, x: usize, block: usize, w: usize, s: usize): void {
  let z00 = f64x2.splat(0);
  let z01 = f64x2.splat(0);
  let z10 = f64x2.splat(0);
  let z11 = f64x2.splat(0);
  let z20 = f64x2.splat(0);
  let z21 = f64x2.splat(0);
  let z30 = f64x2.splat(0);
  let z31 = f64x2.splat(0);
  const end = w + (rows << 5);
  while (w < end) {
    const four = w + 128;
    while (w < four) {
      const w0 = v128.load(w);
      const w1 = v128.load(w, 16);
      const x0 = v128.load64_splat(x);
      z00 = madd(w0, x0, z00);
      z01 = madd(w1, x0, z01);
      const x1 = v128.load64_splat(x, 32);
      z10 = madd(w0, x1, z10);
      z11 = madd(w1, x1, z11);
      const x2 = v128.load64_splat(x, 64);
      z20 = madd(w0, x2, z20);
      z21 = madd(w1, x2, z21);
      const x3 = v128.load64_splat(x, 96);
      z30 = madd(w0, x3, z30);
      z31 = madd(w1, x3, z31);
      w += 32;
      x += 8;
    }
    x += block;
  }
  v128.store(s, z00);
  v128.store(s, z01, 16);
  v128.store(s, z10, 32);
  v128.store(s, z11, 48);
  v128.store(s, z20, 64);
  v128.store(s, z21, 80);
  v128.store(s, z30, 96);
  v128.store(s, z31, 112);
}

/**
 * The same for eight rows: where the engine joins pairs of vectors into one of four doubles these are eight sums as well. Each sum has the
 * order of its own, so that no bit differs.
 */
// @ts-ignore: decorator
@inline
function forwardWide(rows: usize, x: usize, block: usize, w: usize, s: usize): void {
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
    const four = w + 128;
    while (w < four) {
      const w0 = v128.load(w);
      const w1 = v128.load(w, 16);
      const x0 = v128.load64_splat(x);
      z00 = madd(w0, x0, z00);
      z01 = madd(w1, x0, z01);
      const x1 = v128.load64_splat(x, 32);
      z10 = madd(w0, x1, z10);
      z11 = madd(w1, x1, z11);
      const x2 = v128.load64_splat(x, 64);
      z20 = madd(w0, x2, z20);
      z21 = madd(w1, x2, z21);
      const x3 = v128.load64_splat(x, 96);
      z30 = madd(w0, x3, z30);
      z31 = madd(w1, x3, z31);
      const x4 = v128.load64_splat(x, 128);
      z40 = madd(w0, x4, z40);
      z41 = madd(w1, x4, z41);
      const x5 = v128.load64_splat(x, 160);
      z50 = madd(w0, x5, z50);
      z51 = madd(w1, x5, z51);
      const x6 = v128.load64_splat(x, 192);
      z60 = madd(w0, x6, z60);
      z61 = madd(w1, x6, z61);
      const x7 = v128.load64_splat(x, 224);
      z70 = madd(w0, x7, z70);
      z71 = madd(w1, x7, z71);
      w += 32;
      x += 8;
    }
    x += block;
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

/** The first half of σ of the rows of a panel: of z at s are left the remainders, and the exponents at t. */
// @ts-ignore: decorator
@inline
function begin(kind: i32, rows: usize, s: usize, t: usize): void {
  const end = s + (rows << 5);
  while (s < end) {
    const z0 = v128.load(s);
    const z1 = v128.load(s, 16);
    const bits0 = exponentOf(kind, z0);
    const bits1 = exponentOf(kind, z1);
    v128.store(t, bits0);
    v128.store(t, bits1, 16);
    v128.store(s, remainderOf(kind, z0, bits0));
    v128.store(s, remainderOf(kind, z1, bits1), 16);
    s += 32;
    t += 32;
  }
}

/** σ of the rows of a panel, from z for ReLU, else from what `begin` left, and a·σ added to f, by lane. */
// @ts-ignore: decorator
@inline
function finish(kind: i32, rows: usize, weights: usize, s: usize, t: usize, f: usize): void {
  const a0 = v128.load(weights);
  const a1 = v128.load(weights, 16);
  const end = s + (rows << 5);
  while (s < end) {
    const z0 = v128.load(s);
    const z1 = v128.load(s, 16);
    const s0 = kind == RELU ? activated(kind, z0) : activatedFrom(kind, v128.load(t), z0);
    v128.store(s, s0);
    const s1 = kind == RELU ? activated(kind, z1) : activatedFrom(kind, v128.load(t, 16), z1);
    v128.store(s, s1, 16);
    v128.store(f, madd(a1, s1, madd(a0, s0, v128.load(f))));
    s += 32;
    t += 32;
    f += 16;
  }
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

/** Σ_k c_k x_kj of four j, added to g. */
// @ts-ignore: decorator
@inline
function backward(rows: usize, x: usize, c: usize, g: usize): void {
  let g00 = v128.load(g);
  let g01 = v128.load(g, 16);
  let g10 = v128.load(g, 32);
  let g11 = v128.load(g, 48);
  let g20 = v128.load(g, 64);
  let g21 = v128.load(g, 80);
  let g30 = v128.load(g, 96);
  let g31 = v128.load(g, 112);
  const end = c + (rows << 5);
  while (c < end) {
    const c0 = v128.load(c);
    const c1 = v128.load(c, 16);
    const x0 = v128.load64_splat(x);
    g00 = madd(c0, x0, g00);
    g01 = madd(c1, x0, g01);
    const x1 = v128.load64_splat(x, 8);
    g10 = madd(c0, x1, g10);
    g11 = madd(c1, x1, g11);
    const x2 = v128.load64_splat(x, 16);
    g20 = madd(c0, x2, g20);
    g21 = madd(c1, x2, g21);
    const x3 = v128.load64_splat(x, 24);
    g30 = madd(c0, x3, g30);
    g31 = madd(c1, x3, g31);
    c += 32;
    x += 32;
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

/** The same for eight j: the second four begin at `next`. */
// @ts-ignore: decorator
@inline
function backwardWide(rows: usize, x: usize, next: usize, c: usize, g: usize): void {
  let g00 = v128.load(g);
  let g01 = v128.load(g, 16);
  let g10 = v128.load(g, 32);
  let g11 = v128.load(g, 48);
  let g20 = v128.load(g, 64);
  let g21 = v128.load(g, 80);
  let g30 = v128.load(g, 96);
  let g31 = v128.load(g, 112);
  let g40 = v128.load(g, 128);
  let g41 = v128.load(g, 144);
  let g50 = v128.load(g, 160);
  let g51 = v128.load(g, 176);
  let g60 = v128.load(g, 192);
  let g61 = v128.load(g, 208);
  let g70 = v128.load(g, 224);
  let g71 = v128.load(g, 240);
  const end = c + (rows << 5);
  while (c < end) {
    const c0 = v128.load(c);
    const c1 = v128.load(c, 16);
    const x0 = v128.load64_splat(x);
    g00 = madd(c0, x0, g00);
    g01 = madd(c1, x0, g01);
    const x1 = v128.load64_splat(x, 8);
    g10 = madd(c0, x1, g10);
    g11 = madd(c1, x1, g11);
    const x2 = v128.load64_splat(x, 16);
    g20 = madd(c0, x2, g20);
    g21 = madd(c1, x2, g21);
    const x3 = v128.load64_splat(x, 24);
    g30 = madd(c0, x3, g30);
    g31 = madd(c1, x3, g31);
    const x4 = v128.load64_splat(next);
    g40 = madd(c0, x4, g40);
    g41 = madd(c1, x4, g41);
    const x5 = v128.load64_splat(next, 8);
    g50 = madd(c0, x5, g50);
    g51 = madd(c1, x5, g51);
    const x6 = v128.load64_splat(next, 16);
    g60 = madd(c0, x6, g60);
    g61 = madd(c1, x6, g61);
    const x7 = v128.load64_splat(next, 24);
    g70 = madd(c0, x7, g70);
    g71 = madd(c1, x7, g71);
    c += 32;
    x += 32;
    next += 32;
  }
  v128.store(g, g00);
  v128.store(g, g01, 16);
  v128.store(g, g10, 32);
  v128.store(g, g11, 48);
  v128.store(g, g20, 64);
  v128.store(g, g21, 80);
  v128.store(g, g30, 96);
  v128.store(g, g31, 112);
  v128.store(g, g40, 128);
  v128.store(g, g41, 144);
  v128.store(g, g50, 160);
  v128.store(g, g51, 176);
  v128.store(g, g60, 192);
  v128.store(g, g61, 208);
  v128.store(g, g70, 224);
  v128.store(g, g71, 240);
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
  // From the fourth input of a block to the first of the next.
  const block = (tile - 1) << 5;
  const end = ((chunk + 1) * tiles) / chunks;
  let sum: f64 = 0;
  if (mode != 1) memory.fill(g, 0, (rows + 1) * (panels << 5));
  for (let t = (chunk * tiles) / chunks; t < end; t++) {
    const from = t * tile;
    const to = min(from + tile, n);
    const count = (to - from + 3) & ~3;
    const x = at.word(table, at.INPUTS) + ((from * rows) << 3);
    memory.fill(scratch, 0, tile << 4);
    for (let p: usize = 0; p < panels; p++) {
      const units = s + ((p * tile) << 5);
      const direction = w + ((p * rows) << 5);
      let k: usize = 0;
      if (wide)
        for (; k + 8 <= count; k += 8) forwardWide(rows, x + (k << 5), block, direction, units + (k << 5));
      for (; k < count; k += 4) forward(rows, x + (k << 5), block, direction, units + (k << 5));
      if (kind != RELU) begin(kind, count, units, c);
      finish(kind, count, weights + (p << 5), units, c, scratch);
    }
    outputs(scratch, at.word(table, at.OUTPUT) + (from << 3), to - from);
    if (mode != 2 && loss != 0) sum += lossOf(table, from, to);
    if (mode == 1) continue;
    const residual = at.word(table, at.RESIDUAL) + (from << 3);
    for (let p: usize = 0; p < panels; p++) {
      pull(kind, count, residual, s + ((p * tile) << 5), c, g + (p << 5));
      const turn = turns + ((p * rows) << 5);
      let j: usize = 0;
      if (wide)
        for (; j + 8 <= rows; j += 8) backwardWide(count, x + ((j * tile) << 3), x + (((j + 4) * tile) << 3), c, turn + (j << 5));
      for (; j < rows; j += 4) backward(count, x + ((j * tile) << 3), c, turn + (j << 5));
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
