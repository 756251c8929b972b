/** A graph as a list of loops: numbers of the particle once, then rows in blocks that stay in the cache. Nothing is allocated later. */
import type { Program } from '../../src/kernels/program/contract.js';
import type { Branch, Vec } from '../../src/types.js';
import { gradient, partsOf } from './derive.js';
import type { Formula, Id, Node } from './formula.js';
import { isUnary } from './functions.js';
import { binary, choose, mapped, negate, sides, signs } from './kernels.js';

/** Rows at a time: thirty nodes of 256 doubles fill 60 kB. */
export const BLOCK = 256;

/** A value during evaluation; `valueAt` says where its rows stand. */
export interface Operand {
  /** The caller's, for inputs that differ from row to row. */
  values: Vec;
  /** 0: the same in all rows. */
  readonly stride: 0 | 1;
  /** 1: all rows are there; 0: those of the block. */
  readonly whole: 0 | 1;
}

export interface Evaluator {
  /** Values of the inputs that are the same in all rows. */
  readonly inputs: Vec;
  readonly outputs: readonly Operand[];
  /** To be called when the inputs have changed. A pattern's sides of this particle begin at `at`. */
  begin(pattern?: Branch, at?: number): void;
  /** Rows start … start + count − 1, count ≤ BLOCK. */
  block(start: number, count: number): void;
}

/** Where the sides of a kink stand in a particle's part of the pattern. */
export interface Slot {
  readonly offset: number;
  readonly stride: 0 | 1;
}

/** A formula with the place of its kinks, and the values that never change, by node. */
export interface Prepared extends Formula {
  readonly slots: ReadonlyMap<Id, Slot>;
  readonly fixed: Map<Id, Operand>;
  /** Inputs that are one value per row, by index. */
  readonly rowInputs?: ReadonlyMap<number, Operand>;
}

type Step = (start: number, count: number) => void;
interface Chosen {
  pattern: Branch | undefined;
  at: number;
}

function step(node: Node, out: Operand, [a, b, c]: readonly Operand[], slot: Slot | undefined, chosen: Chosen): Step {
  const { op } = node;
  const to = out.values;
  if (isUnary(op)) {
    const loop = mapped[op];
    return (start, n) => loop(n, to, a.values, a.whole * start, a.stride);
  }
  const sidesInto: Step = (start, n) =>
    slot && chosen.pattern
      ? sides(n, to, chosen.pattern, chosen.at + slot.offset + slot.stride * start, slot.stride)
      : signs(n, to, a.values, a.whole * start, a.stride);
  switch (op) {
    case 'neg':
      return (start, n) => negate(n, to, a.values, a.whole * start, a.stride);
    case 'side':
      return sidesInto;
    case 'select':
      return (start, n) => {
        sidesInto(start, n);
        choose(n, to, b.values, b.whole * start, b.stride, c.values, c.whole * start, c.stride);
      };
    case 'input':
    case 'column':
    case 'constant':
      return () => {};
    default: {
      const loop = binary(op, a.stride, b.stride);
      return (start, n) => loop(n, to, a.values, a.whole * start, a.stride, b.values, b.whole * start, b.stride);
    }
  }
}

/** Operands for what is not computed: constants, columns, inputs. */
function given(p: Prepared, { op, value, row }: Node, inputs: Vec): Operand | undefined {
  if (op === 'constant') return { values: Float64Array.of(value), stride: 0, whole: 0 };
  if (op === 'column') return { values: p.columns[value], stride: 1, whole: 1 };
  if (op !== 'input') return undefined;
  return row ? p.rowInputs?.get(value) : { values: inputs.subarray(value, value + 1), stride: 0, whole: 0 };
}

const room = (node: Node, rows: number): Operand => {
  if (!node.row) return { values: new Float64Array(1), stride: 0, whole: 0 };
  return node.active
    ? { values: new Float64Array(Math.min(BLOCK, rows)), stride: 1, whole: 0 }
    : { values: new Float64Array(rows), stride: 1, whole: 1 };
};

/** Evaluates `outputs`, nodes of the formula's graph. @param inputCount how many inputs there are room for */
export function evaluator(p: Prepared, outputs: readonly Id[], inputCount: number): Evaluator {
  const { nodes } = p.graph;
  const inputs = new Float64Array(inputCount);
  const chosen: Chosen = { pattern: undefined, at: 0 };
  const [once, each]: [Step[], Step[]] = [[], []];
  const operands = new Map<Id, Operand>();
  for (const id of partsOf(p.graph, outputs)) {
    const node = nodes[id];
    const known = p.fixed.get(id) ?? given(p, node, inputs);
    const operand = known ?? room(node, p.rows);
    operands.set(id, operand);
    if (known) continue;
    const args = node.args.map(a => operands.get(a) as Operand);
    const run = step(node, operand, args, p.slots.get(node.args[0]), chosen);
    if (node.active) (node.row ? each : once).push(run);
    else {
      run(0, node.row ? p.rows : 1);
      p.fixed.set(id, operand);
    }
  }
  return {
    inputs,
    outputs: outputs.map(id => operands.get(id) as Operand),
    begin(pattern, at = 0) {
      chosen.pattern = pattern;
      chosen.at = at;
      for (let s = 0; s < once.length; s++) once[s](0, 1);
    },
    block(start, count) {
      for (let s = 0; s < each.length; s++) each[s](start, count);
    },
  };
}

/** The formula with its derivatives in `inputs`, as kernels read it; what does not change with the inputs is computed now. */
export function programOf(p: Prepared, inputs: readonly Id[]): Program {
  const partials = gradient(p.graph, p.output, inputs);
  evaluator(p, [p.output, ...partials], inputs.length);
  const { nodes } = p.graph;
  return {
    nodes,
    output: p.output,
    partials,
    rows: p.rows,
    given(id) {
      const operand = p.fixed.get(id) ?? given(p, nodes[id], new Float64Array());
      if (!operand || nodes[id].active) throw new TypeError(`node ${id} changes with the inputs`);
      return operand.values;
    },
  };
}

/** Value of an operand at row start + j of the block that begins at `start`. */
export const valueAt = ({ values, whole, stride }: Operand, start: number, j: number): number =>
  values[whole * start + j * stride];

/** Σⱼ g[at + start + j]·operand, over the block. */
export function dotWith(g: Vec, at: number, { values, whole, stride }: Operand, start: number, count: number): number {
  const [first, from] = [at + start, whole * start];
  let sum = 0;
  if (stride === 1) for (let j = 0; j < count; j++) sum += g[first + j] * values[from + j];
  else for (let j = 0; j < count; j++) sum += g[first + j] * values[from];
  return sum;
}

/** out[at + start + j] += factor·operand, over the block. */
export function addTo(out: Vec, at: number, factor: number, o: Operand, start: number, count: number): void {
  const { values, whole, stride } = o;
  for (let j = 0; j < count; j++) out[at + start + j] += factor * values[whole * start + j * stride];
}

/** out[at + start + j] = operand, over the block. */
export function copyTo(out: Vec, at: number, { values, whole, stride }: Operand, start: number, count: number): void {
  for (let j = 0; j < count; j++) out[at + start + j] = values[whole * start + j * stride];
}
