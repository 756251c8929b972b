/**
 * Sums of the arc-cosine and arc-sine kernels over charges: by angle in the plane, and by pairs, against quadrature over the direction of
 * x, against each other, and from any history the same bits.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { erfGaussian, reluGaussian } from '../problems/index.js';
import { planeArcCosine } from '../src/kernels/arc-cosine.js';
import { arcCosine } from '../src/kernels/arc-cosine-pairs.js';
import { arcSine } from '../src/kernels/arc-sine.js';
import { compute, setCompute, type Tier } from '../src/kernels/compute.js';
import { anglesInto, byAngle, sortByAngle } from '../src/kernels/lines.js';
import { random } from '../src/math/random.js';
import { maxAbs } from '../src/math/vec.js';
import type { Interaction, Vec } from '../src/types.js';

const sums = suite('sums of kernels over charges');
const chance = random('arc-cosine', 'charges');
const normals = (n: number): Vec => Float64Array.from({ length: n }, () => chance.normal());

const filled = (n: number, into: (out: Vec) => void): Vec => {
  const out = new Float64Array(n);
  into(out);
  return out;
};
const pull = (kernel: Interaction, rows: Vec): Vec => filled(rows.length, out => kernel.pullInto(rows, out));
const near = (found: Vec, wanted: Vec, tolerance: number, what: string): void => {
  const off = maxAbs(found.map((x, i) => x - wanted[i])) / (maxAbs(wanted) || 1);
  assert.ok(off <= tolerance, `${what}: off by ${off} of the largest entry`);
};

/** Charges in general position, and among them some at 0, on the axes, on one line with others, at one place. */
const general = (n: number): Vec => normals(3 * n);
function special(n: number): Vec {
  const rows = general(n);
  const places = [
    [0, 0],
    [0, 1.5],
    [0, -0.5],
    [-2, 0],
    [0.7, 0],
    [-0, -1],
  ];
  for (let i = 0; i < n; i++) {
    if (i % 3 === 0) rows.set(places[(i / 3) % places.length], 3 * i + 1);
    if (i % 7 === 5) rows.set([-2 * rows[3 * i - 5], -2 * rows[3 * i - 4]], 3 * i + 1);
    if (i % 7 === 6) rows.set(rows.subarray(3 * i - 5, 3 * i - 3), 3 * i + 1);
  }
  return rows;
}

/** Nodes and weights of Gauss on [−1, 1], eight of them (Abramowitz & Stegun, table 25.4). */
const GAUSS = [
  [0.1834346424956498, 0.362683783378362],
  [0.525532409916329, 0.3137066458778873],
  [0.7966664774136267, 0.2223810344533745],
  [0.9602898564975363, 0.1012285362903763],
].flatMap(([z, w]) => [
  [z, w],
  [-z, w],
]);
const PANELS = 16;

/** [k, ∇ₐk] of a and b ≠ 0: E|x|² = 2, and both units see the directions within a right angle of either. */
function byQuadrature([a0, a1]: Vec, [b0, b1]: Vec): number[] {
  const alpha = Math.atan2(a1, a0);
  const apart = Math.atan2(a0 * b1 - a1 * b0, a0 * b0 + a1 * b1);
  const [from, to] = [alpha + Math.max(0, apart) - Math.PI / 2, alpha + Math.min(0, apart) + Math.PI / 2];
  const half = (to - from) / (2 * PANELS);
  const found = [0, 0, 0];
  for (let p = 0; p < PANELS; p++)
    for (const [z, w] of GAUSS) {
      const e = from + half * (2 * p + 1 + z);
      const [x, y] = [Math.cos(e), Math.sin(e)];
      const seen = (w * half * (b0 * x + b1 * y)) / Math.PI;
      found[0] += seen * (a0 * x + a1 * y);
      found[1] += seen * x;
      found[2] += seen * y;
    }
  return found;
}

