import { difference, wrap } from '../particles.js';
import type { Sparsity, Spike } from '../results.js';
import type { Atom, Domain, Problem, Vec } from '../types.js';

/** Indices of the particles of one spike, all of one sign. */
type Cluster = readonly number[];

/** The coordinates of a position: all but the weight. */
const places = (domain: Domain) => domain.slice(1);

function apart(y: Vec, i: number, j: number, dim: number, domain: Domain): number {
  return Math.hypot(...places(domain).map((c, k) => difference(y[i * dim + k + 1], y[j * dim + k + 1], c)));
}

/** Particles of one sign along one coordinate: neighbours in order of position, closed to a ring on a circle. */
function neighbours(y: Vec, members: readonly number[], dim: number, coordinate: Domain[number]): [number, number][] {
  const place = (i: number) =>
    coordinate.kind === 'period' ? wrap(y[i * dim + 1], coordinate.period) : y[i * dim + 1];
  const order = [...members].sort((a, b) => place(a) - place(b));
  const pairs = order.slice(1).map((b, k): [number, number] => [order[k], b]);
  return coordinate.kind === 'period' && order.length > 2 ? [...pairs, [order[order.length - 1], order[0]]] : pairs;
}

/** Every pair: positions in several dimensions have no order. */
const allPairs = (members: readonly number[]): [number, number][] =>
  members.flatMap((a, k) => members.slice(k + 1).map((b): [number, number] => [a, b]));

/** Active particles joined by sign wherever a chain of neighbours closer than `radius` connects them. */
function clusters(y: Vec, m: number, dim: number, domain: Domain, radius: number): Cluster[] {
  const root = Int32Array.from({ length: m }, (_, i) => i);
  const find = (i: number): number => {
    while (root[i] !== i) i = root[i] = root[root[i]];
    return i;
  };
  const active = [...root].filter(i => y[i * dim] !== 0);
  for (const sign of [-1, 1]) {
    const members = active.filter(i => Math.sign(y[i * dim]) === sign);
    const pairs = domain.length === 2 ? neighbours(y, members, dim, domain[1]) : allPairs(members);
    for (const [a, b] of pairs) if (apart(y, a, b, dim, domain) <= radius) root[find(b)] = find(a);
  }
  const groups = new Map<number, number[]>();
  for (const i of active) (groups.get(find(i)) ?? groups.set(find(i), []).get(find(i)))?.push(i);
  return [...groups.values()];
}

/** Weighted centre of a cluster, averaged from its first member so that a circle does not tear it apart. */
function spikeOf(members: Cluster, y: Vec, m: number, dim: number, domain: Domain): Spike {
  const total = members.reduce((s, i) => s + y[i * dim], 0);
  const position = places(domain).map((c, k) => {
    const origin = y[members[0] * dim + k + 1];
    const shift = members.reduce((s, i) => s + y[i * dim] * difference(y[i * dim + k + 1], origin, c), 0) / total;
    const p = origin + shift;
    return c.kind === 'period' ? p - c.period * Math.floor(p / c.period) : p;
  });
  return { weight: total / m, position, particles: members.length };
}

/** The spikes that m particles stand for: merged by sign and distance, ordered by position. */
export function spikesOf(y: Vec, m: number, dim: number, domain: Domain, radius: number): Spike[] {
  return clusters(y, m, dim, domain, radius)
    .map(c => spikeOf(c, y, m, dim, domain))
    .sort((a, b) => a.position[0] - b.position[0]);
}

/** Each true spike is matched to the nearest found one of its sign, largest first, none used twice. */
function against(truth: readonly Atom[], spikes: readonly Spike[], domain: Domain, radius: number): Sparsity['truth'] {
  const free = new Set(spikes);
  let [recovered, largest] = [0, 0];
  for (const atom of [...truth].sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight))) {
    const distance = (s: Spike) =>
      Math.hypot(...places(domain).map((c, k) => difference(s.position[k], atom.position[k], c)));
    const near = [...free]
      .filter(s => Math.sign(s.weight) === Math.sign(atom.weight) && distance(s) <= radius)
      .sort((a, b) => distance(a) - distance(b))[0];
    if (!near) continue;
    free.delete(near);
    recovered++;
    largest = Math.max(largest, distance(near));
  }
  return { radius, recovered, missed: truth.length - recovered, spurious: free.size, largestPositionError: largest };
}

/**
 * Particles on one spike end within rounding of each other, so merging is by a hundredth of the resolution;
 * a true spike counts as found within a quarter of it (half the main lobe of the Dirichlet kernel).
 */
export function sparsity(problem: Problem, y: Vec, m: number): Sparsity | null {
  if (problem.penalty?.absolute?.coordinate !== 0 || problem.resolution === undefined) return null;
  const resolution = problem.resolution ?? 0;
  const spikes = spikesOf(y, m, problem.dim, problem.domain, resolution / 100);
  const active = Array.from({ length: m }, (_, i) => y[i * problem.dim]).filter(w => w !== 0).length;
  const truth = problem.known?.measure;
  return { active, spikes, truth: truth ? against(truth, spikes, problem.domain, resolution / 4) : null };
}
