/** The observed coefficients y of a deconvolution, from whatever the user has. */
import { Matrix, SingularValueDecomposition } from 'ml-matrix';
import { z } from 'zod';
import type { Convolution } from '../../src/kernels/convolution.js';
import { basisInto, synthesiseInto } from '../../src/kernels/trigonometric.js';
import { random } from '../../src/math/random.js';
import type { ProblemContext, ProblemFault, Random, Vec } from '../../src/types.js';
import { columnsIn, numbersIn, refusingFiles } from './array-table.js';
import { gridIn, type Projection, projectGrid } from './grid.js';

const MAX_SPIKES = 10_000;
const spike = z
  .array(z.number())
  .min(2)
  .max(4)
  .describe('[weight, position], one number of position for each dimension');
const seed = z.union([z.string().min(1).max(200), z.int()]);

/** The four ways to say what was observed. */
export const observationSchema = z.union([
  z
    .strictObject({
      coefficients: z
        .array(z.number())
        .min(1)
        .describe(
          '2K+1 numbers: [1, √2 cos 2πkθ (k = 1…K), √2 sin 2πkθ (k = 1…K)]; in dimension d their (2K+1)^d products, the last axis fastest',
        ),
      truth: z
        .array(spike)
        .max(MAX_SPIKES)
        .optional()
        .describe('spikes the observation was made from, for pictures and counts'),
      source: z.string().max(4096).optional().describe('where they came from'),
    })
    .describe('y given in the orthonormal Fourier basis'),
  z
    .strictObject({
      spikes: z.array(spike).min(1).max(MAX_SPIKES),
      noise: z
        .strictObject({
          level: z.number().min(0).describe('standard deviation per coefficient'),
          seed: seed.optional(),
        })
        .optional(),
    })
    .describe('y = Σ aⱼ φ(pⱼ) + level·N(0,1) per coefficient'),
  z
    .strictObject({
      samples: z
        .string()
        .min(1)
        .max(4096)
        .describe(
          'CSV, .npy or .npz with columns x,y (x1,x2,y in dimension 2), or .npy of the values on a uniform grid; relative to the experiment file',
        ),
      period: z.number().gt(0).optional().describe('length of the circle in units of x (default 1)'),
    })
    .describe('y by least squares from samples of a real signal at any spacing'),
  z
    .strictObject({ file: z.string().min(1).max(4096).describe('.npy, .npz, or CSV with a column y') })
    .describe('the (2K+1)^d coefficients in a file, in the order of coefficients'),
]);
export type Observation = z.infer<typeof observationSchema>;

export interface Observed {
  readonly coefficients: Vec;
  /** Spikes [weight, position…] the observation was made from, where known. */
  readonly truth?: readonly (readonly number[])[] | undefined;
  readonly source?: string | undefined;
  readonly notes: readonly string[];
}

/** Uneven sampling amplifies noise by about this; above it the user is told. */
const POOR_CONDITION = 1e3;

/** A projection of the samples of a file, with what went wrong in it said at its place. */
export function refusingTables(file: string, refuse: (f: ProblemFault) => never, read: () => Projection): Observed {
  const path = ['observation', 'samples'];
  const projected = () => {
    try {
      return read();
    } catch (error) {
      if (error instanceof RangeError) return refuse({ path, message: `${file}: ${error.message}` });
      throw error;
    }
  };
  const { coefficients, residual, condition, samples } = refusingFiles(file, path, refuse, projected);
  const poor =
    condition > POOR_CONDITION
      ? `; the sampling is uneven (condition ${condition.toExponential(1)}), so noise is amplified`
      : '';
  return {
    coefficients,
    source: file,
    notes: [`${samples} samples of ${file}: rms residual ${residual.toPrecision(3)}${poor}`],
  };
}

/** y from a file of coefficients. */
export function coefficientsIn(
  file: string,
  size: number,
  context: ProblemContext,
  refuse: (f: ProblemFault) => never,
): Observed {
  const path = ['observation', 'file'];
  const found = refusingFiles(file, path, refuse, () => numbersIn(file, context));
  if (found.length !== size) refuse({ path, message: `${file}: ${size} numbers are wanted, found ${found.length}` });
  return { coefficients: Float64Array.from(found), source: file, notes: [] };
}

