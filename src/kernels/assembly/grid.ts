/**
 * AssemblyScript: Fourier transforms between a grid on the torus and its frequencies up to about a quarter of its side, one axis after the
 * other, as products of small matrices. Points are taken by fours that are images of each other about 0 and the quarter turns.
 */
import { sumOf } from './arithmetic';
import { block } from './blocks';
import { word } from './layout';
import {
  BACKWARD,
  BEYOND,
  CHUNKS,
  COEFFICIENTS,
  DEPTH,
  DEPTH_PADDED,
  FOLDED,
  FORWARD,
  GRID_STRIDE,
  GRIDS,
  LOSS,
  M,
  PARTIAL,
  RANGES,
  ROWS,
  SCALE,
  SIDE,
  SUMS,
  stride,
  TAPS,
  TARGETS,
} from './torus-layout';
/** out = a·b for the columns [from, to) in bytes, whole blocks of four: a in blocks of four rows, `depth` numbers each. */
function product(a: usize, rows: usize, depth: usize, b: usize, next: usize, from: usize, to: usize, out: usize): void {
  for (let r: usize = 0; r < rows; r += 4) {
    for (let column = from; column < to; column += 32) block(true, depth, a, 32, b + column, next, out + column, next);
    a += depth << 5;
    out += 4 * next;
  }
}

/** Numbers from `from` on, bytes of them, += those from `at` on. */
// @ts-ignore: decorator
@inline
function accumulate(from: usize, at: usize, bytes: usize): void {
  for (const end = from + bytes; from < end; from += 32) {
    v128.store(from, f64x2.add(v128.load(from), v128.load(at)));
    v128.store(from, f64x2.add(v128.load(from, 16), v128.load(at, 16)), 16);
    at += 32;
  }
}

/** In the first grid the sum of all, with what lies beyond the side, for the columns [from, to) in bytes. */
function total(table: usize, from: usize, to: usize): void {
  const side = word(table, SIDE);
  const next = stride(table);
  const step = word(table, GRID_STRIDE);
  const grid = word(table, GRIDS);
  const end = grid + word(table, CHUNKS) * step;
  const beyond = min(to, BEYOND << 3);
  for (let row: usize = 0; row < side; row++) {
    const at = grid + row * next;
    for (let other = at + step; other < end; other += step) accumulate(at + from, other + from, to - from);
    if (row < TAPS) for (let other = at; other < end; other += step) accumulate(at + from, other + side * next + from, to - from);
    if (from >= beyond) continue;
    for (let other = at; other < end; other += step) accumulate(at + from, other + (side << 3) + from, beyond - from);
    if (row < TAPS)
      for (let other = at + side * next; other < end; other += step)
        accumulate(at + from, other + (side << 3) + from, beyond - from);
  }
}

/** Steps from the first tap to the place of a particle. */
const AHEAD: usize = 6;

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
  const quarter = word(table, DEPTH_PADDED) * next;
  const grid = word(table, GRIDS);
  const wide = stride(table);
  total(table, from, to);
  for (let l: usize = 0; l < depth; l++) {
    const a = grid + place(side, half + l) * wide;
    const b = grid + place(side, half - l) * wide;
    const c = grid + place(side, side - l) * wide;
    const d = grid + place(side, l) * wide;
    for (let column = from; column < to; column += 16) {
      const u = v128.load(a + column);
      const v = v128.load(b + column);
      const x = v128.load(c + column);
      const y = v128.load(d + column);
      const near = f64x2.add(u, v);
      const far = f64x2.add(x, y);
      const turned = f64x2.sub(u, v);
      const beyond = f64x2.sub(x, y);
      const at = folded + l * next + column;
      v128.store(at, f64x2.add(near, far));
      v128.store(at + quarter, f64x2.sub(near, far));
      v128.store(at + 2 * quarter, f64x2.sub(turned, beyond));
      v128.store(at + 3 * quarter, f64x2.add(turned, beyond));
    }
  }
  for (let k: usize = 0; k < 4; k++) {
    const matrix = word(table, FORWARD) + ((k * rows * depth) << 3);
    product(matrix, rows, depth, folded + k * quarter, next, from, to, word(table, PARTIAL) + k * rows * next);
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
  const quarter = word(table, DEPTH_PADDED) * next;
  for (let r = from; r < to; r += 8) {
    const row = word(table, PARTIAL) + r * side;
    for (let l: usize = 0; l < depth; l++) {
      const u = load<f64>(row + (place(side, half + l) << 3));
      const v = load<f64>(row + (place(side, half - l) << 3));
      const x = load<f64>(row + (place(side, side - l) << 3));
      const y = load<f64>(row + (place(side, l) << 3));
      const at = folded + l * next + r;
      store<f64>(at, u + v + (x + y));
      store<f64>(at + quarter, u + v - (x + y));
      store<f64>(at + 2 * quarter, u - v - (x - y));
      store<f64>(at + 3 * quarter, u - v + (x - y));
    }
  }
  for (let k: usize = 0; k < 4; k++) {
    const matrix = word(table, FORWARD) + ((k * rows * depth) << 3);
    product(matrix, rows, depth, folded + k * quarter, next, from, to, word(table, SUMS) + k * rows * next);
  }
}

