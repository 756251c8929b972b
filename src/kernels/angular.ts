/**
 * Sums over half-planes of data, θ·x > 0, for m directions θ and n data x in the plane, in O(m + n): sorted by angle, the data on one
 * side of a line are a window of the circle.
 *
 * The circle is cut into two halves. A window takes the end of one and the beginning of the other, each a running sum from the cut, and
 * what lies outside is never added and taken away again: the error is that of the sum over the window alone.
 */
import type { Branch, Vec } from '../types.js';
import { type Circle, circleOf } from './circle.js';
import { beside, differing, EDGE, facing, following, noWindows, type Windows } from './windows.js';

export interface HalfPlanes {
  /** Which data m directions (u[first + i·stride], u[first + i·stride + 1]) see: those with θ·x > 0 as computed, or as a pattern says. */
  face(u: Vec, first: number, stride: number, m: number, pattern?: Branch): void;
  /** out: n numbers, Σᵢ cᵢ·x over the directions that see x; c: 2 numbers for each direction */
  sumInto(c: Vec, out: Vec): void;
  /** out: 2 numbers for each direction, Σ_k g_k x_k over the data it sees */
  pullInto(g: Vec, out: Vec): void;
  /** Pairs i·n + k in ascending order, with all among them where direction i sees datum k otherwise than a pattern says. */
  turned(u: Vec, first: number, stride: number, m: number, pattern: Branch): readonly number[];
  /** Rows in ascending order, with all among them where |θ·x| ≤ share·|θ|₁|x|₁, θ = (a, b). */
  near(a: number, b: number, share: number): readonly number[];
}

/** Two numbers for each edge. */
const onEdges = ({ order }: Circle): Vec => new Float64Array(2 * order.length + 4);

function summing(c: Circle): (w: Windows, coefficients: Vec, out: Vec) => void {
  const { order, x, bounds, zeros } = c;
  const [begun, ceased] = [onEdges(c), onEdges(c)];
  /** Each coefficient at the edges of its window; NaN when one is not finite. */
  const place = ({ gaps, begins, ceases, m }: Windows, coefficients: Vec): number => {
    let finite = 0;
    for (let i = 0; i < m; i++) {
      const p = coefficients[2 * i];
      const q = coefficients[2 * i + 1];
      finite += 0 * p + 0 * q;
      // A double handed to a function may be put on the heap: no call here.
      const simple = begins[i] >= 0;
      for (let h = 0; h < (simple ? 1 : 2); h++) {
        const from = 2 * (simple ? ceases[i] : gaps[4 * i + 2 * h] + h);
        const to = 2 * (simple ? begins[i] : gaps[4 * i + 2 * h + 1] + h);
        ceased[from] += p;
        ceased[from + 1] += q;
        begun[to] += p;
        begun[to + 1] += q;
      }
    }
    return finite;
  };
  /** Over half h: what ceases behind a datum, summed from the end and in place; then what has begun before it, from the beginning. */
  const run = (h: 0 | 1, out: Vec) => {
    const first = bounds[h];
    const end = bounds[h + 1];
    let p = 0;
    let q = 0;
    for (let j = 2 * (end + h); j > 2 * (first + h); j -= 2) {
      p += ceased[j];
      q += ceased[j + 1];
      ceased[j] = p;
      ceased[j + 1] = q;
    }
    p = 0;
    q = 0;
    for (let k = first, j = 2 * (first + h); k < end; k++, j += 2) {
      p += begun[j];
      q += begun[j + 1];
      out[order[k]] = (p + ceased[j + 2]) * x[2 * k] + (q + ceased[j + 3]) * x[2 * k + 1];
    }
  };
  return (w, coefficients, out) => {
    begun.fill(0);
    ceased.fill(0);
    for (const k of zeros) out[k] = 0;
    const finite = place(w, coefficients);
    run(0, out);
    run(1, out);
    const { singles, count } = w;
    for (let s = 0; s < count; s += 2) {
      const [i, k] = [2 * singles[s], 2 * singles[s + 1]];
      out[order[k >> 1]] += coefficients[i] * x[k] + coefficients[i + 1] * x[k + 1];
    }
    // A number that is not finite would be lost where no datum is seen.
    if (finite !== 0) out.fill(Number.NaN);
  };
}

function pulling(c: Circle): (w: Windows, g: Vec, out: Vec) => void {
  const { order, x, bounds } = c;
  const [before, behind] = [onEdges(c), onEdges(c)];
  /** Sums of g_k x_k from either end of half h to each edge. */
  const run = (h: 0 | 1, g: Vec) => {
    const first = bounds[h];
    const end = bounds[h + 1];
    let p = 0;
    let q = 0;
    let j = 2 * (first + h);
    for (let k = first; k < end; k++, j += 2) {
      const a = g[order[k]] * x[2 * k];
      const b = g[order[k]] * x[2 * k + 1];
      behind[j] = a;
      behind[j + 1] = b;
      p += a;
      q += b;
      before[j + 2] = p;
      before[j + 3] = q;
    }
    p = 0;
    q = 0;
    for (j -= 2; j >= 2 * (first + h); j -= 2) {
      p += behind[j];
      q += behind[j + 1];
      behind[j] = p;
      behind[j + 1] = q;
    }
  };
  return ({ gaps, begins, ceases, m, singles, count }, g, out) => {
    run(0, g);
    run(1, g);
    for (let i = 0; i < 2 * m; i += 2) {
      const b = 2 * begins[i >> 1];
      const e = 2 * ceases[i >> 1];
      if (b >= 0) {
        out[i] = behind[b] + before[e];
        out[i + 1] = behind[b + 1] + before[e + 1];
        continue;
      }
      const [s, t, u, v] = [2 * gaps[2 * i], 2 * gaps[2 * i + 1], 2 * gaps[2 * i + 2] + 2, 2 * gaps[2 * i + 3] + 2];
      out[i] = before[s] + behind[t] + before[u] + behind[v];
      out[i + 1] = before[s + 1] + behind[t + 1] + before[u + 1] + behind[v + 1];
    }
    for (let s = 0; s < count; s += 2) {
      const [i, k] = [singles[s], singles[s + 1]];
      out[2 * i] += g[order[k]] * x[2 * k];
      out[2 * i + 1] += g[order[k]] * x[2 * k + 1];
    }
  };
}

/** @param values n rows of 2 finite numbers */
export function halfPlanes(values: Vec): HalfPlanes {
  const circle = circleOf(values);
  const [free, patterned] = [facing(circle), following(circle)];
  const [sum, pull] = [summing(circle), pulling(circle)];
  let windows = noWindows();
  return {
    face(u, first, stride, m, pattern) {
      windows = pattern ? patterned(pattern) : free(u, first, stride, m);
    },
    sumInto: (c, out) => sum(windows, c, out),
    pullInto: (g, out) => pull(windows, g, out),
    turned: (u, first, stride, m, pattern) => differing(circle, free(u, first, stride, m), patterned(pattern)),
    near: (a, b, share) => beside(circle, a, b, EDGE + 3 * share),
  };
}
