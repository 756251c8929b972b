/**
 * The velocity's Jacobian with its structure kept: −J = blockdiag(D²⟨g, Φ⟩(uᵢ) + V″(uᵢ)) + (1/m) G R″ Gᵀ, rows of G the partial
 * derivatives of Φ. Systems with shift·I − J are solved by Woodbury where F has fewer dimensions than the particles, densely where
 * they are few, by Krylov's method beyond.
 */
import type { Inclusion } from './inclusion.js';
import { cholesky, type Factors, factorise, minres, solveCholesky, solveFactored } from './math/linear.js';
import { allFinite, maxAbs } from './math/vec.js';
import type { Sliding } from './sliding.js';
import type { Branch, Feature, Flow, Linearisation, Loss, Problem, Vec } from './types.js';

/** Multiplications in one factorisation, and numbers in one table, above which products with J alone are used. */
const LIMITS = { work: 4e9, table: 4e7 } as const;
/** A pivot this small beside the largest entry: the blocks alone lose too many digits. */
const NEARLY_SINGULAR = 1e-8;
/** A refinement that moves the solution by more than this share has found a system that was not solved. */
const UNSOLVED = 1e-6;
/** Residual of the iterative solver; the error of a step is far above it. */
const KRYLOV = { residual: 1e-13, products: 4 } as const;

type Times = (x: Vec, out: Vec) => void;
/** Solves with one factorised matrix, in place; null when the matrix is singular to working precision. */
type Solve = (x: Vec) => void;
type Factorise = (shift: number) => Solve | null;

/** −J of m particles as blocks and a product of low rank; tables are refilled at each linearisation. */
interface Structure {
  readonly m: number;
  readonly dim: number;
  readonly rank: number;
  /** m·dim·dim */
  readonly blocks: Vec;
  /** m·dim rows of `rank` numbers: ∂_kΦ(uᵢ) */
  readonly rows: Vec;
  /** out: (1/m) R″(f) x */
  readonly bend: Times;
}

/** out: −J x */
function structuredTimes({ m, dim, rank, blocks, rows, bend }: Structure): Times {
  const [f, df] = [new Float64Array(rank), new Float64Array(rank)];
  return (x, out) => {
    f.fill(0);
    for (let k = 0; k < m * dim; k++) {
      const [at, share] = [k * rank, x[k]];
      if (share !== 0) for (let j = 0; j < rank; j++) f[j] += share * rows[at + j];
    }
    bend(f, df);
    for (let i = 0; i < m; i++)
      for (let k = i * dim; k < (i + 1) * dim; k++) {
        let sum = 0;
        for (let j = 0; j < dim; j++) sum += blocks[k * dim + j] * x[i * dim + j];
        for (let j = 0; j < rank; j++) sum += rows[k * rank + j] * df[j];
        out[k] = sum;
      }
  };
}

/** A dense symmetric matrix H, shifted: Cholesky where it is positive definite, LU where not. */
function denseFactors(n: number, h: Vec): Factorise {
  const factors: Factors = { a: new Float64Array(n * n), n, pivots: new Int32Array(n) };
  const load = (shift: number) => {
    factors.a.set(h);
    for (let i = 0; i < n; i++) factors.a[i * n + i] += shift;
  };
  return shift => {
    load(shift);
    if (cholesky(factors.a, n)) return x => solveCholesky(factors.a, n, x);
    load(shift);
    return factorise(factors) > 0 ? x => solveFactored(factors, x) : null;
  };
}

/** out: blocks + (1/m) G R″ Gᵀ, n×n */
function assemble({ m, dim, rank, blocks, rows, bend }: Structure, h: Vec): void {
  const n = m * dim;
  const bent = new Float64Array(rank);
  for (let k = 0; k < n; k++) {
    bend(rows.subarray(k * rank, (k + 1) * rank), bent);
    for (let l = 0; l <= k; l++) {
      let sum = 0;
      for (let j = 0; j < rank; j++) sum += bent[j] * rows[l * rank + j];
      h[k * n + l] = sum;
      h[l * n + k] = sum;
    }
  }
  for (let i = 0; i < m; i++)
    for (let k = 0; k < dim; k++)
      for (let l = 0; l < dim; l++) h[(i * dim + k) * n + i * dim + l] += blocks[(i * dim + k) * dim + l];
}

