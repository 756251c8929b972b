/** The kernel ψ of a deconvolution as its coefficients in the basis of src/kernels/torus.ts; ψ has mean 1 unless it is sampled. */
import { z } from 'zod';
import type { ProblemContext, ProblemFault, Vec } from '../../src/types.js';
import { columnsIn, refusingFiles } from './array-table.js';
import { gridIn, gridOf, projectGrid } from './grid.js';
import { type Band, columnsOf } from './torus-observation.js';

export const kernelSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('dirichlet') }).describe('ideal low-pass: every frequency up to K as it is'),
  z
    .strictObject({
      kind: z.literal('gaussian'),
      sigma: z.number().gt(0).describe('standard deviation in units of the position'),
    })
    .describe('periodised Gaussian: frequency k times exp(−2π²σ²k²/period²), cut at K'),
  z
    .strictObject({
      kind: z.literal('sampled'),
      file: z
        .string()
        .min(1)
        .max(4096)
        .describe(
          'ψ on a uniform grid: .npy of d axes, .npz, or CSV with columns x,y (x1,x2,y), relative to the experiment',
        ),
      origin: z
        .enum(['first', 'middle'])
        .optional()
        .describe('entry of the array at x = 0: the first (default), or entry ⌊N/2⌋ of each axis'),
    })
    .describe('any real kernel, even or not'),
  z
    .strictObject({
      kind: z.literal('coefficients'),
      values: z.array(z.number()).min(1).describe('(2K+1)^d numbers in the basis of the observation’s coefficients'),
      source: z.string().max(4096).optional().describe('where they came from'),
    })
    .describe('any real kernel by its coefficients'),
]);
export type KernelSpec = z.infer<typeof kernelSchema>;

export interface Kernel {
  /** (2K+1)^d coefficients; left out for the Dirichlet kernel, which changes nothing. */
  readonly coefficients?: Vec;
  /** The same kernel written out: it needs no file. */
  readonly frozen?: KernelSpec;
  readonly notes: readonly string[];
}

/** Σ exp(−2π²s²k²) over |k| ≤ K, and a bound of what is left out by a geometric series. */
function gaussianSums(s: number, K: number): { kept: number; left: number } {
  const decay = 2 * (Math.PI * s) ** 2;
  let kept = 1;
  for (let k = 1; k <= K; k++) kept += 2 * Math.exp(-decay * k * k);
  const ratio = Math.exp(-decay * (2 * K + 3));
  return { kept, left: (2 * Math.exp(-decay * (K + 1) ** 2)) / (1 - ratio) };
}

/**
 * A bound of |ψ − ψ_K| over the torus, as a share of ψ(0): both have positive coefficients, so that it is largest at 0.
 * Σ over ℤ^d without [−K, K]^d is S^d − S_K^d.
 */
export function gaussianTail(sigma: number, { dimension, order, period }: Band): number {
  const { kept, left } = gaussianSums(sigma / period, order);
  // −expm1(d·log1p(−x)) is 1 − (1 − x)^d without cancellation.
  return -Math.expm1(dimension * Math.log1p(-left / (kept + left)));
}

/** Of the periodised Gaussian density over its mean: Poisson's summation gives exp(−2π²σ²k²/period²) at frequency k. */
export function gaussianCoefficients(sigma: number, { dimension, order, period }: Band): Vec {
  const n = 2 * order + 1;
  const axis = Float64Array.from({ length: n }, (_, k) =>
    k === 0 ? 1 : k <= order ? Math.SQRT2 * Math.exp(-2 * (Math.PI * (sigma / period) * k) ** 2) : 0,
  );
  let tensor = Float64Array.of(1);
  for (let j = 0; j < dimension; j++) tensor = Float64Array.from([...tensor].flatMap(c => [...axis].map(a => c * a)));
  return tensor;
}

/** Above this share of the peak a cut Gaussian rings. */
const LARGE_TAIL = 1e-2;
const LARGEST_ORDER = 2000;

function gaussianNote(sigma: number, band: Band): string {
  const tail = gaussianTail(sigma, band);
  const head = `Gaussian kernel of σ = ${sigma} cut at order ${band.order}: what is left out is at most ${tail.toExponential(1)} of its peak`;
  if (tail <= LARGE_TAIL) return head;
  for (let order = band.order + 1; order <= LARGEST_ORDER; order++)
    if (gaussianTail(sigma, { ...band, order }) <= 1e-6) return `${head}; order ${order} would leave less than 1e-6`;
  return head;
}

/** The grid with entry ⌊N/2⌋ of each axis first. */
function centred(values: Float64Array, shape: readonly number[]): Float64Array {
  const strides = shape.map((_, j) => shape.slice(j + 1).reduce((a, b) => a * b, 1));
  return values.map(
    (_, k) =>
      values.at(
        shape.reduce((at, N, j) => at + (((Math.floor(k / strides[j]) % N) + Math.floor(N / 2)) % N) * strides[j], 0),
      ) as number,
  );
}

function sampled(
  { file, origin = 'first' }: Extract<KernelSpec, { kind: 'sampled' }>,
  band: Band,
  context: ProblemContext,
): Kernel {
  const array = gridIn(file, band.dimension, context);
  const rows = array ? null : columnsIn(file, columnsOf(band.dimension), context);
  const grid =
    array ??
    gridOf(
      (rows ?? []).slice(0, -1).map(axis => axis.map(x => x / band.period)),
      rows?.at(-1) ?? [],
    );
  // The places of a table say where 0 is.
  const values = array && origin === 'middle' ? centred(grid.values, grid.shape) : grid.values;
  const { coefficients, residual } = projectGrid({ shape: grid.shape, values }, band.order);
  const whole = Math.sqrt(values.reduce((s, v) => s + v * v, 0) / values.length);
  const share = whole > 0 ? residual / whole : 0;
  return {
    coefficients,
    frozen: { kind: 'coefficients', values: Array.from(coefficients), source: file },
    notes: [
      `kernel of ${file}: ${grid.shape.join(' × ')} points; the frequencies above ${band.order} that are left out hold ${share.toExponential(1)} of its root mean square`,
    ],
  };
}

/** ψ, however it was given. */
export function kernelOf(
  kernel: KernelSpec | undefined,
  band: Band,
  context: ProblemContext,
  refuse: (f: ProblemFault) => never,
): Kernel {
  if (!kernel || kernel.kind === 'dirichlet') return { notes: [] };
  if (kernel.kind === 'gaussian')
    return { coefficients: gaussianCoefficients(kernel.sigma, band), notes: [gaussianNote(kernel.sigma, band)] };
  if (kernel.kind === 'coefficients') return { coefficients: Float64Array.from(kernel.values), notes: [] };
  const found = refusingFiles(kernel.file, ['kernel', 'file'], refuse, () => sampled(kernel, band, context));
  if (found.coefficients?.some(c => c !== 0)) return found;
  return refuse({ path: ['kernel', 'file'], message: `${kernel.file}: the kernel is 0 up to order ${band.order}` });
}