/** y as coefficients, however it was given; spikes are seen through the kernel, the ideal low-pass where none is given. */
export function observed(
  o: Observation,
  order: number,
  context: ProblemContext,
  refuse: (f: ProblemFault) => never,
  kernel?: Convolution,
): Observed {
  if ('file' in o) return coefficientsIn(o.file, 2 * order + 1, context, refuse);
  if ('coefficients' in o)
    return { coefficients: Float64Array.from(o.coefficients), truth: o.truth, source: o.source, notes: [] };
  if ('samples' in o)
    return refusingTables(o.samples, refuse, () => {
      const grid = gridIn(o.samples, 1, context);
      if (grid) return projectGrid(grid, order);
      const [x, s] = columnsIn(o.samples, ['x', 'y'], context);
      const period = o.period ?? 1;
      return project(
        x.map(p => p / period),
        s,
        order,
      );
    });
  const noise = random(String(o.noise?.seed ?? context.seed), 'noise');
  return { coefficients: observe(o.spikes, order, o.noise?.level ?? 0, noise, kernel), truth: o.spikes, notes: [] };
}

/** y = Σ aⱼ Ψφ(pⱼ) + level·N(0,1) per coefficient. */
export function observe(
  spikes: readonly (readonly number[])[],
  order: number,
  level: number,
  random: Random,
  kernel?: Convolution,
): Vec {
  const y = new Float64Array(2 * order + 1);
  synthesiseInto(Float64Array.from(spikes.flat()), spikes.length, order, 1, y);
  return noisy(y, level, random, kernel);
}

/** The coefficients of a measure seen through the kernel, with noise. */
export function noisy(nu: Vec, level: number, random: Random, kernel?: Convolution): Vec {
  const y = nu.slice();
  kernel?.applyInto(nu, y);
  return level > 0 ? y.map(c => c + level * random.normal()) : y;
}

/** Smallest usable ratio of singular values: below it the samples do not determine the coefficients. */
const RANK_TOLERANCE = 1e-10;

/** Samples × coefficients²: above it the decomposition takes minutes. */
const MAX_WORK = 4e8;

/** Throws RangeError before anything is allocated when a projection would take too long. */
export function affordable(samples: number, size: number, order: number): void {
  if (samples * size ** 2 <= MAX_WORK) return;
  const most = Math.floor(Math.sqrt(MAX_WORK / samples));
  throw new RangeError(
    `${samples} samples and the ${size} coefficients of order ${order} take too long to project; with so many samples at most ${most} coefficients do`,
  );
}

/**
 * Least squares of samples (xⱼ, sⱼ) on the 2K+1 basis functions: s(x) = ⟨y, φ(x)⟩, positions modulo 1, any spacing.
 * Throws RangeError when the samples do not determine them.
 */
export function project(x: readonly number[], s: readonly number[], order: number): Projection {
  affordable(x.length, 2 * order + 1, order);
  const phi = new Float64Array(2 * order + 1);
  const rows = x.map(p => {
    basisInto(p, order, 0, phi);
    return Array.from(phi);
  });
  return projectOn(rows, s, order, new Set(x.map(p => p - Math.floor(p))).size);
}

/** The same with the basis functions at the samples given as rows, `distinct` of them at different positions. */
export function projectOn(rows: number[][], s: readonly number[], order: number, distinct: number): Projection {
  const size = rows[0].length;
  if (distinct < size)
    throw new RangeError(
      `order ${order} needs at least ${size} different positions modulo the period, found ${distinct}`,
    );
  const design = new Matrix(rows);
  const svd = new SingularValueDecomposition(design, { autoTranspose: true });
  const [largest, smallest] = [svd.diagonal[0], svd.diagonal[size - 1]];
  if (!(smallest > RANK_TOLERANCE * largest))
    throw new RangeError(
      `the samples leave a gap too wide for order ${order} (condition ${(largest / smallest).toExponential(1)})`,
    );
  const solution = svd.solve(Matrix.columnVector([...s]));
  const error = Matrix.sub(design.mmul(solution), Matrix.columnVector([...s]));
  return {
    samples: s.length,
    coefficients: Float64Array.from(solution.to1DArray()),
    residual: error.norm('frobenius') / Math.sqrt(s.length),
    condition: largest / smallest,
  };
}
