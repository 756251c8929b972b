/**
 * f(x) = c·Σ_j b_j max(0, a_j·x) by gradient descent on ½·mean (f − y)², the plain network of the lazy-training literature (Chizat, Oyallon &
 * Bach 2019), and its tangent model f(θ₀) + Df(θ₀)(θ − θ₀). Φ is 2-homogeneous, so c = 1 with step s is the flow's gradient descent with
 * η = s and particles √m as large.
 */
import { random } from '../math/random.js';
import type { Random, Vec } from '../types.js';
import { breather } from '../watch.js';
import { Interrupted } from './kind.js';

/** Rows on the unit sphere, row-major, and the teacher's answers. */
export interface Rows {
  readonly n: number;
  readonly d: number;
  readonly x: Vec;
  readonly y: Vec;
}

/** Units [a (d numbers), b], row after row. */
export interface Net {
  readonly m: number;
  readonly d: number;
  /** c. */
  readonly scale: number;
  readonly units: Vec;
}

function rowsOn(chance: Random, n: number, d: number, answer: (x: Vec) => number): Rows {
  const [x, y] = [new Float64Array(n * d), new Float64Array(n)];
  for (let k = 0; k < n; k++) {
    const row = x.subarray(k * d, (k + 1) * d);
    for (let j = 0; j < d; j++) row[j] = chance.normal();
    const length = Math.hypot(...row);
    for (let j = 0; j < d; j++) row[j] /= length;
    y[k] = answer(row);
  }
  return { n, d, x, y };
}

/** Four sums at a time: additions do not wait for each other. */
function dotAt(u: Vec, at: number, x: Vec, from: number, d: number): number {
  let [s0, s1, s2, s3, j] = [0, 0, 0, 0, 0];
  for (; j + 3 < d; j += 4) {
    s0 += u[at + j] * x[from + j];
    s1 += u[at + j + 1] * x[from + j + 1];
    s2 += u[at + j + 2] * x[from + j + 2];
    s3 += u[at + j + 3] * x[from + j + 3];
  }
  for (; j < d; j++) s0 += u[at + j] * x[from + j];
  return s0 + s1 + (s2 + s3);
}

/** Rows to train on and to test on, from one teacher of `units` units ±max(0, a·x), |a| = 1. */
export function taught(seed: string, d: number, n: number, units: number): { train: Rows; test: Rows } {
  const chance = random(seed, 'teacher');
  const teacher = Array.from({ length: units }, () => {
    const a = Float64Array.from({ length: d }, () => chance.normal());
    const length = Math.hypot(...a);
    return { a: a.map(v => v / length), b: chance.uniform() < 0.5 ? -1 : 1 };
  });
  const answer = (x: Vec) => teacher.reduce((sum, { a, b }) => sum + b * Math.max(0, dotAt(a, 0, x, 0, d)), 0);
  return { train: rowsOn(random(seed, 'train'), n, d, answer), test: rowsOn(random(seed, 'test'), n, d, answer) };
}

/** Units N(0, I) in pairs (a, b), (a, −b), so that f = 0; m is even. */
export function paired(seed: string, m: number, d: number): Vec {
  const chance = random(seed, 'units');
  const units = new Float64Array(m * (d + 1));
  for (let i = 0; i < m / 2; i++) {
    const own = units.subarray(2 * i * (d + 1), (2 * i + 1) * (d + 1));
    for (let j = 0; j <= d; j++) own[j] = chance.normal();
    units.set(own, (2 * i + 1) * (d + 1));
    units[(2 * i + 2) * (d + 1) - 1] = -own[d];
  }
  return units;
}

/** out: f on the rows. */
export function answersInto({ m, d, scale, units }: Net, { n, x }: Rows, out: Vec): void {
  out.fill(0);
  for (let i = 0; i < m; i++) {
    const [at, b] = [i * (d + 1), scale * units[i * (d + 1) + d]];
    for (let k = 0; k < n; k++) {
      const z = dotAt(units, at, x, k * d, d);
      if (z > 0) out[k] += b * z;
    }
  }
}

export const halfMeanSquare = (f: Vec, y: Vec): number =>
  f.reduce((sum, v, k) => sum + (v - y[k]) ** 2, 0) / (2 * y.length);

export function lossOn(net: Net, rows: Rows): number {
  const f = new Float64Array(rows.n);
  answersInto(net, rows, f);
  return halfMeanSquare(f, rows.y);
}

/** Rows taken together: they and a unit stay in the nearest cache. */
const BLOCK = 16;

interface Scratch {
  /** a_i·x_k of one block, unit by unit. */
  readonly z: Vec;
  readonly f: Vec;
  /** Of ½ Σ (f − y)², without c. */
  readonly gradient: Vec;
}

/** z and f of rows k0 … k1. */
function forward({ m, d, scale, units }: Net, x: Vec, k0: number, k1: number, { z, f }: Scratch): void {
  f.fill(0);
  for (let i = 0; i < m; i++) {
    const [at, b] = [i * (d + 1), scale * units[i * (d + 1) + d]];
    for (let k = k0; k < k1; k++) {
      const value = dotAt(units, at, x, k * d, d);
      z[i * BLOCK + k - k0] = value;
      if (value > 0) f[k - k0] += b * value;
    }
  }
}