/**
 * (D + G C Gᵀ)⁻¹ = D⁻¹ − D⁻¹G (I + C S)⁻¹ C Gᵀ D⁻¹, S = GᵀD⁻¹G, C = R″/m, which need not be invertible (Woodbury 1950; Henderson & Searle
 * 1981, eq. (17)). D is m blocks of dim×dim.
 */
function woodbury(s: Structure): Factorise {
  const { m, dim, rank, blocks, rows, bend } = s;
  const D: Factors = { a: new Float64Array(m * dim * dim), n: dim, pivots: new Int32Array(m * dim) };
  const capacity: Factors = { a: new Float64Array(rank * rank), n: rank, pivots: new Int32Array(rank) };
  const solved = new Float64Array(m * dim * rank);
  const [gram, f, df] = [new Float64Array(rank * rank), new Float64Array(rank), new Float64Array(rank)];
  const shifted = (shift: number): boolean => {
    D.a.set(blocks);
    for (let k = 0; k < m * dim; k++) D.a[k * dim + (k % dim)] += shift;
    for (let i = 0; i < m; i++) if (!(factorise(D, i) > NEARLY_SINGULAR)) return false;
    return true;
  };
  const addToGram = (k: number) => {
    for (let a = 0; a < rank; a++) {
      const left = rows[k * rank + a];
      if (left !== 0) for (let b = 0; b <= a; b++) gram[a * rank + b] += left * solved[k * rank + b];
    }
  };
  const capacitance = (): boolean => {
    gram.fill(0);
    for (let k = 0; k < m * dim; k++) addToGram(k);
    for (let a = 0; a < rank; a++) for (let b = 0; b < a; b++) gram[b * rank + a] = gram[a * rank + b];
    for (let a = 0; a < rank; a++) {
      bend(gram.subarray(a * rank, (a + 1) * rank), df);
      for (let b = 0; b < rank; b++) capacity.a[b * rank + a] = df[b] + (a === b ? 1 : 0);
    }
    return factorise(capacity) > 0;
  };
  return shift => {
    if (!shifted(shift)) return null;
    solved.set(rows);
    for (let i = 0; i < m; i++) for (let j = 0; j < rank; j++) solveFactored(D, solved, i * dim * rank + j, rank, i);
    if (!capacitance()) return null;
    return x => {
      for (let i = 0; i < m; i++) solveFactored(D, x, i * dim, 1, i);
      f.fill(0);
      for (let k = 0; k < m * dim; k++) for (let j = 0; j < rank; j++) f[j] += x[k] * rows[k * rank + j];
      bend(f, df);
      solveFactored(capacity, df);
      for (let k = 0; k < m * dim; k++) for (let j = 0; j < rank; j++) x[k] -= df[j] * solved[k * rank + j];
    };
  };
}

/** Refines once; false when that moves the solution too far, or finds numbers that are not finite. */
function refined(times: Times, shift: number, solve: Solve, rhs: Vec, out: Vec, scratch: Vec): boolean {
  out.set(rhs);
  solve(out);
  times(out, scratch);
  for (let i = 0; i < rhs.length; i++) scratch[i] = rhs[i] - shift * out[i] - scratch[i];
  solve(scratch);
  for (let i = 0; i < rhs.length; i++) out[i] += scratch[i];
  return maxAbs(scratch) <= UNSOLVED * maxAbs(out);
}

/** From the product with −J and the ways to factorise, the preferred one first; each shift is factorised once. */
function linearisation(n: number, times: Times, ways: readonly Factorise[]): Linearisation {
  const scratch = new Float64Array(n);
  let [last, way] = [Number.NaN, 0];
  let solve: Solve | null = null;
  const advance = (shift: number, from: number) => {
    solve = null;
    for (way = from; way < ways.length && !solve; way++) solve = ways[way](shift);
  };
  return {
    timesInto(x, out) {
      times(x, out);
      for (let i = 0; i < n; i++) out[i] = -out[i];
    },
    solveInto(shift, rhs, out) {
      if (shift !== last) advance(shift, 0);
      last = shift;
      // Bad numbers say nothing against the factors.
      if (!allFinite(rhs)) out.fill(Number.NaN);
      else while (solve && !refined(times, shift, solve, rhs, out, scratch)) advance(shift, way);
      if (!solve) out.fill(Number.NaN);
    },
  };
}

