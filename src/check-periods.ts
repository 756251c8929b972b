/** Whether Φ and V close on the circles that the coordinates are declared to live on. */
import type { Assumption } from './check-assumptions.js';
import { cloud } from './check-gradient.js';
import { flowOf } from './flow.js';
import { allFinite, dot } from './math/vec.js';
import type { Problem, Random, Vec } from './types.js';

export const PERIODS = 'Φ and V have the declared periods';

const POINTS = 40;
/** Above what the rounding of a position makes of the highest frequencies there are. */
const ALLOWED = 1e-9;

/** Φ(u) where it has coordinates, else the force of fixed particles at u; V(u) is the last number. */
function valuesAt(problem: Problem, chance: Random): (u: Vec) => Vec {
  const { feature, penalty, dim } = problem;
  const [flow, around] = [flowOf(problem, 4), cloud(problem, 4, chance)];
  return u => {
    const out = new Float64Array((feature?.size ?? dim) + 1);
    const values = out.subarray(0, -1);
    if (feature) feature.sumInto(u, 1, values);
    else flow.forceInto(around, u, 1, values);
    out[values.length] = penalty?.value(u, 1) ?? 0;
    return out;
  };
}

const length = (a: Vec): number => Math.sqrt(dot(a, a));

interface Change {
  readonly off: number;
  readonly says: string;
}

/** What one period further changes at random points, in units of the values; points where they are not finite are passed over. */
function changes(problem: Problem, chance: Random): Change[] {
  const at = valuesAt(problem, chance);
  const points = Array.from({ length: POINTS }, () => cloud(problem, 1, chance));
  return points.flatMap(u =>
    problem.domain.flatMap((c, k) => {
      if (c.kind !== 'period') return [];
      const further = u[k] + c.period;
      const [here, there] = [at(u), at(u.map((x, j) => (j === k ? further : x)))];
      if (!allFinite(here) || !allFinite(there)) return [];
      const off = length(there.map((x, j) => x - here[j])) / (length(here) + length(there) || 1);
      const places = `${c.name} = ${u[k].toPrecision(4)} and ${further.toPrecision(4)}`;
      return [
        {
          off,
          says: `at ${places}, one period of ${c.period} apart, they differ by ${off.toPrecision(2)} of their size`,
        },
      ];
    }),
  );
}

/** Φ(a) = Φ(a + period), and V, on every circle; null where there is none. */
export function periodicity(problem: Problem, chance: Random): Assumption | null {
  if (problem.domain.every(c => c.kind !== 'period')) return null;
  const found = changes(problem, chance).sort((a, b) => b.off - a.off);
  if (found.length === 0) return { name: PERIODS, status: 'open', detail: 'Φ is finite at none of the points tried' };
  return found[0].off <= ALLOWED
    ? { name: PERIODS, status: 'holds', detail: `the same one period further, at ${found.length} random points` }
    : { name: PERIODS, status: 'fails', detail: found[0].says };
}
