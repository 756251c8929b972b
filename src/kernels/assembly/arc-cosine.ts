/**
 * AssemblyScript: src/kernels/lines.ts and arc-cosine.ts, two numbers at a time; in modules without relaxed SIMD the same bits. The table
 * of words is that of arc-cosine.ts.
 */
import { madd, ROUNDING } from './arithmetic';
import { word } from './layout';

const N = 0;
const CHARGES = 1;
const ANGLES = 2;
const ORDER = 3;
const SORTED = 4;
const BEFORE = 5;
const WHOLE = 6;
const RESULT = 7;
const ARCS = 8;
const SCALE: usize = 64;

const STEPS: f64 = 16;
/** Numbers that are not finite look nothing up beyond the table. */
const LAST: usize = 31;
const HALF: f64 = 1.5707963267948966;
const TURN: f64 = 6.283185307179586;
/** Outside of this |a|² has lost digits or overflowed. */
const LEAST: f64 = 1e-280;
const MOST: f64 = 1e280;

/** One number of two rows, which lie 24 bytes apart. */
// @ts-ignore: decorator
@inline
function pair(at: usize): v128 {
  return v128.load64_lane(at + 24, v128.load64_splat(at), 1);
}

/** Angles of the lines of all charges. */
// @ts-ignore: decorator
@inline
function measure(table: usize, n: usize): void {
  const arcs = word(table, ARCS);
  const zero = f64x2.splat(0);
  let to = word(table, ANGLES);
  let at = word(table, CHARGES);
  for (let i: usize = 0; i < n; i += 2, at += 48, to += 16) {
    const px = pair(at + 8);
    const py = pair(at + 16);
    const x = f64x2.abs(px);
    const y = f64x2.abs(py);
    const steep = f64x2.gt(y, x);
    const large = v128.bitselect(y, x, steep);
    const u = v128.and(f64x2.div(v128.bitselect(x, y, steep), large), f64x2.gt(large, zero));
    const k = f64x2.add(f64x2.mul(f64x2.splat(STEPS), u), f64x2.splat(ROUNDING));
    const c = f64x2.mul(f64x2.sub(k, f64x2.splat(ROUNDING)), f64x2.splat(1 / STEPS));
    const t = f64x2.div(f64x2.sub(u, c), madd(u, c, f64x2.splat(1)));
    const s = f64x2.mul(t, t);
    // In pairs of terms (Estrin): a processor waits for the chain of these operations rather than for their number.
    const first = madd(s, f64x2.splat(1.0 / 5), f64x2.splat(-1.0 / 3));
    const rest = madd(s, f64x2.splat(1.0 / 9), f64x2.splat(-1.0 / 7));
    const p = madd(f64x2.mul(s, s), rest, first);
    const known = v128.load64_lane(
      arcs + ((<usize>i32x4.extract_lane(k, 2) & LAST) << 3),
      v128.load64_splat(arcs + ((<usize>i32x4.extract_lane(k, 0) & LAST) << 3)),
      1,
    );
    const arc = f64x2.add(known, madd(f64x2.mul(t, s), p, t));
    const angle = v128.bitselect(f64x2.sub(f64x2.splat(HALF), arc), arc, steep);
    const opposite = v128.xor(f64x2.lt(px, zero), f64x2.lt(py, zero));
    v128.store(to, v128.bitselect(f64x2.neg(angle), angle, opposite));
  }
}

/** Of insertion sort, in places for each line. */
const FEW: usize = 8;

/** Insertion sort of those `gap` apart; false when it has been given up after `most` places. */
function inserted(n: usize, order: usize, sorted: usize, gap: usize, most: usize): bool {
  let places: usize = 0;
  for (let k = gap; k < n; k++) {
    const angle = load<f64>(sorted + (k << 3));
    const line = load<u32>(order + (k << 2));
    let to = k;
    for (; to >= gap; to -= gap) {
      const before = load<f64>(sorted + ((to - gap) << 3));
      const other = load<u32>(order + ((to - gap) << 2));
      if (!(before > angle || (before == angle && other > line))) break;
      store<f64>(sorted + (to << 3), before);
      store<u32>(order + (to << 2), other);
      places++;
    }
    if (to == k) continue;
    store<f64>(sorted + (to << 3), angle);
    store<u32>(order + (to << 2), line);
    if (places > most) return false;
  }
  return true;
}

