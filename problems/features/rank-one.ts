import { rankOnes } from '../../src/kernels/fields.js';
import type { Feature, Vec } from '../../src/types.js';

/** out += scale·uvᵀ, u and v at offsets `a` and `b` of their arrays; out is rows×columns, row-major. */
function addOuter(u: Vec, a: number, v: Vec, b: number, scale: number, rows: number, columns: number, out: Vec): void {
  for (let j = 0; j < rows; j++) {
    const left = scale * u[a + j];
    for (let k = 0; k < columns; k++) out[j * columns + k] += left * v[b + k];
  }
}

/** Φ(w, u, v) = w·uvᵀ ∈ ℝ^{rows×columns}, particles [w, u, v]: matrices of low rank, not symmetric. */
export function rankOne(rows: number, columns: number): Feature {
  const dim = 1 + rows + columns;
  const [gv, gu] = [new Float64Array(rows), new Float64Array(columns)];
  /** gv = G v and gu = Gᵀ u, with u and v at `at` and `bt` of x. */
  const both = (g: Vec, x: Vec, at: number, bt: number): void => {
    gv.fill(0);
    gu.fill(0);
    for (let j = 0; j < rows; j++)
      for (let k = 0; k < columns; k++) {
        gv[j] += g[j * columns + k] * x[bt + k];
        gu[k] += g[j * columns + k] * x[at + j];
      }
  };
  const along = (a: Vec, x: Vec, at: number): number => a.reduce((sum, c, j) => sum + c * x[at + j], 0);
  return {
    name: 'rank-one',
    dim,
    size: rows * columns,
    homogeneity: { degree: 3, coordinates: Array.from({ length: dim }, (_, k) => k) },
    ...rankOnes(rows, columns),
    sumInto(y, m, out) {
      out.fill(0);
      for (let i = 0; i < m * dim; i += dim) addOuter(y, i + 1, y, i + 1 + rows, y[i] / m, rows, columns, out);
    },
    pullbackInto(y, m, g, out) {
      for (let i = 0; i < m * dim; i += dim) {
        both(g, y, i + 1, i + 1 + rows);
        out[i] = along(gv, y, i + 1);
        for (let j = 0; j < rows; j++) out[i + 1 + j] = y[i] * gv[j];
        for (let k = 0; k < columns; k++) out[i + 1 + rows + k] = y[i] * gu[k];
      }
    },
    pushforwardInto(y, m, x, out) {
      out.fill(0);
      for (let i = 0; i < m * dim; i += dim) {
        const [u, v] = [i + 1, i + 1 + rows];
        addOuter(y, u, y, v, x[i] / m, rows, columns, out);
        addOuter(x, u, y, v, y[i] / m, rows, columns, out);
        addOuter(y, u, x, v, y[i] / m, rows, columns, out);
      }
    },
    curvatureInto(y, m, g, x, out) {
      for (let i = 0; i < m * dim; i += dim) {
        const [u, v] = [i + 1, i + 1 + rows];
        both(g, y, u, v);
        out[i] = along(gv, x, u) + along(gu, x, v);
        for (let j = 0; j < rows; j++) out[u + j] = x[i] * gv[j];
        for (let k = 0; k < columns; k++) out[v + k] = x[i] * gu[k];
        both(g, x, u, v);
        for (let j = 0; j < rows; j++) out[u + j] += y[i] * gv[j];
        for (let k = 0; k < columns; k++) out[v + k] += y[i] * gu[k];
      }
    },
  };
}
