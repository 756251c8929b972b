/** The functions of a program: forward and backward over a tile of rows for all particles, two at a time. */
import type { Code } from './binary.js';
import type { Id, Program } from './contract.js';
import { type Lanes, lanes, type Pair, type Shared, type Word, whole } from './lanes.js';
import type { Plan } from './plan.js';
import { factored, type Leaf, type Values, valuesOf } from './values.js';

/** Where a program finds its arrays, and how it takes its rows. */
export interface Place {
  readonly program: Program;
  readonly plan: Plan;
  readonly dim: number;
  /** Rows of one turn of the loop; arrays of rows are padded to whole turns. */
  readonly slots: number;
  /** Addresses. Given numbers row by row, in the order of the plan, each twice; Σ over particles by row; R′ by row; 1/m. */
  readonly tables: number;
  readonly output: number;
  readonly residual: number;
  readonly inverse: number;
  /** Of a thread, in bytes from where its arrays begin: for the rows of a tile a pair each; those once more; a pair for each coordinate and one more; what is kept. */
  readonly lanes: number;
  readonly held: number;
  readonly scratch: number;
  readonly kept: number;
}

const [DOUBLE, PAIR] = [8, 16];
const range = (count: number) => Array.from({ length: count }, (_, k) => k);

/** Words of both passes: addresses of the particles and of the thread's arrays; 8 times the first row, that behind the last, padded and not; the force. */
const [STATE, COUNT, OWN, FROM, TO, LAST, RESULT] = [0, 1, 2, 3, 4, 5, 6];
/** From one particle to the next; of a row its tables, its pair in `lanes`, and where these end; what is kept. */
const [STEP, ROW, LANE, END, KEPT] = [7, 8, 9, 10, 11];
const [PARAMETERS, WORDS] = [7, 5];
const [own, from] = [whole.of(OWN), whole.of(FROM)];
/** Whether a particle stands in both lanes. */
const isAlone = whole.isLess(whole.of(STEP), whole.number(1));

/** `body` for every two particles, the last alone where their number is odd: then STEP is 0. */
function overParticles(v: Lanes, place: Place, body: () => void): void {
  const { dim, kept, lanes } = place;
  const count = whole.of(COUNT);
  v.set(KEPT, whole.add(own, whole.number(kept)));
  v.set(END, whole.add(whole.add(own, whole.number(lanes)), whole.mul(whole.sub(whole.of(TO), from), whole.number(2))));
  v.again(() => {
    v.set(STEP, whole.choose(whole.number(0), whole.number(DOUBLE * dim), whole.isLess(count, whole.number(2))));
    body();
    v.add(STATE, PAIR * dim);
    v.add(COUNT, -2);
  }, whole.isPositive(count));
}

/** `body` for the rows of a tile, `slots` at a time. */
function overRows(v: Lanes, { plan, slots, lanes }: Place, body: () => void): void {
  const record = PAIR * plan.tables.length;
  v.set(ROW, whole.mul(from, whole.number(record / DOUBLE)));
  v.set(LANE, whole.add(own, whole.number(lanes)));
  v.again(
    () => {
      body();
      v.add(ROW, record * slots);
      v.add(LANE, PAIR * slots);
      v.add(KEPT, PAIR * slots * plan.saved.length);
    },
    whole.isLess(whole.of(LANE), whole.of(END)),
  );
}

/** What is done with each pair in `lanes`. */
function overLanes(v: Lanes, { lanes }: Place, body: () => void): void {
  v.set(LANE, whole.add(own, whole.number(lanes)));
  v.again(
    () => {
      body();
      v.add(LANE, PAIR);
    },
    whole.isLess(whole.of(LANE), whole.of(END)),
  );
}

/** `body` for each row before the last, with its pair at LANE. */
function overEach(v: Lanes, { lanes }: Place, body: (row: Word) => void): void {
  v.set(ROW, from);
  v.set(LANE, whole.add(own, whole.number(lanes)));
  v.again(
    () => {
      body(ROW);
      v.add(ROW, DOUBLE);
      v.add(LANE, PAIR);
    },
    whole.isLess(whole.of(ROW), whole.of(LAST)),
  );
}

const clearLanes = (v: Lanes, { lanes }: Place): void =>
  v.clear(whole.add(own, whole.number(lanes)), whole.mul(whole.sub(whole.of(TO), from), whole.number(PAIR / DOUBLE)));

/** Coordinates and given numbers. */
const given =
  (v: Lanes, { plan, tables }: Place): Leaf =>
  (id, node, slot) => {
    if (node.op === 'input') return v.gather(STATE, STEP, DOUBLE * node.value);
    const at = plan.tables.indexOf(id);
    return at < 0 ? undefined : v.load(ROW, tables + PAIR * (slot * plan.tables.length + at));
  };