for (const [name, rows] of [
  ['in general position', general(12)],
  ['at 0, on the axes, parallel and opposite', special(42)],
] as const)
  sums(`${name}: potential and gradient are those of a quadrature over directions`, () => {
    const n = rows.length / 3;
    const place = (i: number) => rows.subarray(3 * i + 1, 3 * i + 3);
    const [found, own] = [pull(planeArcCosine(n), rows), pull(arcCosine(n, 2), rows)];
    const sum = new Float64Array(3 * n);
    for (let i = 0; i < n; i++)
      for (let j = 0; j < n; j++) {
        const [w, q] = [rows[3 * i], rows[3 * j]];
        // ∇ₐk at a = 0 is that of max(0, z) with slope 1 there: E x max(0, b·x) = b/2.
        const none = maxAbs(place(i)) === 0 ? [0, place(j)[0] / 2, place(j)[1] / 2] : undefined;
        const [k, x, y] = none ?? byQuadrature(place(i), place(j));
        sum[3 * i] += q * k;
        sum[3 * i + 1] += w * q * x;
        sum[3 * i + 2] += w * q * y;
      }
    near(found, sum, 3e-15, 'by angle');
    near(own, sum, 3e-15, 'by pairs');
  });

sums('one charge alone: k(a, a) = |a|²/2', () => {
  for (const rows of [Float64Array.of(3, 0.6, -0.8), Float64Array.of(3, -0.6, 0.8)])
    near(pull(planeArcCosine(1), rows), Float64Array.of(1.5, 4.5 * rows[1], 4.5 * rows[2]), 1e-15, `${rows}`);
});

sums('a plane in five dimensions has the sums of the plane, and of their rates', () => {
  const c = Math.SQRT1_2;
  const [e, f] = [Float64Array.of(c, 0, c, 0, 0), Float64Array.of(0, 0.6, 0, -0.8, 0)];
  const embedded = (rows: Vec, n: number) =>
    Float64Array.from({ length: 6 * n }, (_, k) => {
      const [at, j] = [3 * Math.floor(k / 6), (k % 6) - 1];
      return j < 0 ? rows[at] : rows[at + 1] * e[j] + rows[at + 2] * f[j];
    });
  for (const n of [1, 2, 9, 200]) {
    const [rows, moves] = [special(n), general(n)];
    const [flat, high] = [planeArcCosine(n), arcCosine(n, 5)];
    near(pull(high, embedded(rows, n)), embedded(pull(flat, rows), n), 2e-14, `${n} charges`);
    // Where places coincide or are opposite, or one is at 0, the second derivative has its limits from both sides.
    const apart = general(n);
    pull(flat, apart);
    pull(high, embedded(apart, n));
    near(
      filled(6 * n, out => high.pullRateInto(embedded(moves, n), out)),
      embedded(
        filled(3 * n, out => flat.pullRateInto(moves, out)),
        n,
      ),
      2e-14,
      `rates of ${n}`,
    );
  }
});

const kernels: Readonly<Record<string, readonly [d: number, open: (n: number) => Interaction]>> = {
  'arc-cosine by angle': [2, planeArcCosine],
  'arc-cosine by pairs': [3, n => arcCosine(n, 3)],
  'arc-sine': [2, n => arcSine(n, 2)],
};
for (const [name, [d, open]] of Object.entries(kernels)) {
  sums(`${name}: the same at points as at charges, and in any order of charges`, () => {
    const [n, dim] = [60, 1 + d];
    const rows = d === 2 ? special(n) : normals(dim * n);
    const kernel = open(n);
    const own = pull(kernel, rows);
    const at = filled(rows.length, out => kernel.pullAtInto(rows, n, out));
    near(at, own, 1e-14, 'at points');
    kernel.pullAtInto(rows.subarray(0, 2 * dim), 2, at);
    assert.ok(Number.isFinite(maxAbs(at)));
    const turned = Float64Array.from(rows, (_, k) => rows[dim * (n - 1 - Math.floor(k / dim)) + (k % dim)]);
    const wanted = Float64Array.from(own, (_, k) => own[dim * (n - 1 - Math.floor(k / dim)) + (k % dim)]);
    near(pull(open(n), turned), wanted, 1e-14, 'in another order');
  });

  sums(`${name}: the bits do not depend on what was asked before`, () => {
    const dim = 1 + d;
    for (const n of [40, 700]) {
      const used = open(n);
      const [rows, other] = [normals(dim * n), normals(dim * n)];
      const first = pull(used, rows);
      pull(used, other);
      used.pullAtInto(other, 3, new Float64Array(3 * dim));
      assert.equal(pull(used, rows), first);
      assert.equal(pull(open(n), rows), first);
    }
  });

  sums(`${name}: a number that is not finite spoils all of it`, () => {
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY])
      for (let k = 0; k <= d; k++) {
        const rows = normals((1 + d) * 5);
        rows[2 * (1 + d) + k] = bad;
        const out = pull(open(5), rows);
        assert.not(out.subarray(2 * (1 + d)).every(Number.isFinite), `${bad} at ${k}: ${out}`);
        if (Number.isNaN(bad)) assert.ok(out.filter((_, j) => j % (1 + d) === 0).every(Number.isNaN), `${out}`);
      }
  });
}

