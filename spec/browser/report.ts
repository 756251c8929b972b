/**
 * The report in a real browser: nothing is fetched, nothing is logged, no text overlaps, no page scrolls sideways, dark and light; and
 * the kernels in one: the bits of Node.
 * `npm run test:browser` (needs chromium); ends with `N passed, N failed`.
 */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { figure1, lowRank, reluPlane } from '../../problems/presets/index.js';
import { reportHtml } from '../../src/report/html.js';
import { resolveExperiment } from '../../src/resolve.js';
import { runStudy } from '../../src/study.js';
import { kernelFaults } from './kernels.js';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const executablePath = PLACES.find(existsSync);
const QUIET = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const folder = mkdtempSync(join(tmpdir(), 'report-'));

interface Subject {
  readonly preset: { readonly name: string };
  readonly end: number;
  /** Figures it must have, at least. */
  readonly figures: number;
}
/** Spikes on a circle, units in the plane, eigenvalues. */
const subjects: readonly Subject[] = [
  { preset: figure1, end: 0.5, figures: 6 },
  { preset: reluPlane, end: 100, figures: 5 },
  { preset: lowRank, end: 20, figures: 4 },
];
const fileOf = ({ preset }: Subject): string => join(folder, `${preset.name}.html`);

async function write(subject: Subject): Promise<void> {
  const value = {
    ...structuredClone(subject.preset),
    title: 'Hostile <img src=x onerror=alert(1)> title',
    time: { end: subject.end, saveAt: [0, subject.end] },
  };
  const { experiment } = resolveExperiment({ value, source: 'spec', locate: () => undefined });
  const study = await runStudy(experiment, { version: '0', node: '', command: `pgf run ${subject.preset.name}` });
  writeFileSync(fileOf(subject), reportHtml(study));
}

/** Boxes of text inside each figure that share more than a hair of area. Runs in the page. */
const OVERLAPS = `[...document.querySelectorAll('figure svg')].flatMap(svg => {
  const texts = [...svg.querySelectorAll('text')].filter(t => t.textContent.trim() !== '' && t.getBoundingClientRect().width > 0);
  const boxes = texts.map(t => ({ text: t.textContent, r: t.getBoundingClientRect() }));
  return boxes.flatMap((a, i) => boxes.slice(i + 1).filter(b =>
    Math.min(a.r.right, b.r.right) - Math.max(a.r.left, b.r.left) > 1 &&
    Math.min(a.r.bottom, b.r.bottom) - Math.max(a.r.top, b.r.top) > 2).map(b => a.text + ' over ' + b.text));
})`;

/** Contrast of the body text against the page, by WCAG 2.1. Runs in the page. */
const CONTRAST = `(() => {
  const light = c => { const [r, g, b] = c.match(/[\\d.]+/g).map(Number).map(x => x / 255).map(x => x <= 0.03928 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const style = getComputedStyle(document.body);
  const [a, b] = [light(style.color), light(style.backgroundColor)].sort((x, y) => y - x);
  return (a + 0.05) / (b + 0.05);
})()`;

const LABELS = `[...document.querySelectorAll('figure svg')].filter(s => s.getAttribute('role') === 'img').map(s => s.getAttribute('aria-label') ?? '')`;

interface Looked {
  readonly noise: string[];
  readonly page: Page;
}

async function open(browser: Browser, subject: Subject, width: number, colorScheme: 'light' | 'dark'): Promise<Looked> {
  const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
  const noise: string[] = [];
  page.on('console', m => noise.push(`console: ${m.text()}`));
  page.on('pageerror', e => noise.push(`error: ${e.message}`));
  page.on('request', r => {
    if (!r.url().startsWith('file:')) noise.push(`request: ${r.url()}`);
  });
  await page.goto(pathToFileURL(fileOf(subject)).href);
  return { noise, page };
}

async function faults(browser: Browser, subject: Subject, width: number, scheme: 'light' | 'dark'): Promise<string[]> {
  const { noise, page } = await open(browser, subject, width, scheme);
  const overlaps = (await page.evaluate(OVERLAPS)) as string[];
  const contrast = (await page.evaluate(CONTRAST)) as number;
  const labels = (await page.evaluate(LABELS)) as string[];
  const sideways = (await page.evaluate('document.documentElement.scrollWidth - window.innerWidth')) as number;
  await page.close();
  return [
    ...noise,
    ...overlaps.map(o => `overlap: ${o}`),
    ...(contrast >= 7 ? [] : [`contrast ${contrast}`]),
    ...(labels.length >= subject.figures && labels.every(l => l.length > 20)
      ? []
      : [`figures without words: ${JSON.stringify(labels)}`]),
    ...(sideways <= 0 ? [] : [`scrolls sideways by ${sideways} px`]),
  ];
}

/** Prints the faults of one subject; whether it has none. */
function told(subject: string, found: readonly string[]): boolean {
  console.log(`${found.length === 0 ? 'ok  ' : 'FAIL'} ${subject}${found.map(f => `\n     ${f}`).join('')}`);
  return found.length === 0;
}

async function main(): Promise<number> {
  if (!executablePath) throw new Error(`no chromium at ${PLACES.join(', ')}`);
  for (const subject of subjects) await write(subject);
  const browser = await chromium.launch({ executablePath, args: QUIET });
  const verdicts: boolean[] = [];
  for (const subject of subjects)
    for (const width of [1200, 390])
      for (const scheme of ['light', 'dark'] as const)
        verdicts.push(
          told(`${subject.preset.name}, ${width} px, ${scheme}`, await faults(browser, subject, width, scheme)),
        );
  for (const [subject, found] of await kernelFaults(browser)) verdicts.push(told(subject, found));
  const passed = verdicts.filter(Boolean).length;
  const failed = verdicts.length - passed;
  await browser.close();
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 && passed > 0 ? 0 : 1;
}

try {
  process.exitCode = await main();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
