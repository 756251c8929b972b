/**
 * AssemblyScript: sketches of mixtures, f = (1/m) Σ wᵢ D_k [cos ω_k·θᵢ, sin ω_k·θᵢ], in two passes over tiles of frequencies as in panel.ts:
 * forward over all panels of four particles, residuals, backward from the stored cosines and sines.
 * Scratch: cosines and sines of a tile by panel; f of the rows by lane; R′ of the rows; ω·θ or the pulls of one panel.
 */
import { madd, nmadd, splatAt, sumOf } from './arithmetic';
import { turn2 } from './circular';
import { word } from './layout';
import { block } from './blocks';

// Words of the table; src/kernels/sketch.ts has the same order.
/** Frequencies, particles, coordinates of a position, the same padded to blocks of four. */
const N = 0;
const M = 1;
const D = 2;
const D_PADDED = 3;
/** Frequencies that are held at once, a multiple of four; tiles; chunks of tiles, each with sums of its own. */
const TILE = 4;
const TILES = 5;
const CHUNKS = 6;
/** 0: forward, loss, backward. 1: forward and loss. 2: forward, and backward with the gradient that stands in RESIDUAL. */
const MODE = 7;
/** 1: the square loss, Σ (f − y)²/(2·scale); 0: the loss is the caller's. */
const SQUARE = 8;
/** Addresses. The state and the result, particle-major. */
const STATE = 9;
const RESULT = 10;
/** ω/2π by tile, there by coordinate; ω row by row; what a component's width leaves of each. Padded by zeros. */
const TURNS = 11;
const OMEGA = 12;
const DAMPING = 13;
/** All cosines, then all sines. */
const TARGETS = 14;
const OUTPUT = 15;
const RESIDUAL = 16;
/** w/m; positions by panel. */
const WEIGHTS = 17;
const POSITIONS = 18;
/** Sums of the backward pass of the first chunk, by panel: those for w, then those for θ; bytes from one chunk to the next; R of each chunk. */
const SUMS = 19;
const SUMS_STRIDE = 20;
const LOSSES = 21;
/** Scratch of the first thread, bytes from one thread to the next; ranges of particles in `packWave` and `unpackWave`. */
const SCRATCH = 22;
const SCRATCH_STRIDE = 23;
const RANGES = 24;
const SCALE: usize = 128;

// @ts-ignore: decorator
@inline
function panelsOf(table: usize): usize {
  return (word(table, M) + 3) >> 2;
}

/** The first panel of a range. */
// @ts-ignore: decorator
@inline
function first(table: usize, range: usize): usize {
  return (range * panelsOf(table)) / word(table, RANGES);
}

/** Weights and positions of a range of panels from the state. */
export function packWave(table: usize, range: usize, _thread: usize): void {
  const m = word(table, M);
  const d = word(table, D);
  const to = min(first(table, range + 1) << 2, m);
  for (let i = first(table, range) << 2; i < to; i++) {
    const u = word(table, STATE) + ((i * (1 + d)) << 3);
    store<f64>(word(table, WEIGHTS) + (i << 3), load<f64>(u) / <f64>m);
    const panel = word(table, POSITIONS) + (i >> 2) * (d << 5) + ((i & 3) << 3);
    for (let j: usize = 0; j < d; j++) store<f64>(panel + (j << 5), load<f64>(u + 8 + (j << 3)));
  }
}

/** −DΦᵀR′(f) of a range of panels, from the sums of the chunks in their order. */
export function unpackWave(table: usize, range: usize, _thread: usize): void {
  const m = word(table, M);
  const d = word(table, D);
  const chunks = word(table, CHUNKS);
  const stride = word(table, SUMS_STRIDE);
  const bytes = (1 + word(table, D_PADDED)) << 5;
  const end = first(table, range + 1);
  for (let p = first(table, range); p < end; p++) {
    const sums = word(table, SUMS) + p * bytes;
    for (let at = sums; at < sums + bytes; at += 16) {
      let sum = v128.load(at);
      for (let c: usize = 1; c < chunks; c++) sum = f64x2.add(sum, v128.load(at + c * stride));
      v128.store(at, sum);
    }
    const to = min((p + 1) << 2, m);
    for (let i = p << 2; i < to; i++) {
      const u = word(table, STATE) + ((i * (1 + d)) << 3);
      const out = word(table, RESULT) + ((i * (1 + d)) << 3);
      const its = sums + ((i & 3) << 3);
      store<f64>(out, -load<f64>(its));
      const w = load<f64>(u);
      for (let j: usize = 1; j <= d; j++) store<f64>(out + (j << 3), -w * load<f64>(its + (j << 5)));
    }
  }
}

/** Cosines and sines of the rows of a panel into s, from turns at z; w·cos and w·sin added to f, by lane. */
// @ts-ignore: decorator
@inline
function turn(rows: usize, z: usize, weights: usize, s: usize, f: usize): void {
  const a0 = v128.load(weights);
  const a1 = v128.load(weights, 16);
  const end = s + (rows << 6);
  while (s < end) {
    turn2(v128.load(z), v128.load(z, 16), s, 32);
    turn2(v128.load(z, 32), v128.load(z, 48), s + 64, 32);
    v128.store(f, madd(a1, v128.load(s, 32), madd(a0, v128.load(s), v128.load(f))));
    v128.store(f, madd(a1, v128.load(s, 48), madd(a0, v128.load(s, 16), v128.load(f, 16))), 16);
    v128.store(f, madd(a1, v128.load(s, 96), madd(a0, v128.load(s, 64), v128.load(f, 32))), 32);
    v128.store(f, madd(a1, v128.load(s, 112), madd(a0, v128.load(s, 80), v128.load(f, 48))), 48);
    z += 64;
    s += 128;
    f += 64;
  }
}

