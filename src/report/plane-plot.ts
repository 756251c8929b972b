/**
 * Figure 1 where particles are no spikes on a circle: units of a network as |w|θ in the plane, in the manner of Chizat & Bach (2018),
 * figure 2; eigenvalues of Σθθᵀ/m for matrices; else two coordinates, or one against time.
 */
import * as Plot from '@observablehq/plot';
import type { RunResult, Study } from '../results.js';
import { chart, extent, type Figure, type LegendItem, MARGIN, type Panel, panelWidth } from './chart.js';
import { eigenvalueFigure } from './eigenvalue-plot.js';
import { colour, runColour } from './palette.js';
import { type Point, spread } from './thin.js';
import { timeFigure } from './time-plot.js';
import { cutWords, type Fate, fateOf, MOST_PATHS, type Scene, type Track, trackMarks } from './tracks.js';
import { countOf, num, runLabels } from './words.js';

/** What is drawn of a particle's row. */
interface View {
  readonly x: string;
  readonly y: string;
  place(row: readonly number[]): Point;
  /** From the row's coordinates along the path and the particle's index. */
  fate(rows: readonly (readonly number[])[], i: number): Fate;
  /** What the colours stand for; null where there is only one. */
  readonly sign: readonly [positive: string, negative: string] | null;
  readonly caption: string;
}

const INDEX = ['₁', '₂'];
const BY_WEIGHT = ['w > 0 at the end', 'w < 0 at the end'] as const;
const byWeight: View['fate'] = rows => fateOf(rows.map(r => r[0]));

const unit: View = {
  x: `|w|θ${INDEX[0]}`,
  y: `|w|θ${INDEX[1]}`,
  place: ([w, a, b]) => ({ x: Math.abs(w) * a, y: Math.abs(w) * b }),
  fate: byWeight,
  sign: BY_WEIGHT,
  caption:
    'Each line is the path of one unit w·max(0, θ·x), drawn as the point |w|θ: its direction says where the unit is active, its length how strong it is. All begin near the origin unless the experiment says otherwise.',
};

const weighted = (biased: boolean): View => ({
  x: biased ? 'θ, input weight' : `θ${INDEX[0]}, first input weight`,
  y: biased ? 'b, bias' : `θ${INDEX[1]}, second input weight`,
  place: ([, a, b]) => ({ x: a, y: b }),
  fate: byWeight,
  sign: BY_WEIGHT,
  caption: `Each line is the path of one unit in the plane of its ${biased ? 'input weight and its bias' : 'first two input weights'}, coloured by its output weight w.`,
});

const square = (v: number): number => v * Math.abs(v);
const signedSquare = (copies: RunResult['copies']): View => ({
  x: `s(θ)${INDEX[0]} = θ${INDEX[0]}|θ${INDEX[0]}|`,
  y: `s(θ)${INDEX[1]} = θ${INDEX[1]}|θ${INDEX[1]}|`,
  place: ([a, b]) => ({ x: square(a), y: square(b) }),
  fate: (_rows, i) => ((copies?.[i] ?? 1) > 0 ? 'positive' : 'negative'),
  sign: ['on the positive copy', 'on the negative copy'],
  caption:
    'Each line is the path of one unit ±max(0, s(θ)·x), drawn as the point s(θ), which stands where |w|θ does for a unit w·max(0, θ·x). Coordinates keep their sign along the flow, so no path leaves its quadrant.',
});

const coordinates = (names: readonly string[]): View => ({
  x: names[0],
  y: names[1],
  place: ([a, b]) => ({ x: a, y: b }),
  fate: () => 'plain',
  sign: null,
  caption: `Each line is the path of one particle in the plane of its coordinates ${names[0]} and ${names[1]}, with a dot at its end.`,
});

/** Means in the plane of their first two coordinates, or weight over the only one. */
const mixture = (names: readonly string[]): View => ({
  x: names[1],
  y: names[2] ?? names[0],
  place: ([w, a, b = w]) => ({ x: a, y: b }),
  fate: byWeight,
  sign: BY_WEIGHT,
  caption:
    'Each line is the path of the mean θ of one component, coloured by its weight w at the end; the weight of a component of the mixture is the mean of the weights of its particles over all m.',
});

