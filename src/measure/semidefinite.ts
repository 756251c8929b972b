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
import { dualAlong, type Inspection, type Program } from './program.js';
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
  if (!problem.supremum) return 'nothing finds the supremum of |η|';
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

/**
 * Gradient and Hessian of F − μ Σ log det T in the difference d of the parts, and in their sum where there are two: R bends d alone, and in
 * moments of the parts themselves its size would drown what little bends the sum.
 */
function derivatives(t: Trigonometric, p: Point, mu: number): { gradient: Vec; H: Vec } {
  const n = p.f.length;
  const two = p.parts.length === 2;
  const size = n * p.parts.length;
  const c = etaOf(t, t.program.residual(p.f));
  const M = curvature(t, p.f);
  const [H, gradient] = [new Float64Array(size * size), new Float64Array(size)];
  const share = two ? 0.5 : 1;
  for (let k = 0; k < n; k++) {
    gradient[k] = -c[k];
    for (let l = 0; l < n; l++) H[k * size + l] = M[k * n + l];
  }
  gradient[two ? n : 0] += t.program.bound;
  for (const [i, W] of p.inverses.entries()) {
    const [slope, bend] = [logDetGradient(W), logDetHessian(W)];
    for (let k = 0; k < n; k++) {
      gradient[k] -= share * mu * signOf(i) * slope[k];
      if (two) gradient[n + k] -= share * mu * slope[k];
      for (let l = 0; l < n; l++) {
        const both = share * share * mu * bend[k * n + l];
        H[k * size + l] += both;
        if (!two) continue;
        H[(n + k) * size + n + l] += both;
        H[k * size + n + l] += signOf(i) * both;
        H[(n + k) * size + l] += signOf(i) * both;
      }
    }
  }
  return { gradient, H };
}

/** Newton's step of every part on F − μ Σ log det T, and the square of its decrement. */
function newton(t: Trigonometric, p: Point, mu: number): { steps: Parts; decrement: number } | null {
  const n = p.f.length;
  const { gradient, H } = derivatives(t, p, mu);
  if (!cholesky(H, gradient.length)) return null;
  const step = gradient.map(x => -x);
  solveCholesky(H, gradient.length, step);
  const difference = step.subarray(0, n);
  const steps =
    p.parts.length === 1
      ? [difference]
      : p.parts.map((_, i) => difference.map((d, k) => (step[n + k] + signOf(i) * d) / 2));
  return { steps, decrement: -dot(gradient, step) / mu };
}

const barrier = (p: Point, mu: number): number => p.energy - mu * p.inverses.reduce((s, W) => s + W.logDet, 0);

/** A step that stays inside and goes down; null where rounding leaves none. */
function advance(t: Trigonometric, p: Point, steps: Parts, mu: number): Point | null {
  const now = barrier(p, mu);
  for (let share = 1; share > 1e-8; share /= 2) {
    const next = pointAt(
      t,
      p.parts.map((u, i) => u.map((x, k) => x + share * steps[i][k])),
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

/** Where |η| comes this near to β, as a share of its largest value, an atom may be: those that are none get no weight. */
const NEAR = 1e-3;

/** The double roots of β² − η², or of β − η, and the weights there. */
function support(t: Trigonometric, q: Vec): Atom[] {
  const { program, order, period } = t;
  const c = etaOf(t, q);
  const jet = new Float64Array(3);
  const peaks = criticalPoints(c, order).map(x => {
    jetInto(x, order, c, jet);
    return { x, eta: jet[0] };
  });
  const size = peaks.reduce((most, { eta }) => Math.max(most, Math.abs(eta)), program.bound);
  const positions = peaks
    .filter(({ eta }) => (program.nonnegative ? eta : Math.abs(eta)) >= program.bound - NEAR * size)
    .map(({ x }) => x);
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

/** It has ended well where the gap is at most this share of F. */
const CLOSED = 1e-6;
/** μ ends at this share of where it began: where F* is 0 no share of F is reached. */
const SMALLEST = 1e-14;
/** By how much μ falls from one centre to the next. */
const FALL = 0.15;
const CENTRED = 0.1;
/** To one centre: the first may be far. */
const MOST_STEPS = 100;

/** The weight of the best single atom: the size of the masses to begin with. */
function massOf({ program }: Trigonometric, { f, at, value }: Inspection): number {
  const { loss } = program.problem;
  const phi = program.column(at);
  const bent = new Float64Array(phi.length);
  loss.hessianTimesInto?.(f, phi, bent);
  return (value - program.bound) / dot(phi, bent);
}

/** Minimises F over all measures on the circle, without a grid. */
export function* semidefinite(t: Trigonometric, { tolerance = 1e-9 }: SemidefiniteOptions = {}): Baseline {
  const { program, order, rows } = t;
  const nothing = program.inspect([]);
  if (nothing.upper <= program.bound) {
    yield { round: 0, atoms: [], energy: nothing.energy, gap: 0, work: workOf(program.counter) };
    return { ok: true, words: '|η| ≤ β where there is no atom: none is worth its weight' };
  }
  const mass = massOf(t, nothing);
  const flat = Float64Array.from(rows, (_, k) => (k === 0 ? mass : 0));
  const start = pointAt(t, program.nonnegative ? [flat] : [flat, flat.slice()]);
  if (!start) return { ok: false, words: `no start inside the cone, from one atom of weight ${mass}` };
  let p: Point = start;
  const degree = p.parts.length * (order + 1);
  // A part alone is held by R; two that cancel are held by β only, and a μ of the size of R would blow them up.
  const first = (program.nonnegative ? p.energy : 2 * program.bound * mass) / degree;
  let mu = first;
  let [lower, round, centres] = [Number.NEGATIVE_INFINITY, 0, 0];
  for (; mu * degree > tolerance * p.energy && mu > SMALLEST * first; mu *= FALL) {
    for (let k = 0; k < MOST_STEPS; k++) {
      const found = newton(t, p, mu);
      const next = found && advance(t, p, found.steps, mu);
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
  return { ok: gap <= CLOSED * Math.abs(seen.energy), words, numbers: { moments: p.energy, own } };
}
