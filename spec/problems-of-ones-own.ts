/** Problems and flows a user could write through the public contracts, with closed forms or hand-made fields to test against. */
import { EigenvalueDecomposition, inverse, Matrix } from 'ml-matrix';
import { dot } from '../src/math/vec.js';
import type { Batch, ComposedProblem, Feature, Flow, Loss, Penalty, Problem, Vec } from '../src/types.js';

type Rows = readonly (readonly number[])[];

/** Φ(u) = u in ℝ^dim: f is the mean particle. */
export const identity = (dim: number): Feature => ({
  name: 'identity',
  dim,
  size: dim,
  sumInto(y, m, out) {
    out.fill(0);
    for (let i = 0; i < m; i++) for (let k = 0; k < dim; k++) out[k] += y[i * dim + k] / m;
  },
  pullbackInto(_y, m, g, out) {
    for (let i = 0; i < m; i++) for (let k = 0; k < dim; k++) out[i * dim + k] = g[k];
  },
});

function timesInto(A: Rows, x: Vec, out: Vec, offset = 0): void {
  for (const [i, row] of A.entries()) {
    out[offset + i] = 0;
    for (const [j, a] of row.entries()) out[offset + i] += a * x[offset + j];
  }
}

/** R(f) = (f−a)ᵀQ(f−a)/2. */
function quadraticLoss(Q: Rows, a: readonly number[]): Loss {
  const away = new Float64Array(a.length);
  const pulled = new Float64Array(a.length);
  const differ = (f: Vec) => {
    for (const [k, x] of a.entries()) away[k] = f[k] - x;
  };
  return {
    name: 'quadratic',
    value(f) {
      differ(f);
      timesInto(Q, away, pulled);
      return dot(away, pulled) / 2;
    },
    gradientInto(f, out) {
      differ(f);
      timesInto(Q, away, out);
    },
  };
}

/** V(u) = uᵀBu/2: smooth, so the minimal-norm selection subtracts its gradient. */
function quadraticPenalty(B: Rows): Penalty {
  const dim = B.length;
  const gradient = (y: Vec, m: number) => {
    const out = new Float64Array(m * dim);
    for (let i = 0; i < m; i++) timesInto(B, y, out, i * dim);
    return out;
  };
  return {
    name: 'quadratic-form',
    value: (y, m) => dot(y, gradient(y, m), m * dim) / 2,
    minNormInto(y, m, force) {
      const b = gradient(y, m);
      for (let i = 0; i < b.length; i++) force[i] -= b[i];
    },
    proxInto(y, m, step, out) {
      const resolvent = inverse(Matrix.eye(dim).add(Matrix.mul(new Matrix(B as number[][]), step))).to2DArray();
      for (let i = 0; i < m; i++) timesInto(resolvent, y, out, i * dim);
    },
  };
}

const unnamed = (dim: number): Problem['domain'] =>
  Array.from({ length: dim }, (_, k) => ({ name: `u${k}`, kind: 'line' }));

/** The smooth problem of quadratic-m5.json; mean and deviations relax separately. */
export const quadratic = (Q: Rows, B: Rows, a: readonly number[]): ComposedProblem => ({
  name: 'quadratic',
  dim: a.length,
  domain: unnamed(a.length),
  feature: identity(a.length),
  loss: quadraticLoss(Q, a),
  penalty: quadraticPenalty(B),
  initial: {},
});

/** The closed form of its flow: ū(t) = u* + e^{−(Q+B)t}(ū₀ − u*), uᵢ − ū = e^{−Bt}(uᵢ₀ − ū₀), u* = (Q+B)⁻¹Qa. */
export function quadraticSolution(Q: Rows, B: Rows, a: readonly number[], y0: Vec): (t: number) => Vec {
  const dim = a.length;
  const m = y0.length / dim;
  const matrix = (rows: Rows) => new Matrix(rows as number[][]);
  const both = Matrix.add(matrix(Q), matrix(B));
  const decay = (A: Matrix) => {
    const { realEigenvalues, eigenvectorMatrix: U } = new EigenvalueDecomposition(A, { assumeSymmetric: true });
    return (t: number) => U.mmul(Matrix.diag(realEigenvalues.map(x => Math.exp(-t * x)))).mmul(U.transpose());
  };
  const [mean, apart] = [decay(both), decay(matrix(B))];
  const rows = Matrix.from1DArray(m, dim, y0);
  const centre = Matrix.columnVector(rows.mean('column'));
  const rest = inverse(both).mmul(matrix(Q)).mmul(Matrix.columnVector(a));
  return t => {
    const middle = Matrix.add(rest, mean(t).mmul(Matrix.sub(centre, rest)));
    const spread = Matrix.sub(rows.transpose(), centre.repeat({ columns: m }));
    return Float64Array.from(
      Matrix.add(apart(t).mmul(spread), middle.repeat({ columns: m }))
        .transpose()
        .to1DArray(),
    );
  };
}

/** V(u) = β|u| on the line, declared as a kink. */
export const absolutePenalty = (beta: number): Penalty => ({
  name: 'absolute',
  absolute: { coordinate: 0, weight: beta },
  value: (y, m) => beta * y.subarray(0, m).reduce((s, u) => s + Math.abs(u), 0),
  minNormInto(y, m, force) {
    for (let i = 0; i < m; i++)
      force[i] =
        y[i] === 0 ? Math.sign(force[i]) * Math.max(0, Math.abs(force[i]) - beta) : force[i] - beta * Math.sign(y[i]);
  },
});

/** The problem of abs-line-*.json: Φ(u) = u in ℝ, R = (f−a)²/(2λ), V = β|u|. */
export const absLine = (a: number, lambda: number, beta: number): ComposedProblem => ({
  name: 'abs-line',
  dim: 1,
  domain: unnamed(1),
  feature: identity(1),
  loss: quadraticLoss([[1 / lambda]], [a]),
  penalty: absolutePenalty(beta),
  initial: {},
});

/** A flow of `size` particles in one dimension from a bare field; its energy means nothing unless given. */
export const bareFlow = (size: number, velocityInto: Flow['velocityInto'], more: Partial<Flow> = {}): Flow => ({
  size,
  particles: size,
  dim: 1,
  velocityInto,
  energy: () => 1,
  forceInto: (y, _points, _count, out) => velocityInto(y, out),
  fieldInto: (y, _points, _count, out) => velocityInto(y, out),
  ...more,
});

/** One particle on the line, u′ = velocity(u). */
export const onTheLine = (velocity: (u: number) => number, more: Partial<Flow> = {}): Flow =>
  bareFlow(
    1,
    (y, out) => {
      out[0] = velocity(y[0]);
    },
    more,
  );

/** The same flow with batches that are all of R. */
export const noiseless = (flow: Flow): Flow => ({
  ...flow,
  batch: {
    rows: 1,
    draw: () => ({}) as Batch,
    velocityInto: (y, _, out) => flow.velocityInto(y, out),
    smoothInto: (y, _, out) => flow.split?.smoothInto(y, out),
  },
});