/** Solves by products alone. */
const krylov = (n: number, times: Times): Linearisation => ({
  timesInto(x, out) {
    times(x, out);
    for (let i = 0; i < n; i++) out[i] = -out[i];
  },
  solveInto(shift, rhs, out) {
    const shifted: Times = (x, product) => {
      times(x, product);
      for (let i = 0; i < n; i++) product[i] += shift * x[i];
    };
    if (!minres(shifted, rhs, out, KRYLOV.residual, KRYLOV.products * n)) out.fill(Number.NaN);
  },
});

/** out: rows ∂_kΦ(uᵢ); by one pullback for each coordinate of F where the feature does not say it faster. */
function rowsInto(feature: Feature, y: Vec, m: number, out: Vec, scratch: Vec, pattern?: Branch): void {
  if (feature.jacobianInto) {
    feature.jacobianInto(y, m, out, pattern);
    return;
  }
  const unit = new Float64Array(feature.size);
  for (let j = 0; j < feature.size; j++) {
    unit[j] = 1;
    feature.pullbackInto(y, m, unit, scratch, pattern);
    unit[j] = 0;
    for (let k = 0; k < m * feature.dim; k++) out[k * feature.size + j] = scratch[k];
  }
}

/** out: column k of every block at once, from a product that does not mix particles. */
function addColumns(times: Times, m: number, dim: number, out: Vec, scratch: Vec): void {
  const unit = new Float64Array(m * dim);
  for (let k = 0; k < dim; k++) {
    for (let i = 0; i < m; i++) unit[i * dim + k] = 1;
    times(unit, scratch);
    unit.fill(0);
    for (let i = 0; i < m * dim; i++) out[i * dim + k] += scratch[i];
  }
}

/** Rows and columns of resting coordinates, where `moving` is 0, are those of the zero matrix. */
function cut({ m, dim, rank, blocks, rows }: Structure, moving: Vec): void {
  for (let row = 0; row < m * dim; row++) {
    if (moving[row] !== 0) continue;
    rows.fill(0, row * rank, (row + 1) * rank);
    const first = row - (row % dim);
    for (let k = 0; k < dim; k++) {
      blocks[row * dim + k] = 0;
      blocks[(first + k) * dim + (row % dim)] = 0;
    }
  }
}

type Pattern = (b?: Branch) => Branch | undefined;
/** What rests on a branch, and the side of |w| it is on. */
type Resting = Pick<Inclusion, 'restrict' | 'signs'>;
type Filling = { readonly structure: Structure; fill(y: Vec, b?: Branch): void };

/** Tables for a problem with Φ and R, and how they are filled at a state. */
function filling(
  { penalty }: Problem,
  feature: Feature,
  loss: Loss,
  m: number,
  { restrict, signs }: Resting,
  pattern: Pattern,
): Filling {
  const { dim, size: rank } = feature;
  const [f, g] = [new Float64Array(rank), new Float64Array(rank)];
  const [scratch, moving] = [new Float64Array(m * dim), new Float64Array(m * dim)];
  const structure: Structure = {
    m,
    dim,
    rank,
    blocks: new Float64Array(m * dim * dim),
    rows: new Float64Array(m * dim * rank),
    bend(x, out) {
      loss.hessianTimesInto?.(f, x, out);
      for (let j = 0; j < rank; j++) out[j] /= m;
    },
  };
  return {
    structure,
    fill(y, b) {
      const { blocks, rows } = structure;
      const p = pattern(b);
      feature.sumInto(y, m, f, p);
      loss.gradientInto(f, g);
      rowsInto(feature, y, m, rows, scratch, p);
      blocks.fill(0);
      addColumns((x, out) => feature.curvatureInto?.(y, m, g, x, out, p), m, dim, blocks, scratch);
      if (penalty?.curvatureInto)
        addColumns((x, out) => penalty.curvatureInto?.(y, m, x, out, signs(b)), m, dim, blocks, scratch);
      if (!b) return;
      restrict(moving.fill(1), b);
      cut(structure, moving);
    },
  };
}

