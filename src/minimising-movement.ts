/**
 * The minimising movement (De Giorgi 1993; Jordan, Kinderlehrer & Otto 1998): u₁ = argmin F(u) + |u − u₀|²_m/(2h), implicit Euler on all
 * of F, found by proximal Newton steps (Lee, Sun & Saunders 2014) on the active set that the proximal map predicts.
 */
import { jacobians } from './euler-steps.js';
import { MOST_BY_DIFFERENCES } from './jacobian.js';
import { goldsteinStep, type Rough } from './math/goldstein.js';
import { allFinite, maxAbs, scaledDistance, scaledNorm } from './math/vec.js';
import { type Counts, ESCAPE } from './outcome.js';
import type { Flow, Move, Vec } from './types.js';

/** Of the residual at the start; Newton steps halve its exponent. */
const SOLVED = 1e-10;
/** Where rounding of F hides further descent: of the residual at the start, and of |u|_m. */
const STALLED = { residual: 1e-5, step: 1e-7 } as const;
/** Of |u|: the farthest to look over kinks. */
const WIDEST = 0.1;
/** Descents, each from over a kink, and of the whole descent that of the last one which is not worth another. */
const MOST_ROUNDS = 200;
const SLOW = 1e-6;
const NO_STEP = 1e-13;
const MOST_PROPOSALS = 2000;
/** Of the descent that a step of its length and shift would have on a paraboloid. */
const SUFFICIENT = 1e-4;
/** F falls without end where descent leads this many times farther out. */
const RUNAWAY = 1e10;
/** A shift so far beyond 1/h that steps vanish. */
const FARTHEST = 1e40;
/** Changes of F smaller than this, in units of F, say nothing. */
const HIDDEN = 64 * Number.EPSILON;
const ROUNDING = 4 * Number.EPSILON;

interface Point {
  readonly u: Vec;
  /** −m∇ of the smooth part of F. */
  readonly force: Vec;
  readonly F: number;
  /** F + |u − u₀|²_m/(2h). */
  readonly G: number;
}

/** Where the movement goes out from. */
interface Origin {
  readonly y: Vec;
  readonly h: number;
}

/** What the flow offers at a point of the inner problem. */
interface Inner {
  at(u: Vec, from: Origin): Point;
  /** out: the step of the proximal gradient from a point, of length tau */
  proximalInto(point: Point, from: Origin, tau: number, out: Vec): void;
  /** The next iterate: a Newton step with (shift − J) on the coordinates that move, those at rest put in place. */
  propose(point: Point, from: Origin, shift: number): Vec;
}

/** Why this flow has no minimising movement that can be computed; undefined where it has. */
export const unmovable = (name: string, { linearise, size, kinks }: Flow): string | undefined =>
  kinks && !kinks.active
    ? `${name} asks which coordinates rest on a kink, and this flow does not say`
    : linearise || size <= MOST_BY_DIFFERENCES
      ? undefined
      : `${name} takes the Jacobian of a problem without second derivatives by differences: at most ${MOST_BY_DIFFERENCES} unknowns, got ${size}`;

function innerOf(flow: Flow, counts: Counts): Inner {
  const { size: n, particles: m } = flow;
  const active = flow.kinks?.active;
  const jacobian = jacobians(flow, counts);
  const [p, v, ahead] = Array.from({ length: 3 }, () => new Float64Array(n));
  const [right, step] = [new Float64Array(n + 1), new Float64Array(n + 1)];
  const proximalInto: Inner['proximalInto'] = ({ u, force }, { y, h }, tau, out) => {
    for (let i = 0; i < n; i++) ahead[i] = u[i] + tau * (force[i] - (u[i] - y[i]) / h);
    flow.split?.proxInto(ahead, tau, out);
  };
  return {
    at(u, { y, h }) {
      const force = new Float64Array(n);
      counts.velocityEvaluations++;
      flow.split?.smoothInto(u, force);
      const F = flow.energy(u);
      return { u, force, F, G: F + scaledDistance(u, y, m) ** 2 / (2 * h) };
    },
    proximalInto,
    propose(point, from, shift) {
      const u = point.u.slice();
      proximalInto(point, from, 1 / shift, p);
      const b = active?.sidesOf(p, u);
      if (active && b) {
        for (let i = 0; i < n; i++) v[i] = p[i] - u[i];
        active.restrict(v, b);
        for (let i = 0; i < n; i++) u[i] = p[i] - u[i] === v[i] ? u[i] : p[i];
      }
      counts.velocityEvaluations++;
      flow.velocityInto(u, v, b);
      for (let i = 0; i < n; i++) right[i] = v[i] - (u[i] - from.y[i]) / from.h;
      if (b) active?.restrict(right.subarray(0, n), b);
      jacobian(u, v, b).solveInto(shift, right, step);
      for (let i = 0; i < n; i++) u[i] += step[i];
      if (b) active?.clip(u, b);
      return u;
    },
  };
}

