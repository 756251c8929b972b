/** R = ½ Σ qₛ qₜ k(bₛ, bₜ) over charges q at places b: −w/m at θ for each of m particles [w, θ], and those of a teacher. */
import type { Field, Interaction, Vec } from '../types.js';

/** Charges c that stay at places b. */
interface Fixed {
  readonly weights: readonly number[];
  /** Rows bⱼ. */
  readonly directions: readonly (readonly number[])[];
}

interface Charged {
  readonly kernel: Interaction;
  /** Rows [w, b], q = −w/m: m particles, then the teacher; and what they move by. */
  readonly charges: Vec;
  readonly moves: Vec;
  /** What the interaction makes of either, and of the first the part of the particles: their force. */
  readonly pull: Vec;
  readonly rate: Vec;
  readonly force: Vec;
  /** Where R is kept. */
  readonly risk: Vec;
}

type Opening = (n: number, d: number, scale: number) => Interaction;

function chargedOf({ weights, directions }: Fixed, m: number, open: Opening): Charged {
  const d = directions[0].length;
  const own = new Array<number>(m * (1 + d)).fill(Number.NaN);
  const charges = Float64Array.from([...own, ...weights.flatMap((c, j) => [-m * c, ...directions[j]])]);
  const [moves, pull, rate] = Array.from({ length: 3 }, () => new Float64Array(charges.length));
  const force = pull.subarray(0, own.length);
  return { kernel: open(m + weights.length, d, -1 / m), charges, moves, pull, rate, force, risk: new Float64Array(1) };
}

function stands({ charges, force }: Charged, y: Vec): boolean {
  for (let k = 0; k < force.length; k++) if (charges[k] !== y[k]) return false;
  return true;
}

/** What all charges do to each other, unless it is known from the last call. */
function place(c: Charged, y: Vec, m: number, dim: number): void {
  if (stands(c, y)) return;
  const { kernel, charges, pull, risk } = c;
  charges.set(y.length > m * dim ? y.subarray(0, m * dim) : y);
  kernel.pullInto(charges, pull);
  let sum = 0;
  for (let at = 0; at < charges.length; at += dim) sum += charges[at] * pull[at];
  risk[0] = sum / (-2 * m);
}

/** @param open k between n charges in ℝ^d */
export function fieldOfCharges(name: string, teacher: Fixed, open: Opening): Field {
  const dim = 1 + teacher.directions[0].length;
  const known = new Map<number, Charged>();
  const at = (y: Vec, m: number): Charged => {
    let c = known.get(m);
    if (!c) {
      c = chargedOf(teacher, m, open);
      known.set(m, c);
    }
    place(c, y, m, dim);
    return c;
  };
  return {
    name,
    energy: (y, m) => at(y, m).risk[0],
    forceInto(y, m, points, count, out) {
      const { kernel, force } = at(y, m);
      if (points === y && count === m) out.set(force);
      else kernel.pullAtInto(points, count, out);
    },
    hessianTimesInto(y, m, x, out) {
      const { kernel, moves, rate } = at(y, m);
      for (let k = 0; k < m * dim; k++) moves[k] = x[k];
      kernel.pullRateInto(moves, rate);
      for (let k = 0; k < m * dim; k++) out[k] = -rate[k];
    },
  };
}
