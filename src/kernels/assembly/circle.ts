/**
 * AssemblyScript: trigonometric sums over particles [w, θ] on ℝ/ℤ, four particles at a time. Powers of
 * e^{2πiθ} by complex multiplication, stored where the caller has room for them: to read them costs half of computing them again.
 * Addresses and sizes stand in a table of 32-bit words; src/kernels/circle.ts has the same order.
 */
import { madd, nmadd, splatAt } from './arithmetic';
import { turn4 } from './circular';
import { word } from './layout';

/** Frequencies; groups of four particles, an even number of them; chunks of pairs of groups. */
const K = 0;
const GROUPS = 1;
const CHUNKS = 2;
/** Particle-major, whole groups. */
const STATE = 3;
const RESULT = 4;
/** w, and e^{2πiθ}: cos and sin of particles 0, 1, then of 2, 3 of each group. */
const WEIGHTS = 5;
const BASE = 6;
/** The same of e^{2πikθ}, k = 1…K in each group; 0 where there is no room. */
const POWERS = 7;
/** Σ w, then for each k Σ w cos and Σ w sin, in two lanes; bytes from one chunk to the next. */
const SUMS = 8;
const SUMS_STRIDE = 9;
/** The value of k = 0; then for each k a, b, 2πkb and −2πka: value is Σ a cos + b sin. */
const COEFFICIENTS = 10;

/** Bytes of a group in the state, in the weights, and of one power. */
const ROWS: usize = 64;
const WEIGHT: usize = 32;
const POWER: usize = 64;

// @ts-ignore: decorator
@inline
function begin(table: usize, chunk: usize): usize {
  return ((chunk * (word(table, GROUPS) >> 1)) / word(table, CHUNKS)) << 1;
}

// @ts-ignore: decorator
@inline
function positions(at: usize): v128 {
  return v128.shuffle<f64>(v128.load(at), v128.load(at + 16), 1, 3);
}

// @ts-ignore: decorator
@inline
function weightsOf(at: usize): v128 {
  return v128.shuffle<f64>(v128.load(at), v128.load(at + 16), 0, 2);
}

/** Weights and e^{2πiθ} of two groups: constants are loaded once for four vectors. */
// @ts-ignore: decorator
@inline
function unpackTwo(state: usize, weights: usize, base: usize): void {
  v128.store(weights, weightsOf(state));
  v128.store(weights + 16, weightsOf(state + 32));
  v128.store(weights + 32, weightsOf(state + 64));
  v128.store(weights + 48, weightsOf(state + 96));
  turn4(positions(state), positions(state + 32), positions(state + 64), positions(state + 96), base);
}

/** += Σ w x over a group. */
// @ts-ignore: decorator
@inline
function addTo(sums: usize, weights: usize, a: v128, b: v128): void {
  const both = madd(v128.load(weights + 16), b, f64x2.mul(v128.load(weights), a));
  v128.store(sums, f64x2.add(v128.load(sums), both));
}

