/**
 * The velocity's Jacobian with its structure kept: −J = blockdiag(D²⟨g, Φ⟩(uᵢ) + V″(uᵢ)) + (1/m) G R″ Gᵀ, rows of G the partial
 * derivatives of Φ. Systems with shift·I − J are solved by Woodbury where F has fewer dimensions than the particles, densely where
 * they are few, by Krylov's method beyond.
 */
import type { Inclusion } from './inclusion.js';
import { type LowRank, lowRank } from './kernels/low-rank.js';
import { cholesky, type Factors, factorise, minres, solveCholesky, solveFactored } from './math/linear.js';
import { allFinite, copyInto, maxAbs } from './math/vec.js';
import type { Sliding } from './sliding.js';
import type { Branch, Feature, Flow, Linearisation, Loss, Problem, Vec } from './types.js';
import {
  assemble,
  type Factorise,
  type Solve,
  type Structure,
  structuredTimes,
  type Times,
  woodbury,
} from './woodbury.js';

/** Multiplications in one factorisation, and numbers in one table, above which products with J alone are used. */
const LIMITS = { work: 4e9, table: 4e7 } as const;
/** A refinement that moves the solution by more than this share has found a system that was not solved. */
const UNSOLVED = 1e-6;
/** One that moves it by no more than this was not needed, nor is it with the same factors again. */
const EXACT = 1e-11;
/** Residual of the iterative solver; the error of a step is far above it. */
const KRYLOV = { residual: 1e-13, products: 4 } as const;

/** To be told when the matrix is another one. */
type Renewed = Linearisation & { renew(): void };

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

/**
 * Refines once. Returns the share of the solution by which that moves it; NaN where that is no number. A residual that is tiny beside
 * shift·x moves it by no more, but where −J is as negative as the shift is positive: nothing is moved then.
 */
function refined(n: number, times: Times, shift: number, solve: Solve, rhs: Vec, out: Vec, scratch: Vec): number {
  copyInto(rhs, out, n);
  solve(out);
  times(out, scratch);
  for (let i = 0; i < n; i++) scratch[i] = rhs[i] - shift * out[i] - scratch[i];
  const share = maxAbs(scratch, n) / (shift * maxAbs(out, n));
  if (share <= EXACT) return share;
  solve(scratch);
  for (let i = 0; i < n; i++) out[i] += scratch[i];
  const moved = maxAbs(scratch, n);
  return moved === 0 ? 0 : moved / maxAbs(out, n);
}

