/**
 * AssemblyScript: D + G C Gᵀ, D of square blocks and G of few columns, two doubles at a time. Rows of G and of D⁻¹G stand one after the other
 * without padding: loops over `WIDTH` columns read into the next row, and what they make of it is never looked at.
 * Addresses and sizes stand in a table of 32-bit words; src/kernels/low-rank.ts has the same order.
 */
import { madd, nmadd, splatAt, sumOf } from './arithmetic';
import { word } from './layout';

/** Rows and columns of G; rows in a block; columns, up to a multiple of 4. */
const N = 0;
const RANK = 1;
const DIM = 2;
const WIDTH = 3;
/** G; D⁻¹G; D without the shift; D⁻¹; GᵀD⁻¹G of WIDTH columns. */
const ROWS = 4;
const SOLVED = 5;
const BLOCKS = 6;
const INVERSE = 7;
const GRAM = 8;
/** N numbers, what they become, and WIDTH numbers. */
const X = 9;
const OUT = 10;
const SMALL = 11;

/** Rows of G and of D⁻¹G that stay in the first cache while all pairs of columns pass over them. */
const CHUNK: usize = 64;

/** out[0…width) ← Σ_l inverse[l] rows[l], or with `add` added to it. */
function combination(inverse: usize, rows: usize, stride: usize, dim: usize, width: usize, out: usize): void {
  const a = splatAt(inverse);
  const b = splatAt(inverse + 8);
  const next = rows + stride;
  for (let j: usize = 0; j < width << 3; j += 32) {
    v128.store(out + j, madd(b, v128.load(next + j), f64x2.mul(a, v128.load(rows + j))));
    v128.store(out + j + 16, madd(b, v128.load(next + j + 16), f64x2.mul(a, v128.load(rows + j + 16))));
  }
  for (let l: usize = 2; l < dim; l++) {
    const c = splatAt(inverse + (l << 3));
    const row = rows + l * stride;
    for (let j: usize = 0; j < width << 3; j += 16)
      v128.store(out + j, madd(c, v128.load(row + j), v128.load(out + j)));
  }
}

/** SOLVED ← D⁻¹G */
function solveRows(table: usize): void {
  const n = word(table, N);
  const dim = word(table, DIM);
  const width = word(table, WIDTH);
  const stride = word(table, RANK) << 3;
  let inverse = word(table, INVERSE);
  let out = word(table, SOLVED);
  let rows = word(table, ROWS);
  for (let i: usize = 0; i < n; i += dim) {
    for (let k: usize = 0; k < dim; k++) {
      if (dim == 1) for (let j: usize = 0; j < width << 3; j += 16) v128.store(out + j, f64x2.mul(splatAt(inverse), v128.load(rows + j)));
      else combination(inverse, rows, stride, dim, width, out);
      inverse += dim << 3;
      out += stride;
    }
    rows += dim * stride;
  }
}

/** Four by four entries of the Gram matrix, from `count` rows of G at `left` and of D⁻¹G at `right`. */
function tile(left: usize, right: usize, stride: usize, count: usize, out: usize, width: usize): void {
  let a0 = v128.load(out);
  let a1 = v128.load(out + 16);
  let b0 = v128.load(out + width);
  let b1 = v128.load(out + width + 16);
  let c0 = v128.load(out + 2 * width);
  let c1 = v128.load(out + 2 * width + 16);
  let d0 = v128.load(out + 3 * width);
  let d1 = v128.load(out + 3 * width + 16);
  const end = left + count * stride;
  while (left < end) {
    const x = v128.load(right);
    const y = v128.load(right + 16);
    let g = splatAt(left);
    a0 = madd(g, x, a0);
    a1 = madd(g, y, a1);
    g = splatAt(left + 8);
    b0 = madd(g, x, b0);
    b1 = madd(g, y, b1);
    g = splatAt(left + 16);
    c0 = madd(g, x, c0);
    c1 = madd(g, y, c1);
    g = splatAt(left + 24);
    d0 = madd(g, x, d0);
    d1 = madd(g, y, d1);
    left += stride;
    right += stride;
  }
  v128.store(out, a0);
  v128.store(out + 16, a1);
  v128.store(out + width, b0);
  v128.store(out + width + 16, b1);
  v128.store(out + 2 * width, c0);
  v128.store(out + 2 * width + 16, c1);
  v128.store(out + 3 * width, d0);
  v128.store(out + 3 * width + 16, d1);
}

/** SOLVED ← D⁻¹G, and the lower triangle of GRAM ← GᵀD⁻¹G, which is symmetric. */
export function condense(table: usize): void {
  solveRows(table);
  const n = word(table, N);
  const width = word(table, WIDTH);
  const stride = word(table, RANK) << 3;
  const rows = word(table, ROWS);
  const solved = word(table, SOLVED);
  const gram = word(table, GRAM);
  memory.fill(gram, 0, (width * width) << 3);
  for (let from: usize = 0; from < n; from += CHUNK) {
    const count = min(CHUNK, n - from);
    for (let a: usize = 0; a < width; a += 4)
      for (let b: usize = 0; b <= a; b += 4)
        tile(rows + from * stride + (a << 3), solved + from * stride + (b << 3), stride, count, gram + ((a * width + b) << 3), width << 3);
  }
}

