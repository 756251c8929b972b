/**
 * AssemblyScript: Fourier sums over particles [w, θ₁, θ₂] on the torus through a grid finer than its frequencies (Dutt & Rokhlin 1993):
 * particles are spread over 14 × 14 points each by a narrow window, the grid is transformed, and back.
 */
import { madd, splatAt, sumOf } from './arithmetic';
import { word } from './layout';
import {
  CHUNKS,
  GRID_STRIDE,
  GRIDS,
  M,
  PERIOD,
  RECORDS,
  RESULT,
  SCRATCH,
  SCRATCH_STRIDE,
  SIDE,
  SLOPE,
  STATE,
  stride,
  TAPS,
  WINDOW,
} from './torus-layout';

/** Bytes of one coefficient of all taps, and of a piece. */
const TERM: usize = 112;
const TERMS: usize = 6;
const PIECE: usize = TERM * TERMS;
/** Pieces of a step, 2^7. */
const PIECES: f64 = 128;
const SHIFT: i32 = 7;

/** Particles at a time: the place of each, then its windows, then the grid, so that a processor has several under way at once. */
const BLOCK: usize = 8;
/**
 * Bytes of the record of a particle: its place in its pieces along both axes; addresses of these, and of its taps from those of its grid;
 * the window and its derivative along the first axis, then along the second.
 */
const FIRST: usize = 32;
const SECOND: usize = FIRST + 2 * TERM;
const RECORD: usize = FIRST + 4 * TERM;

/** Where the particles from `row` on are. */
// @ts-ignore: decorator
@inline
function locate(table: usize, row: usize, end: usize, record: usize): void {
  const side = word(table, SIDE);
  const next = stride(table);
  const window = word(table, WINDOW);
  const period = splatAt(table + PERIOD);
  const fine = f64x2.splat(PIECES * <f64>side);
  // Counted from the first of the grid; what is not finite is in the middle.
  const middle = i32x4.splat(<i32>(side << (SHIFT - 1)));
  for (; row < end; row += 24) {
    const t = f64x2.div(v128.load(row + 8), period);
    const v = f64x2.mul(f64x2.sub(t, f64x2.nearest(t)), fine);
    const whole = f64x2.floor(v);
    v128.store(record, f64x2.sub(f64x2.sub(v, whole), f64x2.splat(0.5)));
    const pieces = i32x4.add(i32x4.trunc_sat_f64x2_s_zero(whole), middle);
    const one = i32x4.extract_lane(pieces, 0);
    const two = i32x4.extract_lane(pieces, 1);
    store<u32>(record, <u32>pieceAt(window, one), 16);
    store<u32>(record, <u32>pieceAt(window, two), 20);
    store<u32>(record, <u32>(<usize>(one >> SHIFT) * next + (<usize>(two >> SHIFT) << 3)), 24);
    record += RECORD;
  }
}

// @ts-ignore: decorator
@inline
function pieceAt(window: usize, number: i32): usize {
  return window + <usize>(number & ((1 << SHIFT) - 1)) * PIECE;
}

// @ts-ignore: decorator
@inline
function pointer(at: usize): usize {
  return <usize>load<u32>(at);
}

/** The weights of eight taps, and where asked for their slopes behind those of all: as many sums at once as a processor has room for. */
// @ts-ignore: decorator
@inline
function eight(slopes: bool, piece: usize, y: v128, out: usize): void {
  let at = piece + (TERMS - 1) * TERM;
  let e = v128.load(at);
  let f = v128.load(at, 16);
  let g = v128.load(at, 32);
  let h = v128.load(at, 48);
  at -= TERM;
  let a = madd(e, y, v128.load(at));
  let b = madd(f, y, v128.load(at, 16));
  let c = madd(g, y, v128.load(at, 32));
  let d = madd(h, y, v128.load(at, 48));
  while (at != piece) {
    at -= TERM;
    if (slopes) {
      e = madd(e, y, a);
      f = madd(f, y, b);
      g = madd(g, y, c);
      h = madd(h, y, d);
    }
    a = madd(a, y, v128.load(at));
    b = madd(b, y, v128.load(at, 16));
    c = madd(c, y, v128.load(at, 32));
    d = madd(d, y, v128.load(at, 48));
  }
  v128.store(out, a);
  v128.store(out, b, 16);
  v128.store(out, c, 32);
  v128.store(out, d, 48);
  if (!slopes) return;
  v128.store(out, e, 112);
  v128.store(out, f, 128);
  v128.store(out, g, 144);
  v128.store(out, h, 160);
}

