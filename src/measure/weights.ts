/**
 * min over c of R(Σ c_j φ_j) + β|c|₁, c ≥ 0 where asked for: the weights of atoms that stay where they are. Proximal gradient, accelerated or
 * not, and an active set that ends it exactly.
 */
import { cholesky, solveCholesky } from '../math/linear.js';
import { extremeEigenvalues } from '../math/spectrum.js';
import { dot } from '../math/vec.js';
import type { Atom, Loss, Vec } from '../types.js';
import { dualAlong, type Program } from './program.js';

export interface WeightProblem {
  readonly program: Program;
  readonly positions: readonly (readonly number[])[];
  /** φ_j. */
  readonly columns: readonly Vec[];
  readonly loss: Loss;
  readonly size: number;
}

export function weightProblem(program: Program, positions: readonly (readonly number[])[]): WeightProblem {
  const { loss, feature } = program.problem;
  return { program, positions, columns: positions.map(p => program.column(p)), loss, size: feature.size };
}

/** Σ c_j φ_j. */
function combine({ columns, size, program }: WeightProblem, c: Vec): Vec {
  const f = new Float64Array(size);
  for (let j = 0; j < columns.length; j++) {
    if (c[j] === 0) continue;
    program.counter.positions++;
    const phi = columns[j];
    for (let k = 0; k < size; k++) f[k] += c[j] * phi[k];
  }
  return f;
}

/** η_j = ⟨q, φ_j⟩. */
function etas({ columns, program }: WeightProblem, q: Vec): Vec {
  program.counter.positions += columns.length;
  return Float64Array.from(columns, phi => dot(phi, q));
}

export interface WeightState {
  readonly c: Vec;
  readonly f: Vec;
  readonly eta: Vec;
  readonly energy: number;
  /** F(c) − min F over weights is at most this; infinite where R has no conjugate. */
  readonly gap: number;
  /** How far the conditions of optimality are from holding: |η_j| − β, and η_j − β·sign c_j where there is a weight, as a share of max |η|, β. */
  readonly slack: number;
}

export function weightState(p: WeightProblem, c: Vec): WeightState {
  const { program, loss } = p;
  const f = combine(p, c);
  const q = program.residual(f);
  const eta = etas(p, q);
  const energy = program.energyAt(
    f,
    c.reduce((s, x) => s + Math.abs(x), 0),
  );
  const upper = eta.reduce((most, e) => Math.max(most, program.nonnegative ? e : Math.abs(e)), 0);
  const dual = dualAlong(loss, q, upper, program.bound, program.nonnegative);
  return { c, f, eta, energy, gap: energy - dual, slack: slackOf(program, c, eta) };
}

function slackOf({ bound, nonnegative }: Program, c: Vec, eta: Vec): number {
  let [worst, size] = [0, bound];
  for (let j = 0; j < c.length; j++) {
    const over = (nonnegative ? eta[j] : Math.abs(eta[j])) - bound;
    worst = Math.max(worst, c[j] === 0 ? over : Math.abs(eta[j] - bound * Math.sign(c[j])));
    size = Math.max(size, Math.abs(eta[j]));
  }
  return size > 0 ? worst / size : 0;
}

/** The atoms that have a weight. */
export const atomsOf = ({ positions }: WeightProblem, c: Vec): Atom[] =>
  positions.flatMap((position, j) => (c[j] === 0 ? [] : [{ weight: c[j], position }]));

export function shrunk(x: number, by: number, nonnegative: boolean): number {
  if (nonnegative) return Math.max(0, x - by);
  return Math.abs(x) <= by ? 0 : x - Math.sign(x) * by;
}

/** The Lipschitz constant of c ↦ ∇R(Σ c_j φ_j): that of R′ times the largest eigenvalue of the smaller Gram matrix. */
export function smoothnessOf(p: WeightProblem): number {
  const { columns, size, loss } = p;
  if (loss.smoothness === undefined) return Number.NaN;
  const [, top] = extremeEigenvalues(
    (x, out) => {
      out.fill(0);
      for (const phi of columns) {
        const share = dot(phi, x);
        for (let k = 0; k < size; k++) out[k] += share * phi[k];
      }
    },
    size,
    Math.min(size, 40),
  );
  // Lanczos comes from below: a hundredth more keeps the step on the safe side.
  return 1.01 * loss.smoothness * top;
}

export interface GradientOptions {
  /** 1/L by default; where R′ names no L, halved until the step is below its own parabola. */
  readonly step?: number;
  /** `restarted`: Nesterov's, begun anew where it goes uphill (O'Donoghue & Candès 2015, §3.2); `none`: ISTA. */
  readonly momentum: 'restarted' | 'none';
  readonly start?: Vec;
}

const stepped = ({ program: { bound, nonnegative } }: WeightProblem, c: Vec, eta: Vec, step: number): Vec =>
  c.map((x, j) => shrunk(x + step * eta[j], step * bound, nonnegative));

/** R(next) ≤ R(c) + ⟨∇R, next − c⟩ + |next − c|²/(2·step) (Beck & Teboulle 2009, §4). */
function majorised(p: WeightProblem, c: Vec, f: Vec, eta: Vec, next: Vec, step: number): boolean {
  let [linear, square] = [0, 0];
  for (let j = 0; j < c.length; j++) {
    linear -= eta[j] * (next[j] - c[j]);
    square += (next[j] - c[j]) ** 2;
  }
  const before = p.loss.value(f);
  return p.loss.value(combine(p, next)) <= before + linear + square / (2 * step) + 1e-14 * Math.abs(before);
}

