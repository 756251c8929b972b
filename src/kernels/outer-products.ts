/**
 * Matrices of low rank, (1/m) Σ θᵢθᵢᵀ or (1/m) Σ wᵢ aᵢbᵢᵀ, and their pullbacks, as products of matrices. The loss is the caller's, on the
 * entries. Every number is one sum over particles or entries in their order, so that threads change no bit.
 */
import type { FusedField, Loss, Vec } from '../types.js';
import { type Addresses, addresses, upTo } from './addresses.js';
import { threadsFor } from './compute.js';
import { instance, type Vectors } from './engine.js';
import { fusedField, type Passes } from './fused.js';

/** The words of a product and of a factor taken from the state, in the order of assembly/product.ts; 64 bytes each. */
const PRODUCT = [
  ...['terms', 'depth', 'rows', 'columns', 'chunks', 'upper', 'a', 'panelA', 'stepA', 'b', 'panelB', 'stepB'],
  ...['out', 'stepOut'],
] as const;
const FACTOR = ['m', 'dim', 'first', 'count', 'weighted', 'state', 'rows', 'rowBytes', 'panels'] as const;
type Product = Record<(typeof PRODUCT)[number], number>;
type Factor = Record<(typeof FACTOR)[number], number>;
const SECTION_WORDS = 16;
const [PRODUCTS, SECTIONS] = [3, 5];

/** Nanoseconds for a product of two numbers, of the order seen. */
const COST = 0.12;
/** Less than this many nanoseconds are not divided. */
const DIVISIBLE = 15e3;
const MOST_CHUNKS = 16;
/** What of the factors stays in the first cache. */
const CACHED_BYTES = 24 * 1024;

/** Rows and panels of the `count` numbers from `first` on of each particle. */
function factor(
  at: Addresses,
  state: number,
  m: number,
  dim: number,
  first: number,
  count: number,
  weighted = 0,
): Factor {
  const [mPadded, padded] = [upTo(m, 4), upTo(count, 4)];
  const [rows, panels] = [at.doubles(mPadded * padded), at.doubles(mPadded * count)];
  return { m, dim, first, count, weighted, state, rows, rowBytes: 8 * padded, panels };
}

type Shape = Pick<Product, 'terms' | 'depth' | 'rows' | 'columns' | 'upper'>;

function chunksOf({ terms, rows, columns, upper }: Shape): number {
  const cost = (COST * 16 * terms * rows * columns) / (1 + upper);
  return cost < DIVISIBLE ? 1 : Math.min(rows, MOST_CHUNKS);
}

/** Σᵢ aᵢbᵢᵀ over particles, `upper` alone where a and b are the same. */
function sumOfProducts(at: Addresses, a: Factor, b: Factor): Product {
  const upper = a === b ? 1 : 0;
  const depth = Math.max(32, Math.floor(CACHED_BYTES / (a.rowBytes + (1 - upper) * b.rowBytes)));
  const shape = { terms: a.m, depth, rows: upTo(a.count, 4) / 4, columns: upTo(b.count, 4) / 4, upper };
  return {
    ...shape,
    chunks: chunksOf(shape),
    ...{ a: a.rows, panelA: 32, stepA: a.rowBytes },
    ...{ b: b.rows, panelB: 32, stepB: b.rowBytes },
    out: at.doubles(upTo(a.count, 4) * upTo(b.count, 4)),
    stepOut: b.rowBytes,
  };
}

/** Rows Σ_k x_ik H_k· of `columns` numbers, H in panels of four columns. */
function timesMatrix(at: Addresses, x: Factor, columns: number): Product {
  const padded = upTo(columns, 4);
  const panels = upTo(x.m, 4) / 4;
  const shape = { terms: x.count, depth: CACHED_BYTES / 64, rows: panels, columns: padded / 4, upper: 0 };
  return {
    ...shape,
    chunks: chunksOf(shape),
    ...{ a: x.panels, panelA: 32 * x.count, stepA: 32 },
    ...{ b: at.doubles(x.count * padded), panelB: 32 * x.count, stepB: 32 },
    out: at.doubles(4 * panels * padded),
    stepOut: 8 * padded,
  };
}

interface Plan {
  readonly state: number;
  readonly products: readonly Product[];
  readonly factors: readonly Factor[];
  readonly bytes: number;
}

/** The memory of a plan, with its jobs, and what shows a part of it. */
function laidOut({ products, factors, bytes }: Plan, tier: Vectors) {
  const cost = products.reduce((sum, p) => sum + (COST * 16 * p.terms * p.rows * p.columns) / (1 + p.upper), 0);
  const { buffer, job } = instance(bytes, threadsFor(cost), tier);
  const table = new Uint32Array(buffer);
  for (const [i, p] of products.entries())
    table.set(
      PRODUCT.map(word => p[word]),
      i * SECTION_WORDS,
    );
  for (const [i, f] of factors.entries())
    table.set(
      FACTOR.map(word => f[word]),
      (PRODUCTS + i) * SECTION_WORDS,
    );
  return {
    takes: factors.map((_, i) => job(`take${i}`, 1)),
    multiplies: products.map((p, i) => job(`multiply${i}`, p.chunks)),
    view: (at: number, count: number) => new Float64Array(buffer, at, count),
  };
}

/** out: x, each of `count` rows of `columns` numbers padded to whole vectors, times `scale`. */
function unpadded(x: Vec, count: number, columns: number, scale: number, out: Vec): void {
  const padded = upTo(columns, 4);
  for (let i = 0; i < count; i++) for (let j = 0; j < columns; j++) out[i * columns + j] = scale * x[i * padded + j];
}

