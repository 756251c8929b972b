/** Single steps of first order that step over the kinks of V and the walls, and put on them what passed. */
import { linearisingAt } from './jacobian.js';
import { dot } from './math/vec.js';
import type { Counts } from './outcome.js';
import type { Branch, EulerStep, Flow, Linearisation, Rhs, Vec } from './types.js';

const same = (a: ArrayLike<number>, b: ArrayLike<number>): boolean =>
  a.length === b.length && !Array.prototype.some.call(a, (x, i) => x !== b[i]);

/** J at u on branch b, of n + 1 unknowns whose last says nothing; asked again at the same place it is the same one. */
export function jacobians(flow: Flow, counts: Counts): (u: Vec, v: Vec, b?: Branch) => Linearisation {
  const n = flow.size;
  const place: { branch: Branch | undefined; counts: Counts } = { branch: undefined, counts };
  const rhs: Rhs = (z, out) => {
    counts.velocityEvaluations++;
    flow.velocityInto(z.slice(0, n), out.subarray(0, n), place.branch);
    out[n] = 0;
  };
  const linearise = linearisingAt(flow, place, rhs);
  let z = new Float64Array(n + 1);
  const rate = new Float64Array(n + 1);
  return (u, v, b) => {
    if (!same(b ?? [], place.branch ?? [])) place.branch = b;
    if (!same(u, z.subarray(0, n))) z = new Float64Array(n + 1);
    z.set(u);
    rate.set(v);
    return linearise(z, rate);
  };
}

/** u ← prox_{hV}(u + h ṽ(u)), ṽ = −m∇ of the smooth part: forward–backward splitting. */
export function forwardBackward({ split, size }: Flow, counts: Counts): EulerStep {
  const force = new Float64Array(size);
  return (y, h, out) => {
    counts.velocityEvaluations++;
    split?.smoothInto(y, force);
    for (let i = 0; i < size; i++) force[i] = y[i] + h * force[i];
    split?.proxInto(force, h, out);
  };
}

/**
 * One proximal Newton step of the minimising movement of length h, from its start: (1/h − J)(u₁ − u₀) = v(u₀) on the branch that the
 * inclusion takes from u₀, linearly implicit Euler; what would pass a kink of V or a wall ends on it. Where that system is not definite
 * along v, so that the step would lead back, it is explicit.
 */
export function proximalNewtonStep(flow: Flow, counts: Counts): EulerStep {
  const n = flow.size;
  const jacobian = jacobians(flow, counts);
  const [v, step] = [new Float64Array(n + 1), new Float64Array(n + 1)];
  return (y, h, out) => {
    const u = y.slice(0, n);
    const b = flow.kinks?.branchAt(u);
    counts.velocityEvaluations++;
    flow.velocityInto(u, v.subarray(0, n), b);
    jacobian(u, v.subarray(0, n), b).solveInto(1 / h, v, step);
    const onwards = !(dot(v, step, n) < 0);
    for (let i = 0; i < n; i++) out[i] = u[i] + (onwards ? step[i] : h * v[i]);
    if (b) flow.kinks?.active?.clip(out, b);
  };
}
