/** Instructions on pairs of doubles, each result in a local of its own: engines turn such code into registers themselves. */
import { type Code, type Imported, signed, unsigned } from './binary.js';

/** A local that holds a pair of doubles, or of 64-bit masks. */
export type Pair = number;
/** A local that holds an address or a count. */
export type Word = number;
/** Instructions that leave an address or a count. */
export type Whole = readonly number[];

/** Instructions behind the prefix of vectors (WebAssembly Core Specification 2.0, §5.4.8); relaxed ones are numbered from 256. */
const VECTOR = {
  ...{ eq: 0x47, ne: 0x48, lt: 0x49, gt: 0x4a, le: 0x4b, ge: 0x4c },
  ...{ and: 0x4e, andnot: 0x4f, or: 0x50, xor: 0x51, bitselect: 0x52 },
  ...{ abs: 0xec, sqrt: 0xef, add: 0xf0, sub: 0xf1, mul: 0xf2, div: 0xf3, pmin: 0xf6, pmax: 0xf7 },
  ...{ addWhole: 0xce, subWhole: 0xd1, eqWhole: 0xd6 },
  ...{ madd: 0x107, nmadd: 0x108 },
} as const;
const [SHIFT_LEFT, SHIFT_RIGHT] = [0xcb, 0xcd];
const [LOAD, LOAD_SPLAT, STORE, SPLAT, ANY_TRUE] = [0x00, 0x0a, 0x0b, 0x14, 0x53];
const [EXTRACT, REPLACE, LOAD_LANE, STORE_LANE] = [0x21, 0x22, 0x57, 0x5b];
const [GET, SET, CALL, NUMBER] = [0x20, 0x21, 0x10, 0x41];
const [IF, LOOP, AGAIN_IF, END, NOTHING] = [0x04, 0x03, 0x0d, 0x0b, 0x40];
const [LOAD_WORD, LOAD_DOUBLE, STORE_DOUBLE, ADD_DOUBLES] = [0x28, 0x2b, 0x39, 0xa0];

const vector = (instruction: number): number[] => [0xfd, ...unsigned(instruction)];
const memory = (offset: number): number[] => [3, ...unsigned(offset)];

const two =
  (instruction: number) =>
  (a: Whole, b: Whole): Whole => [...a, ...b, instruction];

/** Addresses and counts, without a sign but in `isPositive`. */
export const whole = {
  of: (word: Word): Whole => [GET, ...unsigned(word)],
  number: (x: number): Whole => [NUMBER, ...signed(x)],
  /** What stands at an address that never changes. */
  at: (address: number): Whole => [NUMBER, 0, LOAD_WORD, 2, ...unsigned(address)],
  add: two(0x6a),
  sub: two(0x6b),
  mul: two(0x6c),
  div: two(0x6e),
  isLess: two(0x49),
  isPositive: (a: Whole): Whole => [NUMBER, 0, ...a, 0x48],
  choose: (yes: Whole, no: Whole, condition: Whole): Whole => [...yes, ...no, ...condition, 0x1b],
};

/** Doubles that a module keeps in its memory: loops that take them from there have them in registers. */
export interface Pool {
  /** Address of a number given by its bits. */
  of(bits: bigint): number;
  readonly bits: readonly bigint[];
}

export function pool(address: number): Pool {
  const places = new Map<bigint, number>();
  const bits: bigint[] = [];
  return {
    bits,
    of(wanted) {
      const known = places.get(wanted);
      if (known !== undefined) return known;
      const place = address + 8 * bits.length;
      places.set(wanted, place);
      bits.push(wanted);
      return place;
    },
  };
}

const scratch = new DataView(new ArrayBuffer(8));
export const bitsOf = (x: number): bigint => {
  scratch.setFloat64(0, x);
  return scratch.getBigUint64(0);
};

/** What all functions of a module have in common. */
export interface Shared {
  readonly pool: Pool;
  readonly imported: Imported[];
  /** Whether a·b + c may be rounded once, as the processor likes. */
  readonly fused: boolean;
}

/** The bytes of one function as they are written. */
function writer(words: number) {
  /** What is done once, then the rest. */
  const [head, code]: [number[], number[]] = [[], []];
  const state = { next: words, loads: 0 };
  const emit = (...parts: readonly (readonly number[])[]): void => {
    for (const part of parts) for (const byte of part) code.push(byte);
  };
  const set = (local: number): number[] => [SET, ...unsigned(local)];
  const result = (...parts: readonly (readonly number[])[]): Pair => {
    const to = state.next++;
    emit(...parts, set(to));
    return to;
  };
  return { head, code, state, emit, set, result, get: whole.of };
}
type Writer = ReturnType<typeof writer>;