const HOMOGENEOUS = ['relu-network', 'leaky-relu-network'];

function viewOf({ spec: { problem }, domain, copies }: RunResult): View | null {
  if (domain.length < 2 || domain.some(c => c.kind === 'period')) return null;
  if (problem.kind === 'relu-signed-square') return signedSquare(copies);
  if (problem.kind === 'sketched-mixture') return mixture(domain.map(c => c.name));
  if (domain[0].name !== 'weight' || domain.length < 3) return coordinates(domain.map(c => c.name));
  return HOMOGENEOUS.includes(problem.kind) ? unit : weighted(domain[2].name === 'bias');
}

interface Teacher {
  readonly weights: readonly number[];
  readonly directions: readonly (readonly number[])[];
}

/** The network the targets came from, where the experiment knows it. */
function teacherOf({ spec: { problem } }: Pick<RunResult, 'spec'>): Teacher | null {
  const { teacher, data } = problem as { teacher?: Teacher; data?: { teacher?: Teacher } };
  const found = teacher ?? data?.teacher ?? null;
  return found && found.directions[0].length >= 2 ? found : null;
}

/** The means of the mixture sought, where the experiment knows it. */
const meansOf = ({ spec: { problem } }: Pick<RunResult, 'spec'>): readonly (readonly number[])[] =>
  (problem.kind === 'sketched-mixture' && (problem as { truth?: { means: number[][] } }).truth?.means) || [];

/** A cross at every true mean; a line where there is only one coordinate. */
function crosses(run: RunResult): Plot.Markish[] {
  const means = meansOf(run);
  const stroke = { stroke: colour('truth'), strokeWidth: 1.5 };
  if (run.domain.length === 2) return [Plot.ruleX(means.flat(), { ...stroke, strokeDasharray: '4 3' })];
  return [Plot.dot(means, { x: (p: number[]) => p[0], y: (p: number[]) => p[1], symbol: 'times', r: 6, ...stroke })];
}

function tracksOf(run: RunResult, view: View): readonly Track[] {
  const { particles } = run.paths;
  const kept = particles[0]?.length ?? 0;
  // Of many particles every k-th was kept.
  const every = Math.ceil(countOf(run) / Math.max(1, kept));
  const indices = spread(
    Array.from({ length: kept }, (_, i) => i),
    MOST_PATHS,
  );
  return indices.map(i => {
    const rows = particles.map(state => state[i]).filter(row => row.every(Number.isFinite));
    return { fate: view.fate(rows, i * every), row: i, points: rows.map(view.place) };
  });
}

/** The smallest square with room around all paths and the origin. */
function frameOf(tracks: readonly Track[]): { x: readonly [number, number]; y: readonly [number, number] } {
  const range = (of: (p: Point) => number) => extent([0, ...tracks.flatMap(t => t.points.map(of))]) ?? [0, 0];
  const [x, y] = [range(p => p.x), range(p => p.y)];
  const half = 0.55 * Math.max(x[1] - x[0], y[1] - y[0]) || 1;
  const around = ([low, high]: readonly [number, number]) =>
    [(low + high) / 2 - half, (low + high) / 2 + half] as const;
  return { x: around(x), y: around(y) };
}

/** The rays of the teacher's units, from the origin to the edge of the frame. */
function rays(teacher: Teacher | null, frame: ReturnType<typeof frameOf>): Plot.Markish[] {
  const ends = (teacher?.directions ?? []).flatMap(([a, b]) => {
    const reach = (d: number, [low, high]: readonly [number, number]) =>
      d > 0 ? high / d : d < 0 ? low / d : Infinity;
    const s = Math.min(reach(a, frame.x), reach(b, frame.y));
    return Number.isFinite(s) ? [{ x: s * a, y: s * b }] : [];
  });
  const stroke = { stroke: colour('truth'), strokeDasharray: '4 3', strokeWidth: 1, strokeOpacity: 0.8 };
  return [Plot.link(ends, { x1: 0, y1: 0, x2: 'x', y2: 'y', ...stroke })];
}

