import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { checkpointOf, decodeBranch, decodeVec, encodeBranch, encodeVec, stateOf } from '../src/checkpoint.js';

const checkpoints = suite('checkpoints');
const bits = (a: Float64Array) => new BigUint64Array(a.buffer, a.byteOffset, a.length).join();

checkpoints('what JSON loses survives: −0, NaN, infinities, the smallest and the largest double', () => {
  const a = Float64Array.of(
    -0,
    0,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    5e-324,
    -Number.MAX_VALUE,
    0.1,
  );
  const b = decodeVec(JSON.parse(JSON.stringify(encodeVec(a))));
  assert.is(bits(b), bits(a));
  assert.ok(Object.is(b[0], -0));
});

checkpoints('any vector travels bit for bit', () => {
  fc.assert(
    fc.property(fc.float64Array(), a => bits(decodeVec(encodeVec(a))) === bits(a)),
    { seed: 1 },
  );
});

checkpoints('a view into a longer buffer is saved alone', () => {
  const whole = Float64Array.of(1, 2, 3, 4);
  assert.equal([...decodeVec(encodeVec(whole.subarray(1, 3)))], [2, 3]);
});

checkpoints('branches travel with their signs', () => {
  assert.equal([...decodeBranch(encodeBranch(Int8Array.of(-1, 0, 1)))], [-1, 0, 1]);
});

checkpoints('a checkpoint of another format or another solver is refused with both names', () => {
  const saved = checkpointOf('gd', 1, { k: 3 });
  assert.equal(stateOf(saved, 'gd'), { k: 3 });
  assert.throws(() => stateOf(saved, 'dopri5'), /written by solver gd; this run uses dopri5/);
  assert.throws(
    () => stateOf({ ...saved, format: 'pgf-checkpoint-2' } as unknown as typeof saved, 'gd'),
    /format must be pgf-checkpoint-1, got pgf-checkpoint-2/,
  );
});

checkpoints.run();
