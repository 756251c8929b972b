/** Modules of WebAssembly as bytes (WebAssembly Core Specification 2.0, §5). */

/** LEB128 */
export function unsigned(x: number): number[] {
  if (!(x >= 0)) throw new RangeError(`no address or count: ${x}`);
  const bytes: number[] = [];
  for (let rest = x; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest % 128) + 128);
  }
}

/** The same of whole numbers with a sign, of 32 bits. */
export function signed(x: number): number[] {
  const bytes: number[] = [];
  for (let rest = x | 0; ; rest >>= 7) {
    const byte = rest & 127;
    if (rest - byte === (byte & 64 ? -128 : 0)) return [...bytes, byte];
    bytes.push(byte | 128);
  }
}

const [I32, F64, V128] = [0x7f, 0x7c, 0x7b];
const vector = (items: readonly (readonly number[])[]): number[] => [...unsigned(items.length), ...items.flat()];
const text = (s: string): number[] => vector([...s].map(c => [c.charCodeAt(0)]));
/** Bodies are too long to be arguments of `push`. */
function section(id: number, content: number[]): number[] {
  return [id, ...unsigned(content.length)].concat(content);
}

/** A function of 32-bit numbers that gives nothing. */
export interface Code {
  readonly name: string;
  readonly parameters: number;
  /** Locals behind the parameters: 32-bit numbers, then vectors. */
  readonly words: number;
  readonly vectors: number;
  readonly bytes: readonly number[];
}

/** A function of one or two doubles that the module asks for. */
export interface Imported {
  readonly name: string;
  readonly parameters: 1 | 2;
}

const type = (parameters: readonly number[], results: readonly number[]): number[] => [
  0x60,
  ...vector(parameters.map(p => [p])),
  ...vector(results.map(r => [r])),
];

const bodyOf = ({ words, vectors, bytes }: Code): number[] => {
  const groups = [
    [words, I32],
    [vectors, V128],
  ].map(([count, kind]) => [...unsigned(count), kind]);
  const body = vector(groups).concat(bytes, 0x0b);
  return unsigned(body.length).concat(body);
};

/** Pages of a memory of 32-bit addresses. */
const MOST_PAGES = 65536;

/**
 * A module that imports "env" "memory", functions of "math" (numbered first), and exports its own.
 * @param shared whether threads share the memory
 */
export function moduleOf(imported: readonly Imported[], functions: readonly Code[], shared: boolean): Uint8Array {
  const types = [
    type([F64], [F64]),
    type([F64, F64], [F64]),
    ...functions.map(f => type(Array(f.parameters).fill(I32), [])),
  ];
  const memory = [...text('env'), ...text('memory'), 2, shared ? 3 : 1, ...unsigned(1), ...unsigned(MOST_PAGES)];
  const imports = imported.map(f => [...text('math'), ...text(f.name), 0, f.parameters - 1]);
  const exports = functions.map((f, i) => [...text(f.name), 0, ...unsigned(imported.length + i)]);
  const bodies = functions.map(bodyOf);
  const code = bodies.reduce((all, body) => all.concat(body), unsigned(functions.length));
  return Uint8Array.from(
    [
      ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
      ...section(1, vector(types)),
      ...section(2, vector([memory, ...imports])),
      ...section(3, vector(functions.map((_, i) => unsigned(2 + i)))),
      ...section(7, vector(exports)),
    ].concat(section(10, code)),
  );
}
