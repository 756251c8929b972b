import type { Feature, FusedField, Loss, Vec } from '../../src/types.js';

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
    let k = 0;
    // Four sums at a time: one would wait for itself.
    for (; (k + 4) * from <= rows.length; k += 4) {
      let [a, b, c, d] = [0, 0, 0, 0];
      const at = k * from;
      for (let j = 0; j < from; j++) {
        const z = x[j];
        a += rows[at + j] * z;
        b += rows[at + from + j] * z;
        c += rows[at + 2 * from + j] * z;
        d += rows[at + 3 * from + j] * z;
      }
      out[k] = a;
      out[k + 1] = b;
      out[k + 2] = c;
      out[k + 3] = d;
    }
    for (; k * from < rows.length; k++) {
      let sum = 0;
      for (let j = 0; j < from; j++) sum += rows[k * from + j] * x[j];
      out[k] = sum;
    }
  },
  adjointInto(p, out) {
    out.fill(0);
    let k = 0;
    for (; (k + 4) * from <= rows.length; k += 4) {
      const at = k * from;
      const [a, b, c, d] = [p[k], p[k + 1], p[k + 2], p[k + 3]];
      for (let j = 0; j < from; j++)
        out[j] +=
          a * rows[at + j] + b * rows[at + from + j] + (c * rows[at + 2 * from + j] + d * rows[at + 3 * from + j]);
    }
    for (; k * from < rows.length; k++) for (let j = 0; j < from; j++) out[j] += rows[k * from + j] * p[k];
  },
});

/** R∘A, which a kernel of Φ takes in place of R. R and R′ are asked at the same place, one after the other: A is applied once. */
function through(map: LinearMap, loss: Loss): Loss {
  const [at, seen, slope] = [new Float64Array(map.from), new Float64Array(map.to), new Float64Array(map.to)];
  at.fill(Number.NaN);
  const look = (f: Vec): void => {
    let k = 0;
    while (k < f.length && at[k] === f[k]) k++;
    if (k === f.length) return;
    at.set(f);
    map.timesInto(f, seen);
  };
  return {
    name: loss.name,
    value(f) {
      look(f);
      return loss.value(seen);
    },
    gradientInto(f, out) {
      look(f);
      loss.gradientInto(seen, slope);
      map.adjointInto(slope, out);
    },
  };
}

function opening(open: NonNullable<Feature['open']>, map: LinearMap) {
  return (m: number, loss: Loss): FusedField | undefined => {
    const field = open(m, through(map, loss));
    const whole = new Float64Array(map.from);
    return (
      field && {
        ...field,
        sumInto(y, f) {
          field.sumInto(y, whole);
          map.timesInto(whole, f);
        },
        pullbackInto(y, g, out) {
          map.adjointInto(g, whole);
          field.pullbackInto(y, whole, out);
        },
      }
    );
  };
}

/** A∘Φ: what is seen of Φ through a linear map, by a mask or by sensing. */
export function measured(feature: Feature, map: LinearMap): Feature {
  const { dim, size, homogeneity, kinks, pushforwardInto, curvatureInto, open, roomFor } = feature;
  if (map.from !== size) throw new RangeError(`the map takes ${map.from} numbers, ${feature.name} gives ${size}`);
  const full = new Float64Array(size);
  return {
    name: `measured-${feature.name}`,
    dim,
    size: map.to,
    ...(homogeneity && { homogeneity }),
    ...(kinks && { kinks }),
    ...(open && { open: opening(open, map) }),
    ...(roomFor && { roomFor }),
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
