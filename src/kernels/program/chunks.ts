/** What threads take: chunks of tiles, each forward, R′ and backward with sums of its own; and the sum of these sums. */
import type { Code } from './binary.js';
import type { Id, Program } from './contract.js';
import { type Lanes, lanes, type Shared, type Whole, type Word, whole } from './lanes.js';
import { type Leaf, valuesOf } from './values.js';

/** Words at the beginning of the memory. */
export const WORDS = ['mode', 'm', 'state', 'result', 'resultBytes', 'own', 'ownBytes', 'chunks'] as const;
export const wordAt = (word: (typeof WORDS)[number]): number => 4 * WORDS.indexOf(word);
/** Forward and ℓ; all; forward and backward with the R′ that stands there. */
export const MODES = { sum: 0, force: 1, pull: 2 } as const;

const at = (word: (typeof WORDS)[number]): Whole => whole.at(wordAt(word));
const PAIR = 16;

/** Of a loss: its tables may be read two rows at a time. */
export interface Slope {
  readonly program: Program;
  readonly tables: ReadonlyMap<Id, number>;
  /** Addresses of f, ℓ and ℓ′, by row. */
  readonly output: number;
  readonly values: number;
  readonly residual: number;
}

/** `slope(from, to)`: ℓ and ℓ′ of each row, two rows at a time. */
export function slope(name: string, shared: Shared, { program, tables, output, values, residual }: Slope): Code {
  const [row, to] = [0, 1];
  const v = lanes(shared, 2, 0);
  v.again(
    () => {
      const leaf: Leaf = (id, node) => {
        const address = node.op === 'input' ? output : tables.get(id);
        return address === undefined ? undefined : v.load(row, address);
      };
      const value = valuesOf(v, program, { slots: 1, leaf });
      v.store(row, values, value(program.output, 0));
      v.store(row, residual, value(program.partials[0], 0));
      v.add(row, PAIR);
    },
    whole.isLess(whole.of(row), whole.of(to)),
  );
  return v.code(name);
}

/** How the rows of a part are taken: its functions by their numbers in the module, and addresses of words. */
export interface Rows {
  readonly forward: number;
  readonly backward: number;
  readonly slope?: number | undefined;
  readonly rows: number;
  readonly padded: number;
  /** Rows of a tile, and tiles in all. */
  readonly tile: number;
  readonly tiles: number;
}

const [TASK, THREAD, FROM, STOP, TO, LAST] = [1, 2, 3, 4, 5, 6];
const result = whole.add(at('result'), whole.mul(whole.of(TASK), at('resultBytes')));
const own = whole.add(at('own'), whole.mul(whole.of(THREAD), at('ownBytes')));
const PARAMETERS = [at('state'), at('m'), own, whole.of(FROM), whole.of(TO), whole.of(LAST), result];

/** The tiles of one part that are in the chunk. */
function tilesOf(v: Lanes, { forward, backward, slope, rows, padded, tile, tiles }: Rows): void {
  const { of, number, add, sub, mul, div, choose, isLess } = whole;
  const bytes = mul(number(8), whole.at(tile));
  const first = (task: Whole) => mul(div(mul(task, whole.at(tiles)), at('chunks')), bytes);
  const least = (a: Whole, b: number): Whole => choose(a, number(b), isLess(a, number(b)));
  v.set(FROM, first(of(TASK)));
  v.set(STOP, least(first(add(of(TASK), number(1))), 8 * padded));
  const body = () => {
    v.set(TO, least(add(of(FROM), bytes), 8 * padded));
    v.set(LAST, least(of(TO), 8 * rows));
    v.invoke(forward, ...PARAMETERS);
    if (slope !== undefined) v.ifWhole(sub(at('mode'), number(MODES.pull)), () => v.invoke(slope, of(FROM), of(LAST)));
    v.ifWhole(at('mode'), () => v.invoke(backward, ...PARAMETERS));
    v.set(FROM, of(TO));
  };
  const more = isLess(of(FROM), of(STOP));
  v.ifWhole(more, () => v.again(body, more));
}

/** `chunk(table, task, thread)`: the tiles of one chunk, with results of the task and arrays of the thread. */
export function chunk(name: string, shared: Shared, parts: readonly Rows[]): Code {
  const v = lanes(shared, 3, 4);
  v.ifWhole(at('mode'), () => v.clear(result, at('resultBytes')));
  for (const part of parts) tilesOf(v, part);
  return v.code(name);
}

/** `unite(table, task, thread)`: the results of all tasks, two at least, added to those of the first in their order. */
export function unite(name: string, shared: Shared): Code {
  const [PLACE, TERM, ENDS, STOP]: Word[] = [3, 4, 5, 6];
  const v = lanes(shared, 3, 4);
  const { of, add, mul, isLess } = whole;
  const all = mul(at('chunks'), at('resultBytes'));
  v.set(PLACE, at('result'));
  v.set(ENDS, add(at('result'), at('resultBytes')));
  v.again(
    () => {
      v.set(TERM, add(of(PLACE), at('resultBytes')));
      v.set(STOP, add(of(PLACE), all));
      const sum = v.load(PLACE, 0);
      v.again(
        () => {
          v.assign(sum, v.op('add', sum, v.load(TERM, 0)));
          v.set(TERM, add(of(TERM), at('resultBytes')));
        },
        isLess(of(TERM), of(STOP)),
      );
      v.store(PLACE, 0, sum);
      v.add(PLACE, PAIR);
    },
    isLess(of(PLACE), of(ENDS)),
  );
  return v.code(name);
}
