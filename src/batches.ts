/**
 * Gradients of batches of R, and how well a sample knows R.
 */
import { sampleError } from './math/vec.js';
import type { Batch, Flow, Problem, Sampling, Vec } from './types.js';

/** Two buffers of the length a batch asks for; kept while it stays the same. */
function buffers(): (size: number) => readonly [Vec, Vec] {
  let kept: readonly [Vec, Vec] = [new Float64Array(0), new Float64Array(0)];
  return size => {
    if (kept[0].length !== size) kept = [new Float64Array(size), new Float64Array(size)];
    return kept;
  };
}

/** The velocity of m particles with R of a batch in place of R. */
export function batchesOf({ penalty, metric }: Problem, sampling: Sampling, m: number): NonNullable<Flow['batch']> {
  const sized = buffers();
  const smoothInto = (y: Vec, { feature, loss }: Batch, out: Vec) => {
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
