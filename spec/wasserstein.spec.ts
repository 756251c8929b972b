/** Distances between measures: closed forms, invariances, and one way against another. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { random } from '../src/math/random.js';
import { boundedLipschitz, onChain } from '../src/measure/bounded-lipschitz.js';
import { discrepancy, gaussianKernel, widthsFor } from '../src/measure/discrepancy.js';
import { projected, weighted } from '../src/measure/lifting.js';
import { flat, onSphere, projectedWasserstein, wasserstein } from '../src/measure/wasserstein.js';
import type { Atom, Domain, Vec } from '../src/types.js';

const spec = suite('distances of measures');

const line: Domain = [{ name: 'x', kind: 'line' }];
const circle: Domain = [{ name: 'x', kind: 'period', period: 1 }];
const strip: Domain = [
  { name: 'weight', kind: 'line' },
  { name: 'position', kind: 'period', period: 1 },
];

function cloud(n: number, seed: string): Vec {
  const r = random(seed, 'cloud');
  return Float64Array.from({ length: n }, () => r.uniform());
}

const near = (a: number, b: number, error: number, what = '') =>
  assert.ok(Math.abs(a - b) <= error, `${a} is not ${b} ${what}`);

spec('a translation on the line and on the strip is as far as it goes; on the circle the short way round', () => {
  const y = cloud(30, 'moved');
  near(
    wasserstein(
      { domain: line },
      y,
      y.map(x => x + 0.7),
    ).distance,
    0.7,
    1e-14,
  );
  const moved = y.map((x, k) => x + (k % 2 === 0 ? 0.3 : 0));
  near(wasserstein({ domain: strip }, y, moved).distance, 0.3, 1e-14);
  near(wasserstein({ domain: circle }, Float64Array.of(0.05), Float64Array.of(0.95)).distance, 0.1, 1e-15);
  near(
    wasserstein({ domain: strip }, Float64Array.of(1, 0.05), Float64Array.of(1.1, -3.05)).distance,
    Math.hypot(0.1, 0.1),
    1e-14,
  );
});

spec('sorting is the assignment: on the line, and over all rotations of the circle', () => {
  for (let k = 0; k < 20; k++) {
    const [a, b] = [cloud(2 + k, `a${k}`), cloud(2 + k, `b${k}`).map(x => (k % 3 === 0 ? x / 4 : x))];
    for (const [domain, way] of [
      [line, 'sorting'],
      [circle, 'sorting, over all rotations'],
    ] as const) {
      const found = wasserstein({ domain }, a, b);
      assert.is(found.method, way);
      const still: Domain = [...domain, { name: 'still', kind: 'line' }];
      const flat = (y: Vec) => Float64Array.from(Array.from(y).flatMap(x => [x, 0]));
      const matched = wasserstein({ domain: still }, flat(a), flat(b));
      assert.is(matched.method, 'assignment');
      near(found.distance, matched.distance, 1e-14);
    }
  }
});

spec('m against km is m copied k times against km; counts without a common divisor too', () => {
  for (const [m, n, domain] of [
    [5, 15, strip],
    [4, 6, strip],
    [5, 15, line],
    [4, 6, line],
  ] as const) {
    const dim = domain.length;
    const [a, b] = [cloud(m * dim, 'few'), cloud(n * dim, 'many')];
    const copies = (y: Vec, k: number) =>
      Float64Array.from(
        Array.from({ length: y.length / dim }, (_, i) =>
          Array.from({ length: k }, () => [...y.subarray(i * dim, (i + 1) * dim)]),
        ).flat(2),
      );
    const common = m === 5 ? 15 : 12;
    const copied = wasserstein({ domain }, copies(a, common / m), copies(b, common / n));
    const found = wasserstein({ domain }, a, b);
    near(found.distance, copied.distance, 1e-13);
    near(found.atLeast, found.distance, 1e-13);
    near(wasserstein({ domain }, b, a).distance, found.distance, 1e-13);
  }
});

spec(
  'it is a metric of measures: names of particles do not count, zero only between equals, the triangle closes',
  () => {
    const [a, b, c] = ['a', 'b', 'c'].map(s => cloud(40, s));
    const turned = Float64Array.from(
      Array.from({ length: 20 }, (_, i) => [...a.subarray(2 * (19 - i), 2 * (20 - i))]).flat(),
    );
    const d = (x: Vec, y: Vec) => wasserstein({ domain: strip }, x, y).distance;
    near(d(a, turned), 0, 1e-8);
    assert.ok(d(a, b) > 1e-2);
    assert.ok(d(a, c) <= d(a, b) + d(b, c));
  },
);

spec('particles stay on their copy of the domain', () => {
  const copies = (i: number) => (i % 2 === 0 ? 1 : -1);
  const [a, b] = [Float64Array.of(0, 1, 0, 1), Float64Array.of(1, 0, 1, 0)];
  near(wasserstein({ domain: line, copies }, a, b).distance, 1, 1e-15);
  near(wasserstein({ domain: line }, a, b).distance, 0, 1e-15);
  assert.is(wasserstein({ domain: line, copies }, Float64Array.of(0), a).distance, Infinity);
});

spec('what cannot be compared: empty clouds are refused, NaN is not a distance', () => {
  assert.throws(() => wasserstein({ domain: line }, new Float64Array(0), cloud(2, 'a')), /no measure/);
  const { distance, exact } = wasserstein({ domain: line }, Float64Array.of(Number.NaN), Float64Array.of(1));
  assert.ok(Number.isNaN(distance) && !exact);
});

spec('estimates say that they are, and lie near the exact value', () => {
  const gaussian = (seed: string, mean: number) => {
    const r = random(seed, 'gauss');
    return Float64Array.from({ length: 300 }, () => mean + r.normal());
  };
  const plane: Domain = [
    { name: 'x', kind: 'line' },
    { name: 'y', kind: 'line' },
  ];
  const [a, b] = [gaussian('a', 0), gaussian('b', 1)];
  const exact = wasserstein({ domain: plane }, a, b);
  assert.ok(exact.exact);
  for (const method of ['sinkhorn', 'sliced'] as const) {
    const found = wasserstein({ domain: plane }, a, b, method);
    assert.match(found.method, /^estimate: /);
    assert.not(found.exact);
    assert.not.match(found.method, /NOT/);
    near(found.distance, exact.distance, 0.1, method);
    near(wasserstein({ domain: plane }, a, a, method).distance, 0, 1e-6, method);
  }
  const large = wasserstein({ domain: plane }, new Float64Array(8002), new Float64Array(8002).fill(1));
  assert.match(large.method, /estimate: √2 × sliced/);
  near(large.distance, Math.SQRT2, 0.15);
});

spec('projections: how particles share a spike does not count; sign, mass and place do', () => {
  const ground = flat(strip.slice(1));
  const h = (...rows: number[]) => projected(Float64Array.from(rows), 2, weighted);
  const [one, shared] = [h(2, 0.3, 0, 0.9), h(1.5, 0.3, 0.5, 0.3)];
  near(projectedWasserstein(one, shared, ground).distance, 0, 1e-15);
  near(projectedWasserstein(h(1, 0.1), h(1, 0.9), ground).distance, 0.2, 1e-14);
  near(projectedWasserstein(h(1, 0.1), h(-1, 0.1), ground).distance, 2, 1e-14);
  near(projectedWasserstein(h(1, 0.1), h(0, 0.1), ground).distance, 1, 1e-14);
  near(onSphere([1, 0], [0, 1]), (Math.PI / 2) ** 2, 1e-14);
  near(onSphere([1, 0], [-1, 0]), Math.PI ** 2, 1e-14);
});

const atoms = (...rows: [number, number][]): Atom[] => rows.map(([weight, x]) => ({ weight, position: [x] }));

spec('bounded Lipschitz: two unit masses are min(distance, 2) apart, one mass alone is its size', () => {
  for (const d of [0.1, 1.9, 2, 5]) near(boundedLipschitz(atoms([1, 0]), atoms([1, d])), Math.min(d, 2), 1e-14);
  near(boundedLipschitz(atoms([-0.7, 3])), 0.7, 1e-15);
  near(boundedLipschitz(atoms([1, 0], [-1, 0])), 0, 1e-15);
  near(boundedLipschitz(atoms([1, 0.05]), atoms([1, 0.95]), 1), 0.1, 1e-15);
  near(boundedLipschitz(atoms([1, 1], [2, 3.5], [-0.5, 8])), 3.5, 1e-15, 'far apart only masses count');
  assert.is(boundedLipschitz([]), 0);
});

/**
 * By the vertices of the polytope: every |f| ≤ 1 or |f_i − f_j| ≤ d that is tight ties values together, so each fᵢ is ±1 or differs from
 * one that is by a signed sum of gaps on the way. All combinations are tried.
 */
