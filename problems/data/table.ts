/** Inputs and targets of a network, however they are given. */
import { z } from 'zod';
import { random } from '../../src/math/random.js';
import type { ProblemContext, ProblemFault, Random, Vec } from '../../src/types.js';
import { type Inputs, withBias } from '../features/neuron.js';
import { allColumns, fromTable } from './csv.js';

const MAX_ROWS = 1_000_000;
/** Inputs a teacher is asked about: they are drawn into memory. */
const MAX_INPUTS = 20_000_000;
const seed = z.union([z.string().min(1).max(200), z.int()]);
const row = z.array(z.number()).min(1).max(10_000);

export const teacherSchema = z.strictObject({
  weights: z.array(z.number()).min(1).describe('cⱼ'),
  directions: z.array(row).min(1).describe('rows bⱼ; with a bias its last number'),
});

type Taught = z.infer<typeof teacherSchema>;

/** Three ways to say what was observed. */
export const tableSchema = z.union([
  z
    .strictObject({
      X: z.array(row).min(1).max(MAX_ROWS),
      y: z.array(z.number()).min(1),
      teacher: teacherSchema.optional().describe('the network the targets came from; for pictures only'),
    })
    .describe('rows of inputs, one target each'),
  z
    .strictObject({
      file: z.string().min(1).max(4096),
      target: z.string().min(1).max(200).describe('name of the column to be predicted; all others are inputs'),
      standardise: z.boolean().optional().describe('inputs to mean 0 and variance 1'),
    })
    .describe('CSV file with a header, relative to the experiment file'),
  z
    .strictObject({
      teacher: teacherSchema,
      count: z.int().min(1).max(MAX_ROWS),
      inputs: z.enum(['gaussian', 'sphere', 'uniform']).optional().describe('law of the inputs; default gaussian'),
      noise: z.number().min(0).optional().describe('standard deviation of noise on the targets'),
      seed: seed.optional(),
    })
    .describe('targets of a teacher network on random inputs'),
]);
export type TableSpec = z.infer<typeof tableSchema>;

export interface Table {
  readonly inputs: Inputs;
  readonly targets: Vec;
  /** Where the targets came from; for pictures, never for the flow. */
  readonly teacher?: Taught | undefined;
  readonly notes: readonly string[];
}

const inputsOf = (rows: readonly (readonly number[])[]): Inputs => ({
  rows: rows.length,
  columns: rows[0].length,
  values: Float64Array.from(rows.flat()),
});

/** What the schema cannot say: equal lengths. */
export function tableFaults(data: TableSpec, bias: boolean): ProblemFault[] {
  if ('X' in data) {
    const ragged = data.X.findIndex(r => r.length !== data.X[0].length);
    if (ragged >= 0)
      return [
        {
          path: ['X', ragged],
          message: `${data.X[0].length} numbers are wanted as in the first row, found ${data.X[ragged].length}`,
        },
      ];
    if (data.X.length !== data.y.length)
      return [{ path: ['y'], message: `X has ${data.X.length} rows, y has ${data.y.length} numbers` }];
  }
  if (!('teacher' in data) || !data.teacher) return [];
  const taught = teacherFaults(data.teacher, bias ? 2 : 1).map(f => ({ ...f, path: ['teacher', ...f.path] }));
  return taught.length > 0 || !('count' in data) ? taught : countFaults(data.count, data.teacher.directions[0].length);
}

function countFaults(count: number, columns: number): ProblemFault[] {
  if (count * columns <= MAX_INPUTS) return [];
  const message = `${count} rows of ${columns} numbers are ${count * columns} inputs; at most ${MAX_INPUTS} are drawn`;
  return [{ path: ['count'], message }];
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

/** One input of the law asked for. */
function draw(law: 'gaussian' | 'sphere' | 'uniform', d: number, chance: Random): number[] {
  if (law === 'uniform') return Array.from({ length: d }, () => 2 * chance.uniform() - 1);
  const x = Array.from({ length: d }, () => chance.normal());
  if (law === 'gaussian') return x;
  const length = Math.hypot(...x);
  return x.map(v => v / length);
}

function taught(
  data: Extract<TableSpec, { count: unknown }>,
  bias: boolean,
  value: (z: number) => number,
  context: ProblemContext,
): Table {
  const { weights, directions } = data.teacher;
  const chance = random(String(data.seed ?? context.seed), 'data');
  const d = directions[0].length - (bias ? 1 : 0);
  const inputs = inputsOf(Array.from({ length: data.count }, () => draw(data.inputs ?? 'gaussian', d, chance)));
  const x = bias ? withBias(inputs) : inputs;
  const targets = Float64Array.from({ length: data.count }, (_, k) =>
    weights.reduce((sum, c, j) => {
      const z = directions[j].reduce((s, b, a) => s + b * x.values[k * x.columns + a], 0);
      return sum + c * value(z);
    }, 0),
  );
  return {
    inputs,
    targets: data.noise ? targets.map(t => t + (data.noise ?? 0) * chance.normal()) : targets,
    teacher: data.teacher,
    notes: [],
  };
}

function standardised(rows: number[][]): number[][] {
  const d = rows[0].length;
  const mean = Array.from({ length: d }, (_, j) => rows.reduce((s, r) => s + r[j], 0) / rows.length);
  const spread = mean.map((m, j) => Math.sqrt(rows.reduce((s, r) => s + (r[j] - m) ** 2, 0) / rows.length) || 1);
  return rows.map(r => r.map((v, j) => (v - mean[j]) / spread[j]));
}

function fromFile(
  { file, target, standardise }: Extract<TableSpec, { file: unknown }>,
  context: ProblemContext,
  refuse: (f: ProblemFault) => never,
): Table {
  const { names, columns } = fromTable(file, ['data', 'file'], refuse, () => allColumns(context.read(file)));
  const at = names.indexOf(target);
  if (at < 0)
    return refuse({
      path: ['data', 'target'],
      message: `no column ${JSON.stringify(target)} in ${file}; there are ${names.join(', ')}`,
    });
  if (names.length < 2) return refuse({ path: ['data', 'file'], message: `${file} has no column beside the target` });
  const others = columns.filter((_, j) => j !== at);
  const rows = columns[at].map((_, k) => others.map(c => c[k]));
  const inputs = inputsOf(standardise ? standardised(rows) : rows);
  return {
    inputs,
    targets: Float64Array.from(columns[at]),
    notes: [`${rows.length} rows of ${file}, ${inputs.columns} inputs`],
  };
}

/** @param value the teacher's activation. */
export function tableOf(
  data: TableSpec,
  bias: boolean,
  value: (z: number) => number,
  context: ProblemContext,
  refuse: (f: ProblemFault) => never,
): Table {
  if ('X' in data)
    return { inputs: inputsOf(data.X), targets: Float64Array.from(data.y), teacher: data.teacher, notes: [] };
  return 'file' in data ? fromFile(data, context, refuse) : taught(data, bias, value, context);
}

/** The same table written out. */
export const frozenTable = ({ inputs, targets, teacher }: Table): TableSpec => ({
  X: Array.from({ length: inputs.rows }, (_, k) =>
    Array.from(inputs.values.subarray(k * inputs.columns, (k + 1) * inputs.columns)),
  ),
  y: Array.from(targets),
  ...(teacher && { teacher }),
});