/** f of rows [from, to) of a tile whose sums by lane are at f. */
// @ts-ignore: decorator
@inline
function outputs(table: usize, f: usize, from: usize, to: usize): void {
  const cosines = word(table, OUTPUT);
  const sines = cosines + (word(table, N) << 3);
  for (let k = from; k < to; k++) {
    const damping = load<f64>(word(table, DAMPING) + (k << 3));
    store<f64>(cosines + (k << 3), damping * sumOf(v128.load(f)));
    store<f64>(sines + (k << 3), damping * sumOf(v128.load(f, 16)));
    f += 32;
  }
}

/** R of numbers [from, to), and their R′(f) into RESIDUAL. */
function squares(table: usize, from: usize, to: usize): f64 {
  const scale = load<f64>(table + SCALE);
  let sum: f64 = 0;
  for (let k = from << 3; k < to << 3; k += 8) {
    const r = load<f64>(word(table, OUTPUT) + k) - load<f64>(word(table, TARGETS) + k);
    sum += r * r;
    store<f64>(word(table, RESIDUAL) + k, r / scale);
  }
  return sum / (2 * scale);
}

/** Damped R′ of the cosine and the sine of rows [from, to) of a tile, side by side; 0 for the rows up to `padded`. */
// @ts-ignore: decorator
@inline
function gradients(table: usize, from: usize, to: usize, padded: usize, g: usize): void {
  const cosines = word(table, RESIDUAL);
  const sines = cosines + (word(table, N) << 3);
  memory.fill(g, 0, (padded - from) << 4);
  for (let k = from; k < to; k++) {
    const damping = load<f64>(word(table, DAMPING) + (k << 3));
    store<f64>(g, damping * load<f64>(cosines + (k << 3)));
    store<f64>(g, damping * load<f64>(sines + (k << 3)), 8);
    g += 16;
  }
}

/** The derivatives along ω·θ of a panel into c, and those in w added to `sums`. */
// @ts-ignore: decorator
@inline
function pull(rows: usize, g: usize, s: usize, c: usize, sums: usize): void {
  let g0 = v128.load(sums);
  let g1 = v128.load(sums, 16);
  const end = g + (rows << 4);
  while (g < end) {
    const gc = splatAt(g);
    const gs = splatAt(g + 8);
    const c0 = v128.load(s);
    const s0 = v128.load(s, 16);
    const c1 = v128.load(s, 32);
    const s1 = v128.load(s, 48);
    g0 = f64x2.add(g0, madd(gs, s0, f64x2.mul(gc, c0)));
    g1 = f64x2.add(g1, madd(gs, s1, f64x2.mul(gc, c1)));
    v128.store(c, nmadd(gc, s0, f64x2.mul(gs, c0)));
    v128.store(c, nmadd(gc, s1, f64x2.mul(gs, c1)), 16);
    g += 16;
    s += 64;
    c += 32;
  }
  v128.store(sums, g0);
  v128.store(sums, g1, 16);
}

/** The tiles of one chunk; `thread` names the scratch. */
export function wave(table: usize, chunk: usize, thread: usize): void {
  const n = word(table, N);
  const d = word(table, D);
  const rowBytes = word(table, D_PADDED) << 3;
  const panels = panelsOf(table);
  const tile = word(table, TILE);
  const tiles = word(table, TILES);
  const chunks = word(table, CHUNKS);
  const mode = word(table, MODE);
  const square = word(table, SQUARE) == 1;
  const weights = word(table, WEIGHTS);
  const positions = word(table, POSITIONS);
  const s = word(table, SCRATCH) + thread * word(table, SCRATCH_STRIDE);
  const f = s + panels * (tile << 6);
  const g = f + (tile << 5);
  const c = g + (tile << 4);
  const sums = word(table, SUMS) + chunk * word(table, SUMS_STRIDE);
  const panelSums = 32 + (rowBytes << 2);
  const end = ((chunk + 1) * tiles) / chunks;
  let R: f64 = 0;
  if (mode != 1) memory.fill(sums, 0, panels * panelSums);
  for (let t = (chunk * tiles) / chunks; t < end; t++) {
    const from = t * tile;
    const to = min(from + tile, n);
    const count = (to - from + 3) & ~3;
    const turns = word(table, TURNS) + ((from * d) << 3);
    const omega = word(table, OMEGA) + from * rowBytes;
    memory.fill(f, 0, count << 5);
    for (let p: usize = 0; p < panels; p++) {
      const theta = positions + p * (d << 5);
      for (let k: usize = 0; k < count; k += 4) block(true, d, turns + (k << 3), tile << 3, theta, 32, c + (k << 5), 32);
      turn(count, c, weights + (p << 5), s + p * (tile << 6), f);
    }
    outputs(table, f, from, to);
    if (mode != 2 && square) R += squares(table, from, to) + squares(table, n + from, n + to);
    if (mode == 1) continue;
    gradients(table, from, to, from + count, g);
    for (let p: usize = 0; p < panels; p++) {
      const its = sums + p * panelSums;
      pull(count, g, s + p * (tile << 6), c, its);
      for (let j: usize = 0; j < rowBytes; j += 32) block(false, count, omega + j, rowBytes, c, 32, its + 32 + (j << 2), 32);
    }
  }
  store<f64>(word(table, LOSSES) + (chunk << 3), R);
}
