/** Figures over time, a line per run: the excess over the minimum, the energy defect, the spectral radius. */
import type * as Plot from '@observablehq/plot';
import type { RunResult, StepsizeResult, Study } from '../results.js';
import {
  chart,
  decades,
  extent,
  type Figure,
  type LegendItem,
  line,
  logPoints,
  type Panel,
  panelWidth,
} from './chart.js';
import { dash, levelColour, runColour } from './palette.js';
import type { Point } from './thin.js';
import { spread } from './thin.js';
import { countOf, given, lowerBound, num, runLabels } from './words.js';

const HEIGHT = 320;
/** Earlier than this part of the end time nothing is drawn: the first steps of a solver span many decades and show nothing. */
const EARLIEST = 1e-4;
const MOST_STEPS = 16;
/** In units of F(0); a larger one is a run gone wrong, whatever its size. */
const LARGEST_DEFECT = 10;
const TIME = 't, flow time';

interface Line {
  readonly label: string;
  readonly colour: string;
  readonly dash: string;
  readonly width?: number;
  readonly points: readonly Point[];
}

const legendItem = ({ label, colour, dash }: Line): LegendItem => ({ text: label, colour, dash });

interface Frame {
  readonly heading: string;
  readonly y: string;
  readonly width: number;
  /** Upper end of y, where the data must not set it. */
  readonly cap?: number;
  readonly extra?: readonly Plot.Markish[];
}

/** Up to the cap, and the one point on it where a line leaves. */
function below(points: readonly Point[], cap: number): readonly Point[] {
  const leaves = points.findIndex(p => p.y > cap);
  return leaves < 0 ? points : [...points.slice(0, leaves), { x: points[leaves].x, y: cap }];
}

function timeRange(lines: readonly Line[]): readonly [number, number] | null {
  const range = extent(lines.flatMap(l => l.points.map(p => p.x)));
  if (!range || range[0] >= range[1]) return null;
  const from = Math.max(range[0], range[1] * EARLIEST);
  return range[1] / from >= 10 ? [from, range[1]] : decades(from, range[1]);
}

const altText = (lines: readonly Line[], f: Frame): string =>
  `${f.y} over time. ${spread(lines, 12)
    .map(l => `${l.label}: from ${num(l.points[0].y)} to ${num(l.points[l.points.length - 1].y)}`)
    .join('; ')}.`;

/** Null when there is nothing with an extent in time. */
function timePanel(candidates: readonly Line[], f: Frame, legend: readonly LegendItem[]): Panel | null {
  const times = timeRange(candidates);
  if (!times) return null;
  const lines = candidates
    .map(l => ({
      ...l,
      points: below(
        l.points.filter(p => p.x >= times[0]),
        f.cap ?? Number.POSITIVE_INFINITY,
      ),
    }))
    .filter(l => l.points.length > 1);
  const values = extent(lines.flatMap(l => l.points.map(p => p.y)));
  if (!values) return null;
  const svg = chart({
    width: f.width,
    height: HEIGHT,
    x: { label: TIME, log: true, domain: times },
    y: { label: f.y, log: true, domain: decades(...values) },
    alt: altText(lines, f),
    marks: [...(f.extra ?? []), ...lines.map(l => line(l.points, l))],
  });
  return { heading: f.heading, svg, legend };
}

/** A line per run of a quantity of its series. */
function runLines(runs: readonly RunResult[], of: (run: RunResult) => readonly Point[]): Line[] {
  const labels = runLabels(runs);
  return runs.map((run, i) => ({ label: labels[i], colour: runColour(i), dash: dash(i), points: of(run) }));
}

/** F − reference of a run, no lower than rounding lets it be. */
const excessOf = ({ series: { t, energy } }: RunResult, reference: number): readonly Point[] =>
  logPoints(
    t,
    energy.map(F => F - reference),
    1e-16 * (Math.abs(reference) || 1),
  );

/** Whatever climbs ten times over where it began is on its way out, and must not set the scale. */
function ceiling(lines: readonly Line[]): { cap?: number } {
  const first = extent(lines.flatMap(l => l.points.slice(0, 1).map(p => p.y)));
  return first ? { cap: 10 * first[1] } : {};
}

/** F − F*; F itself, which is not negative, where nothing is known of F*. */
function runsPanel(study: Study, reference: number | undefined, width: number): Panel | null {
  const lines = runLines(study.runs, run => excessOf(run, reference ?? 0));
  const y = reference === undefined ? 'F, objective' : 'F − F*, excess';
  return timePanel(lines, { heading: 'The flow', y, width, ...ceiling(lines) }, lines.map(legendItem));
}

interface StepLines {
  readonly lines: readonly Line[];
  readonly legend: readonly LegendItem[];
}

/** In units of the stability limit where there is one: the table has the rest. */
const stepText = (step: number, ofLimit = Number.NaN): string =>
  ofLimit > 0 && Number.isFinite(ofLimit) ? `η = ${num(ofLimit, 2)} × 2/ρ` : `η = ${given(step)}`;

