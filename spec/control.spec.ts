import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { errorNorm, firstStep, foreseen, freshControl, growth, shrinkage } from '../src/control.js';

const control = suite('step-size control');
const of = (...x: number[]) => Float64Array.of(...x);
const tolerance = { rtol: 0.1, atol: 1, energy: 20 };

control('the error norm is the rms of the weighted state, or the dissipation where that is larger', () => {
  // Weights 1 + 0.1·max(|y0|, |y1|) = 2 and 3.
  assert.is(errorNorm(of(2, 3, 0), of(10, -5, 0), of(4, 20, 0), 2, tolerance), 1);
  assert.is(errorNorm(of(2, 3, -8), of(10, -5, 0), of(4, 20, 0), 2, tolerance), 4);
  assert.is(errorNorm(of(2, 0, 0), of(10, 0, 0), of(0, 0, 0), 2, tolerance), Math.sqrt(0.5));
  assert.is(
    errorNorm(of(0, 0, -8), of(1, 1, 0), of(1, 1, 80), 2, tolerance),
    1,
    'against the dissipation once it is larger than F(0)',
  );
  assert.is(
    errorNorm(of(0, 0, 3), of(1, 1, 0), of(1, 1, 1), 2, { ...tolerance, rtol: 0 }),
    3,
    'by atol when rtol is 0',
  );
});

control('on an endless scale the dissipation is not tested, but what is not a number is still refused', () => {
  const untested = { ...tolerance, energy: Number.POSITIVE_INFINITY };
  assert.is(errorNorm(of(2, 3, -8e9), of(10, -5, 0), of(4, 20, 0), 2, untested), 1);
  for (const bad of [Number.NaN, Number.POSITIVE_INFINITY])
    assert.ok(Number.isNaN(errorNorm(of(2, 3, bad), of(10, -5, 0), of(4, 20, 0), 2, untested)));
});

control('a NaN anywhere makes the norm NaN, which no comparison with 1 accepts', () => {
  for (let k = 0; k < 3; k++) {
    const e = of(0.1, 0.1, 0.1);
    e[k] = Number.NaN;
    assert.ok(Number.isNaN(errorNorm(e, of(1, 1, 1), of(1, 1, 1), 2, tolerance)), `error ${k}`);
  }
  for (let k = 0; k < 2; k++) {
    const y = of(1, 1, 1);
    y[k] = Number.NaN;
    assert.ok(Number.isNaN(errorNorm(of(0.1, 0.1, 0.1), of(1, 1, 1), y, 2, tolerance)), `state ${k}`);
  }
});

control('growth stays between 0.2 and 5, and at most 1 after a rejection', () => {
  for (const error of [0, 1e-12, 1e-4, 0.5, 1]) {
    const factor = growth(error, freshControl, 5);
    assert.ok(factor >= 0.2 && factor <= 5, `${factor} at ${error}`);
    assert.ok(growth(error, { lastError: 1, afterRejection: true }, 5) <= 1);
  }
  assert.is(growth(0, { lastError: 1, afterRejection: false }, 5), 5);
  // Hairer & Wanner: 0.9·err^(−0.7/5)·errOld^(0.4/5).
  assert.ok(
    Math.abs(growth(0.5, { lastError: 0.3, afterRejection: false }, 5) - 0.9 * 0.5 ** -0.14 * 0.3 ** 0.08) < 1e-15,
  );
});

control('the predictive controller carries the trend of the error on, and never beyond growth by 5', () => {
  const known = (lastError: number, lastStep: number) => ({ lastError, lastStep, afterRejection: false });
  // Without a step before: 0.9·err^(−1/4).
  assert.ok(Math.abs(foreseen(0.5, 0.1, freshControl, 4) - 0.9 * 0.5 ** -0.25) < 1e-15);
  // The same step had a third of the error before: the next one is expected to have three times as much.
  assert.ok(Math.abs(foreseen(0.6, 0.1, known(0.2, 0.1), 4) - 0.9 * 0.6 ** -0.25 * 3 ** -0.25) < 1e-15);
  // A longer step with the error that h⁴ explains has no trend.
  assert.ok(Math.abs(foreseen(0.32, 0.2, known(0.02, 0.1), 4) - 0.9 * 0.32 ** -0.25) < 1e-14);
  // A falling error is no reason to grow faster.
  assert.ok(Math.abs(foreseen(0.2, 0.1, known(0.6, 0.1), 4) - 0.9 * 0.2 ** -0.25) < 1e-15);
  assert.is(foreseen(0, 1, freshControl, 4), 5);
  assert.is(foreseen(1e-3, 1, { ...known(1, 1), afterRejection: true }, 4), 1);
  assert.ok(foreseen(1, 1, known(1e-12, 1), 4) >= 0.2);
});

control('a share of the state takes the place of a smaller atol', () => {
  // rms of (6, 8) is √50, a tenth of it 0.7071…; entries weigh that plus 0.1·max.
  const shared = { rtol: 0.1, atol: 0.5, share: 0.1, energy: 20 };
  const at = 0.1 * Math.sqrt(50);
  const wanted = Math.sqrt(((1 / (at + 0.6)) ** 2 + (1 / (at + 0.8)) ** 2) / 2);
  assert.ok(Math.abs(errorNorm(of(1, 1, 0), of(0, 0, 0), of(6, 8, 0), 2, shared) - wanted) < 1e-15);
  const larger = { ...shared, atol: 2 };
  const plain = errorNorm(of(1, 1, 0), of(0, 0, 0), of(6, 8, 0), 2, { rtol: 0.1, atol: 2, energy: 20 });
  assert.is(errorNorm(of(1, 1, 0), of(0, 0, 0), of(6, 8, 0), 2, larger), plain);
  assert.ok(Number.isNaN(errorNorm(of(1, 1, 0), of(0, 0, 0), of(Number.NaN, 8, 0), 2, shared)));
});

control('a rejected step shrinks, by the most allowed when the error is not a number', () => {
  assert.is(shrinkage(Number.NaN, 5), 0.2);
  assert.is(shrinkage(Number.POSITIVE_INFINITY, 5), 0.2);
  assert.is(shrinkage(1e30, 5), 0.2);
  assert.ok(Math.abs(shrinkage(2, 5) - 0.9 * 2 ** -0.2) < 1e-15);
  assert.ok(shrinkage(1 + 1e-12, 5) < 1);
});

control('the first step is positive, no longer than the time span, and short for a fast field', () => {
  const first = (rate: number, y0: number, longest: number) => {
    const rhs = (y: Float64Array, out: Float64Array) => {
      out[0] = rate * y[0];
      out[1] = 0;
    };
    const [y, v] = [of(y0, 0), of(rate * y0, 0)];
    return firstStep(rhs, y, v, 1, 5, longest, { rtol: 1e-6, atol: 1e-8, energy: 1 });
  };
  for (const [rate, y0, longest] of [
    [-1, 1, 10],
    [-1e4, 1, 10],
    [-1, 0, 10],
    [0, 1, 10],
    [-1e-12, 1, 1e-3],
  ]) {
    const h = first(rate, y0, longest);
    assert.ok(h > 0 && h <= longest, `h = ${h} at rate ${rate}`);
  }
  assert.ok(first(-1e4, 1, 10) < 1e-4);
});

control.run();
