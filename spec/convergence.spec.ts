/** What the end of a path looks like, on flows whose paths are known in closed form. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { dopri5 } from '../solvers/index.js';
import { convergence } from '../src/diagnostics/convergence.js';
import type { Flow } from '../src/types.js';
import { onTheLine } from './problems-of-ones-own.js';
import { wholeRun } from './whole-run.js';

const settling = suite('convergence');
const close = (got: number, wanted: number, relative: number) =>
  assert.ok(Math.abs(got - wanted) <= relative * Math.abs(wanted), `${got} instead of ${wanted}`);

function followed(flow: Flow, start: number, end: number) {
  const watcher = convergence(flow, Float64Array.of(start));
  const { outcome } = wholeRun(dopri5, flow, Float64Array.of(start), { end, rtol: 1e-9 }, undefined, s =>
    watcher.see(s, flow),
  );
  assert.ok(outcome.ok, outcome.message);
  return watcher.finish(outcome);
}

settling('u′ = −u settles: its path is 1 − e^{−T}', () => {
  const { fate, path, remaining, size } = followed(
    onTheLine(u => -u),
    1,
    20,
  );
  assert.is(fate, 'settled');
  close(path, 1 - Math.exp(-20), 1e-9);
  close(size, Math.exp(-20), 1e-4);
  assert.ok(remaining < 1e-6);
});

settling('u′ = −u³ drifts: |u′| falls like t^{−3/2}, and what is left is u itself', () => {
  const end = 1e4;
  const { fate, rate, remaining, outward } = followed(
    onTheLine(u => -(u ** 3)),
    1,
    end,
  );
  assert.is(fate, 'drifting');
  close(rate as number, 1.5, 1e-3);
  close(remaining, 1 / Math.sqrt(1 + 2 * end), 1e-2);
  assert.ok(outward < 0);
});

settling('the logistic loss of a separated point escapes: u ~ log t', () => {
  const { fate, size, outward } = followed(
    onTheLine(u => 1 / (1 + Math.exp(u))),
    0,
    1e6,
  );
  assert.is(fate, 'escaping');
  close(outward, 1, 1e-9);
  // u + e^u = 1 + t.
  close(size + Math.exp(size), 1e6 + 1, 1e-6);
});

settling('a speed that stays, but adds next to nothing in as long again, is noise', () => {
  const { fate, rate } = followed(
    onTheLine(u => (u > 0 ? -u - 1e-7 : -1e-7)),
    1,
    100,
  );
  assert.ok((rate as number) < 1, `${rate}`);
  assert.is(fate, 'settled');
});

settling('a start at rest has settled, and a path taken up again is the same path', () => {
  assert.is(
    followed(
      onTheLine(() => 0),
      3,
      1,
    ).fate,
    'settled',
  );
  const flow = onTheLine(u => -u);
  const [whole, first, second] = [1, 2, 3].map(() => convergence(flow, Float64Array.of(1)));
  wholeRun(dopri5, flow, Float64Array.of(1), { end: 3, rtol: 1e-9 }, undefined, (s, k) => {
    whole.see(s, flow);
    if (k === 20) second.restore(JSON.parse(JSON.stringify(first.save())));
    (k < 20 ? first : second).see(s, flow);
  });
  assert.equal(second.finish({} as never), whole.finish({} as never));
});

settling.run();
