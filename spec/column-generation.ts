/** A minimiser over measures by column generation: the spike where |η| is largest joins, then all weights are fitted anew. */
import { particleAt, spikesIn } from '../src/diagnostics/certificate.js';
import { dot } from '../src/math/vec.js';
import type { Problem, Spikes } from '../src/types.js';

const soft = (x: number, by: number) => Math.sign(x) * Math.max(0, Math.abs(x) - by);

export interface Fitted {
  /** F of the atoms. */
  readonly value: number;
  readonly weights: readonly number[];
  /** Particles of mass 1. */
  readonly atoms: readonly Float64Array[];
}

export const columnOf = ({ feature }: Problem, u: Float64Array): Float64Array => {
  const phi = new Float64Array(feature?.size ?? 0);
  feature?.sumInto(u, 1, phi);
  return phi;
};

/** Coordinate descent on |Σ wⱼ cⱼ − y|²/(2λ) + price·Σ|wⱼ|, y and 1/λ read off R′; `weights` are where it begins, and its result. */
export function lasso(
  problem: Problem,
  { price, nonnegative }: Spikes,
  columns: readonly Float64Array[],
  weights: number[],
  sweeps = 400,
): number {
  const { loss } = problem;
  const size = columns[0].length;
  const [f, q] = [new Float64Array(size), new Float64Array(size)];
  for (const [j, c] of columns.entries()) for (let k = 0; k < size; k++) f[k] += weights[j] * c[k];
  const L = loss?.smoothness ?? Number.NaN;
  for (let sweep = 0, moved = 1; sweep < sweeps && moved > 1e-15; sweep++) {
    moved = 0;
    for (const [j, c] of columns.entries()) {
      loss?.gradientInto(f, q);
      const bend = L * dot(c, c);
      const free = weights[j] - dot(q, c) / bend;
      const next = nonnegative ? Math.max(0, free - price / bend) : soft(free, price / bend);
      for (let k = 0; k < size; k++) f[k] += (next - weights[j]) * c[k];
      moved = Math.max(moved, Math.abs(next - weights[j]));
      weights[j] = next;
    }
  }
  return (loss?.value(f) ?? Number.NaN) + price * weights.reduce((sum, w) => sum + Math.abs(w), 0);
}

export function columnGeneration(problem: Problem, rounds: number): Fitted {
  const spikes = spikesIn(problem);
  if (!spikes || !problem.feature || !problem.loss || !problem.supremum) throw new Error(`${problem.name}: no spikes`);
  const atoms: Float64Array[] = [];
  const weights: number[] = [];
  const q = new Float64Array(problem.feature.size);
  let value = Number.NaN;
  for (let r = 0; r < rounds; r++) {
    const f = new Float64Array(q.length);
    const columns = atoms.map(u => columnOf(problem, u));
    for (const [j, c] of columns.entries()) for (let k = 0; k < f.length; k++) f[k] += weights[j] * c[k];
    problem.loss.gradientInto(f, q);
    atoms.push(Float64Array.from(particleAt(spikes, problem.supremum(q.map(x => -x)).at)));
    weights.push(0);
    value = lasso(problem, spikes, [...columns, columnOf(problem, atoms[r])], weights);
  }
  return { value, weights, atoms };
}
