import type { Feature, Vec } from '../../src/types.js';

/** A linear map ℝ^from → ℝ^to. */
export interface LinearMap {
  readonly from: number;
  readonly to: number;
  /** out: `to` numbers, A x */
  timesInto(x: Vec, out: Vec): void;
  /** out: `from` numbers, Aᵀ p */
  adjointInto(p: Vec, out: Vec): void;
}

/** The entries of x at these places: what a mask leaves. */
export const selection = (places: readonly number[], from: number): LinearMap => ({
  from,
  to: places.length,
  timesInto(x, out) {
    for (let k = 0; k < places.length; k++) out[k] = x[places[k]];
  },
  adjointInto(p, out) {
    out.fill(0);
    for (let k = 0; k < places.length; k++) out[places[k]] += p[k];
  },
});

/** @param rows to·from numbers, row-major: one functional ⟨A_k, x⟩ per row. */
export const functionals = (rows: Vec, from: number): LinearMap => ({
  from,
  to: rows.length / from,
  timesInto(x, out) {
    for (let k = 0; k * from < rows.length; k++) {
      let sum = 0;
      for (let j = 0; j < from; j++) sum += rows[k * from + j] * x[j];
      out[k] = sum;
    }
  },
  adjointInto(p, out) {
    out.fill(0);
    for (let k = 0; k * from < rows.length; k++) for (let j = 0; j < from; j++) out[j] += rows[k * from + j] * p[k];
  },
});

/** A∘Φ: what is seen of Φ through a linear map, by a mask or by sensing. */
export function measured(feature: Feature, map: LinearMap): Feature {
  const { dim, size, homogeneity, kinks, pushforwardInto, curvatureInto } = feature;
  if (map.from !== size) throw new RangeError(`the map takes ${map.from} numbers, ${feature.name} gives ${size}`);
  const full = new Float64Array(size);
  return {
    name: `measured-${feature.name}`,
    dim,
    size: map.to,
    ...(homogeneity && { homogeneity }),
    ...(kinks && { kinks }),
    sumInto(y, m, out, pattern) {
      feature.sumInto(y, m, full, pattern);
      map.timesInto(full, out);
    },
    pullbackInto(y, m, g, out, pattern) {
      map.adjointInto(g, full);
      feature.pullbackInto(y, m, full, out, pattern);
    },
    ...(pushforwardInto && {
      pushforwardInto(y, m, x, out, pattern) {
        pushforwardInto(y, m, x, full, pattern);
        map.timesInto(full, out);
      },
    }),
    ...(curvatureInto && {
      curvatureInto(y, m, g, x, out, pattern) {
        map.adjointInto(g, full);
        curvatureInto(y, m, full, x, out, pattern);
      },
    }),
  };
}
