/** Point checks computed elsewhere (truth/unit_checks.json), for the penalties there are. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { absProduct, absWeight, squared } from '../problems/index.js';
import type { Penalty } from '../src/types.js';
import { unitChecks } from './truth/reference.js';

const checks = suite('unit checks');
/** Penalties by the names of the file; those it knows and we do not have are left out. */
const penalties: Readonly<Record<string, (beta: number, dim: number) => Penalty>> = {
  abs_w: absWeight,
  prod: absProduct,
  sq: squared,
};

checks('the proximal map of β|w| is the soft threshold', () => {
  const { cases } = unitChecks().prox_abs;
  assert.ok(cases.length >= 4);
  for (const { x, h, beta, out: wanted } of cases) {
    const out = new Float64Array(2);
    absWeight(beta, 2).proxInto?.(Float64Array.of(x, 0.3), 1, h, out);
    assert.ok(Math.abs(out[0] - wanted) <= 1e-16 + 1e-15 * Math.abs(wanted), `prox of ${x} is ${out[0]}`);
    assert.is(out[1], 0.3);
  }
});

checks('the proximal map of β|w||θ|, also where step·β ≥ 1', () => {
  const { cases } = unitChecks().prox_product;
  assert.ok(cases.length >= 4);
  for (const { w, theta, h, out_w, out_theta } of cases) {
    const dim = 1 + theta.length;
    const out = new Float64Array(dim);
    absProduct(1, dim).proxInto?.(Float64Array.of(w, ...theta), 1, h, out);
    for (const [k, wanted] of [out_w, ...out_theta].entries())
      assert.ok(Math.abs(out[k] - wanted) <= 1e-15, `prox of ${w}, ${theta} is ${out}`);
  }
});

checks('the minimal-norm selection', () => {
  const cases = unitChecks().min_norm_velocity.cases.filter(c => c.V in penalties);
  assert.is(cases.length, unitChecks().min_norm_velocity.cases.length);
  assert.ok(cases.length >= 10);
  for (const { V, beta, u, vtilde, out } of cases) {
    const force = Float64Array.from(vtilde);
    penalties[V](beta, u.length).minNormInto(Float64Array.from(u), 1, force);
    for (const [k, wanted] of out.entries()) assert.ok(Math.abs(force[k] - wanted) <= 1e-15, `${V} at ${u}: ${force}`);
  }
});

checks('each particle of a cloud has its own selection and its own threshold', () => {
  const y = Float64Array.of(0, 0.1, 2, 0.2, -2, 0.3, 0, 0.4);
  const force = Float64Array.of(0.5, 1, 0.5, 1, 0.5, 1, -3, 1);
  absWeight(1, 2).minNormInto(y, 4, force);
  assert.equal([...force], [0, 1, -0.5, 1, 1.5, 1, -2, 1]);
  const out = new Float64Array(8);
  absWeight(1, 2).proxInto?.(y, 4, 0.5, out);
  assert.equal([...out], [0, 0.1, 1.5, 0.2, -1.5, 0.3, 0, 0.4]);
  assert.is(absWeight(3, 2).value(y, 4), 12);
});

checks.run();
