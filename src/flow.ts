import type { Branch, Flow, Kinks, Penalty, Problem, Vec } from './types.js';

/** A particle resting at w = 0 may stay while |η| ≤ β up to this relative slack, so that rounding does not push it off. */
const STICK_SLACK = 1e-9;

function negate(out: Vec, n: number): void {
  for (let i = 0; i < n; i++) out[i] = -out[i];
}

/** ṽᵢ = −DΦ(uᵢ)ᵀR′(f) for the particles of y at `count` points. */
function forceOf(problem: Problem, m: number) {
  const { feature, loss } = problem;
  const f = new Float64Array(feature.size);
  const g = new Float64Array(feature.size);
  return (y: Vec, points: Vec, count: number, out: Vec) => {
    feature.sumInto(y, m, f);
    loss.gradientInto(f, g);
    feature.pullbackInto(points, count, g, out);
    negate(out, count * problem.dim);
  };
}

/**
 * The kinks of V = weight·|u[coordinate]|: one per particle. Branch ±1 while the coordinate has that sign, 0 while it rests at zero.
 * Rules: Chizat & Bach (2018), eq. 5: rest while |ṽ| ≤ weight, else leave with the sign of ṽ.
 */
function absoluteKinks(
  problem: Problem,
  m: number,
  absolute: NonNullable<Penalty['absolute']>,
  force: ReturnType<typeof forceOf>,
): Kinks {
  const { dim } = problem;
  const { coordinate, weight } = absolute;
  const v = new Float64Array(m * dim);
  const settle = (pull: number, slack: number) => (Math.abs(pull) <= weight * (1 + slack) ? 0 : pull > 0 ? 1 : -1);
  return {
    count: m,
    branchAt(y) {
      force(y, y, m, v);
      return Int8Array.from({ length: m }, (_, i) => {
        const w = y[i * dim + coordinate];
        return w !== 0 ? Math.sign(w) : settle(v[i * dim + coordinate], 0);
      });
    },
    marginsInto(y, b, out) {
      if (b.includes(0)) force(y, y, m, v);
      for (let i = 0; i < m; i++) {
        const k = i * dim + coordinate;
        out[i] = b[i] === 0 ? weight - Math.abs(v[k]) : b[i] * y[k];
      }
    },
    cross(y, i, b) {
      const k = i * dim + coordinate;
      y[k] = 0;
      force(y, y, m, v);
      // A resting particle crosses its kink only outwards: the tie |ṽ| = weight is broken by the side it is pushed to.
      return b[i] === 0 ? (v[k] > 0 ? 1 : -1) : settle(v[k], STICK_SLACK);
    },
  };
}

/** On a branch: −weight·b where the coordinate moves, nothing at all where it rests. */
function applyBranch(out: Vec, b: Branch, dim: number, { coordinate, weight }: NonNullable<Penalty['absolute']>): void {
  for (let i = 0; i < b.length; i++) {
    const k = i * dim + coordinate;
    out[k] = b[i] === 0 ? 0 : out[k] - weight * b[i];
  }
}

/** −J x: curvature of Φ along R′, of V, and the coupling through R″; rows and columns of resting coordinates are cut out. */
function hessianOf(problem: Problem, m: number): Flow['hessianTimesInto'] {
  const { feature, loss, penalty, dim } = problem;
  const absolute = penalty?.absolute;
  if (!feature.curvatureInto || !feature.pushforwardInto || !loss.hessianTimesInto) return undefined;
  if (penalty && !absolute && !penalty.curvatureInto) return undefined;
  const [f, g, df, dg] = Array.from({ length: 4 }, () => new Float64Array(feature.size));
  const [cut, pulled] = Array.from({ length: 2 }, () => new Float64Array(m * dim));
  const restrict = (a: Vec, b?: Branch) => {
    if (b && absolute) for (let i = 0; i < m; i++) if (b[i] === 0) a[i * dim + absolute.coordinate] = 0;
  };
  return (y, x, out, b) => {
    cut.set(x.subarray(0, m * dim));
    restrict(cut, b);
    feature.sumInto(y, m, f);
    loss.gradientInto(f, g);
    feature.curvatureInto?.(y, m, g, cut, out);
    feature.pushforwardInto?.(y, m, cut, df);
    loss.hessianTimesInto?.(f, df, dg);
    feature.pullbackInto(y, m, dg, pulled);
    for (let i = 0; i < pulled.length; i++) out[i] += pulled[i];
    if (penalty?.curvatureInto) {
      penalty.curvatureInto(y, m, cut, pulled);
      for (let i = 0; i < pulled.length; i++) out[i] += pulled[i];
    }
    restrict(out, b);
  };
}

/** The particle gradient flow of m particles: u′ ∈ −m ∂F_m(u) (Chizat & Bach 2018, Definition 2.2). */
export function flowOf(problem: Problem, m: number): Flow {
  if (!(Number.isSafeInteger(m) && m > 0)) throw new RangeError(`particles must be a positive whole number, got ${m}`);
  const { feature, loss, penalty, dim } = problem;
  const size = m * dim;
  const f = new Float64Array(feature.size);
  const force = forceOf(problem, m);
  const absolute = penalty?.absolute;
  const hessianTimesInto = hessianOf(problem, m);
  const proxInto = penalty ? penalty.proxInto?.bind(penalty) : (y: Vec, _m: number, _h: number, out: Vec) => out.set(y);
  return {
    size,
    particles: m,
    dim,
    velocityInto(y, out, branch) {
      force(y, y, m, out);
      if (branch && absolute) applyBranch(out, branch, dim, absolute);
      else penalty?.minNormInto(y, m, out);
    },
    energy(y) {
      feature.sumInto(y, m, f);
      return loss.value(f) + (penalty ? penalty.value(y, m) / m : 0);
    },
    fieldInto(y, points, count, out) {
      force(y, points, count, out);
      penalty?.minNormInto(points, count, out);
    },
    ...(proxInto && {
      split: {
        smoothInto: (y: Vec, out: Vec) => force(y, y, m, out),
        proxInto: (y: Vec, h: number, out: Vec) => proxInto(y, m, h, out),
      },
    }),
    ...(absolute && absolute.weight > 0 && { kinks: absoluteKinks(problem, m, absolute, force) }),
    ...(hessianTimesInto && { hessianTimesInto }),
  };
}
