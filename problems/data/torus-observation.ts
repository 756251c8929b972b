/** The observed coefficients y on the d-torus, from whatever the user has. */
import type { Convolution } from '../../src/kernels/convolution.js';
import { torusBasis } from '../../src/kernels/torus.js';
import { random } from '../../src/math/random.js';
import type { ProblemContext, ProblemFault, Random, Vec } from '../../src/types.js';
import { columnsIn } from './array-table.js';
import { gridIn, type Projection, projectGrid } from './grid.js';
import {
  affordable,
  coefficientsIn,
  noisy,
  type Observation,
  type Observed,
  projectOn,
  refusingTables,
} from './observation.js';

/** The torus and the frequencies that are seen of it. */
export interface Band {
  readonly dimension: 1 | 2 | 3;
  readonly order: number;
  readonly period: number;
}

/** y = Σ aⱼ Ψφ(pⱼ) + level·N(0,1) per coefficient; spikes are rows [weight, position…]. */
export function observeTorus(
  spikes: readonly (readonly number[])[],
  { dimension: d, order, period }: Band,
  level: number,
  random: Random,
  kernel?: Convolution,
): Vec {
  const basis = torusBasis(d, order, period);
  const y = new Float64Array(basis.size);
  const value = Array.from({ length: d }, () => 0 as const);
  for (const spike of spikes) basis.addInto(Float64Array.from(spike), 1, value, spike[0], y);
  return noisy(y, level, random, kernel);
}

/** Least squares of samples at places of the torus of side 1, one column for each axis. */
export function projectTorus(places: readonly (readonly number[])[], s: readonly number[], band: Band): Projection {
  const basis = torusBasis(band.dimension, band.order, 1);
  affordable(s.length, basis.size, band.order);
  const value = places.map(() => 0 as const);
  const rows = s.map((_, i) => {
    const phi = new Float64Array(basis.size);
    basis.addInto(
      Float64Array.from(places, axis => axis[i]),
      0,
      value,
      1,
      phi,
    );
    return Array.from(phi);
  });
  const distinct = new Set(s.map((_, i) => places.map(axis => axis[i] - Math.floor(axis[i])).join())).size;
  return projectOn(rows, s, band.order, distinct);
}

/** The columns of a table of samples: x1, x2, … and y; x and y on the circle. */
export const columnsOf = (d: number): string[] => [
  ...(d === 1 ? ['x'] : Array.from({ length: d }, (_, j) => `x${j + 1}`)),
  'y',
];

/** y as coefficients, however it was given. */
export function observedOnTorus(
  o: Observation,
  band: Band,
  context: ProblemContext,
  refuse: (f: ProblemFault) => never,
  kernel?: Convolution,
): Observed {
  if ('coefficients' in o)
    return { coefficients: Float64Array.from(o.coefficients), truth: o.truth, source: o.source, notes: [] };
  if ('spikes' in o) {
    const noise = random(String(o.noise?.seed ?? context.seed), 'noise');
    return {
      coefficients: observeTorus(o.spikes, band, o.noise?.level ?? 0, noise, kernel),
      truth: o.spikes,
      notes: [],
    };
  }
  if ('file' in o) return coefficientsIn(o.file, (2 * band.order + 1) ** band.dimension, context, refuse);
  return refusingTables(o.samples, refuse, () => {
    const grid = gridIn(o.samples, band.dimension, context);
    if (grid) return projectGrid(grid, band.order);
    const read = columnsIn(o.samples, columnsOf(band.dimension), context);
    const places = read.slice(0, -1).map(axis => axis.map(x => x / (o.period ?? band.period)));
    return projectTorus(places, read[band.dimension], band);
  });
}
