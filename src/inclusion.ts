/**
 * V and the domain as one differential inclusion: the velocity on a branch, what rests there, and the kinks between branches.
 * A branch begins with the signs of the coordinate of |w| (unless the domain fixes them), then θ = 0 for V = β|w||θ|, then the walls.
 */
import type { Layout } from './active-set.js';
import { absoluteKinks, type KinkBlock, originKinks, wallKinks } from './kinks.js';
import { type Wall, wallsOf } from './math/domain.js';
import type { Branch, Penalty, Problem, SoftKinks, Vec } from './types.js';

type Absolute = NonNullable<Penalty['absolute']>;
type Into = (y: Vec, out: Vec, b?: Branch) => void;

export interface Inclusion {
  readonly walls: readonly Wall[];
  readonly blocks: readonly KinkBlock[];
  /** Kinks of the blocks; those of Φ come after them. */
  readonly count: number;
  /** Where they stand in a branch. */
  readonly layout: Pick<Layout, 'absolute' | 'origin' | 'wallOffset'>;
  /** In place: forces at the particles become velocities; on a branch those of its smooth extension, 0 where it rests. */
  velocityInto: Into;
  /** In place: forces at any points become velocities. */
  fieldInto(points: Vec, count: number, out: Vec): void;
  /** In place: nothing moves where the branch rests. */
  restrict(a: Vec, b: Branch): void;
  /** The sign of the coordinate of |w| on a branch; undefined when V has no kink. */
  signs(b?: Branch): Branch | undefined;
}

/** Bounds of the domain, and w ≥ 0 where the penalty asks for it. */
function allWalls({ domain, penalty }: Problem): Wall[] {
  const walls = wallsOf(domain);
  const a = penalty?.absolute;
  const there = (w: Wall) => w.coordinate === a?.coordinate && w.inward === 1 && w.at >= 0;
  return a?.nonnegative && !walls.some(there) ? [...walls, { coordinate: a.coordinate, at: 0, inward: 1 }] : walls;
}

/** The sign that |u[coordinate]| keeps within the bounds; 0 when it takes both. */
const fixedSign = (walls: readonly Wall[], coordinate: number): -1 | 0 | 1 =>
  walls.find(w => w.coordinate === coordinate && w.inward * w.at >= 0)?.inward ?? 0;

/** In place, at the walls: velocities onto the tangent cone. */
function tangentInto(walls: readonly Wall[], y: Vec, count: number, dim: number, out: Vec): void {
  for (const { coordinate, at, inward } of walls)
    for (let k = coordinate; k < count * dim; k += dim)
      if (inward * (y[k] - at) <= 0 && inward * out[k] < 0) out[k] = 0;
}

/**
 * In place: minus the gradient of weight·s·u[coordinate]·Ṽ, s the side; what is at rest gets no velocity.
 * @param pulls of each particle the largest force at rest, where it is larger than what stands there
 */
function drift({ coordinate, weight, modulation }: Absolute, dim: number, m: number, pulls: Vec) {
  const [values, slopes] = [new Float64Array(m), new Float64Array(modulation ? m * dim : 0)];
  const constant = (out: Vec, side: Branch): void => {
    for (let i = 0, k = coordinate; i < m; i++, k += dim) {
      const s = side[i];
      if (s !== 0) out[k] -= weight * s;
      else {
        const pull = Math.abs(out[k]);
        if (pull > pulls[i]) pulls[i] = pull;
        out[k] = 0;
      }
    }
  };
  return (y: Vec, out: Vec, side: Branch): void => {
    if (!modulation) {
      constant(out, side);
      return;
    }
    modulation.valuesInto(y, m, values);
    modulation.gradientInto(y, m, slopes);
    for (let i = 0; i < m; i++) {
      const k = i * dim + coordinate;
      out[k] = side[i] === 0 ? 0 : out[k] - weight * side[i] * values[i];
      const pull = weight * side[i] * y[k];
      for (let j = i * dim; j < (i + 1) * dim; j++) out[j] -= pull * slopes[j];
    }
  };
}

/** V where soft events can take it, which put w right and nothing else; or why they cannot. */
export function softKinks(problem: Problem): SoftKinks | string {
  const absolute = problem.penalty?.absolute;
  if (problem.feature?.kinks) return 'Φ here has kinks';
  if (!absolute || !(absolute.weight > 0)) return 'V here has no such term';
  if (absolute.modulation) return 'the threshold here depends on θ';
  const { coordinate, weight } = absolute;
  const walls = allWalls(problem);
  const nonnegative = fixedSign(walls, coordinate) === 1;
  const others = walls.filter(w => !(nonnegative && w.coordinate === coordinate && w.at === 0));
  return others.length > 0 ? 'the domain here has bounds' : { coordinate, weight, nonnegative };
}

