/** The many-particle limit: distance against m along t, and the heat map of F − F* over m and t. */
import * as Plot from '@observablehq/plot';
import type { GridCells, GridStudy, LimitStudy, MetricUsed } from '../limit-results.js';
import { chart, decades, extent, type Figure, line, type Panel, panelWidth } from './chart.js';
import { excesses, TINY } from './limit-text.js';
import { colour, dash, levelColour } from './palette.js';
import { given, num } from './words.js';

const HEIGHT = 340;
/** More names than this run into each other. */
const MOST_TICKS = 9;

/** The values themselves, where there are few enough. */
const named = (values: readonly number[]): { ticks: readonly number[] } | object =>
  values.length <= MOST_TICKS ? { ticks: values } : {};

interface Spot {
  readonly x: number;
  readonly y: number;
}

/** A line names itself, for the file stands alone: the k-th one at its k-th point, so that names of lines on one another keep apart. */
function label(points: readonly Spot[], k: number, text: string, fill: string): Plot.Markish {
  const at = k % Math.max(1, points.length);
  const last = at === points.length - 1;
  return Plot.text(points.slice(at, at + 1), {
    x: 'x',
    y: 'y',
    text: [text],
    fill,
    textAnchor: last ? 'end' : 'start',
    dx: last ? -2 : 5,
    dy: -8,
    stroke: 'var(--paper, white)',
    strokeWidth: 3,
  });
}

/** Where a line of slope −1/2 begins: on the largest value shown at the least m. */
function halfOrder(counts: readonly number[], top: number): { x: number; y: number }[] {
  const [from, to] = [Math.min(...counts), Math.max(...counts)];
  return [from, to].map(m => ({ x: m, y: 1.4 * top * Math.sqrt(from / m) }));
}

function metricPanel({ metric, name }: MetricUsed, study: LimitStudy, width: number): Panel | null {
  const { times, counts, seeds } = study;
  const rows = study.rows.filter(r => r.metric === metric && r.mean > TINY);
  const range = extent(rows.flatMap(r => [r.low, r.high, r.mean]).filter(x => x > TINY));
  if (!range) return null;
  const guide = halfOrder(counts, Math.max(...rows.filter(r => r.particles === Math.min(...counts)).map(r => r.mean)));
  const series = times.map(t => rows.filter(r => r.t === t));
  const marks = series.flatMap((at, i) => {
    const stroke = levelColour(i, times.length);
    const points = at.map(r => ({ x: r.particles, y: r.mean }));
    const band = at.filter(r => r.low > TINY).map(r => ({ x: r.particles, y1: r.low, y2: r.high }));
    return [
      ...(seeds > 1 ? [Plot.areaY(band, { x: 'x', y1: 'y1', y2: 'y2', fill: stroke, fillOpacity: 0.13 })] : []),
      line(points, { colour: stroke, dash: dash(i) }),
      Plot.dot(points, { x: 'x', y: 'y', r: 2.6, fill: stroke }),
    ];
  });
  const names = series.map((at, i) =>
    label(
      at.map(r => ({ x: r.particles, y: r.mean })),
      i,
      `t = ${given(times[i])}`,
      levelColour(i, times.length),
    ),
  );
  const slopes = study.slopes.filter(s => s.metric === metric);
  const svg = chart({
    width,
    height: HEIGHT,
    x: {
      label: 'm, particles',
      log: true,
      domain: [Math.min(...counts) / 1.15, Math.max(...counts) * 1.15],
      ...named(counts),
    },
    y: {
      label: 'distance to the reference',
      log: true,
      domain: decades(...(extent([...range, ...guide.map(p => p.y)]) ?? range)),
    },
    alt: `${name} against m: slopes ${slopes.map(s => `${s.slope === null ? 'none' : num(s.slope)} at t = ${given(s.t)}`).join(', ')}.`,
    marks: [...marks, line(guide, { colour: colour('muted'), dash: '2 3', width: 1.2 }), ...names],
  });
  return {
    heading: name.replace(/ \(.*\)$/, ''),
    svg,
    legend: slopes.map((s, i) => ({
      text: `t = ${given(s.t)}: ${s.slope === null ? 'no slope' : `m^${num(s.slope, 2)} ± ${num(s.error, 1)}`}`,
      colour: levelColour(i, times.length),
      dash: dash(i),
      mark: 'dot' as const,
    })),
  };
}

