import type { Flow, Vec } from '../types.js';

/** Σ aᵢ bᵢ over the first n entries; in four sums, so that no term waits for the one before it. */
export function dot(a: Vec, b: Vec, n = a.length): number {
  let s = 0;
  let t = 0;
  let u = 0;
  let v = 0;
  let i = 0;
  for (; i + 3 < n; i += 4) {
    s += a[i] * b[i];
    t += a[i + 1] * b[i + 1];
    u += a[i + 2] * b[i + 2];
    v += a[i + 3] * b[i + 3];
  }
  for (; i < n; i++) s += a[i] * b[i];
  return s + t + (u + v);
}

/** All but the last number of an array; of arrays that are few and come again the view is made once. */
export function headOf(z: Vec): Vec {
  const known = heads.get(z);
  if (known) return known;
  const head = z.subarray(0, -1);
  heads.set(z, head);
  return head;
}
const heads = new WeakMap<Vec, Vec>();

/** The first n entries; a view for `set` would leave an object behind where there are more. */
export function copyInto(from: Vec, to: Vec, n: number): void {
  if (from.length === n && n <= to.length) to.set(from);
  else for (let i = 0; i < n; i++) to[i] = from[i];
}

/** |a|_m = sqrt((1/m) Σ aᵢ²) over n entries: the paper's norm on m particles. */
export const scaledNorm = (a: Vec, m: number, n = a.length): number => Math.sqrt(dot(a, a, n) / m);

/** |v|²_m = (1/m) Σ |vᵢ|² in the metric of the flow at y. */
export const squaredSpeed = ({ metric, particles }: Pick<Flow, 'metric' | 'particles'>, y: Vec, v: Vec): number =>
  (metric ? metric.square(y, particles, v) : dot(v, v)) / particles;

/** |a − b|_m. */
export function scaledDistance(a: Vec, b: Vec, m: number): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] - b[i]) ** 2;
  return Math.sqrt(sum / m);
}

/** max |aᵢ|; NaN if any entry is NaN, which Math.max over a comparison would hide. */
export function maxAbs(a: Vec, n = a.length): number {
  let max = 0;
  for (let i = 0; i < n; i++) {
    const x = Math.abs(a[i]);
    if (x <= max) continue;
    if (Number.isNaN(x)) return x;
    max = x;
  }
  return max;
}

export function allFinite(a: Vec, n = a.length): boolean {
  for (let i = 0; i < n; i++) if (!Number.isFinite(a[i])) return false;
  return true;
}

/** Whether the first n entries are the same numbers; NaN is not. */
export function sameNumbers(a: Vec, b: Vec, n: number): boolean {
  let i = 0;
  for (; i + 3 < n; i += 4)
    if (a[i] !== b[i] || a[i + 1] !== b[i + 1] || a[i + 2] !== b[i + 2] || a[i + 3] !== b[i + 3]) return false;
  for (; i < n; i++) if (a[i] !== b[i]) return false;
  return true;
}

export function allZero(a: Vec, n = a.length): boolean {
  for (let i = 0; i < n; i++) if (a[i] !== 0) return false;
  return true;
}

/** n values spaced evenly in the logarithm, ends exact. */
export function logSpace(from: number, to: number, n: number): number[] {
  if (n === 1) return [from];
  const ratio = Math.log(to / from) / (n - 1);
  return Array.from({ length: n }, (_, i) => (i === n - 1 ? to : i === 0 ? from : from * Math.exp(ratio * i)));
}

/** Standard error of Σ aᵢ, the aᵢ independent and alike: √(n/(n−1) Σ (aᵢ − ā)²). NaN for fewer than two. */
export function sampleError(a: Vec): number {
  const n = a.length;
  if (n < 2) return Number.NaN;
  const mean = a.reduce((s, x) => s + x, 0) / n;
  return Math.sqrt((n / (n - 1)) * a.reduce((s, x) => s + (x - mean) ** 2, 0));
}
