/** Derivatives of a graph, as further nodes of the same graph. */

import type { Graph, Id, Node } from './formula.js';
import { isUnary, unary } from './functions.js';

/** What node `id` passes back to its arguments when g is passed to it. */
function passBack(graph: Graph, id: Id, { op, args: [a, b, c] }: Node, g: Id): readonly (readonly [to: Id, by: Id])[] {
  if (isUnary(op)) return [[a, graph.chain(g, unary[op].slope(graph, a, id))]];
  const [zero, one] = [graph.constant(0), graph.constant(1)];
  const inverse = () => graph.div(one, b);
  switch (op) {
    case 'add':
      return [
        [a, g],
        [b, g],
      ];
    case 'sub':
      return [
        [a, g],
        [b, graph.neg(g)],
      ];
    case 'neg':
      return [[a, graph.neg(g)]];
    case 'mul':
    case 'chain':
      return [
        [a, graph.chain(g, b)],
        [b, graph.chain(g, a)],
      ];
    case 'div':
      return [
        [a, graph.chain(g, inverse())],
        [b, graph.neg(graph.chain(g, graph.mul(id, inverse())))],
      ];
    case 'pow':
      return [
        [a, graph.chain(g, graph.mul(b, graph.pow(a, graph.sub(b, one))))],
        [b, graph.chain(g, graph.chain(id, graph.apply('log', a)))],
      ];
    case 'select':
      return [
        [b, graph.select(a, g, zero)],
        [c, graph.select(a, zero, g)],
      ];
    default:
      return [];
  }
}

/** ∂output/∂input for each of `inputs`: reverse accumulation (Griewank & Walther 2008, §3.2), one pass for all of them. */
export function gradient(graph: Graph, output: Id, inputs: readonly Id[]): Id[] {
  const passed = new Map<Id, Id>([[output, graph.constant(1)]]);
  for (let id = output; id >= 0; id--) {
    const g = passed.get(id);
    const node = graph.nodes[id];
    if (g === undefined || !node.active) continue;
    for (const [to, by] of passBack(graph, id, node, g)) {
      const before = passed.get(to);
      if (graph.nodes[to].active) passed.set(to, before === undefined ? by : graph.add(before, by));
    }
  }
  return inputs.map(id => passed.get(id) ?? graph.constant(0));
}

/** Σⱼ directionⱼ · partialⱼ */
export const along = (graph: Graph, partials: readonly Id[], direction: readonly Id[]): Id =>
  partials.reduce((sum, p, j) => graph.add(sum, graph.chain(p, direction[j])), graph.constant(0));

/** Every node that the outputs are made of, parts first. */
export function partsOf(graph: Graph, outputs: readonly Id[]): Id[] {
  const needed = new Set<Id>(outputs);
  for (let id = Math.max(-1, ...outputs); id >= 0; id--)
    if (needed.has(id)) for (const a of graph.nodes[id].args) needed.add(a);
  return [...needed].sort((a, b) => a - b);
}
