/** The passes over tables of low rank against the products that they stand for, with every tier that runs here. */
import { Matrix } from 'ml-matrix';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { compute, setCompute, type Tier } from '../src/kernels/compute.js';
import { type LowRank, lowRank } from '../src/kernels/low-rank.js';
import { runningTier } from '../src/kernels/tiers.js';
import { random } from '../src/math/random.js';
import { maxAbs } from '../src/math/vec.js';
import type { Vec } from '../src/types.js';

const spec = suite('tables of low rank');
const chance = random('low-rank', 'tables');
const draw = (n: number): Vec => Float64Array.from({ length: n }, () => chance.normal());

/** m, dim, rank: ranks of whole vectors, of tiles and of neither; one coordinate to a particle; more rows than a chunk. */
const SHAPES = [
  [5, 1, 1],
  [7, 2, 3],
  [100, 2, 15],
  [9, 3, 16],
  [31, 3, 22],
  [6, 4, 37],
] as const;

function withTier(tier: Tier, act: () => void): void {
  const before = compute().tier;
  setCompute({ tier });
  try {
    if (runningTier() === tier) act();
  } finally {
    setCompute({ tier: before });
  }
}

/** Blocks side by side on the diagonal. */
function diagonal(blocks: Vec, n: number, dim: number): Matrix {
  const out = Matrix.zeros(n, n);
  for (let k = 0; k < n; k++) for (let l = 0; l < dim; l++) out.set(k, k - (k % dim) + l, blocks[k * dim + l]);
  return out;
}

/** In place: every block symmetric. */
function symmetric(blocks: Vec, n: number, dim: number): Vec {
  for (let k = 0; k < n; k++)
    for (let l = 0; l < k % dim; l++) blocks[k * dim + l] = blocks[(k - (k % dim) + l) * dim + (k % dim)];
  return blocks;
}

function filled(m: number, dim: number, rank: number) {
  const n = m * dim;
  const t: LowRank = lowRank(m, dim, rank, true);
  t.rows.set(draw(n * rank));
  t.blocks.set(symmetric(draw(n * dim), n, dim));
  t.inverse.set(symmetric(draw(n * dim), n, dim));
  t.x.set(draw(n));
  const G = Matrix.from1DArray(n, rank, t.rows);
  return { t, G, B: diagonal(t.blocks, n, dim), I: diagonal(t.inverse, n, dim), x: Matrix.columnVector(t.x) };
}

function close(found: Vec, wanted: Matrix, what: string): void {
  const truth = Float64Array.from(wanted.to1DArray());
  const far = maxAbs(truth.map((u, i) => u - found[i]));
  assert.ok(far <= 1e-13 * Math.max(1, maxAbs(truth)), `${what}: ${far}`);
}

/** Sets what goes back in, zero beyond the rank. */
function putSmall({ small }: LowRank, rank: number): Matrix {
  const z = draw(rank);
  small.fill(0);
  small.set(z);
  return Matrix.columnVector(z);
}

for (const tier of ['scalar', 'strict', 'fast'] as const)
  for (const [m, dim, rank] of SHAPES)
    spec(`${tier}: ${m} blocks of ${dim}, rank ${rank}`, () =>
      withTier(tier, () => {
        const { t, G, B, I, x } = filled(m, dim, rank);
        const solved = I.mmul(G);
        t.condense();
        const lower = G.transpose().mmul(solved);
        const largest = maxAbs(Float64Array.from(lower.to1DArray()));
        for (let a = 0; a < rank; a++)
          for (let b = 0; b <= a; b++)
            assert.ok(Math.abs(t.gram[a * t.width + b] - lower.get(a, b)) <= 1e-13 * largest, `gram ${a} ${b}`);
        t.reduceSolved();
        close(t.small.subarray(0, rank), solved.transpose().mmul(x), 'GᵀD⁻¹ x');
        close(t.out, I.mmul(x), 'D⁻¹ x');
        let z = putSmall(t, rank);
        t.expandSolved();
        close(t.out, I.mmul(x).sub(solved.mmul(z)), 'out − D⁻¹G small');
        t.reduceRows();
        close(t.small.subarray(0, rank), G.transpose().mmul(x), 'Gᵀ x');
        close(t.out, B.mmul(x), 'blocks x');
        z = putSmall(t, rank);
        t.expandRows();
        close(t.out, B.mmul(x).add(G.mmul(z)), 'out + G small');
      }),
    );

spec('tables that are never solved with have no room for it', () => {
  const t = lowRank(3, 2, 1000, false);
  assert.is(t.gram.length + t.inverse.length, 0);
  assert.is(t.rows.length, 6000);
});

spec.run();
