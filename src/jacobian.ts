/**
 * The Jacobian of the whole state (y, D): the flow's where it has one, differences of the field where not. D′ = |u′|²_m depends on y
 * alone, so its row is solved for after the others.
 */
import { type Factors, factorise, solveFactored } from './math/linear.js';
import { dot, headOf } from './math/vec.js';
import type { Counts } from './outcome.js';
import type { Branch, Flow, Linearisation, Linearise, Rhs, Vec } from './types.js';

/** More unknowns than this make a full matrix too large; the flow must then give its own Jacobian. */
export const MOST_BY_DIFFERENCES = 3000;

/** J of the flow with the row (2/m) vᵀJ of the dissipation, v the velocity where J is; J is symmetric. */
function augmenting(flow: Flow): (linear: Linearisation, v: Vec) => Linearisation {
  const n = flow.size;
  // Most methods never ask.
  let row = new Float64Array(0);
  let inner: Linearisation;
  const whole: Linearisation = {
    timesInto(x, out) {
      inner.timesInto(headOf(x), headOf(out));
      out[n] = dot(row, x, n);
    },
    solveInto(shift, rhs, out) {
      inner.solveInto(shift, headOf(rhs), headOf(out));
      out[n] = (rhs[n] + dot(row, out, n)) / shift;
    },
  };
  return (linear, v) => {
    inner = linear;
    if (row.length < n) row = new Float64Array(n);
    linear.timesInto(v.subarray(0, n), row);
    for (let i = 0; i < n; i++) row[i] *= 2 / flow.particles;
    return whole;
  };
}

const STEP = Math.cbrt(Number.EPSILON);

/** n×n row-major: central differences of the right-hand side; nothing depends on the last unknown. */
function differences(rhs: Rhs, z: Vec): Vec {
  const n = z.length;
  const [J, moved, ahead, behind] = [new Float64Array(n * n), z.slice(), new Float64Array(n), new Float64Array(n)];
  for (let k = 0; k < n - 1; k++) {
    const step = STEP * Math.max(1, Math.abs(z[k]));
    moved[k] = z[k] + step;
    const span = moved[k];
    rhs(moved, ahead);
    moved[k] = z[k] - step;
    rhs(moved, behind);
    for (let i = 0; i < n; i++) J[i * n + k] = (ahead[i] - behind[i]) / (span - moved[k]);
    moved[k] = z[k];
  }
  return J;
}

function byDifferences(rhs: Rhs, z: Vec): Linearisation {
  const n = z.length;
  const J = differences(rhs, z);
  const factors: Factors = { a: new Float64Array(n * n), n, pivots: new Int32Array(n) };
  let [last, regular] = [Number.NaN, false];
  return {
    timesInto(x, out) {
      for (let i = 0; i < n; i++) out[i] = dot(J.subarray(i * n, (i + 1) * n), x);
    },
    solveInto(shift, rhs, out) {
      if (shift !== last) {
        for (let i = 0; i < n * n; i++) factors.a[i] = -J[i];
        for (let i = 0; i < n; i++) factors.a[i * n + i] += shift;
        regular = factorise(factors) > 0;
      }
      last = shift;
      out.set(rhs);
      if (regular) solveFactored(factors, out);
      else out.fill(Number.NaN);
    },
  };
}

/** Counts each new shift as a factorisation. */
function counting(counts: Counts): (linear: Linearisation) => Linearisation {
  let last = Number.NaN;
  let inner: Linearisation;
  const counted: Linearisation = {
    timesInto: (x, out) => inner.timesInto(x, out),
    solveInto(shift, rhs, out) {
      if (shift !== last) counts.factorisations++;
      last = shift;
      inner.solveInto(shift, rhs, out);
    },
  };
  return linear => {
    inner = linear;
    last = Number.NaN;
    return counted;
  };
}

/** Where each flow was linearised last: what it gave before is spoiled. */
const latest = new WeakMap<Flow, object>();

/** The Jacobian at z on the current branch; asked again at the same state, after a rejection, it is the same one. */
export function linearisingAt(
  flow: Flow,
  loop: { readonly t?: number; branch: Branch | undefined; counts: Counts },
  rhs: Rhs,
): Linearise {
  let at: { t: number | undefined; z: Vec; branch: Branch | undefined; linear: Linearisation } | undefined;
  const [augmented, counted] = [augmenting(flow), counting(loop.counts)];
  return (z, v) => {
    // Arrays of states may be used again at a later time.
    if (at?.z === z && at.t === loop.t && at.branch === loop.branch && latest.get(flow) === at) return at.linear;
    loop.counts.jacobians++;
    const exact = flow.linearise?.(z.subarray(0, flow.size), loop.branch);
    const linear = exact ? augmented(exact, v) : byDifferences(rhs, z);
    at = { t: loop.t, z, branch: loop.branch, linear: counted(linear) };
    latest.set(flow, at);
    return at.linear;
  };
}