/** Proximal gradient on the weights, one iterate after another (Beck & Teboulle 2009); the caller stops it. */
export function* proximalGradient(p: WeightProblem, o: GradientOptions): Generator<Vec, never> {
  let step = o.step ?? 1 / smoothnessOf(p);
  const trusted = Number.isFinite(step);
  if (!trusted) step = 1;
  if (!(step > 0)) throw new RangeError(`a step must be > 0, got ${step}`);
  let c: Vec = o.start ? o.start.slice() : new Float64Array(p.columns.length);
  let [ahead, t] = [c, 1];
  for (;;) {
    const f = combine(p, ahead);
    const eta = etas(p, p.program.residual(f));
    let next = stepped(p, ahead, eta, step);
    while (!trusted && step > 1e-300 && !majorised(p, ahead, f, eta, next, step)) {
      step /= 2;
      next = stepped(p, ahead, eta, step);
    }
    let uphill = 0;
    for (let j = 0; j < next.length; j++) uphill += (ahead[j] - next[j]) * (next[j] - c[j]);
    const grown = (1 + Math.sqrt(1 + 4 * t * t)) / 2;
    const push = o.momentum === 'none' || uphill > 0 ? 0 : (t - 1) / grown;
    t = uphill > 0 ? 1 : grown;
    const last = c;
    ahead = push === 0 ? next : next.map((x, j) => x + push * (x - last[j]));
    c = next;
    yield c;
  }
}

/** Newton's direction on the weights of `held`, signs fixed: H d = η − β·sign; H of equal columns is singular, so a trace of I is added. */
function newtonDirection(p: WeightProblem, s: WeightState, held: readonly number[], signs: Vec): Vec {
  const { columns, loss, size, program } = p;
  const n = held.length;
  const [H, bent] = [new Float64Array(n * n), new Float64Array(size)];
  for (const [a, i] of held.entries()) {
    if (loss.hessianTimesInto) loss.hessianTimesInto(s.f, columns[i], bent);
    else bent.set(columns[i]);
    for (let b = 0; b <= a; b++) H[a * n + b] = H[b * n + a] = dot(columns[held[b]], bent);
  }
  let trace = 0;
  for (let a = 0; a < n; a++) trace += H[a * n + a];
  const d = Float64Array.from(held, j => s.eta[j] - program.bound * signs[j]);
  for (let ridge = 1e-15; ; ridge *= 100) {
    const L = H.slice();
    for (let a = 0; a < n; a++) L[a * n + a] += ridge * trace;
    if (!cholesky(L, n) && ridge < 1) continue;
    solveCholesky(L, n, d);
    return d;
  }
}

/** c moved along d until the first weight reaches zero, less far where F would rise. */
function advance(p: WeightProblem, s: WeightState, held: readonly number[], signs: Vec, d: Vec) {
  let [share, hit] = [1, -1];
  for (const [a, j] of held.entries()) {
    const reach = d[a] * signs[j] < 0 ? -s.c[j] / d[a] : Number.POSITIVE_INFINITY;
    if (reach < share) [share, hit] = [reach, j];
  }
  for (let k = 0; k < 40; k++, share /= 2, hit = -1) {
    const c = s.c.slice();
    for (const [a, j] of held.entries()) c[j] += share * d[a];
    if (hit >= 0) c[hit] = 0;
    const next = weightState(p, c);
    if (next.energy <= s.energy + 1e-15 * Math.abs(s.energy)) return { next, hit };
  }
  return { next: s, hit: -1 };
}

/**
 * The minimum over weights by an active set: Newton on those that have a weight, one that reaches zero leaves, the one that breaks
 * |η| ≤ β most comes in (Osborne, Presnell & Turlach 2000; Lawson & Hanson 1974 for c ≥ 0).
 * @param tolerance of |η| − β, as a share of β
 */
export function activeSet(p: WeightProblem, start: Vec, tolerance = 1e-13, most = 500): WeightState {
  const { bound, nonnegative } = p.program;
  let s = weightState(p, start);
  const signs = start.map(Math.sign);
  let [best, entered] = [s, -1];
  for (let round = 0; round < most; round++) {
    const held = [...signs.keys()].filter(j => signs[j] !== 0);
    const d = held.length > 0 ? newtonDirection(p, s, held, signs) : new Float64Array(0);
    const { next, hit } = held.length > 0 ? advance(p, s, held, signs, d) : { next: s, hit: -1 };
    const stepped = next !== s && next.energy < s.energy;
    s = next;
    if (s.gap < best.gap) best = s;
    if (hit >= 0) {
      signs[hit] = 0;
      // The one that just came in goes at once: rounding decides, and there is nothing left to gain.
      if (hit === entered) break;
      continue;
    }
    // One step is exact for the square loss; others go on while they descend.
    const slack = held.reduce((most2, j) => Math.max(most2, Math.abs(s.eta[j] - bound * signs[j])), 0);
    const scale = Math.max(bound, 1e-300);
    if (stepped && slack > 1e3 * tolerance * scale && p.loss.name !== 'square') continue;
    const over = (j: number) => (nonnegative ? s.eta[j] : Math.abs(s.eta[j])) - bound;
    const outside = [...signs.keys()].filter(j => signs[j] === 0 && over(j) > tolerance * scale);
    if (outside.length === 0) break;
    const worst = outside.reduce((a, b) => (over(b) > over(a) ? b : a));
    signs[worst] = Math.sign(s.eta[worst]);
    entered = worst;
  }
  return best.gap < s.gap ? best : s;
}
