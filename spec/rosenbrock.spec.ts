/** The linearly implicit pairs: their digits, their order conditions, their continuous extensions, their stability. */
import { inverse, Matrix } from 'ml-matrix';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { lowRank } from '../problems/index.js';
import { rodas4Stepper } from '../solvers/rodas4.js';
import { rodas5pStepper } from '../solvers/rodas5p.js';
import { rodas4Tableau } from '../solvers/tableaux/rodas4.js';
import { rodas5pTableau } from '../solvers/tableaux/rodas5p.js';
import { flowOf } from '../src/flow.js';
import type { RosenbrockTableau } from '../src/rosenbrock.js';
import type { Linearisation, Stepper, Vec } from '../src/types.js';
import { densityOf, orderOf, type Tree, treesUpTo } from './rooted-trees.js';
import { unitChecks } from './truth/reference.js';

const methods = suite('linearly implicit methods');
const checks = unitChecks();

interface Case {
  readonly tableau: RosenbrockTableau;
  readonly stepper: Stepper;
  readonly told: ReturnType<typeof unitChecks>['tableau_rodas4'];
  readonly order: number;
  /** Of the continuous extension, and of the embedded method. */
  readonly dense: number;
  readonly embedded: number;
}
const cases: Readonly<Record<string, Case>> = {
  rodas4: {
    tableau: rodas4Tableau,
    stepper: rodas4Stepper,
    told: checks.tableau_rodas4,
    order: 4,
    dense: 3,
    embedded: 3,
  },
  rodas5p: {
    tableau: rodas5pTableau,
    stepper: rodas5pStepper,
    told: checks.tableau_rodas5p,
    order: 5,
    dense: 4,
    embedded: 4,
  },
};

/** α and α + Γ of the method in its usual variables: Γ⁻¹ = I/γ − c, α = aΓ, weights mΓ (Hairer & Wanner II (1996), IV.7 eq. (7.24)). */
interface Usual {
  readonly alpha: number[][];
  readonly beta: number[][];
  readonly weights: (u: readonly number[]) => number[];
}
function usual({ gamma, a, c, b }: RosenbrockTableau): Usual {
  const s = b.length;
  const full = (rows: readonly (readonly number[])[]) =>
    new Matrix(Array.from({ length: s }, (_, i) => Array.from({ length: s }, (_, j) => rows[i - 1]?.[j] ?? 0)));
  const Gamma = inverse(Matrix.sub(Matrix.eye(s).mul(1 / gamma), full(c)));
  const alpha = full(a).mmul(Gamma);
  return {
    alpha: alpha.to2DArray(),
    beta: Matrix.add(alpha, Gamma).to2DArray(),
    weights: u =>
      Matrix.rowVector([...u])
        .mmul(Gamma)
        .to1DArray(),
  };
}

/** A vertex with one branch is a product with J, α + Γ; one with several is a derivative of higher order, α (IV.7 theorem 7.2). */
function stageWeights(t: Tree, { alpha, beta, weights }: Usual): number[] {
  const rows = t.branches.length === 1 ? beta : alpha;
  return rows.map(row =>
    t.branches.reduce(
      (product, s) => product * stageWeights(s, { alpha, beta, weights }).reduce((sum, w, j) => sum + row[j] * w, 0),
      1,
    ),
  );
}

/** How far the weights, one for each u, are from the conditions of that order at θ. */
function defect(tableau: RosenbrockTableau, u: readonly number[], order: number, theta = 1): number {
  const method = usual(tableau);
  const w = method.weights(u);
  return Math.max(
    ...treesUpTo(order).map(t =>
      Math.abs(stageWeights(t, method).reduce((sum, x, i) => sum + w[i] * x, 0) - theta ** orderOf(t) / densityOf(t)),
    ),
  );
}

/** The weights of the continuous extension at θ. */
const extended = ({ b, dense }: RosenbrockTableau, theta: number): number[] =>
  b.map((x, j) => theta * (x + (1 - theta) * dense.reduceRight((sum, row) => row[j] + theta * sum, 0)));

/** With J = 0, f = 1, h = 1: the values of the stages, and where f is asked for. */
function constantField({ gamma, a, c, b }: RosenbrockTableau): { u: number[]; at: number[]; sum: number } {
  const u: number[] = [];
  const total = (row: readonly number[]) => row.reduce((s, x, j) => s + x * u[j], 0);
  for (let i = 0; i < b.length; i++) u.push(gamma * (1 + total(i === 0 ? [] : c[i - 1])));
  return { u, at: a.map(total), sum: total(b) };
}

/** Rounding of coefficients up to 150 that cancel to sums of 1. */
const ROUNDING = 1e-11;

