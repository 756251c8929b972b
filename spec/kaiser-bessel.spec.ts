/** What sums over the torus are made of: elementary functions, and the window through which particles are put on a grid. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { exponential, turn } from '../src/kernels/elementary.js';
import { deconvolution, FINENESS, PIECES, TAPS, TERMS, windowTable } from '../src/kernels/kaiser-bessel.js';

const spec = suite('Kaiser-Bessel window');

spec('e^x is that of Math to two units in the last place', () => {
  for (let x = 0; x > -100; x -= 0.137)
    assert.ok(Math.abs(exponential(x) / Math.exp(x) - 1) <= 2 * Number.EPSILON, `${x}`);
});

spec('cos and sin of parts of a turn are those of Math, and exact at quarters', () => {
  for (const d of [1, 3, 7, 64, 212, 1000])
    for (let n = 0; n < 3 * d; n += 1 + (d >> 5)) {
      const [c, s] = turn(n, d);
      const angle = (2 * Math.PI * (n % d)) / d;
      const error = Math.max(Math.abs(c - Math.cos(angle)), Math.abs(s - Math.sin(angle)));
      assert.ok(error <= 6 * Number.EPSILON, `${n}/${d}: ${error}`);
      assert.ok(Math.abs(c * c + s * s - 1) <= 2 * Number.EPSILON);
    }
  assert.equal(
    [0, 1, 2, 3, 4].map(n => turn(n, 4).map(x => x + 0)),
    [
      [1, 0],
      [0, 1],
      [-1, 0],
      [0, -1],
      [1, 0],
    ],
  );
});

/** The window and its derivative at all taps for a place x in [0, 1) of a step, from the table. */
function taps(x: number): { value: number; slope: number }[] {
  const table = windowTable();
  const piece = Math.floor(x * PIECES);
  const y = x * PIECES - piece - 0.5;
  return Array.from({ length: TAPS }, (_, tap) => {
    let [value, slope] = [0, 0];
    for (let n = TERMS - 1; n >= 0; n--) {
      slope = slope * y + value;
      value = value * y + table[(piece * TERMS + n) * TAPS + tap];
    }
    return { value, slope: slope * PIECES };
  });
}

spec('pieces meet: values and slopes on both sides of their edges, and the window is even', () => {
  for (let k = 1; k < PIECES; k++) {
    const [before, after] = [taps(k / PIECES - 1e-13), taps(k / PIECES)];
    for (let tap = 0; tap < TAPS; tap++) {
      assert.ok(Math.abs(before[tap].value - after[tap].value) <= 1e-12);
      assert.ok(Math.abs(before[tap].slope - after[tap].slope) <= 1e-12);
    }
  }
  for (const x of [0, 0.1, 0.37, 0.5])
    for (const [tap, { value, slope }] of taps(x).entries()) {
      const mirror = taps(Math.min(1 - x, 1 - Number.EPSILON / 2))[TAPS - 1 - tap];
      assert.ok(Math.abs(value - mirror.value) <= 1e-12 && Math.abs(slope + mirror.slope) <= 1e-12, `${x}, ${tap}`);
    }
});

spec('sums over the grid are waves up to the highest frequency, and so are their slopes', () => {
  for (const K of [1, 4, 15, 50]) {
    const side = Math.max(16, 4 * Math.ceil((FINENESS * K) / 4));
    for (const x of [0, 0.03, 0.23, 0.5, 0.77, 0.999])
      for (let k = 0; k <= K; k++) {
        const wave = [0, 0, 0, 0];
        for (const [tap, { value, slope }] of taps(x).entries()) {
          const angle = (2 * Math.PI * k * (tap - TAPS / 2 + 1)) / side;
          const [c, s] = [Math.cos(angle), Math.sin(angle)].map(w => deconvolution(k / side) * w);
          for (const [i, term] of [value * c, value * s, slope * c, slope * s].entries()) wave[i] += term;
        }
        const rate = (2 * Math.PI * k) / side;
        const truth = [Math.cos(rate * x), Math.sin(rate * x)];
        const errors = [wave[0] - truth[0], wave[1] - truth[1], wave[2] + rate * truth[1], wave[3] - rate * truth[0]];
        const said = `K = ${K}, k = ${k}, x = ${x}: ${errors}`;
        assert.ok(Math.hypot(errors[0], errors[1]) <= 1e-13, said);
        // Slopes in units of the torus, beside value and slope together.
        assert.ok(side * Math.hypot(errors[2], errors[3]) <= 2e-13 * Math.hypot(1, rate * side), said);
      }
  }
});

spec.run();
