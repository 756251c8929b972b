/** What is evaluated: two-layer nets on random data, deconvolution, sketches and matrices of low rank, as files that servers in any language read. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { relu, sigmoid } from '../../problems/features/activations.js';
import { fourier } from '../../problems/features/fourier.js';
import { neuron } from '../../problems/features/neuron.js';
import { outerProduct } from '../../problems/features/outer-product.js';
import { frequencies, randomFourier } from '../../problems/features/random-fourier.js';
import { torusFourier } from '../../problems/features/torus-fourier.js';
import { square } from '../../problems/losses/square.js';
import { random } from '../../src/math/random.js';
import type { ComposedProblem, Feature, Loss, Vec } from '../../src/types.js';

export interface Net {
  readonly kind: 'net';
  readonly activation: 'relu' | 'sigmoid';
  readonly d: number;
  readonly n: number;
  readonly m: number;
}
/** On the torus of dimension d, frequencies up to K along each axis. */
export interface Spikes {
  readonly kind: 'spikes';
  readonly d: 1 | 2;
  readonly K: number;
  readonly m: number;
}
/** A mixture in dimension d, seen at n frequencies. */
export interface Sketched {
  readonly kind: 'sketch';
  readonly d: number;
  readonly n: number;
  readonly m: number;
}
/** A symmetric d×d matrix, all entries seen. */
export interface LowRank {
  readonly kind: 'low-rank';
  readonly d: number;
  readonly m: number;
}
export type Case = Net | Spikes | Sketched | LowRank;

export function nameOf(c: Case): string {
  if (c.kind === 'net') return `${c.activation}-${c.d}-${c.n}-${c.m}`;
  if (c.kind === 'spikes') return `deconvolution-${c.d}d-${c.K}-${c.m}`;
  return c.kind === 'sketch' ? `sketch-${c.d}-${c.n}-${c.m}` : `low-rank-${c.d}-${c.m}`;
}

const dimOf = (c: Case): number => (c.kind === 'low-rank' ? c.d : 1 + c.d);
function sizeOf(c: Case): number {
  if (c.kind === 'net') return c.n;
  if (c.kind === 'spikes') return (2 * c.K + 1) ** c.d;
  return c.kind === 'sketch' ? 2 * c.n : c.d ** 2;
}
const inputsOf = (c: Case): number => (c.kind === 'net' || c.kind === 'sketch' ? c.n * c.d : 0);
/** Standard deviation of the components of a mixture. */
const SIGMA = 0.3;
/** λ of deconvolution. */
const LAMBDA = 0.1;

/** Operations of one evaluation: two products of matrices and two of a matrix and a vector. Activations are not counted. */
export const operations = (c: Case): number => (c.kind === 'net' ? 4 * c.n * c.m * (c.d + 1) : Number.NaN);

/** Sums over sorted angles stand for the kernels there. */
export const isAngular = (c: Case): boolean => c.kind === 'net' && c.activation === 'relu' && c.d === 2;

const load = (folder: string, c: Case, part: string): Vec => {
  const bytes = readFileSync(join(folder, `${nameOf(c)}.${part}`));
  return new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
};
const store = (folder: string, c: Case, part: string, values: Vec) =>
  writeFileSync(join(folder, `${nameOf(c)}.${part}`), values);

/** Φ and R; the sums over sorted angles only where asked for, and no kinks: nothing here is located. */
function partsOf(folder: string, c: Case, sorted: boolean): { feature: Feature; loss: Loss } {
  const targets = load(folder, c, 'targets');
  if (c.kind === 'spikes')
    return { feature: c.d === 1 ? fourier(c.K) : torusFourier(c.d, c.K, 1), loss: square(targets, LAMBDA) };
  if (c.kind === 'low-rank') return { feature: outerProduct(c.d), loss: square(targets, 2) };
  if (c.kind === 'sketch') {
    const omega = load(folder, c, 'inputs');
    const rows = Array.from({ length: c.n }, (_, k) => Array.from(omega.subarray(k * c.d, (k + 1) * c.d)));
    return { feature: randomFourier(frequencies(rows, SIGMA)), loss: square(targets, c.n) };
  }
  const inputs = { rows: c.n, columns: c.d, values: load(folder, c, 'inputs'), once: !sorted };
  const { kinks: _, ...feature } = neuron(inputs, { relu, sigmoid }[c.activation]);
  return { feature, loss: square(targets, c.n) };
}

export function problemOf(folder: string, c: Case, sorted: boolean): ComposedProblem {
  return {
    name: nameOf(c),
    dim: dimOf(c),
    domain: Array.from({ length: dimOf(c) }, (_, j) => ({ name: `u${j}`, kind: 'line' as const })),
    initial: {},
    ...partsOf(folder, c, sorted),
  };
}

export const stateOf = (folder: string, c: Case): Vec => load(folder, c, 'state');

/** What an evaluation must give: R, f, and the velocity. */
export interface Truth {
  readonly value: Vec;
  readonly output: Vec;
  readonly velocity: Vec;
}
const PARTS = ['value', 'output', 'velocity'] as const;

export const hasTruth = (c: Case): boolean => sizeOf(c) * c.m <= 2e7;

export const truthOf = (folder: string, c: Case): Truth =>
  Object.fromEntries(PARTS.map(part => [part, load(folder, c, part)])) as unknown as Truth;

/** Relative errors in the Euclidean norm. */
export function errorsOf(folder: string, c: Case, found: Truth): number[] {
  const truth = truthOf(folder, c);
  return PARTS.map(part => {
    const difference = truth[part].map((x, i) => x - found[part][i]);
    return Math.hypot(...norms(difference)) / Math.hypot(...norms(truth[part]));
  });
}
/** Norms of pieces: an argument each for all numbers would be too many. */
const norms = (a: Vec): number[] =>
  Array.from({ length: Math.ceil(a.length / 1000) }, (_, i) => Math.hypot(...a.subarray(1000 * i, 1000 * (i + 1))));

/** Writes inputs, targets and particles, and, where it takes seconds at most, what TypeScript makes of them. */
export function writeCase(folder: string, c: Case): void {
  const chance = random('bench', nameOf(c));
  const normals = (count: number) => Float64Array.from({ length: count }, () => chance.normal());
  store(folder, c, 'inputs', normals(inputsOf(c)));
  store(folder, c, 'targets', normals(sizeOf(c)));
  const state = normals(c.m * dimOf(c));
  store(folder, c, 'state', state);
  if (!hasTruth(c)) return;
  // Loops over all pairs, by no kernel and by no sorted sums.
  const { feature, loss } = partsOf(folder, c, false);
  const [output, g, velocity] = [
    new Float64Array(sizeOf(c)),
    new Float64Array(sizeOf(c)),
    new Float64Array(state.length),
  ];
  feature.sumInto(state, c.m, output);
  loss.gradientInto(output, g);
  feature.pullbackInto(state, c.m, g, velocity);
  for (let i = 0; i < velocity.length; i++) velocity[i] = -velocity[i];
  store(folder, c, 'output', output);
  store(folder, c, 'velocity', velocity);
  store(folder, c, 'value', Float64Array.of(loss.value(output)));
}