/** A line per method and step size: colour says the step, dashes the method. */
function stepLines({ rows, reference }: StepsizeResult): StepLines {
  const all = [...new Set(rows.map(r => r.step))].sort((a, b) => a - b);
  const steps = spread(all, MOST_STEPS);
  const methods = [...new Set(rows.map(r => r.method))];
  const floor = 1e-16 * (Math.abs(reference.value) || 1);
  const hue = (step: number) => levelColour(steps.indexOf(step), steps.length);
  const lines = rows
    .filter(r => steps.includes(r.step))
    .map(r => ({
      label: `${r.method} at η = ${given(r.step)}`,
      colour: hue(r.step),
      dash: dash(methods.indexOf(r.method)),
      width: 1.3,
      points: logPoints(r.curve.t, r.curve.excess, floor, 600),
    }));
  const limits = new Map(rows.map(r => [r.step, r.ofLimit]));
  const legend = [
    ...methods.map((method, i) => ({ text: method, colour: 'currentColor', dash: dash(i) })),
    ...spread(steps, 12).map(step => ({ text: stepText(step, limits.get(step)), colour: hue(step) })),
  ];
  return { lines, legend };
}

/** The flow the step sizes were held against: the run of as many particles. */
function flowLine(study: Study, s: StepsizeResult): Line[] {
  const run = study.runs.find(r => countOf(r) === s.particles);
  if (!run) return [];
  return [
    { label: 'the flow', colour: 'currentColor', dash: 'none', width: 2.4, points: excessOf(run, s.reference.value) },
  ];
}

function stepsPanel(study: Study, width: number): Panel | null {
  const s = study.stepsize;
  if (!s) return null;
  const flow = flowLine(study, s);
  const { lines, legend } = stepLines(s);
  return timePanel(
    [...lines, ...flow],
    { heading: `Step sizes, m = ${s.particles}`, y: 'F − reference, excess', width, ...ceiling([...flow, ...lines]) },
    [...(flow.length > 0 ? [{ text: 'the flow (thick)', colour: 'currentColor' }] : []), ...legend],
  );
}

/** Excess over the minimum against time; beside it what step sizes do to it. */
export function excessFigure(study: Study): Figure | null {
  const reference = lowerBound(study);
  const width = panelWidth(2);
  const panels = [runsPanel(study, reference?.value, width), stepsPanel(study, width)].filter(p => p !== null);
  if (panels.length === 0) return null;
  const left = reference
    ? ` F* is ${num(reference.value, 8)}, ${reference.source}${study.minimum ? '' : ', so that lines level off at the gap'}.`
    : ' No lower bound of F* is known here, so F itself is drawn.';
  const right = study.stepsize
    ? ` Where step sizes are shown, the reference is ${num(study.stepsize.reference.value, 8)} (${study.stepsize.reference.source}); lines that level off have stopped converging.`
    : '';
  return {
    title: 'Decay of the objective',
    panels,
    legend: [],
    caption: `Straight downward stretches are power laws in time, downward bends exponential decay; a line that levels off high is a local minimum.${left}${right} Lines cut at the top diverge; values below 1e-16·F are drawn there.`,
  };
}

/** |F(t) + D(t) − F(0)| / F(0): what the integration got wrong, by its own books. */
function defectOf({ audit, series: { t, energy, dissipation } }: RunResult): readonly Point[] {
  // Noisy steps keep no identity.
  if (audit.looks !== undefined) return [];
  const start = Math.abs(energy[0]) || 1;
  const defect = energy.map((F, k) => Math.abs(F + dissipation[k] - energy[0]) / start);
  return logPoints(t, defect, 1e-17);
}

/** The energy identity, audited along the way. */
export function defectFigure({ runs }: Study): Figure | null {
  const lines = runLines(runs, run => (run.audit.dynamics === undefined ? defectOf(run) : [])).filter(
    l => l.points.length > 0,
  );
  const frame = { heading: '', y: '|F + D − F(0)| / F(0), energy defect', width: panelWidth(1), cap: LARGEST_DEFECT };
  const panel = timePanel(lines, frame, []);
  return (
    panel && {
      title: 'Energy identity',
      panels: [panel],
      legend: lines.map(legendItem),
      caption:
        'Along an exact gradient flow F(t) plus the dissipation D(t) = ∫|u′|² stays at F(0). The height of a line is how far the computed run departs from that, relative to F(0); exact zeros are drawn at 1e-17.',
    }
  );
}

/** A radius of zero (nothing moves) has no place on a log axis. */
const positive = (t: readonly number[], y: readonly number[]): readonly Point[] =>
  logPoints(t, y, 0).filter(p => p.y > 0);

/** Spectral radius of the active Jacobian against time. */
export function spectrumFigure({ runs }: Study): Figure | null {
  const known = runLines(runs, ({ spectrum }) =>
    spectrum ? positive(spectrum.t, (spectrum.edge && spectrum.sharpness) || spectrum.radius) : [],
  );
  // What the steps of a run bear: a level line in its colour.
  const edges = runLines(runs, ({ spectrum }) => {
    const [edge, ends] = [spectrum?.edge, extent(spectrum?.t.filter(t => t > 0) ?? [])];
    return edge && ends ? ends.map(x => ({ x, y: edge })) : [];
  }).map(l => ({ ...l, dash: '2 3', label: `${l.label}: 2/η` }));
  const lines = [...known, ...edges].filter(l => l.points.length > 1);
  const panel = timePanel(lines, { heading: '', y: 'ρ(t), spectral radius', width: panelWidth(1) }, []);
  return (
    panel && {
      title: 'Sharpness along the flow',
      panels: [panel],
      legend: lines.map(legendItem),
      caption:
        'ρ is the spectral radius of the Jacobian of the particles that move. Gradient descent with step η (in flow time) is stable where η < 2/ρ: the higher the line, the smaller the step must be. For runs of such steps the largest curvature is drawn in place of ρ, and the dotted line is 2/η, (2 + 2β)/η with momentum: above it steps are thrown out, until they meet a flatter place at that level, the edge of stability.',
    }
  );
}
