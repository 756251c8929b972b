/** Which of the sorted data are in the half-planes of m directions. */
import { changes } from '../math/bytes.js';
import type { Branch, Vec } from '../types.js';
import { type Circle, diamond, firstFrom, wrapped } from './circle.js';

/**
 * Angles are rounded by less than 2e-15, and |θ·x| ≥ ½|θ|₁|x|₁ times the angle to the edge: farther away than this the computed θ·x has
 * the sign of the exact one. Nearer by, it is computed.
 */
export const EDGE = 1e-14;

/**
 * What each of m directions sees. An edge is the place before a datum or behind the last of a half; those of half 1 are counted one
 * further.
 */
export interface Windows {
  m: number;
  /** Where the window begins and where it ceases, when it has one edge in each half; negative: the gaps say it. */
  begins: Int32Array;
  ceases: Int32Array;
  /** Of half h direction i does not see the data from gaps[4i+2h] up to gaps[4i+2h+1], `singles` among them excepted. */
  gaps: Int32Array;
  /** Pairs of direction and datum, `count` numbers. */
  readonly singles: number[];
  count: number;
}

const integers = () => new Int32Array(0);
export const noWindows = (): Windows => ({
  m: 0,
  gaps: integers(),
  begins: integers(),
  ceases: integers(),
  singles: [],
  count: 0,
});

/** Windows of fewer directions before are kept: they are where the next ones are looked for. */
function opened(w: Windows, m: number): void {
  if (w.begins.length < m) {
    w.gaps = new Int32Array(4 * m);
    w.begins = new Int32Array(m).fill(-1);
    w.ceases = new Int32Array(m).fill(-1);
  }
  w.m = m;
  w.count = 0;
}

/** Whether a datum is seen. */
type Seeing = (k: number) => boolean;
const wholeOf = ({ bounds }: Circle, h: 0 | 1): [number, number] => [bounds[h], bounds[h + 1]];

/**
 * Of half h of direction i the data in [lower, upper) are asked one by one; those before are seen if `before`, those behind if `behind`.
 * What is seen at the ends is taken into the runs there, so that the same data give the same windows however they were found.
 */
function asked(
  { bounds }: Circle,
  w: Windows,
  i: number,
  h: 0 | 1,
  [lower, upper]: readonly [number, number],
  [before, behind]: readonly [boolean, boolean],
  sees: Seeing,
): void {
  const [first, end] = [bounds[h], bounds[h + 1]];
  let to = behind || upper === end ? upper : end;
  if (to === upper) while (to > lower && sees(to - 1)) to--;
  let from = before || lower === first ? lower : first;
  if (from === lower) while (from < to && sees(from)) from++;
  for (let k = Math.max(from, lower); k < Math.min(to, upper); k++)
    if (sees(k)) {
      w.singles[w.count++] = i;
      w.singles[w.count++] = k;
    }
  const whole = from >= to;
  w.gaps[4 * i + 2 * h] = whole ? first : from;
  w.gaps[4 * i + 2 * h + 1] = whole ? first : to;
}

/** Reads the two edges of direction i off its gaps, where there are no more; `singles`: their count before this direction. */
function edges({ bounds }: Circle, w: Windows, i: number, singles: number): void {
  const { gaps, begins, ceases } = w;
  const from = (h: number) => gaps[4 * i + 2 * h];
  const to = (h: number) => gaps[4 * i + 2 * h + 1];
  const h = [0, 1].find(half => from(half) === bounds[half] && to(1 - half) === bounds[2 - half]);
  const two = h !== undefined && w.count === singles;
  begins[i] = two ? to(h) + h : -1;
  ceases[i] = two ? from(1 - h) + 1 - h : -1;
}

/** Direction i = (a, b) with data within rounding of its edge in half h: these are asked, those behind are seen if `rising`. */
function askedNear(c: Circle, w: Windows, i: number, h: 0 | 1, edge: number, rising: boolean, sees: Seeing): void {
  const { angles, bounds } = c;
  let lower = firstFrom(c, edge);
  let upper = lower;
  while (lower > bounds[h] && edge - angles[lower - 1] <= EDGE) lower--;
  while (upper < bounds[h + 1] && angles[upper] - edge <= EDGE) upper++;
  asked(c, w, i, h, [lower, upper], [!rising, rising], sees);
}

