import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { difference, fromRows, toRows, wrap } from '../src/particles.js';

const particles = suite('particles');
const line = { kind: 'line', name: 'weight' } as const;
const circle = { kind: 'period', period: 1, name: 'position' } as const;

particles('rows go in and come out particle-major', () => {
  const y = fromRows(
    [
      [1, 2],
      [3, 4],
    ],
    2,
  );
  assert.equal([...y], [1, 2, 3, 4]);
  assert.equal(toRows(y, 2), [
    [1, 2],
    [3, 4],
  ]);
  assert.equal(toRows(fromRows([], 2), 2), []);
});

particles('a row of the wrong length is named', () => {
  assert.throws(() => fromRows([[1, 2], [3]], 2), /particle 1 must have 2 coordinates, got 1/);
  assert.throws(() => fromRows([[1, 2, 3]], 2), /particle 0 must have 2 coordinates, got 3/);
});

particles('wrap lands in [0, period) and moves by whole periods', () => {
  assert.is(wrap(-0.25, 1), 0.75);
  assert.is(wrap(2.25, 2), 0.25);
  assert.is(wrap(1, 1), 0);
  // −1e-17 + 1 rounds to 1, which is not in [0, 1).
  assert.is(wrap(-1e-17, 1), 0);
  fc.assert(
    fc.property(
      fc.double({ min: -1e6, max: 1e6, noNaN: true }),
      fc.double({ min: 1e-3, max: 1e3, noNaN: true }),
      (x, period) => {
        const r = wrap(x, period);
        const turns = (x - r) / period;
        // Rounding of x against the period: 1e6·2⁻⁵² / 1e-3.
        return r >= 0 && r < period && Math.abs(turns - Math.round(turns)) < 1e-6;
      },
    ),
    { seed: 1 },
  );
});

particles('difference goes the short way round a circle and straight on a line', () => {
  assert.ok(Math.abs(difference(0.95, 0.05, circle) + 0.1) < 1e-15);
  assert.ok(Math.abs(difference(3.05, 0.95, circle) - 0.1) < 1e-15);
  assert.is(difference(0.95, 0.05, line), 0.95 - 0.05);
  fc.assert(
    fc.property(
      fc.double({ min: -100, max: 100, noNaN: true }),
      fc.double({ min: -100, max: 100, noNaN: true }),
      (a, b) => {
        const d = difference(a, b, circle);
        // Rounding of numbers up to 200.
        return Math.abs(d) <= 0.5 + 1e-13 && Math.abs(wrap(b + d - a + 0.5, 1) - 0.5) < 1e-12;
      },
    ),
    { seed: 1 },
  );
});

particles.run();
