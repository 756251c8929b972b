/** The hot loops over trigonometric polynomials against sums of Math.cos, and against symbolic derivatives. */
import fc from 'fast-check';
import { derivative } from 'mathjs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { analyseInto, basisInto, jetInto, synthesiseInto } from '../src/kernels/trigonometric.js';
import { dot, maxAbs } from '../src/math/vec.js';
import { largestDifference } from './whole-run.js';

const kernels = suite('trigonometric kernels');
const TAU = 2 * Math.PI;

const naiveBasis = (theta: number, K: number): Float64Array => {
  const k = Array.from({ length: K }, (_, i) => TAU * (i + 1) * theta);
  return Float64Array.of(1, ...k.map(x => Math.SQRT2 * Math.cos(x)), ...k.map(x => Math.SQRT2 * Math.sin(x)));
};

/** Evenly spread: fc.double draws exponents evenly, so that half of its numbers are below 1e-150. */
const real = fc.integer({ min: -1e6, max: 1e6 }).map(x => x / 1e5);
/** Positions are followed without wrapping, so they leave [0, 1). */
const position = fc.integer({ min: -3e6, max: 3e6 }).map(x => x / 1e6);
const polynomial = fc
  .integer({ min: 1, max: 20 })
  .chain(K => fc.tuple(fc.constant(K), fc.array(real, { minLength: 2 * K + 1, maxLength: 2 * K + 1 })));
const cloud = fc.array(fc.tuple(real, position), { minLength: 1, maxLength: 8 });
/** 2πkθ in doubles is off by 2πKθ·eps ≈ 4e-14, in the naive sum as well; times the size of what is summed. */
const ROUNDING = 2e-13;

kernels('synthesis is Σ scale·w φ(θ)', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 }), cloud, real, (K, rows, scale) => {
      const out = new Float64Array(2 * K + 1).fill(Number.NaN);
      synthesiseInto(Float64Array.from(rows.flat()), rows.length, K, scale, out);
      const wanted = new Float64Array(2 * K + 1);
      for (const [w, theta] of rows) for (const [k, x] of naiveBasis(theta, K).entries()) wanted[k] += scale * w * x;
      const size = rows.reduce((s, [w]) => s + Math.abs(scale * w), 0);
      assert.ok(largestDifference(out, wanted) <= ROUNDING * size);
    }),
    { seed: 1 },
  );
});

kernels('analysis is (⟨g, φ(θ)⟩, w⟨g, φ′(θ)⟩): transposed to synthesis, and its slope is that of the jet', () => {
  fc.assert(
    fc.property(polynomial, cloud, ([K, coefficients], rows) => {
      const g = Float64Array.from(coefficients);
      const [out, jet] = [new Float64Array(2 * rows.length), new Float64Array(3)];
      analyseInto(Float64Array.from(rows.flat()), rows.length, K, g, out);
      const size = maxAbs(g) * (2 * K + 1);
      for (const [i, [w, theta]] of rows.entries()) {
        assert.ok(Math.abs(out[2 * i] - dot(g, naiveBasis(theta, K))) <= ROUNDING * size);
        jetInto(theta, K, g, jet);
        assert.ok(Math.abs(out[2 * i + 1] - w * jet[1]) <= ROUNDING * size * TAU * K * Math.abs(w));
      }
    }),
    { seed: 1 },
  );
});

kernels('the jet holds value, slope and curvature of the symbolic expression', () => {
  const g = Float64Array.of(0.3, -1.2, 0.7, 0.05, 2, -0.4, 1.1);
  const K = 3;
  const term = (k: number) => `sqrt(2)*(${g[k]}*cos(2*pi*${k}*t)+${g[K + k]}*sin(2*pi*${k}*t))`;
  const p = `${g[0]}+${[1, 2, 3].map(term).join('+')}`;
  const first = derivative(p, 't');
  const second = derivative(first, 't');
  const jet = new Float64Array(3);
  for (const t of [0, 0.1, 0.37, 0.5, 0.99, -1.3]) {
    jetInto(t, K, g, jet);
    // Curvatures reach (2πK)²·10 ≈ 4e3; seven digits to spare over rounding.
    assert.ok(Math.abs(jet[1] - first.evaluate({ t })) <= 1e-11, `slope at ${t}`);
    assert.ok(Math.abs(jet[2] - second.evaluate({ t })) <= 1e-10, `curvature at ${t}`);
    assert.ok(Math.abs(jet[0] - dot(g, naiveBasis(t, K))) <= 1e-13, `value at ${t}`);
  }
});

kernels('the basis is orthogonal to its slope, has squared norm 2K+1, and its derivatives are those of the jet', () => {
  fc.assert(
    fc.property(polynomial, position, ([K, coefficients], theta) => {
      const g = Float64Array.from(coefficients);
      const jet = new Float64Array(3);
      jetInto(theta, K, g, jet);
      const phi = ([0, 1, 2] as const).map(j => {
        const out = new Float64Array(2 * K + 1);
        basisInto(theta, K, j, out);
        return out;
      });
      const size = maxAbs(g) * (2 * K + 1);
      for (const j of [0, 1, 2]) assert.ok(Math.abs(dot(g, phi[j]) - jet[j]) <= ROUNDING * size * (TAU * K) ** j);
      assert.ok(Math.abs(dot(phi[0], phi[0]) - (2 * K + 1)) <= 1e-12 * K);
      assert.ok(Math.abs(dot(phi[0], phi[1])) <= 1e-12 * TAU * K * K);
      assert.ok(largestDifference(phi[0], naiveBasis(theta, K)) <= ROUNDING);
    }),
    { seed: 1 },
  );
});

kernels('at K = 100 rounding stays near K·eps', () => {
  const K = 100;
  const out = new Float64Array(2 * K + 1);
  for (const theta of [0.1, 0.123456789, 0.4999, 0.77]) {
    basisInto(theta, K, 0, out);
    // The claim of the module is 2e-14; the naive sum adds 2πKθ·eps = 1e-13.
    assert.ok(largestDifference(out, naiveBasis(theta, K)) <= 1.5e-13);
  }
});

kernels.run();
