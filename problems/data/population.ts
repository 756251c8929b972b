/** A distribution of inputs and a teacher on them: fresh samples without end, and an evaluation sample of their own stream. */
import { z } from 'zod';
import { random } from '../../src/math/random.js';
import type { ProblemContext, ProblemFault, Random, Vec } from '../../src/types.js';
import { type Inputs, product, withBias } from '../features/neuron.js';
import type { Data, Sample } from './sampling.js';

const seed = z.union([z.string().min(1).max(200), z.int()]);
const row = z.array(z.number()).min(1).max(10_000);

export const lawSchema = z.enum(['gaussian', 'sphere', 'uniform']);
export type Law = z.infer<typeof lawSchema>;

export const teacherSchema = z.strictObject({
  weights: z.array(z.number()).min(1).describe('cⱼ'),
  directions: z.array(row).min(1).describe('rows bⱼ; with a bias its last number'),
});
export type Taught = z.infer<typeof teacherSchema>;

const drawnTeacherSchema = z
  .strictObject({
    units: z.int().min(1).max(10_000),
    weight: z.number().gt(0).optional().describe('units have weights ± this, in turn; default 1'),
    length: z.number().gt(0).optional().describe('|bⱼ|, default 1'),
  })
  .describe('a teacher of the seed: directions uniform on a sphere');

export const populationSchema = z.strictObject({
  inputs: lawSchema.describe('N(0, I), uniform on the unit sphere, or uniform in [-1, 1]^d'),
  dimension: z.int().min(1).max(10_000).optional().describe('of the inputs; wanted where the teacher is drawn'),
  teacher: z.union([teacherSchema, drawnTeacherSchema]),
  noise: z.number().gt(0).optional().describe('standard deviation of noise on the targets'),
  labels: z
    .enum(['logit', 'sign'])
    .optional()
    .describe(
      'targets ±1: drawn with P(y = 1) = 1/(1 + exp(-teacher)), or the teacher’s sign; default logit under the logistic loss',
    ),
  evaluation: z
    .strictObject({ size: z.int().min(2).max(1_000_000) })
    .optional()
    .describe('the independent sample on which F is reported; default 10000'),
  seed: seed.optional().describe('of teacher and evaluation sample; default that of the experiment'),
});
export type PopulationSpec = z.infer<typeof populationSchema>;

const EVALUATION = 10_000;

/** out: one input of the law at `at`. */
export function drawInto(law: Law, d: number, chance: Random, out: Vec, at: number): void {
  if (law === 'uniform') {
    for (let j = 0; j < d; j++) out[at + j] = 2 * chance.uniform() - 1;
    return;
  }
  for (let j = 0; j < d; j++) out[at + j] = chance.normal();
  if (law === 'gaussian') return;
  const length = Math.hypot(...out.subarray(at, at + d));
  for (let j = 0; j < d; j++) out[at + j] /= length;
}

/** σ of a unit. */
type Value = (z: number) => number;

/** y(x) = Σ cⱼ σ(bⱼ·x) on every row of x. */
export function answers({ weights, directions }: Taught, x: Inputs, value: Value): Vec {
  const flat = Float64Array.from(directions.flat());
  return Float64Array.from({ length: x.rows }, (_, k) =>
    weights.reduce((sum, c, j) => sum + c * value(product(flat, j * x.columns, x, k)), 0),
  );
}

const isDrawn = (teacher: PopulationSpec['teacher']): teacher is z.infer<typeof drawnTeacherSchema> =>
  'units' in teacher;

/** Numbers in an input, without the bias. */
export const inputsIn = ({ dimension, teacher }: PopulationSpec, bias: boolean): number =>
  dimension ?? (isDrawn(teacher) ? 1 : teacher.directions[0].length - (bias ? 1 : 0));

/** Numbers in an evaluation sample: more do not fit the memory. */
const MOST_NUMBERS = 1e8;

/** What the schema cannot say. */
export function populationFaults(p: PopulationSpec, bias: boolean): ProblemFault[] {
  const { size } = p.evaluation ?? { size: EVALUATION };
  const numbers = size * inputsIn(p, bias);
  if (numbers > MOST_NUMBERS)
    return [{ path: ['evaluation', 'size'], message: `${numbers} numbers in its inputs; at most ${MOST_NUMBERS}` }];
  return taughtFaults(p, bias);
}

