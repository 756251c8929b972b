/**
 * Any Φ and R with an output multiplier: φ = α(f(u) − f(u(0))) fitted by the flow of R(φ)/α², and its tangent model at u(0), which does not
 * depend on α (Chizat, Oyallon & Bach 2019, §1 and eq. 2).
 */
import { InvalidExperiment } from '../experiment-file.js';
import type { Batch, ComposedProblem, Feature, Loss, Problem, Vec } from '../types.js';

/** f of the m particles of y. */
export function answersOf({ feature }: Pick<Batch, 'feature'>, y: Vec, m: number): Vec {
  const f = new Float64Array(feature.size);
  feature.sumInto(y, m, f);
  return f;
}

const times = (out: Vec, by: number): void => {
  for (let k = 0; k < out.length; k++) out[k] *= by;
};

/** Φ ↦ α(∫Φ − f₀). */
function multiplied(feature: Feature, alpha: number, base: Vec): Feature {
  const { kinks, pushforwardInto: push, curvatureInto: curve } = feature;
  return {
    name: feature.name,
    dim: feature.dim,
    size: feature.size,
    ...(kinks && { kinks }),
    sumInto(y, m, out, pattern) {
      feature.sumInto(y, m, out, pattern);
      for (let k = 0; k < out.length; k++) out[k] = alpha * (out[k] - base[k]);
    },
    pullbackInto(y, m, g, out, pattern) {
      feature.pullbackInto(y, m, g, out, pattern);
      times(out, alpha);
    },
    ...(push && {
      pushforwardInto(y, m, x, out, pattern) {
        push.call(feature, y, m, x, out, pattern);
        times(out, alpha);
      },
    }),
    ...(curve && {
      curvatureInto(y, m, g, x, out, pattern) {
        curve.call(feature, y, m, g, x, out, pattern);
        times(out, alpha);
      },
    }),
  };
}

/** R/α². */
function divided(loss: Loss, alpha: number): Loss {
  const by = 1 / alpha ** 2;
  const { hessianTimesInto: bend } = loss;
  return {
    name: loss.name,
    value: f => by * loss.value(f),
    gradientInto(f, out) {
      loss.gradientInto(f, out);
      times(out, by);
    },
    ...(bend && {
      hessianTimesInto(f, x, out) {
        bend.call(loss, f, x, out);
        times(out, by);
      },
    }),
  };
}

const refuse = (key: string, message: string): never => {
  throw new InvalidExperiment([{ path: ['problem', key], message }]);
};

/** The problem's Φ and R, without V. Throws InvalidExperiment where there are none, or where no straight line leads from u(0). */
export function fitOf({ name, feature, loss, metric, dim, domain, sampling }: Problem): ComposedProblem {
  if (!feature || !loss)
    return refuse('kind', `${name} gives R in closed form, and its tangent model needs Φ; take a finite sample (data)`);
  if (metric)
    return refuse('chart', `the tangent model is that of the Euclidean metric, found ${metric.name}; leave it out`);
  if (sampling?.rows === null)
    return refuse('data', 'a stream has no answers to compare on; take a finite sample (count, X and y, or file)');
  const bounded = domain.find(c => c.kind === 'interval' || c.kind === 'half-line');
  if (bounded)
    return refuse('box', `the tangent model keeps to no bounds, and ${bounded.name} has some; leave them out`);
  return { name, dim, domain, feature, loss, initial: {} };
}

/** min R(φ)/α², φ = α(f − f(y0)), y0 of m particles. */
export const scaledModel = (fit: ComposedProblem, y0: Vec, m: number, alpha: number): ComposedProblem => ({
  ...fit,
  feature: multiplied(fit.feature, alpha, answersOf(fit, y0, m)),
  loss: divided(fit.loss, alpha),
});

/** Rows DΦᵀe_k of the coordinates k of F: how ∫Φ moves with the m particles of y, times m. */
export function jacobianRows(feature: Feature, y: Vec, m: number, coordinates: readonly number[]): Vec[] {
  const e = new Float64Array(feature.size);
  return coordinates.map(k => {
    const row = new Float64Array(y.length);
    e[k] = 1;
    feature.pullbackInto(y, m, e, row);
    e[k] = 0;
    return row;
  });
}

const everything = (n: number): number[] => Array.from({ length: n }, (_, k) => k);

/** u ↦ Df(y0)(u − y0). Its rows are shared, as all particles move the answers together. */
function linear(name: string, dim: number, rows: readonly Vec[], y0: Vec): Feature {
  const forward = (x: (j: number) => number, m: number, out: Vec) => {
    for (const [k, row] of rows.entries()) {
      let sum = 0;
      for (let j = 0; j < row.length; j++) sum += row[j] * x(j);
      out[k] = sum / m;
    }
  };
  return {
    name: `${name}, linearised`,
    dim,
    size: rows.length,
    sumInto: (y, m, out) => forward(j => y[j] - y0[j], m, out),
    pushforwardInto: (_, m, x, out) => forward(j => x[j], m, out),
    pullbackInto(_, __, g, out) {
      out.fill(0);
      for (const [k, row] of rows.entries()) for (let j = 0; j < row.length; j++) out[j] += g[k] * row[j];
    },
    curvatureInto: (_, __, ___, ____, out) => void out.fill(0),
  };
}

/** φ = Df(y0)(u − y0), fitted by the flow of R(φ); with `sample`, its answers on that. */
export function tangentModel(fit: ComposedProblem, y0: Vec, m: number): ComposedProblem {
  const { name, dim, feature, loss } = fit;
  const rows = jacobianRows(feature, y0, m, everything(feature.size));
  const domain = fit.domain.map(({ name }) => ({ name, kind: 'line' as const }));
  return { name: `${name}, linearised`, dim, domain, feature: linear(feature.name, dim, rows, y0), loss, initial: {} };
}

/** The tangent model's answers on another sample. */
export const tangentAnswers = (sample: Batch, y0: Vec, m: number, y: Vec): Vec =>
  answersOf(tangentModel({ ...sample, name: '', dim: sample.feature.dim, domain: [], initial: {} }, y0, m), y, m);

/** Df Dfᵀ between some coordinates of F, times m². */
export function kernelAt(feature: Feature, y: Vec, m: number, coordinates: readonly number[]): Vec {
  const rows = jacobianRows(feature, y, m, coordinates);
  return Float64Array.from(rows.flatMap(p => rows.map(q => p.reduce((sum, x, j) => sum + x * q[j], 0))));
}
