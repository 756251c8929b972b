/**
 * The flow of a few atoms, weights and positions together, followed to where it rests: linearly implicit Euler steps that grow as it settles,
 * and so end as Newton's (pseudo-transient continuation, Kelley & Keyes 1998). F never rises.
 */
import { flowOf } from '../flow.js';
import { boundsOf } from '../math/domain.js';
import { cholesky, solveCholesky } from '../math/linear.js';
import { scaledNorm } from '../math/vec.js';
import type { Atom, Branch, ComposedProblem, Flow, Vec } from '../types.js';
import { merged } from './lifting.js';

const MOST_STEPS = 200;

/** A state of the flow of s atoms. */
interface Point {
  readonly y: Vec;
  readonly v: Vec;
  readonly branch: Branch | undefined;
  readonly energy: number;
  readonly speed: number;
}

function pointAt(flow: Flow, y: Vec): Point {
  const branch = flow.kinks?.branchAt(y);
  const v = new Float64Array(flow.size);
  flow.velocityInto(y, v, branch);
  return { y, v, branch, energy: flow.energy(y), speed: scaledNorm(v, flow.particles) };
}

/** Rows of −J at the point. */
function hessianAt(flow: Flow, { y, branch }: Point): Vec {
  const n = flow.size;
  const H = new Float64Array(n * n);
  const [x, row] = [new Float64Array(n), new Float64Array(n)];
  for (let j = 0; j < n; j++) {
    x.fill(0);
    x[j] = 1;
    flow.hessianTimesInto?.(y, x, row, branch);
    H.set(row, j * n);
  }
  return H;
}

/** (I/h − J)⁻¹ v; null where the matrix is not positive definite and the step would not go down. */
function implicitStep(H: Vec, { v }: Point, h: number): Vec | null {
  const n = v.length;
  const a = H.slice();
  for (let i = 0; i < n; i++) a[i * n + i] += 1 / h;
  if (!cholesky(a, n)) return null;
  const d = v.slice();
  solveCholesky(a, n, d);
  return d;
}

/** y + d inside the domain; a weight that would turn its sign stops at zero. */
function moved(problem: ComposedProblem, y: Vec, d: Vec): Vec {
  const { dim, domain } = problem;
  const bounds = domain.map(boundsOf);
  return y.map((x, i) => {
    const next = x + d[i];
    if (i % dim === 0) return next * x > 0 ? next : 0;
    const [from, to] = bounds[i % dim];
    return Math.min(to, Math.max(from, next));
  });
}

const toAtoms = (y: Vec, dim: number): Atom[] => {
  const s = y.length / dim;
  return Array.from({ length: s }, (_, i) => ({
    weight: y[i * dim] / s,
    position: Array.from(y.subarray(i * dim + 1, (i + 1) * dim)),
  }));
};

/** Within this share of F a fall of F is rounding, and the speed decides. */
const ROUNDING = 4e-16;

/** Until the atoms rest, or one has lost its weight. */
function settle(problem: ComposedProblem, atoms: readonly Atom[], limit: number): { y: Vec; steps: number } {
  const { dim } = problem;
  const flow = flowOf(problem, atoms.length);
  let now = pointAt(flow, Float64Array.from(atoms.flatMap(a => [a.weight * atoms.length, ...a.position])));
  let H = hessianAt(flow, now);
  let h = 1 / Math.max(...H.map(Math.abs), 1e-300);
  let steps = 0;
  for (let failures = 0; steps < limit && failures < 60 && now.speed > 0; ) {
    const d = implicitStep(H, now, h);
    const next = d && pointAt(flow, moved(problem, now.y, d));
    const tie = next !== null && next.energy <= now.energy + ROUNDING * Math.abs(now.energy) && next.speed < now.speed;
    if (!next || !(next.energy < now.energy || tie)) {
      h /= 8;
      failures++;
      continue;
    }
    // At rest to rounding the speed wanders: no more than a few such steps.
    if (next.speed > 0.5 * now.speed && next.energy >= now.energy - ROUNDING * Math.abs(now.energy)) failures += 10;
    else failures = 0;
    now = next;
    steps++;
    h *= 8;
    for (let i = 0; i < now.y.length; i += dim) if (now.y[i] === 0) return { y: now.y, steps };
    H = hessianAt(flow, now);
  }
  return { y: now.y, steps };
}

/** Equal places become one atom, and an atom without weight leaves; `steps` of the flow were taken. */
export function descend(problem: ComposedProblem, start: readonly Atom[]): { atoms: Atom[]; steps: number } {
  let atoms = merged(start);
  let steps = 0;
  if (!flowOf(problem, 1).hessianTimesInto) return { atoms, steps };
  while (atoms.length > 0 && steps < MOST_STEPS) {
    const found = settle(problem, atoms, MOST_STEPS - steps);
    steps += found.steps;
    const left = merged(toAtoms(found.y, problem.dim));
    const lost = left.length < atoms.length;
    atoms = left;
    if (!lost) break;
  }
  return { atoms, steps };
}
