/**
 * The semidefinite approach on the circle (Candès & Fernandez-Granda 2014, §4; Bhaskar, Tang & Recht 2013): ν = ν⁺ − ν⁻ by the moments of both
 * parts, each the moments of a measure ≥ 0 exactly where its Toeplitz matrix is ⪰ 0. An interior-point method follows the central path; the
 * dual side of it are Gram matrices μT⁻¹ of β − η ≥ 0 and β + η ≥ 0. The support are the double roots of β² − η², the weights least squares.
 */
import { type Inverse, logDetGradient, logDetHessian, toeplitzInverse } from '../kernels/toeplitz.js';
import { basisInto, jetInto } from '../kernels/trigonometric.js';
import { cholesky, solveCholesky } from '../math/linear.js';
import { random } from '../math/random.js';
import { dot, maxAbs } from '../math/vec.js';
import type { Atom, Vec } from '../types.js';
import { type Baseline, workOf } from './baseline.js';
import { dualAlong, type Program } from './program.js';
import { activeSet, atomsOf, weightProblem } from './weights.js';

/** A Newton step costs the fourth power of the order: some seconds here. */
const MAX_ORDER = 60;

export interface Trigonometric {
  readonly program: Program;
  /** K. */
  readonly order: number;
  readonly period: number;
  /** Rows of Ψ: φ(θ) = Ψ b(θ), b the basis of trigonometric.ts. */
  readonly rows: readonly Vec[];
}

const basisAt = (theta: number, K: number): Vec => {
  const b = new Float64Array(2 * K + 1);
  basisInto(theta, K, 0, b);
  return b;
};

/** The program in the moments of a measure on the circle, or why it has no such form. */
export function trigonometricOf(program: Program): Trigonometric | string {
  const { places, problem, bound } = program;
  const { size } = problem.feature;
  const [circle] = places;
  if (places.length !== 1 || circle.kind !== 'period')
    return 'positive trigonometric polynomials are sums of squares on the circle alone: positions must be one coordinate with a period';
  if (size % 2 === 0) return `φ has ${size} coordinates; a trigonometric polynomial of order K has 2K + 1`;
  if (!(bound > 0)) return 'β is 0, and the mass has no bound';
  if (!problem.loss.hessianTimesInto) return 'R has no second derivative';
  const { period } = circle;
  const order = (size - 1) / 2;
  if (order > MAX_ORDER) return `order ${order}: a Newton step takes minutes beyond ${MAX_ORDER}`;
  // The basis on 2K+1 equal points is orthogonal, so that Ψ is what φ there is against it.
  const points = Array.from({ length: size }, (_, i) => i / size);
  const [columns, bases] = [points.map(t => program.column([t * period])), points.map(t => basisAt(t, order))];
  const rows = Array.from({ length: size }, (_, k) =>
    Float64Array.from(
      { length: size },
      (_, l) => points.reduce((s, _, i) => s + columns[i][k] * bases[i][l], 0) / size,
    ),
  );
  const draw = random('measure', 'trigonometric');
  for (let i = 0; i < 4; i++) {
    const t = draw.uniform();
    const [phi, b] = [program.column([t * period]), basisAt(t, order)];
    if (phi.some((x, k) => Math.abs(x - dot(rows[k], b)) > 1e-10 * maxAbs(phi)))
      return `φ is no trigonometric polynomial of order ${order}`;
  }
  return { program, order, period, rows };
}

/** Moments of ν⁺ and, unless only measures ≥ 0 are asked for, of ν⁻: all that the path moves. */
type Parts = readonly Vec[];

interface Point {
  readonly parts: Parts;
  readonly inverses: readonly Inverse[];
  readonly f: Vec;
  /** F of the measure with these moments. */
  readonly energy: number;
}

const signOf = (part: number): number => (part === 0 ? 1 : -1);

/** Null outside of the cone. */
function pointAt({ program, order, rows }: Trigonometric, parts: Parts): Point | null {
  const inverses = parts.map(u => toeplitzInverse(u, order));
  if (!inverses.every(W => W !== null)) return null;
  const moments = parts[0].map((x, k) => x - (parts[1]?.[k] ?? 0));
  const f = Float64Array.from(rows, row => dot(row, moments));
  return {
    parts,
    inverses,
    f,
    energy: program.energyAt(
      f,
      parts.reduce((s, u) => s + u[0], 0),
    ),
  };
}

/** Ψᵀq: the coefficients of η. */
const etaOf = ({ rows }: Trigonometric, q: Vec): Vec =>
  q.map((_, l) => rows.reduce((sum, row, k) => sum + row[l] * q[k], 0));

/** ΨᵀR″Ψ, (2K+1)² numbers. */
function curvature({ program, rows }: Trigonometric, f: Vec): Vec {
  const { loss } = program.problem;
  const n = f.length;
  const [M, column, bent] = [new Float64Array(n * n), new Float64Array(n), new Float64Array(n)];
  for (let l = 0; l < n; l++) {
    for (let k = 0; k < n; k++) column[k] = rows[k][l];
    loss.hessianTimesInto?.(f, column, bent);
    for (const [k, row] of rows.entries()) for (let j = 0; j < n; j++) M[l * n + j] += row[j] * bent[k];
  }
  return M;
}

