/** Proposition 3.1 of Chizat & Bach (2018): μ is a global minimum where F′(μ)(u) ≥ 0 everywhere and = 0 on the support. */
import type { Problem, Spikes, Supremum, Vec } from '../types.js';
import { spikesIn, supremumOf } from './certificate.js';

export interface Optimality {
  /** The least F′(μ) over particles of mass 1: the price of a spike less the supremum of |η|. */
  readonly least: number;
  readonly supremum: Supremum;
  readonly spikes: Spikes;
  /** max |F′(μ)(uᵢ)| over the particles. */
  readonly onSupport: number;
}

/** out: m numbers F′(μ)(uᵢ) = ⟨R′(f), Φ(uᵢ)⟩ + V(uᵢ), the first by Euler's formula for homogeneous Φ. */
export function firstVariations({ dim, feature, loss, field, penalty }: Problem, y: Vec, m: number): Vec {
  const pulled = new Float64Array(m * dim);
  if (feature && loss) {
    const [f, g] = [new Float64Array(feature.size), new Float64Array(feature.size)];
    feature.sumInto(y, m, f);
    loss.gradientInto(f, g);
    feature.pullbackInto(y, m, g, pulled);
  } else {
    field?.forceInto(y, m, y, m, pulled);
    for (let k = 0; k < pulled.length; k++) pulled[k] = -pulled[k];
  }
  // Fields are those of networks, linear in w.
  const { degree, coordinates } = feature?.homogeneity ?? { degree: 1, coordinates: [0] };
  return Float64Array.from({ length: m }, (_, i) => {
    const along = coordinates.reduce((sum, k) => sum + pulled[i * dim + k] * y[i * dim + k], 0);
    return along / degree + (penalty?.value(y.subarray(i * dim, (i + 1) * dim), 1) ?? 0);
  });
}

/** Null where Φ and V have no spikes to ask about. */
export function optimality(problem: Problem, y: Vec, m: number): Optimality | null {
  const spikes = spikesIn(problem);
  if (!spikes || (problem.feature && !problem.feature.homogeneity)) return null;
  const supremum = supremumOf(problem, spikes, y, m);
  const onSupport = firstVariations(problem, y, m).reduce((most, v) => Math.max(most, Math.abs(v)), 0);
  return { least: spikes.price - supremum.value, supremum, spikes, onSupport };
}
