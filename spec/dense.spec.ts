import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { hermite, linear } from '../src/dense.js';

const dense = suite('dense output');
const of = (...x: number[]) => Float64Array.of(...x);

dense('the straight line', () => {
  const out = new Float64Array(2);
  const line = linear(of(1, -2), of(3, 0.1));
  line(0.25, out);
  assert.equal([...out], [1.5, -2 + 0.25 * 2.1]);
  line(0, out);
  assert.equal([...out], [1, -2]);
  line(1, out);
  assert.equal([...out], [3, 0.1]);
});

dense('Hermite reproduces any cubic, and its ends exactly', () => {
  const cubic = (t: number) => 0.3 - 1.1 * t + 2 * t ** 2 - 0.7 * t ** 3;
  const slope = (t: number) => -1.1 + 4 * t - 2.1 * t ** 2;
  const [from, to] = [0.4, 1.7];
  const curve = hermite(of(cubic(from)), of(slope(from)), of(cubic(to)), of(slope(to)), to - from);
  const out = new Float64Array(1);
  for (const theta of [0.1, 0.37, 0.5, 0.93]) {
    curve(theta, out);
    assert.ok(Math.abs(out[0] - cubic(from + theta * (to - from))) < 1e-15, `at ${theta}`);
  }
  curve(0, out);
  assert.is(out[0], cubic(from));
  curve(1, out);
  assert.is(out[0], cubic(to));
});

dense.run();
