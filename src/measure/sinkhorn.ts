/** Entropic transport in the log domain, debiased (Feydy et al. 2019; Peyré & Cuturi 2019, §4.4). */
import { squaredDistances } from '../math/ground.js';
import { maxAbs } from '../math/vec.js';
import type { Domain, Vec } from '../types.js';

/** ε as a share of the mean squared distance between the clouds. */
const SHARE = 1e-2;
const MOST_SWEEPS = 1000;
/** Potentials that still move by more than this share of ε after the last sweep are said to. */
const SETTLED = 1e-2;

type Rows = (i: number, out: Vec) => Vec;

/** out[i] = −ε log mean_j exp((g_j − c_ij)/ε). */
function softMinimumInto(rows: Rows, g: Vec, epsilon: number, buffer: Vec, out: Vec): void {
  for (let i = 0; i < out.length; i++) {
    rows(i, buffer);
    let low = Number.POSITIVE_INFINITY;
    for (let j = 0; j < g.length; j++) {
      buffer[j] -= g[j];
      if (buffer[j] < low) low = buffer[j];
    }
    let sum = 0;
    for (let j = 0; j < g.length; j++) sum += Math.exp((low - buffer[j]) / epsilon);
    out[i] = low - epsilon * Math.log(sum / g.length);
  }
}

const mean = (a: Vec): number => a.reduce((s, x) => s + x, 0) / a.length;

interface Entropic {
  readonly value: number;
  readonly settled: boolean;
}

/** mean f + mean g at the fixed point; halves of each step, taken together, so that a cloud against itself stays symmetric. */
function entropic(ab: Rows, ba: Rows, m: number, n: number, epsilons: readonly number[]): Entropic {
  const [f, g] = [new Float64Array(m), new Float64Array(n)];
  const [fNext, gNext, forRow, forColumn] = [f.slice(), g.slice(), g.slice(), f.slice()];
  let change = Number.POSITIVE_INFINITY;
  const last = epsilons[epsilons.length - 1];
  for (let k = 0; k < MOST_SWEEPS && change > SETTLED * last; k++) {
    const epsilon = epsilons[Math.min(k, epsilons.length - 1)];
    softMinimumInto(ab, g, epsilon, forRow, fNext);
    softMinimumInto(ba, f, epsilon, forColumn, gNext);
    for (const [now, next] of [
      [f, fNext],
      [g, gNext],
    ] as const)
      for (let i = 0; i < now.length; i++) {
        next[i] = (now[i] + next[i]) / 2 - now[i];
        now[i] += next[i];
      }
    change = k < epsilons.length ? Number.POSITIVE_INFINITY : Math.max(maxAbs(fNext), maxAbs(gNext));
  }
  return { value: mean(f) + mean(g), settled: change <= SETTLED * last };
}

/** Mean squared distance of every k-th pair, enough of them for a scale. */
function scaleOf(rows: Rows, m: number, n: number): number {
  const buffer = new Float64Array(n);
  const every = Math.ceil(m / 50);
  let [sum, count] = [0, 0];
  for (let i = 0; i < m; i += every, count++) sum += mean(rows(i, buffer));
  return sum / count;
}

/** ε from the scale of the costs down to a hundredth of it, halved each time. */
export function sinkhorn(domain: Domain, a: Vec, b: Vec): { distance: number; method: string } {
  const [m, n] = [a.length / domain.length, b.length / domain.length];
  const rows = (x: Vec, y: Vec) => squaredDistances(domain, x, y);
  const scale = scaleOf(rows(a, b), m, n);
  if (scale === 0) return { distance: 0, method: 'estimate: all particles at one point' };
  const halvings = Math.ceil(Math.log2(1 / SHARE));
  const epsilons = Array.from({ length: halvings + 1 }, (_, k) => Math.max(SHARE, 2 ** -k) * scale);
  const cross = entropic(rows(a, b), rows(b, a), m, n, epsilons);
  const [own, other] = [
    entropic(rows(a, a), rows(a, a), m, m, epsilons),
    entropic(rows(b, b), rows(b, b), n, n, epsilons),
  ];
  const value = cross.value - (own.value + other.value) / 2;
  const unsettled = [cross, own, other].every(e => e.settled) ? '' : ', NOT settled';
  return {
    distance: Math.sqrt(Math.max(0, value)),
    method: `estimate: Sinkhorn divergence, ε = ${(SHARE * scale).toPrecision(2)}${unsettled}`,
  };
}
