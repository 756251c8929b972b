/**
 * f(x) = c·Σ_j b_j max(0, a_j·x) by gradient descent on ½·mean (f − y)², the plain network of the lazy-training literature (Chizat, Oyallon &
 * Bach 2019), and its tangent model f(θ₀) + Df(θ₀)(θ − θ₀). Φ is 2-homogeneous, so c = 1 with step s is the flow's gradient descent with
 * η = s and particles √m as large.
 */
import { relu } from '../../problems/features/activations.js';
import { network } from '../../problems/network.js';
import { flowOf } from '../flow.js';
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

/** Of so many steps of length `step`. */
export interface Descent {
  readonly step: number;
  readonly steps: number;
  readonly signal?: { readonly aborted: boolean } | undefined;
  /** Looked at after so many steps. */
  readonly look?: { readonly every: number; see(net: Net, steps: number): void };
}

/** What of the flow is the network [a, b]: the particles √(c·m)·[b, a]. */
function particlesOf({ m, d, scale, units }: Net): Vec {
  const size = Math.sqrt(scale * m);
  const y = new Float64Array(units.length);
  for (let i = 0; i < m; i++) {
    const at = i * (d + 1);
    y[at] = size * units[at + d];
    for (let j = 0; j < d; j++) y[at + 1 + j] = size * units[at + j];
  }
  return y;
}

function netOf({ m, d, scale }: Net, y: Vec): Net {
  const size = Math.sqrt(scale * m);
  const units = new Float64Array(y.length);
  for (let i = 0; i < m; i++) {
    const at = i * (d + 1);
    units[at + d] = y[at] / size;
    for (let j = 0; j < d; j++) units[at + j] = y[at + 1 + j] / size;
  }
  return { m, d, scale, units };
}

/** The network after so many raw steps s of gradient descent, each a step η = c·s of the flow. */
export async function descended(start: Net, rows: Rows, { step, steps, signal, look }: Descent): Promise<Net> {
  const inputs = { rows: rows.n, columns: rows.d, values: rows.x };
  const flow = flowOf(network({ data: { inputs, targets: rows.y }, activation: relu }), start.m);
  const [y, v] = [particlesOf(start), new Float64Array(flow.size)];
  const [eta, pause] = [step * start.scale, breather()];
  for (let k = 0; k < steps; k++) {
    flow.velocityInto(y, v);
    for (let j = 0; j < y.length; j++) y[j] += eta * v[j];
    if (look && (k + 1) % look.every === 0) look.see(netOf(start, y), k + 1);
    const resting = pause();
    if (resting) await resting;
    if (signal?.aborted) throw new Interrupted('gradient descent');
  }
  return netOf(start, y);
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

/** Terms beyond the degree that is kept weigh less than this. */
const TAIL = 1e-20;

/**
 * Σ_{j<k} x^j in Chebyshev polynomials: x^j has the law of |a random walk| after j steps as coefficients, so degrees beyond √(2k log(2/ε))
 * together weigh less than ε (Hoeffding; Newman & Rivlin 1976).
 */
function geometricSeries(k: number): Vec {
  const degree = Math.min(k, Math.ceil(Math.sqrt(2 * k * Math.log(2 / TAIL))));
  let [law, next] = [new Float64Array(degree + 2), new Float64Array(degree + 2)];
  const sum = new Float64Array(degree + 1);
  law[0] = 1;
  for (let j = 0; j < k; j++) {
    for (let i = 0; i <= degree; i++) sum[i] += law[i];
    next.fill(0);
    for (let i = 0; i <= degree; i++) {
      next[i + 1] += law[i] / 2;
      next[Math.abs(i - 1)] += law[i] / 2;
    }
    [law, next] = [next, law];
  }
  return sum;
}

/** out ← v − (step/n) K v, symmetric K of n rows. */
function descendInto(K: Vec, step: number, v: Vec, out: Vec): void {
  const n = v.length;
  for (let i = 0; i < n; i++) out[i] = v[i] - (step / n) * dotAt(K, i * n, v, 0, n);
}

/** Whether 0 ≤ step·K/n ≤ 2, by Gershgorin's circles; K is positive. */
function staysStable(K: Vec, step: number, n: number): boolean {
  for (let i = 0; i < n; i++) {
    let row = 0;
    for (let j = 0; j < n; j++) row += Math.abs(K[i * n + j]);
    if (!(step * row <= 2 * n)) return false;
  }
  return true;
}

/** Σ_{j<k} Aʲ y, A = 1 − (step/n) K: by Chebyshev polynomials of A where it is a contraction, in some √k products for k; else one by one. */
async function summedDescent(K: Vec, y: Vec, { step, steps, signal }: Descent): Promise<Vec> {
  const n = y.length;
  const pause = breather();
  const short = staysStable(K, step, n);
  const series = short ? geometricSeries(steps) : new Float64Array(steps).fill(1);
  let [before, now, next] = [new Float64Array(n), y.slice(), new Float64Array(n)];
  const sum = new Float64Array(n);
  for (let i = 0; i < series.length; i++) {
    for (let j = 0; j < n; j++) sum[j] += series[i] * now[j];
    descendInto(K, step, now, next);
    // T_{i+1} = 2A T_i − T_{i−1}, T_1 = A.
    if (short && i > 0) for (let j = 0; j < n; j++) next[j] = 2 * next[j] - before[j];
    [before, now, next] = [now, next, before];
    const resting = pause();
    if (resting) await resting;
    if (signal?.aborted) throw new Interrupted('tangent model');
  }
  return sum;
}

/** Gradient descent of the tangent model of a network with f = 0, in the space of its answers: f ← f − (s/n) K(f − y). */
export async function tangentDescent(
  start: Net,
  train: Rows,
  test: Rows,
  descent: Descent,
): Promise<{ train: Vec; test: Vec }> {
  const { n, y } = train;
  const [K, across] = [tangentKernel(start, train, train), tangentKernel(start, test, train)];
  const pull = (await summedDescent(K, y, descent)).map(v => (descent.step / n) * v);
  const answers = (kernel: Vec, rows: number) =>
    Float64Array.from({ length: rows }, (_, l) => dotAt(kernel, l * n, pull, 0, n));
  return { train: answers(K, n), test: answers(across, test.n) };
}

const length = (v: Vec): number => Math.sqrt(v.reduce((sum, x) => sum + x * x, 0));

/** |v − u|/|u|. */
export const relativeChange = (u: Vec, v: Vec): number => length(v.map((x, k) => x - u[k])) / length(u);

/** The first rows. */
export const firstRows = ({ n, d, x, y }: Rows, most: number): Rows => {
  const count = Math.min(n, most);
  return { n: count, d, x: x.subarray(0, count * d), y: y.subarray(0, count) };
};
