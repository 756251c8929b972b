/** How far each step size strays from the flow. */
import * as Plot from '@observablehq/plot';
import type { StepRow, StepsizeResult, Study } from '../results.js';
import { chart, decades, extent, type Figure, type LegendItem, line, panelWidth } from './chart.js';
import { colour, dash, runColour } from './palette.js';
import { given, many, num } from './words.js';

const HEIGHT = 340;
const SHAPES = ['circle', 'square', 'triangle', 'diamond', 'star', 'wye'] as const;
const MARKS = ['dot', 'square', 'triangle'] as const;

const drawable = (r: StepRow): boolean => r.step > 0 && r.distance > 0 && Number.isFinite(r.distance);

/** A diverged run can be any distance away: the axis ends ten thousand times above the farthest stable one, if there is one. */
function ceiling(rows: readonly StepRow[]): number {
  const stable = extent(rows.filter(r => r.stable && drawable(r)).map(r => r.distance));
  const all = extent(rows.filter(drawable).map(r => r.distance));
  return stable ? 1e4 * stable[1] : (all?.[1] ?? 0);
}

/** Rows to draw: those too far away, or not finite, are put on the ceiling. */
const placed = (rows: readonly StepRow[], top: number): StepRow[] =>
  rows.filter(r => r.step > 0 && r.distance !== 0).map(r => (r.distance <= top ? r : { ...r, distance: top }));

interface Place {
  readonly x: number;
  readonly y: number;
  readonly stable: boolean;
}

function places(rows: readonly StepRow[], method: string): Place[] {
  return rows
    .filter(r => r.method === method)
    .map(r => ({ x: r.step, y: r.distance, stable: r.stable }))
    .sort((a, b) => a.x - b.x);
}

function methodMarks(points: readonly Place[], i: number): Plot.Markish[] {
  const stroke = runColour(i);
  const symbol = SHAPES[i % SHAPES.length];
  // Methods often agree to many digits: later ones are smaller, so that the one below still shows.
  const common = { x: 'x', y: 'y', r: Math.max(2, 5.5 - 2.2 * i), symbol, stroke, strokeWidth: 1.4 };
  return [
    line(points, { colour: stroke, dash: dash(i) }),
    Plot.dot(
      points.filter(p => p.stable),
      { ...common, fill: stroke },
    ),
    Plot.dot(
      points.filter(p => !p.stable),
      { ...common, fill: 'var(--paper, white)' },
    ),
  ];
}

/** distance ∝ η through the smallest step, somewhat above it. */
function slopeGuide(rows: readonly StepRow[], [low, high]: readonly [number, number]): Plot.Markish {
  const first = rows.reduce((a, b) => (b.step < a.step ? b : a));
  const at = (x: number) => ({ x, y: (2 * first.distance * x) / first.step });
  return line([at(low), at(high)], { colour: colour('muted'), dash: '2 4', width: 1.2 });
}

function altText(s: StepsizeResult, methods: readonly string[]): string {
  const parts = methods.map(method => {
    const all = extent(s.rows.filter(r => r.method === method && drawable(r)).map(r => r.distance));
    return all ? `${method} from ${num(all[0])} to ${num(all[1])}` : `${method} none`;
  });
  return `Distance to the flow against step size: ${parts.join(', ')}; stability limit at ${num(s.limitStep)}.`;
}

function svgOf(s: StepsizeResult, rows: readonly StepRow[], methods: readonly string[]): string | null {
  const steps = extent([...rows.map(r => r.step), ...(s.limitStep > 0 ? [s.limitStep] : [])]);
  const heights = extent(rows.map(r => r.distance));
  if (!steps || !heights) return null;
  const x = [steps[0] / 1.4, steps[1] * 1.4] as const;
  return chart({
    width: panelWidth(1),
    height: HEIGHT,
    x: { label: 'η, step in flow time', log: true, domain: x },
    y: { label: 'sup over k of |uₖ − u(kη)|ₘ, distance to the flow', log: true, domain: decades(...heights) },
    alt: altText(s, methods),
    marks: [
      ...(s.limitStep > 0 && Number.isFinite(s.limitStep)
        ? [Plot.ruleX([s.limitStep], { stroke: 'currentColor', strokeDasharray: '6 3' })]
        : []),
      slopeGuide(rows, [steps[0], Math.min(steps[1], (steps[0] * heights[1]) / (2 * heights[0]))]),
      ...methods.flatMap((method, i) => methodMarks(places(rows, method), i)),
    ],
  });
}

function legendOf(s: StepsizeResult, methods: readonly string[]): LegendItem[] {
  return [
    ...methods.map((text, i) => ({ text, colour: runColour(i), dash: dash(i), ...(MARKS[i] && { mark: MARKS[i] }) })),
    { text: 'hollow: not stable', colour: 'currentColor', mark: 'ring' },
    { text: `2/ρ = ${num(s.limitStep)}`, colour: 'currentColor', dash: '6 3' },
    { text: 'slope 1: distance ∝ η', colour: colour('muted'), dash: '2 4' },
  ];
}

function captionOf({ particles, end }: StepsizeResult, beyond: number): string {
  const note =
    beyond === 0
      ? ''
      : ` ${many(beyond, 'run')} too far away for the axis, or not finite, ${beyond === 1 ? 'is' : 'are'} drawn at its upper end.`;
  return `For each step size η, how far the discrete iterates ever are from the flow at the same time t = kη (m = ${particles}, up to t = ${given(end)}). Below the limit 2/ρ a first-order method follows the dotted slope; above it the iterates leave the flow.${note}`;
}

/** Null without step sizes, or when none gave a distance. */
export function distanceFigure({ stepsize }: Study): Figure | null {
  if (!stepsize?.rows.some(drawable)) return null;
  const top = ceiling(stepsize.rows);
  const rows = placed(stepsize.rows, top);
  const methods = [...new Set(rows.map(r => r.method))];
  const svg = svgOf(stepsize, rows, methods);
  if (svg === null) return null;
  return {
    title: 'Distance to the flow',
    panels: [{ heading: '', svg, legend: [] }],
    legend: legendOf(stepsize, methods),
    caption: captionOf(stepsize, stepsize.rows.filter(r => !(r.distance <= top)).length),
  };
}
