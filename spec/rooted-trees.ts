/** Rooted trees, which number the order conditions of one-step methods (Butcher 1963; Hairer, Nørsett & Wanner I, II.2). */

/** A rooted tree is the list of the trees on its root. */
export interface Tree {
  readonly branches: readonly Tree[];
}
export const orderOf = (t: Tree): number => t.branches.reduce((n, s) => n + orderOf(s), 1);
export const densityOf = (t: Tree): number => t.branches.reduce((n, s) => n * densityOf(s), orderOf(t));

/** All trees of an order, as multisets of smaller ones: `from` forbids what was already used in another arrangement. */
export function trees(order: number): Tree[] {
  const smaller = Array.from({ length: order - 1 }, (_, k) => trees(k + 1)).flat();
  const forests = (left: number, from: number): Tree[][] =>
    left === 0
      ? [[]]
      : smaller.flatMap((t, k) =>
          k < from || orderOf(t) > left ? [] : forests(left - orderOf(t), k).map(f => [t, ...f]),
        );
  return forests(order - 1, 0).map(branches => ({ branches }));
}
export const treesUpTo = (order: number): Tree[] => Array.from({ length: order }, (_, k) => trees(k + 1)).flat();
