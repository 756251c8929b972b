/**
 * AssemblyScript: trigonometric sums over particles [w, θ] on ℝ/ℤ, two particles to a vector. Frequencies are k = 5a + b, |b| ≤ 2, so that
 * products of e^{2πi5aθ} with four functions of the small ones serve five frequencies, and few powers are taken by multiplication.
 * Addresses and sizes stand in a table of 32-bit words; src/kernels/circular-field.ts has the same order.
 */
import { madd, nmadd, splatAt, sumOf } from './arithmetic';
import { turn2 } from './circular';
import { word } from './layout';

/** Fives a = 1 … FIVES; vectors, the last perhaps half full; chunks of four vectors each. */
const FIVES = 0;
const VECTORS = 1;
const CHUNKS = 2;
/** Particle-major, whole eights. */
const STATE = 3;
const RESULT = 4;
/** Records of all vectors, 0 where there is no room. */
const RECORDS = 5;
/** For each thread records of a block, and weights; bytes from one thread to the next. */
const SCRATCH = 6;
const SCRATCH_STRIDE = 7;
/** Sums of a chunk in two lanes, then in one each; bytes from one chunk to the next. */
const SUMS = 8;
const SUMS_STRIDE = 9;
const COEFFICIENTS = 10;

/** Vectors that are worked on at once: they stay in the first cache. */
const BLOCK: usize = 32;
/** Bytes of a vector in the state. */
const ROWS: usize = 32;
/** Record of a vector: cos and sin of 2πθ, of twice that, then of 5a times that, a = 1 … */
const SMALL: usize = 64;
const POWER: usize = 32;
/** w, then w times the first four of the record. */
const WEIGHTED: usize = 80;
/** Sums of these; for each a sums of cos and sin with w, and with each of the four. */
const SUMS_OF_FIVE: usize = 160;
/** Coefficients of 1 and the four in value and slope; for each a those beside cos and sin. */
const FIRST_COEFFICIENTS: usize = 80;
const COEFFICIENTS_OF_FIVE: usize = 160;

/** In vectors. */
// @ts-ignore: decorator
@inline
function begin(table: usize, chunk: usize): usize {
  const vectors = word(table, VECTORS);
  return min(((chunk * ((vectors + 3) >> 2)) / word(table, CHUNKS)) << 2, vectors);
}

// @ts-ignore: decorator
@inline
function recordSize(table: usize): usize {
  return SMALL + POWER * word(table, FIVES);
}

/** Where the records from vector v on are. */
// @ts-ignore: decorator
@inline
function recordsOf(table: usize, v: usize, thread: usize): usize {
  const kept = word(table, RECORDS);
  return kept != 0 ? kept + v * recordSize(table) : word(table, SCRATCH) + thread * word(table, SCRATCH_STRIDE);
}

// @ts-ignore: decorator
@inline
function positions(at: usize): v128 {
  return v128.shuffle<f64>(v128.load(at), v128.load(at, 16), 1, 3);
}

// @ts-ignore: decorator
@inline
function weights(at: usize): v128 {
  return v128.shuffle<f64>(v128.load(at), v128.load(at, 16), 0, 2);
}

/** Real part of (c + is)(x + iy). */
// @ts-ignore: decorator
@inline
function real(c: v128, s: v128, x: v128, y: v128): v128 {
  return nmadd(s, y, f64x2.mul(c, x));
}

// @ts-ignore: decorator
@inline
function imaginary(c: v128, s: v128, x: v128, y: v128): v128 {
  return madd(s, x, f64x2.mul(c, y));
}

/** Records of `count` vectors, and of those that make a multiple of four, but for powers beyond the first. */
function open(state: usize, count: usize, fives: usize, record: usize): void {
  const size = SMALL + POWER * fives;
  const end = record + count * size;
  let row = state;
  for (let at = record; at < end; at += 2 * size) {
    turn2(positions(row), positions(row + ROWS), at, size);
    row += 2 * ROWS;
  }
  for (let at = record; at < end; at += size) {
    const c = v128.load(at);
    const s = v128.load(at, 16);
    const c2 = real(c, s, c, s);
    const s2 = imaginary(c, s, c, s);
    v128.store(at, c2, 32);
    v128.store(at, s2, 48);
    if (fives == 0) continue;
    const c4 = real(c2, s2, c2, s2);
    const s4 = imaginary(c2, s2, c2, s2);
    v128.store(at, real(c4, s4, c, s), 64);
    v128.store(at, imaginary(c4, s4, c, s), 80);
  }
}