/** The same for the other six. */
// @ts-ignore: decorator
@inline
function six(slopes: bool, piece: usize, y: v128, out: usize): void {
  let at = piece + (TERMS - 1) * TERM;
  let e = v128.load(at);
  let f = v128.load(at, 16);
  let g = v128.load(at, 32);
  at -= TERM;
  let a = madd(e, y, v128.load(at));
  let b = madd(f, y, v128.load(at, 16));
  let c = madd(g, y, v128.load(at, 32));
  while (at != piece) {
    at -= TERM;
    if (slopes) {
      e = madd(e, y, a);
      f = madd(f, y, b);
      g = madd(g, y, c);
    }
    a = madd(a, y, v128.load(at));
    b = madd(b, y, v128.load(at, 16));
    c = madd(c, y, v128.load(at, 32));
  }
  v128.store(out, a);
  v128.store(out, b, 16);
  v128.store(out, c, 32);
  if (!slopes) return;
  v128.store(out, e, 112);
  v128.store(out, f, 128);
  v128.store(out, g, 144);
}

/** Windows of the particles of a block, with their derivatives where these are kept. */
// @ts-ignore: decorator
@inline
function open(slopes: bool, record: usize, end: usize): void {
  for (; record < end; record += RECORD) {
    const p = pointer(record + 16);
    const q = pointer(record + 20);
    const y = splatAt(record);
    const z = splatAt(record + 8);
    eight(slopes, p, y, record + FIRST);
    six(slopes, p + 64, y, record + FIRST + 64);
    eight(slopes, q, z, record + SECOND);
    six(slopes, q + 64, z, record + SECOND + 64);
  }
}

/** w times all taps along the first axis times those along the second. */
// @ts-ignore: decorator
@inline
function add(at: usize, next: usize, w: v128, first: usize, second: usize): void {
  const a = f64x2.mul(w, v128.load(second));
  const b = f64x2.mul(w, v128.load(second, 16));
  const c = f64x2.mul(w, v128.load(second, 32));
  const d = f64x2.mul(w, v128.load(second, 48));
  const e = f64x2.mul(w, v128.load(second, 64));
  const f = f64x2.mul(w, v128.load(second, 80));
  const g = f64x2.mul(w, v128.load(second, 96));
  for (let tap = first; tap < first + TERM; tap += 8) {
    const x = splatAt(tap);
    v128.store(at, madd(x, a, v128.load(at)));
    v128.store(at, madd(x, b, v128.load(at, 16)), 16);
    v128.store(at, madd(x, c, v128.load(at, 32)), 32);
    v128.store(at, madd(x, d, v128.load(at, 48)), 48);
    v128.store(at, madd(x, e, v128.load(at, 64)), 64);
    v128.store(at, madd(x, f, v128.load(at, 80)), 80);
    v128.store(at, madd(x, g, v128.load(at, 96)), 96);
    at += next;
  }
}

// @ts-ignore: decorator
@inline
function begin(table: usize, chunk: usize): usize {
  return (chunk * word(table, M)) / word(table, CHUNKS);
}

/** Where the records of a block from particle i on are. */
// @ts-ignore: decorator
@inline
function recordsOf(table: usize, i: usize, thread: usize): usize {
  const kept = word(table, RECORDS);
  return kept != 0 ? kept + i * RECORD : word(table, SCRATCH) + thread * word(table, SCRATCH_STRIDE);
}

/** The grid of a chunk of particles. */
export function spread(table: usize, chunk: usize, thread: usize): void {
  const next = stride(table);
  const grid = word(table, GRIDS) + chunk * word(table, GRID_STRIDE);
  const state = word(table, STATE);
  const kept = word(table, RECORDS) != 0;
  memory.fill(grid, 0, next * (word(table, SIDE) + TAPS));
  const last = begin(table, chunk + 1);
  for (let i = begin(table, chunk); i < last; i += BLOCK) {
    const end = min(i + BLOCK, last);
    let record = recordsOf(table, i, thread);
    locate(table, state + 24 * i, state + 24 * end, record);
    if (kept) open(true, record, record + (end - i) * RECORD);
    else open(false, record, record + (end - i) * RECORD);
    for (let row = state + 24 * i; row < state + 24 * end; row += 24) {
      const start = grid + pointer(record + 24);
      add(start, next, splatAt(row), record + FIRST, record + SECOND);
      record += RECORD;
    }
  }
}

