/** Units max(0, θ·x) on data in the plane: what they are active on is a half-plane of the sorted data, and no pair is looked at. */
import { type HalfPlanes, halfPlanes } from '../../src/kernels/angular.js';
import type { Branch, Feature, FeatureKinks, Vec } from '../../src/types.js';

/**
 * A particle u as a unit c(u)·x where θ(u)·x > 0, 0 elsewhere; θ is u itself from coordinate `first` on, or what `directionsInto` says.
 * Shapes: y, v and out m·dim numbers, c and G m·2.
 */
export interface PlaneChart {
  readonly dim: number;
  readonly first: number;
  directionsInto?(y: Vec, m: number, out: Vec): void;
  /** Of particle i: |∇(θ·x)||u| is at most so many times |θ|₁|x|₁. */
  reach(y: Vec, i: number): number;
  /** out: cᵢ */
  coefficientsInto(y: Vec, m: number, out: Vec): void;
  /** out: rows Dc(uᵢ)ᵀ Gᵢ */
  pullInto(y: Vec, m: number, G: Vec, out: Vec): void;
  /** out: Dc(uᵢ) vᵢ */
  pushInto(y: Vec, m: number, v: Vec, out: Vec): void;
  /** out: rows D²⟨Gᵢ, c⟩(uᵢ) vᵢ */
  bendInto(y: Vec, m: number, G: Vec, v: Vec, out: Vec): void;
}

/** c = wθ, u = [w, θ]. */
export const weighted: PlaneChart = {
  dim: 3,
  first: 1,
  reach: (y, i) => Math.hypot(y[3 * i], y[3 * i + 1], y[3 * i + 2]) / (Math.abs(y[3 * i + 1]) + Math.abs(y[3 * i + 2])),
  coefficientsInto(y, m, out) {
    for (let i = 0; i < m; i++) {
      out[2 * i] = y[3 * i] * y[3 * i + 1];
      out[2 * i + 1] = y[3 * i] * y[3 * i + 2];
    }
  },
  pullInto(y, m, G, out) {
    for (let i = 0; i < m; i++) {
      const w = y[3 * i];
      out[3 * i] = y[3 * i + 1] * G[2 * i] + y[3 * i + 2] * G[2 * i + 1];
      out[3 * i + 1] = w * G[2 * i];
      out[3 * i + 2] = w * G[2 * i + 1];
    }
  },
  pushInto(y, m, v, out) {
    for (let i = 0; i < m; i++)
      for (let j = 0; j < 2; j++) out[2 * i + j] = v[3 * i] * y[3 * i + 1 + j] + y[3 * i] * v[3 * i + 1 + j];
  },
  bendInto(_y, m, G, v, out) {
    for (let i = 0; i < m; i++) {
      const w = v[3 * i];
      out[3 * i] = v[3 * i + 1] * G[2 * i] + v[3 * i + 2] * G[2 * i + 1];
      out[3 * i + 1] = w * G[2 * i];
      out[3 * i + 2] = w * G[2 * i + 1];
    }
  },
};

/** c = ±s(u), s(u)ⱼ = uⱼ|uⱼ|, θ = s(u). */
export const signedSquares = (sign: (particle: number) => number): PlaneChart => ({
  dim: 2,
  first: 0,
  reach: () => 2,
  directionsInto(y, m, out) {
    for (let j = 0; j < 2 * m; j++) out[j] = y[j] * Math.abs(y[j]);
  },
  coefficientsInto(y, m, out) {
    for (let j = 0; j < 2 * m; j++) out[j] = sign(j >> 1) * y[j] * Math.abs(y[j]);
  },
  pullInto(y, m, G, out) {
    for (let j = 0; j < 2 * m; j++) out[j] = 2 * sign(j >> 1) * Math.abs(y[j]) * G[j];
  },
  pushInto(y, m, v, out) {
    for (let j = 0; j < 2 * m; j++) out[j] = 2 * sign(j >> 1) * Math.abs(y[j]) * v[j];
  },
  bendInto(y, m, G, v, out) {
    for (let j = 0; j < 2 * m; j++) out[j] = 2 * sign(j >> 1) * Math.sign(y[j]) * G[j] * v[j];
  },
});

