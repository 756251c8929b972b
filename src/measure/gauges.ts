/** The metrics of `pgf limit`, each against the states of one reference. */
import type { LimitMetric } from '../limit-results.js';
import type { Domain, Problem, Vec } from '../types.js';
import { boundedLipschitz } from './bounded-lipschitz.js';
import { discrepancy, gaussianKernel, widthsFor } from './discrepancy.js';
import { projected, weighted } from './lifting.js';
import { wasserstein } from './wasserstein.js';

export interface Gauge {
  readonly metric: LimitMetric;
  /** In full; after the last distance, with how it was found. */
  name(): string;
  /** Of the cloud y from the reference at time number k. */
  distance(y: Vec, k: number): number;
}

/** From the reference's states; or why the problem, or so many particles of the reference, cannot have it. */
type Maker = (problem: Problem, particles: number) => ((reference: readonly Vec[]) => Gauge) | string;

const w2: Maker = problem => reference => {
  const ways = new Set<string>();
  return {
    metric: 'w2',
    name: () => `W₂ between particles (${[...ways].join('; ')})`,
    distance(y, k) {
      const { distance, method } = wasserstein(problem, y, reference[k]);
      ways.add(method.replace(/of \d+ equal/, 'of equal'));
      return distance;
    },
  };
};

/** Of every two particles: more pairs than this take minutes at each time. */
const MOST_PAIRED = 10_000;
const tooMany = (particles: number): string | null =>
  particles > MOST_PAIRED
    ? `it compares all pairs, and takes at most ${MOST_PAIRED} particles; the reference has ${particles} (--reference)`
    : null;

/** Copies of the domain as a coordinate of its own. */
const COPY = { name: 'copy', kind: 'line' } as const;
const COPIES_APART = 0.2;

function labelled({ dim, copies }: Problem, y: Vec): Vec {
  if (!copies) return y;
  return Float64Array.from({ length: (y.length / dim) * (dim + 1) }, (_, at) => {
    const [i, k] = [Math.floor(at / (dim + 1)), at % (dim + 1)];
    return k < dim ? y[i * dim + k] : copies(i);
  });
}

const mmd: Maker = (problem, particles) => tooMany(particles) ?? (reference => mmdFrom(problem, reference));

function mmdFrom(problem: Problem, reference: readonly Vec[]): Gauge {
  const domain: Domain = problem.copies ? [...problem.domain, COPY] : problem.domain;
  const widths = widthsFor(problem.domain, reference[reference.length - 1]);
  const kernel = gaussianKernel(domain, problem.copies ? [...widths, COPIES_APART] : widths);
  const clouds = reference.map(y => labelled(problem, y));
  const self = clouds.map(y => kernel.mean(y, y));
  return {
    metric: 'mmd',
    name: () => `MMD between particles (${kernel.name})`,
    distance: (y, k) => discrepancy(kernel, labelled(problem, y), clouds[k], self[k]),
  };
}

const functionNorm: Maker = ({ feature, dim }) => {
  if (!feature) return 'f has no coordinates here, R is given in closed form';
  const represented = (y: Vec) => {
    const f = new Float64Array(feature.size);
    feature.sumInto(y, y.length / dim, f);
    return f;
  };
  return reference => {
    const truth = reference.map(represented);
    return {
      metric: 'function',
      name: () => `|f − f′|, f = ∫Φ dμ in ${feature.size} coordinates`,
      distance(y, k) {
        const f = represented(y);
        return Math.hypot(...f.map((x, i) => x - truth[k][i]));
      },
    };
  };
};

const bl: Maker = ({ domain, dim, copies }, particles) => {
  const [mass, place] = domain;
  if (domain.length !== 2 || mass.name !== 'weight')
    return 'the bounded-Lipschitz distance is computed for weights at positions on a line or circle';
  const refused = tooMany(particles);
  if (refused) return refused;
  const period = place.kind === 'period' ? place.period : undefined;
  return reference => {
    const truth = reference.map(y => projected(y, dim, weighted, copies));
    return {
      metric: 'bl',
      name: () => `‖ν − ν′‖_BL between the signed measures on the ${period === undefined ? 'line' : 'circle'}, exact`,
      distance: (y, k) => boundedLipschitz(projected(y, dim, weighted, copies), truth[k], period),
    };
  };
};

const makers: Readonly<Record<LimitMetric, Maker>> = { function: functionNorm, mmd, w2, bl };
export const METRICS = Object.keys(makers) as LimitMetric[];

/**
 * Those asked for, or all that the problem has, each waiting for the states of the reference. Throws where one that is asked for is not to
 * be had.
 * @param particles of the reference
 */
export function gaugesFor(
  problem: Problem,
  particles: number,
  asked?: readonly LimitMetric[],
): (reference: readonly Vec[]) => Gauge[] {
  const waiting = (asked ?? METRICS).flatMap(metric => {
    const made = makers[metric](problem, particles);
    if (typeof made !== 'string') return [made];
    if (asked) throw new MetricRefused(`${metric}: ${made}; take another of ${METRICS.join(', ')}`);
    return [];
  });
  return reference => waiting.map(make => make(reference));
}

export class MetricRefused extends Error {}
