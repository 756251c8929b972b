/**
 * AssemblyScript: Fourier sums over particles [w, θ₁, θ₂] on the torus through a grid finer than its frequencies (Dutt & Rokhlin 1993):
 * particles are spread over 16 × 16 points each by a narrow window, the grid is transformed, and back.
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
const TERM: usize = 128;
const TERMS: usize = 8;
const PIECE: usize = TERM * TERMS;
/** Pieces of a step, 2^4. */
const PIECES: f64 = 16;
const SHIFT: i32 = 4;

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

/** The window at half of the taps, by pairs of terms: more at once would not stay in the registers of an engine. */
// @ts-ignore: decorator
@inline
function values(piece: usize, y: v128, out: usize): void {
  const square = f64x2.mul(y, y);
  let at = piece + (TERMS - 2) * TERM;
  let a = madd(v128.load(at, 128), y, v128.load(at));
  let b = madd(v128.load(at, 144), y, v128.load(at, 16));
  let c = madd(v128.load(at, 160), y, v128.load(at, 32));
  let d = madd(v128.load(at, 176), y, v128.load(at, 48));
  while (at != piece) {
    at -= 2 * TERM;
    a = madd(a, square, madd(v128.load(at, 128), y, v128.load(at)));
    b = madd(b, square, madd(v128.load(at, 144), y, v128.load(at, 16)));
    c = madd(c, square, madd(v128.load(at, 160), y, v128.load(at, 32)));
    d = madd(d, square, madd(v128.load(at, 176), y, v128.load(at, 48)));
  }
  v128.store(out, a);
  v128.store(out, b, 16);
  v128.store(out, c, 32);
  v128.store(out, d, 48);
}

/** The window at half of the taps, and its derivative 128 bytes behind. */
// @ts-ignore: decorator
@inline
function jets(piece: usize, y: v128, out: usize): void {
  let at = piece + (TERMS - 1) * TERM;
  let a = v128.load(at);
  let b = v128.load(at, 16);
  let c = v128.load(at, 32);
  let d = v128.load(at, 48);
  let e = a;
  let f = b;
  let g = c;
  let h = d;
  at -= TERM;
  a = madd(a, y, v128.load(at));
  b = madd(b, y, v128.load(at, 16));
  c = madd(c, y, v128.load(at, 32));
  d = madd(d, y, v128.load(at, 48));
  while (at != piece) {
    at -= TERM;
    e = madd(e, y, a);
    f = madd(f, y, b);
    g = madd(g, y, c);
    h = madd(h, y, d);
    a = madd(a, y, v128.load(at));
    b = madd(b, y, v128.load(at, 16));
    c = madd(c, y, v128.load(at, 32));
    d = madd(d, y, v128.load(at, 48));
  }
  v128.store(out, a);
  v128.store(out, b, 16);
  v128.store(out, c, 32);
  v128.store(out, d, 48);
  v128.store(out, e, 128);
  v128.store(out, f, 144);
  v128.store(out, g, 160);
  v128.store(out, h, 176);
}

/** Windows of the particles of a block, with their derivatives where these are kept. */
// @ts-ignore: decorator
@inline
function open(slopes: bool, record: usize, end: usize): void {
  for (; record < end; record += RECORD) {
    const p = pointer(record + 16);
    const y = splatAt(record);
    const q = pointer(record + 20);
    const z = splatAt(record + 8);
    if (slopes) {
      jets(p, y, record + FIRST);
      jets(p + 64, y, record + FIRST + 64);
      jets(q, z, record + SECOND);
      jets(q + 64, z, record + SECOND + 64);
    } else {
      values(p, y, record + FIRST);
      values(p + 64, y, record + FIRST + 64);
      values(q, z, record + SECOND);
      values(q + 64, z, record + SECOND + 64);
    }
  }
}

/** w times all taps along the first axis times half of those along the second. */
// @ts-ignore: decorator
@inline
function add(at: usize, next: usize, w: v128, first: usize, second: usize): void {
  const a = v128.load(second);
  const b = v128.load(second, 16);
  const c = v128.load(second, 32);
  const d = v128.load(second, 48);
  for (let tap = first; tap < first + TERM; tap += 8) {
    const x = f64x2.mul(w, splatAt(tap));
    v128.store(at, madd(x, a, v128.load(at)));
    v128.store(at, madd(x, b, v128.load(at, 16)), 16);
    v128.store(at, madd(x, c, v128.load(at, 32)), 32);
    v128.store(at, madd(x, d, v128.load(at, 48)), 48);
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
      const w = splatAt(row);
      add(start, next, w, record + FIRST, record + SECOND);
      add(start + 64, next, w, record + FIRST, record + SECOND + 64);
      record += RECORD;
    }
  }
}

/** Value and slopes of a particle, from its taps in the grid and from its windows. */
// @ts-ignore: decorator
@inline
function read(start: usize, next: usize, first: usize, rate: f64, out: usize): void {
  let value = f64x2.splat(0);
  let down = value;
  let across = value;
  for (let half: usize = 0; half < 128; half += 64) {
    let at = start + half;
    let a = f64x2.splat(0);
    let b = a;
    let c = a;
    let d = a;
    let e = a;
    let f = a;
    let g = a;
    let h = a;
    for (let tap = first; tap < first + TERM; tap += 8) {
      const x = splatAt(tap);
      const u = splatAt(tap + TERM);
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
    const tap = first + 2 * TERM + half;
    const t0 = v128.load(tap);
    const t1 = v128.load(tap, 16);
    const t2 = v128.load(tap, 32);
    const t3 = v128.load(tap, 48);
    value = f64x2.add(value, f64x2.add(madd(a, t0, f64x2.mul(b, t1)), madd(c, t2, f64x2.mul(d, t3))));
    down = f64x2.add(down, f64x2.add(madd(e, t0, f64x2.mul(f, t1)), madd(g, t2, f64x2.mul(h, t3))));
    const s0 = madd(a, v128.load(tap, 128), f64x2.mul(b, v128.load(tap, 144)));
    const s2 = madd(c, v128.load(tap, 160), f64x2.mul(d, v128.load(tap, 176)));
    across = f64x2.add(across, f64x2.add(s0, s2));
  }
  store<f64>(out, sumOf(value));
  store<f64>(out + 8, rate * sumOf(down));
  store<f64>(out + 16, rate * sumOf(across));
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

