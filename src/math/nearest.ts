/** Words that were meant. */

/** Levenshtein distance: short words, so the quadratic table is fine. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
    row = next;
  }
  return row[b.length];
}

/** The nearest allowed word, when one is near enough to be meant. */
export function nearest(word: string, allowed: readonly string[]): string | undefined {
  const ranked = allowed
    .map(a => ({ a, d: editDistance(word.toLowerCase(), a.toLowerCase()) }))
    .sort((x, y) => x.d - y.d);
  return ranked[0] && ranked[0].d <= Math.max(word.length > 3 ? 2 : 1, word.length / 3) ? ranked[0].a : undefined;
}

/** What follows a refused word: the nearest allowed one if it is near, and all of them. */
export function meant(word: string, allowed: readonly string[]): string {
  const near = nearest(word, allowed);
  return `${near ? `; did you mean ${near}?` : ''} (allowed: ${allowed.join(', ')})`;
}
