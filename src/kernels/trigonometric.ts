/**
 * Hot loops over real trigonometric polynomials of degree K on ℝ/ℤ, in the orthonormal basis
 * [1, √2 cos 2πθ, …, √2 cos 2πKθ, √2 sin 2πθ, …, √2 sin 2πKθ].
 * Powers of e^{2πiθ} by complex multiplication: the error grows like K·eps (2e-14 at K = 100), two calls of libm a particle.
 */
import type { Vec } from '../types.js';

const TWO_PI = 2 * Math.PI;
const ROOT_2 = Math.SQRT2;

/** out: 2K+1 numbers, Σᵢ scale·wᵢ φ(θᵢ) over m particles (w, θ). */
export function synthesiseInto(y: Vec, m: number, K: number, scale: number, out: Vec): void {
  out.fill(0);
  for (let i = 0; i < m; i++) {
    const w = y[2 * i] * scale;
    if (w === 0) continue;
    const angle = TWO_PI * (y[2 * i + 1] - Math.round(y[2 * i + 1]));
    const c1 = Math.cos(angle);
    const s1 = Math.sin(angle);
    out[0] += w;
    let c = ROOT_2 * w;
    let s = 0;
    for (let k = 1; k <= K; k++) {
      const next = c * c1 - s * s1;
      s = s * c1 + c * s1;
      c = next;
      out[k] += c;
      out[K + k] += s;
    }
  }
}

/** out: m·2 numbers, rows (⟨g, φ(θᵢ)⟩, wᵢ⟨g, φ′(θᵢ)⟩). */
export function analyseInto(y: Vec, m: number, K: number, g: Vec, out: Vec): void {
  for (let i = 0; i < m; i++) {
    const angle = TWO_PI * (y[2 * i + 1] - Math.round(y[2 * i + 1]));
    const c1 = Math.cos(angle);
    const s1 = Math.sin(angle);
    let c = 1;
    let s = 0;
    let value = 0;
    let slope = 0;
    for (let k = 1; k <= K; k++) {
      const next = c * c1 - s * s1;
      s = s * c1 + c * s1;
      c = next;
      value += g[k] * c + g[K + k] * s;
      slope += k * (g[K + k] * c - g[k] * s);
    }
    out[2 * i] = g[0] + ROOT_2 * value;
    out[2 * i + 1] = y[2 * i] * TWO_PI * ROOT_2 * slope;
  }
}

/** out: value, first and second derivative of p(θ) = ⟨g, φ(θ)⟩. */
export function jetInto(theta: number, K: number, g: Vec, out: Vec): void {
  const angle = TWO_PI * (theta - Math.round(theta));
  const c1 = Math.cos(angle);
  const s1 = Math.sin(angle);
  let c = ROOT_2;
  let s = 0;
  out[0] = g[0];
  out[1] = 0;
  out[2] = 0;
  for (let k = 1; k <= K; k++) {
    const next = c * c1 - s * s1;
    s = s * c1 + c * s1;
    c = next;
    const even = g[k] * c + g[K + k] * s;
    out[0] += even;
    out[1] += TWO_PI * k * (g[K + k] * c - g[k] * s);
    out[2] -= (TWO_PI * k) ** 2 * even;
  }
}

/** out: 2K+1 numbers, φ⁽ʲ⁾(θ) for j = 0 (the feature), 1 or 2. */
export function basisInto(theta: number, K: number, derivative: 0 | 1 | 2, out: Vec): void {
  const angle = TWO_PI * (theta - Math.round(theta));
  const c1 = Math.cos(angle);
  const s1 = Math.sin(angle);
  let c = ROOT_2;
  let s = 0;
  out[0] = derivative === 0 ? 1 : 0;
  for (let k = 1; k <= K; k++) {
    const next = c * c1 - s * s1;
    s = s * c1 + c * s1;
    c = next;
    const rate = TWO_PI * k;
    out[k] = derivative === 0 ? c : derivative === 1 ? -rate * s : -rate * rate * c;
    out[K + k] = derivative === 0 ? s : derivative === 1 ? rate * c : -rate * rate * s;
  }
}
