/** The sketch of a density, its characteristic function at some frequencies: of points, of a mixture that is known, or as given. */
import { z } from 'zod';
import { random } from '../../src/math/random.js';
import type { ProblemContext, ProblemFault, Random, Vec } from '../../src/types.js';
import { type Frequencies, frequencies, phase, randomFourier } from '../features/random-fourier.js';
import { allColumns, TableError } from './csv.js';
import { agrees, factorFaults, noiseSchema, type Rows, vectors } from './matrix-observation.js';

const seed = z.union([z.string().min(1).max(200), z.int()]);
const MOST_POINTS = 10_000_000;
const MOST_FREQUENCIES = 10_000;

export const mixtureSchema = z.strictObject({
  weights: z.array(z.number()).min(1).describe('of the components'),
  means: vectors,
});

export const sketchKeys = {
  frequencies: z
    .union([
      z
        .strictObject({
          count: z.int().min(1).max(MOST_FREQUENCIES),
          scale: z.number().gt(0).describe('ω ~ N(0, scale² I): about one over the distance that is to be told apart'),
          seed: seed.optional(),
        })
        .describe('drawn from a Gaussian'),
      z.strictObject({ values: z.array(z.array(z.number()).min(1).max(1000)).min(1).max(MOST_FREQUENCIES) }),
    ])
    .describe('ω_k at which the density is seen'),
  sigma: z.number().min(0).describe('standard deviation of every component, in every direction'),
  points: z.string().min(1).max(4096).optional().describe('CSV file with a header, one column for each coordinate'),
  mixture: mixtureSchema.optional().describe('a mixture of Gaussians that is known'),
  samples: z
    .int()
    .min(1)
    .max(MOST_POINTS)
    .optional()
    .describe('points drawn from `mixture`; default: its exact sketch'),
  noise: noiseSchema.optional().describe('on every number of the sketch'),
  sketch: z.array(z.number()).min(2).optional().describe('mean cos ω_k·x of all k, then mean sin ω_k·x'),
  truth: mixtureSchema.optional().describe('the mixture sought; for pictures, and F* where the sketch is its own'),
};

export interface Mixture {
  readonly weights: readonly number[];
  readonly means: Rows;
}

type Seed = string | number;

export interface SketchSpec {
  readonly frequencies:
    | { readonly count: number; readonly scale: number; readonly seed?: Seed }
    | { readonly values: Rows };
  readonly sigma: number;
  readonly points?: string;
  readonly mixture?: Mixture;
  readonly samples?: number;
  readonly noise?: { readonly level: number; readonly seed?: Seed };
  readonly sketch?: readonly number[];
  readonly truth?: Mixture;
}

/** Coordinates of a mean, as far as the experiment alone says; null when they are columns of a file. */
export function sketchDimension({ mixture, frequencies: f, truth }: SketchSpec): number | null {
  if ('values' in f) return f.values[0].length;
  return (mixture ?? truth)?.means[0].length ?? null;
}

const under = (path: readonly (string | number)[], faults: readonly ProblemFault[]): ProblemFault[] =>
  faults.map(f => ({ ...f, path: [...path, ...f.path] }));

function mixtureFaults({ weights, means }: Mixture, dimension: number | null): ProblemFault[] {
  const ragged = under(['means'], factorFaults(means));
  if (ragged.length > 0) return ragged;
  if (weights.length !== means.length)
    return [{ path: ['weights'], message: `${means.length} means, but ${weights.length} weights` }];
  return dimension === null || means[0].length === dimension
    ? []
    : [{ path: ['means', 0], message: `the frequencies have ${dimension} numbers each, the means ${means[0].length}` }];
}

function formFaults({ points, mixture, sketch, samples, noise }: SketchSpec): ProblemFault[] {
  const forms = Object.entries({ points, mixture, sketch }).filter(([, v]) => v !== undefined);
  if (forms.length !== 1) {
    const found = forms.length === 0 ? 'none' : forms.map(([k]) => k).join(' and ');
    return [{ path: [], message: `give exactly one of points, mixture and sketch, found ${found}` }];
  }
  if (samples !== undefined && !mixture)
    return [{ path: ['samples'], message: 'are drawn from mixture, which is not given' }];
  return noise && !mixture
    ? [{ path: ['noise'], message: 'is for a mixture; points and sketches are taken as given' }]
    : [];
}

