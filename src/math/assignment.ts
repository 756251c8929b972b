/**
 * Exact linear assignment with the prices that prove it: min over permutations of Σᵢ c(i, π(i)), by shortest augmenting paths
 * (Jonker & Volgenant 1987, Computing 38).
 */
import type { Vec } from '../types.js';

export interface Assignment {
  /** The column of each row. */
  readonly columnOf: Int32Array;
  /** Σ c(i, π(i)). */
  readonly total: number;
  /** One for each column. */
  readonly prices: Vec;
  /** Σⱼ vⱼ + Σᵢ minⱼ (c(i, j) − vⱼ): no permutation costs less, whatever the prices. `total` but for rounding. */
  readonly bound: number;
}

interface Matching {
  readonly n: number;
  /** n×n, row-major. */
  readonly cost: Vec;
  readonly prices: Vec;
  /** −1: none yet. */
  readonly columnOf: Int32Array;
  readonly rowOf: Int32Array;
}

/** The price of a column is its least cost; each row keeps the first column that is least there. Returns how many each row was least in. */
function reduceColumns({ n, cost, prices, columnOf, rowOf }: Matching): Int32Array {
  const [least, times] = [new Int32Array(n), new Int32Array(n)];
  prices.set(cost.subarray(0, n));
  for (let i = 1; i < n; i++)
    for (let j = 0, at = i * n; j < n; j++, at++)
      if (cost[at] < prices[j]) {
        prices[j] = cost[at];
        least[j] = i;
      }
  for (let j = n - 1; j >= 0; j--)
    if (times[least[j]]++ === 0) {
      columnOf[least[j]] = j;
      rowOf[j] = least[j];
    }
  return times;
}

/** The two least of c(i, j) − vⱼ over the columns j; with one column the second is infinite. */
function twoLeast({ n, cost, prices }: Matching, i: number, out: { j: number; second: number }): [number, number] {
  let [low, next] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let j = 0, at = i * n; j < n; j++, at++) {
    const h = cost[at] - prices[j];
    if (h >= next) continue;
    if (h >= low) {
      next = h;
      out.second = j;
    } else {
      next = low;
      out.second = out.j;
      low = h;
      out.j = j;
    }
  }
  return [low, next];
}

/** A row that is least in one column only could pay more for it: the price falls by what the row loses elsewhere. */
function transferReduction(s: Matching, times: Int32Array): void {
  const { n, cost, prices, columnOf } = s;
  for (let i = 0; i < n; i++) {
    if (times[i] !== 1 || n === 1) continue;
    let low = Number.POSITIVE_INFINITY;
    const own = columnOf[i];
    for (let j = 0, at = i * n; j < n; j++, at++)
      if (j !== own && cost[at] - prices[j] < low) low = cost[at] - prices[j];
    prices[own] -= low;
  }
}

/** Free rows bid for their best columns; a row outbid bids next, or waits for the next round. Returns who is still free. */
function bid(s: Matching, free: readonly number[]): number[] {
  const { n, prices, columnOf, rowOf } = s;
  const [queue, waiting, found] = [[...free].reverse(), [] as number[], { j: 0, second: 0 }];
  // Bids that differ by rounding could go on for ever, and after n of them a shortest path is cheaper.
  for (let left = n; queue.length > 0; left--) {
    const i = queue.pop() as number;
    found.j = 0;
    found.second = 0;
    const [low, next] = twoLeast(s, i, found);
    const lowered = prices[found.j] - (next - low);
    const lowers = lowered < prices[found.j] && Number.isFinite(lowered);
    let j = found.j;
    if (lowers && left > 0) prices[j] = lowered;
    // On a tie the second column is as good, and may be free.
    else if (!lowers && rowOf[j] >= 0) j = found.second;
    const outbid = rowOf[j];
    columnOf[i] = j;
    rowOf[j] = i;
    if (outbid < 0 || outbid === i) continue;
    columnOf[outbid] = -1;
    if (lowers && left > 0) queue.push(outbid);
    else waiting.push(outbid);
  }
  return waiting;
}