/** The first datum from this angle on; negative when one is so near that rounding decides. */
function clearEdge(c: Circle, edge: number): number {
  const { angles } = c;
  const k = firstFrom(c, edge);
  return (k < angles.length && angles[k] - edge <= EDGE) || (k > 0 && edge - angles[k - 1] <= EDGE) ? -1 : k;
}

/** The same one by one, however small or large a and b are, and near the edges. `start` is the angle where the window begins. */
function faceAsked(c: Circle, w: Windows, i: number, a: number, b: number, start?: number): void {
  const before = w.count;
  const sees: Seeing = k => a * c.x[2 * k] + b * c.x[2 * k + 1] > 0;
  if (start === undefined) for (const h of [0, 1] as const) asked(c, w, i, h, wholeOf(c, h), [true, true], sees);
  else {
    askedNear(c, w, i, 0, start < 2 ? start : start - 2, start < 2, sees);
    askedNear(c, w, i, 1, start < 2 ? start + 2 : start, start >= 2, sees);
  }
  edges(c, w, i, before);
}

/** Direction i = (u[j], u[j + 1]) sees a datum where the computed θ·x is positive. A double handed on would be put on the heap. */
function face(c: Circle, w: Windows, i: number, u: Vec, j: number): void {
  const a = u[j];
  const b = u[j + 1];
  const size = Math.abs(a) + Math.abs(b);
  if (!(size >= c.least && size <= c.most)) {
    faceAsked(c, w, i, a, b);
    return;
  }
  const start = wrapped(wrapped(diamond(a, b) - 1) - c.cut);
  const begin = clearEdge(c, start);
  const cease = clearEdge(c, start < 2 ? start + 2 : start - 2);
  const h = start < 2 ? 0 : 1;
  // A half that is seen to its end counts as begun at its first datum, which is not the edge's to say.
  if (begin < 0 || cease < 0 || cease === c.bounds[2 - h]) faceAsked(c, w, i, a, b, start);
  else {
    w.begins[i] = begin + h;
    w.ceases[i] = cease + 1 - h;
  }
}

/** Whether direction i sees what it saw last: the data on both sides of both edges say so, farther than `EDGE` from them. */
function still({ unit, order, bounds, least, most }: Circle, w: Windows, i: number, u: Vec, j: number): boolean {
  const begin = w.begins[i];
  if (begin < 0) return false;
  const a = u[j];
  const b = u[j + 1];
  const size = Math.abs(a) + Math.abs(b);
  if (!(size >= least && size <= most)) return false;
  const last = order.length;
  // Edges of half 1 are counted one further.
  const h = begin > bounds[1] ? 1 : 0;
  const s = begin - h;
  const e = w.ceases[i] - 1 + h;
  const p = s < last ? 2 * s : 0;
  const q = s > 0 ? 2 * s - 2 : 2 * last - 2;
  const r = e < last ? 2 * e : 0;
  const t = e > 0 ? 2 * e - 2 : 2 * last - 2;
  const far = EDGE * size;
  return (
    a * unit[p] + b * unit[p + 1] > far &&
    a * unit[q] + b * unit[q + 1] < -far &&
    a * unit[r] + b * unit[r + 1] < -far &&
    a * unit[t] + b * unit[t + 1] > far
  );
}

/** Windows of m directions (u[first + i·stride], u[first + i·stride + 1]); those of the last ones are remembered. */
export function facing(c: Circle): (u: Vec, first: number, stride: number, m: number) => Windows {
  const w = noWindows();
  let last = new Float64Array(0);
  const same = (u: Vec, first: number, stride: number, m: number): boolean => {
    if (w.m !== m) return false;
    for (let i = 0, j = first; i < m; i++, j += stride)
      if (u[j] !== last[2 * i] || u[j + 1] !== last[2 * i + 1]) return false;
    return true;
  };
  return (u, first, stride, m) => {
    if (same(u, first, stride, m)) return w;
    if (last.length < 2 * m) last = new Float64Array(2 * m);
    opened(w, m);
    for (let i = 0, j = first; i < m; i++, j += stride) {
      last[2 * i] = u[j];
      last[2 * i + 1] = u[j + 1];
      if (!still(c, w, i, u, j)) face(c, w, i, u, j);
    }
    return w;
  };
}