// @ts-ignore: decorator
@inline
function sortByAngle(table: usize, n: usize): void {
  const angles = word(table, ANGLES);
  const order = word(table, ORDER);
  const sorted = word(table, SORTED);
  for (let k: usize = 0; k < n; k++)
    store<f64>(sorted + (k << 3), load<f64>(angles + (<usize>load<u32>(order + (k << 2)) << 3)));
  if (!inserted(n, order, sorted, 1, FEW * n)) {
    let gap: usize = 1;
    while (gap < n / 9) gap = 3 * gap + 1;
    for (; gap > 0; gap /= 3) inserted(n, order, sorted, gap, usize.MAX_VALUE);
  }
}

/** Sums over the charges in their order, before each of them. */
// @ts-ignore: decorator
@inline
function addUp(n: usize, scale: f64, charges: usize, order: usize, sorted: usize, before: usize, whole: usize): void {
  const zero = f64x2.splat(0);
  let sum = zero;
  let even = zero;
  let turned = zero;
  for (let k: usize = 0; k < n; k++) {
    const at = charges + <usize>load<u32>(order + (k << 2)) * 24;
    const z = f64x2.mul(f64x2.splat(scale * load<f64>(at)), v128.load(at + 8));
    sum = f64x2.add(sum, z);
    const b = v128.xor(z, v128.and(f64x2.lt(v128.load64_splat(at + 8), zero), f64x2.splat(-0.0)));
    even = f64x2.add(even, b);
    turned = madd(v128.load64_splat(sorted + (k << 3)), b, turned);
    before += 32;
    v128.store(before, even);
    v128.store(before, turned, 16);
  }
  v128.store(whole, sum);
  v128.store(whole, zero, 16);
}

/** Potentials and their weighted gradients at the charges themselves. */
export function arcCosine(table: usize, task: usize, thread: usize): void {
  const n = word(table, N);
  const charges = word(table, CHARGES);
  const order = word(table, ORDER);
  const sorted = word(table, SORTED);
  const whole = word(table, WHOLE);
  const result = word(table, RESULT);
  let before = word(table, BEFORE);
  measure(table, n);
  sortByAngle(table, n);
  addUp(n, load<f64>(table + SCALE), charges, order, sorted, before, whole);
  const end = before + (n << 5);
  const quarter = f64x2.mul(v128.load(whole), f64x2.splat(0.25));
  const all = v128.load(end);
  const turned = v128.load(end, 16);
  const right = f64x2.mul(f64x2.splat(HALF), all);
  const two = f64x2.splat(2);
  for (let k: usize = 0; k < n; k++, before += 32) {
    const row = <usize>load<u32>(order + (k << 2)) * 24;
    const at = charges + row;
    const x = load<f64>(at + 8);
    const y = load<f64>(at + 16);
    let a = v128.load(at + 8);
    let square = x * x + y * y;
    if (!(square > LEAST && square < MOST)) {
      const size = max(abs(x), abs(y));
      if (size != 0) a = f64x2.div(a, f64x2.splat(size));
      const u = f64x2.extract_lane(a, 0);
      const v = f64x2.extract_lane(a, 1);
      square = u * u + v * v;
    }
    const beyond = f64x2.sub(all, f64x2.mul(two, v128.load(before)));
    const products = f64x2.mul(a, v128.shuffle<f64>(beyond, beyond, 1, 0));
    const along = (f64x2.extract_lane(products, 0) - f64x2.extract_lane(products, 1)) / square;
    const turn = f64x2.sub(turned, f64x2.mul(two, v128.load(before, 16)));
    const bent = f64x2.sub(madd(v128.load64_splat(sorted + (k << 3)), beyond, right), turn);
    const share = f64x2.splat(x < 0 ? -1 / TURN : 1 / TURN);
    let g = madd(share, madd(f64x2.splat(along), a, bent), quarter);
    if (square == 0) g = f64x2.mul(v128.load(whole), f64x2.splat(0.5));
    const value = f64x2.mul(v128.load(at + 8), g);
    store<f64>(result + row, f64x2.extract_lane(value, 0) + f64x2.extract_lane(value, 1));
    v128.store(result + row + 8, f64x2.mul(v128.load64_splat(at), g));
  }
}
