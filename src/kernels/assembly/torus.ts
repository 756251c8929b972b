/**
 * AssemblyScript: Fourier sums over particles [w, θ₁, θ₂] on the torus through a grid finer than its frequencies (Dutt & Rokhlin 1993):
 * particles are spread over 16 × 16 points each by a narrow window, the grid is transformed, and back.
 * Sizes and addresses stand in a table of 32-bit words; src/kernels/torus-field.ts has the same order.
 */
import { madd, splatAt, sumOf } from './arithmetic';
import { word } from './layout';

/** Particles; chunks of them, each with a grid of its own; points along an axis, a multiple of four. */
const M = 0;
const CHUNKS = 1;
const SIDE = 2;
/**
 * Frequencies along an axis stand in four classes of as many rows, a multiple of four: even and odd cosines, even and odd sines, each with
 * a symmetry about the quarter of a turn, so that a quarter of the points and one decide.
 */
const ROWS = 3;
/** Those points, and as many with padding to a multiple of four. */
const DEPTH = 4;
const DEPTH_PADDED = 5;
/** Tasks of a transform. */
const RANGES = 6;
/** Addresses. Particle-major. */
const STATE = 7;
const RESULT = 8;
/** The window by pieces of a step, polynomials for all taps at once. */
const WINDOW = 9;
/** SIDE + 16 rows of as many numbers, the first of a chunk; bytes from one to the next. */
const GRIDS = 10;
const GRID_STRIDE = 11;
/** By class, in blocks of four rows. */
const FORWARD = 12;
const BACKWARD = 13;
/** Class by class; one axis transformed; both: row of the second axis by row of the first. */
const FOLDED = 14;
const PARTIAL = 15;
const SUMS = 16;
const SCRATCH = 17;
const SCRATCH_STRIDE = 18;
/** Doubles: the period, and the slope of a step. */
const PERIOD: usize = 128;
const SLOPE: usize = 136;

const TAPS: usize = 16;
/** Bytes of one coefficient of all taps, and of a piece. */
const TERM: usize = 128;
const TERMS: usize = 8;
const PIECE: usize = TERM * TERMS;
/** Pieces of a step, 2^4. */
const PIECES: f64 = 16;
const SHIFT: i32 = 4;
/** Steps from the first tap to the place of a particle. */
const AHEAD: usize = 7;

/** Steps along both axes in pieces, from −SIDE/2: whole numbers. */
// @ts-ignore: decorator
@inline
function turns(table: usize, row: usize): v128 {
  const t = f64x2.div(v128.load(row + 8), splatAt(table + PERIOD));
  return f64x2.mul(f64x2.sub(t, f64x2.nearest(t)), f64x2.splat(PIECES * <f64>word(table, SIDE)));
}

/** Where a particle is in its piece, in [−½, ½]. */
// @ts-ignore: decorator
@inline
function within(v: v128): v128 {
  return f64x2.sub(f64x2.sub(v, f64x2.floor(v)), f64x2.splat(0.5));
}

/** Piece from the first of the grid, along both axes; what is not finite is the middle. */
// @ts-ignore: decorator
@inline
function pieces(table: usize, v: v128): v128 {
  return i32x4.add(
    i32x4.trunc_sat_f64x2_s_zero(f64x2.floor(v)),
    i32x4.splat(<i32>(word(table, SIDE) << (SHIFT - 1))),
  );
}

// @ts-ignore: decorator
@inline
function pieceAt(window: usize, number: i32): usize {
  return window + <usize>(number & ((1 << SHIFT) - 1)) * PIECE;
}

