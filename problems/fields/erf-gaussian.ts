import { dot } from '../../src/math/vec.js';
import type { Field, Vec } from '../../src/types.js';
import type { Teacher } from './charges.js';

/** One pair (u, v): k, its gradient in u, and the derivatives of both along (du, dv). */
interface Pair {
  kernel: number;
  readonly gradient: Vec;
  kernelRate: number;
  readonly gradientRate: Vec;
}

/**
 * k(u, v) = E erf(u·x) erf(v·x) = (2/π) asin(c/√(AB)), x ~ N(0, I), A = 1 + 2|u|², B = 1 + 2|v|², c = 2u·v (Williams 1998, eq. 11;
 * Saad & Solla 1995 for x/√2). With D = AB − c² ≥ 1: ∂k/∂u = (4/π)(v − cu/A)/√D.
 */
function meet(u: Vec, v: Vec, pair: Pair): void {
  const [uu, vv, uv] = [dot(u, u), dot(v, v), dot(u, v)];
  // AB − c² without the difference of its two largest parts: the Gram determinant is not negative.
  const D = 1 + 2 * uu + 2 * vv + 4 * Math.max(0, uu * vv - uv * uv);
  // atan2 keeps its digits where the arc sine of a number near 1 loses half of them.
  pair.kernel = (2 / Math.PI) * Math.atan2(2 * uv, Math.sqrt(D));
  const [scale, r] = [4 / (Math.PI * Math.sqrt(D)), (2 * uv) / (1 + 2 * uu)];
  for (let j = 0; j < u.length; j++) pair.gradient[j] = scale * (v[j] - r * u[j]);
}

/** The same, and how it changes as u and v move with du and dv. */
function meetMoving(u: Vec, v: Vec, du: Vec, dv: Vec, pair: Pair): void {
  meet(u, v, pair);
  const [A, B, c] = [1 + 2 * dot(u, u), 1 + 2 * dot(v, v), 2 * dot(u, v)];
  const D = A + B - 1 + Math.max(0, (A - 1) * (B - 1) - c * c);
  const [dA, dB, dc] = [4 * dot(u, du), 4 * dot(v, dv), 2 * (dot(u, dv) + dot(v, du))];
  const dD = dA * B + A * dB - 2 * c * dc;
  const [scale, r] = [4 / (Math.PI * Math.sqrt(D)), c / A];
  const dr = (dc - r * dA) / A;
  const other = c / B;
  pair.kernelRate = 0;
  for (let j = 0; j < u.length; j++) {
    pair.kernelRate += pair.gradient[j] * du[j] + scale * (u[j] - other * v[j]) * dv[j];
    pair.gradientRate[j] = (-dD / (2 * D)) * pair.gradient[j] + scale * (dv[j] - dr * u[j] - r * du[j]);
  }
}

/** R(f) = ½ E (f(x) − y(x))², x ~ N(0, I_d), particles [w, θ] with Φ = w erf(θ·x), y a teacher of the same kind. */
export function erfGaussian(teacher: Teacher): Field {
  const d = teacher.directions[0].length;
  const dim = 1 + d;
  const b = teacher.directions.map(row => Float64Array.from(row));
  const c = teacher.weights;
  const still = new Float64Array(d);
  const pair: Pair = { kernel: 0, gradient: new Float64Array(d), kernelRate: 0, gradientRate: new Float64Array(d) };
  const kernel = (u: Vec, v: Vec) => {
    meet(u, v, pair);
    return pair.kernel;
  };
  const thetas = (y: Vec, count: number) =>
    Array.from({ length: count }, (_, i) => y.subarray(i * dim + 1, (i + 1) * dim));
  const constant = c.reduce((s, ci, i) => s + c.reduce((r, cj, j) => r + ci * cj * kernel(b[i], b[j]), 0), 0);
  return {
    name: 'erf-gaussian',
    energy(y, m) {
      const theta = thetas(y, m);
      let sum = constant;
      for (const [i, u] of theta.entries()) {
        const w = y[i * dim] / m;
        for (const [j, v] of theta.entries()) sum += w * (y[j * dim] / m) * kernel(u, v);
        for (const [j, v] of b.entries()) sum -= 2 * w * c[j] * kernel(u, v);
      }
      return sum / 2;
    },
    forceInto(y, m, points, count, out) {
      const theta = thetas(y, m);
      out.fill(0);
      for (const [i, u] of thetas(points, count).entries()) {
        const at = i * dim;
        const add = (v: Vec, share: number) => {
          out[at] += share * kernel(u, v);
          for (let j = 0; j < d; j++) out[at + 1 + j] += share * points[at] * pair.gradient[j];
        };
        for (const [j, v] of theta.entries()) add(v, -y[j * dim] / m);
        for (const [j, v] of b.entries()) add(v, c[j]);
      }
    },
    hessianTimesInto(y, m, x, out) {
      const [theta, moves] = [thetas(y, m), thetas(x, m)];
      out.fill(0);
      for (const [i, u] of theta.entries()) {
        const at = i * dim;
        const add = (v: Vec, dv: Vec, share: number, change: number) => {
          meetMoving(u, v, moves[i], dv, pair);
          out[at] -= change * pair.kernel + share * pair.kernelRate;
          const along = x[at] * share + y[at] * change;
          for (let j = 0; j < d; j++)
            out[at + 1 + j] -= along * pair.gradient[j] + y[at] * share * pair.gradientRate[j];
        };
        for (const [j, v] of theta.entries()) add(v, moves[j], -y[j * dim] / m, -x[j * dim] / m);
        for (const [j, v] of b.entries()) add(v, still, c[j], 0);
      }
    },
  };
}