/** For Φ(θ) = θθᵀ, θ of d numbers. */
function symmetricPlan(d: number, m: number): Plan {
  const at = addresses(4 * SECTION_WORDS * SECTIONS);
  const state = at.doubles(m * d);
  const theta = factor(at, state, m, d, 0, d);
  const products = [sumOfProducts(at, theta, theta), timesMatrix(at, theta, d)];
  return { state, products, factors: [theta], bytes: at.bytes() };
}

function symmetricPasses(d: number, m: number, tier: Vectors): Passes {
  const plan = symmetricPlan(d, m);
  const [gram, turn] = plan.products;
  const { takes, multiplies, view } = laidOut(plan, tier);
  const padded = upTo(d, 4);
  const [sums, H, turned] = [view(gram.out, d * padded), view(turn.b, d * padded), view(turn.out, m * padded)];
  const [output, residual, result] = [new Float64Array(d * d), new Float64Array(d * d), new Float64Array(m * d)];
  return {
    ...{ tier, known: false, state: view(plan.state, m * d), result, output, residual },
    take: takes[0],
    run(mode) {
      if (mode === 'sum') {
        multiplies[0]();
        for (let a = 0; a < d; a++)
          for (let b = a; b < d; b++) output[a * d + b] = output[b * d + a] = sums[a * padded + b] / m;
        return Number.NaN;
      }
      for (let b = 0; b < d; b++)
        for (let a = 0; a < d; a++)
          H[(b - (b & 3)) * d + a * 4 + (b & 3)] = -(residual[a * d + b] + residual[b * d + a]);
      multiplies[1]();
      unpadded(turned, m, d, 1, result);
      return Number.NaN;
    },
  };
}

/** For Φ(w, a, b) = w·abᵀ, a of `rows` and b of `columns` numbers. */
function rectangularPlan(rows: number, columns: number, m: number): Plan {
  const at = addresses(4 * SECTION_WORDS * SECTIONS);
  const dim = 1 + rows + columns;
  const state = at.doubles(m * dim);
  const [left, right] = [factor(at, state, m, dim, 1, rows, 1), factor(at, state, m, dim, 1 + rows, columns)];
  const products = [sumOfProducts(at, left, right), timesMatrix(at, right, rows), timesMatrix(at, left, columns)];
  return { state, products, factors: [left, right], bytes: at.bytes() };
}

function rectangularPasses(rows: number, columns: number, m: number, tier: Vectors): Passes {
  const dim = 1 + rows + columns;
  const plan = rectangularPlan(rows, columns, m);
  const { products } = plan;
  const { takes, multiplies, view } = laidOut(plan, tier);
  const [rowsPadded, columnsPadded] = [upTo(rows, 4), upTo(columns, 4)];
  const sums = view(products[0].out, rows * columnsPadded);
  const [Gt, G] = [view(products[1].b, columns * rowsPadded), view(products[2].b, rows * columnsPadded)];
  const [gv, gu] = [view(products[1].out, m * rowsPadded), view(products[2].out, m * columnsPadded)];
  const [y, result] = [view(plan.state, m * dim), new Float64Array(m * dim)];
  const [output, residual] = [new Float64Array(rows * columns), new Float64Array(rows * columns)];
  const spread = (): void => {
    for (let j = 0; j < rows; j++)
      for (let k = 0; k < columns; k++) {
        const g = -residual[j * columns + k];
        Gt[(j - (j & 3)) * columns + k * 4 + (j & 3)] = g;
        G[(k - (k & 3)) * rows + j * 4 + (k & 3)] = g;
      }
  };
  const gather = (): void => {
    for (let i = 0; i < m; i++) {
      const from = i * dim;
      let along = 0;
      for (let j = 0; j < rows; j++) {
        const g = gv[i * rowsPadded + j];
        along += g * y[from + 1 + j];
        result[from + 1 + j] = y[from] * g;
      }
      result[from] = along;
      for (let k = 0; k < columns; k++) result[from + 1 + rows + k] = y[from] * gu[i * columnsPadded + k];
    }
  };
  return {
    ...{ tier, known: false, state: y, result, output, residual },
    take() {
      for (const take of takes) take();
    },
    run(mode) {
      if (mode === 'sum') {
        multiplies[0]();
        unpadded(sums, rows, columns, 1 / m, output);
        return Number.NaN;
      }
      spread();
      multiplies[1]();
      multiplies[2]();
      gather();
      return Number.NaN;
    },
  };
}

/** Bytes of the memory of m particles θ ∈ ℝ^d. */
export const symmetricRoom = (d: number, m: number): number => symmetricPlan(d, m).bytes;

/** The field of m particles θ ∈ ℝ^d, Φ(θ) = θθᵀ, on a runnable tier. */
export const symmetricField = (d: number, m: number, loss: Loss, tier: Vectors): FusedField =>
  fusedField(symmetricPasses(d, m, tier), loss);

export type Sides = readonly [rows: number, columns: number];

export const rectangularRoom = ([rows, columns]: Sides, m: number): number => rectangularPlan(rows, columns, m).bytes;

/** The same for particles [w, a, b] and Φ = w·abᵀ. */
export const rectangularField = ([rows, columns]: Sides, m: number, loss: Loss, tier: Vectors): FusedField =>
  fusedField(rectangularPasses(rows, columns, m, tier), loss);