function backward({ m, d, units }: Net, { x, y }: Rows, k0: number, k1: number, { z, f, gradient }: Scratch): void {
  for (let i = 0; i < m; i++) {
    const at = i * (d + 1);
    const b = units[at + d];
    for (let k = k0; k < k1; k++) {
      const value = z[i * BLOCK + k - k0];
      if (value <= 0) continue;
      const g = f[k - k0] - y[k];
      gradient[at + d] += g * value;
      const [pull, from] = [g * b, k * d];
      for (let j = 0; j < d; j++) gradient[at + j] += pull * x[from + j];
    }
  }
}

/** One raw step of gradient descent, in place. */
function stepInto(net: Net, rows: Rows, s: number, scratch: Scratch): void {
  const { n, x } = rows;
  const { gradient } = scratch;
  gradient.fill(0);
  for (let k0 = 0; k0 < n; k0 += BLOCK) {
    const k1 = Math.min(n, k0 + BLOCK);
    forward(net, x, k0, k1, scratch);
    backward(net, rows, k0, k1, scratch);
  }
  const rate = (s * net.scale) / n;
  for (let j = 0; j < gradient.length; j++) net.units[j] -= rate * gradient[j];
}

export interface Descent {
  readonly step: number;
  readonly steps: number;
  readonly signal?: { readonly aborted: boolean } | undefined;
  /** Looked at after so many steps. */
  readonly look?: { readonly every: number; see(net: Net, steps: number): void };
}

/** The network after so many steps of gradient descent. */
export async function descended(start: Net, rows: Rows, { step, steps, signal, look }: Descent): Promise<Net> {
  const net = { ...start, units: start.units.slice() };
  const scratch: Scratch = {
    z: new Float64Array(BLOCK * net.m),
    f: new Float64Array(BLOCK),
    gradient: new Float64Array(net.units.length),
  };
  const pause = breather();
  for (let k = 0; k < steps; k++) {
    stepInto(net, rows, step, scratch);
    if (look && (k + 1) % look.every === 0) look.see(net, k + 1);
    const resting = pause();
    if (resting) await resting;
    if (signal?.aborted) throw new Interrupted('gradient descent');
  }
  return net;
}

/** K = Df Dfᵀ between rows p and q, p.n × q.n: c² Σ_j [σ(a_j·x)σ(a_j·x′) + b_j² 1{a_j·x > 0} 1{a_j·x′ > 0} x·x′]. */
export function tangentKernel({ m, d, scale, units }: Net, p: Rows, q: Rows): Vec {
  const K = new Float64Array(p.n * q.n);
  const active = new Float64Array(p.n * q.n);
  const pre = (rows: Rows) => {
    const z = new Float64Array(m * rows.n);
    for (let i = 0; i < m; i++)
      for (let k = 0; k < rows.n; k++) z[i * rows.n + k] = dotAt(units, i * (d + 1), rows.x, k * d, d);
    return z;
  };
  const [zp, zq] = [pre(p), pre(q)];
  for (let i = 0; i < m; i++) {
    const square = units[i * (d + 1) + d] ** 2;
    for (let k = 0; k < p.n; k++) {
      const a = zp[i * p.n + k];
      if (a <= 0) continue;
      for (let l = 0; l < q.n; l++) {
        const b = zq[i * q.n + l];
        if (b <= 0) continue;
        K[k * q.n + l] += a * b;
        active[k * q.n + l] += square;
      }
    }
  }
  for (let k = 0; k < p.n; k++)
    for (let l = 0; l < q.n; l++)
      K[k * q.n + l] = scale * scale * (K[k * q.n + l] + active[k * q.n + l] * dotAt(p.x, k * d, q.x, l * d, d));
  return K;
}

/** Gradient descent of the tangent model of a network with f = 0, in the space of its answers: f ← f − (s/n) K(f − y). */
export async function tangentDescent(
  start: Net,
  train: Rows,
  test: Rows,
  { step, steps, signal }: Descent,
): Promise<{ train: Vec; test: Vec }> {
  const { n, y } = train;
  const [K, across] = [tangentKernel(start, train, train), tangentKernel(start, test, train)];
  const [f, pull, sum] = [new Float64Array(n), new Float64Array(n), new Float64Array(n)];
  const pause = breather();
  for (let k = 0; k < steps; k++) {
    for (let i = 0; i < n; i++) {
      pull[i] = (step / n) * (y[i] - f[i]);
      sum[i] += pull[i];
    }
    for (let i = 0; i < n; i++) f[i] += dotAt(K, i * n, pull, 0, n);
    const resting = pause();
    if (resting) await resting;
    if (signal?.aborted) throw new Interrupted('tangent model');
  }
  return { train: f, test: Float64Array.from({ length: test.n }, (_, l) => dotAt(across, l * n, sum, 0, n)) };
}

const length = (v: Vec): number => Math.sqrt(v.reduce((sum, x) => sum + x * x, 0));

/** |v − u|/|u|. */
export const relativeChange = (u: Vec, v: Vec): number => length(v.map((x, k) => x - u[k])) / length(u);

/** The first rows. */
export const firstRows = ({ n, d, x, y }: Rows, most: number): Rows => {
  const count = Math.min(n, most);
  return { n: count, d, x: x.subarray(0, count * d), y: y.subarray(0, count) };
};
