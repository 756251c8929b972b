/** What the benchmark makes of the times it takes, and that all who take part compute the same. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { random } from '../src/math/random.js';
import { foreignShare, logLogFit, machineTicks, median, processTicks, shuffled, verdict } from './bench/arithmetic.js';
import { barsSvg } from './bench/picture.js';
import { type Entrant, measuring } from './bench/rounds.js';

const bench = suite('bench');
const near = (a: number, b: number, tolerance = 1e-12) => assert.ok(Math.abs(a - b) <= tolerance, `${a} is not ${b}`);

bench('the median is the middle one, or half-way between two, in any order', () => {
  assert.is(median([3, 1, 2]), 2);
  assert.is(median([10, 9, 1, 2]), 5.5);
  assert.is(median([100, 20, 3]), 20);
  assert.ok(Number.isNaN(median([])));
});

bench('a power law is a straight line on log axes with its exponent as slope', () => {
  const x = [1, 10, 1e3, 1e5];
  for (const exponent of [-1, 0, 0.5, 1, 1.05]) {
    const { slope, factor } = logLogFit(
      x,
      x.map(v => 3 * v ** exponent),
    );
    near(slope, exponent);
    near(factor, 1);
  }
  // Residuals log 2·(1, −2, 1)/3 about the line of slope 0.
  const { slope, factor } = logLogFit([1, 10, 100], [2, 1, 2]);
  near(slope, 0);
  near(factor, 2 ** (2 / 3));
});

bench('others are what is busy beyond our own processes, as a share of all processors', () => {
  const before = { all: 1000, busy: 400, own: 100 };
  near(foreignShare(before, { all: 1100, busy: 450, own: 130 }), 0.2);
  assert.is(foreignShare(before, { all: 1100, busy: 450, own: 150 }), 0);
  assert.is(foreignShare(before, { all: 1100, busy: 450, own: 152 }), 0, 'ticks of different clocks');
  assert.ok(Number.isNaN(foreignShare(before, before)));
});

bench('ticks are read from the lines of the kernel', () => {
  const stat = 'cpu  100 20 30 1000 50 6 7 8 90 10\ncpu0 1 2 3 4 5 6 7 8 9 10\n';
  assert.equal(machineTicks(stat), { busy: 171, all: 1221 });
  const line = '42 (a (b) c) S 1 2 3 4 5 6 7 8 9 10 250 31 0 0 20 0 1';
  assert.is(processTicks(line), 281);
});

bench('a mark is kept from its side, and never by what is no number', () => {
  assert.is(verdict(5, { least: 5 }), 'met');
  assert.is(verdict(4.99, { least: 5 }), 'MISSED');
  assert.is(verdict(1.05, { most: 1.05 }), 'met');
  assert.is(verdict(1.06, { most: 1.05 }), 'MISSED');
  assert.is(verdict(Number.NaN, { least: 0 }), 'MISSED');
  assert.is(verdict(Number.NaN, { most: 1 }), 'MISSED');
  assert.is(verdict(1, {}), '');
});

bench('shuffling keeps all, and each comes first equally often', () => {
  const { uniform } = random('spec', 'shuffle');
  const first = [0, 0, 0];
  for (let k = 0; k < 3000; k++) {
    const order = shuffled([0, 1, 2], uniform);
    assert.equal([...order].sort(), [0, 1, 2]);
    first[order[0]]++;
  }
  // Binomial: five standard deviations are 129.
  for (const count of first) assert.ok(Math.abs(count - 1000) < 130, String(first));
});

bench('every entrant takes part in every round, and its time is the median of its batches', async () => {
  const script: Record<string, number[]> = { a: [5, 1, 3], b: [60, 80, 70] };
  const asked: Record<string, number[]> = { a: [], b: [] };
  const entrants = Object.keys(script).map((name): Entrant => {
    return {
      name,
      async time(ms) {
        asked[name].push(ms);
        // Before a batch the same calls, of which no time counts.
        if (ms === 5) return { ms: 1e9, min: 0 };
        const next = script[name][asked[name].length / 2 - 1];
        return { ms: next, min: next / 2 };
      },
    };
  });
  const pace = { rounds: 3, ms: 10, longMs: 20, pauseMs: 0, leadMs: 5, patienceMs: 0 };
  const [a, b] = await measuring(pace, random('spec', 'order'))(entrants);
  assert.equal([a.ms, a.min, a.repeats], [3, 0.5, 0]);
  assert.equal([b.ms, b.min], [70, 30]);
  assert.equal(asked, { a: [5, 10, 5, 10, 5, 10], b: [5, 10, 5, 20, 5, 20] }, 'longer batches for what takes long');
});

bench('the picture has a bar for each ratio that was run, and a stroke for each mark', () => {
  const row = { of: 'a / b', detail: '', mark: {}, verdict: '' } as const;
  const svg = barsSvg([
    { ...row, name: 'one <&>', figure: 10, mark: { least: 5 }, verdict: 'met' },
    { ...row, name: 'two', figure: 0.1 },
    { ...row, name: 'three', figure: Number.NaN, verdict: 'not run' },
  ]);
  assert.is(svg.match(/<rect /g)?.length, 3, 'paper and two bars');
  assert.is(svg.match(/stroke="black"/g)?.length, 1);
  assert.ok(svg.includes('one &lt;&amp;&gt;') && !svg.includes('three'));
  const [ten, tenth] = [...svg.matchAll(/<rect x="[^"]+" y="[^"]+" width="([^"]+)"/g)].map(m => Number(m[1]));
  near(ten, tenth, 1e-9);
});

bench.run();