for (const [name, { tableau, stepper, told, order, dense, embedded }] of Object.entries(cases)) {
  methods(`${name}: the digits are those of the independent list`, () => {
    const { gamma, a, c, b, dense } = told;
    assert.equal(tableau, { gamma, a, c, b, dense });
  });

  methods(`${name}: on a constant field the last stages vanish and the weights sum to 1`, () => {
    const { u, at, sum } = constantField(tableau);
    for (const [i, x] of told.check_stage_values_J0_f1_h1.entries()) assert.ok(Math.abs(u[i] - x) <= 1e-13, `u${i}`);
    for (const [i, x] of told.check_abscissae.entries()) assert.ok(Math.abs(at[i] - x) <= 1e-13, `abscissa ${i}`);
    assert.ok(Math.abs(sum - 1) <= 1e-13);
    for (const x of u.slice(5)) assert.ok(Math.abs(x) <= 1e-13);
  });

  methods(`${name}: order ${order}, its estimate ${embedded}, its extension ${dense}, and no more`, () => {
    const without = tableau.b.map((x, j) => (j === tableau.b.length - 1 ? 0 : x));
    assert.ok(defect(tableau, tableau.b, order) <= ROUNDING, `${defect(tableau, tableau.b, order)}`);
    assert.ok(defect(tableau, tableau.b, order + 1) > 1e-5);
    assert.ok(defect(tableau, without, embedded) <= ROUNDING);
    assert.ok(defect(tableau, without, embedded + 1) > 1e-5);
    for (const theta of [0.2, 0.5, 0.85]) {
      const weights = extended(tableau, theta);
      assert.ok(defect(tableau, weights, dense, theta) <= ROUNDING, `θ = ${theta}`);
      assert.ok(defect(tableau, weights, dense + 1, theta) > 1e-6, `θ = ${theta}`);
    }
  });

  methods(`${name}: stiffly accurate, so that the fastest modes are gone after one step`, () => {
    const { alpha, beta, weights } = usual(tableau);
    const last = beta.length - 1;
    for (const [j, w] of weights(tableau.b).entries()) assert.ok(Math.abs(w - beta[last][j]) <= 1e-11, `weight ${j}`);
    assert.ok(alpha[last].reduce((s, x) => s + x, 0) - 1 <= 1e-11);
  });

  methods(`${name}: two digits of any coefficient in the wrong order are noticed`, () => {
    const broken = (t: RosenbrockTableau) =>
      Math.max(defect(t, t.b, order), ...[0.3, 0.6].map(x => defect(t, extended(t, x), dense, x)));
    let swapped = 0;
    const visit = (make: (change: (x: number) => number) => RosenbrockTableau, x: number) => {
      if (transposed(x) === x) return;
      swapped++;
      assert.ok(broken(make(transposed)) > 1e3 * ROUNDING, `${x} as ${transposed(x)}`);
    };
    for (const part of ['a', 'c', 'dense'] as const)
      tableau[part].forEach((row, i) => {
        row.forEach((x, j) => {
          // The last u is the error estimate, of higher order than the extension, which may hold any multiple of it.
          if (part === 'dense' && j === row.length - 1) return;
          const at = (change: (x: number) => number) => ({
            ...tableau,
            [part]: tableau[part].map((r, k) => (k === i ? r.map((y, l) => (l === j ? change(y) : y)) : r)),
          });
          visit(at, x);
        });
      });
    tableau.b.forEach((x, j) => {
      visit(change => ({ ...tableau, b: tableau.b.map((y, l) => (l === j ? change(y) : y)) }), x);
    });
    visit(change => ({ ...tableau, gamma: change(tableau.gamma) }), tableau.gamma);
    assert.ok(swapped >= 40, `${swapped}`);
  });

  methods(`${name}: one step errs like h^${order + 1} at its end and like h^${dense + 1} inside`, () => {
    const h = order === 4 ? 1 / 128 : 1 / 64;
    const [coarse, fine] = [localErrors(stepper, h), localErrors(stepper, h / 2)];
    for (const [k, nominal] of [order + 1, dense + 1, embedded + 1].entries()) {
      const got = Math.log2(coarse[k] / fine[k]);
      assert.ok(Math.abs(got - nominal) <= 0.25, `${['end', 'inside', 'error estimate'][k]}: observed ${got}`);
    }
  });

  methods(`${name}: a mode of rate 10⁸ is damped by one step of length 1, whatever it started from`, () => {
    const attempt = stepper.start(1, { linearise: () => linear(-1e8), energy: () => 0 });
    const { y } = attempt(
      (z, out) => {
        out[0] = -1e8 * z[0];
      },
      1,
      Float64Array.of(1),
      Float64Array.of(-1e8),
    );
    assert.ok(Math.abs(y[0]) <= 1e-6, `${y[0]}`);
  });
}

/** The third significant digit of x and the next one that differs, exchanged. */
function transposed(x: number): number {
  const [mantissa, exponent] = x.toExponential(15).split('e');
  const digits = [...mantissa];
  for (let k = digits.indexOf('.') + 2; k + 1 < digits.length; k++)
    if (digits[k] !== digits[k + 1]) {
      [digits[k], digits[k + 1]] = [digits[k + 1], digits[k]];
      return Number(`${digits.join('')}e${exponent}`);
    }
  return x;
}

const linear = (rate: number): Linearisation => ({
  timesInto(x, out) {
    out[0] = rate * x[0];
  },
  solveInto(shift, rhs, out) {
    out[0] = rhs[0] / (shift - rate);
  },
});

/** θ′ = (M − θ²)θ, one particle on |θ² − M|²/4: θ² = M/(1 + (M/θ₀² − 1)e^{−2Mt}). */
const [M, START] = [3, 0.5];
const bernoulli = (t: number) => Math.sqrt(M / (1 + (M / START ** 2 - 1) * Math.exp(-2 * M * t)));

/** At the end, inside, and the estimate, after one step of length h. */
function localErrors(stepper: Stepper, h: number): number[] {
  const flow = flowOf(lowRank([[M]]), 1);
  const rhs = (y: Vec, out: Vec) => flow.velocityInto(y, out);
  const attempt = stepper.start(1, {
    linearise: y => flow.linearise?.(y) as Linearisation,
    energy: y => flow.energy(y),
  });
  const [y0, v0, out] = [Float64Array.of(START), new Float64Array(1), new Float64Array(1)];
  rhs(y0, v0);
  const { y, error, dense } = attempt(rhs, h, y0, v0);
  const extension = dense();
  const inside = [0.25, 0.5, 0.75].map(x => {
    extension(x, out);
    return Math.abs(out[0] - bernoulli(x * h));
  });
  return [Math.abs(y[0] - bernoulli(h)), Math.max(...inside), Math.abs(error[0])];
}

methods.run();
