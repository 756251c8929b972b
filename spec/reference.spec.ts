/** Against trajectories computed by other codes or in closed form (truth/README.md). */
import { test } from 'uvu';
import { agreesWithReference } from './truth/agreement.js';

for (const name of [
  'quadratic-m5',
  'abs-line-m6',
  'abs-line-stick-m6',
  'deconv-weak-m6',
  'deconv-weak-m10',
  'deconv-weak-m100',
  'deconv-cross-m12',
])
  test(`the inclusion follows ${name}`, () => agreesWithReference(name));

test.run();
