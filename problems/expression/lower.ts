/** A checked tree → nodes of a graph, with a list of the places where it is not smooth. */
import type { Comparison, Tree } from './check.js';
import type { Corner, Graph, Id } from './formula.js';
import { isUnary } from './functions.js';
import { CONSTANTS } from './names.js';

export interface Lowering {
  readonly graph: Graph;
  readonly names: ReadonlyMap<string, Id>;
  readonly corners: Corner[];
}

type Call = Extract<Tree, { kind: 'call' }>;

function cornered({ graph, corners }: Lowering, { name, column }: Call, args: readonly Id[]): Id | undefined {
  // max(0, z) as max(z, 0): the kink has the sign of z, and at z = 0 the constant is taken, as in relu(z).
  const [a, b] = args.length === 2 && !graph.nodes[args[0]].active ? [args[1], args[0]] : args;
  const corner = (on: Id) => {
    if (graph.nodes[on].active) corners.push({ on, name, column, jumps: name === 'sign' });
    return on;
  };
  switch (name) {
    case 'abs':
      return graph.mul(graph.side(corner(a)), a);
    case 'sign':
      return graph.side(corner(a));
    case 'relu':
      return graph.select(corner(a), a, graph.constant(0));
    case 'max':
      return graph.select(corner(graph.sub(a, b)), a, b);
    case 'min':
      return graph.select(corner(graph.sub(a, b)), b, a);
    default:
      return undefined;
  }
}

function smooth({ graph }: Lowering, name: string, [a, b]: readonly Id[]): Id {
  if (isUnary(name)) return graph.apply(name, a);
  switch (name) {
    case '+':
      return graph.add(a, b);
    case '-':
      return graph.sub(a, b);
    case '*':
      return graph.mul(a, b);
    case '/':
      return graph.div(a, b);
    case 'neg':
      return graph.neg(a);
    case '^':
    case 'pow':
      return graph.pow(a, b);
    default:
      throw new TypeError(`no rule for ${name}`);
  }
}

/** `left comparison right` as a positive number: the difference whose sign decides, and whether it must be positive. */
const decided = (graph: Graph, comparison: Comparison, left: Id, right: Id): [Id, boolean] =>
  comparison === '<' || comparison === '>='
    ? [graph.sub(right, left), comparison === '<']
    : [graph.sub(left, right), comparison === '>'];

export function lowered(l: Lowering, tree: Tree): Id {
  const { graph, names } = l;
  switch (tree.kind) {
    case 'constant':
      return graph.constant(tree.value);
    case 'name': {
      const id = names.get(tree.name);
      return id ?? graph.constant(CONSTANTS.get(tree.name) ?? Number.NaN);
    }
    case 'call': {
      const args = tree.args.map(a => lowered(l, a));
      return cornered(l, tree, args) ?? smooth(l, tree.name, args);
    }
    case 'choice': {
      const [left, right, yes, no] = [tree.left, tree.right, tree.yes, tree.no].map(t => lowered(l, t));
      const [on, positive] = decided(graph, tree.comparison, left, right);
      if (graph.nodes[on].active) l.corners.push({ on, name: '?:', column: tree.column, jumps: false });
      return positive ? graph.select(on, yes, no) : graph.select(on, no, yes);
    }
  }
}
