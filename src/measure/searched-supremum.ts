/**
 * sup |⟨g, φ(θ)⟩| over a bounded domain of any problem with Φ = w·φ(θ): the best of a grid, finished by Newton. No proof, unless the second
 * derivative has a bound along an interval or a circle: then branch and bound.
 */
import { cholesky, solveCholesky } from '../math/linear.js';
import type { ComposedProblem, Domain, Supremum, Vec } from '../types.js';

export interface SearchOptions {
  /** Of the whole grid; default 2000, and in several dimensions so many to a side that there are about as many. */
  readonly points?: number;
  /** In one dimension: |⟨g, φ⟩″| is at most this everywhere. */
  readonly bend?: (g: Vec) => number;
  readonly onlyAbove?: boolean;
}

/** Maxima of the grid that are followed further. */
const CANDIDATES = 24;
const MAX_CELLS = 200_000;
/** The upper value is this share above the one attained, so that bisection comes to an end. */
const SLACK = 1e-13;

type Bounds = readonly [from: number, to: number];

/** The ends of every coordinate of the position; null where one has none. */
export function boxOf(places: Domain): readonly Bounds[] | null {
  const ends = places.map((c): Bounds | null => {
    if (c.kind === 'period') return [0, c.period];
    return c.kind === 'interval' ? [c.from, c.to] : null;
  });
  return ends.every(e => e !== null) ? ends : null;
}

/** Points of a lattice with both ends of an interval, and a circle's start but not its end. */
export function latticeOf(places: Domain, count: number): number[][] | null {
  const box = boxOf(places);
  if (!box) return null;
  const side = Math.max(2, Math.round(count ** (1 / box.length)));
  const axes = box.map(([from, to], k) => {
    const cells = places[k].kind === 'period' ? side : side - 1;
    return Array.from({ length: side }, (_, i) => from + ((to - from) * i) / cells);
  });
  return axes.reduce<number[][]>((rows, axis) => rows.flatMap(row => axis.map(x => [...row, x])), [[]]);
}

/** ±⟨g, φ⟩ with its derivatives, at one point. */
interface Jet {
  readonly value: number;
  readonly slope: Vec;
  readonly hessian: Vec | null;
}

function jetOf({ feature, dim }: ComposedProblem, g: Vec, at: readonly number[], sign: number): Jet {
  const u = Float64Array.of(1, ...at);
  const d = dim - 1;
  const [pulled, x, row] = [new Float64Array(dim), new Float64Array(dim), new Float64Array(dim)];
  feature.pullbackInto(u, 1, g, pulled);
  const slope = pulled.subarray(1).map(s => sign * s);
  if (!feature.curvatureInto) return { value: sign * pulled[0], slope, hessian: null };
  const hessian = new Float64Array(d * d);
  for (let j = 0; j < d; j++) {
    x.fill(0);
    x[1 + j] = 1;
    feature.curvatureInto(u, 1, g, x, row);
    for (let k = 0; k < d; k++) hessian[j * d + k] = sign * row[1 + k];
  }
  return { value: sign * pulled[0], slope, hessian };
}

/** One step uphill: Newton's where the function is concave, else along the slope; halved until it rises. */
function uphill(problem: ComposedProblem, g: Vec, sign: number, at: number[], now: Jet, box: readonly Bounds[]) {
  const d = at.length;
  const step = now.slope.slice();
  const bent = now.hessian?.map(x => -x);
  if (bent && cholesky(bent, d)) solveCholesky(bent, d, step);
  for (let share = 1; share > 1e-6; share /= 4) {
    const next = at.map((x, k) => {
      const y = x + share * step[k];
      return problem.domain[1 + k].kind === 'period' ? y : Math.min(box[k][1], Math.max(box[k][0], y));
    });
    const jet = jetOf(problem, g, next, sign);
    if (jet.value > now.value) return { at: next, jet };
  }
  return null;
}

/** ⟨g, φ⟩ on the grid. */
function onGrid({ feature, dim }: ComposedProblem, g: Vec, grid: readonly number[][]): Vec {
  const n = grid.length;
  const pulled = new Float64Array(n * dim);
  feature.pullbackInto(Float64Array.from(grid.flatMap(p => [1, ...p])), n, g, pulled);
  return Float64Array.from({ length: n }, (_, i) => pulled[i * dim]);
}

/** Bisects [from, to] until no cell can exceed `best` by more than the slack; the bound that is left over. */
function above(value: (x: number) => readonly [number, number], [from, to]: Bounds, bend: number, best: number) {
  const goal = best * (1 + SLACK);
  const cells: [number, number][] = [[(from + to) / 2, (to - from) / 2]];
  let upper = goal;
  for (let used = 0; cells.length > 0; used++) {
    const [centre, half] = cells.pop() as [number, number];
    const [v, slope] = value(centre);
    const here = v + Math.abs(slope) * half + (bend * half * half) / 2;
    if (here <= goal) continue;
    if (used >= MAX_CELLS) upper = Math.max(upper, here);
    else cells.push([centre - half / 2, half / 2], [centre + half / 2, half / 2]);
  }
  return upper;
}

/** Null where the domain has no ends. */
export function searchedSupremum(problem: ComposedProblem, o: SearchOptions = {}): ((g: Vec) => Supremum) | null {
  const { points = 2000, bend, onlyAbove = false } = o;
  const places = problem.domain.slice(1);
  const [box, grid] = [boxOf(places), latticeOf(places, points)];
  if (!box || !grid) return null;
  const proven = bend !== undefined && places.length === 1;
  const method = proven
    ? 'Newton from a grid, branch and bound by the second derivative'
    : 'Newton from a grid, which may miss a maximum between its points';
  return g => {
    const values = onGrid(problem, g, grid);
    const size = (v: number): number => (onlyAbove ? v : Math.abs(v));
    const order = [...values.keys()].sort((a, b) => size(values[b]) - size(values[a]));
    let best = { value: size(values[order[0]]), at: grid[order[0]] };
    for (const i of order.slice(0, CANDIDATES)) {
      const sign = onlyAbove ? 1 : Math.sign(values[i]) || 1;
      let now = { at: grid[i], jet: jetOf(problem, g, grid[i], sign) };
      for (let k = 0; k < 40; k++) {
        const next = uphill(problem, g, sign, now.at, now.jet, box);
        if (!next) break;
        now = next;
      }
      if (now.jet.value > best.value) best = { value: now.jet.value, at: now.at };
    }
    const along = (x: number): readonly [number, number] => {
      const { value, slope } = jetOf(problem, g, [x], 1);
      return [size(value), slope[0]];
    };
    const upper = proven ? above(along, box[0], bend(g), best.value) : best.value;
    return { value: best.value, upper, at: Float64Array.from(best.at), proof: proven, method };
  };
}