/** The window at all taps. */
// @ts-ignore: decorator
@inline
function values(piece: usize, y: v128, out: usize): void {
  let at = piece + (TERMS - 1) * TERM;
  let a = v128.load(at);
  let b = v128.load(at, 16);
  let c = v128.load(at, 32);
  let d = v128.load(at, 48);
  let e = v128.load(at, 64);
  let f = v128.load(at, 80);
  let g = v128.load(at, 96);
  let h = v128.load(at, 112);
  while (at != piece) {
    at -= TERM;
    a = madd(a, y, v128.load(at));
    b = madd(b, y, v128.load(at, 16));
    c = madd(c, y, v128.load(at, 32));
    d = madd(d, y, v128.load(at, 48));
    e = madd(e, y, v128.load(at, 64));
    f = madd(f, y, v128.load(at, 80));
    g = madd(g, y, v128.load(at, 96));
    h = madd(h, y, v128.load(at, 112));
  }
  v128.store(out, a);
  v128.store(out, b, 16);
  v128.store(out, c, 32);
  v128.store(out, d, 48);
  v128.store(out, e, 64);
  v128.store(out, f, 80);
  v128.store(out, g, 96);
  v128.store(out, h, 112);
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

// @ts-ignore: decorator
@inline
function stride(table: usize): usize {
  return (word(table, SIDE) + TAPS) << 3;
}

/** Where the taps of a particle begin in a grid. */
// @ts-ignore: decorator
@inline
function corner(row: i32, column: i32, stride: usize): usize {
  return <usize>(row >> SHIFT) * stride + (<usize>(column >> SHIFT) << 3);
}

/** The grid of a chunk of particles. */
export function spread(table: usize, chunk: usize, thread: usize): void {
  const m = word(table, M);
  const chunks = word(table, CHUNKS);
  const next = stride(table);
  const window = word(table, WINDOW);
  const grid = word(table, GRIDS) + chunk * word(table, GRID_STRIDE);
  const first = word(table, SCRATCH) + thread * word(table, SCRATCH_STRIDE);
  const second = first + TERM;
  memory.fill(grid, 0, next * (word(table, SIDE) + TAPS));
  const end = word(table, STATE) + (((chunk + 1) * m) / chunks) * 24;
  for (let row = word(table, STATE) + ((chunk * m) / chunks) * 24; row < end; row += 24) {
    const v = turns(table, row);
    const y = within(v);
    const number = pieces(table, v);
    const one = i32x4.extract_lane(number, 0);
    const two = i32x4.extract_lane(number, 1);
    values(pieceAt(window, one), v128.shuffle<f64>(y, y, 0, 0), first);
    values(pieceAt(window, two), v128.shuffle<f64>(y, y, 1, 1), second);
    const w = splatAt(row);
    const a = f64x2.mul(w, v128.load(second));
    const b = f64x2.mul(w, v128.load(second, 16));
    const c = f64x2.mul(w, v128.load(second, 32));
    const d = f64x2.mul(w, v128.load(second, 48));
    const e = f64x2.mul(w, v128.load(second, 64));
    const f = f64x2.mul(w, v128.load(second, 80));
    const g = f64x2.mul(w, v128.load(second, 96));
    const h = f64x2.mul(w, v128.load(second, 112));
    let at = grid + corner(one, two, next);
    for (let tap = first; tap < second; tap += 8) {
      const x = splatAt(tap);
      v128.store(at, madd(x, a, v128.load(at)));
      v128.store(at, madd(x, b, v128.load(at, 16)), 16);
      v128.store(at, madd(x, c, v128.load(at, 32)), 32);
      v128.store(at, madd(x, d, v128.load(at, 48)), 48);
      v128.store(at, madd(x, e, v128.load(at, 64)), 64);
      v128.store(at, madd(x, f, v128.load(at, 80)), 80);
      v128.store(at, madd(x, g, v128.load(at, 96)), 96);
      v128.store(at, madd(x, h, v128.load(at, 112)), 112);
      at += next;
    }
  }
}

/** Values and slopes at the particles of a chunk from the grid of the first. */
export function interpolate(table: usize, chunk: usize, thread: usize): void {
  const m = word(table, M);
  const chunks = word(table, CHUNKS);
  const next = stride(table);
  const window = word(table, WINDOW);
  const grid = word(table, GRIDS);
  const slope = load<f64>(table + SLOPE);
  const first = word(table, SCRATCH) + thread * word(table, SCRATCH_STRIDE);
  const second = first + 2 * TERM;
  const from = ((chunk * m) / chunks) * 24;
  const end = (((chunk + 1) * m) / chunks) * 24;
  for (let i = from; i < end; i += 24) {
    const row = word(table, STATE) + i;
    const v = turns(table, row);
    const y = within(v);
    const number = pieces(table, v);
    const one = i32x4.extract_lane(number, 0);
    const two = i32x4.extract_lane(number, 1);
    const p = pieceAt(window, one);
    const y1 = v128.shuffle<f64>(y, y, 0, 0);
    jets(p, y1, first);
    jets(p + 64, y1, first + 64);
    const q = pieceAt(window, two);
    const y2 = v128.shuffle<f64>(y, y, 1, 1);
    jets(q, y2, second);
    jets(q + 64, y2, second + 64);
    let value = f64x2.splat(0);
    let down = value;
    let across = value;
    const start = grid + corner(one, two, next);
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
      const tap = second + half;
      const t0 = v128.load(tap);
      const t1 = v128.load(tap, 16);
      const t2 = v128.load(tap, 32);
      const t3 = v128.load(tap, 48);
      value = madd(a, t0, madd(b, t1, madd(c, t2, madd(d, t3, value))));
      down = madd(e, t0, madd(f, t1, madd(g, t2, madd(h, t3, down))));
      across = madd(a, v128.load(tap, 128), madd(b, v128.load(tap, 144), across));
      across = madd(c, v128.load(tap, 160), madd(d, v128.load(tap, 176), across));
    }
    const out = word(table, RESULT) + i;
    const rate = load<f64>(row) * slope;
    store<f64>(out, sumOf(value));
    store<f64>(out + 8, rate * sumOf(down));
    store<f64>(out + 16, rate * sumOf(across));
  }
}

