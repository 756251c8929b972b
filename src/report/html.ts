/** The report: one HTML file that needs no script, no network and no other file. */
import type { RunResult, Study } from '../results.js';
import { type Figure, figures, type LegendItem, type Panel } from './figures.js';
import { type Html, html, raw } from './markup.js';
import { pageStyle } from './page-style.js';
import { settingsText } from './settings.js';
import { ensembleTable, eventsTable, spikesTable, stepsizeTables, verdictTable } from './tables.js';
import {
  certificateWords,
  ensembleWords,
  fateWords,
  freeEnergyWords,
  given,
  heldOutWords,
  identityWords,
  limitWords,
  numDown,
  numUp,
  outcomeWords,
  polishedWords,
  restWords,
  riseWords,
  runLabels,
  sparsityWords,
  stepsizeWords,
  verificationWords,
} from './words.js';

const MARKS = {
  'global-within-gap': html`<span class="mark good" aria-label="yes">✓</span>`,
  'not-global': html`<span class="mark bad" aria-label="no">✗</span>`,
  unknown: html`<span class="mark open" aria-label="unknown">?</span>`,
} as const;

const capital = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);

function verdictItem(run: RunResult, label: string): Html {
  const failed = run.outcome.ok
    ? ''
    : ` It did not finish: ${run.outcome.message}. The verdict is about its last good state.`;
  const details = [
    outcomeWords(run),
    heldOutWords(run) ?? '',
    restWords(run),
    identityWords(run),
    riseWords(run.audit),
  ].filter(s => s !== '');
  const fate = run.convergence ? ` ${capital(fateWords(run.convergence))}.` : '';
  const twice = run.verification ? ` ${capital(verificationWords(run.verification))}.` : '';
  const free = run.freeEnergy ? ` ${capital(freeEnergyWords(run.freeEnergy))}.` : '';
  const newton = run.polished ? ` ${capital(polishedWords(run.polished))}.` : '';
  const limit = run.spectrum ? ` ${limitWords(run.spectrum)}.` : '';
  return html`<li>${MARKS[run.certificate.verdict] ?? MARKS.unknown}<strong>${label}</strong>: ${certificateWords(run.certificate)}.${failed}
<span class="detail">${capital(details.join('; '))}. ${run.sparsity ? `${sparsityWords(run)}.` : ''}${fate}${twice}${free}${newton}${limit}</span></li>`;
}

function verdictBox({ runs, stepsize, minimum, ensembles = [] }: Study): Html {
  const labels = runLabels(runs);
  const steps = stepsize ? stepsizeWords(stepsize) : [];
  const bracket =
    minimum &&
    html`<li><span class="mark">·</span>The minimum itself: ${numDown(minimum.lower, 14)} ≤ F* ≤ ${numUp(minimum.upper, 14)}, by spikes merged from m = ${minimum.from} and polished.</li>`;
  return html`<section class="verdict" aria-labelledby="verdict"><h2 id="verdict">Verdict</h2><ul>
${runs.map((run, i) => verdictItem(run, labels[i]))}${ensembles.map(e => html`<li><span class="mark">·</span><strong>m = ${e.particles}</strong>: ${ensembleWords(e)}.</li>`)}${bracket}
${steps.length > 0 && html`<li><span class="mark">·</span>Step sizes: ${steps[0]}.${steps.slice(1).map(s => html`<span class="detail">${s}.</span>`)}</li>`}
</ul></section>`;
}

function swatch({ colour, dash, mark }: LegendItem): string {
  const shapes = {
    dot: `<circle cx="14" cy="6" r="4" fill="${colour}"/>`,
    ring: `<circle cx="14" cy="6" r="3.4" fill="none" stroke="${colour}" stroke-width="1.3"/>`,
    square: `<path d="M10.5 2.5h7v7h-7z" fill="${colour}"/>`,
    triangle: `<path d="M14 1.5l4.6 8.5h-9.2z" fill="${colour}"/>`,
    tick: `<path d="M14 1v10" stroke="${colour}" stroke-width="1.3"/>`,
    cross: `<path d="M10 2l8 8m0-8l-8 8" stroke="${colour}" stroke-width="1.3"/>`,
  };
  const lined = mark === undefined || dash !== undefined;
  const stroke = lined
    ? `<path d="M0 6h28" stroke="${colour}" stroke-width="2"${dash === undefined || dash === 'none' ? '' : ` stroke-dasharray="${dash}"`}/>`
    : '';
  return `<svg width="28" height="12" viewBox="0 0 28 12" aria-hidden="true">${stroke}${mark ? shapes[mark] : ''}</svg>`;
}