/** Values are put where nothing needs them. */
const spare =
  (v: Lanes, { scratch, dim }: Place) =>
  (x: Pair) =>
    v.store(OWN, scratch + PAIR * dim, x);

/** `forward(state, m, own, from, to, last, …)`: output[from…last) ← (1/m) Σ Φ; what is needed later is kept. */
export function forward(name: string, shared: Shared, place: Place): Code {
  const { program, plan, slots } = place;
  const v = lanes(shared, PARAMETERS, WORDS);
  clearLanes(v, place);
  overParticles(v, place, () => {
    const at = valuesOf(v, program, { slots, leaf: given(v, place), spare: spare(v, place), before: plan.forward });
    const share = v.splatAt(place.inverse);
    v.ifWhole(isAlone, () => overLanes(v, place, () => v.store(LANE, place.held, v.load(LANE, 0))));
    overRows(v, place, () => {
      for (const slot of range(slots)) {
        v.store(LANE, PAIR * slot, v.madd(at(program.output, slot), share, v.load(LANE, PAIR * slot)));
        for (const [j, id] of plan.saved.entries()) v.store(KEPT, PAIR * (slot * plan.saved.length + j), at(id, slot));
      }
    });
  });
  // Here STEP is that of the last: a particle alone stood in both lanes, of which the second is as it was.
  v.ifWhole(isAlone, () =>
    overLanes(v, place, () => {
      const first = v.both(STEP, v.ofBits(2n ** 64n - 1n));
      v.store(LANE, 0, v.op('bitselect', v.load(LANE, 0), v.load(LANE, place.held), first));
    }),
  );
  overEach(v, place, row => v.storeSum(row, place.output, LANE));
  return v.code(name);
}

/** More sums than this are kept in memory, where they are as near as an engine would put them. */
const SUMS_IN_REGISTERS = 6;

/** Where −Σ g ∂Φ of the coordinates is added up: read and written there in each turn of the loop. */
interface Sums {
  get(i: number): Pair;
  set(i: number, sum: Pair): void;
  finish(): void;
}
function sumsOf(v: Lanes, { scratch }: Place, moved: readonly number[]): Sums {
  const start = moved.map(j => v.gather(RESULT, STEP, DOUBLE * j));
  const near = moved.length <= SUMS_IN_REGISTERS;
  const get = (i: number) => (near ? start[i] : v.load(OWN, scratch + PAIR * i));
  const set = (i: number, sum: Pair) => (near ? v.assign(start[i], sum) : v.store(OWN, scratch + PAIR * i, sum));
  if (!near) for (const [i, sum] of start.entries()) set(i, sum);
  return {
    get,
    set,
    finish() {
      for (const [i, j] of moved.entries()) v.scatter(RESULT, STEP, DOUBLE * j, get(i));
    },
  };
}

/** Coordinates that Φ depends on. */
const movedOf = ({ program: { nodes, partials, given }, dim }: Place): number[] =>
  range(dim).filter(j => nodes[partials[j]].active || given(partials[j]).some(x => x !== 0));

/** What is subtracted for the rows of one turn. */
function subtract(v: Lanes, { program, slots }: Place, at: Values, moved: readonly number[], sums: Sums): void {
  const g = range(slots).map(slot => v.load(LANE, PAIR * slot));
  const products = new Map<Id, Pair[]>();
  const times = (id: Id): Pair[] => {
    const known = products.get(id) ?? g.map((r, slot) => v.op('mul', r, at(id, slot)));
    products.set(id, known);
    return known;
  };
  for (const [i, j] of moved.entries()) {
    const id = program.partials[j];
    const [c, x] = factored(program, id) ?? [id, undefined];
    const less = times(c).reduce(
      (sum, factor, slot) => (x === undefined ? v.op('sub', sum, factor) : v.nmadd(factor, at(x, slot), sum)),
      sums.get(i),
    );
    sums.set(i, less);
  }
}

/** `backward(state, m, own, from, to, last, result)`: result −= DΦᵀR′ of these rows; 0 for those behind the last. */
export function backward(name: string, shared: Shared, place: Place): Code {
  const { program, plan, dim, slots } = place;
  const v = lanes(shared, PARAMETERS, WORDS);
  const [moved, rest] = [movedOf(place), given(v, place)];
  const leaf: Leaf = (id, node, slot) => {
    const kept = plan.saved.indexOf(id);
    return kept < 0 ? rest(id, node, slot) : v.load(KEPT, PAIR * (slot * plan.saved.length + kept));
  };
  clearLanes(v, place);
  overEach(v, place, row => v.store(LANE, 0, v.splat(row, place.residual)));
  overParticles(v, place, () => {
    const at = valuesOf(v, program, { slots, leaf, spare: spare(v, place), before: plan.backward });
    const sums = sumsOf(v, place, moved);
    overRows(v, place, () => subtract(v, place, at, moved, sums));
    sums.finish();
    v.add(RESULT, PAIR * dim);
  });
  return v.code(name);
}
