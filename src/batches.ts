/**
 * Gradients of batches of R, and how well a sample knows R.
 */
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
  return ({ feature, loss }) => {
    if (!feature.open || !loss.terms || feature.size * m < FEWEST) return undefined;
    const used = bySize.get(feature.size);
    const field = feature.open(m, loss, used);
    if (field === used) return field;
    if (bySize.size >= KEPT) bySize.clear();
    if (field) bySize.set(feature.size, field);
    return field;
  };
}

/** The velocity of m particles with R of a batch in place of R. */
export function batchesOf({ penalty, metric }: Problem, sampling: Sampling, m: number): NonNullable<Flow['batch']> {
  const sized = buffers();
  const fused = kernels(m);
  const smoothInto = (y: Vec, batch: Batch, out: Vec) => {
    if (fused(batch)?.forceInto(y, out) !== undefined) return;
    const { feature, loss } = batch;
    const [f, g] = sized(feature.size);
    feature.sumInto(y, m, f);
    loss.gradientInto(f, g);
    feature.pullbackInto(y, m, g, out);
    for (let i = 0; i < m * feature.dim; i++) out[i] = -out[i];
  };
  return {
    ...sampling,
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
