/** Entropy of the law that a cloud of particles is drawn from, by nearest neighbours, and the free energy along a noisy run. */
import { decodeInto, encodeDoubles } from '../math/doubles.js';
import { difference } from '../particles.js';
import type { Domain, Flow, Observer, Segment, Vec } from '../types.js';

/** Neighbour whose distance is taken: a larger one has less variance and more bias. */
export const NEIGHBOURS = 4;
/** Fewer particles than this tell nothing of a density. */
export const FEWEST = 50;
/** Distances taken per estimate; beyond, fewer particles look for their neighbours, among all of them. */
const MOST_PAIRS = 4e6;
const FEWEST_QUERIES = 400;

export interface Entropy {
  /** −∫ρ log ρ; −∞ where neighbours coincide: then there is no density. */
  readonly value: number;
  /** Of sampling: the scatter of log distances, as if they were independent. The bias of the estimate is not in it. */
  readonly standardError: number;
}

/** ψ at a whole number: −γ + Σ_{j<n} 1/j. */
function digamma(n: number): number {
  if (n > 1e4) return Math.log(n) - 1 / (2 * n) - 1 / (12 * n * n);
  let sum = -0.5772156649015329;
  for (let j = 1; j < n; j++) sum += 1 / j;
  return sum;
}

/** log of the volume of the unit ball in ℝ^d: V_d = V_{d−2}·2π/d. */
function logBall(d: number): number {
  return d < 2 ? d * Math.LN2 : logBall(d - 2) + Math.log((2 * Math.PI) / d);
}

/** The square of the distance from particle i to its k-th neighbour. */
function neighbourDistance(y: Vec, m: number, domain: Domain, i: number, k: number): number {
  const dim = domain.length;
  const near = new Float64Array(k).fill(Number.POSITIVE_INFINITY);
  for (let j = 0; j < m; j++) {
    if (j === i) continue;
    let square = 0;
    for (let c = 0; c < dim; c++) square += difference(y[i * dim + c], y[j * dim + c], domain[c]) ** 2;
    if (!(square < near[k - 1])) continue;
    let place = k - 1;
    for (; place > 0 && near[place - 1] > square; place--) near[place] = near[place - 1];
    near[place] = square;
  }
  return near[k - 1];
}

/**
 * Ĥ = ψ(m) − ψ(k) + log V_d + (d/m) Σ log ε_i, ε_i the distance to the k-th neighbour (Kozachenko & Leonenko 1987; Kraskov, Stögbauer &
 * Grassberger 2004, eq. 20). y: m particles of the domain, whose circles close.
 */
export function entropy(y: Vec, m: number, domain: Domain, k = NEIGHBOURS): Entropy {
  const d = domain.length;
  if (!(m > k)) throw new RangeError(`the distance to neighbour ${k} needs more than ${k} particles, got ${m}`);
  const every = Math.ceil(m / Math.min(m, Math.max(FEWEST_QUERIES, Math.floor(MOST_PAIRS / m))));
  const logs: number[] = [];
  for (let i = 0; i < m; i += every) logs.push((d / 2) * Math.log(neighbourDistance(y, m, domain, i, k)));
  const mean = logs.reduce((s, x) => s + x, 0) / logs.length;
  const variance = logs.reduce((s, x) => s + (x - mean) ** 2, 0) / (logs.length - 1);
  return {
    value: digamma(m) - digamma(k) + logBall(d) + mean,
    standardError: Number.isFinite(mean) ? Math.sqrt(variance / logs.length) : 0,
  };
}

export interface FreeEnergyAlong {
  readonly temperature: number;
  readonly neighbours: number;
  readonly t: number[];
  /** F of the particles. */
  readonly energy: number[];
  readonly entropy: number[];
  /** Of the entropy. */
  readonly standardError: number[];
}

/** F and the entropy of the cloud at the start and at the first step that reaches each of the times. */
export function freeEnergyAlong(
  times: readonly number[],
  temperature: number,
  domain: Domain,
  flow: Flow,
  y0: Vec,
): Observer<FreeEnergyAlong> {
  const along: FreeEnergyAlong = {
    temperature,
    neighbours: NEIGHBOURS,
    t: [],
    energy: [],
    entropy: [],
    standardError: [],
  };
  const keys = ['t', 'energy', 'entropy', 'standardError'] as const;
  const measure = (t: number, y: Vec) => {
    const { value, standardError } = entropy(y, flow.particles, domain);
    const entry = { t, energy: flow.energy(y), entropy: value, standardError };
    for (const key of keys) along[key].push(entry[key]);
  };
  measure(0, y0);
  const later = times.filter(t => t > 0);
  let next = 0;
  return {
    name: 'free energy',
    see(s: Segment) {
      if (next >= later.length || later[next] > s.t1) return;
      while (next < later.length && later[next] <= s.t1) next++;
      measure(s.t1, s.y1);
    },
    finish: () => along,
    save: () => ({ series: keys.map(key => encodeDoubles(along[key])), next }),
    restore(saved) {
      const s = saved as { series: string[]; next: number };
      for (const [k, key] of keys.entries()) decodeInto(s.series[k], along[key]);
      next = s.next;
    },
  };
}
