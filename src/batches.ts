/**
 * Gradients of batches of R, and how well a sample knows R.
 */
import { runningTier } from './kernels/tiers.js';
import { random } from './math/random.js';
import { sampleError } from './math/vec.js';
import type { Batch, Flow, FusedField, Problem, Sampling, Vec } from './types.js';

/** Two buffers of the length a batch asks for; kept while it stays the same. */
function buffers(): (size: number) => readonly [Vec, Vec] {
  let kept: readonly [Vec, Vec] = [new Float64Array(0), new Float64Array(0)];
  return size => {
    if (kept[0].length !== size) kept = [new Float64Array(size), new Float64Array(size)];
    return kept;
  };
}

/** Units times rows: less are computed sooner than a kernel is filled. */
const FEWEST = 64;
/** Two sizes: that of most batches, and that of the last one of an epoch. */
const KEPT = 2;

/** The kernels of batches: batches of one size follow each other in one memory. None where R is not known by its terms. */
function kernels(m: number): (batch: Batch) => FusedField | undefined {
  const bySize = new Map<number, FusedField>();
  return ({ feature, loss, precision }) => {
    if (!feature.open || !loss.terms) return undefined;
    // What a number is rounded to does not depend on how many there are.
    if (feature.size * m < FEWEST && precision !== 'single') return undefined;
    const used = bySize.get(feature.size);
    const field = feature.open(m, loss, used, precision);
    if (field === used) return field;
    if (bySize.size >= KEPT) bySize.clear();
    if (field) bySize.set(feature.size, field);
    return field;
  };
}

const HAVE_SINGLE = 'relu, sigmoid, tanh and signed-square nets with square or logistic loss have one';

/** Why batches of a problem have no gradient in single precision; undefined where they have: asked of the kernel itself, on one row. */
export function singleFault({ name, sampling }: Pick<Problem, 'name' | 'sampling'>): string | undefined {
  const tier = runningTier('single');
  if (tier === 'scalar')
    return 'single precision is for kernels, and with tier scalar, or on an engine without vectors, there are none; leave precision out';
  const batch = sampling?.draw(random('pgf', 'single'), 1);
  const field = batch?.loss.terms && batch.feature.open?.(1, batch.loss, undefined, 'single');
  if (field?.precision === 'single') return undefined;
  return `batches of ${name}${batch ? ` with loss ${batch.loss.name}` : ''} have no kernel in single precision: ${HAVE_SINGLE}; leave precision out`;
}

/** The velocity of m particles with R of a batch in place of R. */
export function batchesOf(problem: Problem, sampling: Sampling, m: number): NonNullable<Flow['batch']> {
  const { penalty, metric } = problem;
  const sized = buffers();
  const fused = kernels(m);
  const smoothInto = (y: Vec, batch: Batch, out: Vec) => {
    const field = fused(batch);
    if (batch.precision === 'single' && field?.precision !== 'single') throw new TypeError(singleFault(problem));
    if (field?.forceInto(y, out) !== undefined) return;
    const { feature, loss } = batch;
    const [f, g] = sized(feature.size);
    feature.sumInto(y, m, f);
    loss.gradientInto(f, g);
    feature.pullbackInto(y, m, g, out);
    for (let i = 0; i < m * feature.dim; i++) out[i] = -out[i];
  };
  return {
    ...sampling,
    singleFault: () => singleFault(problem),
    smoothInto,
    velocityInto(y, batch, out) {
      smoothInto(y, batch, out);
      penalty?.minNormInto(y, m, out);
      metric?.raiseInto(y, m, out);
    },
  };
}

/** Standard error of R(f) as a mean over a sample: its terms are independent draws. NaN when the loss does not tell its terms. */
export function standardErrorOf({ feature, loss }: Partial<Batch>, m: number): (y: Vec) => number {
  if (!feature || !loss?.termsInto) return () => Number.NaN;
  const [f, terms] = [new Float64Array(feature.size), new Float64Array(feature.size)];
  return y => {
    feature.sumInto(y, m, f);
    loss.termsInto?.(f, terms);
    return sampleError(terms);
  };
}