/** out = a·b for the columns [from, to) in bytes, whole blocks of four: a in blocks of four rows, `depth` numbers each. */
function product(a: usize, rows: usize, depth: usize, b: usize, next: usize, from: usize, to: usize, out: usize): void {
  for (let r: usize = 0; r < rows; r += 4) {
    const end = a + (depth << 5);
    for (let column = from; column < to; column += 32) {
      let a0 = f64x2.splat(0);
      let a1 = a0;
      let b0 = a0;
      let b1 = a0;
      let c0 = a0;
      let c1 = a0;
      let d0 = a0;
      let d1 = a0;
      let at = b + column;
      for (let block = a; block < end; block += 32) {
        const u = v128.load(at);
        const v = v128.load(at, 16);
        const w = splatAt(block);
        a0 = madd(w, u, a0);
        a1 = madd(w, v, a1);
        const x = splatAt(block + 8);
        b0 = madd(x, u, b0);
        b1 = madd(x, v, b1);
        const y = splatAt(block + 16);
        c0 = madd(y, u, c0);
        c1 = madd(y, v, c1);
        const z = splatAt(block + 24);
        d0 = madd(z, u, d0);
        d1 = madd(z, v, d1);
        at += next;
      }
      let o = out + column;
      v128.store(o, a0);
      v128.store(o, a1, 16);
      o += next;
      v128.store(o, b0);
      v128.store(o, b1, 16);
      o += next;
      v128.store(o, c0);
      v128.store(o, c1, 16);
      o += next;
      v128.store(o, d0);
      v128.store(o, d1, 16);
    }
    a = end;
    out += 4 * next;
  }
}