/** Fewer data than this and looking at every pair is as fast. */
const FEWEST = 12;

/** Whether the sorted sums are to be used: a rule of the data alone, so that every evaluation takes the same way. */
export const isPlane = (x: { rows: number; columns: number; values: Vec; once?: boolean }): boolean =>
  x.columns === 2 && x.rows >= FEWEST && !x.once && x.values.every(Number.isFinite);

/** What the sorted data say of kinks. */
export type SortedKinks = Pick<NonNullable<FeatureKinks['sorted']>, 'turned' | 'near'>;

/** σ(z) = leak·z + (1 − leak) max(0, z), and the first is linear: means over m coefficients c, and sums over the data. */
function leaking(planes: HalfPlanes, x: Vec, leak: number) {
  return {
    /** c: divided by m in place */
    sum(m: number, c: Vec, out: Vec): void {
      for (let j = 0; j < 2 * m; j++) c[j] *= 1 / m;
      planes.sumInto(c, out);
      if (leak === 0) return;
      let [p, q] = [0, 0];
      for (let i = 0; i < m; i++) {
        p += c[2 * i];
        q += c[2 * i + 1];
      }
      for (let k = 0; k < out.length; k++) out[k] = (1 - leak) * out[k] + leak * (p * x[2 * k] + q * x[2 * k + 1]);
    },
    pull(m: number, g: Vec, G: Vec): void {
      planes.pullInto(g, G);
      if (leak === 0) return;
      let [p, q] = [0, 0];
      for (let k = 0; k < g.length; k++) {
        p += g[k] * x[2 * k];
        q += g[k] * x[2 * k + 1];
      }
      for (let j = 0; j < 2 * m; j++) G[j] = (1 - leak) * G[j] + leak * (j % 2 === 0 ? p : q);
    },
  };
}

/**
 * The sums of units σ(θ·x_k) and their derivatives, σ(z) = max(z, leak·z), in O(m + n), and their kinks.
 * @param x n rows of 2 numbers
 */
export function unitsInPlane(
  x: Vec,
  { dim, first, reach, directionsInto, coefficientsInto, pullInto, pushInto, bendInto }: PlaneChart,
  leak = 0,
): {
  readonly sums: Pick<Feature, 'sumInto' | 'pullbackInto' | 'pushforwardInto' | 'curvatureInto'>;
  readonly sorted: SortedKinks;
} {
  const planes = halfPlanes(x);
  let [directions, c, G] = Array.from({ length: 3 }, () => new Float64Array(0));
  const [at, stride] = directionsInto ? [0, 2] : [first, dim];
  /** Where θ of all particles is to be found. */
  const directed = (y: Vec, m: number): Vec => {
    if (c.length < 2 * m) [directions, c, G] = Array.from({ length: 3 }, () => new Float64Array(2 * m));
    directionsInto?.(y, m, directions);
    return directionsInto ? directions : y;
  };
  const face = (y: Vec, m: number, pattern?: Branch) => planes.face(directed(y, m), at, stride, m, pattern);
  const { sum, pull } = leaking(planes, x, leak);
  const sums: Pick<Feature, 'sumInto' | 'pullbackInto' | 'pushforwardInto' | 'curvatureInto'> = {
    sumInto(y, m, out, pattern) {
      face(y, m, pattern);
      coefficientsInto(y, m, c);
      sum(m, c, out);
    },
    pullbackInto(y, m, g, out, pattern) {
      face(y, m, pattern);
      pull(m, g, G);
      pullInto(y, m, G, out);
    },
    pushforwardInto(y, m, v, out, pattern) {
      face(y, m, pattern);
      pushInto(y, m, v, c);
      sum(m, c, out);
    },
    curvatureInto(y, m, g, v, out, pattern) {
      face(y, m, pattern);
      pull(m, g, G);
      bendInto(y, m, G, v, out);
    },
  };
  const sorted: SortedKinks = {
    turned: (y, m, pattern) => planes.turned(directed(y, m), at, stride, m, pattern),
    near(y, i, share) {
      const u = directed(y.subarray(i * dim, (i + 1) * dim), 1);
      return planes.near(u[at], u[at + 1], share * reach(y, i));
    },
  };
  return { sums, sorted };
}
