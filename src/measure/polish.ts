/**
 * A bracket of F* from the end of a run: merge the particles into spikes, then Newton on their weights and positions
 * with the signs held fixed. The spikes are particles of a flow of their own, so every problem with a Hessian can be polished.
 */
import { Matrix, solve } from 'ml-matrix';
import { certify } from '../diagnostics/certificate.js';
import { spikesOf } from '../diagnostics/sparsity.js';
import { flowOf } from '../flow.js';
import { scaledNorm } from '../math/vec.js';
import type { Minimum } from '../results.js';
import type { Branch, Flow, Problem, Vec } from '../types.js';

const MAX_STEPS = 50;
/** A Newton step solves a dense system of this many spikes times their coordinates. */
const MAX_SPIKES = 64;

function hessian(flow: Flow, y: Vec, b: Branch): Matrix {
  const n = flow.size;
  const H = Matrix.zeros(n, n);
  const [x, column] = [new Float64Array(n), new Float64Array(n)];
  for (let j = 0; j < n; j++) {
    x.fill(0);
    x[j] = 1;
    flow.hessianTimesInto?.(y, x, column, b);
    for (let i = 0; i < n; i++) H.set(i, j, column[i]);
  }
  return H;
}

/** One Newton step, halved until |v| falls; null when it no longer does. */
function newtonStep(flow: Flow, y: Vec, b: Branch): Vec | null {
  const v = new Float64Array(flow.size);
  flow.velocityInto(y, v, b);
  const before = scaledNorm(v, flow.particles);
  let step: Vec;
  try {
    step = Float64Array.from(solve(hessian(flow, y, b), Matrix.columnVector(v)).to1DArray());
  } catch {
    return null;
  }
  for (let share = 1; share > 1e-3; share /= 2) {
    const next = y.map((x, i) => x + share * step[i]);
    flow.velocityInto(next, v, b);
    if (scaledNorm(v, flow.particles) < before) return next;
  }
  return null;
}

/** Null when there is nothing to polish or Newton moves a weight through zero. Spikes within a quarter of the resolution are one. */
export function polish(problem: Problem, y: Vec, m: number): Minimum | null {
  // Without a supremum there is no dual value, and nothing would be proven.
  if (problem.resolution === undefined || !problem.supremum) return null;
  const radius = problem.resolution / 4;
  const { dim, domain } = problem;
  const spikes = spikesOf(y, m, dim, domain, radius);
  const s = spikes.length;
  // Some minimiser has at most dim F atoms (Carathéodory); more clusters than that are no spikes yet.
  if (s === 0 || s > Math.min(MAX_SPIKES, problem.feature?.size ?? 0)) return null;
  const flow = flowOf(problem, s);
  if (!flow.hessianTimesInto) return null;
  const branch = Int8Array.from(spikes, k => Math.sign(k.weight));
  let state: Vec = Float64Array.from(spikes.flatMap(k => [k.weight * s, ...k.position]));
  for (let i = 0; i < MAX_STEPS; i++) {
    const next = newtonStep(flow, state, branch);
    if (!next) break;
    state = next;
  }
  if (branch.some((sign, i) => Math.sign(state[i * dim]) !== sign)) return null;
  const { primal, dual } = certify(problem, state, s, flow.energy(state));
  const polished = spikesOf(state, s, dim, domain, 0);
  return { upper: primal, lower: dual, spikes: polished, from: m };
}
