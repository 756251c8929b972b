import { batchesOf, standardErrorOf } from './batches.js';
import { absoluteKinks, featureKinks, joined } from './kinks.js';
import { linearising } from './linearise.js';
import type { Branch, Feature, Field, Flow, Kinks, Loss, Penalty, Problem, Vec } from './types.js';

/** ṽ at `count` points in the field of the m particles of y; a pattern only when the points are the particles. */
export type Force = (y: Vec, points: Vec, count: number, out: Vec, pattern?: Branch) => void;

/** R(∫Φ dμ), its force and its second derivative for m particles. */
interface Smooth {
  readonly energy: (y: Vec) => number;
  readonly force: Force;
  readonly hessianTimes: ((y: Vec, x: Vec, out: Vec, pattern?: Branch) => void) | undefined;
}

/** Φ and R put together: ṽᵢ = −DΦ(uᵢ)ᵀR′(f), f = (1/m) Σ Φ(uᵢ). */
function composed(feature: Feature, loss: Loss, m: number): Smooth {
  const [f, g, df, dg] = Array.from({ length: 4 }, () => new Float64Array(feature.size));
  const pulled = new Float64Array(m * feature.dim);
  const { curvatureInto, pushforwardInto } = feature;
  return {
    energy(y) {
      feature.sumInto(y, m, f);
      return loss.value(f);
    },
    force(y, points, count, out, pattern) {
      feature.sumInto(y, m, f, pattern);
      loss.gradientInto(f, g);
      feature.pullbackInto(points, count, g, out, pattern);
      for (let i = 0; i < count * feature.dim; i++) out[i] = -out[i];
    },
    hessianTimes:
      curvatureInto && pushforwardInto && loss.hessianTimesInto
        ? (y, x, out, pattern) => {
            feature.sumInto(y, m, f, pattern);
            loss.gradientInto(f, g);
            curvatureInto(y, m, g, x, out, pattern);
            pushforwardInto(y, m, x, df, pattern);
            loss.hessianTimesInto?.(f, df, dg);
            feature.pullbackInto(y, m, dg, pulled, pattern);
            for (let i = 0; i < pulled.length; i++) out[i] += pulled[i];
          }
        : undefined,
  };
}

/** The same from a field in closed form. */
const closed = (field: Field, m: number): Smooth => ({
  energy: y => field.energy(y, m),
  force: (y, points, count, out) => field.forceInto(y, m, points, count, out),
  hessianTimes: field.hessianTimesInto && ((y, x, out) => field.hessianTimesInto?.(y, m, x, out)),
});

function smoothOf({ name, field, feature, loss }: Problem, m: number): Smooth {
  if (field) return closed(field, m);
  if (feature && loss) return composed(feature, loss, m);
  throw new TypeError(`problem ${name} must have a feature and a loss, or a field`);
}

/** On a branch: −weight·b where the coordinate moves, nothing at all where it rests. */
function applyBranch(out: Vec, b: Branch, m: number, dim: number, absolute: NonNullable<Penalty['absolute']>): void {
  const { coordinate, weight } = absolute;
  for (let i = 0; i < m; i++) {
    const k = i * dim + coordinate;
    out[k] = b[i] === 0 ? 0 : out[k] - weight * b[i];
  }
}

/** The part of a branch that belongs to the kinks of Φ; the last one is remembered, since a branch lives for many steps. */
function patternOf(offset: number, kinked: boolean): (b?: Branch) => Branch | undefined {
  let last: Branch | undefined;
  let pattern: Branch | undefined;
  return b => {
    if (!kinked || b === last) return kinked ? pattern : undefined;
    last = b;
    pattern = b?.subarray(offset);
    return pattern;
  };
}

