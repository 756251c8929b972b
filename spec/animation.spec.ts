/** `pgf animate`: every particle visits its own states, in step with the clock, and the end is where the run ended. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as presets from '../problems/presets/index.js';
import { animationSvg } from '../src/report/animation.js';
import { toJson } from '../src/report/json.js';
import { resolveExperiment } from '../src/resolve.js';
import type { Study } from '../src/results.js';
import { runStudy } from '../src/study.js';

const animation = suite('animation');
const PACE = { fps: 10, seconds: 2, width: 400 };

async function studyOf(preset: object, end: number): Promise<Study> {
  const value = { ...structuredClone(preset), title: '<Title> & more', time: { end }, compare: {} };
  const { experiment } = resolveExperiment({ value, source: 'spec', locate: () => undefined });
  return runStudy(experiment, { version: '', node: '', command: '' });
}

const animated = (svg: string, attribute: string) =>
  [...svg.matchAll(new RegExp(`attributeName="${attribute}"[^>]*values="([^"]*)"`, 'g'))].map(([, v]) => v.split(';'));

for (const [name, preset, m] of [
  ['spikes on a circle', presets.crossing, 12],
  ['units in the plane', presets.reluPlane, 10],
  ['coordinates', presets.lowRank, 12],
] as const)
  animation(`${name}: a dot per particle, a value per frame, the last one at its end`, async () => {
    const study = await studyOf(preset, 1);
    const svg = animationSvg(study, study.runs[0], PACE) ?? '';
    assert.is([...svg.matchAll(/<circle cx="[\d.]+" cy="[\d.]+" [^>]* r="/g)].length, m);
    const xs = animated(svg, 'cx');
    assert.ok(xs.length > 0 && xs.length <= m);
    for (const values of xs) {
      assert.is(values.length, 20);
      assert.ok(
        values.every(v => Number(v) >= 0 && Number(v) <= 400),
        values.join(),
      );
      assert.is(values[19], values[17], 'the end is held');
    }
    assert.match(svg, /<title>&lt;Title&gt; &amp; more<\/title>/);
    assert.not.match(svg, /<script|NaN/);
    assert.ok(animated(svg, 'visibility').length > 3, 'the clock runs');
  });

animation('the command writes one file, and refuses what it cannot do', async () => {
  const here = mkdtempSync(join(tmpdir(), 'animation-'));
  const main = fileURLToPath(new URL('../src/cli/main.js', import.meta.url));
  const pgf = (...args: string[]) => spawnSync(process.execPath, [main, ...args], { cwd: here, encoding: 'utf8' });
  writeFileSync(join(here, 'run.json'), toJson((await studyOf(presets.lowRank, 1)).runs[0]));
  assert.is(pgf('animate', 'run.json', '-o', 'a.svg').status, 0);
  assert.match(readFileSync(join(here, 'a.svg'), 'utf8'), /^<svg/);
  assert.is(pgf('animate', 'run.json', '-o', 'a.svg').status, 5);
  assert.is(pgf('animate', 'run.json', '-o', 'a.svg', '--force').status, 0);
  for (const bad of [
    ['-o', 'a.gif'],
    ['--fps', '0'],
    ['--size', 'big'],
    ['--particles', '3'],
  ])
    assert.is(pgf('animate', 'run.json', ...bad).status, 2, bad.join(' '));
  assert.is(pgf('animate', 'missing.json').status, 2);
});

animation.run();