/** The sum of all grids at a row and two columns, with what lies beyond the side. */
// @ts-ignore: decorator
@inline
function gridAt(table: usize, row: usize, column: usize): v128 {
  const side = word(table, SIDE);
  const next = stride(table);
  const step = word(table, GRID_STRIDE);
  const chunks = word(table, CHUNKS);
  const wide = column < TAPS << 3;
  const high = row < TAPS;
  let sum = f64x2.splat(0);
  let at = word(table, GRIDS) + row * next + column;
  for (let c: usize = 0; c < chunks; c++) {
    sum = f64x2.add(sum, v128.load(at));
    if (wide) sum = f64x2.add(sum, v128.load(at + (side << 3)));
    if (high) {
      const above = at + side * next;
      sum = f64x2.add(sum, v128.load(above));
      if (wide) sum = f64x2.add(sum, v128.load(above + (side << 3)));
    }
    at += step;
  }
  return sum;
}

/** The row of l steps from 0, with steps from −SIDE/2 to SIDE/2 written as 0 … SIDE. */
// @ts-ignore: decorator
@inline
function place(side: usize, steps: usize): usize {
  const at = steps + AHEAD;
  return at < side ? at : at - side;
}

// @ts-ignore: decorator
@inline
function first(range: usize, fours: usize, ranges: usize): usize {
  return ((range * fours) / ranges) << 5;
}

/** The transform along the first axis, for a range of columns. */
export function gatherRows(table: usize, range: usize, _thread: usize): void {
  const side = word(table, SIDE);
  const half = side >> 1;
  const depth = word(table, DEPTH);
  const rows = word(table, ROWS);
  const from = first(range, side >> 2, word(table, RANGES));
  const to = first(range + 1, side >> 2, word(table, RANGES));
  const next = side << 3;
  const folded = word(table, FOLDED);
  const block = word(table, DEPTH_PADDED) * next;
  for (let l: usize = 0; l < depth; l++) {
    const a = place(side, half + l);
    const b = place(side, half - l);
    const c = place(side, side - l);
    const d = place(side, l);
    for (let column = from; column < to; column += 16) {
      const u = gridAt(table, a, column);
      const v = gridAt(table, b, column);
      const x = gridAt(table, c, column);
      const y = gridAt(table, d, column);
      const near = f64x2.add(u, v);
      const far = f64x2.add(x, y);
      const turned = f64x2.sub(u, v);
      const beyond = f64x2.sub(x, y);
      const at = folded + l * next + column;
      v128.store(at, f64x2.add(near, far));
      v128.store(at + block, f64x2.sub(near, far));
      v128.store(at + 2 * block, f64x2.sub(turned, beyond));
      v128.store(at + 3 * block, f64x2.add(turned, beyond));
    }
  }
  for (let k: usize = 0; k < 4; k++) {
    const matrix = word(table, FORWARD) + ((k * rows * depth) << 3);
    product(matrix, rows, depth, folded + k * block, next, from, to, word(table, PARTIAL) + k * rows * next);
  }
}

/** The transform along the second axis, for a range of rows of the first. */
export function gatherColumns(table: usize, range: usize, _thread: usize): void {
  const side = word(table, SIDE);
  const half = side >> 1;
  const depth = word(table, DEPTH);
  const rows = word(table, ROWS);
  const from = first(range, rows, word(table, RANGES));
  const to = first(range + 1, rows, word(table, RANGES));
  const next = rows << 5;
  const folded = word(table, FOLDED);
  const block = word(table, DEPTH_PADDED) * next;
  for (let r = from; r < to; r += 8) {
    const row = word(table, PARTIAL) + r * side;
    for (let l: usize = 0; l < depth; l++) {
      const u = load<f64>(row + (place(side, half + l) << 3));
      const v = load<f64>(row + (place(side, half - l) << 3));
      const x = load<f64>(row + (place(side, side - l) << 3));
      const y = load<f64>(row + (place(side, l) << 3));
      const at = folded + l * next + r;
      store<f64>(at, u + v + (x + y));
      store<f64>(at + block, u + v - (x + y));
      store<f64>(at + 2 * block, u - v - (x - y));
      store<f64>(at + 3 * block, u - v + (x - y));
    }
  }
  for (let k: usize = 0; k < 4; k++) {
    const matrix = word(table, FORWARD) + ((k * rows * depth) << 3);
    product(matrix, rows, depth, folded + k * block, next, from, to, word(table, SUMS) + k * rows * next);
  }
}