/** How the descent ended, and the longest step that was tried in vain at its last point. */
interface Descent {
  readonly point: Point;
  readonly end: 'solved' | 'stalled' | 'not-finite' | 'diverged';
  readonly boldest: number;
}

/**
 * From `start` downhill. The shift of the Newton systems, 1/h at first, grows where they are indefinite or lead uphill (Levenberg 1944),
 * towards short steps of the proximal gradient, which always descend. Where rounding hides the descent of G the residual must halve.
 */
function descend(inner: Inner, from: Origin, start: Point, m: number, residual: Residual): Descent {
  const first = residual(start, from.h);
  const farthest = Math.min(ESCAPE, RUNAWAY * (1 + maxAbs(start.u)));
  const within = (change: number) => Math.abs(change) <= HIDDEN * Math.abs(start.F);
  const untried = { boldest: 0, tries: 0, blind: true };
  let [point, extra, vain, broken, byResidual] = [start, 0, untried, false, false];
  if (first === 0) return { point, end: 'solved', boldest: 0 };
  for (let k = 0; k < MOST_PROPOSALS; k++) {
    const shift = 1 / from.h + extra;
    const next = inner.at(inner.propose(point, from, shift), from);
    const [moved, left, rise] = [scaledDistance(next.u, point.u, m), residual(next, 1 / shift), next.G - point.G];
    const halved = extra === 0 && left <= residual(point, 1 / shift) / 2;
    const lower = moved > 0 && rise <= (-SUFFICIENT * shift * moved ** 2) / 2;
    if (lower || (halved && (within(rise) || byResidual))) {
      const resting = extra === 0 && moved <= NO_STEP * scaledNorm(next.u, m);
      // What was refused a moment ago is not asked again at once.
      if (vain.tries === 0) extra = extra * from.h < 1e-2 ? 0 : extra / 10;
      [point, vain] = [next, untried];
      if (maxAbs(point.u) > farthest) return { point, end: 'diverged', boldest: 0 };
      if (left <= SOLVED * first || resting) return { point, end: 'solved', boldest: 0 };
      continue;
    }
    broken ||= !Number.isFinite(left + next.F);
    const blind = vain.blind && within(next.F - point.F);
    vain = {
      boldest: Number.isNaN(moved) ? vain.boldest : Math.max(moved, vain.boldest),
      tries: vain.tries + 1,
      blind,
    };
    extra = Math.max(1 / from.h, extra * 10 ** vain.tries);
    if (moved > ROUNDING * scaledNorm(point.u, m) && extra * from.h < FARTHEST) continue;
    if (!blind || byResidual) break;
    [byResidual, extra, vain] = [true, 0, untried];
  }
  return { point, end: broken ? 'not-finite' : 'stalled', boldest: vain.boldest };
}

