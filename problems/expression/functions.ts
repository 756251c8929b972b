/** Functions of one argument: their value, and their derivative as a formula. */
import type { Graph, Id, UnaryName } from './formula.js';

interface Unary {
  value(x: number): number;
  /** The derivative at node `a`; `v` is the node of the value there. */
  slope(g: Graph, a: Id, v: Id): Id;
}

const logistic = (z: number): number => (z >= 0 ? 1 / (1 + Math.exp(-z)) : Math.exp(z) / (1 + Math.exp(z)));

export const unary: Readonly<Record<UnaryName, Unary>> = {
  atan: { value: Math.atan, slope: (g, a) => g.div(g.constant(1), g.add(g.constant(1), g.mul(a, a))) },
  cos: { value: Math.cos, slope: (g, a) => g.neg(g.apply('sin', a)) },
  cosh: { value: Math.cosh, slope: (g, a) => g.apply('sinh', a) },
  exp: { value: Math.exp, slope: (_g, _a, v) => v },
  expm1: { value: Math.expm1, slope: (g, _a, v) => g.add(v, g.constant(1)) },
  inverse: { value: x => (x >= 0 ? 1 / x : Number.NaN), slope: (g, _a, v) => g.neg(g.mul(v, v)) },
  log: { value: Math.log, slope: (g, a) => g.apply('inverse', a) },
  log1p: { value: Math.log1p, slope: (g, a) => g.apply('inverse', g.add(g.constant(1), a)) },
  sigmoid: { value: logistic, slope: (g, _a, v) => g.mul(v, g.sub(g.constant(1), v)) },
  sin: { value: Math.sin, slope: (g, a) => g.apply('cos', a) },
  sinh: { value: Math.sinh, slope: (g, a) => g.apply('cosh', a) },
  softplus: {
    value: z => Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z))),
    slope: (g, a) => g.apply('sigmoid', a),
  },
  sqrt: { value: Math.sqrt, slope: (g, _a, v) => g.div(g.constant(0.5), v) },
  tan: { value: Math.tan, slope: (g, _a, v) => g.add(g.constant(1), g.mul(v, v)) },
  tanh: { value: Math.tanh, slope: (g, _a, v) => g.sub(g.constant(1), g.mul(v, v)) },
};

export const isUnary = (name: string): name is UnaryName => Object.hasOwn(unary, name);
