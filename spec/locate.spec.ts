/** The first crossing among many margins, on functions whose roots are known. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { firstCrossing, type Margins } from '../src/locate.js';

const locate = suite('locating kinks');

function along(margins: readonly ((theta: number) => number)[], masked: readonly number[] = []): Margins {
  const at = (theta: number) => {
    const values = Float64Array.from(margins, g => g(theta));
    return { suspects: () => values.keys(), of: (k: number) => values[k] };
  };
  return { start: at(0), masked: Uint8Array.from(margins, (_, k) => (masked.includes(k) ? 1 : 0)), at };
}
/** A root is where the margin is below 1e-14; slopes here are above 0.02. */
const near = (a: number | undefined, b: number) => a !== undefined && Math.abs(a - b) <= 1e-12;

locate('none while all margins stay positive', () => {
  assert.is(firstCrossing(along([() => 1, x => 1 - 0.9 * x])), null);
  assert.is(firstCrossing(along([])), null);
});

locate('the earliest of several roots wins, wherever its sample lies', () => {
  const found = firstCrossing(along([x => 0.9 - x, x => 0.5 - x, x => 0.41 - x, () => 1]));
  assert.ok(near(found?.theta, 0.41));
  assert.equal(found?.kinks, [2]);
});

locate('a curved margin is found to rounding', () => {
  for (const root of [1e-9, 0.01, 0.2, 1 / 3, 0.7, 0.999]) {
    const found = firstCrossing(along([x => Math.exp(-x) - Math.exp(-root)]));
    assert.ok(near(found?.theta, root), `${found?.theta} for ${root}`);
  }
  // A steep and a flat one: regula falsi without Illinois creeps on both.
  assert.ok(near(firstCrossing(along([x => 1 - (x / 0.9) ** 30]))?.theta, 0.9));
  assert.ok(Math.abs((firstCrossing(along([x => (0.6 - x) ** 3]))?.theta ?? 0) - 0.6) < 1e-4);
});

locate('kinks met at the very same time are crossed together', () => {
  const found = firstCrossing(along([x => 0.5 - x, x => 2 * (0.5 - x), x => 0.5000001 - x]));
  assert.equal(found?.kinks, [0, 1]);
});

locate('masked kinks are not watched', () => {
  const found = firstCrossing(along([x => 0.2 - x, x => 0.6 - x], [0]));
  assert.equal(found?.kinks, [1]);
  assert.is(firstCrossing(along([x => 0.2 - x], [0])), null);
});

locate('a kink that starts on its zero is no root there: its return is', () => {
  const found = firstCrossing(along([x => x * (0.8 - x)]));
  assert.ok(near(found?.theta, 0.8));
  const early = firstCrossing(along([x => x * (0.05 - x)]));
  assert.ok(near(early?.theta, 0.05));
  assert.is(firstCrossing(along([x => x])), null);
});

locate('a kink that turns back at once is met at the start of the step', () => {
  assert.equal(firstCrossing(along([x => -x, x => 0.1 - x])), { theta: 0, kinks: [0] });
});

locate('a root in the last third counts although the right end is a whole step away', () => {
  assert.ok(near(firstCrossing(along([x => 1 - 1e-9 - x]))?.theta, 1 - 1e-9));
});

locate.run();
