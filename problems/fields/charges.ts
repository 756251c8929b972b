/** R = ½ Σ qₛ qₜ k(bₛ, bₜ) over charges: −w/m at the θ of each of m particles [w, θ], and those of a teacher. */
import type { Field, Interaction, Vec } from '../../src/types.js';

/** A network Σ cⱼ σ(bⱼ·x). */
export interface Teacher {
  readonly weights: readonly number[];
  /** Rows bⱼ. */
  readonly directions: readonly (readonly number[])[];
}

/** Arrays of rows: m particles, then the teacher. */
interface Charged {
  readonly kernel: Interaction;
  /** Rows [K, ∇K] at the particles of the last `place`. */
  readonly potentials: Vec;
  readonly moves: Vec;
  readonly rates: Vec;
  /** Computes the potentials at these particles, unless they are those of the last call; gives R. */
  place(y: Vec): number;
}

function charged({ weights, directions }: Teacher, m: number, kernel: Interaction): Charged {
  const size = m * (1 + directions[0].length);
  const dim = size / m;
  const taught = weights.flatMap((c, j) => [c, ...directions[j]]);
  const charges = Float64Array.from([...new Array<number>(size).fill(0), ...taught]);
  const [potentials, moves, rates] = Array.from({ length: 3 }, () => new Float64Array(charges.length));
  const state = new Float64Array(size).fill(Number.NaN);
  const risk = new Float64Array(1);
  const stands = (y: Vec): boolean => {
    for (let k = 0; k < size; k++) if (state[k] !== y[k]) return false;
    return true;
  };
  const put = (y: Vec) => {
    for (let k = 0; k < size; k++) {
      state[k] = y[k];
      charges[k] = y[k];
    }
    for (let at = 0; at < size; at += dim) charges[at] = -y[at] / m;
  };
  const place = (y: Vec): number => {
    if (stands(y)) return risk[0];
    put(y);
    kernel.potentialsInto(charges, potentials);
    let sum = 0;
    for (let at = 0; at < charges.length; at += dim) sum += charges[at] * potentials[at];
    risk[0] = sum / 2;
    return risk[0];
  };
  return { kernel, potentials, moves, rates, place };
}

/** @param open k between n charges in ℝ^d */
export function fieldOfCharges(name: string, teacher: Teacher, open: (n: number, d: number) => Interaction): Field {
  const d = teacher.directions[0].length;
  const dim = 1 + d;
  const known = new Map<number, Charged>();
  const of = (m: number): Charged => {
    const found = known.get(m) ?? charged(teacher, m, open(m + teacher.weights.length, d));
    known.set(m, found);
    return found;
  };
  return {
    name,
    energy: (y, m) => of(m).place(y),
    forceInto(y, m, points, count, out) {
      const { kernel, potentials, place } = of(m);
      place(y);
      const own = points === y && count === m;
      if (!own) kernel.potentialsAtInto(points, count, out);
      const from = own ? potentials : out;
      for (let at = 0; at < count * dim; at += dim) {
        out[at] = from[at];
        for (let k = at + 1; k < at + dim; k++) out[k] = points[at] * from[k];
      }
    },
    hessianTimesInto(y, m, x, out) {
      const { kernel, potentials, moves, rates, place } = of(m);
      place(y);
      for (let k = 0; k < m * dim; k++) moves[k] = k % dim === 0 ? -x[k] / m : x[k];
      kernel.ratesInto(moves, rates);
      for (let at = 0; at < m * dim; at += dim) {
        out[at] = -rates[at];
        for (let k = at + 1; k < at + dim; k++) out[k] = -x[at] * potentials[k] - y[at] * rates[k];
      }
    },
  };
}
