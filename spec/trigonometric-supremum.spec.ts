/** The proven supremum of |p|: against a point known to many digits, against brute force, and where proofs go wrong. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { jetInto } from '../src/kernels/trigonometric.js';
import {
  derivativeBounds,
  peaks,
  sampled,
  trigonometricSupremum,
  upperBound,
} from '../src/kernels/trigonometric-supremum.js';
import { random } from '../src/math/random.js';
import { unitChecks } from './truth/reference.js';

const supremum = suite('trigonometric supremum');

function bruteForce(g: Float64Array, K: number, N: number): number {
  const jet = new Float64Array(3);
  let best = 0;
  for (let j = 0; j < N; j++) {
    jetInto(j / N, K, g, jet);
    best = Math.max(best, Math.abs(jet[0]));
  }
  return best;
}

/** Between what a fine grid finds and a proof that is sharp; attained where it says. */
function consistent(g: Float64Array, K: number, N = 1e5): void {
  const s = trigonometricSupremum(g, K);
  const grid = bruteForce(g, K, N);
  const jet = new Float64Array(3);
  jetInto(s.at[0], K, g, jet);
  const size = g.reduce((sum, x) => sum + Math.abs(x), 0);
  const said = JSON.stringify({ g: [...g], ...s, grid });
  assert.ok(s.proof, said);
  assert.ok(Math.abs(Math.abs(jet[0]) - s.value) <= 1e-14 * size, `attained: ${said}`);
  assert.ok(s.value >= grid - 1e-12 * size, `no grid point is higher: ${said}`);
  assert.ok(s.upper >= grid - 1e-13 * size, `the upper bound holds on the grid: ${said}`);
  assert.ok(s.upper >= s.value && s.upper - s.value <= 1e-9 * s.value, `the proof is sharp: ${said}`);
}

/** Evenly spread: fc.double draws exponents evenly, so that half of its numbers are below 1e-150. */
const coefficients = (K: number) =>
  fc
    .array(fc.integer({ min: -1e6, max: 1e6 }), { minLength: 2 * K + 1, maxLength: 2 * K + 1 })
    .map(g => Float64Array.from(g, x => x / 1e6));

supremum('meets the value known for the strong deconvolution', () => {
  const { q, max_abs, argmax } = unitChecks().trig_sup;
  const s = trigonometricSupremum(Float64Array.from(q), 7);
  assert.ok(s.proof);
  assert.ok(Math.abs(s.value - max_abs) <= 1e-14 * max_abs, `value ${s.value}`);
  assert.ok(s.upper >= s.value && s.upper - max_abs <= 1e-12 * max_abs, `upper ${s.upper}`);
  // A maximum is flat: sixteen digits of the value fix eight of the place, Newton on the slope the rest.
  assert.ok(Math.abs(s.at[0] - argmax) <= 1e-13, `at ${s.at[0]}`);
});

for (const K of [1, 2, 3, 7, 12])
  supremum(`agrees with brute force on random polynomials of degree ${K}`, () => {
    fc.assert(
      fc.property(coefficients(K), g => consistent(g, K, 2e4)),
      { seed: 1, numRuns: 30 },
    );
  });

supremum('agrees with a grid of 1e5 points at degree 50', () => {
  fc.assert(
    fc.property(coefficients(50), g => consistent(g, 50)),
    { seed: 1, numRuns: 3 },
  );
});

supremum('two equal maxima, p = cos 4πθ, do not confuse it', () => {
  const g = new Float64Array(15);
  g[2] = Math.SQRT1_2;
  consistent(g, 7);
  const s = trigonometricSupremum(g, 7);
  assert.ok(Math.abs(s.value - 1) <= 1e-15);
  const quarter = 4 * s.at[0];
  assert.ok(Math.abs(quarter - Math.round(quarter)) <= 1e-7, `at ${s.at[0]}`);
});

supremum('a negative minimum counts as much as a maximum', () => {
  const g = Float64Array.of(-3, 1, 0);
  const s = trigonometricSupremum(g, 1);
  assert.ok(Math.abs(s.value - (3 + Math.SQRT2)) <= 1e-14);
  assert.ok(Math.abs(s.at[0] - 0.5) <= 1e-8);
});

supremum('maxima that nearly coincide, and a flat fourth-order one', () => {
  // cos x + cos 2x/(−4)·… flat: p = cos x − cos(2x)/4 has p″(π) ≠ 0 but p″ = p‴ = 0 at x = 0 for weights 4 : −1.
  consistent(Float64Array.of(0, 4, -1, 0, 0), 2);
  consistent(Float64Array.of(0, 4, -1 + 1e-6, 0, 0), 2);
  consistent(Float64Array.of(0, 4, -1 - 1e-6, 0, 1e-9), 2);
});

