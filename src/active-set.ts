/** Which coordinates rest on a kink of V or a wall, for methods that step over kinks and settle afterwards who rests. */
import { clip, type Wall } from './math/domain.js';
import type { ActiveSet, Branch, FeatureKinks, Vec } from './types.js';

/** How a branch is laid out; an offset is left out where there are no such kinks. */
export interface Layout {
  readonly m: number;
  readonly dim: number;
  readonly count: number;
  /** The coordinate of |w|; its kinks come first. */
  readonly absolute?: number;
  /** Of the kinks θ = 0, and the coordinate that is not of θ. */
  readonly origin?: { readonly offset: number; readonly coordinate: number };
  readonly walls: readonly Wall[];
  readonly wallOffset: number;
  readonly feature?: { readonly offset: number; readonly kinks: FeatureKinks };
}

export function activeSet(layout: Layout, restrict: ActiveSet['restrict']): ActiveSet {
  const { m, dim, count, absolute, origin, walls, wallOffset, feature } = layout;
  let samples: Vec | undefined;
  const atOrigin = (u: Float64Array, coordinate: number) => u.every((x, k) => k === coordinate || x === 0);
  return {
    restrict,
    sidesOf(y, around = y) {
      const b: Branch = new Int8Array(count);
      if (absolute !== undefined) for (let i = 0; i < m; i++) b[i] = Math.sign(y[i * dim + absolute]);
      if (origin)
        for (let i = 0; i < m; i++)
          b[origin.offset + i] = atOrigin(y.subarray(i * dim, (i + 1) * dim), origin.coordinate) ? 0 : 1;
      for (let k = 0; k < m * walls.length; k++) {
        const { coordinate, at, inward } = walls[k % walls.length];
        b[wallOffset + k] = inward * (y[Math.floor(k / walls.length) * dim + coordinate] - at) > 0 ? 1 : 0;
      }
      if (!feature) return b;
      samples ??= new Float64Array(m * feature.kinks.perParticle);
      feature.kinks.valuesInto(around, m, samples);
      for (const [k, x] of samples.entries()) b[feature.offset + k] = x > 0 ? 1 : -1;
      return b;
    },
    clip(y, b) {
      if (absolute !== undefined) for (let i = 0, k = absolute; i < m; i++, k += dim) if (!(b[i] * y[k] > 0)) y[k] = 0;
      clip(walls, y, dim);
    },
  };
}
