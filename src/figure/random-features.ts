/** The convex problem on weights alone: the best ones of given units, a linear system. */
import { cholesky, solveCholesky } from '../math/linear.js';
import { dot } from '../math/vec.js';
import type { Batch, Field, Problem, Vec } from '../types.js';

/** b_j = E y φ_j and K = E φφᵀ, m×m. */
interface Gram {
  readonly b: Vec;
  readonly K: Vec;
}

/** The unit of mass 1 at the position of particle i. */
const unitAt = (units: Vec, dim: number, i: number): Vec =>
  Float64Array.of(1, ...units.subarray(i * dim + 1, (i + 1) * dim));

/** b is the force on the weights at f = 0, and a unit of mass 1 takes a column of K from it. */
function gramOfField({ forceInto }: Field, units: Vec, dim: number): Gram {
  const m = units.length / dim;
  const [b, K, force] = [new Float64Array(m), new Float64Array(m * m), new Float64Array(m * dim)];
  forceInto(new Float64Array(dim), 1, units, m, force);
  for (let i = 0; i < m; i++) b[i] = force[i * dim];
  for (let i = 0; i < m; i++) {
    forceInto(unitAt(units, dim, i), 1, units, m, force);
    for (let j = 0; j < m; j++) K[i * m + j] = b[j] - force[j * dim];
  }
  return { b, K };
}

function gramOfSample({ feature, loss }: Batch, units: Vec, dim: number): Gram {
  const m = units.length / dim;
  const [b, K] = [new Float64Array(m), new Float64Array(m * m)];
  const [zero, gradient, bent] = [0, 1, 2].map(() => new Float64Array(feature.size));
  loss.gradientInto(zero, gradient);
  const columns = Array.from({ length: m }, (_, i) => {
    const phi = new Float64Array(feature.size);
    feature.sumInto(unitAt(units, dim, i), 1, phi);
    return phi;
  });
  for (let i = 0; i < m; i++) {
    b[i] = -dot(gradient, columns[i]);
    loss.hessianTimesInto?.(zero, columns[i], bent);
    for (let j = 0; j < m; j++) K[i * m + j] = dot(bent, columns[j]);
  }
  return { b, K };
}

function gramOf({ field, feature, loss, dim }: Problem, units: Vec): Gram {
  if (field) return gramOfField(field, units, dim);
  if (feature && loss?.hessianTimesInto) return gramOfSample({ feature, loss }, units, dim);
  throw new TypeError('a problem of neither a field nor a feature with R″ has no linear system');
}

/** Smallest share of the diagonal: K of units that agree is singular, and takes more. */
const RIDGE = 1e-13;

/** c with K c = b, up to a ridge. */
function solved({ b, K }: Gram): Vec {
  const m = b.length;
  for (let ridge = RIDGE * m; ; ridge *= 100) {
    const [L, c] = [K.slice(), b.slice()];
    for (let i = 0; i < m; i++) L[i * m + i] *= 1 + ridge;
    if (!cholesky(L, m) && ridge < 1) continue;
    solveCholesky(L, m, c);
    return c;
  }
}

/**
 * min over c of the square risk of Σ c_j φ_j, the φ_j those of the particles.
 * @param atZero the risk of f = 0
 */
export function leastRisk(problem: Problem, units: Vec, atZero: number): number {
  const gram = gramOf(problem, units);
  const { b, K } = gram;
  const [m, c] = [b.length, solved(gram)];
  const Kc = c.map((_, i) => dot(K.subarray(i * m, (i + 1) * m), c));
  return atZero - dot(b, c) + dot(Kc, c) / 2;
}
