/** Figure 1: the particles' paths in the plane of position and weight, in the manner of Chizat & Bach (2018), figure 1. */
import * as Plot from '@observablehq/plot';
import type { RunResult, Study } from '../results.js';
import { chart, extent, type Figure, type LegendItem, MARGIN, type Panel, panelWidth } from './chart.js';
import { colour } from './palette.js';
import { BREAK, type Point, spread } from './thin.js';
import { cutWords, fateOf, MOST_PATHS, type Scene, type Track, trackMarks } from './tracks.js';
import { countOf, finalParticles, num, runLabels } from './words.js';

const HEIGHT = 290;

const wrap = (theta: number): number => theta - Math.floor(theta);

/** The crossing of the seam of the circle between two points, as an end, a break and a start. */
function seam(a: Point, b: Point): Point[] {
  const [from, to] = [Math.floor(a.x), Math.floor(b.x)];
  if (Math.abs(to - from) !== 1) return [BREAK];
  const y = a.y + ((Math.max(from, to) - a.x) / (b.x - a.x)) * (b.y - a.y);
  return [{ x: to > from ? 1 : 0, y }, BREAK, { x: to > from ? 0 : 1, y }];
}

/** A path on the line as the same path on the circle [0, 1), interrupted where it goes round. */
export function onCircle(points: readonly Point[]): Point[] {
  const out: Point[] = [];
  points.forEach((p, k) => {
    const before = points[k - 1];
    if (before && Math.floor(before.x) !== Math.floor(p.x)) out.push(...seam(before, p));
    out.push({ x: wrap(p.x), y: p.y });
  });
  return out;
}

/** Length of the circle. */
const periodOf = ({ domain: [, position] }: RunResult): number => (position?.kind === 'period' ? position.period : 1);

/** x: position in periods, not wrapped; y: weight, of which the conic chart holds r with w = r|r|. */
function pointOf(run: RunResult): (row: readonly number[]) => Point {
  const [period, conic] = [periodOf(run), run.domain[0].name === 'r'];
  return ([w, theta]) => ({ x: theta / period, y: conic ? w * Math.abs(w) : w });
}

function trackOf(run: RunResult, i: number): Track {
  const all = run.paths.particles.map(rows => rows[i]).map(pointOf(run));
  const points = all.filter(p => Number.isFinite(p.x) && Number.isFinite(p.y));
  return { fate: fateOf(points.map(p => p.y)), row: i, points };
}

function tracksOf(run: RunResult): readonly Track[] {
  const indices = Array.from({ length: run.paths.particles[0]?.length ?? 0 }, (_, i) => i);
  return spread(indices, MOST_PATHS).map(i => trackOf(run, i));
}

/** The weights seen, with room above and below; zero is always in. */
function weightDomain(tracks: readonly Track[]): readonly [number, number] {
  const [low, high] = extent([0, ...tracks.flatMap(t => t.points.map(p => p.y))]) ?? [0, 0];
  const room = (high - low) * 0.08 || 1;
  return [low - room, high + room];
}

function guides(study: Study, period: number, floor: number): Plot.Markish[] {
  const spikes = (study.minimum?.spikes ?? []).map(s => wrap(s.position[0] / period));
  return [
    Plot.ruleY([0], { stroke: 'currentColor', strokeWidth: 0.8 }),
    Plot.ruleX(
      (study.truth ?? []).map(([, position]) => wrap(position / period)),
      { stroke: colour('truth'), strokeDasharray: '4 3', strokeWidth: 1, strokeOpacity: 0.75 },
    ),
    Plot.dot(spikes, { x: d => d, y: () => floor, dy: -5, symbol: 'triangle', r: 4, fill: 'currentColor' }),
  ];
}

function altText(run: RunResult, label: string): string {
  const ends = finalParticles(run).filter(([w]) => w !== 0);
  const [low, high] = extent(ends.map(([w]) => w)) ?? [0, 0];
  const spikes = (run.sparsity?.spikes ?? []).map(s => num(wrap(s.position[0] / periodOf(run)), 2)).join(', ');
  return `Paths of the particles, ${label}: ${ends.length} of ${countOf(run)} end with weight not zero, between ${num(low)} and ${num(high)}; spikes at positions ${spikes || 'none'}.`;
}

/** Null where particles are no spikes on a circle. */
export function spikeScene(study: Study, run: RunResult, width: number): Scene | null {
  if (!drawable(run)) return null;
  const tracks = tracksOf(run);
  const [weights, at] = [weightDomain(tracks), pointOf(run)];
  return {
    frame: {
      width,
      height: HEIGHT,
      x: { label: periodOf(run) === 1 ? 'position θ' : 'position θ, in periods', log: false, domain: [0, 1] },
      y: { label: 'weight w', log: false, domain: weights },
    },
    guides: guides(study, periodOf(run), weights[0]),
    tracks,
    sheet: {
      sx: width - MARGIN.left - MARGIN.right,
      sy: (HEIGHT - MARGIN.top - MARGIN.bottom) / (weights[1] - weights[0]),
      path: onCircle,
      x: wrap,
    },
    place: row => ({ x: wrap(at(row).x), y: at(row).y }),
  };
}

function panel(study: Study, run: RunResult, label: string, width: number): Panel[] {
  const scene = spikeScene(study, run, width);
  if (!scene) return [];
  const marks = [...scene.guides, ...trackMarks(scene.tracks, scene.sheet)];
  return [{ heading: label, svg: chart({ ...scene.frame, alt: altText(run, label), marks }), legend: [] }];
}

function legendOf(study: Study): LegendItem[] {
  return [
    { text: 'path and end, w > 0 at the end', colour: colour('positive') },
    { text: 'path and end, w < 0 at the end', colour: colour('negative') },
    { text: 'came to rest, or stayed, at w = 0', colour: colour('muted'), mark: 'ring' },
    ...(study.truth?.length ? [{ text: 'true spike', colour: colour('truth'), dash: '4 3' }] : []),
    ...(study.minimum
      ? [{ text: 'spike of the polished minimiser', colour: 'currentColor', mark: 'triangle' as const }]
      : []),
  ];
}

/** Spikes live in the plane of a weight and a position on a circle; other particles have pictures of their own. */
const drawable = (run: RunResult): boolean =>
  run.paths.particles.length > 0 &&
  run.domain.length === 2 &&
  ['weight', 'r'].includes(run.domain[0].name) &&
  run.domain[1].kind === 'period';

/** Null when no run kept paths of spikes. */
export function particleFigure(study: Study): Figure | null {
  const labels = runLabels(study.runs);
  const width = panelWidth(study.runs.filter(drawable).length);
  const panels = study.runs.flatMap((run, i) => panel(study, run, labels[i], width));
  if (panels.length === 0) return null;
  const cut = cutWords(Math.max(...study.runs.map(countOf)));
  return {
    title: 'Particles along the flow',
    panels,
    legend: legendOf(study),
    caption: `Each line is the path of one particle from its start to its dot at the end; a spike of the measure weighs the mean of its particles’ weights over all m. Positions lie on a circle: a path that leaves on one side comes back on the other. Weights have their own scale in each panel.${cut}`,
  };
}
