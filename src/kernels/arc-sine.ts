/**
 * The arc-sine kernel in any dimension, k(u, v) = E erf(u·x) erf(v·x) = (2/π) asin(c/√(AB)) for x ~ N(0, I), A = 1 + 2|u|²,
 * B = 1 + 2|v|², c = 2u·v (Williams 1998, eq. 11; Saad & Solla 1995 for x/√2). With D = AB − c² ≥ 1: ∂k/∂u = (4/π)(v − cu/A)/√D. Each
 * pair of charges once.
 */
import type { Interaction, Vec } from '../types.js';
import { weigh, weighRates } from './pull.js';

/** For each charge, what is summed beside the multiples of the others' places: K, and the coefficients of u and of du in ∇K. */
interface Sums {
  readonly values: Vec;
  readonly own: Vec;
  readonly moved: Vec;
}

/** Rows, and |u|², and u·du where they move. */
interface Places {
  readonly rows: Vec;
  readonly squares: Vec;
  readonly along: Vec;
}

const sumsOf = (n: number): Sums => {
  const [values, own, moved] = Array.from({ length: 3 }, () => new Float64Array(n));
  return { values, own, moved };
};

const placesOf = (rows: Vec, n: number): Places => ({
  rows,
  squares: new Float64Array(n),
  along: new Float64Array(n),
});

/** Of a pair: k, 4/(π√D), 2u·v and D; and as it moves the rates of 2u·v and of D. */
const [VALUE, SCALE, OVERLAP, GRAM, OVERLAP_RATE, GRAM_RATE] = [0, 1, 2, 3, 4, 5];

/** out: Σ aⱼ bⱼ over the places of `count` rows */
function productsInto(a: Vec, b: Vec, count: number, dim: number, out: Vec): void {
  for (let i = 0, at = 0; i < count; i++, at += dim) {
    let sum = 0;
    for (let j = at + 1; j < at + dim; j++) sum += a[j] * b[j];
    out[i] = sum;
  }
}

function meet(a: Places, i: number, b: Places, k: number, dim: number, pair: Vec): void {
  let uv = 0;
  for (let j = 1; j < dim; j++) uv += a.rows[i * dim + j] * b.rows[k * dim + j];
  const uu = a.squares[i];
  const vv = b.squares[k];
  // AB − c² without the difference of its two largest parts: the Gram determinant is not negative.
  const D = 1 + 2 * uu + 2 * vv + 4 * Math.max(0, uu * vv - uv * uv);
  const root = Math.sqrt(D);
  // atan2 keeps its digits where the arc sine of a number near 1 loses half of them.
  pair[VALUE] = (2 / Math.PI) * Math.atan2(2 * uv, root);
  pair[SCALE] = 4 / (Math.PI * root);
  pair[OVERLAP] = 2 * uv;
  pair[GRAM] = D;
}

/** What charge k brings to K and ∇K at place i. */
function add(a: Places, i: number, b: Places, k: number, dim: number, pair: Vec, sums: Sums, out: Vec): void {
  const w = b.rows[k * dim];
  const share = w * pair[SCALE];
  sums.values[i] += w * pair[VALUE];
  sums.own[i] -= (share * pair[OVERLAP]) / (1 + 2 * a.squares[i]);
  for (let j = 1; j < dim; j++) out[i * dim + j] += share * b.rows[k * dim + j];
}

/** out: rows [K, ∇K], from what has been added up */
function finish({ rows }: Places, sums: Sums, count: number, dim: number, out: Vec): void {
  for (let i = 0, at = 0; i < count; i++, at += dim) {
    out[at] = sums.values[i];
    for (let j = at + 1; j < at + dim; j++) out[j] += sums.own[i] * rows[j];
  }
}

function clear(sums: Sums, out: Vec, count: number, dim: number): void {
  out.fill(0, 0, count * dim);
  sums.values.fill(0);
  sums.own.fill(0);
  sums.moved.fill(0);
}

function potentials(c: Places, n: number, dim: number, pair: Vec, sums: Sums, out: Vec): void {
  clear(sums, out, n, dim);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) {
      meet(c, i, c, k, dim, pair);
      add(c, i, c, k, dim, pair, sums, out);
      add(c, k, c, i, dim, pair, sums, out);
    }
    meet(c, i, c, i, dim, pair);
    add(c, i, c, i, dim, pair, sums, out);
  }
  finish(c, sums, n, dim, out);
}

