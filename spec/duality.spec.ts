/** Convex duality of the losses: what the certificate rests on. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { square } from '../problems/index.js';
import { trigonometricSupremum } from '../src/kernels/trigonometric-supremum.js';
import { random } from '../src/math/random.js';
import { dot } from '../src/math/vec.js';
import type { ComposedProblem, Loss } from '../src/types.js';
import { losses } from './conformance/instances.js';
import { problemOf, reference, stateAt, unitChecks } from './truth/reference.js';

const duality = suite('duality');
const even = fc.integer({ min: -1e6, max: 1e6 }).map(x => x / 1e5);
const vector = fc.array(even, { minLength: 3, maxLength: 3 }).map(a => Float64Array.from(a));
const lambda = fc.integer({ min: -20, max: 20 }).map(x => 10 ** (x / 10));
const conjugate = (loss: Loss, p: Float64Array) => loss.conjugate?.(p) as number;
const lowerBound = (loss: Loss, q: Float64Array, alpha: number) =>
  -conjugate(
    loss,
    q.map(x => -alpha * x),
  );

duality('Fenchel–Young: R(f) + R*(p) ≥ ⟨f, p⟩, with equality at p = R′(f)', () => {
  fc.assert(
    fc.property(vector, vector, vector, lambda, (y, f, p, l) => {
      const loss = square(y, l);
      const slack = loss.value(f) + conjugate(loss, p) - dot(f, p);
      const size = loss.value(f) + l * dot(p, p) + Math.abs(dot(p, y)) + Math.abs(dot(p, f));
      assert.ok(slack >= -1e-14 * size, `slack ${slack}`);
      const gradient = new Float64Array(3);
      loss.gradientInto(f, gradient);
      const touching = loss.value(f) + conjugate(loss, gradient) - dot(f, gradient);
      assert.ok(
        Math.abs(touching) <= 1e-13 * (1 + loss.value(f) + Math.abs(dot(f, gradient)) + Math.abs(dot(y, gradient))),
      );
    }),
    { seed: 1 },
  );
});

duality('every conjugate touches at the gradient: R(f) + R*(R′(f)) = ⟨f, R′(f)⟩, and lies above elsewhere', () => {
  const draw = random('duality', 'losses');
  for (const [name, { loss, size }] of Object.entries(losses)) {
    if (!loss.conjugate) continue;
    for (let trial = 0; trial < 200; trial++) {
      const [f, other, gradient] = [0, 1, 2].map(() => Float64Array.from({ length: size }, () => 2 * draw.normal()));
      loss.gradientInto(f, gradient);
      const paired = dot(f, gradient);
      const scale = 1 + loss.value(f) + Math.abs(paired);
      assert.ok(Math.abs(loss.value(f) + loss.conjugate(gradient) - paired) <= 1e-12 * scale, `${name}: equality`);
      assert.ok(
        loss.value(other) + loss.conjugate(gradient) >= dot(other, gradient) - 1e-12 * scale,
        `${name}: inequality`,
      );
    }
  }
});

duality('the gradient of R is its slope', () => {
  fc.assert(
    fc.property(vector, vector, vector, lambda, (y, f, direction, l) => {
      const loss = square(y, l);
      const [gradient, curved] = [new Float64Array(3), new Float64Array(3)];
      loss.gradientInto(f, gradient);
      loss.hessianTimesInto?.(f, direction, curved);
      const ahead = loss.value(f.map((x, k) => x + direction[k]));
      const back = loss.value(f.map((x, k) => x - direction[k]));
      // R is quadratic: central differences are exact.
      assert.ok(Math.abs((ahead - back) / 2 - dot(gradient, direction)) <= 1e-13 * (ahead + back));
      assert.ok(Math.abs(ahead - 2 * loss.value(f) + back - dot(direction, curved)) <= 1e-13 * (ahead + back));
      assert.ok(dot(direction, curved) <= (loss.smoothness as number) * dot(direction, direction) * (1 + 1e-14));
    }),
    { seed: 1 },
  );
});

duality('bestScale maximises the lower bound along its ray', () => {
  fc.assert(
    fc.property(vector, vector, lambda, even, (y, q, l, away) => {
      fc.pre(dot(q, q) > 1e-6);
      const loss = square(y, l);
      const best = loss.bestScale?.(q) as number;
      const [top, other] = [lowerBound(loss, q, best), lowerBound(loss, q, best + away)];
      // A parabola in α: the bound falls by λ|q|²·away²/2.
      assert.ok(
        Math.abs(top - other - (l * dot(q, q) * away * away) / 2) <=
          1e-12 * (1 + Math.abs(top) + l * dot(q, q) * (best + away) ** 2),
      );
    }),
    { seed: 1 },
  );
  assert.is(square(Float64Array.of(1, 2), 1).bestScale?.(new Float64Array(2)), 0);
});

/** Dual value of the best feasible point of the ray through q = −R′(f). */
function dualValue(loss: Loss, f: Float64Array, K: number, beta: number): { value: number; M: number } {
  const q = new Float64Array(f.length);
  loss.gradientInto(f, q);
  for (let k = 0; k < q.length; k++) q[k] = -q[k];
  const { value: M } = trigonometricSupremum(q, K);
  const alpha = Math.max(-beta / M, Math.min(beta / M, loss.bestScale?.(q) as number));
  return { value: lowerBound(loss, q, alpha), M };
}

duality('dual value and gap at f = 0 of the strong deconvolution', () => {
  const { q, dual_value_at_f0, gap_at_f0 } = unitChecks().trig_sup;
  const loss = square(Float64Array.from(q), 1);
  const f = new Float64Array(q.length);
  const dual = dualValue(loss, f, 7, 1).value;
  assert.ok(Math.abs(dual - dual_value_at_f0) <= 1e-14 * gap_at_f0, `dual ${dual}`);
  assert.ok(Math.abs(loss.value(f) - dual - gap_at_f0) <= 1e-14 * gap_at_f0);
});

for (const name of ['deconv-weak-m6', 'deconv-weak-m10', 'deconv-weak-m100', 'deconv-cross-m12', 'deconv-strong-m10'])
  duality(`max |η| and dual values along ${name}; none exceeds the minimum`, () => {
    const r = reference(name);
    const { feature, loss } = problemOf(r) as ComposedProblem;
    if (r.problem.type !== 'deconvolution-1d' || !r.certificate || !r.optimum) throw new Error('not a deconvolution');
    const f = new Float64Array(feature.size);
    for (const [k, t] of r.times.entries()) {
      feature.sumInto(stateAt(r, k), r.m, f);
      const { value, M } = dualValue(loss, f, r.problem.K, r.problem.beta);
      // States are printed to 1e-11 or better, and η has slopes of 1e2 in them.
      assert.ok(Math.abs(M - r.certificate.max_abs_eta[k]) <= 1e-10 * M, `max |η| at t = ${t}: ${M}`);
      assert.ok(Math.abs(value - r.certificate.dual_value[k]) <= 1e-9 * r.F0, `dual value at t = ${t}: ${value}`);
      assert.ok(value <= r.optimum.Fstar * (1 + 1e-13), `dual value ${value} above the minimum ${r.optimum.Fstar}`);
    }
  });

duality.run();
