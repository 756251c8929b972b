/** Searches in long arrays of signs, four at a time where they lie so in memory. */

/** The first bytes as words; none where the array does not begin at one. */
const wordsOf = (a: Int8Array): Int32Array =>
  a.byteOffset % 4 === 0 ? new Int32Array(a.buffer, a.byteOffset, a.length >> 2) : new Int32Array(0);

/** Places, in ascending order, where two arrays of equal length differ. */
export function changes(a: Int8Array, b: Int8Array): number[] {
  const found: number[] = [];
  const see = (from: number, to: number) => {
    for (let k = from; k < to; k++) if (a[k] !== b[k]) found.push(k);
  };
  const [p, q] = [wordsOf(a), wordsOf(b)];
  const words = Math.min(p.length, q.length);
  for (let j = 0; j < words; j++) if (p[j] !== q[j]) see(4 * j, 4 * j + 4);
  see(4 * words, a.length);
  return found;
}

/** Places of zeros, in ascending order. */
export function zeros(a: Int8Array): number[] {
  const found: number[] = [];
  const see = (from: number, to: number) => {
    for (let k = from; k < to; k++) if (a[k] === 0) found.push(k);
  };
  const p = wordsOf(a);
  // A word has a byte 0 exactly when this is not 0 (Warren 2013, §6.1).
  for (let j = 0; j < p.length; j++) if (((p[j] - 0x01010101) & ~p[j] & 0x80808080) !== 0) see(4 * j, 4 * j + 4);
  see(4 * p.length, a.length);
  return found;
}
