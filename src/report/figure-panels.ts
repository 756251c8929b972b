/** The panels of `pgf figure`: particles in a plane, with level lines below them, and curves with dots. */
import * as Plot from '@observablehq/plot';
import type { CurvePanel, DrawnCurve, DrawnPath, FigurePanel, PathPanel } from '../figure-results.js';
import { type Axis, chart, decades, extent, type LegendItem, line, logPoints, MARGIN } from './chart.js';
import { num } from './numbers.js';
import { colour, dash, runColour } from './palette.js';
import { onCircle } from './particle-plot.js';
import { BREAK, type Point, simplify, spread } from './thin.js';
import { MOST_PATHS, type Sheet, type Track, trackMarks } from './tracks.js';

type Range = readonly [number, number];

const wrap = (x: number): number => x - Math.floor(x);

const pointsOf = ({ x, y }: DrawnPath | DrawnCurve): Point[] =>
  x.map((v, k) => ({ x: v, y: y[k] })).filter(p => Number.isFinite(p.x) && Number.isFinite(p.y));

/** With room around all paths and the origin; one unit on both axes where that is asked for. */
function frameOf({ paths, circle, square, frame }: PathPanel): { x: Range; y: Range } {
  if (frame) return { x: [frame[0], frame[1]], y: [frame[2], frame[3]] };
  const range = (of: (p: DrawnPath) => readonly number[]): Range => extent([0, ...paths.flatMap(of)]) ?? [0, 0];
  const [x, y] = [range(p => p.x), range(p => p.y)];
  const room = ([low, high]: Range): Range => [low - 0.08 * (high - low || 1), high + 0.08 * (high - low || 1)];
  if (!square) return { x: circle ? [0, 1] : room(x), y: room(y) };
  const half = 0.55 * Math.max(x[1] - x[0], y[1] - y[0]) || 1;
  const around = ([low, high]: Range): Range => [(low + high) / 2 - half, (low + high) / 2 + half];
  return { x: around(x), y: around(y) };
}

/** From the origin to the edge of the frame. */
function rayMarks(rays: readonly (readonly number[])[], frame: { x: Range; y: Range }): Plot.Markish[] {
  const reach = (d: number, [low, high]: Range) => (d > 0 ? high / d : d < 0 ? low / d : Number.POSITIVE_INFINITY);
  const ends = rays.flatMap(([a, b]) => {
    const s = Math.min(reach(a, frame.x), reach(b, frame.y));
    return Number.isFinite(s) ? [{ x: s * a, y: s * b }] : [];
  });
  return [Plot.link(ends, { x1: 0, y1: 0, x2: 'x', y2: 'y', ...DASHED })];
}

const DASHED = { stroke: colour('truth'), strokeDasharray: '4 3', strokeWidth: 1.1, strokeOpacity: 0.85 };

/** Level lines; those below zero are dashed. */
function levelMarks({ field }: PathPanel, { x, y }: { x: Range; y: Range }): Plot.Markish[] {
  if (!field) return [];
  const { columns, rows, values, levels } = field;
  const placed = { width: columns, height: rows, x1: x[0], x2: x[1], y1: y[0], y2: y[1] };
  const drawn = (thresholds: readonly number[], strokeDasharray: string) =>
    thresholds.length === 0
      ? []
      : [
          Plot.contour(values as number[], {
            ...placed,
            thresholds: [...thresholds],
            stroke: colour('muted'),
            strokeWidth: 0.8,
            strokeOpacity: 0.75,
            strokeDasharray,
          }),
        ];
  return [
    ...drawn(
      levels.filter(l => l >= 0),
      'none',
    ),
    ...drawn(
      levels.filter(l => l < 0),
      '3 2',
    ),
  ];
}

const tracksOf = (paths: readonly DrawnPath[]): Track[] =>
  spread(paths, MOST_PATHS).map((path, row) => ({ fate: path.fate, row, points: pointsOf(path) }));

/** Labelled paths: a colour and a dash each, a dot at every point of the short ones. */
function labelledMarks(paths: readonly DrawnPath[], order: readonly string[], { sx, sy }: Sheet): Plot.Markish[] {
  return paths.flatMap(path => {
    const i = order.indexOf(path.label ?? '');
    const points = pointsOf(path);
    const stroke = { colour: runColour(i), dash: i === 0 ? 'none' : dash(i), width: i === 0 ? 2.2 : 1.3 };
    return [
      line([...simplify(points, sx, sy, 0.1), BREAK], stroke),
      ...(i === 0 ? [] : [Plot.dot(points, { x: 'x', y: 'y', r: 1.7, fill: runColour(i) })]),
      Plot.dot(points.slice(-1), { x: 'x', y: 'y', r: 4, fill: runColour(i) }),
    ];
  });
}

