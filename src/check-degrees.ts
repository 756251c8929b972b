/** Positive homogeneity of Φ and V, measured: of which degree, in which coordinates. */
import { cloud } from './check-gradient.js';
import { dot } from './math/vec.js';
import type { Coordinate, Problem, Random, Vec } from './types.js';

export interface Degree {
  /** Those that are scaled; the others stay. */
  readonly coordinates: readonly string[];
  /** Of Φ; null: not homogeneous in them. */
  readonly feature: number | null;
  /** Of V; null: not homogeneous in them, or (see `shared`) V = 0, which is homogeneous of every degree. */
  readonly penalty: number | null;
  readonly shared: boolean;
}

type Map = (u: Vec) => Vec;

const [POINTS, SLACK] = [12, 1e-7];
const length = (a: Vec): number => Math.sqrt(dot(a, a));

/** p with map(s·u) = s^p map(u), s on the coordinates of `set`; null when there is none, or the map vanishes there. */
function degreeOf(map: Map, points: readonly Vec[], set: readonly number[]): number | null {
  const found: number[] = [];
  for (const u of points)
    for (const s of [0.5, 3]) {
      const [a, b] = [map(u), map(u.map((x, k) => (set.includes(k) ? s * x : x)))];
      const size = length(a);
      if (size === 0 && length(b) === 0) continue;
      const p = Math.log(length(b) / size) / Math.log(s);
      if (!Number.isFinite(p) || length(b.map((x, k) => x - s ** p * a[k])) > SLACK * length(b)) return null;
      found.push(p);
    }
  const [low, high] = [Math.min(...found), Math.max(...found)];
  // Exact to rounding where there is a degree at all, so whole numbers are shown as such.
  return found.length > 0 && high - low <= SLACK ? Number(((low + high) / 2).toFixed(6)) : null;
}

/** Φ(u) itself; for a field, the parts of ṽ = −∇⟨R′, Φ⟩ along `set`, which are of one degree less. */
function probe({ feature, field, dim }: Problem, around: Vec, set: readonly number[]): { map: Map; lift: number } {
  if (feature)
    return {
      lift: 0,
      map(u) {
        const out = new Float64Array(feature.size);
        feature.sumInto(u, 1, out);
        return out;
      },
    };
  return {
    lift: 1,
    map(u) {
      const out = new Float64Array(dim);
      field?.forceInto(around, around.length / dim, u, 1, out);
      return Float64Array.from(set, k => out[k]);
    },
  };
}

/** With more coordinates than this only the first, the weight, is tried alone. */
const MANY = 40;
/** Coordinates that may be multiplied by any s > 0: lines, and half-lines from 0. */
const isCone = (c: Coordinate): boolean => c.kind === 'line' || (c.kind === 'half-line' && (c.from ?? c.to) === 0);

/** All coordinates that are lines together, then each alone; only sets in which Φ is homogeneous. */
export function measuredDegrees(problem: Problem, chance: Random): readonly Degree[] {
  const { dim, domain, penalty } = problem;
  const points = Array.from({ length: POINTS }, () => cloud(problem, 1, chance));
  const around = cloud(problem, 4, chance);
  const lines = Array.from({ length: dim }, (_, k) => k).filter(k => isCone(domain[k]));
  const sets = [lines, ...(dim > 1 ? lines.slice(0, dim <= MANY ? dim : 1).map(k => [k]) : [])].filter(
    (set, i, all) => i === 0 || set.length !== all[0].length,
  );
  const free = penalty === undefined || points.every(u => penalty.value(u, 1) === 0);
  return sets.flatMap(set => {
    const { map, lift } = probe(problem, around, set);
    const below = degreeOf(map, points, set);
    if (below === null) return [];
    const feature = below + lift;
    const V = penalty && degreeOf(u => Float64Array.of(penalty.value(u, 1)), points, set);
    return [
      {
        coordinates: set.map(k => domain[k].name),
        feature,
        penalty: V ?? null,
        shared: free || V === feature,
      },
    ];
  });
}
