/** Every preset runs as `pgf run NAME` does, cut short, and its report draws what its particles are. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as presets from '../problems/presets/index.js';
import { figures } from '../src/report/figures.js';
import { reportHtml } from '../src/report/html.js';
import { resolveExperiment } from '../src/resolve.js';
import { runStudy } from '../src/study.js';

const spec = suite('presets');
const END = 0.02;

/** Whether the first picture shows particles, and by what. */
const pictures: Readonly<Record<string, RegExp>> = {
  'relu-plane': /plane of \|w\|θ₁ and \|w\|θ₂, m = 5: .*positive sign/,
  'relu-penalised': /plane of \|w\|θ₁ and \|w\|θ₂/,
  'relu-sample': /plane of \|w\|θ₁ and \|w\|θ₂/,
  'signed-square': /plane of s\(θ\)₁ .*: 10 with a positive sign, 10 with a negative/,
  'two-copies': /plane of s\(θ\)₁ .*: 8 with a positive sign, 8 with a negative/,
  iris: /plane of θ₁, first input weight and θ₂/,
  'stream-logistic': /plane of θ₁, first input weight and θ₂/,
  'stream-sigmoid': /plane of θ₁, first input weight and θ₂/,
  'sigmoid-box': /plane of θ₁, first input weight and θ₂/,
  sigmoid: /plane of θ₁, first input weight and θ₂/,
  rectangular: /Singular values of S over time.*of M: 3\.00, 2\.00, 0\.300\./,
  tensor: /Components of S over time.*of T: 1\.33, 1\.00, 0\.729\./,
  'matrix-completion': /Eigenvalues of S over time.*of M: 3\.25, 2\.61, /,
  'matrix-sensing': /Eigenvalues of S over time.*of M: 3\.25, 2\.61, /,
  sketch: /plane of position1 and position2.*: \d+ with a positive sign, 0 with a negative/,
  'low-rank': /Eigenvalues of S over time.*of M: 2\.00, 1\.00, .*-0\.500\./,
};

for (const preset of Object.values(presets))
  spec(preset.name, async () => {
    const value = { ...structuredClone(preset), time: { end: END, saveAt: [0, END] } };
    const { experiment } = resolveExperiment({ value, source: preset.name, locate: () => undefined });
    const { stepsize: _, ...compare } = (experiment.compare ?? {}) as { stepsize?: unknown };
    const study = await runStudy({ ...experiment, compare }, { version: '', node: '', command: '' });
    for (const run of study.runs) assert.is(run.outcome.code, 'end', run.outcome.message);
    const alts = figures(study)[0].panels.map(p => /aria-label="([^"]*)"/.exec(p.svg)?.[1] ?? '');
    assert.is(alts.length, study.runs.length);
    assert.match(alts[0], pictures[preset.name] ?? /^Paths of the particles/);
    const html = reportHtml(study);
    assert.ok(html.length > 1e4);
    assert.not.match(html, />(NaN|undefined)</, 'what is not known is a dash');
  });

/** The ones that finish in seconds end as their titles say. */
const ends: Readonly<Record<string, (energies: readonly number[]) => void>> = {
  'relu-plane': ([five, ten, hundred]) => {
    assert.is(five.toExponential(1), '7.9e-5', 'the valley of the paper’s own figure');
    assert.ok(ten < 2e-6 && hundred < 2e-6, `${ten}, ${hundred}`);
  },
  'relu-sample': ([end]) => assert.ok(end < 5e-3),
  'signed-square': ([end]) => assert.ok(end < 5e-2),
  'matrix-completion': ([end]) => assert.ok(end <= 1e-6, `${end}`),
  'matrix-sensing': ([end]) => assert.ok(end <= 1e-6, `${end}`),
  // Singular values 3, 2, 0.3 and c = 3√3·0.1: c·σ − c²/2 of those above c, σ²/2 of the one below.
  rectangular: ([end]) => assert.ok(Math.abs(end - (5 * 0.3 * Math.sqrt(3) - 0.27 + 0.045)) <= 1e-8, `${end}`),
  // Masses 1.331, 1, 0.729, each less λβ: β Σσ − 3λβ²/2.
  tensor: ([end]) => assert.ok(Math.abs(end - (0.05 * 3.06 - 1.5 * 0.0025)) <= 1e-8, `${end}`),
  // |M₋|²/4 for the eigenvalue −½ that no mean of θθᵀ can have.
  'low-rank': ([end]) => assert.ok(Math.abs(end - 0.0625) <= 1e-8),
};

for (const [name, check] of Object.entries(ends))
  spec(`${name} to its end`, async () => {
    const value = Object.values(presets).find(p => p.name === name);
    const { experiment } = resolveExperiment({ value, source: name, locate: () => undefined });
    const study = await runStudy(experiment, { version: '', node: '', command: '' });
    for (const run of study.runs) assert.is(run.outcome.code, 'end', run.outcome.message);
    check(study.runs.map(run => run.series.energy.at(-1) ?? Number.NaN));
  });

spec.run();