/** Null where nothing has a distance. */
export function limitFigure(study: LimitStudy): Figure | null {
  const panels = study.metrics.flatMap(m => metricPanel(m, study, panelWidth(2)) ?? []);
  if (panels.length === 0) return null;
  const band = study.seeds > 1 ? ` Mean over ${study.seeds} starts, band from the 10 % to the 90 % quantile.` : '';
  return {
    title: 'Many-particle limit',
    panels,
    legend: [{ text: 'slope −1/2', colour: colour('muted'), dash: '2 3' }],
    caption: `How far m particles are from ${study.reference.particles} along t (Theorem 2.6 of Chizat & Bach, which has no rate); start ${study.start}.${band} ${study.metrics.map(m => m.name).join('; ')}.`,
  };
}

/** Edges half way between neighbours in the logarithm. */
function edges(values: readonly number[]): number[] {
  const logs = values.map(Math.log);
  const n = logs.length;
  const step = n > 1 ? logs[n - 1] - logs[n - 2] : 1;
  const first = n > 1 ? logs[1] - logs[0] : 1;
  const inner = logs.slice(1).map((b, i) => (logs[i] + b) / 2);
  return [logs[0] - first / 2, ...inner, logs[n - 1] + step / 2].map(Math.exp);
}

/** Decades of the relative excess that the colours tell apart. */
const DEEPEST = -10;
const LEVELS = 8;
/** Least shown in a cell. */
const ROUNDING = -15;

const levelOf = (x: number): number =>
  Math.round(((Math.max(DEEPEST, Math.min(0, x)) - DEEPEST) / -DEEPEST) * (LEVELS - 1));

function heatMap(study: GridStudy, cells: GridCells, heading: string, width: number): Panel {
  const excess = excesses(study, cells);
  const [mEdges, tEdges] = [edges(study.counts), edges(study.times)];
  const boxes = study.counts.flatMap((m, i) =>
    study.times.map((t, k) => {
      const x = Math.max(ROUNDING, Math.log10(excess[i][k]));
      return { m, t, x, x1: tEdges[k], x2: tEdges[k + 1], y1: mEdges[i], y2: mEdges[i + 1] };
    }),
  );
  const known = boxes.filter(b => !Number.isNaN(b.x));
  const place = { x1: 'x1', x2: 'x2', y1: 'y1', y2: 'y2' } as const;
  const svg = chart({
    width,
    height: HEIGHT,
    x: { label: 't', log: true, domain: [tEdges[0], tEdges[tEdges.length - 1]], ...named(study.times) },
    y: { label: 'm, particles', log: true, domain: [mEdges[0], mEdges[mEdges.length - 1]], ...named(study.counts) },
    alt: `log10 of (F − F*) over m and t, ${heading}: ${study.counts.map((m, i) => `m = ${m}: ${excess[i].map(v => num(v, 2)).join(', ')}`).join('; ')}.`,
    marks: [
      ...Array.from({ length: LEVELS }, (_, l) =>
        Plot.rect(
          known.filter(b => levelOf(b.x) === l),
          { ...place, fill: levelColour(l, LEVELS), stroke: 'currentColor', strokeOpacity: 0.25 },
        ),
      ),
      Plot.text(known, {
        x: (b: (typeof boxes)[number]) => Math.sqrt(b.x1 * b.x2),
        y: (b: (typeof boxes)[number]) => Math.sqrt(b.y1 * b.y2),
        text: (b: (typeof boxes)[number]) => (b.x <= ROUNDING ? `≤${ROUNDING}` : b.x.toFixed(1)).replace('-', '−'),
        fill: 'var(--paper, white)',
        fontWeight: 600,
      }),
    ],
  });
  return { heading, svg, legend: [] };
}