// @ts-ignore: decorator
@inline
function keep(powers: usize, ca: v128, sa: v128, cb: v128, sb: v128): void {
  v128.store(powers, ca);
  v128.store(powers + 16, sa);
  v128.store(powers + 32, cb);
  v128.store(powers + 48, sb);
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

/** Sums of a group, odd and even powers in two chains of e^{4πiθ}; `stored` is a constant where it is called. */
// @ts-ignore: decorator
@inline
function addGroup(stored: bool, count: usize, weights: usize, base: usize, powers: usize, sums: usize): void {
  let ca = v128.load(base);
  let sa = v128.load(base + 16);
  let cb = v128.load(base + 32);
  let sb = v128.load(base + 48);
  const xa = real(ca, sa, ca, sa);
  const ya = imaginary(ca, sa, ca, sa);
  const xb = real(cb, sb, cb, sb);
  const yb = imaginary(cb, sb, cb, sb);
  let ea = xa;
  let fa = ya;
  let eb = xb;
  let fb = yb;
  const total = f64x2.add(v128.load(weights), v128.load(weights + 16));
  v128.store(sums, f64x2.add(v128.load(sums), total));
  for (let k: usize = 1; ; k += 2) {
    addTo(sums + 16, weights, ca, cb);
    addTo(sums + 32, weights, sa, sb);
    if (stored) keep(powers, ca, sa, cb, sb);
    if (k == count) break;
    addTo(sums + 48, weights, ea, eb);
    addTo(sums + 64, weights, fa, fb);
    if (stored) keep(powers + POWER, ea, fa, eb, fb);
    if (k + 1 == count) break;
    sums += 64;
    powers += 2 * POWER;
    const na = real(ca, sa, xa, ya);
    sa = imaginary(ca, sa, xa, ya);
    ca = na;
    const nb = real(cb, sb, xb, yb);
    sb = imaginary(cb, sb, xb, yb);
    cb = nb;
    const ma = real(ea, fa, xa, ya);
    fa = imaginary(ea, fa, xa, ya);
    ea = ma;
    const mb = real(eb, fb, xb, yb);
    fb = imaginary(eb, fb, xb, yb);
    eb = mb;
  }
}

/** Sums over the particles of a chunk. */
export function synthesise(table: usize, chunk: usize, _thread: usize): void {
  const count = word(table, K);
  const sums = word(table, SUMS) + chunk * word(table, SUMS_STRIDE);
  const state = word(table, STATE);
  const weights = word(table, WEIGHTS);
  const base = word(table, BASE);
  const powers = word(table, POWERS);
  const first = begin(table, chunk);
  const end = begin(table, chunk + 1);
  memory.fill(sums, 0, 16 + 32 * count);
  for (let g = first; g < end; g += 2) unpackTwo(state + g * ROWS, weights + g * WEIGHT, base + g * POWER);
  if (powers != 0)
    for (let g = first; g < end; g++)
      addGroup(true, count, weights + g * WEIGHT, base + g * POWER, powers + g * count * POWER, sums);
  else for (let g = first; g < end; g++) addGroup(false, count, weights + g * WEIGHT, base + g * POWER, 0, sums);
}

// @ts-ignore: decorator
@inline
function storeRows(out: usize, value: v128, slope: v128): void {
  v128.store(out, v128.shuffle<f64>(value, slope, 0, 2));
  v128.store(out + 16, v128.shuffle<f64>(value, slope, 1, 3));
}

/** Values and slopes of the polynomial at the particles of a group. */
// @ts-ignore: decorator
@inline
function readGroup(stored: bool, count: usize, weights: usize, base: usize, powers: usize, at: usize, out: usize): void {
  let ca = v128.load(base);
  let sa = v128.load(base + 16);
  let cb = v128.load(base + 32);
  let sb = v128.load(base + 48);
  let va = splatAt(at);
  let vb = va;
  let da = f64x2.splat(0);
  let db = da;
  at += 8;
  for (let k: usize = 1; ; k++) {
    const a = splatAt(at);
    const b = splatAt(at + 8);
    // Each pair first: the chain from one k to the next is one addition.
    va = f64x2.add(va, madd(sa, b, f64x2.mul(ca, a)));
    vb = f64x2.add(vb, madd(sb, b, f64x2.mul(cb, a)));
    const kb = splatAt(at + 16);
    const ka = splatAt(at + 24);
    da = f64x2.add(da, madd(sa, ka, f64x2.mul(ca, kb)));
    db = f64x2.add(db, madd(sb, ka, f64x2.mul(cb, kb)));
    if (k == count) break;
    at += 32;
    if (stored) {
      powers += POWER;
      ca = v128.load(powers);
      sa = v128.load(powers + 16);
      cb = v128.load(powers + 32);
      sb = v128.load(powers + 48);
    } else {
      const ca1 = v128.load(base);
      const sa1 = v128.load(base + 16);
      const na = real(ca, sa, ca1, sa1);
      sa = imaginary(ca, sa, ca1, sa1);
      ca = na;
      const cb1 = v128.load(base + 32);
      const sb1 = v128.load(base + 48);
      const nb = real(cb, sb, cb1, sb1);
      sb = imaginary(cb, sb, cb1, sb1);
      cb = nb;
    }
  }
  storeRows(out, va, f64x2.mul(v128.load(weights), da));
  storeRows(out + 32, vb, f64x2.mul(v128.load(weights + 16), db));
}

/** The polynomial and w times its derivative at the particles of a chunk, after `synthesise` at the same state. */
export function analyse(table: usize, chunk: usize, _thread: usize): void {
  const count = word(table, K);
  const result = word(table, RESULT);
  const weights = word(table, WEIGHTS);
  const base = word(table, BASE);
  const powers = word(table, POWERS);
  const at = word(table, COEFFICIENTS);
  const end = begin(table, chunk + 1);
  for (let g = begin(table, chunk); g < end; g++) {
    const w = weights + g * WEIGHT;
    const b = base + g * POWER;
    if (powers != 0) readGroup(true, count, w, b, powers + g * count * POWER, at, result + g * ROWS);
    else readGroup(false, count, w, b, 0, at, result + g * ROWS);
  }
}
