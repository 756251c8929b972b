/** `pgf animate`: every particle visits its own states, in step with the clock, and the end is where the run ended. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as presets from '../problems/presets/index.js';
import { rasteriser } from '../src/cli/raster.js';
import { animationFrames, animationSvg } from '../src/report/animation.js';
import { toJson } from '../src/report/json.js';
import { particleFigure } from '../src/report/particle-plot.js';
import { onTorus, torusFigure } from '../src/report/torus-plot.js';
import { resolveExperiment } from '../src/resolve.js';
import type { Study } from '../src/results.js';
import { runStudy } from '../src/study.js';

const animation = suite('animation');
const MAIN = fileURLToPath(new URL('../src/cli/main.js', import.meta.url));
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
  const pgf = (...args: string[]) => spawnSync(process.execPath, [MAIN, ...args], { cwd: here, encoding: 'utf8' });
  writeFileSync(join(here, 'run.json'), toJson((await studyOf(presets.lowRank, 1)).runs[0]));
  assert.is(pgf('animate', 'run.json', '-o', 'a.svg').status, 0);
  assert.match(readFileSync(join(here, 'a.svg'), 'utf8'), /^<svg/);
  assert.is(pgf('animate', 'run.json', '-o', 'a.svg').status, 5);
  assert.is(pgf('animate', 'run.json', '-o', 'a.svg', '--force').status, 0);
  for (const bad of [
    ['-o', 'a.mov'],
    ['-o', 'a.gif', '--fps', '60'],
    ['-o', 'a.png', '--frames', '100'],
    ['--fps', '0'],
    ['--size', 'big'],
    ['--particles', '3'],
  ])
    assert.is(pgf('animate', 'run.json', ...bad).status, 2, bad.join(' '));
  assert.is(pgf('animate', 'missing.json').status, 2);
});

interface GifFrame {
  /** Hundredths of a second. */
  readonly delay: number;
  readonly box: readonly number[];
}

/** Walks the blocks of a GIF (GIF89a specification, §17–26). */
function parseGif(bytes: Uint8Array): { size: number[]; loops: number | null; frames: GifFrame[]; end: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const u16 = (at: number) => view.getUint16(at, true);
  assert.is(Buffer.from(bytes.subarray(0, 6)).toString(), 'GIF89a');
  const table = (flags: number) => (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0);
  const blocksEnd = (from: number) => {
    let at = from;
    while (bytes[at] !== 0) at += bytes[at] + 1;
    return at + 1;
  };
  let [at, delay, loops] = [13 + table(bytes[10]), 0, null as number | null];
  const frames: GifFrame[] = [];
  while (bytes[at] !== 0x3b) {
    if (bytes[at] === 0x21) {
      if (bytes[at + 1] === 0xf9) delay = u16(at + 4);
      if (bytes[at + 1] === 0xff) loops = u16(at + 16);
      at = blocksEnd(at + 2);
    } else {
      assert.is(bytes[at], 0x2c, `block at ${at}`);
      frames.push({ delay, box: [1, 3, 5, 7].map(k => u16(at + k)) });
      at = blocksEnd(at + 10 + table(bytes[at + 9]) + 1);
    }
  }
  return { size: [u16(6), u16(8)], loops, frames, end: at + 1 };
}

animation(
  'GIF and PNG: their headers, sizes, number of frames, length of a round; the picture is not blank',
  async () => {
    const here = mkdtempSync(join(tmpdir(), 'animation-'));
    const study = await studyOf(presets.crossing, 1);
    writeFileSync(join(here, 'run.json'), toJson(study.runs[0]));
    const pgf = (...args: string[]) =>
      spawnSync(process.execPath, [MAIN, 'animate', 'run.json', ...args], { cwd: here });
    const pace = ['--fps', '10', '--seconds', '2', '--size', '300'];
    assert.is(pgf('-o', 'a.gif', ...pace).status, 0);
    const frames = animationFrames(study, study.runs[0], { fps: 10, seconds: 2, width: 300 }) ?? [];
    const found = parseGif(readFileSync(join(here, 'a.gif')));
    assert.is(found.frames.length, frames.length);
    assert.ok(frames.length > 5 && frames.length <= 20);
    assert.is(found.loops, 0, 'for ever');
    assert.is(found.end, readFileSync(join(here, 'a.gif')).length);
    assert.is(
      found.frames.reduce((sum, f) => sum + f.delay, 0),
      200,
    );
    const [width, height] = found.size;
    assert.is(width, 300);
    for (const { box } of found.frames) assert.equal(box, [0, 0, width, height]);

    assert.is(pgf('-o', 'a.png', '--size', '300', '--frames', '4').status, 0);
    const png = readFileSync(join(here, 'a.png'));
    assert.equal([...png.subarray(0, 8)], [0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]);
    assert.equal([png.readUInt32BE(16), png.readUInt32BE(20)], [3 * width, 2 * height]);

    const { pixels } = await rasteriser('this');
    const last = pixels(frames[frames.length - 1].svg());
    const colours = new Set(new Uint32Array(Uint8Array.from(last.rgba).buffer));
    assert.ok(colours.has(0xffffffff) && colours.has(0xff0a50c2), 'white paper, and the colour of positive weights');
  },
);

