/** A figure of several rows of panels as one SVG that stands alone: headings, legend, caption and what was assumed. */
import type { FigureData } from '../figure-results.js';
import type { LegendItem } from './chart.js';
import { csv } from './csv.js';
import { labelsOf, legendOf, panelSvg, shownCell } from './figure-panels.js';
import { type Html, html, raw } from './markup.js';
import { columns } from './text-table.js';

const PAD = 14;
const TITLE = 34;
const HEADING = 22;
const LINE = 17;
/** Pixels that a letter of the caption takes, on average. */
const LETTER = 6.6;

const sizeOf = (svg: string): [number, number] => {
  const [, width, height] = /viewBox="0 0 ([\d.]+) ([\d.]+)"/.exec(svg) ?? ['', '0', '0'];
  return [Number(width), Number(height)];
};

/** Lines of at most so many pixels, broken between words. */
function wrapped(text: string, width: number): string[] {
  const most = Math.floor(width / LETTER);
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= most) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

function sample({ colour, dash, mark }: LegendItem, x: number, y: number): Html {
  const stroke = html`<line x1="${x}" x2="${x + 26}" y1="${y - 4}" y2="${y - 4}" stroke="${raw(colour)}" stroke-width="2" stroke-dasharray="${dash ?? 'none'}"/>`;
  if (mark === 'ring')
    return html`<circle cx="${x + 13}" cy="${y - 4}" r="4" fill="none" stroke="${raw(colour)}" stroke-width="1.4"/>`;
  return mark === 'dot' ? html`${stroke}<circle cx="${x + 26}" cy="${y - 4}" r="4" fill="${raw(colour)}"/>` : stroke;
}

/** Items side by side, as many as fit into a line. */
function legendHtml(items: readonly LegendItem[], width: number, top: number): { html: Html[]; height: number } {
  let [x, y] = [PAD, top + LINE];
  const drawn = items.map(item => {
    const needed = 60 + item.text.length * 7.2;
    if (x > PAD && x + needed > width - PAD) [x, y] = [PAD, y + LINE + 2];
    const at = x;
    x += needed;
    return html`${sample(item, at, y)}<text x="${at + 36}" y="${y}">${item.text}</text>`;
  });
  return { html: drawn, height: items.length > 0 ? y - top + 8 : 0 };
}

/** Pixels of one panel, by how many stand in the widest row. */
const widthOf = (columns: number): number => (columns >= 3 ? 344 : columns === 2 ? 480 : 640);

export function figureSheet(data: FigureData): string {
  const panels = data.rows.flat();
  const order = labelsOf(panels);
  const own = widthOf(Math.max(...data.rows.map(r => r.length)));
  const width = own * Math.max(...data.rows.map(r => r.length));
  let y = TITLE;
  const drawn: Html[] = [];
  for (const row of data.rows) {
    const svgs = row.map(panel => panelSvg(panel, own, order));
    svgs.forEach((svg, i) => {
      drawn.push(
        html`<text x="${i * own + 8}" y="${y + 15}" font-weight="600">${row[i].heading}</text><g transform="translate(${i * own},${y + HEADING})">${raw(svg)}</g>`,
      );
    });
    y += HEADING + Math.max(...svgs.map(svg => sizeOf(svg)[1]));
  }
  const legend = legendHtml(legendOf(panels, data.dashed), width, y);
  y += legend.height;
  const words = [
    ...wrapped(data.caption, width - 2 * PAD),
    ...wrapped(`Assumed: ${data.assumed.join(' ')}`, width - 2 * PAD),
  ];
  const caption = words.map(
    (text, i) => html`<text x="${PAD}" y="${y + (i + 1) * LINE}" font-size="12.5">${text}</text>`,
  );
  const height = y + words.length * LINE + PAD;
  const page = html`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" color="black" fill="currentColor" font-family="system-ui, sans-serif" font-size="13">
<title>${data.title}</title><desc>${data.caption} ${data.assumed.join(' ')}</desc><rect width="${width}" height="${height}" fill="white"/>
<text x="8" y="22" font-size="16" font-weight="700">${data.title}</text>${drawn}${legend.html}${caption}
</svg>
`;
  return page.html;
}

/** What is said of the runs, a line each. */
export const figureCsv = ({ table }: FigureData): string => csv(table.header, table.rows);

export const figureText = ({ title, table, assumed }: FigureData): string =>
  [
    title,
    '',
    columns([table.header, ...table.rows.map(row => row.map(shownCell))]),
    '',
    ...assumed.map(a => `assumed: ${a}`),
  ].join('\n');
