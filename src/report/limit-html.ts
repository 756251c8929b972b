/** The many-particle limit as one page that needs no script, no network and no other file. */
import type { GridStudy, LimitStudy } from '../limit-results.js';
import type { Figure } from './chart.js';
import { citation, figureBox, head } from './html.js';
import { gridFigures, limitFigure } from './limit-plot.js';
import {
  bracketWords,
  controlWords,
  failureWords,
  GRID_HEAD,
  gridTable,
  LIMIT_HEAD,
  limitTable,
  limitWords,
  orderWords,
} from './limit-text.js';
import { type Html, html } from './markup.js';
import { settingsText } from './settings.js';
import { given } from './words.js';

const table = (caption: string, names: readonly string[], rows: readonly (readonly string[])[]): Html =>
  html`<div class="scroll"><table><caption>${caption}</caption>
<thead><tr>${names.map(name => html`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>${rows.map(row => html`<tr>${row.map((text, i) => (i === 0 ? html`<th scope="row">${text}</th>` : html`<td>${text}</td>`))}</tr>`)}</tbody></table></div>`;

interface Content {
  readonly heading: string;
  readonly verdicts: readonly string[];
  readonly figures: readonly Figure[];
  readonly tables: readonly Html[];
}

const limitContent = (s: LimitStudy): Content => ({
  heading: 'Measures of m particles near that of many',
  verdicts: [limitWords(s)],
  figures: [limitFigure(s)].filter(f => f !== null),
  tables: s.metrics.map(({ metric, name }) => table(name, LIMIT_HEAD(s), limitTable(s, metric))),
});

const gridContent = (s: GridStudy): Content => ({
  heading: 'Many particles, long times: do both orders of the limits reach F*?',
  verdicts: [...orderWords(s), ...(controlWords(s) === null ? [] : [controlWords(s) as string]), bracketWords(s)],
  figures: gridFigures(s),
  tables: [s.cells, ...(s.control ? [s.control] : [])].map(cells =>
    table(`(F − F*) as a share; start ${cells.start}`, GRID_HEAD(s), gridTable(s, cells)),
  ),
});

const capital = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);

export function limitHtml(s: LimitStudy | GridStudy): string {
  const { heading, verdicts, figures, tables } = s.format === 'pgf-limit-1' ? limitContent(s) : gridContent(s);
  const notes = [...failureWords(s), ...s.notes];
  const page = html`<!doctype html>
<html lang="en">
<head>
${head(s)}
</head>
<body>
<main>
<h1 dir="auto">${s.title}</h1>
<section class="verdict" aria-labelledby="verdict"><h2 id="verdict">${heading}</h2><ul>
${verdicts.map(text => html`<li><span class="mark">·</span>${capital(text)}</li>`)}
</ul></section>
${figures.map(figureBox)}
<h2>Numbers</h2>
${tables}
${notes.length > 0 && html`<h2>Notes</h2><ul>${notes.map(n => html`<li>${n}</li>`)}</ul>`}
<h2>How to reproduce</h2>
<pre>${s.manifest.command}</pre>
<p>Written by particle-gradient-flow ${s.manifest.version} on Node ${s.manifest.node}, ${s.manifest.created}, in ${given(Number(s.manifest.seconds.toPrecision(3)))} s. The settings in full, as an experiment file:</p>
<pre>${settingsText(s.spec)}</pre>
${citation}
<footer>${s.name} · particle-gradient-flow ${s.manifest.version}</footer>
</main>
</body>
</html>
`;
  return page.html;
}
