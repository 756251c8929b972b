/**
 * Text → a tree of our own. mathjs only parses (never evaluate or compile: GHSA-29qv-4j9f-fjw5, GHSA-5v89-rwgr-qj6g), and only what
 * has passed `scanned`; of its tree only the nodes named here are taken over.
 */
import { parse } from 'mathjs/number';
import { meant } from '../../src/math/nearest.js';
import { arityOf, CONSTANTS, functionNames } from './names.js';
import { ExpressionError, scanned, type Token } from './tokens.js';

const LIMITS = { nodes: 200, depth: 64 } as const;

export type Comparison = '<' | '<=' | '>' | '>=';

/** `column` is where the node's name or its first piece stands. Calls are functions and the operators + - * / ^ and neg. */
export type Tree =
  | { readonly kind: 'constant'; readonly value: number; readonly column: number }
  | { readonly kind: 'name'; readonly name: string; readonly column: number }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Tree[]; readonly column: number }
  | {
      readonly kind: 'choice';
      readonly comparison: Comparison;
      readonly left: Tree;
      readonly right: Tree;
      readonly yes: Tree;
      readonly no: Tree;
      readonly column: number;
    };

/** What the parser's nodes have, as far as we look. */
interface Parsed {
  readonly type: string;
  readonly value?: unknown;
  readonly name?: unknown;
  readonly op?: string;
  readonly fn?: Parsed | string;
  readonly args?: readonly Parsed[];
  readonly content?: Parsed;
  readonly implicit?: boolean;
  readonly condition?: Parsed;
  readonly trueExpr?: Parsed;
  readonly falseExpr?: Parsed;
}

/** Names that may be used; `open` admits all others, because they come from a file that is not read yet. */
export interface Scope {
  readonly names: readonly string[];
  readonly open?: boolean;
}

/** Names and numbers come in the order of the text, so their tokens tell where a node stands. */
interface Walk {
  readonly scope: Scope;
  readonly tokens: readonly Token[];
  next: number;
  nodes: number;
}

const fail = (column: number, message: string): never => {
  throw new ExpressionError(column, message);
};

const here = (walk: Walk): number => walk.tokens[Math.min(walk.next, walk.tokens.length - 1)]?.column ?? 1;
const taken = (walk: Walk): number => {
  const column = here(walk);
  walk.next++;
  return column;
};

const OPERATORS: Readonly<Record<string, number>> = { '+': 2, '-': 2, '*': 2, '/': 2, '^': 2 };

function constant({ value }: Parsed, walk: Walk): Tree {
  const column = taken(walk);
  if (typeof value === 'number' && Number.isFinite(value)) return { kind: 'constant', value, column };
  return fail(column, `a finite number is wanted, found ${String(value).slice(0, 20)}`);
}

function symbol({ name }: Parsed, walk: Walk): Tree {
  const column = taken(walk);
  const { names, open } = walk.scope;
  if (typeof name !== 'string') return fail(column, 'a name is wanted');
  if (names.includes(name) || CONSTANTS.has(name)) return { kind: 'name', name, column };
  if (arityOf(name) !== undefined) return fail(column, `${name} is a function; write ${name}( … )`);
  if (open && !(name in {})) return { kind: 'name', name, column };
  return fail(
    column,
    `unknown name ${JSON.stringify(name.slice(0, 40))}${meant(name.slice(0, 40), [...names, ...CONSTANTS.keys()])}`,
  );
}

function call(node: Parsed, walk: Walk, depth: number): Tree {
  const column = taken(walk);
  const name = typeof node.fn === 'object' && node.fn.type === 'SymbolNode' ? String(node.fn.name) : '';
  const [arity, args] = [arityOf(name), node.args ?? []];
  if (arity === undefined)
    return fail(
      column,
      `unknown function ${JSON.stringify(name.slice(0, 40))}${meant(name.slice(0, 40), functionNames)}`,
    );
  if (args.length !== arity)
    return fail(column, `${name} takes ${arity} argument${arity > 1 ? 's' : ''}, found ${args.length}`);
  return { kind: 'call', name, args: args.map(a => visit(a, walk, depth + 1)), column };
}