/** Value and slopes of a particle, from its taps in the grid and from its windows: four pairs of columns, then three. */
// @ts-ignore: decorator
@inline
function read(start: usize, next: usize, first: usize, rate: f64, out: usize): void {
  let a = f64x2.splat(0);
  let b = a;
  let c = a;
  let d = a;
  let e = a;
  let f = a;
  let g = a;
  let h = a;
  let at = start;
  for (let tap = first; tap < first + TERM; tap += 8) {
    const x = splatAt(tap);
    const u = v128.load64_splat(tap, 112);
    const g0 = v128.load(at);
    a = madd(x, g0, a);
    e = madd(u, g0, e);
    const g1 = v128.load(at, 16);
    b = madd(x, g1, b);
    f = madd(u, g1, f);
    const g2 = v128.load(at, 32);
    c = madd(x, g2, c);
    g = madd(u, g2, g);
    const g3 = v128.load(at, 48);
    d = madd(x, g3, d);
    h = madd(u, g3, h);
    at += next;
  }
  const second = first + 2 * TERM;
  const t0 = v128.load(second);
  const t1 = v128.load(second, 16);
  const t2 = v128.load(second, 32);
  const t3 = v128.load(second, 48);
  const value = f64x2.add(madd(a, t0, f64x2.mul(b, t1)), madd(c, t2, f64x2.mul(d, t3)));
  const down = f64x2.add(madd(e, t0, f64x2.mul(f, t1)), madd(g, t2, f64x2.mul(h, t3)));
  const s0 = madd(a, v128.load(second, 112), f64x2.mul(b, v128.load(second, 128)));
  const s2 = madd(c, v128.load(second, 144), f64x2.mul(d, v128.load(second, 160)));
  const across = f64x2.add(s0, s2);
  readRest(start + 64, next, first, rate, out, value, down, across);
}

/** The last three pairs of columns, with what the others have given. */
// @ts-ignore: decorator
@inline
function readRest(start: usize, next: usize, first: usize, rate: f64, out: usize, value: v128, down: v128, across: v128): void {
  const second = first + 2 * TERM;
  let a = f64x2.splat(0);
  let b = a;
  let c = a;
  let e = a;
  let f = a;
  let g = a;
  let at = start;
  for (let tap = first; tap < first + TERM; tap += 8) {
    const x = splatAt(tap);
    const u = v128.load64_splat(tap, 112);
    const g0 = v128.load(at);
    a = madd(x, g0, a);
    e = madd(u, g0, e);
    const g1 = v128.load(at, 16);
    b = madd(x, g1, b);
    f = madd(u, g1, f);
    const g2 = v128.load(at, 32);
    c = madd(x, g2, c);
    g = madd(u, g2, g);
    at += next;
  }
  const t0 = v128.load(second, 64);
  const t1 = v128.load(second, 80);
  const t2 = v128.load(second, 96);
  const v = f64x2.add(value, madd(a, t0, madd(b, t1, f64x2.mul(c, t2))));
  const d = f64x2.add(down, madd(e, t0, madd(f, t1, f64x2.mul(g, t2))));
  const s = f64x2.add(across, madd(a, v128.load(second, 176), madd(b, v128.load(second, 192), f64x2.mul(c, v128.load(second, 208)))));
  store<f64>(out, sumOf(v));
  store<f64>(out + 8, rate * sumOf(d));
  store<f64>(out + 16, rate * sumOf(s));
}

/** Values and slopes at the particles of a chunk from the grid of the first. */
export function interpolate(table: usize, chunk: usize, thread: usize): void {
  const next = stride(table);
  const grid = word(table, GRIDS);
  const state = word(table, STATE);
  const shift = word(table, RESULT) - state;
  const slope = load<f64>(table + SLOPE);
  const kept = word(table, RECORDS) != 0;
  const last = begin(table, chunk + 1);
  for (let i = begin(table, chunk); i < last; i += BLOCK) {
    const end = min(i + BLOCK, last);
    let record = recordsOf(table, i, thread);
    if (!kept) {
      locate(table, state + 24 * i, state + 24 * end, record);
      open(true, record, record + (end - i) * RECORD);
    }
    for (let row = state + 24 * i; row < state + 24 * end; row += 24) {
      read(grid + pointer(record + 24), next, record + FIRST, load<f64>(row) * slope, row + shift);
      record += RECORD;
    }
  }
}