function pathSvg(panel: PathPanel, width: number, order: readonly string[]): string {
  const frame = frameOf(panel);
  const [side, tall] = [width - MARGIN.left - MARGIN.right, frame.y[1] - frame.y[0]];
  const inner = panel.square ? (side * tall) / (frame.x[1] - frame.x[0]) : 0.75 * side;
  const sheet: Sheet = {
    sx: side / (frame.x[1] - frame.x[0]),
    sy: inner / tall,
    ...(panel.circle && { path: onCircle, x: wrap }),
  };
  const labelled = panel.paths.filter(p => p.label !== undefined);
  const axis = { stroke: 'currentColor', strokeWidth: 0.6, strokeOpacity: 0.5 };
  return chart({
    width,
    height: inner + MARGIN.top + MARGIN.bottom,
    x: { label: panel.x, log: false, domain: frame.x },
    y: { label: panel.y, log: false, domain: frame.y },
    alt: `${panel.heading}: ${panel.paths.length} paths in the plane of ${panel.x} and ${panel.y}`,
    marks: [
      ...levelMarks(panel, frame),
      ...(panel.circle ? [] : [Plot.ruleX([0], axis)]),
      Plot.ruleY([0], axis),
      ...rayMarks(panel.rays ?? [], frame),
      Plot.ruleX((panel.rules ?? []) as number[], DASHED),
      ...(labelled.length > 0 ? labelledMarks(labelled, order, sheet) : trackMarks(tracksOf(panel.paths), sheet)),
    ],
    clip: panel.frame !== undefined,
  });
}

function axisOf({ label, log, plain = false }: CurvePanel['x'], values: readonly number[]): Axis {
  const [low, high] = extent(log ? values.filter(v => v > 0) : values) ?? [1, 10];
  if (!log) return { label, log, domain: low < high ? [low, high] : [low - 1, low + 1] };
  return { label, log, plain, domain: high / low > 100 ? decades(low, high) : [low / 1.15, high * 1.15] };
}

function curveMarks({ x, y, mark, colour: i }: DrawnCurve, floor: number, logX: boolean): Plot.Markish[] {
  const lifted = (v: number) => (floor > 0 ? Math.max(v, floor) : v);
  const points = pointsOf({ label: '', mark, colour: i, x, y: y.map(lifted) });
  if (mark === 'dots') return [Plot.dot(points, { x: 'x', y: 'y', r: 2, fill: runColour(i), fillOpacity: 0.35 })];
  const shown = logX ? logPoints(x, y.map(lifted), floor) : points;
  const few = shown.length <= 40;
  return [
    line(shown, { colour: runColour(i), dash: dash(i), width: 2 }),
    ...(few ? [Plot.dot(shown as Point[], { x: 'x', y: 'y', r: 3.2, fill: runColour(i) })] : []),
  ];
}

function curveSvg(panel: CurvePanel, width: number): string {
  const floor = panel.y.floor ?? 0;
  const x = axisOf(panel.x, [...panel.curves.flatMap(c => c.x), ...(panel.rules ?? [])]);
  const ys = panel.curves.flatMap(c => c.y.map(v => (floor > 0 ? Math.max(v, floor) : v)));
  const y = axisOf(panel.y, [...ys, ...(panel.band === undefined ? [] : [panel.band / 10])]);
  const band = { x1: x.domain[0], x2: x.domain[1], y1: y.domain[0], y2: panel.band };
  return chart({
    width,
    height: 0.72 * width,
    x,
    y,
    alt: `${panel.heading}: ${panel.y.label} against ${panel.x.label}`,
    marks: [
      ...(panel.band === undefined
        ? []
        : [Plot.rect([band], { x1: 'x1', x2: 'x2', y1: 'y1', y2: 'y2', fill: colour('truth'), fillOpacity: 0.1 })]),
      Plot.ruleX((panel.rules ?? []) as number[], DASHED),
      ...panel.curves.flatMap(c => curveMarks(c, floor, panel.x.log)),
    ],
  });
}

/** @param order labels of paths, in the order of their colours */
export const panelSvg = (panel: FigurePanel, width: number, order: readonly string[]): string =>
  panel.kind === 'paths' ? pathSvg(panel, width, order) : curveSvg(panel, width);

/** Labels of paths over all panels, in order. */
export const labelsOf = (panels: readonly FigurePanel[]): string[] => [
  ...new Set(panels.flatMap(p => (p.kind === 'paths' ? p.paths.flatMap(path => path.label ?? []) : []))),
];

const FATES = [
  { fates: ['positive'], text: 'path and end, w > 0', colour: colour('positive'), mark: 'dot' },
  { fates: ['negative'], text: 'path and end, w < 0', colour: colour('negative'), mark: 'dot' },
  { fates: ['gone', 'resting'], text: 'at rest at w = 0', colour: colour('muted'), mark: 'ring' },
] as const;

/** What the marks of all panels mean. */
export function legendOf(panels: readonly FigurePanel[], dashed: string | undefined): LegendItem[] {
  const labels = labelsOf(panels);
  const fates = new Set(panels.flatMap(p => (p.kind === 'paths' ? p.paths.map(path => path.fate) : [])));
  const curves = panels.flatMap(p => (p.kind === 'curves' ? p.curves : []));
  const lines = curves.filter(c => c.mark === 'line' && !labels.includes(c.label));
  const named = new Map(lines.map(c => [c.label, c.colour]));
  return [
    ...FATES.filter(f => f.fates.some(name => fates.has(name))).map(({ fates: _, ...item }) => ({
      ...item,
      dash: 'none',
    })),
    ...labels.map((text, i) => ({
      text,
      colour: runColour(i),
      dash: i === 0 ? 'none' : dash(i),
      mark: 'dot' as const,
    })),
    ...[...named].map(([text, i]) => ({ text, colour: runColour(i), dash: dash(i) })),
    ...(dashed === undefined ? [] : [{ text: dashed, colour: colour('truth'), dash: '4 3' }]),
  ];
}

/** Numbers as in a table for reading. */
export const shownCell = (cell: number | string): string =>
  typeof cell !== 'number' ? cell : Number.isInteger(cell) && Math.abs(cell) < 1e6 ? String(cell) : num(cell, 3);