/** Windows that a pattern says, n sides for each direction; those of the last pattern are remembered, which must not be changed. */
export function following(c: Circle): (pattern: Branch) => Windows {
  const w = noWindows();
  let last: Branch = new Int8Array(0);
  /** The same direction by direction, as the windows have it. */
  let known = new Int8Array(0);
  const follow = (pattern: Branch, i: number) => {
    const before = w.count;
    const sees: Seeing = k => pattern[i * c.rows + c.order[k]] > 0;
    for (const h of [0, 1] as const) asked(c, w, i, h, wholeOf(c, h), [true, true], sees);
    edges(c, w, i, before);
  };
  return pattern => {
    if (pattern === last) return w;
    last = pattern;
    const m = pattern.length / c.rows;
    // A branch differs from the last one in a few places; singles would have to be looked for among those of the others.
    if (known.length === pattern.length && w.count === 0) {
      const turned = new Set(changes(pattern, known).map(k => Math.floor(k / c.rows)));
      for (const i of turned) follow(pattern, i);
      if (turned.size > 0) known.set(pattern);
      return w;
    }
    opened(w, m);
    for (let i = 0; i < m; i++) follow(pattern, i);
    known = pattern.slice();
    return w;
  };
}

/** The data of half h that direction i does not see, up to singles. */
function gapOf({ bounds }: Circle, { begins, ceases, gaps }: Windows, i: number, h: number): [number, number] {
  if (begins[i] < 0) return [gaps[4 * i + 2 * h], gaps[4 * i + 2 * h + 1]];
  const begun = begins[i] > bounds[1] ? 1 : 0;
  return h === begun ? [bounds[h], begins[i] - h] : [ceases[i] - h, bounds[h + 1]];
}

/** Pairs i·n + k in ascending order, with all among them that one of the two sees and the other does not. */
export function differing(c: Circle, p: Windows, q: Windows): number[] {
  const found: number[] = [];
  const range = (i: number, from: number, to: number) => {
    for (let k = from; k < to; k++) found.push(i * c.rows + c.order[k]);
  };
  for (let i = 0; i < p.m; i++)
    for (let h = 0; h < 2; h++) {
      const [[a, b], [d, e]] = [gapOf(c, p, i, h), gapOf(c, q, i, h)];
      const apart = Math.max(a, d) >= Math.min(b, e);
      range(i, Math.min(a, d), apart ? Math.min(b, e) : Math.max(a, d));
      range(i, apart ? Math.max(a, d) : Math.min(b, e), Math.max(b, e));
    }
  for (const { singles, count } of [p, q])
    for (let s = 0; s < count; s += 2) range(singles[s], singles[s + 1], singles[s + 1] + 1);
  return ascending(found);
}

const ascending = (some: Iterable<number>): number[] => [...new Set(some)].sort((a, b) => a - b);

/** Rows in ascending order, with all among them that are 0 or as near to an edge of (a, b) as `width`, an angle. */
export function beside(c: Circle, a: number, b: number, width: number): number[] {
  const size = Math.abs(a) + Math.abs(b);
  const last = c.order.length;
  if (!(size >= c.least && size <= c.most && width < 0.5)) return Array.from({ length: c.rows }, (_, k) => k);
  const found = [...c.zeros];
  const start = wrapped(wrapped(diamond(a, b) - 1) - c.cut);
  for (const edge of [start, start < 2 ? start + 2 : start - 2]) {
    const k = firstFrom(c, edge);
    const away = (j: number) => Math.abs(c.angles[(j + last) % last] - edge);
    const isNear = (j: number) => away(j) <= width || 4 - away(j) <= width;
    for (let j = k; j < k + last && isNear(j); j++) found.push(c.order[j % last]);
    for (let j = k - 1; j >= k - last && isNear(j); j--) found.push(c.order[(j + last) % last]);
  }
  return ascending(found);
}