/** What excesses are divided by, in short. */
const sizeName = ({ scaleName }: GridStudy): string => (scaleName === 'F*' ? 'F*' : 'F₀');

/** The excess along one limit with the other variable held: lines over t for each m, or over m for each t. */
function orderPanel(study: GridStudy, along: 't' | 'm', width: number): Panel {
  const excess = excesses(study, study.cells);
  const [inner, outer] = along === 't' ? [study.times, study.counts] : [study.counts, study.times];
  const at = (i: number, k: number) => (along === 't' ? excess[k][i] : excess[i][k]);
  const floored = (v: number) => Math.max(v, 10 ** ROUNDING);
  const lines = outer.map((_, k) =>
    inner.flatMap((x, i) => (Number.isNaN(at(i, k)) ? [] : [{ x, y: floored(at(i, k)) }])),
  );
  const range = extent(lines.flat().map(p => p.y)) ?? ([1e-3, 1] as const);
  const svg = chart({
    width,
    height: HEIGHT,
    x: {
      label: along === 't' ? 't' : 'm, particles',
      log: true,
      domain: [Math.min(...inner) / 1.15, Math.max(...inner) * 1.15],
      ...named(inner),
    },
    y: { label: `(F − F*)/${sizeName(study)}`, log: true, domain: decades(...range) },
    alt: `Excess along ${along}, one line for each ${along === 't' ? 'm' : 't'}.`,
    marks: [
      ...lines.flatMap((points, k) => [
        line(points, { colour: levelColour(k, outer.length), dash: dash(k) }),
        Plot.dot(points, { x: 'x', y: 'y', r: 2.6, fill: levelColour(k, outer.length) }),
      ]),
      line(
        [Math.min(...inner), Math.max(...inner)].map(x => ({ x, y: 1e-6 })),
        { colour: colour('muted'), dash: '2 3', width: 1.2 },
      ),
      ...lines.map((points, k) =>
        label(points, k, `${along === 't' ? 'm' : 't'} = ${given(outer[k])}`, levelColour(k, outer.length)),
      ),
    ],
  });
  return {
    heading: along === 't' ? 't → ∞ at each m' : 'm → ∞ at each t',
    svg,
    legend: outer.map((x, k) => ({
      text: `${along === 't' ? 'm' : 't'} = ${given(x)}`,
      colour: levelColour(k, outer.length),
      dash: dash(k),
      mark: 'dot' as const,
    })),
  };
}

/** The heat maps, and the two orders of the limits. */
export function gridFigures(study: GridStudy): Figure[] {
  const { bracket, control } = study;
  const width = panelWidth(2);
  const bound = `F(μ_{m,t}) minus a lower bound of F* (${num(bracket.lower, 12)}, ${bracket.proof ? 'proven' : 'NOT proven'}: ${bracket.source}), as a share of ${study.scaleName}`;
  return [
    {
      title: 'Many particles and long times',
      panels: [
        heatMap(study, study.cells, `log₁₀ (F − F*)/${sizeName(study)}, start ${study.start.split(':')[0]}`, width),
        ...(control ? [heatMap(study, control, `the control: ${control.start}`, width)] : []),
      ],
      legend: [],
      caption: `${bound}; numbers in cells are powers of ten.`,
    },
    {
      title: 'Both orders of the limits',
      panels: [orderPanel(study, 't', width), orderPanel(study, 'm', width)],
      legend: [{ text: '10⁻⁶, taken for global', colour: colour('muted'), dash: '2 3' }],
      caption:
        'Theorems 3.3 and 3.5 of Chizat & Bach: from a start that separates, F ends at F*, whichever of m and t grows first.',
    },
  ];
}
