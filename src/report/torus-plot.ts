/** Figure 1 for spikes on the torus: paths of the positions seen from above, in pairs of coordinates; dots as large as their weights. */
import * as Plot from '@observablehq/plot';
import type { RunResult, Study } from '../results.js';
import { chart, type Figure, type LegendItem, MARGIN, type Panel, panelWidth } from './chart.js';
import { colour } from './palette.js';
import { BREAK, type Point, spread } from './thin.js';
import { cutWords, type Fate, fateOf, MOST_PATHS, pathMarks, type Scene, type Track } from './tracks.js';
import { countOf, num, runLabels } from './words.js';

/** Pixels of the heaviest dot, and of one that is just seen. */
const RADIUS = { most: 9, least: 1.2 } as const;
const INDEX = ['₁', '₂', '₃'];

/** Which two coordinates of position are drawn, from 0. */
type Pair = readonly [number, number];
const PAIRS: Readonly<Record<number, readonly Pair[]>> = {
  2: [[0, 1]],
  3: [
    [0, 1],
    [0, 2],
    [1, 2],
  ],
};

const dimensionOf = ({ domain }: RunResult): number => domain.length - 1;

/** A weight, or its square root r, and two or three positions on circles. */
const pairsOf = (run: RunResult): readonly Pair[] =>
  ['weight', 'r'].includes(run.domain[0]?.name) && run.domain.slice(1).every(c => c.kind === 'period')
    ? (PAIRS[dimensionOf(run)] ?? [])
    : [];

const periodOf = ({ domain: [, first] }: RunResult): number => (first.kind === 'period' ? first.period : 1);

const wrapped = (x: number, period: number): number => x - period * Math.floor(x / period);

const weightOf = (run: RunResult, row: readonly number[]): number =>
  run.domain[0].name === 'r' ? row[0] * Math.abs(row[0]) : row[0];

/** Where a straight way between two points crosses the seams, as shares of it. */
function crossings(a: Point, b: Point, period: number): number[] {
  return (['x', 'y'] as const)
    .flatMap(axis => {
      const [from, to] = [a[axis] / period, b[axis] / period];
      const first = Math.floor(Math.min(from, to)) + 1;
      const count = Math.max(0, Math.ceil(Math.max(from, to)) - first);
      return Array.from({ length: Math.min(count, 100) }, (_, k) => (first + k - from) / (to - from));
    })
    .filter(s => s > 0 && s < 1)
    .sort((p, q) => p - q);
}

/** The part of a way between two crossings of seams, on the sheet where its middle lies. */
function piece(a: Point, b: Point, from: number, to: number, period: number): Point[] {
  const at = (s: number): Point => ({ x: a.x + s * (b.x - a.x), y: a.y + s * (b.y - a.y) });
  const middle = at((from + to) / 2);
  const [left, below] = [middle.x, middle.y].map(v => period * Math.floor(v / period));
  return [at(from), at(to)].map(p => ({ x: p.x - left, y: p.y - below }));
}

/** A path in the plane as the same path on the torus, interrupted at the seams. */
export function onTorus(points: readonly Point[], period: number): Point[] {
  return points.slice(1).flatMap((b, k) => {
    const a = points[k];
    const cuts = [0, ...crossings(a, b, period), 1];
    return cuts.slice(1).flatMap((to, i) => [...piece(a, b, cuts[i], to, period), BREAK]);
  });
}

function tracksOf(run: RunResult, [i, j]: Pair): readonly Track[] {
  const { particles } = run.paths;
  const indices = spread(
    Array.from({ length: particles[0]?.length ?? 0 }, (_, k) => k),
    MOST_PATHS,
  );
  return indices.map(row => {
    const rows = particles.map(state => state[row]).filter(r => r.every(Number.isFinite));
    return { fate: fateOf(rows.map(r => r[0])), row, points: rows.map(r => ({ x: r[1 + i], y: r[1 + j] })) };
  });
}

/** The true spikes as the experiment keeps them, rows [weight, position…]. */
function truthOf({ spec: { problem } }: Pick<RunResult, 'spec'>): readonly (readonly number[])[] {
  const { observation } = problem as { observation?: { truth?: readonly (readonly number[])[] } };
  return observation?.truth ?? [];
}

function guides(study: Study, run: RunResult, [i, j]: Pair): Plot.Markish[] {
  const period = periodOf(run);
  const place = (position: readonly number[]): Point => ({
    x: wrapped(position[i], period),
    y: wrapped(position[j], period),
  });
  const spikes = (study.minimum?.spikes ?? []).map(s => place(s.position));
  const truth = truthOf(run).map(([, ...position]) => place(position));
  return [
    Plot.dot(truth, { x: 'x', y: 'y', symbol: 'circle', r: 13, stroke: colour('truth'), strokeWidth: 1.4 }),
    Plot.dot(spikes, { x: 'x', y: 'y', symbol: 'times', r: 6, stroke: 'currentColor', strokeWidth: 1.2 }),
  ];
}

