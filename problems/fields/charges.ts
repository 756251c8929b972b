/** R = ½ Σ qₛ qₜ k(bₛ, bₜ) over charges q at places b: −w/m at θ for each of m particles [w, θ], and those of a teacher. */
import type { Field, Interaction, Vec } from '../../src/types.js';

/** A network Σ cⱼ σ(bⱼ·x). */
export interface Teacher {
  readonly weights: readonly number[];
  /** Rows bⱼ. */
  readonly directions: readonly (readonly number[])[];
}

interface Charged {
  /** Rows [w, b] in units of −1/m: m particles, then the teacher; and what they move by. */
  readonly charges: Vec;
  readonly moves: Vec;
  /** What the interaction makes of either. */
  readonly pull: Vec;
  readonly rate: Vec;
  readonly kernel: Interaction;
  /** Where R is kept. */
  readonly risk: Vec;
}

function chargedOf({ weights, directions }: Teacher, m: number, kernel: Interaction): Charged {
  const own = new Array<number>(m * (1 + directions[0].length)).fill(Number.NaN);
  const charges = Float64Array.from([...own, ...weights.flatMap((c, j) => [-m * c, ...directions[j]])]);
  const [moves, pull, rate] = Array.from({ length: 3 }, () => new Float64Array(charges.length));
  return { charges, moves, pull, rate, kernel, risk: new Float64Array(1) };
}

function stands({ charges }: Charged, y: Vec, size: number): boolean {
  for (let k = 0; k < size; k++) if (charges[k] !== y[k]) return false;
  return true;
}

/** What all charges do to each other, unless it is known from the last call. */
function place(c: Charged, y: Vec, m: number, dim: number): void {
  const { charges, pull } = c;
  if (stands(c, y, m * dim)) return;
  charges.set(y.length > m * dim ? y.subarray(0, m * dim) : y);
  c.kernel.pullInto(charges, pull);
  let sum = 0;
  for (let at = 0; at < charges.length; at += dim) sum += charges[at] * pull[at];
  c.risk[0] = sum / (2 * m * m);
}

/** @param open k between n charges in ℝ^d */
export function fieldOfCharges(name: string, teacher: Teacher, open: (n: number, d: number) => Interaction): Field {
  const d = teacher.directions[0].length;
  const known = new Map<number, Charged>();
  const at = (y: Vec, m: number): Charged => {
    const c = known.get(m) ?? chargedOf(teacher, m, open(m + teacher.weights.length, d));
    known.set(m, c);
    place(c, y, m, 1 + d);
    return c;
  };
  return {
    name,
    energy: (y, m) => at(y, m).risk[0],
    forceInto(y, m, points, count, out) {
      const { kernel, pull } = at(y, m);
      const own = points === y && count === m;
      if (!own) kernel.pullAtInto(points, count, out);
      const from = own ? pull : out;
      const share = -1 / m;
      for (let k = 0; k < count * (1 + d); k++) out[k] = share * from[k];
    },
    hessianTimesInto(y, m, x, out) {
      const { kernel, moves, rate } = at(y, m);
      for (let k = 0; k < m * (1 + d); k++) moves[k] = x[k];
      kernel.pullRateInto(moves, rate);
      for (let k = 0; k < m * (1 + d); k++) out[k] = rate[k] / m;
    },
  };
}