animation('without the optional packages it says what to install, that SVG works, and writes nothing', async () => {
  const here = mkdtempSync(join(tmpdir(), 'animation-'));
  writeFileSync(join(here, 'run.json'), toJson((await studyOf(presets.crossing, 1)).runs[0]));
  const hooks = `export const resolve = (name, context, next) => {
    if (name.startsWith('@resvg/')) throw Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' });
    return next(name, context);
  };`;
  const data = (text: string) => `data:text/javascript,${encodeURIComponent(text)}`;
  const without = data(`import { register } from 'node:module'; register(${JSON.stringify(data(hooks))});`);
  for (const [name, status] of [
    ['a.gif', 2],
    ['a.png', 2],
    ['a.svg', 0],
  ] as const) {
    const args = ['--import', without, MAIN, 'animate', 'run.json', '-o', name];
    const run = spawnSync(process.execPath, args, { cwd: here, encoding: 'utf8' });
    assert.is(run.status, status, run.stderr);
    assert.is(existsSync(join(here, name)), status === 0);
    if (status !== 0)
      assert.match(run.stderr, /npm install @resvg\/resvg-js dejavu-fonts-ttf; -o NAME\.svg works without/);
  }
});

const torus = (dimension: 2 | 3) => ({
  problem: {
    kind: 'deconvolution',
    dimension,
    order: 2,
    lambda: 4,
    observation: { spikes: [[1, 0.95, 0.3, 0.1].slice(0, 1 + dimension), [-1, 0.4, 0.7, 0.6].slice(0, 1 + dimension)] },
  },
  particles: { count: 9 },
});

for (const [dimension, pairs] of [
  [2, 1],
  [3, 3],
] as const)
  animation(
    `spikes on the torus in dimension ${dimension}: ${pairs} panel(s), rings at the true ones, dots as large as weights`,
    async () => {
      const study = await studyOf(torus(dimension), 0.01);
      const figure = torusFigure(study);
      assert.is(figure?.panels.length, pairs);
      for (const { svg } of figure?.panels ?? []) {
        assert.not.match(svg, /NaN|undefined/);
        assert.is([...svg.matchAll(/ r="13"/g)].length, 2);
      }
      const svg = animationSvg(study, study.runs[0], PACE) ?? '';
      const largest = Math.max(...animated(svg, 'r').flat().map(Number));
      assert.is(largest, 9, 'the heaviest at the end');
    },
  );

animation(
  'the circle of any length and in the conic chart is drawn in periods and weights, the same picture',
  async () => {
    const figureOf = async (more: object, scale: number) => {
      const observation = { spikes: [[1, 0.3 * scale]] };
      const problem = { kind: 'deconvolution', order: 3, lambda: 4, period: scale, ...more, observation };
      const study = await studyOf({ problem, particles: { values: [[0.5, 0.1 * scale]] } }, 0);
      return particleFigure(study)?.panels[0].svg ?? '';
    };
    const dots = (svg: string) =>
      [...svg.matchAll(/<circle [^>]*cy="([\d.]+)" cx="([\d.]+)"/g)].map(([, y, x]) => [x, y]);
    const plain = await figureOf({}, 1);
    assert.is(dots(plain).length, 1);
    assert.equal(dots(await figureOf({}, 4)), dots(plain));
    const conic = await figureOf({ chart: 'conic' }, 4);
    assert.is(dots(conic)[0][0], dots(plain)[0][0]);
    // w = r|r| = 1/4: the axis ends 8 % above it.
    assert.match(conic, />0\.25</);
  },
);

animation('a way over the seams of the torus is cut where it crosses, and stays inside', () => {
  const way = onTorus(
    [
      { x: 0.9, y: -0.3 },
      { x: 1.3, y: 0.1 },
      { x: 1.3, y: 0.1 },
    ],
    1,
  ).filter(p => Number.isFinite(p.x));
  assert.ok(way.every(p => p.x >= 0 && p.x <= 1 && p.y >= 0 && p.y <= 1));
  let length = 0;
  for (let k = 0; k < way.length; k += 2) length += Math.hypot(way[k + 1].x - way[k].x, way[k + 1].y - way[k].y);
  assert.ok(Math.abs(length - Math.hypot(0.4, 0.4)) <= 1e-12);
  const ends = way.map(p => [p.x, p.y].map(v => Math.round(1e9 * v) / 1e9));
  assert.ok(ends.some(([x, y]) => x === 1 && y === 0.8) && ends.some(([x, y]) => x === 0 && y === 0.8));
});

animation.run();