/** What the schema cannot say. */
export function sketchFaults(spec: SketchSpec): ProblemFault[] {
  const form = formFaults(spec);
  if (form.length > 0) return form;
  const { frequencies: f, mixture, truth, sketch } = spec;
  const values = 'values' in f ? f.values : null;
  const count = 'values' in f ? f.values.length : f.count;
  const found = [
    ...(values ? under(['frequencies', 'values'], factorFaults(values)) : []),
    ...under(['mixture'], mixture ? mixtureFaults(mixture, values?.[0].length ?? null) : []),
    ...under(['truth'], truth ? mixtureFaults(truth, values?.[0].length ?? null) : []),
  ];
  if (found.length > 0) return found.slice(0, 1);
  if (sketch && !values) return [{ path: ['sketch'], message: 'needs frequencies.values, the ω_k it was made with' }];
  if (sketch && sketch.length !== 2 * count)
    return [
      {
        path: ['sketch'],
        message: `${count} frequencies need ${2 * count} numbers, cosines then sines; found ${sketch.length}`,
      },
    ];
  return [];
}

export interface Sketched {
  readonly omega: Frequencies;
  readonly targets: Vec;
  readonly truth?: Mixture | undefined;
  /** Whether the sketch is that of `truth`, without noise. */
  readonly exact: boolean;
  readonly frozen: Pick<SketchSpec, 'frequencies' | 'sigma' | 'sketch' | 'truth'>;
  readonly notes: readonly string[];
}

/** Mean of [cos ω_k·x, sin ω_k·x] over rows x. */
function empirical(omega: Frequencies, rows: Iterable<readonly number[]>): Vec {
  const out = new Float64Array(2 * omega.count);
  let n = 0;
  for (const row of rows) {
    const x = Float64Array.from(row);
    for (let k = 0; k < omega.count; k++) {
      const z = phase(omega, k, x, 0);
      out[k] += Math.cos(z);
      out[omega.count + k] += Math.sin(z);
    }
    n++;
  }
  return out.map(s => s / n);
}

/** @param weights their sizes are the chances of the components. */
function* draws({ weights, means }: Mixture, sigma: number, count: number, chance: Random): Generator<number[]> {
  const total = weights.reduce((a, b) => a + b, 0);
  for (let i = 0; i < count; i++) {
    let left = chance.uniform() * total;
    let j = 0;
    while (j < weights.length - 1 && left >= weights[j]) left -= weights[j++];
    yield means[j].map(c => c + sigma * chance.normal());
  }
}

/** [w₁, θ₁, w₂, θ₂, …] summed, not averaged. */
function exactSketch({ weights, means }: Mixture, omega: Frequencies): Vec {
  const out = new Float64Array(2 * omega.count);
  const y = Float64Array.from(means.flatMap((mean, j) => [weights[j] * means.length, ...mean]));
  randomFourier(omega).sumInto(y, means.length, out);
  return out;
}

function pointsOf(file: string, context: ProblemContext, refuse: (f: ProblemFault) => never): number[][] {
  try {
    const { columns } = allColumns(context.read(file));
    return columns[0].map((_, i) => columns.map(c => c[i]));
  } catch (error) {
    if (!(error instanceof TableError)) throw error;
    return refuse({ path: ['points'], message: `${file}:${error.line}:${error.column}: ${error.message}` });
  }
}

function frequenciesOf(spec: SketchSpec, dimension: number, context: ProblemContext): Rows {
  const f = spec.frequencies;
  if ('values' in f) return f.values;
  const chance = random(String(f.seed ?? context.seed), 'frequencies');
  return Array.from({ length: f.count }, () => Array.from({ length: dimension }, () => f.scale * chance.normal()));
}

function targetsOf(spec: SketchSpec, omega: Frequencies, points: Rows | null, context: ProblemContext): Vec {
  const { mixture, samples, noise, sigma, sketch = [] } = spec;
  if (points) return empirical(omega, points);
  if (!mixture) return Float64Array.from(sketch);
  const clean = samples
    ? empirical(omega, draws(mixture, sigma, samples, random(context.seed, 'samples')))
    : exactSketch(mixture, omega);
  const chance = random(String(noise?.seed ?? context.seed), 'noise');
  return noise?.level ? clean.map(c => c + noise.level * chance.normal()) : clean;
}

/** The sketch, however it was given. */
export function sketched(spec: SketchSpec, context: ProblemContext, refuse: (f: ProblemFault) => never): Sketched {
  const { mixture, truth = mixture, sigma } = spec;
  const points = spec.points === undefined ? null : pointsOf(spec.points, context, refuse);
  const dimension = sketchDimension(spec) ?? points?.[0].length ?? 1;
  if (points && points[0].length !== dimension)
    refuse({
      path: ['points'],
      message: `${spec.points} has ${points[0].length} columns, the frequencies have ${dimension} numbers each`,
    });
  const rows = frequenciesOf(spec, dimension, context);
  const omega = frequencies(rows, sigma);
  const targets = targetsOf(spec, omega, points, context);
  return {
    omega,
    targets,
    truth,
    exact: truth !== undefined && agrees(targets, exactSketch(truth, omega)),
    frozen: { frequencies: { values: rows }, sigma, sketch: Array.from(targets), ...(truth && { truth }) },
    notes: points ? [`${points.length} points of ${spec.points}, ${dimension} coordinates`] : [],
  };
}