const legendList = (items: readonly LegendItem[]): Html | null =>
  items.length === 0
    ? null
    : html`<ul class="legend${items.length > 6 && ' many'}">${items.map(i => html`<li>${raw(swatch(i))}${i.text}</li>`)}</ul>`;

const panelBox = ({ heading, svg, legend }: Panel): Html =>
  html`<div class="panel">${heading !== '' && html`<h3>${heading}</h3>`}${raw(svg)}${legendList(legend)}</div>`;

/** One panel stands beside its caption, several above it. */
export function figureBox({ title, panels, legend, caption }: Figure, i: number): Html {
  const words = html`<figcaption><strong>Figure ${i + 1}.</strong> ${caption}</figcaption>`;
  const grid = html`<div class="panels${panels.length < 3 && ' two'}">${panels.map(panelBox)}</div>`;
  const body =
    panels.length === 1
      ? html`<div class="alone">${grid}<div>${words}${legendList(legend)}</div></div>`
      : html`${grid}${legendList(legend)}${words}`;
  return html`<h2>${title}</h2>
<figure>${body}</figure>
`;
}

function warningsBox({ runs }: Study): Html | null {
  const labels = runLabels(runs);
  const all = runs.flatMap((run, i) =>
    [...run.notes, ...run.warnings].map(text => html`<li><strong>${labels[i]}</strong>: ${text}</li>`),
  );
  return all.length === 0 ? null : html`<h2>Notes and warnings</h2><ul>${all}</ul>`;
}

const READ_BACK = `import json, numpy as np, pandas as pd

study = json.load(open("result.json"))      # every double exactly; "NaN", "Infinity" are strings
run = study["runs"][0]                      # (a nested document: not for pandas.read_json, which
t = np.array(run["series"]["t"], float)     #  moreover rounds unless told precise_float=True)
F = np.array(run["series"]["energy"], float)
last = np.array(run["final"]["particles"], float)   # rows [w, θ]

# one file per run: metrics.csv, or metrics-m10.csv and so on where a study has several
metrics = pd.read_csv("metrics.csv", float_precision="round_trip")`;

const reproduction = ({ manifest: m, spec }: Study): Html => html`<h2>How to reproduce</h2>
<pre>${m.command}</pre>
<p>Written by particle-gradient-flow ${m.version} on Node ${m.node}, ${m.created}, in ${given(Number(m.seconds.toPrecision(3)))} s. The settings in full, as an experiment file:</p>
<pre>${settingsText(spec)}</pre>
<h2>How to read this back</h2>
<pre>${READ_BACK}</pre>`;

export const citation = html`<h2>Citation</h2>
<p>Lénaïc Chizat and Francis Bach, <cite>On the Global Convergence of Gradient Descent for Over-parameterized Models using Optimal Transport</cite>, Advances in Neural Information Processing Systems 31 (NeurIPS 2018).</p>`;

export const head = (study: Pick<Study, 'title'>): Html => html`<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${study.title}</title>
<style>${raw(pageStyle())}</style>`;

/** The whole study as one self-contained page. What is absent from the study is absent from the page. */
export function reportHtml(study: Study): string {
  const page = html`<!doctype html>
<html lang="en">
<head>
${head(study)}
</head>
<body>
<main>
<h1 dir="auto">${study.title}</h1>
${study.note !== '' && html`<p class="note" dir="auto">${study.note}</p>`}
${verdictBox(study)}
${figures(study).map(figureBox)}
<h2>Numbers</h2>
${verdictTable(study)}
${ensembleTable(study)}
${study.stepsize && stepsizeTables(study.stepsize)}
${spikesTable(study)}
${eventsTable(study)}
${warningsBox(study)}
${reproduction(study)}
${citation}
<footer>${study.name} · particle-gradient-flow ${study.manifest.version}</footer>
</main>
</body>
</html>
`;
  return page.html;
}