function arithmetic({ head, state, emit, set, result, get }: Writer, { pool, imported, fused }: Shared) {
  const numbers = new Map<bigint, Pair>();
  const op = (name: keyof typeof VECTOR, ...of: readonly Pair[]): Pair => result(...of.map(get), vector(VECTOR[name]));
  const ofBits = (bits: bigint): Pair => {
    const known = numbers.get(bits);
    if (known !== undefined) return known;
    const to = state.next++;
    head.push(NUMBER, 0, ...vector(LOAD_SPLAT), ...memory(pool.of(bits)), ...set(to));
    numbers.set(bits, to);
    return to;
  };
  const callee = (name: string, count: 1 | 2): number => {
    const at = imported.findIndex(f => f.name === name);
    return at >= 0 ? at : imported.push({ name, parameters: count }) - 1;
  };
  const shift = (instruction: number) => (a: Pair, by: number) => result(get(a), whole.number(by), vector(instruction));
  return {
    op,
    ofBits,
    number: (x: number): Pair => ofBits(bitsOf(x)),
    assign: (to: Pair, from: Pair): void => emit(get(from), set(to)),
    /** a·b + c, and c − a·b */
    madd: (a: Pair, b: Pair, c: Pair): Pair => (fused ? op('madd', a, b, c) : op('add', op('mul', a, b), c)),
    nmadd: (a: Pair, b: Pair, c: Pair): Pair => (fused ? op('nmadd', a, b, c) : op('sub', c, op('mul', a, b))),
    shiftLeft: shift(SHIFT_LEFT),
    shiftRight: shift(SHIFT_RIGHT),
    /** A function of Math, one double after the other. */
    call(name: string, ...of: readonly Pair[]): Pair {
      const lane = (k: number) => [
        ...of.flatMap(a => [...get(a), ...vector(EXTRACT), k]),
        ...[CALL, ...unsigned(callee(name, of.length as 1 | 2))],
      ];
      return result(lane(0), vector(SPLAT), lane(1), vector(REPLACE), [1]);
    },
  };
}

function memories({ state, emit, result, get }: Writer) {
  return {
    load(at: Word, offset: number): Pair {
      state.loads++;
      return result(get(at), vector(LOAD), memory(offset));
    },
    /** Loads since the last store. */
    loads: (): number => state.loads,
    store(at: Word, offset: number, a: Pair): void {
      emit(get(at), get(a), vector(STORE), memory(offset));
      state.loads = 0;
    },
    /** The same double twice. */
    splat: (at: Word, offset: number): Pair => result(get(at), vector(LOAD_SPLAT), memory(offset)),
    splatAt: (address: number): Pair => result(whole.number(0), vector(LOAD_SPLAT), memory(address)),
    /** The doubles at an address and some bytes on. */
    gather: (at: Word, step: Word, offset: number): Pair =>
      result(
        whole.add(get(at), get(step)),
        [...get(at), ...vector(LOAD_SPLAT), ...memory(offset)],
        [...vector(LOAD_LANE), ...memory(offset), 1],
      ),
    /** The second first: where both have one address, the first stays. */
    scatter(at: Word, step: Word, offset: number, a: Pair): void {
      emit(whole.add(get(at), get(step)), get(a), vector(STORE_LANE), memory(offset), [1]);
      emit(get(at), get(a), vector(STORE_LANE), memory(offset), [0]);
    },
    /** The sum of a pair, as a double. */
    storeSum(at: Word, offset: number, pair: Word): void {
      const double = (k: number) => [...get(pair), LOAD_DOUBLE, ...memory(8 * k)];
      emit(get(at), double(0), double(1), [ADD_DOUBLES, STORE_DOUBLE, ...memory(offset)]);
    },
    /** Zeroes so many bytes. */
    clear: (at: Whole, bytes: Whole): void => emit(at, whole.number(0), bytes, [0xfc, 0x0b, 0]),
  };
}

function control({ emit, set, result, get }: Writer) {
  const inside = (start: Whole, body: () => void, ending: Whole): void => {
    emit(start);
    body();
    emit(ending, [END]);
  };
  return {
    set: (to: Word, value: Whole): void => emit(value, set(to)),
    add: (to: Word, value: number): void => emit(whole.add(get(to), whole.number(value)), set(to)),
    /** A function of the module, by its number. */
    invoke: (index: number, ...of: readonly Whole[]): void => emit(...of, [CALL, ...unsigned(index)]),
    /** All ones in both masks where the word is not 0, else in the first alone. */
    both(at: Word, all: Pair): Pair {
      const one = result(get(all), [0x42, 0], vector(0x1e), [1]);
      return result(get(all), get(one), get(at), [0x1c, 1, 0x7b]);
    },
    /** What is done if one of a pair of masks is set. */
    ifAny: (mask: Pair, body: () => void): void => inside([...get(mask), ...vector(ANY_TRUE), IF, NOTHING], body, []),
    ifWhole: (condition: Whole, body: () => void): void => inside([...condition, IF, NOTHING], body, []),
    /** At least once, and again while the condition holds. */
    again: (body: () => void, condition: Whole): void => inside([LOOP, NOTHING], body, [...condition, AGAIN_IF, 0]),
  };
}

/** One function of `parameters` words and `words` more. */
export function lanes(shared: Shared, parameters: number, words: number) {
  const first = parameters + words;
  const w = writer(first);
  return {
    ...arithmetic(w, shared),
    ...memories(w),
    ...control(w),
    code: (name: string): Code => ({
      ...{ name, parameters, words },
      ...{ vectors: w.state.next - first, bytes: w.head.concat(w.code) },
    }),
  };
}

export type Lanes = ReturnType<typeof lanes>;
