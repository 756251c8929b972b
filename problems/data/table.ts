/** Inputs and targets of a network, however they are given. */
import { z } from 'zod';
import { random } from '../../src/math/random.js';
import type { ProblemContext, ProblemFault } from '../../src/types.js';
import { withBias } from '../features/neuron.js';
import { refusingFiles, tableIn } from './array-table.js';
import { answers, drawInto, lawSchema, type Taught, teacherFaults, teacherSchema } from './population.js';
import {
  inputsOf,
  type Preparation,
  preparationShape,
  prepared,
  scaleFaults,
  splitFaults,
  type Transformation,
  transformationSchema,
} from './preparation.js';
import type { Data, Sample } from './sampling.js';

const MAX_ROWS = 1_000_000;
/** Inputs a teacher is asked about: they are drawn into memory. */
const MAX_INPUTS = 20_000_000;
const seed = z.union([z.string().min(1).max(200), z.int()]);
const row = z.array(z.number()).min(1).max(10_000);
const rowsShape = { X: z.array(row).min(1).max(MAX_ROWS), y: z.array(z.number()).min(1) };

/** Three ways to say what was observed. */
export const tableSchema = z.union([
  z
    .strictObject({
      ...rowsShape,
      ...preparationShape,
      test: z.strictObject(rowsShape).optional().describe('rows held out, in the scale of X'),
      transformation: transformationSchema
        .optional()
        .describe('how X was made from the rows of its source, x ↦ (x − mean)/spread; told, not applied again'),
      teacher: teacherSchema.optional().describe('the network the targets came from; for pictures only'),
    })
    .describe('rows of inputs, one target each'),
  z
    .strictObject({
      file: z.string().min(1).max(4096),
      target: z.string().min(1).max(200).describe('name of the column to be predicted; all others are inputs'),
      ...preparationShape,
    })
    .describe(
      'CSV file with a header, .npz of vectors by name and a matrix X, or .npy with columns x1, x2, …; relative to the experiment file',
    ),
  z
    .strictObject({
      teacher: teacherSchema,
      count: z.int().min(1).max(MAX_ROWS),
      inputs: lawSchema.optional().describe('law of the inputs; default gaussian'),
      noise: z.number().min(0).optional().describe('standard deviation of noise on the targets'),
      seed: seed.optional(),
    })
    .describe('targets of a teacher network on random inputs'),
]);
export type TableSpec = z.infer<typeof tableSchema>;
type Written = Extract<TableSpec, { X: unknown }>;

export interface Table extends Data {
  /** Where the targets came from; for pictures, never for the flow. */
  readonly teacher?: Taught | undefined;
  readonly transformation?: Transformation | undefined;
  readonly notes: readonly string[];
}

/** Rows as long as `width`, a target each. */
function rowFaults({ X, y }: Pick<Written, 'X' | 'y'>, width: number, first: string): ProblemFault[] {
  const ragged = X.findIndex(r => r.length !== width);
  if (ragged >= 0)
    return [{ path: ['X', ragged], message: `${width} numbers are wanted as in ${first}, found ${X[ragged].length}` }];
  return X.length === y.length ? [] : [{ path: ['y'], message: `X has ${X.length} rows, y has ${y.length} numbers` }];
}

function writtenFaults(data: Written): ProblemFault[] {
  const { X, test, split, standardise, transformation } = data;
  const width = X[0].length;
  const rows = [
    ...rowFaults(data, width, 'the first row'),
    ...(test ? rowFaults(test, width, 'the rows of X').map(f => ({ ...f, path: ['test', ...f.path] })) : []),
  ];
  if (rows.length > 0) return rows;
  if (test && split) return [{ path: ['split'], message: 'test already holds the rows held out; give one of the two' }];
  if (standardise && (test || transformation))
    return [
      {
        path: ['standardise'],
        message: `X is in the scale of ${test ? 'test' : 'transformation'} already; leave it out`,
      },
    ];
  return splitFaults(X.length, data);
}

/** What the schema cannot say. */
export function tableFaults(data: TableSpec, bias: boolean): ProblemFault[] {
  const faults = 'X' in data ? writtenFaults(data) : [];
  if (faults.length > 0 || !('teacher' in data) || !data.teacher) return faults;
  const wrong = teacherFaults(data.teacher, bias ? 2 : 1).map(f => ({ ...f, path: ['teacher', ...f.path] }));
  return wrong.length > 0 || !('count' in data) ? wrong : countFaults(data.count, data.teacher.directions[0].length);
}

