import { activeSet } from './active-set.js';
import { batchesOf, standardErrorOf } from './batches.js';
import { type Inclusion, inclusionOf, proximalOf, softKinks } from './inclusion.js';
import { featureKinks, joined } from './kinks.js';
import { jacobianCost, linearising } from './linearise.js';
import { zeros } from './math/bytes.js';
import { clip, firstOutside, outsideMessage } from './math/domain.js';
import { sameNumbers } from './math/vec.js';
import { type Sliding, slidingOf } from './sliding.js';
import type { ActiveSet, Branch, Feature, Field, Flow, FusedField, Kinks, Loss, Problem, Vec } from './types.js';

/** ṽ at `count` points in the field of the m particles of y; a pattern only when the points are the particles. */
export type Force = (y: Vec, points: Vec, count: number, out: Vec, pattern?: Branch) => void;

/** R(∫Φ dμ), its force and its second derivative for m particles. */
interface Smooth {
  readonly energy: (y: Vec) => number;
  readonly force: Force;
  readonly hessianTimes: ((y: Vec, x: Vec, out: Vec, pattern?: Branch) => void) | undefined;
  /** out: (1/m) Σ Φ(uᵢ), where R has Φ */
  readonly sum?: (y: Vec, out: Vec, pattern?: Branch) => void;
}

