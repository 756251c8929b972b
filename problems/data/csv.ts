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

/** The named columns of a table with a header line. Separator comma, semicolon or tab; blank lines are skipped. */
export function columns(text: string, wanted: readonly string[]): number[][] {
  if (text.includes('\u0000')) throw new TableError(1, 1, 'the file is not UTF-8 text (it holds NUL bytes; UTF-16?)');
  const body = text.replace(/^\uFEFF/, '').replace(/\r\n?/g, '\n');
  const rows = dsvFormat(separatorOf(body.slice(0, body.indexOf('\n') >>> 0))).parseRows(body);
  const at = headerOf(rows[0] ?? [], wanted);
  const out: number[][] = wanted.map(() => []);
  for (const [index, row] of rows.slice(1).entries()) {
    if (row.every(cell => cell.trim() === '')) continue;
    const line = index + 2;
    if (row.length !== rows[0].length)
      throw new TableError(line, 1, `${rows[0].length} cells are wanted as in the header, found ${row.length}`);
    for (const [k, column] of at.entries()) out[k].push(numberIn(row[column], line, column + 1));
  }
  if (out[0].length === 0) throw new TableError(2, 1, 'no data after the header');
  return out;
}