interface Search {
  /** Length of the shortest path to each column, and the row before it. */
  readonly length: Vec;
  readonly before: Int32Array;
  /** Columns: reached and scanned, reached at the least length, others. */
  readonly order: Int32Array;
}

/** Dijkstra's algorithm from a free row to the nearest free column, which is returned; prices follow. */
function shortestPath({ n, cost, prices, rowOf }: Matching, from: number, { length, before, order }: Search): number {
  for (let j = 0, at = from * n; j < n; j++, at++) {
    length[j] = cost[at] - prices[j];
    before[j] = from;
    order[j] = j;
  }
  let [scanned, reached, min, end] = [0, 0, 0, -1];
  while (end < 0) {
    if (reached === scanned) {
      min = Number.POSITIVE_INFINITY;
      for (let k = scanned; k < n; k++) {
        const j = order[k];
        if (length[j] > min) continue;
        if (length[j] < min) {
          reached = scanned;
          min = length[j];
        }
        order[k] = order[reached];
        order[reached++] = j;
      }
      for (let k = scanned; k < reached && end < 0; k++) if (rowOf[order[k]] < 0) end = order[k];
      if (end >= 0) break;
    }
    const column = order[scanned++];
    const i = rowOf[column];
    const base = i * n;
    const offset = cost[base + column] - prices[column] - min;
    for (let k = reached; k < n; k++) {
      const j = order[k];
      const through = cost[base + j] - prices[j] - offset;
      if (through >= length[j]) continue;
      length[j] = through;
      before[j] = i;
      if (through > min) continue;
      if (rowOf[j] < 0) {
        end = j;
        break;
      }
      order[k] = order[reached];
      order[reached++] = j;
    }
  }
  for (let k = 0; k < scanned; k++) if (length[order[k]] < min) prices[order[k]] += length[order[k]] - min;
  return end;
}

/** Along the path each row takes the column after it. */
function augment(s: Matching, from: number, search: Search): void {
  let j = shortestPath(s, from, search);
  for (;;) {
    const i = search.before[j];
    const next = s.columnOf[i];
    s.rowOf[j] = i;
    s.columnOf[i] = j;
    if (i === from) return;
    j = next;
  }
}

function proven({ n, cost, prices, columnOf }: Matching): Assignment {
  let [total, bound] = [0, 0];
  for (let i = 0; i < n; i++) {
    total += cost[i * n + columnOf[i]];
    bound += prices[i];
    let low = Number.POSITIVE_INFINITY;
    for (let j = 0, at = i * n; j < n; j++, at++) if (cost[at] - prices[j] < low) low = cost[at] - prices[j];
    bound += low;
  }
  return { columnOf, total, prices, bound };
}

/** Of bids before shortest paths finish; measured, not critical. */
const ROUNDS = 4;

/** @param cost n×n finite numbers, row-major */
export function assign(cost: Vec, n: number): Assignment {
  if (cost.length !== n * n) throw new RangeError(`${n} rows need ${n * n} costs, got ${cost.length}`);
  const bad = cost.findIndex(c => !Number.isFinite(c));
  if (bad >= 0) throw new RangeError(`costs must be finite, got ${cost[bad]} in row ${Math.floor(bad / n)}`);
  const s: Matching = {
    n,
    cost,
    prices: new Float64Array(n),
    columnOf: new Int32Array(n).fill(-1),
    rowOf: new Int32Array(n).fill(-1),
  };
  if (n === 0) return { columnOf: s.columnOf, total: 0, prices: s.prices, bound: 0 };
  const times = reduceColumns(s);
  transferReduction(s, times);
  let free = Array.from(times.keys()).filter(i => times[i] === 0);
  for (let round = 0; round < ROUNDS && n > 1; round++) free = bid(s, free);
  const search = { length: new Float64Array(n), before: new Int32Array(n), order: new Int32Array(n) };
  for (const i of free) augment(s, i, search);
  return proven(s);
}
