/** Named columns of numbers: written out, from a CSV, or a grid with quadrature weights. */
import { z } from 'zod';
import type { ProblemContext, ProblemFault } from '../../src/types.js';
import { allColumns, fromTable } from './csv.js';

const MAX_ROWS = 1_000_000;
const numbers = z.array(z.number()).min(1).max(MAX_ROWS);
const name = z.string().max(200);

const axisSchema = z.strictObject({
  from: z.number(),
  to: z.number(),
  count: z.int().min(1).max(MAX_ROWS),
  rule: z
    .enum(['midpoint', 'trapezoid', 'periodic'])
    .optional()
    .describe('periodic: the end point is left out, equal weights; default midpoint'),
});
type Axis = z.infer<typeof axisSchema>;

/** Four ways to give the rows on which Φ and the loss live. */
export const columnsSchema = z.union([
  z.strictObject({ columns: z.record(name, numbers) }).describe('columns by name, all of the same length'),
  z
    .strictObject({ X: z.array(z.array(z.number()).min(1).max(100)).min(1).max(MAX_ROWS), y: numbers })
    .describe('rows of inputs, called x1, x2, …, and a target y each'),
  z
    .strictObject({ file: z.string().min(1).max(4096) })
    .describe('CSV file whose header names the columns, all of them numbers, relative to the experiment file'),
  z
    .strictObject({ grid: z.record(name, axisSchema) })
    .describe('a grid (of several axes: all combinations); the column weight holds the quadrature weights'),
]);
export type ColumnsSpec = z.infer<typeof columnsSchema>;

export type Columns = ReadonlyMap<string, readonly number[]>;

/** Names of the columns as far as the experiment alone says; null when they are in a file. */
export function columnNames(data: ColumnsSpec): readonly string[] | null {
  if ('columns' in data) return Object.keys(data.columns);
  if ('X' in data) return [...data.X[0].map((_, j) => `x${j + 1}`), 'y'];
  return 'grid' in data ? [...Object.keys(data.grid), 'weight'] : null;
}

function gridFaults(grid: Readonly<Record<string, Axis>>): ProblemFault[] {
  const axes = Object.entries(grid);
  if (axes.length === 0)
    return [{ path: ['grid'], message: 'at least one axis is wanted, as x1: {from: 0, to: 1, count: 64}' }];
  const bad = axes.find(([, { from, to, count, rule }]) => !(to > from) || (rule === 'trapezoid' && count < 2));
  if (bad) {
    const [axis, { from, to, count }] = bad;
    return [
      {
        path: ['grid', axis],
        message: `from < to is wanted, and 2 points for a trapezoid rule; found ${from} … ${to}, ${count} points`,
      },
    ];
  }
  const rows = axes.reduce((product, [, { count }]) => product * count, 1);
  return rows <= MAX_ROWS ? [] : [{ path: ['grid'], message: `${rows} points; at most ${MAX_ROWS} are allowed` }];
}

/** What the schema cannot say. */
export function columnsFaults(data: ColumnsSpec): ProblemFault[] {
  if ('grid' in data) return gridFaults(data.grid);
  if ('X' in data) {
    const ragged = data.X.findIndex(row => row.length !== data.X[0].length);
    if (ragged >= 0)
      return [
        {
          path: ['X', ragged],
          message: `${data.X[0].length} numbers are wanted as in the first row, found ${data.X[ragged].length}`,
        },
      ];
    return data.X.length === data.y.length
      ? []
      : [{ path: ['y'], message: `X has ${data.X.length} rows, y has ${data.y.length} numbers` }];
  }
  if ('file' in data) return [];
  const [first, ...others] = Object.entries(data.columns);
  if (!first) return [{ path: ['columns'], message: 'at least one column is wanted' }];
  return others
    .filter(([, values]) => values.length !== first[1].length)
    .map(([column, values]) => ({
      path: ['columns', column],
      message: `${first[1].length} numbers are wanted as in ${first[0]}, found ${values.length}`,
    }));
}

/** Nodes and weights of a rule on one axis. */
function quadrature({ from, to, count, rule = 'midpoint' }: Axis): { at: number[]; weight: number[] } {
  const intervals = rule === 'trapezoid' ? count - 1 : count;
  const [step, shift] = [(to - from) / intervals, rule === 'midpoint' ? 0.5 : 0];
  return {
    at: Array.from({ length: count }, (_, i) => from + ((to - from) * (i + shift)) / intervals),
    weight: Array.from({ length: count }, (_, i) =>
      rule === 'trapezoid' && (i === 0 || i === count - 1) ? step / 2 : step,
    ),
  };
}

/** All combinations, the last axis fastest. */
function gridColumns(grid: Readonly<Record<string, Axis>>): Columns {
  let weight = [1];
  let columns = new Map<string, number[]>();
  for (const [axis, spec] of Object.entries(grid)) {
    const q = quadrature(spec);
    const repeated = [...columns].map(([k, v]) => [k, v.flatMap(x => q.at.map(() => x))] as const);
    columns = new Map([...repeated, [axis, weight.flatMap(() => q.at)]]);
    weight = weight.flatMap(w => q.weight.map(v => w * v));
  }
  return columns.set('weight', weight);
}

const fileColumns = (file: string, context: ProblemContext, refuse: (f: ProblemFault) => never): Columns =>
  fromTable(file, ['data', 'file'], refuse, () => {
    const { names, columns } = allColumns(context.read(file));
    return new Map(names.map((column, j) => [column, columns[j]]));
  });

export function columnsOf(data: ColumnsSpec, context: ProblemContext, refuse: (f: ProblemFault) => never): Columns {
  if ('columns' in data) return new Map(Object.entries(data.columns));
  if ('X' in data)
    return new Map([...data.X[0].map((_, j) => [`x${j + 1}`, data.X.map(row => row[j])] as const), ['y', data.y]]);
  return 'file' in data ? fileColumns(data.file, context, refuse) : gridColumns(data.grid);
}