/** Φ and R put together: ṽᵢ = −DΦ(uᵢ)ᵀR′(f), f = (1/m) Σ Φ(uᵢ). */
function composed(feature: Feature, loss: Loss, m: number): Smooth {
  const [f, g, df, dg] = Array.from({ length: 4 }, () => new Float64Array(feature.size));
  const pulled = new Float64Array(m * feature.dim);
  const { curvatureInto, pushforwardInto } = feature;
  let kernel: FusedField | null | undefined;
  /** Opened when it is first needed: many flows are made for their kinks or their shape alone. */
  const fused = (): FusedField | null => {
    if (kernel === undefined) kernel = feature.open?.(m, loss) ?? null;
    return kernel;
  };
  return {
    sum(y, out, pattern) {
      const kernel = pattern ? null : fused();
      if (kernel) kernel.sumInto(y, out);
      else feature.sumInto(y, m, out, pattern);
    },
    energy(y) {
      const kernel = fused();
      if (kernel) return kernel.energy(y);
      feature.sumInto(y, m, f);
      return loss.value(f);
    },
    force(y, points, count, out, pattern) {
      if (!pattern && points === y && count === m && fused()?.forceInto(y, out) !== undefined) return;
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

/**
 * The part of a branch that belongs to the kinks of Φ, off where a particle slides; the last one is remembered, since a branch lives for
 * many steps.
 */
function patternOf(offset: number, kinked: boolean): (b?: Branch) => Branch | undefined {
  let last: Branch | undefined;
  let pattern: Branch | undefined;
  return b => {
    if (!kinked || b === last) return kinked ? pattern : undefined;
    last = b;
    pattern = b?.subarray(offset);
    if (pattern && zeros(pattern).length > 0) pattern = pattern.map(side => side || -1);
    return pattern;
  };
}

/**
 * −J x: second derivatives of R(∫Φ) and of V; rows and columns of resting coordinates are cut out, and those across kinks that the
 * branch slides on. Where these kinks are curved, their own curvature is not in it.
 */
function hessianOf(
  { penalty, dim }: Problem,
  smooth: Smooth,
  m: number,
  { restrict, signs }: Inclusion,
  pattern: (b?: Branch) => Branch | undefined,
  sliding: Sliding | undefined,
): Flow['hessianTimesInto'] {
  const absolute = penalty?.absolute;
  const { hessianTimes } = smooth;
  if (!hessianTimes || (penalty && !penalty.curvatureInto && (!absolute || absolute.modulation))) return undefined;
  const [cut, bent] = [new Float64Array(m * dim), new Float64Array(m * dim)];
  return (y, x, out, b) => {
    cut.set(x.subarray(0, m * dim));
    if (b) {
      restrict(cut, b);
      sliding?.tangentInto(y, b, cut);
    }
    hessianTimes(y, cut, out, pattern(b));
    if (penalty?.curvatureInto) {
      penalty.curvatureInto(y, m, cut, bent, signs(b));
      for (let i = 0; i < bent.length; i++) out[i] += bent[i];
    }
    if (b) {
      restrict(out, b);
      sliding?.tangentInto(y, b, out);
    }
  };
}

function activeOf({ dim, feature }: Problem, m: number, count: number, inclusion: Inclusion): ActiveSet {
  const { layout, walls, restrict } = inclusion;
  const own = feature?.kinks && { feature: { offset: inclusion.count, kinks: feature.kinks } };
  return activeSet({ m, dim, count, walls, ...layout, ...own }, restrict);
}

/** What a flow cannot be made of. */
function refuseIll({ penalty, metric, domain }: Problem, m: number): void {
  if (!(Number.isSafeInteger(m) && m > 0)) throw new RangeError(`particles must be a positive whole number, got ${m}`);
  const absolute = penalty?.absolute;
  if (metric && absolute) throw new TypeError(`the metric ${metric.name} needs a smooth V, got ${penalty.name}`);
  if (metric && domain.some(c => c.kind === 'interval' || c.kind === 'half-line'))
    throw new TypeError(`the metric ${metric.name} needs a domain without bounds`);
  if (absolute && penalty.curvatureInto && !absolute.modulation)
    throw new TypeError(
      `penalty ${penalty.name}: V with a kink must be weight·|u[k]| alone; put the smooth rest into the field`,
    );
}

/**
 * The force where the margins were asked last. A step ends where the next one begins, and asks for its margins and its velocity there: of
 * three evaluations one is left. Those of the velocity are not kept, which would cost each of them two copies.
 */
function remembering(force: Force, m: number, size: number) {
  const [at, kept] = [new Float64Array(size).fill(Number.NaN), new Float64Array(size)];
  const known = (y: Vec): boolean => sameNumbers(at, y, size);
  const recall: Force = (y, points, count, out, pattern) => {
    if (!pattern && known(y)) out.set(kept);
    else force(y, points, count, out, pattern);
  };
  return {
    recall,
    remember(y: Vec, out: Vec, pattern?: Branch) {
      if (!pattern && known(y)) {
        out.set(kept);
        return;
      }
      force(y, y, m, out, pattern);
      if (pattern) return;
      at.set(y);
      kept.set(out);
    },
  };
}

/** The particle gradient flow of m particles: u′ ∈ −m ∂F_m(u) (Chizat & Bach 2018, Definition 2.2), inside the domain. */
export function flowOf(problem: Problem, m: number): Flow {
  refuseIll(problem, m);
  const { penalty, metric, dim, domain } = problem;
  const smooth = smoothOf(problem, m);
  const { force } = smooth;
  const { recall, remember } = remembering(force, m, m * dim);
  const inclusion = inclusionOf(problem, m, (y, out, b) => remember(y, out, pattern(b)));
  const pattern = patternOf(inclusion.count, problem.feature?.kinks !== undefined);
  const { walls } = inclusion;
  const oneSided = (y: Vec, out: Vec, b?: Branch) => {
    recall(y, y, m, out, pattern(b));
    inclusion.velocityInto(y, out, b);
    metric?.raiseInto(y, m, out);
  };
  const raise = (y: Vec, a: Vec, b: Branch) => {
    inclusion.restrict(a, b);
    metric?.raiseInto(y, m, a);
  };
  const bends = problem.feature?.kinks;
  const sliding = bends && slidingOf({ kinks: bends, m, dim, offset: inclusion.count, velocityInto: oneSided, raise });
  const velocityInto = (y: Vec, out: Vec, b?: Branch) => {
    oneSided(y, out, b);
    if (b) sliding?.tangentInto(y, b, out);
  };
  const joint = joined([...inclusion.blocks, ...(sliding ? [featureKinks(bends, m, sliding, pattern)] : [])]);
  const kinks: Kinks | undefined = joint && { ...joint, active: activeOf(problem, m, joint.count, inclusion) };
  const streamed = problem.sampling?.rows === null;
  // In another metric the Jacobian of the velocity is not that of the chart; curvature on an evaluation sample costs hundreds of passes
  // over it, and is not that of the risk.
  const hessianTimesInto = metric || streamed ? undefined : hessianOf(problem, smooth, m, inclusion, pattern, sliding);
  const { proxInto, unsplit } = proximalOf(problem, walls, m, y => clip(walls, y, dim));
  return {
    size: m * dim,
    particles: m,
    dim,
    ...(metric && { metric }),
    ...(walls.length > 0 && { outside: (y: Vec) => outsideMessage(domain, y) }),
    velocityInto,
    energy: y =>
      walls.length > 0 && firstOutside(walls, y, dim)
        ? Number.POSITIVE_INFINITY
        : smooth.energy(y) + (penalty ? penalty.value(y, m) / m : 0),
    forceInto: (y, points, count, out) => force(y, points, count, out),
    fieldInto(y, points, count, out) {
      force(y, points, count, out);
      inclusion.fieldInto(points, count, out);
      metric?.raiseInto(points, count, out);
    },
    ...(proxInto && { split: { smoothInto: (y: Vec, out: Vec) => force(y, y, m, out), proxInto } }),
    ...(unsplit !== undefined && { unsplit }),
    ...(kinks && { kinks: { ...kinks, soft: softKinks(problem) } }),
    ...(hessianTimesInto && {
      hessianTimesInto,
      linearise: linearising(problem, m, inclusion, pattern, hessianTimesInto, smooth.sum, sliding),
      jacobianCost: jacobianCost(problem, m),
    }),
    ...(problem.sampling && { batch: batchesOf(problem, problem.sampling, m) }),
    ...(streamed && { standardError: standardErrorOf(problem, m) }),
  };
}
