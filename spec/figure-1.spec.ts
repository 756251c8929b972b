/** The main job: m = 6 fails, m = 10 and 100 reach the global minimum, and both are certified. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { figure1 } from '../problems/presets/index.js';
import { resolveExperiment } from '../src/resolve.js';
import type { RunResult } from '../src/results.js';
import { runStudy } from '../src/study.js';
import { reference } from './truth/reference.js';

/** 40-digit Newton on the five spikes of the minimiser, duality gap 2e-14. */
const MINIMUM = 0.4391523747526559;

const { compare, ...alone } = structuredClone(figure1) as typeof figure1;
const value = { ...alone, compare: { counts: compare.counts } };
const { experiment } = resolveExperiment({ value, source: 'figure-1', locate: () => undefined });
const study = await runStudy(experiment, { version: '', node: '', command: '' });
const [six, ten, hundred] = study.runs as [RunResult, RunResult, RunResult];

const figure = suite('figure 1');

figure('is the data of the reference trajectories', () => {
  const { y, lambda } = reference('deconv-weak-m10').problem as unknown as { y: number[]; lambda: number };
  assert.equal(figure1.problem.observation.coefficients, y);
  assert.is(figure1.problem.lambda, lambda);
});

figure('m = 10 and 100 reach the minimum, certified by the raw gap', () => {
  assert.ok(Math.abs(ten.certificate.primal - MINIMUM) <= 1e-10 * MINIMUM, `m = 10: F = ${ten.certificate.primal}`);
  assert.ok(
    Math.abs(hundred.certificate.primal - MINIMUM) <= 1e-12 * MINIMUM,
    `m = 100: F = ${hundred.certificate.primal}`,
  );
  for (const { certificate: c } of [ten, hundred]) {
    assert.is(c.verdict, 'global-within-gap');
    assert.ok(c.proof && c.gap <= 1e-6 * MINIMUM, `gap ${c.gap}`);
    assert.ok(c.dual <= MINIMUM * (1 + 1e-14), 'the dual value is a lower bound');
  }
});

figure('m = 6 ends in a local minimum, and is proven not to be global', () => {
  const { certificate: c } = six;
  assert.is(c.verdict, 'not-global');
  assert.ok(Math.abs((c.primal - MINIMUM) / MINIMUM - 0.6) <= 0.01, `excess ${(c.primal - MINIMUM) / MINIMUM}`);
  assert.ok(Math.abs(c.maxAbsEta - 9.3) <= 0.05, `max |η| = ${c.maxAbsEta}`);
  assert.ok(c.excessAtLeast >= 0.22 && c.excessAtLeast <= c.primal - MINIMUM, `lower bound ${c.excessAtLeast}`);
  assert.ok(c.gap >= c.primal - MINIMUM, 'the gap is an upper bound');
  assert.ok(c.excessAtLeast >= 0.22985, `F − F* ≥ ${c.excessAtLeast}, rounded 0.2299`);
  assert.ok(Math.abs(c.primal - MINIMUM - 0.2614) <= 5e-5, `true excess ${c.primal - MINIMUM}`);
  assert.is(c.decidedBy, 'excess');
});

figure('polished spikes certify m = 10 and 100 to 1e-8 of F*', () => {
  for (const { certificate: c } of [ten, hundred])
    assert.ok(c.polishedGap !== null && c.polishedGap <= 1e-8 * MINIMUM, `polished gap ${c.polishedGap}`);
});

figure('the polished bracket contains the minimum', () => {
  const { minimum } = study;
  assert.ok(minimum);
  assert.ok(
    minimum.lower <= MINIMUM + 1e-15 && minimum.upper >= MINIMUM - 1e-15,
    `${minimum.lower} … ${minimum.upper}`,
  );
  assert.ok(minimum.upper - minimum.lower <= 1e-13, `width ${minimum.upper - minimum.lower}`);
  assert.is(minimum.spikes.length, 5);
});

figure('F falls at every step and the energy identity holds', () => {
  for (const { audit } of study.runs) {
    assert.is(audit.rises, 0);
    assert.ok(audit.relativeDefect <= 10 * 1e-8, `defect ${audit.relativeDefect}`);
  }
});

figure('the true spikes are found by m = 10 and 100, not by m = 6', () => {
  for (const { sparsity } of [ten, hundred])
    assert.equal([sparsity?.truth?.recovered, sparsity?.truth?.missed, sparsity?.truth?.spurious], [5, 0, 0]);
  assert.ok((six.sparsity?.truth?.missed ?? 0) > 0);
});

figure.run();
