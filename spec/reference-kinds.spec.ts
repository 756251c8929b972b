/** Networks and matrices against trajectories computed by other codes (truth/README.md), and what their flows keep. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { maxAbs } from '../src/math/vec.js';
import type { Vec } from '../src/types.js';
import { agreesWithReference, follow } from './truth/agreement.js';
import { type Reference, reference, startOf } from './truth/reference.js';

const kinds = suite('reference kinds');

const NAMES = [
  'sigmoid-m12',
  'relu-gauss-m8',
  'relu-sqsign-m8',
  'lowrank-m12',
  'relu-classic-m6',
  'relu-slide-m6',
  'relu-slide3-m5',
];
for (const name of NAMES) kinds(`the inclusion follows ${name}`, () => agreesWithReference(name, 1e-6));

/** w² − |θ|² per particle. */
const balance = (y: Vec, { m, d }: Reference): Vec =>
  Float64Array.from({ length: m }, (_, i) =>
    y.subarray(i * d, (i + 1) * d).reduce((s, u, k) => s + (k ? -u * u : u * u), 0),
  );

for (const name of ['relu-classic-m6', 'relu-gauss-m8'])
  kinds(`w² − |θ|² is constant in ${name}`, () => {
    const r = reference(name);
    const start = balance(startOf(r), r);
    const drift = follow(r, 1e-10).run.segments.map(s => maxAbs(balance(s.y1, r).map((b, i) => b - start[i])));
    assert.ok(drift.length > 10);
    assert.ok(Math.max(...drift) <= 1e-9, `drifts by ${Math.max(...drift)}`);
  });

kinds('the signs of all coordinates are constant in relu-sqsign-m8', () => {
  const r = reference('relu-sqsign-m8');
  const signs = startOf(r).map(Math.sign);
  for (const s of follow(r, 1e-6).run.segments) assert.equal(s.y1.map(Math.sign), signs, `t = ${s.t1}`);
});

kinds.run();