supremum('the zero polynomial and K = 0', () => {
  assert.equal(
    { ...trigonometricSupremum(new Float64Array(15), 7), at: 0, method: '' },
    { value: 0, upper: 0, at: 0, proof: true, method: '' },
  );
  const s = trigonometricSupremum(Float64Array.of(-2.5), 0);
  assert.equal([s.value, s.upper, s.proof], [2.5, 2.5, true]);
});

supremum('a constant seen as a polynomial', () => {
  for (const K of [1, 7]) consistent(new Float64Array(2 * K + 1).fill(-2.5, 0, 1), K, 1e3);
});

supremum('ripples on a constant', () => {
  for (const ripple of [1e-3, 1e-6, 1e-9, 1e-12]) consistent(Float64Array.of(1, ripple, 0, 0, ripple), 2, 1e3);
});

supremum('scaling the polynomial scales the bounds, over hundreds of orders of magnitude', () => {
  const g = Float64Array.from(unitChecks().trig_sup.q);
  const one = trigonometricSupremum(g, 7);
  for (const scale of [1e-150, 1e-12, 1e12, 1e150]) {
    const s = trigonometricSupremum(
      g.map(x => scale * x),
      7,
    );
    assert.ok(Math.abs(s.value / scale - one.value) <= 1e-14 * one.value, `value at scale ${scale}`);
    assert.ok(s.upper - s.value <= 1e-9 * s.value, `bound at scale ${scale}`);
  }
});

supremum('proves nothing about NaN', () => {
  const s = trigonometricSupremum(Float64Array.of(1, Number.NaN, 0), 1);
  assert.not(s.proof);
  assert.ok(Number.isNaN(s.value));
});

/** Random polynomials of several degrees, with everything the proof starts from. */
function cases(): { g: Float64Array; K: number; N: number; p: Float64Array; sup: number }[] {
  const draw = random('supremum', 'proof');
  return [1, 2, 3, 7, 12].flatMap(K =>
    Array.from({ length: 12 }, () => {
      const g = Float64Array.from({ length: 2 * K + 1 }, () => draw.normal());
      const N = 32 * K;
      return { g, K, N, p: sampled(N, K, g), sup: bruteForce(g, K, 20_000) };
    }),
  );
}

supremum('the derivative bounds hold on fine grids, and on few points too', () => {
  for (const { g, K } of cases()) {
    const jet = new Float64Array(3);
    for (const N of [2 * K + 1, 4 * K, 32 * K]) {
      const { second, third } = derivativeBounds(sampled(N, K, g), K, g[0]);
      let last = Number.NaN;
      for (let j = 0; j <= 4000; j++) {
        jetInto(j / 4000, K, g, jet);
        assert.ok(Math.abs(jet[2]) <= second * (1 + 1e-12), `K = ${K}, N = ${N}: second derivative`);
        const slope = Math.abs(jet[2] - last) * 4000;
        if (j > 0) assert.ok(slope <= third * (1 + 1e-9), `K = ${K}, N = ${N}: third derivative`);
        last = jet[2];
      }
    }
  }
});

supremum('the derivative bounds are no larger than Bernstein allows', () => {
  for (const { g, K, p } of cases()) {
    const swing = p.reduce((most, v) => Math.max(most, Math.abs(v - g[0])), 0);
    assert.ok(derivativeBounds(p, K, g[0]).second <= (2 * Math.PI * K) ** 2 * swing * 1.01);
  }
});

supremum('without any peak, branch and bound alone proves a bound above the supremum', () => {
  for (const { g, K, N, p, sup } of cases()) {
    const upper = upperBound(0.5 * sup, [], N, K, g, derivativeBounds(p, K, g[0]));
    assert.ok(upper >= sup, `K = ${K}: ${upper} < ${sup}`);
  }
});

supremum('around every peak |p| stays below its bound, on both sides of zero', () => {
  for (const { g, K, p } of cases()) {
    const jet = new Float64Array(3);
    for (const peak of peaks(p.map(Math.abs), K, g, derivativeBounds(p, K, g[0])))
      for (let j = -200; j <= 200; j++) {
        jetInto(peak.at + (j / 200) * peak.radius, K, g, jet);
        assert.ok(Math.abs(jet[0]) <= peak.value + peak.slack + 1e-12, `K = ${K}, peak at ${peak.at}`);
      }
  }
});

supremum('a peak beside a deep trough does not cover the trough', () => {
  // A low maximum of |p| on the positive side, the supremum on the negative side close by.
  const g = Float64Array.of(-3.2, 2.4, -0.9, 0, 0);
  const p = sampled(64, 2, g);
  const jet = new Float64Array(3);
  for (const peak of peaks(p.map(Math.abs), 2, g, derivativeBounds(p, 2, g[0])))
    for (let j = -500; j <= 500; j++) {
      jetInto(peak.at + (j / 500) * peak.radius, 2, g, jet);
      assert.ok(Math.abs(jet[0]) <= peak.value + peak.slack + 1e-12);
    }
});

supremum.run();
