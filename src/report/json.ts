/** JSON that loses nothing: full precision, minus zero, and non-finite numbers as the strings "NaN", "Infinity", "-Infinity". */

const isList = (value: object): value is ArrayLike<unknown> =>
  Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));

const isLeaf = (value: unknown): boolean => typeof value !== 'object' || value === null;

/** JSON leaves C1 controls and changes of direction as they are; a terminal would obey them. */
const UNSEEN = /[\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

const quoted = (text: string): string =>
  JSON.stringify(text).replace(UNSEEN, c => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);

function scalar(value: unknown): string | undefined {
  if (typeof value === 'string') return quoted(value);
  if (typeof value !== 'number') return JSON.stringify(value);
  if (!Number.isFinite(value)) return `"${value}"`;
  return Object.is(value, -0) ? '-0' : String(value);
}

interface Layout {
  readonly indent: number;
  readonly depth: number;
}

function bracket(
  open: string,
  items: readonly string[],
  close: string,
  { indent, depth }: Layout,
  flat: boolean,
): string {
  if (items.length === 0) return open + close;
  if (indent === 0) return open + items.join(',') + close;
  if (flat) return open + items.join(', ') + close;
  const line = `\n${' '.repeat(indent * (depth + 1))}`;
  return `${open}${line}${items.join(`,${line}`)}\n${' '.repeat(indent * depth)}${close}`;
}

function list(value: ArrayLike<unknown>, layout: Layout): string {
  const inside = { ...layout, depth: layout.depth + 1 };
  const all = Array.from(value);
  // A row of numbers on one line: a particle is read as a row, and files stay a third of the size.
  return bracket(
    '[',
    all.map(v => write(v, inside) ?? 'null'),
    ']',
    layout,
    all.every(isLeaf),
  );
}

function record(value: object, layout: Layout): string {
  const inside = { ...layout, depth: layout.depth + 1 };
  const items: string[] = [];
  for (const [key, v] of Object.entries(value)) {
    const text = write(v, inside);
    if (text !== undefined) items.push(`${quoted(key)}:${layout.indent > 0 ? ' ' : ''}${text}`);
  }
  return bracket('{', items, '}', layout, false);
}

function write(value: unknown, layout: Layout): string | undefined {
  if (typeof value !== 'object' || value === null) return scalar(value);
  if ('toJSON' in value && typeof value.toJSON === 'function') return write(value.toJSON(), layout);
  return isList(value) ? list(value, layout) : record(value, layout);
}

/** The value as a JSON document; typed arrays are arrays, undefined members are left out. `indent` 0 (default): one line. */
export const toJson = (value: unknown, indent = 0): string => write(value, { indent, depth: 0 }) ?? 'null';