function taughtFaults({ dimension, teacher, noise, labels }: PopulationSpec, bias: boolean): ProblemFault[] {
  if (noise !== undefined && labels !== undefined)
    return [{ path: ['noise'], message: 'noise is for targets that are numbers; labels: logit is random already' }];
  if (isDrawn(teacher))
    return dimension === undefined
      ? [{ path: ['dimension'], message: 'a teacher that is drawn needs the dimension of the inputs' }]
      : [];
  const faults = teacherFaults(teacher, bias ? 2 : 1).map(f => ({ ...f, path: ['teacher', ...f.path] }));
  const found = teacher.directions[0].length;
  const wanted = (dimension ?? 0) + (bias ? 1 : 0);
  if (faults.length > 0 || dimension === undefined || found === wanted) return faults;
  return [
    { path: ['dimension'], message: `${wanted} numbers a direction${bias ? ' with the bias' : ''}, found ${found}` },
  ];
}

export function teacherFaults({ weights, directions }: Taught, shortest = 1): ProblemFault[] {
  const ragged = directions.findIndex(r => r.length !== directions[0].length);
  if (ragged >= 0)
    return [
      {
        path: ['directions', ragged],
        message: `${directions[0].length} numbers are wanted, found ${directions[ragged].length}`,
      },
    ];
  if (directions[0].length < shortest)
    return [{ path: ['directions', 0], message: `at least ${shortest} numbers are wanted` }];
  if (weights.length === directions.length) return [];
  return [{ path: ['weights'], message: `${directions.length} directions but ${weights.length} weights` }];
}

function teacherOf({ teacher }: PopulationSpec, columns: number, chance: Random): Taught {
  if (!isDrawn(teacher)) return teacher;
  const { units, weight = 1, length = 1 } = teacher;
  const direction = () => {
    const b = new Float64Array(columns);
    drawInto('sphere', columns, chance, b, 0);
    return Array.from(b, x => length * x);
  };
  return {
    weights: Array.from({ length: units }, (_, j) => (j % 2 === 0 ? weight : -weight)),
    directions: Array.from({ length: units }, direction),
  };
}

/** What is told of a row in place of the teacher's own answer. */
function targetOf({ labels, noise = 0 }: PopulationSpec, answer: number, chance: Random): number {
  if (labels === 'sign') return answer >= 0 ? 1 : -1;
  if (labels === 'logit') return chance.uniform() * (1 + Math.exp(-answer)) < 1 ? 1 : -1;
  return noise > 0 ? answer + noise * chance.normal() : answer;
}

/** `size` fresh rows. */
function rowsOf(p: PopulationSpec, teacher: Taught, bias: boolean, value: Value, chance: Random, size: number): Sample {
  const columns = teacher.directions[0].length - (bias ? 1 : 0);
  const inputs = { rows: size, columns, values: new Float64Array(size * columns) };
  for (let k = 0; k < size; k++) drawInto(p.inputs, columns, chance, inputs.values, k * columns);
  const targets = answers(teacher, bias ? withBias(inputs) : inputs, value);
  return { inputs, targets: targets.map(answer => targetOf(p, answer, chance)) };
}

export interface Population extends Data {
  /** The same with its teacher written out. */
  readonly written: PopulationSpec;
}

/** @param value the teacher's activation. */
export function populationOf(p: PopulationSpec, bias: boolean, value: Value, context: ProblemContext): Population {
  const own = String(p.seed ?? context.seed);
  const teacher = teacherOf(p, inputsIn(p, bias) + (bias ? 1 : 0), random(own, 'teacher'));
  const { size } = p.evaluation ?? { size: EVALUATION };
  return {
    ...rowsOf(p, teacher, bias, value, random(own, 'evaluation'), size),
    stream: (chance, count) => rowsOf(p, teacher, bias, value, chance, count),
    written: { ...p, dimension: inputsIn(p, bias), teacher, evaluation: { size }, seed: own },
  };
}
