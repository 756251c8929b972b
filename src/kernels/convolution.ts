/**
 * ν ↦ ψ * ν in the coordinates of torus.ts: a real kernel ψ = Σ_α c_α φ_α turns the coefficients of a measure into those of what is seen of it.
 * A frequency is scaled where ψ is even along its axes, and turned as well where it is not.
 */
import type { Vec } from '../types.js';

export interface Convolution {
  /** out: size numbers, the coefficients of ψ * ν from those of ν */
  applyInto(x: Vec, out: Vec): void;
  /** out: size numbers, the transpose of that: g ↦ ψ(−·) * g */
  adjointInto(g: Vec, out: Vec): void;
  adjoint(g: Vec): Vec;
}

interface Entry {
  readonly target: number;
  readonly source: number;
  readonly share: number;
}

/**
 * Convolution with basis function a along one axis: √2 cos 2πk· keeps cosine and sine of its frequency, times 1/√2;
 * √2 sin 2πk· turns cosine into sine and sine into minus cosine.
 */
function alongAxis(a: number, K: number): Entry[] {
  if (a === 0) return [{ target: 0, source: 0, share: 1 }];
  const k = a > K ? a - K : a;
  const [cos, sin, share] = [k, K + k, Math.SQRT1_2];
  if (a <= K)
    return [
      { target: cos, source: cos, share },
      { target: sin, source: sin, share },
    ];
  return [
    { target: sin, source: cos, share },
    { target: cos, source: sin, share: -share },
  ];
}

/** Convolution with basis function α of the torus: the tensor product of those along its axes. */
function entriesOf(alpha: number, d: number, K: number): Entry[] {
  const n = 2 * K + 1;
  let entries: Entry[] = [{ target: 0, source: 0, share: 1 }];
  for (let j = d - 1; j >= 0; j--) {
    const axis = alongAxis(Math.floor(alpha / n ** j) % n, K);
    entries = entries.flatMap(e =>
      axis.map(a => ({ target: e.target * n + a.target, source: e.source * n + a.source, share: e.share * a.share })),
    );
  }
  return entries;
}

/** @param psi (2K+1)^d coefficients of the kernel in the basis of torus.ts. */
export function convolution(psi: Vec, d: number, K: number): Convolution {
  if (psi.length !== (2 * K + 1) ** d)
    throw new RangeError(`order ${K} in dimension ${d} needs ${(2 * K + 1) ** d} coefficients of ψ, got ${psi.length}`);
  const entries = Array.from(psi, (c, alpha) =>
    c === 0 ? [] : entriesOf(alpha, d, K).map(e => ({ ...e, share: c * e.share })),
  ).flat();
  const to = Int32Array.from(entries, e => e.target);
  const from = Int32Array.from(entries, e => e.source);
  const share = Float64Array.from(entries, e => e.share);
  const multiply = (rows: Int32Array, columns: Int32Array, x: Vec, out: Vec) => {
    out.fill(0);
    for (let k = 0; k < share.length; k++) out[rows[k]] += share[k] * x[columns[k]];
  };
  return {
    applyInto: (x, out) => multiply(to, from, x, out),
    adjointInto: (g, out) => multiply(from, to, g, out),
    adjoint(g) {
      const out = new Float64Array(psi.length);
      multiply(from, to, g, out);
      return out;
    },
  };
}
