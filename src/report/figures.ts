import type { Study } from '../results.js';
import { certificateFigure } from './certificate-plot.js';
import type { Figure } from './chart.js';
import { defectFigure, excessFigure, spectrumFigure } from './decay-plot.js';
import { ensembleFigure } from './ensemble-plot.js';
import { freeEnergyFigure } from './free-energy-plot.js';
import { html, raw } from './markup.js';
import { particleFigure } from './particle-plot.js';
import { planeFigure } from './plane-plot.js';
import { distanceFigure } from './stepsize-plot.js';
import { torusFigure } from './torus-plot.js';

export type { Figure, LegendItem, Panel } from './chart.js';

const makers = [
  particleFigure,
  torusFigure,
  planeFigure,
  excessFigure,
  ensembleFigure,
  freeEnergyFigure,
  defectFigure,
  certificateFigure,
  distanceFigure,
  spectrumFigure,
];

/** The figures of a report, in order; those without data are left out. Each panel is an SVG that stands alone. */
export const figures = (study: Study): Figure[] => makers.map(make => make(study)).filter(f => f !== null);

const HEADING = 24;

/** Width and height of a panel, from its own viewBox. */
function sizeOf(svg: string): [number, number] {
  const [, width, height] = /viewBox="0 0 ([\d.]+) ([\d.]+)"/.exec(svg) ?? ['', '0', '0'];
  return [Number(width), Number(height)];
}

/** One figure as one SVG file: its panels side by side under their headings, on white paper, ink black. */
export function figureSvg({ title, panels }: Figure): string {
  const sizes = panels.map(p => sizeOf(p.svg));
  const lefts = sizes.map((_, i) => sizes.slice(0, i).reduce((sum, [w]) => sum + w, 0));
  const width = sizes.reduce((sum, [w]) => sum + w, 0);
  const height = HEADING + Math.max(...sizes.map(([, h]) => h));
  const placed = panels.map(
    ({ heading, svg }, i) =>
      html`<text x="${lefts[i] + 8}" y="17" font-weight="600">${heading}</text><g transform="translate(${lefts[i]},${HEADING})">${raw(svg)}</g>`,
  );
  const page = html`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" color="black" fill="currentColor" font-family="system-ui, sans-serif" font-size="14">
<title>${title}</title><rect width="${width}" height="${height}" fill="white"/>${placed}
</svg>
`;
  return page.html;
}

/** A file name for a figure: its title in lower case with dashes. */
export const figureName = ({ title }: Figure): string => `${title.toLowerCase().replace(/[^a-z0-9]+/g, '-')}.svg`;
