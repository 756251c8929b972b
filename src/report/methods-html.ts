/** The comparison of methods as one page that needs no script, no network and no other file. */
import type { MethodComparison } from '../method-results.js';
import { citation, figureBox, head } from './html.js';
import { html } from './markup.js';
import { methodsFigure } from './methods-plot.js';
import { endWords, METHOD_COLUMNS, methodCells, minimumWords, reasonsOf } from './methods-text.js';
import { settingsText } from './settings.js';
import { given } from './words.js';

export function methodsHtml(c: MethodComparison): string {
  const figure = methodsFigure(c);
  const page = html`<!doctype html>
<html lang="en">
<head>
${head(c)}
</head>
<body>
<main>
<h1 dir="auto">${c.title}</h1>
<section class="verdict" aria-labelledby="verdict"><h2 id="verdict">One minimum, several methods</h2><ul>
<li><span class="mark">·</span>${minimumWords(c)}.</li>
${reasonsOf(c).map(l => html`<li><span class="mark">·</span>Not to be had here: <strong>${l.methods}</strong>: ${l.reason}.</li>`)}
</ul></section>
${figure && figureBox(figure, 0)}
<h2>Numbers</h2>
<div class="scroll"><table><caption>evaluated: positions at which φ was summed or paired; a supremum of |η| counts apart. gap: F − F* is at most this, by the method’s own bound.</caption>
<thead><tr>${METHOD_COLUMNS.map(name => html`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>${c.rows.map(r => html`<tr>${methodCells(r).map((text, i) => (i === 0 ? html`<th scope="row">${text}</th>` : html`<td>${text}</td>`))}</tr>`)}</tbody></table></div>
<h2>How each of them ended</h2>
<ul>${c.rows.map(r => html`<li><strong>${r.method}</strong>: ${endWords(r)}.</li>`)}</ul>
${c.notes.length > 0 && html`<h2>Notes</h2><ul>${c.notes.map(n => html`<li>${n}</li>`)}</ul>`}
<h2>How to reproduce</h2>
<pre>${c.manifest.command}</pre>
<p>Written by particle-gradient-flow ${c.manifest.version} on Node ${c.manifest.node}, ${c.manifest.created}, in ${given(Number(c.manifest.seconds.toPrecision(3)))} s. The settings in full, as an experiment file:</p>
<pre>${settingsText(c.spec)}</pre>
${citation}
<footer>${c.name} · particle-gradient-flow ${c.manifest.version}</footer>
</main>
</body>
</html>
`;
  return page.html;
}
