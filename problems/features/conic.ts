import type { Feature, FusedField, Loss, Metric, Vec } from '../../src/types.js';

/**
 * The conic chart of a feature Φ(w, θ) = w φ(θ): w = r|r|, so that Φ is 2-homogeneous in r and V = β|w| becomes the smooth βr²
 * (Chizat 2019, "Sparse optimization on measures with over-parameterized gradient descent", §2.2).
 */
export function conic(feature: Feature): Feature {
  const { dim, homogeneity, pushforwardInto, curvatureInto, open } = feature;
  if (homogeneity?.degree !== 1 || homogeneity.coordinates.join() !== '0')
    throw new TypeError(`${feature.name} must be homogeneous of degree 1 in coordinate 0`);
  const charted = (y: Vec, m: number): Vec => {
    const u = y.slice(0, m * dim);
    for (let k = 0; k < u.length; k += dim) u[k] = y[k] * Math.abs(y[k]);
    return u;
  };
  const chain = (y: Vec, m: number, out: Vec): void => {
    for (let k = 0; k < m * dim; k += dim) out[k] *= 2 * Math.abs(y[k]);
  };
  /** The kernel of the bare feature, asked at w = r|r|. */
  const opened = (field: FusedField, m: number): FusedField => {
    const u = new Float64Array(m * dim);
    const bare = (y: Vec): Vec => {
      for (let k = 0; k < u.length; k++) u[k] = k % dim === 0 ? y[k] * Math.abs(y[k]) : y[k];
      return u;
    };
    return {
      tier: field.tier,
      forceInto(y, out) {
        const value = field.forceInto(bare(y), out);
        chain(y, m, out);
        return value;
      },
      energy: y => field.energy(bare(y)),
      sumInto: (y, f) => field.sumInto(bare(y), f),
      pullbackInto(y, g, out) {
        field.pullbackInto(bare(y), g, out);
        chain(y, m, out);
      },
    };
  };
  /** Rows of x with dw = 2|r| dr. */
  const carried = (y: Vec, m: number, x: Vec): Vec => {
    const z = x.slice(0, m * dim);
    for (let k = 0; k < z.length; k += dim) z[k] = 2 * Math.abs(y[k]) * x[k];
    return z;
  };
  return {
    name: `conic(${feature.name})`,
    dim,
    size: feature.size,
    homogeneity: { degree: 2, coordinates: [0] },
    sumInto: (y, m, out) => feature.sumInto(charted(y, m), m, out),
    pullbackInto(y, m, g, out) {
      feature.pullbackInto(charted(y, m), m, g, out);
      chain(y, m, out);
    },
    ...(open && {
      open(m: number, loss: Loss) {
        const field = open(m, loss);
        return field && opened(field, m);
      },
    }),
    ...(pushforwardInto && {
      pushforwardInto: (y: Vec, m: number, x: Vec, out: Vec) =>
        pushforwardInto(charted(y, m), m, carried(y, m, x), out),
    }),
    ...(curvatureInto && {
      curvatureInto(y: Vec, m: number, g: Vec, x: Vec, out: Vec) {
        const [u, slope] = [charted(y, m), new Float64Array(m * dim)];
        feature.pullbackInto(u, m, g, slope);
        curvatureInto(u, m, g, carried(y, m, x), out);
        // d²w/dr² = 2 sign r.
        for (let k = 0; k < m * dim; k += dim)
          out[k] = 2 * Math.abs(y[k]) * out[k] + 2 * Math.sign(y[k]) * slope[k] * x[k];
      },
    }),
  };
}

/**
 * The cone metric dr² + r²|dθ|² (Chizat 2019, §2.2). With it the flow is ṙ = −2r(s⟨R′, φ⟩ + β), θ̇ = −s∇⟨R′, φ⟩, s = sign r: another flow than
 * the Euclidean one of the same chart, whose positions move r² times as fast. A particle at r = 0 is the tip of the cone and stays.
 */
export function coneMetric(dim: number): Metric {
  return {
    name: 'cone',
    raiseInto(y, m, force) {
      for (let i = 0; i < m * dim; i += dim) {
        const square = y[i] * y[i];
        for (let k = i + 1; k < i + dim; k++) force[k] = square > 0 ? force[k] / square : 0;
      }
    },
    square(y, m, v) {
      let sum = 0;
      for (let i = 0; i < m * dim; i += dim) {
        sum += v[i] * v[i];
        for (let k = i + 1; k < i + dim; k++) sum += (y[i] * v[k]) ** 2;
      }
      return sum;
    },
  };
}
