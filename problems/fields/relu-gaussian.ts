import { dot } from '../../src/math/vec.js';
import type { Field, Vec } from '../../src/types.js';

/** A network Σ cⱼ max(0, bⱼ·x): the teacher. */
export interface Teacher {
  readonly weights: readonly number[];
  /** Rows bⱼ. */
  readonly directions: readonly (readonly number[])[];
}

/** |â − b̂| = 2 sin(p/2) and |â + b̂| = 2 cos(p/2): they keep the digits that arccos loses (Kahan 2006), and sin p is half their product. */
const chords = new Float64Array(2);

function chordsInto(a: Vec, at: number, la: number, b: Vec, bt: number, lb: number, d: number): void {
  let [minus, plus] = [0, 0];
  for (let j = 0; j < d; j++) {
    const [x, z] = [a[at + j] / la, b[bt + j] / lb];
    minus += (x - z) ** 2;
    plus += (x + z) ** 2;
  }
  [chords[0], chords[1]] = [Math.sqrt(minus), Math.sqrt(plus)];
}

/** p of the last chords. */
const angleOf = (): number => 2 * Math.atan2(chords[0], chords[1]);

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
  if (la * lb === 0) {
    out[0] = 0;
    for (let j = 0; j < d; j++) out[1 + j] = b[bt + j] / 2;
    return;
  }
  chordsInto(a, at, la, b, bt, lb, d);
  const [sine, rest] = [(chords[0] * chords[1]) / 2, Math.PI - angleOf()];
  out[0] = (la * lb * sine + rest * Math.min(la * lb, Math.max(-la * lb, ab))) / (2 * Math.PI);
  for (let j = 0; j < d; j++) out[1 + j] = ((lb * sine * a[at + j]) / la + rest * b[bt + j]) / (2 * Math.PI);
}

/**
 * out: d + 1 numbers, the rates of k(a, b) and of its gradient in a when a moves along da and b along db:
 * 2π d∇ₐk = sin p (b̂·db) â + |b| sin p dâ − |b| (b̂ − cos p â) dp + (π − p) db. At p = 0 and π the terms in dp vanish.
 */
function kernelRateInto(a: Vec, da: Vec, b: Vec, db: Vec, gradient: Vec, out: Vec): void {
  const d = a.length;
  const [la, lb] = [Math.sqrt(dot(a, a)), Math.sqrt(dot(b, b))];
  out.fill(0);
  if (la * lb > 0) chordsInto(a, 0, la, b, 0, lb, d);
  const angle = la * lb > 0 ? angleOf() : 0;
  const [sine, cosine] = [Math.sin(angle), Math.cos(angle)];
  const share = la > 0 && lb > 0 ? 1 : 0;
  const [alongA, alongB] = share ? [dot(a, da) / la, dot(b, db) / lb] : [0, 0];
  // Σ (b̂ − cos p â)·da / |a| and the same for b: −sin p dp.
  let turn = 0;
  for (let j = 0; j < d && share; j++) {
    const [x, z] = [a[j] / la, b[j] / lb];
    turn += ((z - cosine * x) * da[j]) / la + ((x - cosine * z) * db[j]) / lb;
  }
  const dp = sine > 1e-14 ? -turn / sine : 0;
  for (let j = 0; j < d; j++) {
    const [x, z] = share ? [a[j] / la, b[j] / lb] : [0, 0];
    const swing = share ? (lb * sine * (da[j] - alongA * x)) / la : 0;
    out[1 + j] = (sine * alongB * x + swing - lb * (z - cosine * x) * dp + (Math.PI - angle) * db[j]) / (2 * Math.PI);
    out[0] += gradient[1 + j] * da[j] + ((la * sine * z + (Math.PI - angle) * a[j]) * db[j]) / (2 * Math.PI);
  }
}

/** R(f) = ½ E (f(x) − y(x))², x ~ N(0, I_d), particles [w, θ] with Φ = w max(0, θ·x), y a teacher of the same kind. */
export function reluGaussian(teacher: Teacher): Field {
  const d = teacher.directions[0].length;
  const dim = 1 + d;
  const b = Float64Array.from(teacher.directions.flat());
  const c = teacher.weights;
  const [k, rate] = [new Float64Array(1 + d), new Float64Array(1 + d)];
  const kernel = (p: Vec, at: number, q: Vec, qt: number) => {
    kernelInto(p, at, q, qt, d, k);
    return k[0];
  };
  const [still, positions] = [new Float64Array(d), c.map((_, j) => b.subarray(j * d, (j + 1) * d))];
  const ofTeacher = (i: number) => c.reduce((r, cj, j) => r + c[i] * cj * kernel(b, i * d, b, j * d), 0);
  const constant = c.reduce((s, _, i) => s + ofTeacher(i), 0);
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
        const add = (share: number, q: Vec, qt: number) => {
          kernelInto(points, at + 1, q, qt, d, k);
          out[at] += share * k[0];
          for (let j = 1; j <= d; j++) out[at + j] += share * points[at] * k[j];
        };
        for (let j = 0; j < m; j++) add(-y[j * dim] / m, y, j * dim + 1);
        for (let j = 0; j < c.length; j++) add(c[j], b, j * d);
      }
    },
    hessianTimesInto(y, m, x, out) {
      out.fill(0);
      const theta = (z: Vec, i: number) => z.subarray(i * dim + 1, (i + 1) * dim);
      for (let i = 0; i < m; i++) {
        const at = i * dim;
        const [a, da] = [theta(y, i), theta(x, i)];
        /** A neighbour of weight w, which moves along (dw, db), counted as in R. */
        const add = (w: number, dw: number, z: Vec, dz: Vec) => {
          kernelInto(a, 0, z, 0, d, k);
          kernelRateInto(a, da, z, dz, k, rate);
          out[at] += dw * k[0] + w * rate[0];
          for (let j = 1; j <= d; j++) out[at + j] += (x[at] * w + y[at] * dw) * k[j] + y[at] * w * rate[j];
        };
        for (let j = 0; j < m; j++) add(y[j * dim] / m, x[j * dim] / m, theta(y, j), theta(x, j));
        for (const [j, z] of positions.entries()) add(-c[j], 0, z, still);
      }
    },
  };
}
