import type { Field, Vec } from '../../src/types.js';

/** A network Σ cⱼ max(0, bⱼ·x): the teacher. */
export interface Teacher {
  readonly weights: readonly number[];
  /** Rows bⱼ. */
  readonly directions: readonly (readonly number[])[];
}

/**
 * out: d + 1 numbers, k(a, b) = E max(0, a·x) max(0, b·x) for x ~ N(0, I) and its gradient in a:
 * |a||b|(sin p + (π − p) cos p)/2π, p the angle between a and b (Cho & Saul 2009, the arc-cosine kernel of order 1).
 */
function kernelInto(a: Vec, at: number, b: Vec, bt: number, d: number, out: Vec): void {
  let [aa, bb, ab] = [0, 0, 0];
  for (let j = 0; j < d; j++) {
    aa += a[at + j] ** 2;
    bb += b[bt + j] ** 2;
    ab += a[at + j] * b[bt + j];
  }
  const [la, lb] = [Math.sqrt(aa), Math.sqrt(bb)];
  const cosine = la * lb > 0 ? Math.min(1, Math.max(-1, ab / (la * lb))) : 1;
  // |a|b| − b|a|| / (|a||b|) keeps its digits where arccos loses half of them.
  const angle = la * lb > 0 ? angleBetween(a, at, la, b, bt, lb, d) : 0;
  out[0] = (la * lb * (Math.sin(angle) + (Math.PI - angle) * cosine)) / (2 * Math.PI);
  for (let j = 0; j < d; j++) {
    const along = la > 0 ? (lb * Math.sin(angle) * a[at + j]) / la : 0;
    out[1 + j] = (along + (Math.PI - angle) * b[bt + j]) / (2 * Math.PI);
  }
}

/** 2 atan2(|â − b̂|, |â + b̂|) (Kahan 2006): accurate at all angles. */
function angleBetween(a: Vec, at: number, la: number, b: Vec, bt: number, lb: number, d: number): number {
  let [minus, plus] = [0, 0];
  for (let j = 0; j < d; j++) {
    const [x, z] = [a[at + j] / la, b[bt + j] / lb];
    minus += (x - z) ** 2;
    plus += (x + z) ** 2;
  }
  return 2 * Math.atan2(Math.sqrt(minus), Math.sqrt(plus));
}

/** R(f) = ½ E (f(x) − y(x))², x ~ N(0, I_d), particles [w, θ] with Φ = w max(0, θ·x), y a teacher of the same kind. */
export function reluGaussian(teacher: Teacher): Field {
  const d = teacher.directions[0].length;
  const dim = 1 + d;
  const b = Float64Array.from(teacher.directions.flat());
  const c = teacher.weights;
  const k = new Float64Array(1 + d);
  const kernel = (p: Vec, at: number, q: Vec, qt: number) => {
    kernelInto(p, at, q, qt, d, k);
    return k[0];
  };
  const constant = c.reduce((s, ci, i) => s + c.reduce((r, cj, j) => r + ci * cj * kernel(b, i * d, b, j * d), 0), 0);
  return {
    name: 'relu-gaussian',
    energy(y, m) {
      let sum = constant;
      for (let i = 0; i < m; i++) {
        const w = y[i * dim] / m;
        for (let j = 0; j < m; j++) sum += w * (y[j * dim] / m) * kernel(y, i * dim + 1, y, j * dim + 1);
        for (let j = 0; j < c.length; j++) sum -= 2 * w * c[j] * kernel(y, i * dim + 1, b, j * d);
      }
      return sum / 2;
    },
    forceInto(y, m, points, count, out) {
      out.fill(0);
      for (let i = 0; i < count; i++) {
        const at = i * dim;
        const add = (share: number) => {
          out[at] += share * k[0];
          for (let j = 1; j <= d; j++) out[at + j] += share * points[at] * k[j];
        };
        for (let j = 0; j < m; j++) {
          kernelInto(points, at + 1, y, j * dim + 1, d, k);
          add(-y[j * dim] / m);
        }
        for (let j = 0; j < c.length; j++) {
          kernelInto(points, at + 1, b, j * d, d, k);
          add(c[j]);
        }
      }
    },
  };
}
