/** Nodes as instructions, each where it is first asked for. */
import type { Vec } from '../../types.js';
import type { Id, Node, Program } from './contract.js';
import { type Circular, circular, negative, power, unary } from './functions.js';
import type { Lanes, Pair } from './lanes.js';

/** Rows that a loop takes at once are its slots. */
export type Values = (id: Id, slot: number) => Pair;
/** What stands in memory. */
export type Leaf = (id: Id, node: Node, slot: number) => Pair | undefined;

const finite = new WeakMap<Vec, boolean>();
function allFinite(values: Vec): boolean {
  const known = finite.get(values) ?? values.every(Number.isFinite);
  finite.set(values, known);
  return known;
}
/** A number, or one per row, that no particle changes and that is finite. */
const isGiven = ({ nodes, given }: Program, id: Id): boolean => !nodes[id].active && allFinite(given(id));

/** Makes the values of a node once, in all slots one after the other, so that a processor has several chains of operations under way. */
function remembered<T>(
  { nodes }: Program,
  slots: number,
  make: (id: Id, slot: number) => T,
  then?: (id: Id, made: readonly T[]) => void,
): (id: Id, slot: number) => T {
  const known = new Map<Id, T[]>();
  return (id, slot) => {
    // What does not change from row to row is the same in all slots.
    const { row } = nodes[id];
    let found = known.get(id);
    if (!found) {
      found = Array.from({ length: row ? slots : 1 }, (_, k) => make(id, k));
      known.set(id, found);
      then?.(id, found);
    }
    return found[row ? slot : 0];
  };
}

/** a where s > 0, else b. */
function selected(
  v: Lanes,
  { nodes, given }: Program,
  [, a, b]: readonly Id[],
  mask: Pair,
  at: (id: Id) => Pair,
): Pair {
  const isZero = (id: Id) => !nodes[id].active && !nodes[id].row && Object.is(given(id)[0], 0);
  if (isZero(b)) return v.op('and', at(a), mask);
  return isZero(a) ? v.op('andnot', at(b), mask) : v.op('bitselect', at(a), at(b), mask);
}

function sideOf(v: Lanes, x: Pair): Pair {
  const below = v.op('bitselect', v.number(-1), x, v.op('lt', x, v.number(0)));
  return v.op('bitselect', v.number(1), below, v.op('gt', x, v.number(0)));
}

/** How nodes are computed: so many rows at a time, from what stands in memory; `spare` stores what nothing needs. */
export interface Ways {
  readonly slots: number;
  readonly leaf: Leaf;
  readonly spare?: (x: Pair) => void;
  /** Nodes of the particle, which are computed before the rows, as is what the rows ask of their signs. */
  readonly before?: readonly Id[];
}

/**
 * Engines load all that a block of code wants before they compute, so long as nothing is stored, and then have too few registers: after so
 * many loads a sum is stored, so that its terms are not kept.
 */
const MOST_LOADS = 8;
const isSum = ({ op, active }: Node): boolean => active && (op === 'add' || op === 'sub');

export function valuesOf(v: Lanes, program: Program, { slots, leaf, spare, before }: Ways): Values {
  const { nodes } = program;
  const turned = remembered(program, slots, (id, slot): Circular => circular(v, at(id, slot)));
  const positive = remembered(program, slots, (id, slot) => v.op('gt', at(id, slot), v.number(0)));
  const zero = remembered(program, slots, (id, slot) => v.op('eq', at(id, slot), v.number(0)));
  const operation = (node: Node, slot: number): Pair => {
    const { op, args } = node;
    const [a, b] = args;
    const x = (id: Id) => at(id, slot);
    switch (op) {
      case 'add':
      case 'sub':
      case 'mul':
      case 'div':
        return v.op(op, x(a), x(b));
      case 'chain': {
        const product = v.op('mul', x(a), x(b));
        return isGiven(program, b) ? product : v.op('andnot', product, zero(a, slot));
      }
      case 'neg':
        return negative(v, x(a));
      case 'pow':
        return (
          (nodes[b].active || nodes[b].row ? undefined : power(v, x(a), program.given(b)[0])) ??
          v.call('pow', x(a), x(b))
        );
      case 'select':
        return selected(v, program, args, positive(a, slot), x);
      case 'side':
        return sideOf(v, x(a));
      case 'sin':
      case 'cos':
        return turned(a, slot)[op];
      case 'constant':
      case 'column':
      case 'input':
        throw new TypeError(`${op} is not computed`);
      default:
        return unary[op](v, x(a));
    }
  };
  const at: Values = remembered(
    program,
    slots,
    (id, slot) => {
      const node = nodes[id];
      if (!node.active && !node.row) return v.number(program.given(id)[0]);
      return leaf(id, node, slot) ?? operation(node, slot);
    },
    (id, made) => {
      if (spare && nodes[id].row && isSum(nodes[id]) && v.loads() >= MOST_LOADS) made.forEach(spare);
    },
  );
  for (const id of before ?? []) at(id, 0);
  const early = new Set(before);
  for (const { op, args } of nodes) {
    if (!early.has(args[0])) continue;
    if (op === 'chain') zero(args[0], 0);
    if (op === 'select') positive(args[0], 0);
  }
  return at;
}

/** A node as c·x with x given and finite, where it is one: g·(c·x) is (g·c)·x, and g·c serves all x. */
export function factored(program: Program, id: Id): readonly [c: Id, x: Id] | undefined {
  const { op, args } = program.nodes[id];
  if (op !== 'chain' && op !== 'mul') return undefined;
  const [a, b] = args;
  if (program.nodes[a].active && isGiven(program, b)) return [a, b];
  return op === 'mul' && program.nodes[b].active && isGiven(program, a) ? [b, a] : undefined;
}
