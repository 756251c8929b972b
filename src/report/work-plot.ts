/** Error against work, one line for each method. */
import * as Plot from '@observablehq/plot';
import type { WorkPrecision, WorkRow } from '../work-results.js';
import { chart, decades, extent, type Figure, line, type Panel, panelWidth } from './chart.js';
import { dash, runColour } from './palette.js';
import { given, num } from './words.js';

const HEIGHT = 340;
const drawable = (r: WorkRow): boolean => r.outcome.ok && r.error > 0 && Number.isFinite(r.error);

interface Measure {
  readonly label: string;
  readonly of: (r: WorkRow) => number;
}
const MEASURES: readonly Measure[] = [
  { label: 'evaluations of the velocity', of: r => r.outcome.stats.velocityEvaluations },
  { label: 'seconds', of: r => r.seconds },
];

function panelOf(rows: readonly WorkRow[], methods: readonly string[], { label, of }: Measure): Panel {
  const x = decades(...(extent(rows.map(r => r.error)) ?? ([1e-8, 1] as const)));
  const y = decades(...(extent(rows.map(of)) ?? ([1, 10] as const)));
  const marks = methods.flatMap((method, i) => {
    const points = rows.filter(r => r.method === method).map(r => ({ x: r.error, y: of(r) }));
    points.sort((a, b) => a.x - b.x);
    return [
      line(points, { colour: runColour(i), dash: dash(i) }),
      Plot.dot(points, { x: 'x', y: 'y', r: 2.6, fill: runColour(i) }),
      // The file stands alone, without a legend.
      Plot.text(points.slice(-1), { x: 'x', y: 'y', text: [method], fill: runColour(i), textAnchor: 'end', dx: -6 }),
    ];
  });
  const alt = `Work against error, ${label}: ${methods.join(', ')}; errors from ${num(x[0])} to ${num(x[1])}.`;
  const svg = chart({
    width: panelWidth(2),
    height: HEIGHT,
    x: { label: 'error, by the displacement', log: true, domain: x },
    y: { label, log: true, domain: y },
    alt,
    marks,
  });
  return { heading: label, svg, legend: [] };
}

/** Null when no run reached its end with an error to show. */
export function workFigure(w: WorkPrecision): Figure | null {
  const rows = w.rows.filter(drawable);
  if (rows.length === 0) return null;
  const methods = [...new Set(rows.map(r => r.method))];
  return {
    title: 'Work and precision',
    panels: MEASURES.map(measure => panelOf(rows, methods, measure)),
    legend: methods.map((text, i) => ({ text, colour: runColour(i), dash: dash(i), mark: 'dot' as const })),
    caption: `What each method pays for the error it makes (m = ${w.particles}, up to t = ${given(w.end)}). Lower is cheaper; to the left is more accurate.`,
  };
}