function countFaults(count: number, columns: number): ProblemFault[] {
  if (count * columns <= MAX_INPUTS) return [];
  const message = `${count} rows of ${columns} numbers are ${count * columns} inputs; at most ${MAX_INPUTS} are drawn`;
  return [{ path: ['count'], message }];
}

function taught(
  data: Extract<TableSpec, { count: unknown }>,
  bias: boolean,
  value: (z: number) => number,
  context: ProblemContext,
): Table {
  const chance = random(String(data.seed ?? context.seed), 'data');
  const columns = data.teacher.directions[0].length - (bias ? 1 : 0);
  const inputs = { rows: data.count, columns, values: new Float64Array(data.count * columns) };
  for (let k = 0; k < data.count; k++) drawInto(data.inputs ?? 'gaussian', columns, chance, inputs.values, k * columns);
  const targets = answers(data.teacher, bias ? withBias(inputs) : inputs, value);
  return {
    inputs,
    targets: data.noise ? targets.map(t => t + (data.noise ?? 0) * chance.normal()) : targets,
    teacher: data.teacher,
    notes: [],
  };
}

type Refuse = (f: ProblemFault) => never;
type TargetFaults = (targets: readonly number[]) => readonly ProblemFault[];
type File = Extract<TableSpec, { file: unknown }>;

/** The target's column and the others, by row. */
function columnsOf(data: File, context: ProblemContext, refuse: Refuse) {
  const { names, columns } = tableIn(data.file, context);
  const at = names.indexOf(data.target);
  if (at < 0)
    return refuse({
      path: ['data', 'target'],
      message: `no column ${JSON.stringify(data.target)} in ${data.file}; there are ${names.join(', ')}`,
    });
  if (names.length < 2)
    return refuse({ path: ['data', 'file'], message: `${data.file} has no column beside the target` });
  const others = columns.filter((_, j) => j !== at);
  return { X: columns[at].map((_, k) => others.map(c => c[k])), y: columns[at] };
}

function fromFile(data: File, context: ProblemContext, refuse: Refuse, wrong: TargetFaults): Table {
  const { X, y } = refusingFiles(data.file, ['data', 'file'], refuse, () => columnsOf(data, context, refuse));
  const { notes, ...table } = rowsOf(X, y, data, context, refuse, wrong);
  return { ...table, notes: [`${X.length} rows of ${data.file}, ${X[0].length} inputs`, ...notes] };
}

/** The one path of rows that a user gives, written out or in a file. Faults name the rows as they were given. */
function rowsOf(
  X: Written['X'],
  y: Written['y'],
  p: Preparation,
  context: ProblemContext,
  refuse: Refuse,
  wrong: TargetFaults,
): Table {
  for (const f of [...wrong(y), ...splitFaults(X.length, p)]) refuse({ ...f, path: ['data', ...f.path] });
  const table = prepared(X, y, p, context);
  for (const f of scaleFaults(X, table)) refuse({ ...f, path: ['data', ...f.path] });
  return table;
}

function written(data: Written, context: ProblemContext, refuse: Refuse, wrong: TargetFaults): Table {
  const { X, y, test, teacher, transformation } = data;
  for (const f of wrong(test?.y ?? [])) refuse({ ...f, path: ['data', 'test', ...f.path] });
  return {
    ...(test && { test: { inputs: inputsOf(test.X), targets: Float64Array.from(test.y) } }),
    transformation,
    ...rowsOf(X, y, data, context, refuse, wrong),
    teacher,
  };
}

/**
 * @param value the teacher's activation
 * @param wrong what the loss finds wrong with targets
 */
export function tableOf(
  data: TableSpec,
  bias: boolean,
  value: (z: number) => number,
  context: ProblemContext,
  refuse: Refuse,
  wrong: TargetFaults = () => [],
): Table {
  if ('X' in data) return written(data, context, refuse, wrong);
  if ('file' in data) return fromFile(data, context, refuse, wrong);
  const table = taught(data, bias, value, context);
  for (const f of wrong(Array.from(table.targets))) refuse({ ...f, path: ['data', ...f.path] });
  return table;
}

const rowsIn = ({ inputs, targets }: Sample): Pick<Written, 'X' | 'y'> => ({
  X: Array.from({ length: inputs.rows }, (_, k) =>
    Array.from(inputs.values.subarray(k * inputs.columns, (k + 1) * inputs.columns)),
  ),
  y: Array.from(targets),
});

/** The same table written out: rows held out and the scale of the inputs with it. */
export const frozenTable = (table: Table): TableSpec => ({
  ...rowsIn(table),
  ...(table.test && { test: rowsIn(table.test) }),
  ...(table.transformation && { transformation: table.transformation }),
  ...(table.teacher && { teacher: table.teacher }),
});
