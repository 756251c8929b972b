/** Formulae as a graph in which equal parts are one node; parts come before what uses them. Constants are folded as nodes are made. */
import type { Graph, Id, Node, Op, UnaryName } from './formula.js';
import { unary } from './functions.js';

/** Nodes by their content, so that the same content is the same node. */
function store() {
  const nodes: Node[] = [];
  const known = new Map<string, Id>();
  const make = (op: Op, args: readonly Id[], value = 0, active = false, row = false): Id => {
    const key = `${op} ${args.join(' ')} ${Object.is(value, -0) ? '-0' : value} ${row}`;
    const found = known.get(key);
    if (found !== undefined) return found;
    const some = (of: (n: Node) => boolean) => args.some(a => of(nodes[a]));
    nodes.push({ op, args, value, active: active || some(n => n.active), row: row || some(n => n.row) });
    known.set(key, nodes.length - 1);
    return nodes.length - 1;
  };
  return { nodes, make };
}

type Store = ReturnType<typeof store>;

/** Sums and differences, with what is known of 0 and of constants. */
function sums({ nodes, make }: Store, constant: Graph['constant']): Pick<Graph, 'add' | 'sub' | 'neg'> {
  const is = (a: Id, value: number) => nodes[a].op === 'constant' && nodes[a].value === value;
  const both = (a: Id, b: Id) => nodes[a].op === 'constant' && nodes[b].op === 'constant';
  const neg = (a: Id): Id => {
    if (nodes[a].op === 'constant') return constant(-nodes[a].value);
    return nodes[a].op === 'neg' ? nodes[a].args[0] : make('neg', [a]);
  };
  const sub = (a: Id, b: Id): Id => {
    if (both(a, b)) return constant(nodes[a].value - nodes[b].value);
    if (is(b, 0)) return a;
    return is(a, 0) ? neg(b) : make('sub', [a, b]);
  };
  const add = (a: Id, b: Id): Id => {
    if (both(a, b)) return constant(nodes[a].value + nodes[b].value);
    if (is(a, 0)) return b;
    if (is(b, 0)) return a;
    if (nodes[b].op === 'neg') return sub(a, nodes[b].args[0]);
    return nodes[a].op === 'neg' ? sub(b, nodes[a].args[0]) : make('add', a < b ? [a, b] : [b, a]);
  };
  return { add, sub, neg };
}

/** Products, quotients and powers. */
function products(
  { nodes, make }: Store,
  { constant, neg, apply }: Pick<Graph, 'constant' | 'neg' | 'apply'>,
): Pick<Graph, 'mul' | 'div' | 'pow' | 'chain'> {
  const value = (a: Id) => nodes[a].value;
  const is = (a: Id, wanted: number) => nodes[a].op === 'constant' && value(a) === wanted;
  const both = (a: Id, b: Id) => nodes[a].op === 'constant' && nodes[b].op === 'constant';
  const mul = (a: Id, b: Id): Id => {
    if (both(a, b)) return constant(value(a) * value(b));
    if (is(a, 0) || is(b, 0)) return constant(0);
    if (is(a, 1)) return b;
    if (is(b, 1)) return a;
    if (is(a, -1)) return neg(b);
    return is(b, -1) ? neg(a) : make('mul', a < b ? [a, b] : [b, a]);
  };
  const div = (a: Id, b: Id): Id => {
    if (both(a, b)) return constant(value(a) / value(b));
    if (is(a, 0)) return constant(0);
    return is(b, 1) ? a : make('div', [a, b]);
  };
  const pow = (a: Id, b: Id): Id => {
    if (both(a, b)) return constant(value(a) ** value(b));
    if (is(b, 0)) return constant(1);
    if (is(b, 1)) return a;
    if (is(b, 2)) return mul(a, a);
    if (is(b, 3)) return mul(a, mul(a, a));
    if (is(b, -1)) return div(constant(1), a);
    return is(b, 0.5) ? apply('sqrt', a) : make('pow', [a, b]);
  };
  const chain = (g: Id, d: Id): Id => {
    if (is(g, 0) || is(d, 0)) return constant(0);
    if (nodes[g].op === 'constant' || is(d, 1) || is(d, -1)) return mul(g, d);
    return nodes[g].op === 'neg' ? neg(chain(nodes[g].args[0], d)) : make('chain', [g, d]);
  };
  return { mul, div, pow, chain };
}

export function graph(): Graph {
  const made = store();
  const { nodes, make } = made;
  const constant = (value: number): Id => make('constant', [], value);
  const is = (a: Id) => nodes[a].op === 'constant';
  const apply = (name: UnaryName, a: Id): Id => (is(a) ? constant(unary[name].value(nodes[a].value)) : make(name, [a]));
  const { add, sub, neg } = sums(made, constant);
  return {
    nodes,
    constant,
    input: (index, row = false) => make('input', [], index, true, row),
    column: index => make('column', [], index, false, true),
    add,
    sub,
    neg,
    ...products(made, { constant, neg, apply }),
    apply,
    select(s, a, b) {
      if (a === b) return a;
      return is(s) ? (nodes[s].value > 0 ? a : b) : make('select', [s, a, b]);
    },
    side: s => (is(s) ? constant(Math.sign(nodes[s].value)) : make('side', [s])),
  };
}