/** The next power of a record, to `at`. */
// @ts-ignore: decorator
@inline
function multiply(at: usize, base: usize): void {
  const c = v128.load(at - POWER);
  const s = v128.load(at - POWER, 16);
  const x = v128.load(base, 64);
  const y = v128.load(base, 80);
  v128.store(at, real(c, s, x, y));
  v128.store(at, imaginary(c, s, x, y), 16);
}

/** Weights of the vectors of a block, and the sums without a power. */
// @ts-ignore: decorator
@inline
function addSmall(state: usize, record: usize, size: usize, weighted: usize, end: usize, sums: usize): void {
  let a = v128.load(sums);
  let b = v128.load(sums, 16);
  let c = v128.load(sums, 32);
  let d = v128.load(sums, 48);
  let e = v128.load(sums, 64);
  for (; weighted < end; weighted += WEIGHTED) {
    const w = weights(state);
    a = f64x2.add(a, w);
    v128.store(weighted, w);
    const p = f64x2.mul(w, v128.load(record));
    b = f64x2.add(b, p);
    v128.store(weighted, p, 16);
    const q = f64x2.mul(w, v128.load(record, 16));
    c = f64x2.add(c, q);
    v128.store(weighted, q, 32);
    const r = f64x2.mul(w, v128.load(record, 32));
    d = f64x2.add(d, r);
    v128.store(weighted, r, 48);
    const t = f64x2.mul(w, v128.load(record, 48));
    e = f64x2.add(e, t);
    v128.store(weighted, t, 64);
    state += ROWS;
    record += size;
  }
  v128.store(sums, a);
  v128.store(sums, b, 16);
  v128.store(sums, c, 32);
  v128.store(sums, d, 48);
  v128.store(sums, e, 64);
}

/** Sums of a power with w over the vectors of a block. */
// @ts-ignore: decorator
@inline
function addPower(power: usize, size: usize, weighted: usize, end: usize, sums: usize): void {
  let a = v128.load(sums);
  let b = v128.load(sums, 16);
  for (; weighted < end; weighted += WEIGHTED) {
    const w = v128.load(weighted);
    a = madd(w, v128.load(power), a);
    b = madd(w, v128.load(power, 16), b);
    power += size;
  }
  v128.store(sums, a);
  v128.store(sums, b, 16);
}

/** Sums of a power with the four over the vectors of a block. */
// @ts-ignore: decorator
@inline
function addProducts(power: usize, size: usize, weighted: usize, end: usize, sums: usize): void {
  let a = v128.load(sums);
  let b = v128.load(sums, 16);
  let c = v128.load(sums, 32);
  let d = v128.load(sums, 48);
  let e = v128.load(sums, 64);
  let f = v128.load(sums, 80);
  let g = v128.load(sums, 96);
  let h = v128.load(sums, 112);
  for (; weighted < end; weighted += WEIGHTED) {
    const x = v128.load(power);
    const y = v128.load(power, 16);
    const p = v128.load(weighted, 16);
    a = madd(x, p, a);
    b = madd(y, p, b);
    const q = v128.load(weighted, 32);
    c = madd(x, q, c);
    d = madd(y, q, d);
    const r = v128.load(weighted, 48);
    e = madd(x, r, e);
    f = madd(y, r, f);
    const t = v128.load(weighted, 64);
    g = madd(x, t, g);
    h = madd(y, t, h);
    power += size;
  }
  v128.store(sums, a);
  v128.store(sums, b, 16);
  v128.store(sums, c, 32);
  v128.store(sums, d, 48);
  v128.store(sums, e, 64);
  v128.store(sums, f, 80);
  v128.store(sums, g, 96);
  v128.store(sums, h, 112);
}

/** Both lanes of the sums together, behind them. */
// @ts-ignore: decorator
@inline
function join(sums: usize, end: usize): void {
  let to = end;
  for (let at = sums; at < end; at += 16) {
    store<f64>(to, sumOf(v128.load(at)));
    to += 8;
  }
}