/** Null where particles are no spikes on a torus of two or three dimensions. */
export function torusScene(study: Study, run: RunResult, width: number, pair?: Pair): Scene | null {
  const shown = pair ?? pairsOf(run)[0];
  if (!shown || run.paths.particles.length === 0) return null;
  const [period, side, tracks] = [periodOf(run), width - MARGIN.left - MARGIN.right, tracksOf(run, shown)];
  const heaviest = run.paths.particles.at(-1)?.reduce((most, row) => Math.max(most, Math.abs(weightOf(run, row))), 0);
  const label = (k: number) => `position θ${INDEX[k]}`;
  return {
    frame: {
      width,
      height: side + MARGIN.top + MARGIN.bottom,
      x: { label: label(shown[0]), log: false, domain: [0, period] },
      y: { label: label(shown[1]), log: false, domain: [0, period] },
    },
    guides: guides(study, run, shown),
    tracks,
    sheet: {
      sx: side / period,
      sy: side / period,
      path: points => onTorus(points, period),
      x: v => wrapped(v, period),
    },
    place: row => ({ x: wrapped(row[1 + shown[0]], period), y: wrapped(row[1 + shown[1]], period) }),
    radius: row =>
      Math.max(RADIUS.least, RADIUS.most * Math.min(1, Math.sqrt(Math.abs(weightOf(run, row)) / (heaviest || 1)))),
  };
}

/** The ends, large as their weights; those without weight are left out. */
function endMarks(run: RunResult, scene: Scene): Plot.Markish[] {
  const rows = run.paths.particles.at(-1) ?? [];
  const of = (fate: Fate) => scene.tracks.filter(t => t.fate === fate).map(t => rows[t.row]);
  return (['negative', 'positive'] as const).map(fate =>
    Plot.dot(of(fate), {
      x: row => scene.place(row).x,
      y: row => scene.place(row).y,
      // In pixels, not on a scale of its own.
      r: { value: (row: readonly number[]) => scene.radius?.(row) ?? 3, scale: null },
      fill: colour(fate),
      fillOpacity: 0.75,
    }),
  );
}

function altText(run: RunResult, label: string, scene: Scene): string {
  const count = (fate: Fate) => scene.tracks.filter(t => t.fate === fate).length;
  const spikes = (run.sparsity?.spikes ?? []).slice(0, 12).map(s => `(${s.position.map(x => num(x, 2)).join(', ')})`);
  return `Paths of ${scene.tracks.length} particles on the torus in ${scene.frame.x.label} and ${scene.frame.y.label}, ${label}: ${count('positive')} end with w > 0, ${count('negative')} with w < 0; spikes at ${spikes.join(', ') || 'none'}.`;
}

function panel(study: Study, run: RunResult, pair: Pair, label: string, width: number): Panel[] {
  const scene = torusScene(study, run, width, pair);
  if (!scene) return [];
  const marks = [...pathMarks(scene.tracks, scene.sheet, 0.6), ...endMarks(run, scene), ...scene.guides];
  const pairWords = dimensionOf(run) > 2 ? `, θ${INDEX[pair[0]]} and θ${INDEX[pair[1]]}` : '';
  return [
    {
      heading: `${label}${pairWords}`,
      svg: chart({ ...scene.frame, alt: altText(run, label, scene), marks }),
      legend: [],
    },
  ];
}

const legendOf = (study: Study, drawn: readonly RunResult[]): LegendItem[] => [
  { text: 'path and end, w > 0 at the end', colour: colour('positive'), dash: 'none', mark: 'dot' },
  { text: 'path and end, w < 0 at the end', colour: colour('negative'), dash: 'none', mark: 'dot' },
  { text: 'came to rest, or stayed, at w = 0: path only', colour: colour('muted'), dash: 'none' },
  ...(drawn.some(r => truthOf(r).length > 0)
    ? [{ text: 'true spike', colour: colour('truth'), mark: 'ring' as const }]
    : []),
  ...(study.minimum
    ? [{ text: 'spike of the polished minimiser', colour: 'currentColor', mark: 'cross' as const }]
    : []),
];

/** Null when no run kept paths of spikes on a torus of two or three dimensions. */
export function torusFigure(study: Study): Figure | null {
  const labels = runLabels(study.runs);
  const drawn = study.runs.filter(run => run.paths.particles.length > 0 && pairsOf(run).length > 0);
  if (drawn.length === 0) return null;
  const width = panelWidth(drawn.reduce((n, run) => n + pairsOf(run).length, 0));
  const projected = drawn.some(run => dimensionOf(run) > 2)
    ? ' Of three positions each panel shows two: what meets in one panel need not meet on the torus.'
    : '';
  return {
    title: 'Particles along the flow',
    panels: drawn.flatMap(run =>
      pairsOf(run).flatMap(pair => panel(study, run, pair, labels[study.runs.indexOf(run)], width)),
    ),
    legend: legendOf(study, drawn),
    caption: `Each line is the way of one particle’s position over the torus, seen from above; the area of its dot at the end is its |w|, in proportion to the heaviest of its panel. A path that leaves on one side comes back on the other.${projected}${cutWords(Math.max(...drawn.map(countOf)))}`,
  };
}