type Plan = 'woodbury' | 'dense' | 'krylov';

/** The cheaper of the two factorisations, or none where both are too dear. `rank` = Infinity: J is known by products only. */
function planOf(n: number, rank: number): { readonly plan: Plan; readonly work: number } {
  const low = rank < n && n * rank <= LIMITS.table ? n * rank ** 2 + rank ** 3 : Number.POSITIVE_INFINITY;
  const known = rank === Number.POSITIVE_INFINITY;
  const table = n * n <= LIMITS.table && (known || n * rank <= LIMITS.table);
  const dense = table ? n ** 3 / 3 + n ** 2 * (known ? n : rank) : Number.POSITIVE_INFINITY;
  const work = Math.min(low, dense);
  if (work > LIMITS.work) return { plan: 'krylov', work: Number.POSITIVE_INFINITY };
  return { plan: low <= dense ? 'woodbury' : 'dense', work };
}

const rankOf = ({ field, feature, loss }: Problem): number =>
  !field && feature && loss ? feature.size : Number.POSITIVE_INFINITY;

/** `Flow.jacobianCost`. A velocity is two passes over the n×rank partial derivatives, or a closed form, over pairs of particles as a rule. */
export function jacobianCost(problem: Problem, m: number): number {
  const [n, rank] = [m * problem.dim, rankOf(problem)];
  const known = rank < Number.POSITIVE_INFINITY;
  const velocity = known ? 2 * n * rank : (problem.field?.work?.(m) ?? 10 * n * m);
  const table = known ? (problem.feature?.jacobianInto ? 1 : rank) : 0;
  return table + planOf(n, rank).work / velocity;
}

/** n×n from its products with unit vectors. */
function columnsInto(n: number, times: Times, h: Vec): void {
  const unit = new Float64Array(n);
  for (let k = 0; k < n; k++) {
    unit[k] = 1;
    times(unit, h.subarray(k * n, (k + 1) * n));
    unit[k] = 0;
  }
}

/** `Flow.linearise` of m particles; `times` is −J as a product, on sliding branches too. */
export function linearising(
  problem: Problem,
  m: number,
  resting: Resting,
  pattern: Pattern,
  times: NonNullable<Flow['hessianTimesInto']>,
  sliding?: Sliding,
): NonNullable<Flow['linearise']> {
  const n = m * problem.dim;
  const { feature, loss } = problem;
  const composed = !problem.field && feature && loss;
  const { plan } = planOf(n, rankOf(problem));
  const at =
    (y: Vec, b?: Branch): Times =>
    (x, out) =>
      times(y, x, out, b);
  if (plan === 'krylov') return (y, b) => krylov(n, at(y.slice(0, n), b));
  let tables: Filling | undefined;
  let matrix: Vec | undefined;
  /** The dense matrix, filled when it is first needed. */
  const denseOf = (fill: (h: Vec) => void): Factorise => {
    let factors: Factorise | undefined;
    return shift => {
      if (!factors) {
        matrix ??= new Float64Array(n * n);
        fill(matrix);
        factors = denseFactors(n, matrix);
      }
      return factors(shift);
    };
  };
  const byProducts = (y: Vec, b?: Branch) =>
    linearisation(n, at(y.slice(0, n), b), [denseOf(h => columnsInto(n, at(y, b), h))]);
  if (!composed) return byProducts;
  return (y, b) => {
    if (b && sliding?.slides(b)) {
      // Along a curved kink the velocity turns with it: its Jacobian is neither symmetric nor known from second derivatives of F_m.
      if (!feature.kinks?.linear) return null;
      return n * n <= LIMITS.table ? byProducts(y, b) : krylov(n, at(y.slice(0, n), b));
    }
    tables ??= filling(problem, feature, loss, m, resting, pattern);
    const { structure } = tables;
    tables.fill(y, b);
    const small = n * n <= LIMITS.table ? [denseOf(h => assemble(structure, h))] : [];
    return linearisation(n, structuredTimes(structure), plan === 'woodbury' ? [woodbury(structure), ...small] : small);
  };
}
