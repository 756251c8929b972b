/**
 * AssemblyScript: products of matrices by blocks of four rows and four columns: eight sums of two doubles stand in registers, as in
 * panel.ts. Every number of a product is one sum in the order of its terms, so that no division of the work changes a bit.
 */
import { madd } from './arithmetic';
import { word } from './layout';

/**
 * Σ_t a_t b_tᵀ of one block, t < count: four numbers at a and four at b for each t, `stepA` and `stepB` bytes from one to the next. Four rows
 * at `out`, `stepOut` bytes apart; `fresh`, a constant where it is called: from 0, else added to what stands there.
 */
// @ts-ignore: decorator
@inline
export function block(fresh: bool, count: usize, a: usize, stepA: usize, b: usize, stepB: usize, out: usize, stepOut: usize): void {
  const zero = f64x2.splat(0);
  const out1 = out + stepOut;
  const out2 = out1 + stepOut;
  const out3 = out2 + stepOut;
  let s00 = fresh ? zero : v128.load(out);
  let s01 = fresh ? zero : v128.load(out, 16);
  let s10 = fresh ? zero : v128.load(out1);
  let s11 = fresh ? zero : v128.load(out1, 16);
  let s20 = fresh ? zero : v128.load(out2);
  let s21 = fresh ? zero : v128.load(out2, 16);
  let s30 = fresh ? zero : v128.load(out3);
  let s31 = fresh ? zero : v128.load(out3, 16);
  const end = a + count * stepA;
  while (a < end) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    const a0 = v128.load64_splat(a);
    s00 = madd(a0, b0, s00);
    s01 = madd(a0, b1, s01);
    const a1 = v128.load64_splat(a, 8);
    s10 = madd(a1, b0, s10);
    s11 = madd(a1, b1, s11);
    const a2 = v128.load64_splat(a, 16);
    s20 = madd(a2, b0, s20);
    s21 = madd(a2, b1, s21);
    const a3 = v128.load64_splat(a, 24);
    s30 = madd(a3, b0, s30);
    s31 = madd(a3, b1, s31);
    a += stepA;
    b += stepB;
  }
  v128.store(out, s00);
  v128.store(out, s01, 16);
  v128.store(out1, s10);
  v128.store(out1, s11, 16);
  v128.store(out2, s20);
  v128.store(out2, s21, 16);
  v128.store(out3, s30);
  v128.store(out3, s31, 16);
}

// Of one product, in a section of the table; src/kernels/outer-products.ts has the same order.
/** Terms of a sum, as many of them at a time as stay in the first cache. */
const TERMS = 0;
const DEPTH = 1;
/** Panels of four rows and of four columns; chunks of the former; 1: only the columns from the panel of the rows on. */
const ROWS = 2;
const COLUMNS = 3;
const CHUNKS = 4;
const UPPER = 5;
/** Of each factor and of the product: the address, bytes from a panel to the next (of the product: a row), bytes from a term to the next. */
const A = 6;
const PANEL_A = 7;
const STEP_A = 8;
const B = 9;
const PANEL_B = 10;
const STEP_B = 11;
const OUT = 12;
const STEP_OUT = 13;
const PRODUCT_BYTES: usize = 64;

function multiply(table: usize, chunk: usize): void {
  const terms = word(table, TERMS);
  const depth = word(table, DEPTH);
  const rows = word(table, ROWS);
  const columns = word(table, COLUMNS);
  const chunks = word(table, CHUNKS);
  const upper = word(table, UPPER) == 1;
  const stepA = word(table, STEP_A);
  const stepB = word(table, STEP_B);
  const panelA = word(table, PANEL_A);
  const panelB = word(table, PANEL_B);
  const stepOut = word(table, STEP_OUT);
  const first = (chunk * rows) / chunks;
  const end = ((chunk + 1) * rows) / chunks;
  for (let t: usize = 0; t < terms; t += depth) {
    const count = min(depth, terms - t);
    for (let r = first; r < end; r++) {
      const a = word(table, A) + r * panelA + t * stepA;
      const out = word(table, OUT) + ((r * stepOut) << 2);
      for (let c = upper ? r : 0; c < columns; c++) {
        const b = word(table, B) + c * panelB + t * stepB;
        if (t == 0) block(true, count, a, stepA, b, stepB, out + (c << 5), stepOut);
        else block(false, count, a, stepA, b, stepB, out + (c << 5), stepOut);
      }
    }
  }
}

// A job hands over one table: each section of it has a function of its own.
export function multiply0(table: usize, chunk: usize, _thread: usize): void {
  multiply(table, chunk);
}
export function multiply1(table: usize, chunk: usize, _thread: usize): void {
  multiply(table + PRODUCT_BYTES, chunk);
}
export function multiply2(table: usize, chunk: usize, _thread: usize): void {
  multiply(table + 2 * PRODUCT_BYTES, chunk);
}

// Of what is taken from the state, likewise; these sections follow three of products.
/** Particles, numbers in each, the first of those taken, and how many they are. */
const M = 0;
const DIM = 1;
const FIRST = 2;
const COUNT = 3;
/** 1: rows are times the first number of their particle. */
const WEIGHTED = 4;
/** Addresses: the state; rows, with bytes from one to the next; panels of four particles, number by number. */
const STATE = 5;
const ROWS_AT = 6;
const ROW_BYTES = 7;
const PANELS_AT = 8;
const TAKEN_BYTES: usize = 64;

function take(table: usize): void {
  const m = word(table, M);
  const stride = word(table, DIM) << 3;
  const count = word(table, COUNT);
  const weighted = word(table, WEIGHTED) == 1;
  const rowBytes = word(table, ROW_BYTES);
  let particle = word(table, STATE);
  let row = word(table, ROWS_AT);
  for (let i: usize = 0; i < m; i++) {
    const from = particle + (word(table, FIRST) << 3);
    const factor = weighted ? load<f64>(particle) : 1;
    let panel = word(table, PANELS_AT) + (i >> 2) * (count << 5) + ((i & 3) << 3);
    for (let j: usize = 0; j < count; j++) {
      const x = load<f64>(from + (j << 3));
      store<f64>(row + (j << 3), factor * x);
      store<f64>(panel, x);
      panel += 32;
    }
    particle += stride;
    row += rowBytes;
  }
}

export function take0(table: usize, _chunk: usize, _thread: usize): void {
  take(table + 3 * PRODUCT_BYTES);
}
export function take1(table: usize, _chunk: usize, _thread: usize): void {
  take(table + 3 * PRODUCT_BYTES + TAKEN_BYTES);
}
