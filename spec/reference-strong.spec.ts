/** The stiff references, half a million evaluations each; in a file of their own so that they run beside the others. */
import { test } from 'uvu';
import { agreesWithReference } from './truth/agreement.js';

for (const name of ['deconv-strong-m6', 'deconv-strong-m10'])
  test(`the inclusion follows ${name}`, () => agreesWithReference(name));

test.run();