/** −J x: second derivatives of R(∫Φ) and of V; rows and columns of resting coordinates are cut out. */
function hessianOf(
  { penalty, dim }: Problem,
  smooth: Smooth,
  m: number,
  pattern: (b?: Branch) => Branch | undefined,
): Flow['hessianTimesInto'] {
  const absolute = penalty?.absolute;
  const { hessianTimes } = smooth;
  if (!hessianTimes || (penalty && !absolute && !penalty.curvatureInto)) return undefined;
  const [cut, bent] = [new Float64Array(m * dim), new Float64Array(m * dim)];
  const restrict = (a: Vec, b?: Branch) => {
    if (b && absolute) for (let i = 0; i < m; i++) if (b[i] === 0) a[i * dim + absolute.coordinate] = 0;
  };
  return (y, x, out, b) => {
    cut.set(x.subarray(0, m * dim));
    restrict(cut, b);
    hessianTimes(y, cut, out, pattern(b));
    if (penalty?.curvatureInto) {
      penalty.curvatureInto(y, m, cut, bent);
      for (let i = 0; i < bent.length; i++) out[i] += bent[i];
    }
    restrict(out, b);
  };
}

/** The particle gradient flow of m particles: u′ ∈ −m ∂F_m(u) (Chizat & Bach 2018, Definition 2.2). */
export function flowOf(problem: Problem, m: number): Flow {
  if (!(Number.isSafeInteger(m) && m > 0)) throw new RangeError(`particles must be a positive whole number, got ${m}`);
  const { penalty, metric, dim } = problem;
  if (metric && penalty?.absolute)
    throw new TypeError(`the metric ${metric.name} needs a smooth V, got ${penalty.name}`);
  const smooth = smoothOf(problem, m);
  const { force } = smooth;
  if (penalty?.absolute && penalty.curvatureInto)
    throw new TypeError(
      `penalty ${penalty.name}: V with a kink must be weight·|u[k]| alone; put the smooth rest into the field`,
    );
  const absolute =
    penalty?.absolute && (penalty.absolute.weight > 0 || penalty.absolute.nonnegative) ? penalty.absolute : undefined;
  const pattern = patternOf(absolute ? m : 0, problem.feature?.kinks !== undefined);
  const velocityInto = (y: Vec, out: Vec, b?: Branch) => {
    force(y, y, m, out, pattern(b));
    if (b && absolute) applyBranch(out, b, m, dim, absolute);
    else penalty?.minNormInto(y, m, out);
    metric?.raiseInto(y, m, out);
  };
  const kinks: Kinks | undefined = joined([
    ...(absolute ? [absoluteKinks(dim, m, absolute, (y, out, b) => force(y, y, m, out, pattern(b)))] : []),
    ...(problem.feature?.kinks ? [featureKinks(problem.feature.kinks, m, velocityInto)] : []),
  ]);
  // In another metric neither the Jacobian of the velocity nor the proximal map is that of the chart.
  const streamed = problem.sampling?.rows === null;
  // Curvature on an evaluation sample costs hundreds of passes over it, and is not that of the risk.
  const hessianTimesInto = metric || streamed ? undefined : hessianOf(problem, smooth, m, pattern);
  const proxInto = metric
    ? undefined
    : penalty
      ? penalty.proxInto?.bind(penalty)
      : (y: Vec, _m: number, _h: number, out: Vec) => out.set(y.subarray(0, m * dim));
  return {
    size: m * dim,
    particles: m,
    dim,
    ...(metric && { metric }),
    velocityInto,
    energy: y => smooth.energy(y) + (penalty ? penalty.value(y, m) / m : 0),
    forceInto: (y, points, count, out) => force(y, points, count, out),
    fieldInto(y, points, count, out) {
      force(y, points, count, out);
      penalty?.minNormInto(points, count, out);
      metric?.raiseInto(points, count, out);
    },
    ...(proxInto && {
      split: {
        smoothInto: (y: Vec, out: Vec) => force(y, y, m, out),
        proxInto: (y: Vec, h: number, out: Vec) => proxInto(y, m, h, out),
      },
    }),
    ...(kinks && { kinks }),
    ...(hessianTimesInto && { hessianTimesInto, linearise: linearising(problem, m, pattern, hessianTimesInto) }),
    ...(problem.sampling && { batch: batchesOf(problem, problem.sampling, m) }),
    ...(streamed && { standardError: standardErrorOf(problem, m) }),
  };
}
