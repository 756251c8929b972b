import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { random, randomFrom } from '../src/math/random.js';
import type { Random } from '../src/types.js';

const streams = suite('random streams');
const draws = (n: number, draw: () => number) => Array.from({ length: n }, draw);
const travelled = (r: Random) => randomFrom(JSON.parse(JSON.stringify(r.state())));

streams('the same seed and stream give the same numbers', () => {
  const [a, b] = [random('7', 'init'), random('7', 'init')];
  assert.equal(
    draws(20, () => a.normal()),
    draws(20, () => b.normal()),
  );
});

streams('another stream or another seed gives other numbers', () => {
  const first = draws(5, random('7', 'init').uniform);
  assert.not.equal(draws(5, random('7', 'data').uniform), first);
  assert.not.equal(draws(5, random('8', 'init').uniform), first);
});

streams('drawing from one stream does not shift another', () => {
  const alone = random('7', 'data');
  const wanted = draws(5, alone.uniform);
  const [init, data] = [random('7', 'init'), random('7', 'data')];
  const got = draws(5, () => {
    init.normal();
    return data.uniform();
  });
  assert.equal(got, wanted);
});

streams('a restored stream goes on bit for bit, also between the two normals of one Box–Muller pair', () => {
  for (const used of [0, 1, 2, 3]) {
    const r = random('7', 'init');
    draws(used, () => r.normal());
    const copy = travelled(r);
    assert.is(r.state().spare === null, used % 2 === 0);
    const mixed = (x: Random) =>
      draws(9, () => x.normal()).concat(
        draws(9, () => x.uniform()),
        x.normal(),
      );
    assert.equal(mixed(copy), mixed(r), `after ${used} normals`);
  }
});

streams('uniforms fill [0, 1) with 53 bits', () => {
  const r = random('moments', 'uniform');
  const x = draws(1e5, r.uniform);
  assert.ok(x.every(u => u >= 0 && u < 1));
  // A generator of 32 bits leaves u·2³² whole.
  assert.ok(x.some(u => (u * 2 ** 32) % 1 !== 0));
  const mean = x.reduce((s, u) => s + u, 0) / x.length;
  // Five standard deviations of the mean of 1e5 draws: 5·0.2887/316.
  assert.ok(Math.abs(mean - 0.5) < 4.6e-3, `mean ${mean}`);
});

streams('normals have the moments of a normal, and neighbours do not correlate', () => {
  const r = random('moments', 'normal');
  const n = 1e5;
  const z = draws(n, r.normal);
  const moment = (p: number) => z.reduce((s, x) => s + x ** p, 0) / n;
  const correlation = z.slice(1).reduce((s, x, k) => s + x * z[k], 0) / n;
  // Five standard deviations each: variance of z^p is 1, 2, 15, 96 for p = 1…4; the products have variance 1.
  for (const [p, truth, variance] of [
    [1, 0, 1],
    [2, 1, 2],
    [3, 0, 15],
    [4, 3, 96],
  ])
    assert.ok(Math.abs(moment(p) - truth) < 5 * Math.sqrt(variance / n), `moment ${p} is ${moment(p)}`);
  assert.ok(Math.abs(correlation) < 5 / Math.sqrt(n), `correlation ${correlation}`);
});

streams.run();