/** From a point where the pieces that meet there stop Newton's method: to a lower one, or what there is to say of it. */
function overKinks(flow: Flow, counts: Counts, { y, h }: Origin, { u }: Point, wanted: number): Vec | 'flat' | 'stuck' {
  const { kinks, particles: m } = flow;
  const branch = kinks?.branchAt(u);
  const rough: Rough = {
    value: x => flow.energy(x) + scaledDistance(x, y, m) ** 2 / (2 * h),
    downhillInto(x, out) {
      counts.velocityEvaluations++;
      flow.velocityInto(x, out);
      for (let i = 0; i < out.length; i++) out[i] -= (x[i] - y[i]) / h;
    },
    settle: x => branch && kinks?.active?.clip(x, branch),
  };
  const size = scaledNorm(u, m) * Math.sqrt(m);
  let flat = false;
  for (let share = WIDEST; share >= STALLED.step; share /= 10) {
    const found = goldsteinStep(rough, u, share * size, wanted * Math.sqrt(m));
    if (found.lower) return found.lower;
    flat = found.flat;
  }
  return flat ? 'flat' : 'stuck';
}

/**
 * Shares of a step whose minimisers, one from the other, lead to where its descent begins over kinks of Φ. Without them rounding chose the
 * basin: from a start of `relu-sqsign-m8`, a step of 100 ended at F = 0.017 or 0.229, by turns of the last bit.
 */
const LEADING = [1e-2, 1e-1] as const;

type Residual = (at: Point, tau: number) => number;

/** The lowest point on the way over minimisers of shorter steps. */
function led(inner: Inner, whole: Origin, start: Point, m: number, residual: (from: Origin) => Residual): Point {
  let point = start;
  for (const share of LEADING) {
    const short: Origin = { y: whole.y, h: share * whole.h };
    const found = descend(inner, short, inner.at(point.u, short), m, residual(short)).point;
    const there = inner.at(found.u, whole);
    if (there.G < point.G) point = there;
  }
  return point;
}

/**
 * One step of the flow by the minimising movement: `movement(flow, counts)(y, h, out)`, F(out) ≤ F(y) to rounding for every h.
 * As a safety net of another method: call it at the last good state y with the length h of the step that failed. Where it returns null,
 * |out − y|²_m/h is what was dissipated (F(y) − F(out) is at least half of it), and the branch is to be taken anew,
 * `flow.kinks.branchAt(out)`. It needs `flow.split`, and `unmovable` to find nothing.
 */
export function movement(flow: Flow, counts: Counts): Move {
  const m = flow.particles;
  // Opened at the first step: a safety net is there in every run, and used in few.
  let opened: { readonly inner: Inner; readonly p: Vec } | undefined;
  // On a kink of Φ there is no derivative to vanish: what has come down as far as it goes is taken.
  const rough = flow.kinks?.owner?.(flow.kinks.count - 1).sample !== undefined;
  return (y, h, out) => {
    opened ??= { inner: innerOf(flow, counts), p: new Float64Array(flow.size) };
    const { inner, p } = opened;
    const from: Origin = { y, h };
    const residualFrom = (origin: Origin) => (point: Point, tau: number) => {
      inner.proximalInto(point, origin, tau, p);
      return scaledDistance(point.u, p, m) / tau;
    };
    const residual = residualFrom(from);
    const start = inner.at(y.slice(), from);
    if (!Number.isFinite(start.F) || !allFinite(start.force)) return 'not-finite';
    const wanted = STALLED.residual * residual(start, h);
    const flat = ({ point, end, boldest }: Descent) =>
      end === 'solved' ||
      (end === 'stalled' && boldest <= STALLED.step * scaledNorm(point.u, m)) ||
      residual(point, h) <= wanted;
    const first = rough ? led(inner, from, start, m, residualFrom) : start;
    let found = descend(inner, from, first, m, residual);
    let resting = flat(found);
    for (let k = 0; k < MOST_ROUNDS && found.end === 'stalled' && !resting; k++) {
      const before = found.point.G;
      const lower = overKinks(flow, counts, from, found.point, wanted);
      if (typeof lower === 'string') {
        resting = lower === 'flat';
        break;
      }
      found = descend(inner, from, inner.at(lower, from), m, residual);
      resting = flat(found) || before - found.point.G <= SLOW * (start.G - found.point.G);
    }
    const { point, end } = found;
    if (end === 'diverged') return end;
    if (!resting && !(rough && point.G < start.G)) return end === 'not-finite' ? end : 'inner-solve-failed';
    if (!(point.F <= start.F + ROUNDING * Math.abs(start.F))) return 'inner-solve-failed';
    out.set(point.u);
    return null;
  };
}