/** SMALL ← matrixᵀ X */
function reduce(table: usize, matrix: usize): void {
  const width = word(table, WIDTH) << 3;
  const stride = word(table, RANK) << 3;
  const small = word(table, SMALL);
  const x = word(table, X);
  const end = x + (word(table, N) << 3);
  let j: usize = 0;
  for (; j + 128 <= width; j += 128) {
    let a = f64x2.splat(0);
    let b = a;
    let c = a;
    let d = a;
    let e = a;
    let f = a;
    let g = a;
    let h = a;
    let row = matrix + j;
    for (let at = x; at < end; at += 8) {
      const s = splatAt(at);
      a = madd(s, v128.load(row), a);
      b = madd(s, v128.load(row + 16), b);
      c = madd(s, v128.load(row + 32), c);
      d = madd(s, v128.load(row + 48), d);
      e = madd(s, v128.load(row + 64), e);
      f = madd(s, v128.load(row + 80), f);
      g = madd(s, v128.load(row + 96), g);
      h = madd(s, v128.load(row + 112), h);
      row += stride;
    }
    v128.store(small + j, a);
    v128.store(small + j + 16, b);
    v128.store(small + j + 32, c);
    v128.store(small + j + 48, d);
    v128.store(small + j + 64, e);
    v128.store(small + j + 80, f);
    v128.store(small + j + 96, g);
    v128.store(small + j + 112, h);
  }
  for (; j < width; j += 32) {
    let a = f64x2.splat(0);
    let b = a;
    let row = matrix + j;
    for (let at = x; at < end; at += 8) {
      const s = splatAt(at);
      a = madd(s, v128.load(row), a);
      b = madd(s, v128.load(row + 16), b);
      row += stride;
    }
    v128.store(small + j, a);
    v128.store(small + j + 16, b);
  }
}

/** The product of one row with SMALL, columns from `small` to `end`. */
// @ts-ignore: decorator
@inline
function along(row: usize, small: usize, end: usize): f64 {
  let a = f64x2.splat(0);
  let b = a;
  while (small < end) {
    a = madd(v128.load(row), v128.load(small), a);
    b = madd(v128.load(row + 16), v128.load(small + 16), b);
    row += 32;
    small += 32;
  }
  return sumOf(f64x2.add(a, b));
}

/** The same of blocks of two by two. */
function byTwos(n: usize, matrices: usize, x: usize, out: usize): void {
  const end = x + (n << 3);
  for (; x < end; x += 16) {
    const v = v128.load(x);
    const p = f64x2.mul(v128.load(matrices), v);
    const q = f64x2.mul(v128.load(matrices + 16), v);
    v128.store(out, f64x2.add(v128.shuffle<f64>(p, q, 0, 2), v128.shuffle<f64>(p, q, 1, 3)));
    matrices += 32;
    out += 16;
  }
}

/** OUT ← matrices X, blocks one after the other. */
function blockwise(table: usize, matrices: usize): void {
  const n = word(table, N);
  const dim = word(table, DIM);
  let x = word(table, X);
  let out = word(table, OUT);
  if (dim == 2) {
    byTwos(n, matrices, x, out);
    return;
  }
  for (let i: usize = 0; i < n; i += dim) {
    for (let k: usize = 0; k < dim; k++) {
      let sum: f64 = 0;
      for (let l: usize = 0; l < dim << 3; l += 8) sum += load<f64>(matrices + l) * load<f64>(x + l);
      store<f64>(out, sum);
      out += 8;
      matrices += dim << 3;
    }
    x += dim << 3;
  }
}

/** OUT ← OUT + scale·matrix SMALL */
function expand(table: usize, matrix: usize, scale: f64): void {
  const width = word(table, WIDTH) << 3;
  const stride = word(table, RANK) << 3;
  const small = word(table, SMALL);
  let out = word(table, OUT);
  const end = out + (word(table, N) << 3);
  if (width == 128) {
    const a = v128.load(small);
    const b = v128.load(small + 16);
    const c = v128.load(small + 32);
    const d = v128.load(small + 48);
    const e = v128.load(small + 64);
    const f = v128.load(small + 80);
    const g = v128.load(small + 96);
    const h = v128.load(small + 112);
    for (; out < end; out += 8) {
      let x = f64x2.mul(v128.load(matrix), a);
      let y = f64x2.mul(v128.load(matrix + 16), b);
      x = madd(v128.load(matrix + 32), c, x);
      y = madd(v128.load(matrix + 48), d, y);
      x = madd(v128.load(matrix + 64), e, x);
      y = madd(v128.load(matrix + 80), f, y);
      x = madd(v128.load(matrix + 96), g, x);
      y = madd(v128.load(matrix + 112), h, y);
      store<f64>(out, load<f64>(out) + scale * sumOf(f64x2.add(x, y)));
      matrix += stride;
    }
    return;
  }
  for (; out < end; out += 8) {
    store<f64>(out, load<f64>(out) + scale * along(matrix, small, small + width));
    matrix += stride;
  }
}

/** SMALL ← GᵀD⁻¹ X, OUT ← D⁻¹ X */
export function reduceSolved(table: usize): void {
  reduce(table, word(table, SOLVED));
  blockwise(table, word(table, INVERSE));
}

/** OUT ← OUT − D⁻¹G SMALL */
export function expandSolved(table: usize): void {
  expand(table, word(table, SOLVED), -1);
}

/** SMALL ← Gᵀ X, OUT ← blocks X */
export function reduceRows(table: usize): void {
  reduce(table, word(table, ROWS));
  blockwise(table, word(table, BLOCKS));
}

/** OUT ← OUT + G SMALL */
export function expandRows(table: usize): void {
  expand(table, word(table, ROWS), 1);
}