/** Newton's step on F − μ Σ log det T, and the square of its decrement. */
function newton(t: Trigonometric, p: Point, mu: number): { step: Vec; decrement: number } | null {
  const n = p.f.length;
  const size = n * p.parts.length;
  const c = etaOf(t, t.program.residual(p.f));
  const M = curvature(t, p.f);
  const [H, gradient] = [new Float64Array(size * size), new Float64Array(size)];
  for (const [i, W] of p.inverses.entries()) {
    const [slope, bend] = [logDetGradient(W), logDetHessian(W)];
    for (let k = 0; k < n; k++)
      gradient[i * n + k] = (k === 0 ? t.program.bound : 0) - signOf(i) * c[k] - mu * slope[k];
    for (const j of p.parts.keys())
      for (let k = 0; k < n; k++)
        for (let l = 0; l < n; l++)
          H[(i * n + k) * size + j * n + l] =
            signOf(i) * signOf(j) * M[k * n + l] + (i === j ? mu * bend[k * n + l] : 0);
  }
  if (!cholesky(H, size)) return null;
  const step = gradient.map(x => -x);
  solveCholesky(H, size, step);
  return { step, decrement: -dot(gradient, step) / mu };
}

const barrier = (p: Point, mu: number): number => p.energy - mu * p.inverses.reduce((s, W) => s + W.logDet, 0);

/** A step that stays inside and goes down; null where rounding leaves none. */
function advance(t: Trigonometric, p: Point, step: Vec, mu: number): Point | null {
  const n = p.f.length;
  const now = barrier(p, mu);
  for (let share = 1; share > 1e-8; share /= 2) {
    const next = pointAt(
      t,
      p.parts.map((u, i) => u.map((x, k) => x + share * step[i * n + k])),
    );
    if (next && barrier(next, mu) <= now) return next;
  }
  return null;
}

/** A value as good as −R*(−αq) allows with η = ⟨q, φ⟩ from the path. */
function dualOf({ program }: Trigonometric, q: Vec): number {
  const sup = program.problem.supremum?.(q);
  return sup?.proof
    ? dualAlong(program.problem.loss, q, sup.upper, program.bound, program.nonnegative)
    : Number.NEGATIVE_INFINITY;
}

/** The zeros of p′ between sign changes on a fine grid, by bisection and Newton. */
function criticalPoints(c: Vec, K: number): number[] {
  const N = 64 * K;
  const jet = new Float64Array(3);
  const at = (x: number): Vec => {
    jetInto(x, K, c, jet);
    return jet;
  };
  const slopes = Array.from({ length: N + 1 }, (_, i) => at(i / N)[1]);
  return slopes.slice(1).flatMap((right, i) => {
    if (slopes[i] === 0 || slopes[i] * right > 0) return slopes[i] === 0 ? [i / N] : [];
    let [low, high, x] = [i / N, (i + 1) / N, (i + 0.5) / N];
    for (let k = 0; k < 60 && high - low > 1e-16; k++) {
      const [, slope, bend] = at(x);
      if (slope * slopes[i] > 0) low = x;
      else high = x;
      const next = x - slope / bend;
      x = next > low && next < high ? next : (low + high) / 2;
    }
    return [x];
  });
}

/** Where |η| comes this near to β, as a share of it, an atom may be. */
const NEAR = 1e-3;

/** The double roots of β² − η², or of β − η, and the weights there. */
function support(t: Trigonometric, q: Vec): Atom[] {
  const { program, order, period } = t;
  const c = etaOf(t, q);
  const jet = new Float64Array(3);
  const positions = criticalPoints(c, order).filter(x => {
    jetInto(x, order, c, jet);
    return (program.nonnegative ? jet[0] : Math.abs(jet[0])) >= program.bound * (1 - NEAR);
  });
  const weights = weightProblem(
    program,
    positions.map(x => [x * period]),
  );
  return atomsOf(weights, activeSet(weights, new Float64Array(positions.length)).c);
}

export interface SemidefiniteOptions {
  /** The path ends once its own gap, μ times the order of the matrices, is at most this share of F. */
  readonly tolerance?: number;
}

/** By how much μ falls from one centre to the next. */
const FALL = 0.15;
const CENTRED = 0.1;

/** Minimises F over all measures on the circle, without a grid and without a start. */
export function* semidefinite(t: Trigonometric, { tolerance = 1e-9 }: SemidefiniteOptions = {}): Baseline {
  const { program, order, rows } = t;
  const mass = Math.max(program.problem.loss.value(new Float64Array(rows.length)), 1e-3) / program.bound;
  const flat = Float64Array.from(rows, (_, k) => (k === 0 ? mass : 0));
  const start = pointAt(t, program.nonnegative ? [flat] : [flat, flat.slice()]);
  if (!start) return { ok: false, words: 'the uniform measure is not inside the cone' };
  let p: Point = start;
  const degree = p.parts.length * (order + 1);
  let mu = (program.bound * mass) / (order + 1);
  let [lower, round, centres] = [Number.NEGATIVE_INFINITY, 0, 0];
  for (; mu * degree > tolerance * p.energy && round < 400; mu *= FALL) {
    for (let k = 0; k < 30; k++) {
      const found = newton(t, p, mu);
      const next = found && advance(t, p, found.step, mu);
      if (!found || !next) break;
      p = next;
      round++;
      if (found.decrement < CENTRED) break;
    }
    centres++;
    lower = Math.max(lower, dualOf(t, program.residual(p.f)));
    const { energy } = p;
    yield { round, atoms: null, energy, gap: energy - lower, work: workOf(program.counter) };
  }
  const own = p.energy - lower;
  const atoms = support(t, program.residual(p.f));
  const seen = program.inspect(atoms);
  lower = Math.max(lower, seen.dual);
  const gap = Math.max(0, seen.energy - lower);
  yield { round: round + 1, atoms, energy: seen.energy, gap, work: workOf(program.counter) };
  const words = `${round} Newton steps through ${centres} centres, gap of the moments ${own.toExponential(1)}; support from the roots`;
  return { ok: seen.energy - p.energy <= 1e-6 * Math.abs(p.energy), words, numbers: { moments: p.energy, own } };
}