function byVertices(sigma: readonly number[], x: readonly number[], period?: number): number {
  const n = x.length;
  const gap = (i: number) => (i < n - 1 ? x[i + 1] - x[i] : (period ?? Infinity) - x[n - 1] + x[0]);
  const links = period === undefined ? n - 1 : n;
  const values = x.map(() => new Set<number>());
  const spread = (i: number, f: number, left: number, step: 1 | -1): void => {
    values[i].add(f);
    if (left === 0) return;
    const next = (i + step + n) % n;
    const link = step === 1 ? i : next;
    if (link >= links) return;
    for (const sign of [1, -1])
      if (Math.abs(f + sign * gap(link)) <= 1 + 1e-12) spread(next, f + sign * gap(link), left - 1, step);
  };
  for (let i = 0; i < n; i++) for (const f of [1, -1]) for (const step of [1, -1] as const) spread(i, f, n - 1, step);
  let best = 0;
  const choose = (i: number, f: number[]): void => {
    if (i === n) {
      if (links < n || Math.abs(f[n - 1] - f[0]) <= gap(n - 1) + 1e-12)
        best = Math.max(
          best,
          f.reduce((s, v, k) => s + v * sigma[k], 0),
        );
      return;
    }
    for (const v of values[i]) if (i === 0 || Math.abs(v - f[i - 1]) <= gap(i - 1) + 1e-12) choose(i + 1, [...f, v]);
  };
  choose(0, []);
  return best;
}

