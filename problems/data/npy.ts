/** NumPy arrays: the .npy format (NumPy Enhancement Proposal 1) and .npz, which is a zip archive of them. */
import { Unzip, UnzipInflate } from 'fflate';
import { checksums, crc32 } from './zip-directory.js';

/** What is wrong with an array or its file, in words. */
export class ArrayError extends RangeError {}

export interface NumericArray {
  readonly shape: readonly number[];
  /** The last axis fastest, whatever the file does. */
  readonly values: Float64Array;
}

const MAX_VALUES = 2 ** 25;
/** Of all arrays of an archive together, unpacked: a small file can claim any size. */
const MAX_UNPACKED = 2 ** 28;
/** Compressed bytes between two looks at the size; deflate makes at most 1032 of one. */
const SLICE = 2 ** 14;

const fail = (message: string): never => {
  throw new ArrayError(message);
};

type Getter = (view: DataView, at: number, little: boolean) => number;

function wholeNumber(big: bigint): number {
  const value = Number(big);
  return Number.isSafeInteger(value) ? value : fail(`the whole number ${big} is too large for a double`);
}

/** By kind and bytes. */
const GETTERS: Readonly<Record<string, Getter>> = {
  f8: (v, at, little) => v.getFloat64(at, little),
  f4: (v, at, little) => v.getFloat32(at, little),
  i1: (v, at) => v.getInt8(at),
  i2: (v, at, little) => v.getInt16(at, little),
  i4: (v, at, little) => v.getInt32(at, little),
  i8: (v, at, little) => wholeNumber(v.getBigInt64(at, little)),
  u1: (v, at) => v.getUint8(at),
  u2: (v, at, little) => v.getUint16(at, little),
  u4: (v, at, little) => v.getUint32(at, little),
  u8: (v, at, little) => wholeNumber(v.getBigUint64(at, little)),
  b1: (v, at) => v.getUint8(at),
};

interface Header {
  readonly type: string;
  readonly fortran: boolean;
  readonly shape: readonly number[];
  /** Where the numbers begin. */
  readonly end: number;
}

function headerText(bytes: Uint8Array): { text: string; end: number } {
  const magic = bytes.length >= 10 && bytes[0] === 0x93 && String.fromCharCode(...bytes.subarray(1, 6)) === 'NUMPY';
  if (!magic) fail('is no NumPy array: its first bytes are not \\x93NUMPY');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const wide = bytes[6] >= 2;
  if (wide && bytes.length < 12) fail('is cut off inside its header');
  const from = wide ? 12 : 10;
  const end = from + (wide ? view.getUint32(8, true) : view.getUint16(8, true));
  if (end > bytes.length) fail('is cut off inside its header');
  return { text: new TextDecoder().decode(bytes.subarray(from, end)), end };
}

function headerOf(bytes: Uint8Array): Header {
  const { text, end } = headerText(bytes);
  const type = /'descr':\s*'([^']*)'/.exec(text)?.[1];
  const order = /'fortran_order':\s*(True|False)/.exec(text)?.[1];
  const sides = /'shape':\s*\(([\d\s,L]*)\)/.exec(text)?.[1];
  if (type === undefined && /'descr':\s*\[/.test(text)) fail('has records of several fields; save plain numbers');
  if (type === undefined || order === undefined || sides === undefined)
    return fail(`has a header that cannot be read: ${JSON.stringify(text.slice(0, 80))}`);
  const shape = sides
    .split(',')
    .map(s => s.trim().replace(/L$/, ''))
    .filter(s => s !== '')
    .map(Number);
  return { type, fortran: order === 'True', shape, end };
}

/** Place of each number of a file in Fortran order among those with the last axis fastest. */
function fromFortran(values: Float64Array, shape: readonly number[]): Float64Array {
  const out = new Float64Array(values.length);
  const strides = shape.map((_, j) => shape.slice(j + 1).reduce((a, b) => a * b, 1));
  for (let k = 0; k < values.length; k++) {
    let [left, at] = [k, 0];
    for (let j = 0; j < shape.length; j++) {
      at += (left % shape[j]) * strides[j];
      left = Math.floor(left / shape[j]);
    }
    out[at] = values[k];
  }
  return out;
}

