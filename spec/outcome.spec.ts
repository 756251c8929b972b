import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { meanings, noCounts, outcome } from '../src/outcome.js';
import type { Code } from '../src/types.js';

const outcomes = suite('outcomes');
const codes = Object.keys(meanings) as Code[];

outcomes('every failure names a cause and a remedy; successes need none', () => {
  assert.is(codes.length, 13);
  for (const code of codes) {
    const { ok, says, cause, remedy } = meanings[code];
    assert.ok(says.length > 0, code);
    assert.is(ok, ['end', 'stationary', 'stopped'].includes(code), code);
    assert.is(cause === '' && remedy === '', ok, code);
  }
});

outcomes('the message tells the time or the detail, then cause and remedy', () => {
  const plain = outcome('not-finite', 0.25, noCounts());
  assert.match(plain.message, /^the velocity or the energy is not finite \(t = 0\.25\)\. Likely cause: .+\. Try: .+/);
  assert.match(
    outcome('missing-capability', 0, noCounts(), 'a kink lies ahead').message,
    /^a kink lies ahead\. Likely cause: /,
  );
  assert.is(outcome('end', 2, noCounts()).message, 'reached the end time (t = 2)');
});

outcomes('the counts are a copy', () => {
  const counts = noCounts();
  const o = outcome('end', 1, counts);
  counts.steps = 7;
  assert.is(o.stats.steps, 0);
});

outcomes.run();