/** R = |f − y|²/(2λ), f the mean over the particles, and −R′ as coefficients. */
export function square(table: usize, _task: usize, _thread: usize): void {
  const share = f64x2.splat(1 / <f64>word(table, M));
  const scale = load<f64>(table + SCALE);
  const down = f64x2.splat(-1 / scale);
  const sums = word(table, SUMS);
  const targets = word(table, TARGETS) - sums;
  const out = word(table, COEFFICIENTS) - sums;
  const rows = word(table, ROWS);
  let even = f64x2.splat(0);
  let odd = even;
  for (let at = sums; at < sums + ((rows * rows) << 7); at += 32) {
    const a = f64x2.sub(f64x2.mul(v128.load(at), share), v128.load(at + targets));
    const b = f64x2.sub(f64x2.mul(v128.load(at, 16), share), v128.load(at + targets, 16));
    even = f64x2.add(even, f64x2.mul(a, a));
    odd = f64x2.add(odd, f64x2.mul(b, b));
    v128.store(at + out, f64x2.mul(a, down));
    v128.store(at + out, f64x2.mul(b, down), 16);
  }
  store<f64>(table + LOSS, sumOf(f64x2.add(even, odd)) / (2 * scale));
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
  const quarter = padded * next;
  for (let k: usize = 0; k < 4; k++) {
    const matrix = word(table, BACKWARD) + ((k * rows * padded) << 3);
    product(matrix, padded, rows, word(table, COEFFICIENTS) + k * rows * next, next, from, to, folded + k * quarter);
  }
  for (let r = from; r < to; r += 8) {
    const row = word(table, PARTIAL) + r * side;
    for (let l: usize = 0; l < depth; l++) {
      const at = folded + l * next + r;
      const a = load<f64>(at);
      const b = load<f64>(at + quarter);
      const c = load<f64>(at + 2 * quarter);
      const d = load<f64>(at + 3 * quarter);
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
  if (column < BEYOND << 3) v128.store(at + (side << 3), value);
  if (row < TAPS) {
    const above = at + side * next;
    v128.store(above, value);
    if (column < BEYOND << 3) v128.store(above + (side << 3), value);
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
  const quarter = padded * next;
  const grid = word(table, GRIDS);
  const wide = stride(table);
  for (let k: usize = 0; k < 4; k++) {
    const matrix = word(table, BACKWARD) + ((k * rows * padded) << 3);
    product(matrix, padded, rows, word(table, PARTIAL) + k * rows * next, next, from, to, folded + k * quarter);
  }
  for (let l: usize = 0; l < depth; l++)
    for (let column = from; column < to; column += 16) {
      const at = folded + l * next + column;
      const a = v128.load(at);
      const b = v128.load(at + quarter);
      const c = v128.load(at + 2 * quarter);
      const d = v128.load(at + 3 * quarter);
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
