/** AssemblyScript: products of matrices by blocks of four rows and four columns. */
import { block } from './blocks';
import { word } from './layout';

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