/** Sums over the particles of a chunk. */
export function synthesise(table: usize, chunk: usize, thread: usize): void {
  const fives = word(table, FIVES);
  const size = recordSize(table);
  const sums = word(table, SUMS) + chunk * word(table, SUMS_STRIDE);
  const weighted = word(table, SCRATCH) + thread * word(table, SCRATCH_STRIDE) + BLOCK * size;
  const beyond = sums + WEIGHTED + SUMS_OF_FIVE * fives;
  for (let at = sums; at < beyond; at += 16) v128.store(at, f64x2.splat(0));
  const last = begin(table, chunk + 1);
  for (let v = begin(table, chunk); v < last; v += BLOCK) {
    const count = min(last - v, BLOCK);
    const state = word(table, STATE) + v * ROWS;
    const record = recordsOf(table, v, thread);
    const end = weighted + count * WEIGHTED;
    open(state, count, fives, record);
    addSmall(state, record, size, weighted, end, sums);
    let power = record + SMALL;
    let to = sums + WEIGHTED;
    for (let a: usize = 0; a < fives; a++) {
      if (a > 0) for (let at: usize = 0; at < count * size; at += size) multiply(power + at, record + at);
      addPower(power, size, weighted, end, to);
      addProducts(power, size, weighted, end, to + 32);
      power += POWER;
      to += SUMS_OF_FIVE;
    }
  }
  join(sums, beyond);
}

/** Rows of two vectors from their sums: value, and slope times w. */
// @ts-ignore: decorator
@inline
function rows(state: usize, out: usize, value: v128, slope: v128): void {
  const s = f64x2.mul(weights(state), slope);
  v128.store(out, v128.shuffle<f64>(value, s, 0, 2));
  v128.store(out, v128.shuffle<f64>(value, s, 1, 3), 16);
}

/** Values and slopes of two vectors from their records. */
// @ts-ignore: decorator
@inline
function read(record: usize, size: usize, fives: usize, at: usize, state: usize, out: usize): void {
  const next = record + size;
  let va = splatAt(at);
  let da = splatAt(at + 8);
  let vb = va;
  let db = da;
  for (let f = record; f < record + SMALL; f += 16) {
    at += 16;
    const x = v128.load(f);
    const y = v128.load(f + size);
    const v = splatAt(at);
    va = madd(v, x, va);
    vb = madd(v, y, vb);
    const d = splatAt(at + 8);
    da = madd(d, x, da);
    db = madd(d, y, db);
  }
  at += 16;
  let power = SMALL;
  for (let k: usize = 0; k < fives; k++) {
    // Beside cos and sin, of value and slope.
    let ca = splatAt(at);
    let sa = splatAt(at + 8);
    let pa = splatAt(at + 16);
    let qa = splatAt(at + 24);
    let cb = ca;
    let sb = sa;
    let pb = pa;
    let qb = qa;
    for (let f = record; f < record + SMALL; f += 16) {
      at += 32;
      const x = v128.load(f);
      const y = v128.load(f + size);
      const c = splatAt(at);
      ca = madd(c, x, ca);
      cb = madd(c, y, cb);
      const s = splatAt(at + 8);
      sa = madd(s, x, sa);
      sb = madd(s, y, sb);
      const p = splatAt(at + 16);
      pa = madd(p, x, pa);
      pb = madd(p, y, pb);
      const q = splatAt(at + 24);
      qa = madd(q, x, qa);
      qb = madd(q, y, qb);
    }
    at += 32;
    const xa = v128.load(record + power);
    const ya = v128.load(record + power, 16);
    va = f64x2.add(va, madd(ya, sa, f64x2.mul(xa, ca)));
    da = f64x2.add(da, madd(ya, qa, f64x2.mul(xa, pa)));
    const xb = v128.load(next + power);
    const yb = v128.load(next + power, 16);
    vb = f64x2.add(vb, madd(yb, sb, f64x2.mul(xb, cb)));
    db = f64x2.add(db, madd(yb, qb, f64x2.mul(xb, pb)));
    power += POWER;
  }
  rows(state, out, va, da);
  rows(state + ROWS, out + ROWS, vb, db);
}

/** The polynomial and w times its derivative at the particles of a chunk, after `synthesise` at the same state. */
export function analyse(table: usize, chunk: usize, thread: usize): void {
  const fives = word(table, FIVES);
  const size = recordSize(table);
  const kept = word(table, RECORDS) != 0;
  const last = begin(table, chunk + 1);
  for (let v = begin(table, chunk); v < last; v += BLOCK) {
    const count = min(last - v, BLOCK);
    const state = word(table, STATE) + v * ROWS;
    const result = word(table, RESULT) + v * ROWS;
    const record = recordsOf(table, v, thread);
    if (!kept) {
      open(state, count, fives, record);
      for (let a: usize = 1; a < fives; a++)
        for (let at: usize = 0; at < count * size; at += size) multiply(record + at + SMALL + POWER * a, record + at);
    }
    for (let i: usize = 0; i < count; i += 2)
      read(record + i * size, size, fives, word(table, COEFFICIENTS), state + i * ROWS, result + i * ROWS);
  }
}
