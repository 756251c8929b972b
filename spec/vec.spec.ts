import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { allFinite, dot, logSpace, maxAbs, scaledDistance, scaledNorm } from '../src/math/vec.js';

const vec = suite('vectors');
const of = (...x: number[]) => Float64Array.of(...x);

vec('dot takes the first n entries', () => {
  assert.is(dot(of(1, 2, 3), of(4, 5, 6)), 32);
  assert.is(dot(of(1, 2, 3), of(4, 5, 6), 2), 14);
  assert.is(dot(of(), of()), 0);
});

vec('the scaled norm divides by the number of particles, not of coordinates', () => {
  assert.is(scaledNorm(of(3, 4, 0, 0), 1), 5);
  assert.is(scaledNorm(of(3, 4, 0, 0), 4), 2.5);
  assert.is(scaledNorm(of(3, 4, 100), 4, 2), 2.5);
  assert.is(scaledDistance(of(4, 6), of(1, 2), 1), 5);
});

vec('maxAbs shows a NaN wherever it stands', () => {
  assert.is(maxAbs(of(1, -7, 3)), 7);
  assert.is(maxAbs(of(1, -7, 3), 1), 1);
  assert.is(maxAbs(of(Number.NEGATIVE_INFINITY, 1)), Number.POSITIVE_INFINITY);
  for (let k = 0; k < 3; k++) {
    const a = of(5, 6, 7);
    a[k] = Number.NaN;
    assert.ok(Number.isNaN(maxAbs(a)), `NaN at ${k}`);
    assert.not(allFinite(a));
  }
  assert.is(maxAbs(of(1, Number.NaN), 1), 1);
});

vec('allFinite refuses infinities', () => {
  assert.ok(allFinite(of(1, -1e308)));
  assert.not(allFinite(of(1, Number.POSITIVE_INFINITY)));
  assert.ok(allFinite(of(1, Number.POSITIVE_INFINITY), 1));
});

vec('logSpace keeps its ends exactly and its ratios equal', () => {
  const times = logSpace(1e-3, 7, 5);
  assert.is(times[0], 1e-3);
  assert.is(times[4], 7);
  // (7/1e-3)^(1/4), rounding of exp and log.
  for (let k = 1; k < 5; k++) assert.ok(Math.abs(times[k] / times[k - 1] / 7000 ** 0.25 - 1) < 1e-14);
  assert.equal(logSpace(2, 5, 1), [2]);
});

vec.run();