/** From coefficients to points along the second axis, for a range of rows of the first. */
export function spreadColumns(table: usize, range: usize, _thread: usize): void {
  const side = word(table, SIDE);
  const half = side >> 1;
  const depth = word(table, DEPTH);
  const padded = word(table, DEPTH_PADDED);
  const rows = word(table, ROWS);
  const from = first(range, rows, word(table, RANGES));
  const to = first(range + 1, rows, word(table, RANGES));
  const next = rows << 5;
  const folded = word(table, FOLDED);
  const block = padded * next;
  for (let k: usize = 0; k < 4; k++) {
    const matrix = word(table, BACKWARD) + ((k * rows * padded) << 3);
    product(matrix, padded, rows, word(table, SUMS) + k * rows * next, next, from, to, folded + k * block);
  }
  for (let r = from; r < to; r += 8) {
    const row = word(table, PARTIAL) + r * side;
    for (let l: usize = 0; l < depth; l++) {
      const at = folded + l * next + r;
      const a = load<f64>(at);
      const b = load<f64>(at + block);
      const c = load<f64>(at + 2 * block);
      const d = load<f64>(at + 3 * block);
      store<f64>(row + (place(side, half + l) << 3), a + b + (c + d));
      store<f64>(row + (place(side, half - l) << 3), a + b - (c + d));
      store<f64>(row + (place(side, side - l) << 3), a - b - (c - d));
      store<f64>(row + (place(side, l) << 3), a - b + (c - d));
    }
  }
}

/** A number of the first grid, and where it lies beyond the side. */
// @ts-ignore: decorator
@inline
function put(grid: usize, side: usize, next: usize, row: usize, column: usize, value: v128): void {
  const at = grid + row * next + column;
  v128.store(at, value);
  if (column < TAPS << 3) v128.store(at + (side << 3), value);
  if (row < TAPS) {
    const above = at + side * next;
    v128.store(above, value);
    if (column < TAPS << 3) v128.store(above + (side << 3), value);
  }
}

/** From there to the first grid, for a range of columns. */
export function spreadRows(table: usize, range: usize, _thread: usize): void {
  const side = word(table, SIDE);
  const half = side >> 1;
  const depth = word(table, DEPTH);
  const padded = word(table, DEPTH_PADDED);
  const rows = word(table, ROWS);
  const from = first(range, side >> 2, word(table, RANGES));
  const to = first(range + 1, side >> 2, word(table, RANGES));
  const next = side << 3;
  const folded = word(table, FOLDED);
  const block = padded * next;
  const grid = word(table, GRIDS);
  const wide = stride(table);
  for (let k: usize = 0; k < 4; k++) {
    const matrix = word(table, BACKWARD) + ((k * rows * padded) << 3);
    product(matrix, padded, rows, word(table, PARTIAL) + k * rows * next, next, from, to, folded + k * block);
  }
  for (let l: usize = 0; l < depth; l++)
    for (let column = from; column < to; column += 16) {
      const at = folded + l * next + column;
      const a = v128.load(at);
      const b = v128.load(at + block);
      const c = v128.load(at + 2 * block);
      const d = v128.load(at + 3 * block);
      const near = f64x2.add(a, b);
      const far = f64x2.sub(a, b);
      const turned = f64x2.add(c, d);
      const beyond = f64x2.sub(c, d);
      put(grid, side, wide, place(side, half + l), column, f64x2.add(near, turned));
      put(grid, side, wide, place(side, half - l), column, f64x2.sub(near, turned));
      put(grid, side, wide, place(side, side - l), column, f64x2.sub(far, beyond));
      put(grid, side, wide, place(side, l), column, f64x2.add(far, beyond));
    }
}