/** From the product with −J and the ways to factorise, the preferred one first; each shift is factorised once. */
function linearisation(n: number, times: Times, ways: readonly Factorise[]): Renewed {
  const scratch = new Float64Array(n);
  let [last, way] = [Number.NaN, 0];
  let solve: Solve | null = null;
  let exact = false;
  const advance = (shift: number, from: number) => {
    [solve, exact] = [null, false];
    for (way = from; way < ways.length && !solve; way++) solve = ways[way](shift);
  };
  return {
    renew() {
      last = Number.NaN;
    },
    timesInto(x, out) {
      times(x, out);
      for (let i = 0; i < n; i++) out[i] = -out[i];
    },
    solveInto(shift, rhs, out) {
      if (shift !== last) advance(shift, 0);
      last = shift;
      if (exact && solve) {
        copyInto(rhs, out, n);
        solve(out);
        return;
      }
      // Bad numbers say nothing against the factors.
      const sound = allFinite(rhs, n);
      while (sound && solve) {
        const moved = refined(n, times, shift, solve, rhs, out, scratch);
        exact = moved <= EXACT;
        if (moved <= UNSOLVED) return;
        advance(shift, way);
      }
      out.fill(Number.NaN, 0, n);
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

/** Of Φ at m particles: out: rows ∂_kΦ(uᵢ), by one pullback for each coordinate of F where the feature does not say it faster. */
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

/** out: rows ∂_kΦ(uᵢ) and blocks D²⟨g, Φ⟩(uᵢ), in one pass where the feature has one. */
function derivativesInto(
  feature: Feature,
  y: Vec,
  m: number,
  g: Vec,
  { rows, blocks }: Pick<LowRank, 'rows' | 'blocks'>,
  scratch: Vec,
  p?: Branch,
): void {
  if (feature.derivativesInto) {
    feature.derivativesInto(y, m, g, rows, blocks, p);
    return;
  }
  rowsInto(feature, y, m, rows, scratch, p);
  blocks.fill(0);
  addColumns((x, out) => feature.curvatureInto?.(y, m, g, x, out, p), m, feature.dim, blocks, scratch);
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
function cut({ m, dim, rank, tables: { blocks, rows } }: Structure, moving: Vec): void {
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
/** out: (1/m) Σᵢ Φ(uᵢ) */
type Sum = (y: Vec, out: Vec, pattern?: Branch) => void;
type Filling = { readonly structure: Structure; fill(y: Vec, b?: Branch): void };

/** Tables for a problem with Φ and R, and how they are filled at a state. */
function filling(
  { penalty }: Problem,
  feature: Feature,
  loss: Loss,
  m: number,
  { restrict, signs }: Resting,
  pattern: Pattern,
  sumInto: Sum,
  condensed: boolean,
): Filling {
  const { dim, size: rank } = feature;
  const [f, g] = [new Float64Array(rank), new Float64Array(rank)];
  const [scratch, moving] = [new Float64Array(m * dim), new Float64Array(m * dim)];
  const tables = lowRank(m, dim, rank, condensed);
  const structure: Structure = {
    m,
    dim,
    rank,
    tables,
    bend(x, out) {
      loss.hessianTimesInto?.(f, x, out);
      for (let j = 0; j < rank; j++) out[j] /= m;
    },
  };
  return {
    structure,
    fill(y, b) {
      const p = pattern(b);
      sumInto(y, f, p);
      loss.gradientInto(f, g);
      derivativesInto(feature, y, m, g, tables, scratch, p);
      if (penalty?.curvatureInto)
        addColumns((x, out) => penalty.curvatureInto?.(y, m, x, out, signs(b)), m, dim, tables.blocks, scratch);
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
  sumInto: Sum | undefined,
  sliding?: Sliding,
): NonNullable<Flow['linearise']> {
  const n = m * problem.dim;
  const { feature, loss } = problem;
  const composed = !problem.field && feature && loss && sumInto;
  const { plan } = planOf(n, rankOf(problem));
  const at =
    (y: Vec, b?: Branch): Times =>
    (x, out) =>
      times(y, x, out, b);
  if (plan === 'krylov') return (y, b) => krylov(n, at(y.slice(0, n), b));
  let matrix: Vec | undefined;
  let seen = 0;
  /** The dense matrix, filled when it is first needed. */
  const denseOf = (fill: (h: Vec) => void): Factorise => {
    let factors: Factorise | undefined;
    let filled = -1;
    return shift => {
      matrix ??= new Float64Array(n * n);
      factors ??= denseFactors(n, matrix);
      if (filled !== seen) fill(matrix);
      filled = seen;
      return factors(shift);
    };
  };
  const byProducts = (y: Vec, b?: Branch) =>
    linearisation(n, at(y.slice(0, n), b), [denseOf(h => columnsInto(n, at(y, b), h))]);
  const tabled = (feature: Feature, loss: Loss, sumInto: Sum) => {
    const { structure, fill } = filling(problem, feature, loss, m, resting, pattern, sumInto, plan === 'woodbury');
    const small = n * n <= LIMITS.table ? [denseOf(h => assemble(structure, h))] : [];
    const ways = plan === 'woodbury' ? [woodbury(structure), ...small] : small;
    const linear = linearisation(n, structuredTimes(structure), ways);
    return { fill, linear };
  };
  let tables: ReturnType<typeof tabled> | undefined;
  return (y, b) => {
    seen++;
    if (!composed) return byProducts(y, b);
    if (b && sliding?.slides(b)) {
      // Along a curved kink the velocity turns with it: its Jacobian is neither symmetric nor known from second derivatives of F_m.
      if (!feature.kinks?.linear) return null;
      return n * n <= LIMITS.table ? byProducts(y, b) : krylov(n, at(y.slice(0, n), b));
    }
    tables ??= tabled(feature, loss, sumInto);
    tables.fill(y, b);
    tables.linear.renew();
    return tables.linear;
  };
}