function potentialsAt(
  c: Places,
  n: number,
  points: Places,
  count: number,
  dim: number,
  pair: Vec,
  sums: Sums,
  out: Vec,
): void {
  clear(sums, out, count, dim);
  for (let i = 0; i < count; i++)
    for (let k = 0; k < n; k++) {
      meet(points, i, c, k, dim, pair);
      add(points, i, c, k, dim, pair, sums, out);
    }
  finish(points, sums, count, dim, out);
}

function meetMoving(c: Places, moves: Vec, i: number, k: number, dim: number, pair: Vec): void {
  meet(c, i, c, k, dim, pair);
  let rate = 0;
  for (let j = 1; j < dim; j++)
    rate += c.rows[i * dim + j] * moves[k * dim + j] + moves[i * dim + j] * c.rows[k * dim + j];
  pair[OVERLAP_RATE] = 2 * rate;
  const [A, B] = [1 + 2 * c.squares[i], 1 + 2 * c.squares[k]];
  pair[GRAM_RATE] = 4 * (c.along[i] * B + A * c.along[k] - pair[OVERLAP] * rate);
}

/** What charge k brings to the rates at charge i, the two moving: with r = c/A, ∇k = s(v − ru), s = 4/(π√D). */
function addRate(c: Places, moves: Vec, i: number, k: number, dim: number, pair: Vec, sums: Sums, out: Vec): void {
  const A = 1 + 2 * c.squares[i];
  const overlap = pair[OVERLAP];
  const r = overlap / A;
  const dr = (pair[OVERLAP_RATE] - 4 * r * c.along[i]) / A;
  const share = c.rows[k * dim] * pair[SCALE];
  const changed = moves[k * dim] * pair[SCALE] - (share * pair[GRAM_RATE]) / (2 * pair[GRAM]);
  sums.values[i] +=
    moves[k * dim] * pair[VALUE] +
    share * (pair[OVERLAP_RATE] / 2 - r * c.along[i] - (overlap / (1 + 2 * c.squares[k])) * c.along[k]);
  sums.own[i] -= changed * r + share * dr;
  sums.moved[i] -= share * r;
  for (let j = 1; j < dim; j++) out[i * dim + j] += changed * c.rows[k * dim + j] + share * moves[k * dim + j];
}

/** out: rows d[K, ∇K] */
function rates(c: Places, moves: Vec, n: number, dim: number, pair: Vec, sums: Sums, out: Vec): void {
  clear(sums, out, n, dim);
  productsInto(c.rows, moves, n, dim, c.along);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) {
      meetMoving(c, moves, i, k, dim, pair);
      addRate(c, moves, i, k, dim, pair, sums, out);
      addRate(c, moves, k, i, dim, pair, sums, out);
    }
    meetMoving(c, moves, i, i, dim, pair);
    addRate(c, moves, i, i, dim, pair, sums, out);
  }
  for (let i = 0, at = 0; i < n; i++, at += dim)
    for (let j = at + 1; j < at + dim; j++) out[j] += sums.moved[i] * moves[j];
  finish(c, sums, n, dim, out);
}

/** n charges in ℝ^d. */
export function arcSine(n: number, d: number): Interaction {
  const dim = 1 + d;
  const [sums, pair, gradients] = [sumsOf(n), new Float64Array(6), new Float64Array(n * dim)];
  let charges = placesOf(new Float64Array(n * dim), n);
  let [beside, theirs] = [sumsOf(0), placesOf(new Float64Array(0), 0)];
  return {
    pullInto(rows, out) {
      if (charges.rows !== rows) charges = { ...charges, rows };
      productsInto(rows, rows, n, dim, charges.squares);
      potentials(charges, n, dim, pair, sums, gradients);
      weigh(rows, gradients, n, dim, out);
    },
    pullAtInto(points, count, out) {
      if (theirs.squares.length < count) [beside, theirs] = [sumsOf(count), placesOf(points, count)];
      if (theirs.rows !== points) theirs = { ...theirs, rows: points };
      productsInto(points, points, count, dim, theirs.squares);
      potentialsAt(charges, n, theirs, count, dim, pair, beside, out);
      weigh(points, out, count, dim, out);
    },
    pullRateInto(moves, out) {
      rates(charges, moves, n, dim, pair, sums, out);
      weighRates(charges.rows, gradients, moves, n, dim, out);
    },
  };
}
