/**
 * AssemblyScript: trigonometric sums over particles [w, θ] on ℝ/ℤ, four particles at a time. Powers of e^{2πiθ} by complex multiplication,
 * stored where the caller has room for them. Addresses and sizes stand in a table of 32-bit words; src/kernels/circle.ts has the same order.
 */
import { madd, splatAt } from './arithmetic';
import { cosines, quadrant, reduced, sines, turnedCosines, turnedSines } from './circular';
import { word } from './layout';

/** Frequencies; groups of four particles; chunks of groups. */
const K = 0;
const GROUPS = 1;
const CHUNKS = 2;
/** Particle-major, whole groups. */
const STATE = 3;
const RESULT = 4;
/** e^{2πiθ}: cos and sin of particles 0, 1, then of 2, 3 of each group. */
const BASE = 5;
/** The same of e^{2πikθ}, k = 1…K in each group; 0 where there is no room. */
const POWERS = 6;
/** Σ w, then for each k Σ w cos and Σ w sin, in two lanes; bytes from one chunk to the next. */
const SUMS = 7;
const SUMS_STRIDE = 8;
/** For each k a, b and their products with 2πk: value is Σ a cos + b sin; before them the value of k = 0. */
const COEFFICIENTS = 9;

// @ts-ignore: decorator
@inline
function begin(table: usize, chunk: usize): usize {
  return (chunk * word(table, GROUPS)) / word(table, CHUNKS);
}

// @ts-ignore: decorator
@inline
function setBase(theta: v128, at: usize): void {
  const turns = reduced(theta);
  const q = quadrant(turns);
  const s = sines(turns, q);
  const c = cosines(turns, q);
  v128.store(at, turnedCosines(c, s, q));
  v128.store(at + 16, turnedSines(c, s, q));
}

// @ts-ignore: decorator
@inline
function addTo(at: usize, x: v128): void {
  v128.store(at, f64x2.add(v128.load(at), x));
}

/** Sums of a group; `stored` is a constant where it is called. */
// @ts-ignore: decorator
@inline
function addGroup(stored: bool, count: usize, u: usize, base: usize, powers: usize, sums: usize): void {
  const p = v128.load(u);
  const q = v128.load(u + 16);
  const r = v128.load(u + 32);
  const s = v128.load(u + 48);
  const wa = v128.shuffle<f64>(p, q, 0, 2);
  const wb = v128.shuffle<f64>(r, s, 0, 2);
  setBase(v128.shuffle<f64>(p, q, 1, 3), base);
  setBase(v128.shuffle<f64>(r, s, 1, 3), base + 32);
  addTo(sums, f64x2.add(wa, wb));
  const ca1 = v128.load(base);
  const sa1 = v128.load(base + 16);
  const cb1 = v128.load(base + 32);
  const sb1 = v128.load(base + 48);
  let ca = ca1;
  let sa = sa1;
  let cb = cb1;
  let sb = sb1;
  for (let k: usize = 1; ; k++) {
    sums += 32;
    addTo(sums - 16, madd(wb, cb, f64x2.mul(wa, ca)));
    addTo(sums, madd(wb, sb, f64x2.mul(wa, sa)));
    if (stored) {
      v128.store(powers, ca);
      v128.store(powers + 16, sa);
      v128.store(powers + 32, cb);
      v128.store(powers + 48, sb);
      powers += 64;
    }
    if (k == count) break;
    const na = f64x2.sub(f64x2.mul(ca, ca1), f64x2.mul(sa, sa1));
    sa = madd(sa, ca1, f64x2.mul(ca, sa1));
    ca = na;
    const nb = f64x2.sub(f64x2.mul(cb, cb1), f64x2.mul(sb, sb1));
    sb = madd(sb, cb1, f64x2.mul(cb, sb1));
    cb = nb;
  }
}

/** Sums over the particles of a chunk. */
export function synthesise(table: usize, chunk: usize, _thread: usize): void {
  const count = word(table, K);
  const sums = word(table, SUMS) + chunk * word(table, SUMS_STRIDE);
  const state = word(table, STATE);
  const base = word(table, BASE);
  const powers = word(table, POWERS);
  const end = begin(table, chunk + 1);
  memory.fill(sums, 0, 16 + 32 * count);
  if (powers != 0)
    for (let g = begin(table, chunk); g < end; g++)
      addGroup(true, count, state + (g << 6), base + (g << 6), powers + g * count * 64, sums);
  else
    for (let g = begin(table, chunk); g < end; g++)
      addGroup(false, count, state + (g << 6), base + (g << 6), 0, sums);
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
function readGroup(stored: bool, count: usize, u: usize, base: usize, powers: usize, at: usize, out: usize): void {
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
    va = madd(sa, b, madd(ca, a, va));
    vb = madd(sb, b, madd(cb, a, vb));
    const ka = splatAt(at + 16);
    const kb = splatAt(at + 24);
    da = f64x2.sub(madd(ca, kb, da), f64x2.mul(sa, ka));
    db = f64x2.sub(madd(cb, kb, db), f64x2.mul(sb, ka));
    if (k == count) break;
    at += 32;
    if (stored) {
      powers += 64;
      ca = v128.load(powers);
      sa = v128.load(powers + 16);
      cb = v128.load(powers + 32);
      sb = v128.load(powers + 48);
    } else {
      const ca1 = v128.load(base);
      const sa1 = v128.load(base + 16);
      const na = f64x2.sub(f64x2.mul(ca, ca1), f64x2.mul(sa, sa1));
      sa = madd(sa, ca1, f64x2.mul(ca, sa1));
      ca = na;
      const cb1 = v128.load(base + 32);
      const sb1 = v128.load(base + 48);
      const nb = f64x2.sub(f64x2.mul(cb, cb1), f64x2.mul(sb, sb1));
      sb = madd(sb, cb1, f64x2.mul(cb, sb1));
      cb = nb;
    }
  }
  const wa = v128.shuffle<f64>(v128.load(u), v128.load(u + 16), 0, 2);
  const wb = v128.shuffle<f64>(v128.load(u + 32), v128.load(u + 48), 0, 2);
  storeRows(out, va, f64x2.mul(wa, da));
  storeRows(out + 32, vb, f64x2.mul(wb, db));
}

/** The polynomial and w times its derivative at the particles of a chunk, after `synthesise` at the same state. */
export function analyse(table: usize, chunk: usize, _thread: usize): void {
  const count = word(table, K);
  const state = word(table, STATE);
  const result = word(table, RESULT);
  const base = word(table, BASE);
  const powers = word(table, POWERS);
  const at = word(table, COEFFICIENTS);
  const end = begin(table, chunk + 1);
  if (powers != 0)
    for (let g = begin(table, chunk); g < end; g++)
      readGroup(true, count, state + (g << 6), base + (g << 6), powers + g * count * 64, at, result + (g << 6));
  else
    for (let g = begin(table, chunk); g < end; g++)
      readGroup(false, count, state + (g << 6), base + (g << 6), 0, at, result + (g << 6));
}
