/** Ratios as bars on a logarithmic axis. */
import { html } from '../../src/report/markup.js';
import { num } from '../../src/report/numbers.js';
import type { Row } from './rows.js';

const [LABEL, PLOT, LINE, TOP, AFTER] = [250, 520, 22, 40, 120];

/** Bars from 1 to each ratio, a stroke where its mark is: SVG on white paper; rows that were not run are left out. */
export function barsSvg(rows: readonly Row[]): string {
  const shown = rows.filter(r => r.figure > 0 && Number.isFinite(r.figure));
  const values = [0.5, 2, ...shown.flatMap(r => [r.figure, r.mark.least ?? r.mark.most ?? 1])];
  const [low, high] = [Math.log10(Math.min(...values)), Math.log10(Math.max(...values))];
  const x = (v: number) => LABEL + (PLOT * (Math.log10(v) - low)) / (high - low);
  const bottom = TOP + LINE * shown.length;
  const decades = Array.from({ length: Math.floor(high) - Math.ceil(low) + 1 }, (_, i) => 10 ** (Math.ceil(low) + i));
  const axis = decades.map(
    v =>
      html`<line x1="${x(v)}" x2="${x(v)}" y1="${TOP - 6}" y2="${bottom}" stroke="#cccccc"/><text x="${x(v)}" y="${TOP - 10}" text-anchor="middle">${num(v)}</text>`,
  );
  const bars = shown.map((r, i) => {
    const [y, end] = [TOP + LINE * i, x(r.figure)];
    const mark = r.mark.least ?? r.mark.most;
    const colour = r.verdict === 'MISSED' ? '#c2500a' : '#0072b2';
    return html`<text x="${LABEL - 8}" y="${y + 15}" text-anchor="end">${r.name}</text><rect x="${Math.min(x(1), end)}" y="${y + 4}" width="${Math.abs(end - x(1))}" height="${LINE - 8}" fill="${colour}"/>${
      mark !== undefined &&
      html`<line x1="${x(mark)}" x2="${x(mark)}" y1="${y + 1}" y2="${y + LINE - 1}" stroke="black" stroke-width="2"/>`
    }<text x="${Math.max(end, x(1), x(mark ?? 1)) + 6}" y="${y + 15}">${num(r.figure)} ${r.verdict}</text>`;
  });
  const [width, height] = [LABEL + PLOT + AFTER, bottom + 10];
  return html`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="system-ui, sans-serif" font-size="12">
<title>Ratios of one run; black strokes are marks</title><rect width="${width}" height="${height}" fill="white"/>${axis}${bars}
</svg>
`.html;
}
