/**
 * Exact optimal transport between two finite measures of equal total mass, with its dual prices: successive shortest paths
 * (Ahuja, Magnanti & Orlin 1993, §9.7). With whole numbers as masses no rounding enters the plan.
 */
import type { Vec } from '../types.js';

export interface Transported {
  /** Σ c(i, j)·π(i, j). */
  readonly total: number;
  /** Σ aᵢ minⱼ (c(i, j) − vⱼ) + Σ bⱼ vⱼ: no plan costs less. `total` but for rounding. */
  readonly bound: number;
  /** Triples [i, j, mass]. */
  readonly plan: readonly (readonly [number, number, number])[];
}

interface State {
  /** Row i of c. */
  readonly row: (i: number) => Vec;
  /** What is left to send and to receive. */
  readonly supply: Vec;
  readonly demand: Vec;
  readonly price: Vec;
  /** What each column has received, by row. */
  readonly from: readonly Map<number, number>[];
  /** Of the search: length and row before each column, row reached through which column (−1: the start, −2: not reached). */
  readonly length: Vec;
  readonly before: Int32Array;
  readonly through: Int32Array;
  readonly done: Uint8Array;
}

/** Row i, reached at `base`, offers each open column its reduced cost. */
function scan(s: State, i: number, base: number): void {
  const { length, before, done, price } = s;
  const costs = s.row(i);
  for (let j = 0; j < length.length; j++) {
    if (done[j] !== 0) continue;
    const offered = base + costs[j] - price[j];
    if (offered < length[j]) {
      length[j] = offered;
      before[j] = i;
    }
  }
}

/** Dijkstra's algorithm from row `start` to the nearest column that still wants mass; prices follow. */
function nearest(s: State, start: number): number {
  const { length, done, through, from, demand, price } = s;
  length.fill(Number.POSITIVE_INFINITY);
  done.fill(0);
  through.fill(-2);
  through[start] = -1;
  scan(s, start, 0);
  const order: number[] = [];
  for (;;) {
    let best = -1;
    for (let j = 0; j < length.length; j++) if (done[j] === 0 && (best < 0 || length[j] < length[best])) best = j;
    const min = length[best];
    if (demand[best] > 0) {
      for (const j of order) price[j] += length[j] - min;
      return best;
    }
    done[best] = 1;
    order.push(best);
    for (const i of from[best].keys()) {
      if (through[i] !== -2) continue;
      through[i] = best;
      scan(s, i, min - (s.row(i)[best] - price[best]));
    }
  }
}

/** Sends what the path from `start` to column `end` can carry. */
function send(s: State, start: number, end: number): void {
  const { before, through, from, supply, demand } = s;
  let mass = Math.min(supply[start], demand[end]);
  for (let j = end; ; ) {
    const i = before[j];
    if (i === start) break;
    j = through[i];
    mass = Math.min(mass, from[j].get(i) as number);
  }
  supply[start] -= mass;
  demand[end] -= mass;
  for (let j = end; ; ) {
    const i = before[j];
    from[j].set(i, (from[j].get(i) ?? 0) + mass);
    if (i === start) return;
    j = through[i];
    const left = (from[j].get(i) as number) - mass;
    if (left > 0) from[j].set(i, left);
    else from[j].delete(i);
  }
}

/** Masses that are left over by rounding. */
const ROUNDING = 1e-13;

function balanced(a: Vec, b: Vec): number {
  const [sent, wanted] = [a, b].map(v => v.reduce((s, x) => s + x, 0));
  if (![...a, ...b].every(x => x >= 0 && x < Number.POSITIVE_INFINITY))
    throw new RangeError('masses must be finite and ≥ 0');
  if (!(Math.abs(sent - wanted) <= ROUNDING * 100 * Math.max(sent, wanted)))
    throw new RangeError(`both sides must have the same mass, got ${sent} and ${wanted}`);
  return sent;
}

/**
 * @param a, b masses ≥ 0 of equal sum
 * @param row costs of row i; asked for more than once, valid until the next call
 */
export function transport(a: Vec, b: Vec, row: (i: number) => Vec): Transported {
  const mass = balanced(a, b);
  const s: State = {
    row,
    supply: a.slice(),
    demand: b.slice(),
    price: new Float64Array(b.length),
    from: Array.from(b, () => new Map()),
    length: new Float64Array(b.length),
    before: new Int32Array(b.length),
    through: new Int32Array(a.length),
    done: new Uint8Array(b.length),
  };
  for (let i = 0; i < a.length; i++)
    while (s.supply[i] > ROUNDING * mass && s.demand.some(x => x > 0)) send(s, i, nearest(s, i));
  const plan = s.from.flatMap((sources, j) => [...sources].map(([i, x]) => [i, j, x] as const));
  let [total, bound] = [0, 0];
  for (const [i, j, x] of plan) total += x * row(i)[j];
  for (const [j, x] of b.entries()) bound += x * s.price[j];
  for (const [i, x] of a.entries()) bound += x * row(i).reduce((low, c, j) => Math.min(low, c - s.price[j]), Infinity);
  return { total, bound, plan };
}
