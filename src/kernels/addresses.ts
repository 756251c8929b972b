/** Where the arrays of a memory of kernels stand. */

export const upTo = (x: number, multiple: number): number => Math.ceil(x / multiple) * multiple;

/** Two cache lines, as some processors fetch them. */
const LINES = 128;

export interface Addresses {
  /** The address of the next array, of so many doubles. */
  doubles(count: number): number;
  /** Of all so far. */
  bytes(): number;
}

/** Arrays one after the other, each on lines of its own, behind so many bytes. */
export function addresses(behind: number): Addresses {
  let bytes = behind;
  return {
    doubles(count) {
      const at = bytes;
      bytes = upTo(at + 8 * count, LINES);
      return at;
    },
    bytes: () => bytes,
  };
}
