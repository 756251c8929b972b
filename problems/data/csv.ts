/** Numeric columns from CSV text; every cell is checked, none is guessed. */
import { dsvFormat } from 'd3-dsv';

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;
const SEPARATORS = [',', ';', '\t'] as const;

/** Where a table is wrong: line and column count from 1. */
export class TableError extends Error {
  constructor(
    readonly line: number,
    readonly column: number,
    message: string,
  ) {
    super(message);
  }
}

const shown = (cell: string) => JSON.stringify(cell.length > 40 ? `${cell.slice(0, 40)}…` : cell);

/** A finite decimal number, or a TableError that says what was found. `Number("")` is 0, so the text is matched first. */
export function numberIn(cell: string, line: number, column: number): number {
  const text = cell.trim();
  const value = NUMBER.test(text) ? Number(text) : Number.NaN;
  if (Number.isFinite(value)) return value;
  const hint = /^[+-]?\d+,\d+$/.test(text) ? '; decimals are written with a point' : '';
  throw new TableError(line, column, `a finite number is wanted, found ${shown(cell)}${hint}`);
}

/** The separator that splits the header into the wanted number of cells. */
const separatorOf = (header: string) => SEPARATORS.find(s => header.includes(s)) ?? ',';

function headerOf(cells: readonly string[], wanted: readonly string[]): number[] {
  const names = cells.map(c => c.trim());
  const doubled = names.find((n, i) => names.indexOf(n) !== i);
  if (doubled !== undefined)
    throw new TableError(1, names.lastIndexOf(doubled) + 1, `column ${shown(doubled)} is there twice`);
  return wanted.map(name => {
    const at = names.indexOf(name);
    if (at < 0)
      throw new TableError(
        1,
        1,
        `column ${shown(name)} is missing; the first line must name the columns ${wanted.join(',')}, found ${shown(cells.join(','))}`,
      );
    return at;
  });
}

/** Line breaks inside quoted cells. */
const newlines = (cells: readonly string[]): number =>
  cells.reduce((sum, cell) => sum + cell.split('\n').length - 1, 0);

/** Header and rows of a table with a header line. Separator comma, semicolon or tab; blank lines are skipped. */
function tableOf(text: string): { header: string[]; rows: { line: number; cells: string[] }[] } {
  if (text.includes('\u0000')) throw new TableError(1, 1, 'the file is not UTF-8 text (it holds NUL bytes; UTF-16?)');
  const body = text.replace(/^\uFEFF/, '').replace(/\r\n?/g, '\n');
  if (body.trim() === '')
    throw new TableError(
      1,
      1,
      'the file is empty; a header line that names the columns and rows of numbers are missing',
    );
  const [header = [], ...rest] = dsvFormat(separatorOf(body.slice(0, body.indexOf('\n') >>> 0))).parseRows(body);
  if (header.every(cell => NUMBER.test(cell.trim())))
    throw new TableError(1, 1, `the first line must name the columns, found numbers only: ${shown(header.join(','))}`);
  let line = 1 + newlines(header);
  const all = rest.map(cells => {
    const row = { line: ++line, cells };
    line += newlines(cells);
    return row;
  });
  const rows = all.filter(({ cells }) => cells.some(cell => cell.trim() !== ''));
  for (const { line, cells } of rows)
    if (cells.length !== header.length)
      throw new TableError(line, 1, `${header.length} cells are wanted as in the header, found ${cells.length}`);
  return { header, rows };
}

const read = (rows: ReturnType<typeof tableOf>['rows'], column: number): number[] => {
  if (rows.length === 0) throw new TableError(2, 1, 'no data after the header');
  return rows.map(({ line, cells }) => numberIn(cells[column], line, column + 1));
};

/** The named columns of a table. */
export function columns(text: string, wanted: readonly string[]): number[][] {
  const { header, rows } = tableOf(text);
  return headerOf(header, wanted).map(column => read(rows, column));
}

/** Every column of a table, with its name. */
export function allColumns(text: string): { names: string[]; columns: number[][] } {
  const { header, rows } = tableOf(text);
  const names = header.map(c => c.trim());
  headerOf(header, names);
  return { names, columns: names.map((_, column) => read(rows, column)) };
}