function refuseBoundAtOrigin(walls: readonly Wall[], coordinate: number, penalty?: string): void {
  if (walls.some(w => w.coordinate !== coordinate && w.at === 0))
    throw new TypeError(`penalty ${penalty} has its kink θ = 0 on a bound of the domain; move the bound off 0`);
}

/** The first m entries of a branch; the last one is remembered, since a branch lives for many steps. */
function firstOf(m: number): (b?: Branch) => Branch | undefined {
  let last: Branch | undefined;
  let head: Branch | undefined;
  return b => {
    if (b !== last) head = b?.subarray(0, m);
    last = b;
    return head;
  };
}

/** @param force the force on the particles, on a branch of the whole flow */
export function inclusionOf(problem: Problem, m: number, force: Into): Inclusion {
  const { penalty, dim } = problem;
  const walls = allWalls(problem);
  const absolute = penalty?.absolute && penalty.absolute.weight > 0 ? penalty.absolute : undefined;
  const fixed = absolute ? fixedSign(walls, absolute.coordinate) : 0;
  const kinked = absolute && fixed === 0;
  const norm = absolute?.modulation?.norm ? absolute : undefined;
  if (norm) refuseBoundAtOrigin(walls, norm.coordinate, penalty?.name);
  const pulls = new Float64Array(m);
  const drifted = absolute && drift(absolute, dim, m, pulls);
  const side = new Int8Array(m).fill(fixed);
  const ofBranch = firstOf(m);
  const signs = (b?: Branch) => (absolute ? (fixed === 0 ? ofBranch(b) : side) : undefined);
  const origin = kinked ? m : 0;
  const first = origin + (norm ? m : 0);
  const at = norm && originKinks(dim, m, norm, force);
  const free: Into = (y, out, b) => {
    if (!b || !drifted) penalty?.minNormInto(y, m, out);
    else {
      at?.bendInto(y, b, origin, out);
      drifted(y, out, signs(b) as Branch);
    }
  };
  const slack = (w: Wall) => (w.coordinate === absolute?.coordinate ? absolute.weight : 0);
  const wall =
    walls.length > 0 &&
    wallKinks(dim, m, walls, slack, (y, out, b) => {
      force(y, out, b);
      free(y, out, b);
    });
  const blocks = [
    ...(kinked ? [absoluteKinks(dim, m, absolute, force, pulls)] : []),
    ...(at ? [at] : []),
    ...(wall ? [wall] : []),
  ];
  const restrict = (a: Vec, b: Branch) => {
    if (kinked) for (let i = 0; i < m; i++) if (b[i] === 0) a[i * dim + absolute.coordinate] = 0;
    at?.restrict(b, origin, a);
    if (wall) wall.restrict(b, first, a);
  };
  return {
    walls,
    blocks,
    count: blocks.reduce((sum, b) => sum + b.count, 0),
    layout: {
      ...(kinked && { absolute: absolute.coordinate }),
      ...(norm && { origin: { offset: origin, coordinate: norm.coordinate } }),
      wallOffset: first,
    },
    velocityInto(y, out, b) {
      free(y, out, b);
      if (b && wall) wall.restrict(b, first, out);
      else tangentInto(walls, y, m, dim, out);
    },
    fieldInto(points, count, out) {
      penalty?.minNormInto(points, count, out);
      tangentInto(walls, points, count, dim, out);
    },
    restrict,
    signs,
  };
}

/** V's resolvent and the domain's as one map; or why there is none. */
export function proximalOf(
  { penalty, metric }: Problem,
  walls: readonly Wall[],
  m: number,
  clip: (y: Vec) => void,
): { readonly proxInto?: (y: Vec, h: number, out: Vec) => void; readonly unsplit?: string } {
  // In another metric the proximal map is not that of the chart.
  if (metric || (penalty && !penalty.proxInto)) return {};
  if (walls.length > 0 && penalty && !penalty.separable)
    return {
      unsplit: `bounds and the penalty ${penalty.name} have no joint proximal map in closed form: it does not act on each coordinate alone`,
    };
  return {
    proxInto(y, h, out) {
      if (penalty) penalty.proxInto?.(y, m, h, out);
      else out.set(y);
      clip(out);
    },
  };
}
