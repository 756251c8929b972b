/** A penalty's tree, split into c·|coordinate|, whose kink the flow locates, and a rest. */
import type { Tree } from './check.js';

export interface Split {
  /** Terms c·|name|, all of the same name: the c's. */
  readonly name?: string;
  readonly weights: readonly Tree[];
  readonly rest: readonly Tree[];
}

const mentions = (tree: Tree, names: readonly string[]): boolean => {
  switch (tree.kind) {
    case 'constant':
      return false;
    case 'name':
      return names.includes(tree.name);
    case 'call':
      return tree.args.some(a => mentions(a, names));
    case 'choice':
      return [tree.left, tree.right, tree.yes, tree.no].some(t => mentions(t, names));
  }
};

interface Term {
  readonly factor: Tree;
  readonly tree: Tree;
}

const call = (name: string, ...args: Tree[]): Tree => ({ kind: 'call', name, args, column: args[0].column });

/** Sums, and products with what does not depend on the particle, multiplied out. */
function terms(tree: Tree, factor: Tree, particle: readonly string[]): Term[] {
  if (tree.kind !== 'call') return [{ factor, tree }];
  const [a, b] = tree.args;
  const open = (t: Tree, by: Tree) => terms(t, by, particle);
  switch (tree.name) {
    case '+':
      return [...open(a, factor), ...open(b, factor)];
    case '-':
      return [...open(a, factor), ...open(b, call('neg', factor))];
    case 'neg':
      return open(a, call('neg', factor));
    case '*':
      if (!mentions(a, particle)) return open(b, call('*', factor, a));
      return mentions(b, particle) ? [{ factor, tree }] : open(a, call('*', factor, b));
    case '/':
      return mentions(b, particle) ? [{ factor, tree }] : open(a, call('/', factor, b));
    default:
      return [{ factor, tree }];
  }
}

/** The coordinate whose absolute value a term is. */
const absoluteOf = (tree: Tree, particle: readonly string[]): string | undefined => {
  if (tree.kind !== 'call' || tree.name !== 'abs') return undefined;
  const [a] = tree.args;
  return a.kind === 'name' && particle.includes(a.name) ? a.name : undefined;
};

/** The first coordinate that has an absolute value takes them all; those of others stay in the rest. */
export function splitPenalty(tree: Tree, particle: readonly string[]): Split {
  const all = terms(tree, { kind: 'constant', value: 1, column: tree.column }, particle);
  const name = all.map(t => absoluteOf(t.tree, particle)).find(n => n !== undefined);
  const located = all.filter(t => name !== undefined && absoluteOf(t.tree, particle) === name);
  return {
    ...(name !== undefined && { name }),
    weights: located.map(t => t.factor),
    rest: all.filter(t => !located.includes(t)).map(t => call('*', t.factor, t.tree)),
  };
}
