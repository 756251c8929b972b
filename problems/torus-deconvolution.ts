/** Sparse deconvolution on the d-torus, with particles as they are or in the conic chart. */
import { convolution } from '../src/kernels/convolution.js';
import { torusSupremum } from '../src/kernels/torus-supremum.js';
import type { Atom, ComposedProblem, Domain, Initialiser, Problem, Random, Vec } from '../src/types.js';
import { coneMetric, conic } from './features/conic.js';
import { convolved } from './features/convolved.js';
import { torusFourier } from './features/torus-fourier.js';
import { square } from './losses/square.js';
import { absWeight } from './penalties/abs-weight.js';
import { nonnegativeWeight } from './penalties/nonnegative-weight.js';
import { squaredWeight } from './penalties/squared-weight.js';

export type Dimension = 1 | 2 | 3;
export type Chart = 'linear' | 'conic';

export interface TorusDeconvolution {
  readonly dimension: Dimension;
  /** K: frequencies up to K are observed along each axis. */
  readonly order: number;
  readonly lambda: number;
  readonly beta: number;
  /** y: (2K+1)^d coefficients in the order of src/kernels/torus.ts. */
  readonly coefficients: Vec;
  /** (2K+1)^d coefficients of ψ in the same order; default: the Dirichlet kernel. */
  readonly kernel?: Vec;
  /** Length of every side, default 1. */
  readonly period?: number;
  /** linear: u = (w, θ), V = β|w|. conic: u = (r, θ), w = r|r|, V = βr², the flow in the cone metric. */
  readonly chart?: Chart;
  /** Only measures ≥ 0; in the linear chart. */
  readonly nonnegative?: boolean;
  readonly truth?: readonly Atom[];
}

/** Beyond this many coefficients the supremum in several dimensions takes minutes: its cost grows like their square. */
const MAX_CERTIFIED = 2500;

/** Whether a supremum over the torus can be afforded, and with it a certificate. */
export const isCertified = (d: Dimension, order: number): boolean => d === 1 || (2 * order + 1) ** d <= MAX_CERTIFIED;

/** The axes of position: `position` on the circle, `position1` … on the others. */
const axes = (d: Dimension): string[] =>
  d === 1 ? ['position'] : Array.from({ length: d }, (_, j) => `position${j + 1}`);

/** What a particle's row holds. */
export const torusCoordinates = (d: Dimension, chart: Chart): string[] => [
  chart === 'conic' ? 'r' : 'weight',
  ...axes(d),
];

/** Names only, so that the experiment can be checked before the problem is built. */
export const torusInitialisers = ['grid', 'midpoints', 'half', 'random'] as const;

/** θ_i of a lattice with at least m points, spread evenly when there are more. */
function latticePoint(i: number, m: number, d: Dimension, shift: number): number[] {
  const side = Math.ceil(m ** (1 / d) - 1e-9);
  const cell = Math.floor((i * side ** d) / m);
  return Array.from({ length: d }, (_, j) => ((Math.floor(cell / side ** (d - 1 - j)) % side) + shift) / side);
}

function initialOf(d: Dimension, period: number, chart: Chart): Problem['initial'] {
  const weight = chart === 'conic' ? 'r = scale (default 0.5)' : 'w = 0';
  const drawn = (place: (i: number, m: number, random: Random) => number[]): Initialiser['draw'] => {
    return (m, random, scale = 0.5) =>
      Float64Array.from(
        Array.from({ length: m }, (_, i) => [
          chart === 'conic' ? scale : 0,
          ...place(i, m, random).map(x => period * x),
        ]).flat(),
      );
  };
  return {
    grid: { summary: `${weight} on a lattice through 0`, draw: drawn((i, m) => latticePoint(i, m, d, 0)) },
    midpoints: {
      summary: `${weight} at the cell centres of a lattice`,
      draw: drawn((i, m) => latticePoint(i, m, d, 0.5)),
    },
    half: {
      summary: `${weight} on a lattice in half of the torus, which separates nothing`,
      draw: drawn((i, m) => latticePoint(i, m, d, 0).map((x, j) => (j === 0 ? x / 2 : x))),
    },
    random: {
      summary: `${weight} at independent uniform positions`,
      draw: drawn((_i, _m, random) => Array.from({ length: d }, () => random.uniform())),
    },
  };
}

/** min |y − ψ * ν|²/(2λ) + β|ν|(𝕋^d) over signed measures on the d-torus (Chizat & Bach 2018, §4.1; Chizat 2019, §4.1). */
export function torusDeconvolution(p: TorusDeconvolution): ComposedProblem {
  const { dimension: d, order, period = 1, chart = 'linear', nonnegative = false } = p;
  if (nonnegative && chart === 'conic') throw new TypeError('nonnegative measures need the linear chart');
  const fourier = torusFourier(d, order, period);
  const seen = p.kernel && convolution(p.kernel, d, order);
  const feature = seen ? convolved(fourier, seen) : fourier;
  if (p.coefficients.length !== feature.size)
    throw new RangeError(
      `order ${order} in dimension ${d} needs ${feature.size} coefficients, got ${p.coefficients.length}`,
    );
  const dim = 1 + d;
  const domain: Domain = torusCoordinates(d, chart).map((name, k) =>
    k > 0
      ? { name, kind: 'period', period }
      : nonnegative
        ? { name, kind: 'half-line', from: 0 }
        : { name, kind: 'line' },
  );
  return {
    name: 'deconvolution',
    dim,
    domain,
    loss: square(p.coefficients, p.lambda),
    ...(chart === 'conic'
      ? { feature: conic(feature), penalty: squaredWeight(p.beta, dim), metric: coneMetric(dim) }
      : {
          feature,
          penalty: (nonnegative ? nonnegativeWeight : absWeight)(p.beta, dim),
          resolution: period / (2 * order + 1),
        }),
    ...(isCertified(d, order) && {
      supremum: (g: Vec) => torusSupremum(seen ? seen.adjoint(g) : g, d, order, period, nonnegative),
    }),
    initial: initialOf(d, period, chart),
    ...(p.truth && { known: { measure: p.truth, source: 'the spikes the observation was made from' } }),
  };
}
