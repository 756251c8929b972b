/**
 * A bracket of F* from the end of a run: merge the particles into spikes, then Newton on their weights and positions
 * with the signs held fixed. The spikes are particles of a flow of their own, so every problem with a Hessian can be polished.
 */
import { Matrix, solve } from 'ml-matrix';
import { certify } from '../diagnostics/certificate.js';
import { spikesOf } from '../diagnostics/sparsity.js';
import { flowOf } from '../flow.js';
import { scaledNorm } from '../math/vec.js';
import type { Minimum, Polished, Spike } from '../results.js';
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

/** Spikes, one particle each, at which the field of their own flow vanishes, as far as Newton got. */
interface Finish {
  readonly flow: Flow;
  readonly state: Vec;
  readonly steps: number;
}

/** The spikes to begin with, or why there are none. Those within a quarter of the resolution are one. */
function merged(problem: Problem, y: Vec, m: number): readonly Spike[] | string {
  const { dim, domain, resolution, feature } = problem;
  if (resolution === undefined) return 'this problem says no distance below which particles are one spike';
  const spikes = spikesOf(y, m, dim, domain, resolution / 4);
  if (spikes.length === 0) return 'no particle has a weight';
  // Some minimiser has at most dim F atoms (Carathéodory); more clusters than that are no spikes yet.
  const most = Math.min(MAX_SPIKES, feature?.size ?? 0);
  if (spikes.length > most)
    return `the particles form ${spikes.length} clusters, more than the ${most} spikes that a minimiser may need`;
  return flowOf(problem, 1).hessianTimesInto ? spikes : 'this problem gives no second derivatives';
}

/** Null when Newton moves a weight through zero. */
function newton(problem: Problem, spikes: readonly Spike[]): Finish | null {
  const s = spikes.length;
  const flow = flowOf(problem, s);
  const branch = Int8Array.from(spikes, k => Math.sign(k.weight));
  let state: Vec = Float64Array.from(spikes.flatMap(k => [k.weight * s, ...k.position]));
  let steps = 0;
  while (steps < MAX_STEPS) {
    const next = newtonStep(flow, state, branch);
    if (!next) break;
    state = next;
    steps++;
  }
  return branch.some((sign, i) => Math.sign(state[i * problem.dim]) !== sign) ? null : { flow, state, steps };
}

/** Null when there is nothing to polish or Newton moves a weight through zero. */
export function polish(problem: Problem, y: Vec, m: number): Minimum | null {
  // Without a supremum there is no dual value, and nothing would be proven.
  const spikes = problem.supremum ? merged(problem, y, m) : '';
  const found = typeof spikes === 'string' ? null : newton(problem, spikes);
  if (!found) return null;
  const { flow, state } = found;
  const { primal, dual } = certify(problem, state, flow.particles, flow.energy(state));
  return {
    upper: primal,
    lower: dual,
    spikes: spikesOf(state, flow.particles, problem.dim, problem.domain, 0),
    from: m,
  };
}

/** |u′|_m of the spikes, and that of the force alone, which V holds in balance. */
function residualOf({ flow, state }: Finish): readonly [residual: number, force: number] {
  const out = new Float64Array(flow.size);
  flow.velocityInto(state, out);
  const residual = scaledNorm(out, flow.particles);
  flow.forceInto(state, state, flow.particles, out);
  return [residual, scaledNorm(out, flow.particles)];
}

/** A residual of this share of the force is a critical point. */
const CRITICAL = 1e-9;

/**
 * What Newton makes of the end of a run, or why it makes nothing of it. A run that is still moving has traces of weight beside its spikes,
 * which Newton cannot place: the lightest are dropped, one after the other, until it converges.
 */
export function newtonFinish(problem: Problem, y: Vec, m: number): Polished | string {
  const spikes = merged(problem, y, m);
  if (typeof spikes === 'string') return spikes;
  const heaviest = [...spikes].sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight));
  for (let kept = spikes.length; kept > 0; kept--) {
    const used = spikes.filter(s => heaviest.indexOf(s) < kept);
    const found = newton(problem, used);
    const [residual, force] = found ? residualOf(found) : [Number.NaN, 0];
    if (!found || !(residual <= CRITICAL * Math.max(force, 1e-3))) continue;
    return {
      energy: found.flow.energy(found.state),
      residual,
      steps: found.steps,
      dropped: spikes.length - kept,
      spikes: spikesOf(found.state, kept, problem.dim, problem.domain, 0),
    };
  }
  return 'Newton does not converge from these spikes';
}
