/** First and second derivatives of w φ(θ) for many particles, φ the basis of trigonometric.ts: what linearising the flow reads, in one pass. */
import type { Vec } from '../types.js';

const TWO_PI = 2 * Math.PI;

/**
 * rows: 2m rows of 2K+1 numbers, φ(θᵢ) and wᵢφ′(θᵢ); blocks: m times [[0, p′(θᵢ)], [p′(θᵢ), wᵢp″(θᵢ)]], p = ⟨g, φ⟩.
 */
export function derivativesInto(y: Vec, m: number, K: number, g: Vec, rows: Vec, blocks: Vec): void {
  const size = 2 * K + 1;
  for (let i = 0; i < m; i++) {
    const w = y[2 * i];
    const angle = TWO_PI * (y[2 * i + 1] - Math.round(y[2 * i + 1]));
    const c1 = Math.cos(angle);
    const s1 = Math.sin(angle);
    const value = 2 * i * size;
    const slope = value + size;
    let c = Math.SQRT2;
    let s = 0;
    let first = 0;
    let second = 0;
    rows[value] = 1;
    rows[slope] = 0;
    for (let k = 1; k <= K; k++) {
      const next = c * c1 - s * s1;
      s = s * c1 + c * s1;
      c = next;
      const rate = TWO_PI * k;
      rows[value + k] = c;
      rows[value + K + k] = s;
      rows[slope + k] = -w * rate * s;
      rows[slope + K + k] = w * rate * c;
      first += rate * (g[K + k] * c - g[k] * s);
      second -= rate * rate * (g[k] * c + g[K + k] * s);
    }
    blocks[4 * i] = 0;
    blocks[4 * i + 1] = first;
    blocks[4 * i + 2] = first;
    blocks[4 * i + 3] = w * second;
  }
}