spec('bounded Lipschitz equals the best vertex of its linear programme, on the line and on circles', () => {
  const r = random('vertices', 'vertices');
  for (let k = 0; k < 60; k++) {
    const n = 2 + (k % 3);
    const period = [undefined, 1, 3, 12][k % 4];
    const length = period ?? 4;
    const x = Array.from({ length: n }, () => length * r.uniform()).sort((a, b) => a - b);
    const sigma = x.map(() => 2 * r.uniform() - 1);
    const nu = x.map((p, i) => ({ weight: sigma[i], position: [p] }));
    near(boundedLipschitz(nu, [], period), byVertices(sigma, x, period), 1e-12, `n = ${n}, period ${period}`);
  }
});

spec(
  'the potential is feasible and attains the value; on a circle the norm is at most that of the line cut anywhere',
  () => {
    const r = random('many', 'many');
    const n = 400;
    const x = Float64Array.from({ length: n }, () => r.uniform()).sort();
    const sigma = x.map(() => r.normal() / n);
    const gaps = x.slice(1).map((b, i) => b - x[i]);
    const { value, f } = onChain(sigma, gaps);
    for (let i = 0; i < n; i++)
      assert.ok(Math.abs(f[i]) <= 1 && (i === 0 || Math.abs(f[i] - f[i - 1]) <= gaps[i - 1] + 1e-14));
    const nu = Array.from(x, (p, i) => ({ weight: sigma[i], position: [p] }));
    near(boundedLipschitz(nu), value, 1e-14);
    const round = boundedLipschitz(nu, [], 1);
    assert.ok(round <= value + 1e-14 && round > 0);
    const turned = nu.map(a => ({ ...a, position: [a.position[0] + 0.37] }));
    near(boundedLipschitz(turned, [], 1), round, 1e-13);
  },
);

spec('discrepancy: zero for equals, known for two points, and E MMD² = (1 − E k)/m for samples', () => {
  const kernel = gaussianKernel(line, [0.5]);
  assert.is(discrepancy(kernel, Float64Array.of(1, 2), Float64Array.of(2, 1)), 0);
  near(discrepancy(kernel, Float64Array.of(0), Float64Array.of(1)), Math.sqrt(2 - 2 * Math.exp(-2)), 1e-14);
  assert.match(gaussianKernel(strip, [1, 0.1]).name, /Gaussian kernel, weight 1, position 0.1 wide/);
  assert.equal(widthsFor(strip, Float64Array.of(0, 0, 2, 0.5)), [1, 0.1]);
  // Poisson's summation: Σ_k exp(−(d+k)²/2s²) = s√2π Σ_n exp(−2π²n²s²) cos 2πnd.
  const theta = (d: number, s: number) =>
    Array.from(
      { length: 21 },
      (_, k) => Math.exp(-2 * (Math.PI * (k - 10) * s) ** 2) * Math.cos(2 * Math.PI * k * d),
    ).reduce((sum, x) => sum + x);
  for (const s of [0.2, 0.5])
    for (const d of [0.1, 0.5, 0.8])
      near(gaussianKernel(circle, [s]).mean(Float64Array.of(0), Float64Array.of(d)), theta(d, s) / theta(0, s), 1e-13);
  // On the circle the uniform law has E k(x, x′) = ∫k, and the sample mean of the squares is that of m points.
  const wrapped = gaussianKernel(circle, [0.1]);
  const grid = Float64Array.from({ length: 200 }, (_, i) => i / 200);
  const self = wrapped.mean(grid, grid);
  const [m, repeats] = [20, 200];
  let sum = 0;
  for (let k = 0; k < repeats; k++) sum += discrepancy(wrapped, cloud(m, `sample/${k}`), grid, self) ** 2;
  const expected = (1 - self) / m;
  near(sum / repeats, expected, 0.15 * expected);
});

spec.run();
