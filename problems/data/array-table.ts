/** Tables in files: CSV, or NumPy arrays where the file is called .npy or .npz. */
import type { ProblemContext, ProblemFault } from '../../src/types.js';
import { allColumns, columns, TableError } from './csv.js';
import { ArrayError, type NumericArray, readNpy, readNpz } from './npy.js';

export const isArrayFile = (file: string): boolean => /\.np[yz]$/i.test(file);

/** The arrays of a file by name; that of a .npy file has none. */
export function arraysIn(file: string, context: ProblemContext): ReadonlyMap<string, NumericArray> {
  if (!context.readBytes) throw new ArrayError('binary files cannot be read here');
  const bytes = context.readBytes(file);
  return /z$/i.test(file) ? readNpz(bytes) : new Map([['', readNpy(bytes)]]);
}

interface Columns {
  readonly names: string[];
  readonly columns: number[][];
}

/** Vectors are columns of their own name, the columns of a matrix X are x1, x2, …. */
function columnsOf(name: string, { shape, values }: NumericArray): Columns {
  if (shape.length === 1) return { names: [name], columns: [Array.from(values)] };
  if (shape.length !== 2)
    throw new ArrayError(`a table has vectors or a matrix, found shape (${shape.join(', ')})${name && ` in ${name}`}`);
  const [n, width] = shape;
  const side = Array.from({ length: width }, (_, j) => j);
  return {
    names: side.map(j => `${name.toLowerCase()}${j + 1}`),
    columns: side.map(j => Array.from({ length: n }, (_, i) => values[i * width + j])),
  };
}

/** Columns of an array file; those of a .npy file are called x1, x2, …. */
function arrayColumns(file: string, context: ProblemContext): Columns {
  const tables = [...arraysIn(file, context)].map(([name, array]) => columnsOf(name || 'x', array));
  const [names, all] = [tables.flatMap(t => t.names), tables.flatMap(t => t.columns)];
  const doubled = names.find((n, i) => names.indexOf(n) !== i);
  if (doubled !== undefined) throw new ArrayError(`column ${doubled} is there twice`);
  const uneven = all.findIndex(c => c.length !== all[0].length);
  if (uneven >= 0)
    throw new ArrayError(`column ${names[uneven]} has ${all[uneven].length} rows, ${names[0]} has ${all[0].length}`);
  if (all.length === 0 || all[0].length === 0) throw new ArrayError('holds no numbers');
  return { names, columns: all };
}

/** Every column of a table in a file, with its name. */
export const tableIn = (file: string, context: ProblemContext): Columns =>
  isArrayFile(file) ? arrayColumns(file, context) : allColumns(context.read(file));

/** The wanted columns of a table in a file; those of a .npy matrix in this order. */
export function columnsIn(file: string, wanted: readonly string[], context: ProblemContext): number[][] {
  if (!isArrayFile(file)) return columns(context.read(file), wanted);
  const { names, columns: all } = arrayColumns(file, context);
  if (/y$/i.test(file)) {
    if (all.length === wanted.length) return all;
    throw new ArrayError(`${wanted.length} columns ${wanted.join(', ')} are wanted, found ${all.length}`);
  }
  return wanted.map(name => {
    const at = names.indexOf(name);
    if (at < 0) throw new ArrayError(`no array called ${name}; there are ${names.join(', ')}`);
    return all[at];
  });
}

/** What is read from a file, with what is wrong in it said at its place in the experiment. */
export function refusingFiles<T>(
  file: string,
  path: ProblemFault['path'],
  refuse: (f: ProblemFault) => never,
  read: () => T,
): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof TableError)
      return refuse({ path, message: `${file}:${error.line}:${error.column}: ${error.message}` });
    if (error instanceof ArrayError) return refuse({ path, message: `${file}: ${error.message}` });
    throw error;
  }
}

/** The numbers of a file in their order: of an array of any shape, or of column y of a CSV. */
export function numbersIn(file: string, context: ProblemContext): number[] {
  if (!isArrayFile(file)) return columns(context.read(file), ['y'])[0];
  const [array, ...others] = arraysIn(file, context).values();
  if (others.length > 0) throw new ArrayError('one array is wanted, found several');
  return Array.from(array.values);
}
