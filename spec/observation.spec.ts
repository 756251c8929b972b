/** y from spikes, and from samples of a real signal. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { columns, TableError } from '../problems/data/csv.js';
import { observe, project } from '../problems/data/observation.js';
import { basisInto } from '../src/kernels/trigonometric.js';
import { random } from '../src/math/random.js';
import { dot } from '../src/math/vec.js';

const observation = suite('observation');

const SPIKES: [number, number][] = [
  [1, 0.17],
  [-0.8, 0.61],
];
const ORDER = 6;

function signal(x: number, y: Float64Array): number {
  const phi = new Float64Array(y.length);
  basisInto(x, ORDER, 0, phi);
  return dot(y, phi);
}

observation('spikes without noise give Σ aⱼ φ(pⱼ)', () => {
  const y = observe(SPIKES, ORDER, 0, random('a', 'noise'));
  const phi = new Float64Array(2 * ORDER + 1);
  const expected = new Float64Array(2 * ORDER + 1);
  for (const [a, p] of SPIKES) {
    basisInto(p, ORDER, 0, phi);
    for (const k of phi.keys()) expected[k] += a * phi[k];
  }
  assert.ok(y.every((c, k) => Math.abs(c - expected[k]) <= 1e-13));
});

observation('noise has the level asked for, and comes from its own seed', () => {
  const clean = observe(SPIKES, 500, 0, random('a', 'noise'));
  const noisy = observe(SPIKES, 500, 0.3, random('a', 'noise'));
  const rms = Math.sqrt(noisy.reduce((s, c, k) => s + (c - clean[k]) ** 2, 0) / noisy.length);
  // 1001 normals: the standard error of the rms is 0.3/√2002 < 0.007.
  assert.ok(Math.abs(rms - 0.3) <= 0.03, `rms ${rms}`);
  assert.equal(noisy, observe(SPIKES, 500, 0.3, random('a', 'noise')));
  assert.not.equal(noisy, observe(SPIKES, 500, 0.3, random('b', 'noise')));
});

observation('samples at uneven places give back the coefficients they were made from', () => {
  const y = observe(SPIKES, ORDER, 0.1, random('a', 'noise'));
  const draw = random('a', 'places');
  const x = Array.from({ length: 60 }, () => 5 * draw.uniform() - 2);
  const found = project(
    x,
    x.map(p => signal(p, y)),
    ORDER,
  );
  assert.ok(
    found.coefficients.every((c, k) => Math.abs(c - y[k]) <= 1e-11),
    'least squares is exact on a band-limited signal',
  );
  assert.ok(found.residual <= 1e-12);
});

observation('samples that do not determine the coefficients are refused', () => {
  assert.throws(
    () => project([0, 0.1, 0.2], [1, 1, 1], ORDER),
    /at least 13 different positions modulo the period, found 3/,
  );
  const again = Array.from({ length: 20 }, (_, i) => i);
  assert.throws(() => project(again, again, ORDER), /found 1/);
  const many = Array.from({ length: 5000 }, (_, i) => i / 5000);
  assert.throws(() => project(many, many, 500), /5000 samples and the 1001 coefficients .* at most 282 coefficients/);
  const bunched = Array.from({ length: 40 }, (_, i) => i * 1e-6);
  assert.throws(() => project(bunched, bunched, ORDER), /gap too wide/);
});

const table = suite('table');

table('commas, semicolons, tabs, byte order mark, line ends, blank lines and quotes are read', () => {
  const expected = [
    [0, 0.5],
    [1, -2e-3],
  ];
  for (const text of [
    'x,y\n0,1\n0.5,-2e-3\n',
    '\uFEFFx;y\r\n0;1\r\n0.5;-2e-3\r\n',
    'x\ty\r0\t1\r0.5\t-2e-3',
    'y,x\n1,0\n\n-2e-3,0.5\n\n',
    '"x","y"\n"0","1"\n" .5 ",-.002\n',
  ])
    assert.equal(columns(text, ['x', 'y']), expected, JSON.stringify(text));
});

table('a cell that is no finite number is refused with line and column', () => {
  const cells = ['nan', 'Infinity', '', ' ', '1_0', '0x10', '1e999', '1,5', '--1', '１'];
  for (const cell of cells) {
    const text = `x;y\n0;1\n0.5;${cell}\n`;
    try {
      columns(text, ['x', 'y']);
      assert.unreachable(`${JSON.stringify(cell)} was accepted`);
    } catch (error) {
      assert.instance(error, TableError);
      assert.equal([(error as TableError).line, (error as TableError).column], [3, 2]);
    }
  }
});

table('ragged rows, missing and doubled columns, no data and binary are refused', () => {
  for (const [text, says] of [
    ['x,y\n1,2,3\n', /2 cells/],
    ['a,b\n1,2\n', /column "x" is missing/],
    ['x,x,y\n1,2,3\n', /twice/],
    ['x,y\n', /no data/],
    ['', /missing/],
    ['', /empty/],
    ['\uFEFF\n \n', /empty/],
    ['0,1\n1,2\n', /must name the columns, found numbers/],
    ['x,y\n1,\u0000', /NUL/],
    ['__proto__,y\n1,2\n', /missing/],
  ] as const)
    assert.throws(() => columns(text, ['x', 'y']), says);
});

table('a row is placed by its line in the file, also below a quoted cell of several lines', () => {
  try {
    columns('x,"a\nb",y\n0,1,2\n\n1,1,oops\n', ['x', 'y']);
    assert.unreachable('accepted');
  } catch (error) {
    assert.equal([(error as TableError).line, (error as TableError).column], [5, 3]);
  }
});

observation.run();
table.run();