function operator(node: Parsed, walk: Walk, depth: number): Tree {
  const { op = '', args = [], implicit } = node;
  const column = here(walk);
  if (implicit) return fail(column, 'a product is written with *');
  const negative = node.fn === 'unaryMinus' && args.length === 1;
  if (!negative && !(Object.hasOwn(OPERATORS, op) && OPERATORS[op] === args.length)) {
    const hint = ['<', '<=', '>', '>='].includes(op)
      ? 'comparisons belong into a condition, as in x1 < 0 ? a : b'
      : `${op.slice(0, 10)} with ${args.length} operand${args.length === 1 ? '' : 's'} is not allowed; allowed are + - * / ^ and a leading -`;
    return fail(column, hint);
  }
  return { kind: 'call', name: negative ? 'neg' : op, args: args.map(a => visit(a, walk, depth + 1)), column };
}

function choice(node: Parsed, walk: Walk, depth: number): Tree {
  const column = here(walk);
  let test = node.condition;
  while (test?.type === 'ParenthesisNode') test = test.content;
  if (test?.type !== 'OperatorNode' || !['<', '<=', '>', '>='].includes(test.op ?? '') || test.args?.length !== 2)
    return fail(column, 'a condition is one comparison with < <= > >=, as in x1 < 0 ? a : b');
  const comparison = test.op as Comparison;
  const [left, right, yes, no] = [...test.args, node.trueExpr, node.falseExpr].map(part =>
    part ? visit(part, walk, depth + 1) : fail(column, 'a choice is written condition ? a : b'),
  );
  return { kind: 'choice', comparison, left, right, yes, no, column };
}

const NOT_ALLOWED: Readonly<Record<string, string>> = {
  AccessorNode: 'properties',
  ArrayNode: 'lists',
  AssignmentNode: 'definitions',
  BlockNode: 'several formulae',
  FunctionAssignmentNode: 'definitions of functions',
  IndexNode: 'indices',
  ObjectNode: 'objects',
  RangeNode: 'ranges',
  RelationalNode: 'chained comparisons',
};

function visit(node: Parsed, walk: Walk, depth: number): Tree {
  const column = here(walk);
  if (++walk.nodes > LIMITS.nodes) return fail(column, `more than ${LIMITS.nodes} operations, names and numbers`);
  if (depth > LIMITS.depth) return fail(column, `operations nested more than ${LIMITS.depth} deep`);
  switch (node.type) {
    case 'ParenthesisNode':
      return node.content ? visit(node.content, walk, depth + 1) : fail(column, '( ) is empty');
    case 'ConstantNode':
      return constant(node, walk);
    case 'SymbolNode':
      return symbol(node, walk);
    case 'OperatorNode':
      return operator(node, walk, depth);
    case 'FunctionNode':
      return call(node, walk, depth);
    case 'ConditionalNode':
      return choice(node, walk, depth);
    default:
      return fail(
        column,
        `${NOT_ALLOWED[node.type] ?? node.type.slice(0, 30)} are not allowed; an expression is one formula`,
      );
  }
}

function parsed(text: string): Parsed {
  try {
    return parse(text) as unknown as Parsed;
  } catch (error) {
    const { message, char } = error as { message?: string; char?: number };
    const said = String(message ?? error).replace(/ \(char \d+\)$/, '');
    return fail(typeof char === 'number' ? char : 1, `cannot be read: ${said.slice(0, 100)}`);
  }
}

/** A checked tree, or an ExpressionError that says where, what was found and what is allowed. */
export function treeOf(text: string, scope: Scope): Tree {
  const tokens = scanned(text);
  return visit(parsed(text), { scope, tokens: tokens.filter(t => t.kind !== 'sign'), next: 0, nodes: 0 }, 1);
}
