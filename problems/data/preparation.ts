/** What is done to rows before anything is trained on them: some are held out, inputs are brought to one scale. */
import { z } from 'zod';
import { random } from '../../src/math/random.js';
import type { ProblemContext, ProblemFault } from '../../src/types.js';
import type { Inputs } from '../features/neuron.js';
import type { Sample } from './sampling.js';

type Rows = readonly (readonly number[])[];

const numbers = z.array(z.number()).min(1);

export const preparationShape = {
  standardise: z
    .boolean()
    .optional()
    .describe('inputs to mean 0 and variance 1, both taken from the rows that are trained on'),
  split: z
    .strictObject({
      test: z.number().gt(0).lt(1).describe('share of the rows that is held out, at random'),
      seed: z
        .union([z.string().min(1).max(200), z.int()])
        .optional()
        .describe('default that of the experiment'),
    })
    .optional(),
};

/** How inputs were made from the rows given: x ↦ (x − mean)/spread. */
export const transformationSchema = z.strictObject({ mean: numbers, spread: numbers });
export type Transformation = z.infer<typeof transformationSchema>;

export interface Preparation {
  readonly standardise?: boolean | undefined;
  readonly split?: { readonly test: number; readonly seed?: string | number | undefined } | undefined;
}

export interface Prepared extends Sample {
  readonly test?: Sample;
  readonly transformation?: Transformation;
  readonly notes: readonly string[];
}

export const inputsOf = (rows: Rows): Inputs => ({
  rows: rows.length,
  columns: rows[0].length,
  values: Float64Array.from(rows.flat()),
});

const heldOut = (rows: number, share: number): number => Math.round(rows * share);

/** A split must leave rows on both sides. */
export function splitFaults(rows: number, { split }: Preparation): ProblemFault[] {
  if (!split) return [];
  const test = heldOut(rows, split.test);
  if (test >= 1 && test < rows) return [];
  return [{ path: ['split', 'test'], message: `${split.test} of ${rows} rows are ${test}; both sides need a row` }];
}

/** Rows held out and rows kept, both in the order given. */
function divided(rows: number, { split }: Preparation, seed: string): { test: number[]; training: number[] } {
  const all = Array.from({ length: rows }, (_, k) => k);
  if (!split) return { test: [], training: all };
  const chance = random(String(split.seed ?? seed), 'split');
  const drawn = all.map(k => ({ k, ticket: chance.uniform() })).sort((a, b) => a.ticket - b.ticket);
  const out = new Set(drawn.slice(0, heldOut(rows, split.test)).map(d => d.k));
  return { test: all.filter(k => out.has(k)), training: all.filter(k => !out.has(k)) };
}

/** Mean and standard deviation of each column; 1 where a column is constant. */
function statistics(rows: Rows): Transformation {
  const mean = rows[0].map((_, j) => rows.reduce((s, r) => s + r[j], 0) / rows.length);
  const spread = mean.map((m, j) => Math.sqrt(rows.reduce((s, r) => s + (r[j] - m) ** 2, 0) / rows.length) || 1);
  return { mean, spread };
}

/** Columns whose mean or spread is beyond double precision: inputs divided by it would all be 0, or not be divided at all. */
export function scaleFaults(X: Rows, { transformation }: Prepared): ProblemFault[] {
  if (!transformation) return [];
  const { mean, spread } = transformation;
  const lost = (s: number, j: number) =>
    !Number.isFinite(mean[j] + s) || (s === 1 && X.some(r => r[j] !== X[0][j] && (r[j] - X[0][j]) ** 2 === 0));
  const j = spread.findIndex(lost);
  if (j < 0) return [];
  const largest = X.reduce((most, r) => Math.max(most, Math.abs(r[j])), 0);
  const message = `input ${j + 1} reaches ${largest}, and its variance is beyond double precision; give it in another unit, with numbers between 1e-100 and 1e100`;
  return [{ path: ['standardise'], message }];
}

/** The rows to train on, and those held out, in the same scale. */
export function prepared(X: Rows, y: readonly number[], p: Preparation, { seed }: ProblemContext): Prepared {
  const { test, training } = divided(X.length, p, seed);
  const transformation = p.standardise ? statistics(training.map(k => X[k])) : undefined;
  const scaled = (row: readonly number[]) =>
    transformation ? row.map((v, j) => (v - transformation.mean[j]) / transformation.spread[j]) : row;
  const part = (rows: readonly number[]): Sample => ({
    inputs: inputsOf(rows.map(k => scaled(X[k]))),
    targets: Float64Array.from(rows, k => y[k]),
  });
  return {
    ...part(training),
    ...(test.length > 0 && { test: part(test) }),
    ...(transformation && { transformation }),
    notes: test.length > 0 ? [`${training.length} rows are trained on, ${test.length} held out`] : [],
  };
}
