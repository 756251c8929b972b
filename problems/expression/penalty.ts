/** A penalty's tree, split into c·|coordinate|·Ṽ(others), whose kink the flow locates, and a rest. */
import type { Tree } from './check.js';

export interface Split {
  /** Terms c·|name|·Ṽ, all of the same name: the c·Ṽ's. */
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

/** What is multiplied in a product. */
const factorsOf = (tree: Tree): Tree[] => {
  if (tree.kind !== 'call' || (tree.name !== '*' && tree.name !== '/')) return [tree];
  const [a, b] = tree.args;
  if (tree.name === '*') return [...factorsOf(a), ...factorsOf(b)];
  return [...factorsOf(a), call('/', { kind: 'constant', value: 1, column: b.column }, b)];
};

const coordinateOf = (tree: Tree, particle: readonly string[]): string | undefined => {
  if (tree.kind !== 'call' || tree.name !== 'abs') return undefined;
  const [a] = tree.args;
  return a.kind === 'name' && particle.includes(a.name) ? a.name : undefined;
};

/** The coordinate whose absolute value a term holds as a factor, and what it is multiplied with. */
function absoluteOf(
  { factor, tree }: Term,
  particle: readonly string[],
): { name: string; weight: Tree; pure: boolean } | undefined {
  const factors = factorsOf(tree);
  for (const [j, f] of factors.entries()) {
    const name = coordinateOf(f, particle);
    const others = factors.filter((_, k) => k !== j);
    if (name === undefined || others.some(t => mentions(t, [name]))) continue;
    return { name, weight: others.reduce((a, b) => call('*', a, b), factor), pure: others.length === 0 };
  }
  return undefined;
}

/**
 * The first coordinate that has an absolute value takes them all; those of others stay in the rest.
 * @param modulated whether the absolute value may be multiplied by a function of other coordinates
 */
export function splitPenalty(tree: Tree, particle: readonly string[], modulated: boolean): Split {
  const all = terms(tree, { kind: 'constant', value: 1, column: tree.column }, particle).map(term => {
    const found = absoluteOf(term, particle);
    return { ...term, found: found && (found.pure || modulated) ? found : undefined };
  });
  const name = (all.find(t => t.found?.pure) ?? all.find(t => t.found))?.found?.name;
  const located = all.filter(t => name !== undefined && t.found?.name === name);
  return {
    ...(name !== undefined && { name }),
    weights: located.flatMap(t => t.found?.weight ?? []),
    rest: all.filter(t => !located.includes(t)).map(t => call('*', t.factor, t.tree)),
  };
}