function getterOf(type: string): { get: Getter; bytes: number; little: boolean } {
  const [, order, kind] = /^([<>=|])([a-zA-Z]\d+)$/.exec(type) ?? [];
  if (/^[<>=|]?O/.test(type)) fail('holds Python objects, which are never unpickled; save plain numbers');
  const get = kind === undefined ? undefined : GETTERS[kind];
  if (!get) return fail(`has numbers of type ${JSON.stringify(type)}; allowed are float64, float32, bool and integers`);
  return { get, bytes: Number(kind.slice(1)), little: order !== '>' };
}

/** The array of a .npy file; throws ArrayError when it is none, or none of numbers. */
export function readNpy(bytes: Uint8Array): NumericArray {
  const { type, fortran, shape, end } = headerOf(bytes);
  const { get, bytes: width, little } = getterOf(type);
  const count = shape.reduce((a, b) => a * b, 1);
  if (count > MAX_VALUES) fail(`has ${count} numbers; at most ${MAX_VALUES} are read`);
  if (bytes.length - end !== count * width)
    fail(`wants ${count * width} bytes of numbers for shape (${shape.join(', ')}), found ${bytes.length - end}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset + end, count * width);
  const values = Float64Array.from({ length: count }, (_, k) => get(view, k * width, little));
  const bad = values.findIndex(v => !Number.isFinite(v));
  if (bad >= 0) fail(`must hold finite numbers only, found ${values[bad]} at place ${bad + 1} of ${count}`);
  return { shape, values: fortran && shape.length > 1 ? fromFortran(values, shape) : values };
}

const joined = (chunks: readonly Uint8Array[]): Uint8Array => {
  const out = new Uint8Array(chunks.reduce((sum, c) => sum + c.length, 0));
  let at = 0;
  for (const c of chunks) {
    out.set(c, at);
    at += c.length;
  }
  return out;
};

/** The members of a zip archive that end in .npy, by name without that. */
function members(bytes: Uint8Array, sums: ReadonlyMap<string, number>): Map<string, Uint8Array> {
  const found = new Map<string, Uint8Array>();
  let unpacked = 0;
  const unzip = new Unzip(file => {
    if (!file.name.endsWith('.npy')) return;
    const chunks: Uint8Array[] = [];
    file.ondata = (error, chunk, last) => {
      if (error) throw error;
      unpacked += chunk.length;
      if (unpacked > MAX_UNPACKED) fail(`unpacks to more than ${MAX_UNPACKED} bytes`);
      chunks.push(chunk);
      if (!last) return;
      const whole = joined(chunks);
      if (sums.get(file.name) !== crc32(whole)) fail(`${file.name} is damaged: its checksum is another`);
      found.set(file.name.slice(0, -4), whole);
    };
    file.start();
  });
  unzip.register(UnzipInflate);
  for (let k = 0; k < bytes.length; k += SLICE) unzip.push(bytes.subarray(k, k + SLICE), k + SLICE >= bytes.length);
  return found;
}

/** The arrays of a .npz file by name. */
export function readNpz(bytes: Uint8Array): ReadonlyMap<string, NumericArray> {
  if (!(bytes[0] === 0x50 && bytes[1] === 0x4b)) fail('is no NumPy archive: its first bytes are not PK');
  const sums = checksums(bytes) ?? fail('is cut off: the directory at its end is missing');
  let packed: Map<string, Uint8Array>;
  try {
    packed = members(bytes, sums);
  } catch (error) {
    if (error instanceof ArrayError) throw error;
    return fail(`cannot be unpacked (${(error as Error).message})`);
  }
  if (packed.size === 0) fail('holds no array');
  const named = ([name, inside]: [string, Uint8Array]): [string, NumericArray] => {
    try {
      return [name, readNpy(inside)];
    } catch (error) {
      return fail(`${name}.npy ${(error as Error).message}`);
    }
  };
  return new Map([...packed].map(named));
}