sums('in the plane the strict kernel has the bits of TypeScript, the fast one all but the last', () => {
  const before = compute();
  const on = (tier: Tier, rows: Vec) => {
    setCompute({ tier });
    return pull(planeArcCosine(rows.length / 3), rows);
  };
  for (const n of [33, 40, 600]) {
    const rows = special(n);
    rows.set([2 ** -530, -(2 ** -531)], 3 * 10 + 1);
    const wanted = on('scalar', rows);
    assert.equal(on('strict', rows), wanted);
    near(on('fast', rows), wanted, 1e-14, 'fast');
  }
  setCompute(before);
});

sums('in the plane lengths are no matter, down to the least and up to the largest squares', () => {
  for (const size of [2 ** -900, 2 ** -530, 2 ** 480]) {
    const rows = general(20);
    const scaled = rows.map((x, k) => (k % 3 === 0 ? x : size * x));
    const [found, wanted] = [pull(planeArcCosine(20), scaled), pull(planeArcCosine(20), rows)];
    // K itself has no digits where |a|² has none.
    const least = size < 2 ** -450;
    near(
      found.map((x, k) => (k % 3 > 0 ? x / size : least ? 0 : x / size / size)),
      wanted.map((x, k) => (k % 3 === 0 && least ? 0 : x)),
      3e-15,
      `${size}`,
    );
  }
});

const lines = suite('lines by angle');

lines('angles are those of the arc tangent, to a unit in the last place of π/2', () => {
  const some = Array.from({ length: 3000 }, () => [chance.normal(), chance.normal()]);
  const exact = [0, -0, 1, -1, 2 ** -1060, -3, 1e300, 1e-300, 1 / 32, 3 / 32].flatMap(x =>
    [0, -0, 1, -1, 5, 2 ** -1040, -1e300].map(y => [x, y]),
  );
  for (const [x, y] of [...some, ...exact]) {
    const found = filled(1, out => anglesInto(Float64Array.of(7, x, y), 1, out))[0];
    const wanted = x === 0 && y === 0 ? 0 : Math.atan(y / x);
    // Subnormal quotients, and what of two lines at −π/2 and π/2 is one.
    const off = Math.min(Math.abs(found - wanted), x === 0 ? Math.abs(Math.abs(found) - Math.PI / 2) : Infinity);
    assert.ok(x === 0 && y === 0 ? found === 0 : off <= 2.3e-16, `(${x}, ${y}): ${found}, not ${wanted}`);
  }
});

lines('sorted from any order before, ties by number', () => {
  for (const n of [1, 2, 30, 1000]) {
    const kept = byAngle(n);
    for (let round = 0; round < 4; round++) {
      const angles = Float64Array.from({ length: n }, () =>
        round % 2 === 0 ? chance.normal() : Math.round(3 * chance.normal()),
      );
      sortByAngle(kept, angles);
      const wanted = Array.from({ length: n }, (_, i) => i).sort((i, j) => angles[i] - angles[j] || i - j);
      assert.equal(Array.from(kept.order), wanted);
      assert.ok(wanted.every((i, k) => kept.sorted[k] === angles[i] && kept.ranks[i] === k));
    }
  }
});

const fields = suite('fields of charges');
const teacher = {
  weights: [0.4, -0.7],
  directions: [
    [1, 0.2],
    [-0.3, 1],
  ],
};

for (const [name, of] of Object.entries({ reluGaussian, erfGaussian }))
  fields(`${name}: R is that of the state, whatever was asked before; states of another size do not disturb it`, () => {
    const field = of(teacher);
    const y = normals(3 * 8);
    const fresh = () => of(teacher).energy(y, 8);
    field.forceInto(y, 8, y, 8, new Float64Array(24));
    assert.is(field.energy(y, 8), fresh());
    field.forceInto(y, 8, normals(6), 2, new Float64Array(6));
    field.energy(normals(9), 3);
    assert.is(field.energy(y, 8), fresh());
    y[5] += 0.1;
    assert.is(field.energy(y, 8), fresh());
    y[7] = Number.NaN;
    assert.ok(Number.isNaN(field.energy(y, 8)));
  });

sums.run();
lines.run();
fields.run();