function altText(tracks: readonly Track[], view: View, label: string): string {
  const count = (fate: Fate) => tracks.filter(t => t.fate === fate).length;
  const ends = tracks.flatMap(t => t.points.slice(-1)).map(p => Math.hypot(p.x, p.y));
  const shares =
    view.sign === null ? '' : `${count('positive')} with a positive sign, ${count('negative')} with a negative; `;
  return `Paths of ${tracks.length} particles in the plane of ${view.x} and ${view.y}, ${label}: ${shares}the farthest ends at distance ${num(Math.max(0, ...ends))} from the origin.`;
}

/** Null where particles have fewer than two coordinates, or circles. */
export function planeScene(run: RunResult, width: number): Scene | null {
  const view = viewOf(run);
  if (!view || run.paths.particles.length === 0) return null;
  const tracks = tracksOf(run, view);
  const { x, y } = frameOf(tracks);
  const side = width - MARGIN.left - MARGIN.right;
  const pixels = side / (x[1] - x[0]);
  const axis = { stroke: 'currentColor', strokeWidth: 0.6, strokeOpacity: 0.5 };
  const teacher = view.sign === null ? null : teacherOf(run);
  return {
    frame: {
      width,
      height: side + MARGIN.top + MARGIN.bottom,
      x: { label: view.x, log: false, domain: x },
      y: { label: view.y, log: false, domain: y },
    },
    guides: [Plot.ruleX([0], axis), Plot.ruleY([0], axis), ...rays(teacher, { x, y }), ...crosses(run)],
    tracks,
    sheet: { sx: pixels, sy: pixels },
    place: view.place,
  };
}

function panel(run: RunResult, view: View, label: string, width: number): Panel[] {
  const scene = planeScene(run, width);
  if (!scene) return [];
  const marks = [...scene.guides, ...trackMarks(scene.tracks, scene.sheet)];
  return [
    { heading: label, svg: chart({ ...scene.frame, alt: altText(scene.tracks, view, label), marks }), legend: [] },
  ];
}

function legendOf(study: Study, view: View): LegendItem[] {
  if (view.sign === null)
    return [{ text: 'path and end of a particle', colour: runColour(0), dash: 'none', mark: 'dot' }];
  const fates = new Set(study.runs.flatMap(run => tracksOf(run, view).map(t => t.fate)));
  const weightless = fates.has('gone') || fates.has('resting');
  return [
    { text: `path and end, ${view.sign[0]}`, colour: colour('positive'), dash: 'none', mark: 'dot' },
    { text: `path and end, ${view.sign[1]}`, colour: colour('negative'), dash: 'none', mark: 'dot' },
    ...(weightless
      ? [{ text: 'came to rest, or stayed, at w = 0', colour: colour('muted'), mark: 'ring' as const }]
      : []),
    ...(meansOf(study).length > 0
      ? [{ text: 'true mean (cross, or line in one dimension)', colour: colour('truth') }]
      : []),
    ...(teacherOf(study) ? [{ text: 'direction of a unit of the teacher', colour: colour('truth'), dash: '4 3' }] : []),
  ];
}

function coordinatesFigure(study: Study): Figure | null {
  const labels = runLabels(study.runs);
  const drawn = study.runs.filter(run => run.paths.particles.length > 0 && viewOf(run));
  const view = drawn[0] && viewOf(drawn[0]);
  if (!view) return null;
  const width = panelWidth(drawn.length);
  const inputs =
    study.spec.problem.kind === 'sketched-mixture' ? 0 : drawn[0].domain.length - (view.sign === BY_WEIGHT ? 1 : 0);
  const rest =
    view.sign !== null && inputs > 2
      ? ` Of ${inputs} input weights the first two are drawn${teacherOf(study) ? ', and of the teacher’s directions' : ''}.`
      : '';
  return {
    title: 'Particles along the flow',
    panels: drawn.flatMap(run => panel(run, view, labels[study.runs.indexOf(run)], width)),
    legend: legendOf(study, view),
    caption: `${view.caption}${rest} Each panel has its own scale.${cutWords(Math.max(...drawn.map(countOf)))}`,
  };
}

/** The picture that fits the problem; null for spikes on a circle, which have their own. */
export const planeFigure = (study: Study): Figure | null =>
  eigenvalueFigure(study) ?? coordinatesFigure(study) ?? timeFigure(study);
