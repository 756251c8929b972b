/** Observations of matrices and tensors: what is drawn is written out, closed forms need exact data, and data errors are refused. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { flowOf } from '../src/flow.js';
import { random } from '../src/math/random.js';
import { kindOf } from '../src/resolve.js';
import { settingOf } from '../src/run.js';
import { normals } from './conformance/instances.js';
import { FACTORS, ORTHOGONAL, resolved, SYMMETRIC } from './matrix-experiments.js';

const spec = suite('matrix data');

const TENSOR = [
  [
    [1, 0.5],
    [0.5, 0],
  ],
  [
    [0.5, 0],
    [0, -1],
  ],
];

const observations: readonly object[] = [
  { kind: 'low-rank', factors: SYMMETRIC, noise: { level: 0.1 } },
  { kind: 'low-rank', factors: SYMMETRIC, mask: { fraction: 0.5 }, noise: { level: 0.1 } },
  { kind: 'low-rank', factors: SYMMETRIC, sensing: { count: 4 }, noise: { level: 0.1 } },
  {
    kind: 'low-rank',
    matrix: [
      [1, null],
      [null, 2],
    ],
  },
  { kind: 'low-rank-asymmetric', factors: FACTORS, mask: { fraction: 0.5 }, penalty: { kind: 'squared', beta: 0.1 } },
  { kind: 'low-rank-asymmetric', matrix: [[1, 2, 3]], sensing: { count: 2 }, lambda: 3 },
  { kind: 'tensor', components: ORTHOGONAL, noise: { level: 0.1 } },
  { kind: 'tensor', tensor: TENSOR, chart: 'two-homogeneous' },
];

spec('what was drawn is written out: the frozen problem is the same for any seed', () => {
  for (const problem of observations) {
    const experiment = resolved(problem);
    const { problem: built, frozen } = settingOf(experiment);
    assert.equal(kindOf(frozen.problem).faults(frozen.problem), []);
    const again = settingOf({ ...frozen, seed: 'another' });
    assert.equal(again.frozen.problem, frozen.problem);
    assert.equal(again.problem.known, built.known);
    assert.equal(
      kindOf(frozen.problem).coordinates(frozen.problem),
      built.domain.map(c => c.name),
    );
    const y = normals(3 * built.dim, random('matrices', 'frozen'));
    const [F, G] = [flowOf(built, 3).energy(y), flowOf(again.problem, 3).energy(y)];
    assert.ok(Math.abs(F - G) <= 1e-14 * F, `${F} against ${G}`);
  }
});

spec('noise takes the closed form away where it rests on exact data', () => {
  const known = (problem: object) => settingOf(resolved(problem)).problem.known?.minimum;
  const sensing = { count: 30 };
  assert.is(known({ kind: 'low-rank', factors: SYMMETRIC, sensing }), 0);
  assert.is(known({ kind: 'low-rank', factors: SYMMETRIC, sensing, noise: { level: 0.1 } }), undefined);
  assert.is(
    known({
      kind: 'low-rank',
      matrix: [
        [1, 0],
        [0, -1],
      ],
      sensing,
    }),
    undefined,
    'no mean of θθᵀ is that',
  );
  const penalty = { kind: 'squared', beta: 0.1 };
  assert.is(
    known({
      kind: 'tensor',
      components: [
        [1, 0],
        [1, 1],
      ],
      chart: 'two-homogeneous',
      penalty,
    }),
    undefined,
  );
  assert.is(known({ kind: 'tensor', components: ORTHOGONAL, penalty }), undefined, 'degrees are not shared');
});

const refusals: readonly (readonly [string, object, RegExp])[] = [
  ['no matrix', { kind: 'low-rank' }, /exactly one of matrix, factors and measurements, found none/],
  ['two matrices', { kind: 'low-rank', matrix: [[1]], factors: [[1]] }, /found matrix and factors/],
  ['ragged', { kind: 'low-rank', matrix: [[1, 0], [0]] }, /a square matrix of 2 rows needs 2 numbers a row, found 1/],
  [
    'not square',
    {
      kind: 'low-rank',
      matrix: [
        [1, 0, 0],
        [0, 1, 0],
      ],
    },
    /a square matrix of 2 rows needs 2 numbers a row, found 3/,
  ],
  [
    'not symmetric',
    {
      kind: 'low-rank',
      matrix: [
        [1, 2],
        [3, 1],
      ],
    },
    /must be symmetric: found 3 here and 2 across/,
  ],
  [
    'half seen',
    {
      kind: 'low-rank',
      matrix: [
        [1, null],
        [3, 1],
      ],
    },
    /must be symmetric: found 3 here and null across/,
  ],
  ['NaN', { kind: 'low-rank', matrix: [[Number.NaN]] }, /a finite number is wanted, found NaN/],
  ['nothing seen', { kind: 'low-rank', matrix: [[null]] }, /no entry is seen/],
  ['ragged factors', { kind: 'low-rank', factors: [[1, 2], [1]] }, /2 numbers are wanted as in the first row, found 1/],
  [
    'mask and sensing',
    { kind: 'low-rank', matrix: [[1]], mask: { fraction: 0.5 }, sensing: { count: 1 } },
    /one form only/,
  ],
  ['an empty mask', { kind: 'low-rank', matrix: [[1]], mask: { fraction: 0 } }, /must be > 0, found 0/],
  [
    'sensing what is not seen',
    {
      kind: 'low-rank',
      matrix: [
        [1, null],
        [null, 1],
      ],
      sensing: { count: 3 },
    },
    /needs every entry .* found null/,
  ],
  ['measurements of nothing', { kind: 'low-rank', measurements: [1] }, /needs sensing.matrices/],
  [
    'another count',
    { kind: 'low-rank', measurements: [1, 2], sensing: { matrices: [[[1]]] } },
    /1 matrices, but 2 measurements/,
  ],
  [
    'a sensing matrix of another shape',
    {
      kind: 'low-rank-asymmetric',
      matrix: [[1, 2, 3]],
      sensing: {
        matrices: [
          [
            [1, 2, 3],
            [4, 5, 6],
          ],
        ],
      },
    },
    /1×3 numbers are wanted, found 2×3/,
  ],
  [
    'left without right',
    { kind: 'low-rank-asymmetric', factors: { left: [[1]], right: [[1], [2]] } },
    /left has 1 rows, right has 2/,
  ],
  ['ragged rectangle', { kind: 'low-rank-asymmetric', matrix: [[1, 2], [3]] }, /2 numbers a row are wanted, found 1/],
  [
    'a tensor that is a matrix',
    { kind: 'tensor', tensor: [[[1, 2]], [[3, 4]]] },
    /a 2×2×2 tensor is wanted, .* found 1×2/,
  ],
  [
    'a ragged tensor',
    {
      kind: 'tensor',
      tensor: [
        [[1, 0], [0]],
        [
          [0, 0],
          [0, 1],
        ],
      ],
    },
    /found a row of 1/,
  ],
  [
    'a tensor that is not symmetric',
    {
      kind: 'tensor',
      tensor: [
        [
          [1, 2],
          [0, 0],
        ],
        [
          [0, 0],
          [0, 1],
        ],
      ],
    },
    /must be symmetric: found 0 here and 2 at \[0, 0, 1\]/,
  ],
  [
    'a tensor and components',
    { kind: 'tensor', tensor: TENSOR, components: [[1, 2]] },
    /exactly one of tensor and components, found both/,
  ],
  ['truth of another size', { kind: 'tensor', tensor: TENSOR, truth: [[1, 2, 3]] }, /have 2 numbers, found 3/],
  [
    'a chart there is not',
    { kind: 'tensor', components: [[1]], chart: 'conic' },
    /problem\.chart: must be "plain" or "two-homogeneous", found "conic"/,
  ],
];

for (const [what, problem, message] of refusals)
  spec(`${what} is refused`, () => assert.throws(() => resolved(problem), message));

spec('more sensing numbers than are kept are refused with the count', () =>
  assert.throws(
    () => resolved({ kind: 'low-rank', factors: [Array(100).fill(1)], sensing: { count: 26 } }),
    /26 matrices of 100×100 are 260000 numbers, at most 250000 are allowed/,
  ),
);

spec.run();
