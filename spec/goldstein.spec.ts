/** Descent over kinks that nobody names. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { goldsteinStep, type Rough, shortestInto } from '../src/math/goldstein.js';
import { random } from '../src/math/random.js';
import { dot } from '../src/math/vec.js';
import type { Vec } from '../src/types.js';

const spec = suite('Goldstein descent');

const shortest = (vectors: readonly Vec[]): Vec => {
  const out = new Float64Array(vectors[0].length);
  shortestInto(vectors, out);
  return out;
};

spec('the shortest vector of a hull: of one, of a segment, of a triangle around 0', () => {
  const of = (...a: number[]) => Float64Array.from(a);
  assert.equal([...shortest([of(3, 4)])], [3, 4]);
  const [x, y] = shortest([of(2, 0), of(0, 1)]);
  assert.ok(Math.abs(x - 0.4) < 1e-12 && Math.abs(y - 0.8) < 1e-12, `${x}, ${y}`);
  assert.ok(dot(shortest([of(1, 0), of(-1, 1), of(-1, -2)]), of(1, 1)) ** 2 < 1e-16);
});

spec('it is the one that all the others lie beyond: ⟨a, g⟩ ≥ |g|² for every a', () => {
  const r = random('goldstein', 'hull');
  for (let trial = 0; trial < 20; trial++) {
    const vectors = Array.from({ length: 12 }, () => Float64Array.from({ length: 6 }, () => 1 + 2 * r.normal()));
    const g = shortest(vectors);
    for (const a of vectors) assert.ok(dot(a, g) >= dot(g, g) - 1e-8, `${dot(a, g)} below ${dot(g, g)}`);
  }
});

/** |x| + 10|y − x|: a steep valley along a kink, on which the gradients of either side lead across it. */
const valley: Rough = {
  value: ([x, y]) => Math.abs(x) + 10 * Math.abs(y - x),
  downhillInto([x, y], out) {
    out[0] = -Math.sign(x) + 10 * Math.sign(y - x);
    out[1] = -10 * Math.sign(y - x);
  },
  settle: () => {},
};

spec('along the bottom of a valley whose sides hide it', () => {
  let u: Vec = Float64Array.of(1, 1 + 1e-9);
  for (let k = 0; k < 100 && valley.value(u) > 1e-6; k++) {
    for (let radius = 0.1; radius > 1e-9; radius /= 10) {
      const { lower } = goldsteinStep(valley, u, radius, 1e-6);
      if (!lower) continue;
      assert.ok(valley.value(lower) < valley.value(u));
      u = lower;
      break;
    }
  }
  assert.ok(valley.value(u) <= 1e-6, `${u}: ${valley.value(u)}`);
});

spec('at the minimum there is nothing lower, and the hull of the gradients reaches 0', () => {
  const { lower, flat } = goldsteinStep(valley, Float64Array.of(1e-12, -1e-12), 1e-3, 1e-3);
  assert.equal([lower, flat], [null, true]);
});

spec.run();
