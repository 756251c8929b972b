/** Room for the kernels of a field: one memory, of addresses of 32 bits, and where the last array ends is an address too. */
export const MOST_BYTES = 2 ** 32 - 2 ** 16;

const sized = (bytes: number): string => {
  const [unit, name] = bytes < 2 ** 27 ? [2 ** 20, 'MiB'] : [2 ** 30, 'GiB'];
  return `${Number((bytes / unit).toPrecision(3))} ${name}`;
};

/** What is wrong with so many bytes, and what to try; of one memory alone where `found` is left out. */
export const noRoom = (bytes: number, found = `which has at most ${sized(MOST_BYTES)}`): string =>
  `the kernels of this field need about ${sized(bytes)} in one memory, ${found}; take fewer particles, rows of data or --threads, or --tier scalar, which needs none`;

/** The kernels of a field want more than there is. */
export class NoRoom extends RangeError {}
