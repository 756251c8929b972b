import { sampleError } from '../math/vec.js';
import type { HeldOutPoint } from '../results.js';
import type { Batch, Problem, Vec } from '../types.js';

/** f on every row of a sample. */
function predictions({ feature }: Batch, y: Vec, m: number): Vec {
  const f = new Float64Array(feature.size);
  feature.sumInto(y, m, f);
  return f;
}

/** Share of rows on which f has the sign of the label; null where targets are no labels. */
const accuracyOf = (f: Vec, labels: Vec | undefined): number | null =>
  labels ? f.reduce((right, x, k) => right + (labels[k] * x > 0 ? 1 : 0), 0) / f.length : null;

/** R of the m particles of y on rows that no step saw, its standard error over rows, and the same of the rows trained on. */
export function heldOutAt({ heldOut, feature, loss }: Problem, y: Vec, m: number, t: number): HeldOutPoint | null {
  if (!heldOut) return null;
  const f = predictions(heldOut, y, m);
  const terms = new Float64Array(f.length).fill(Number.NaN);
  heldOut.loss.termsInto?.(f, terms);
  const trained = heldOut.source === 'test' && feature && loss ? predictions({ feature, loss }, y, m) : null;
  return {
    t,
    loss: heldOut.loss.value(f),
    standardError: sampleError(terms),
    accuracy: accuracyOf(f, heldOut.labels?.own),
    trainingLoss: trained && loss ? loss.value(trained) : null,
    trainingAccuracy: trained && accuracyOf(trained, heldOut.labels?.training),
  };
}
