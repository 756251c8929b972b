/** NumPy files against arrays written by NumPy itself, and against files that lie. */
import { readFileSync } from 'node:fs';
import { zipSync } from 'fflate';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { columnsIn, numbersIn, tableIn } from '../problems/data/array-table.js';
import { ArrayError, type NumericArray, readNpy, readNpz } from '../problems/data/npy.js';
import { crc32 } from '../problems/data/zip-directory.js';
import type { ProblemContext } from '../src/types.js';
import { packageRoot } from './truth/reference.js';

const npy = suite('npy');

interface Fixture {
  readonly name: string;
  readonly npy: string;
  readonly shape: number[];
  readonly values: number[];
  readonly says: string;
}
const truth = JSON.parse(readFileSync(new URL('spec/truth/numpy.json', packageRoot), 'utf8'));
const bytesOf = (base64: string) => new Uint8Array(Buffer.from(base64, 'base64'));
const context = (files: Readonly<Record<string, Uint8Array>>): ProblemContext => ({
  read: () => assert.unreachable() as never,
  readBytes: path => files[path],
  seed: 's',
});
const says = (message: RegExp) => (error: Error) => error instanceof ArrayError && message.test(error.message);

for (const { name, npy: base64, shape, values } of truth.read as Fixture[])
  npy(`NumPy's ${name} is read to the bit`, () => {
    const found = readNpy(bytesOf(base64));
    assert.equal([[...found.shape], [...found.values]], [shape, values]);
  });

for (const { name, npy: base64, says: words } of truth.refused as Fixture[])
  npy(`NumPy's ${name} is refused`, () =>
    assert.throws(() => readNpy(bytesOf(base64)), says(new RegExp(words.replace('^', '\\^')))),
  );

npy('a file cut off anywhere, with bytes to spare, of no numbers or of another kind is refused', () => {
  const whole = bytesOf(truth.read[0].npy);
  for (let length = 0; length < whole.length; length++)
    assert.throws(() => readNpy(whole.subarray(0, length)), says(/is no NumPy array|cut off|bytes of numbers/));
  const longer = new Uint8Array(whole.length + 1);
  longer.set(whole);
  assert.throws(() => readNpy(longer), says(/wants 48 bytes of numbers for shape \(2, 3\), found 49/));
  assert.throws(() => readNpz(whole), says(/is no NumPy archive/));
  assert.throws(() => readNpy(bytesOf(truth.savez)), says(/is no NumPy array/));
});

npy('a header that claims more numbers than there are, or than are allowed, is refused before anything is kept', () => {
  const whole = bytesOf(truth.read[0].npy);
  const claiming = (shape: string) => {
    const text = Buffer.from(whole).toString('latin1');
    return new Uint8Array(
      Buffer.from(text.replace(`(2, 3), }${' '.repeat(shape.length - 6)}`, `${shape}, }`), 'latin1'),
    );
  };
  assert.throws(() => readNpy(claiming('(99999, 999999)')), says(/has 99998900001 numbers; at most 33554432/));
  assert.throws(() => readNpy(claiming('(2000, 3)')), says(/wants 48000 bytes/));
});

npy("NumPy's archives are read, stored and compressed; a pickle inside is refused", () => {
  assert.equal(columnsIn('a.npz', ['x', 'y'], context({ 'a.npz': bytesOf(truth.savez) })), [
    [0, 0.25, 0.5],
    [1, 2, -1],
  ]);
  assert.equal(tableIn('a.npz', context({ 'a.npz': bytesOf(truth.savez_compressed) })), {
    names: ['x1', 'x2', 'y'],
    columns: [
      [0, 2, 4],
      [1, 3, 5],
      [1, -1, 1],
    ],
  });
  assert.throws(() => readNpz(bytesOf(truth.savez_object)), says(/x\.npy holds Python objects/));
});

npy('an archive that is cut off, that is a bomb, or that holds no array is refused', () => {
  const whole = bytesOf(truth.savez_compressed);
  for (let length = 0; length < whole.length; length += 7)
    assert.throws(() => readNpz(whole.subarray(0, length)), says(/is no NumPy archive|is cut off/), `${length}`);
  assert.throws(() => readNpz(zipSync({ 'a.txt': new Uint8Array(3) })), says(/holds no array/));
  const bomb = zipSync({ 'x.npy': new Uint8Array(2 ** 28 + 1) });
  assert.ok(bomb.length < 2 ** 19);
  assert.throws(() => readNpz(bomb), says(/unpacks to more than 268435456 bytes/));
});

npy('a number changed inside an archive is found by its checksum, wherever it stands', () => {
  const whole = bytesOf(truth.savez);
  const { values } = readNpz(whole).get('x') as NumericArray;
  const numbers = Buffer.from(Float64Array.from(values).buffer);
  const at = Buffer.from(whole).indexOf(numbers);
  assert.ok(at > 0, 'stored, not compressed');
  for (let k = 0; k < numbers.length; k++) {
    const damaged = Uint8Array.from(whole);
    damaged[at + k] ^= 1;
    assert.throws(() => readNpz(damaged), says(/x\.npy is damaged/), `byte ${k}`);
  }
  assert.is(crc32(new TextEncoder().encode('123456789')), 0xcbf43926, 'the check value of CRC-32');
});

npy('a table wants the columns that were asked for', () => {
  const files = context({ 'a.npz': bytesOf(truth.savez), 'a.npy': bytesOf(truth.read[0].npy) });
  assert.throws(() => columnsIn('a.npz', ['x1', 'y'], files), says(/no array called x1; there are x, y/));
  assert.throws(() => columnsIn('a.npy', ['x', 'y'], files), says(/2 columns x, y are wanted, found 3/));
  assert.equal(columnsIn('a.npy', ['x1', 'x2', 'y'], files)[2], [3.25, -7]);
  assert.throws(() => numbersIn('a.npz', files), says(/one array is wanted, found several/));
  assert.throws(() => numbersIn('a.npy', { read: () => '', seed: 's' }), says(/cannot be read here/));
});

npy.run();
