/** F − F* along the way of every method, against evaluations and against time. */
import * as Plot from '@observablehq/plot';
import type { MethodComparison, MethodRow } from '../method-results.js';
import { chart, decades, extent, type Figure, line, logPoints, MARGIN, type Panel, panelWidth } from './chart.js';
import { dash, runColour } from './palette.js';
import type { Point } from './thin.js';
import { num, numUp } from './words.js';

const HEIGHT = 360;
/** F is known to no more than this share of itself. */
const ROUNDING = 1e-16;

interface Measure {
  readonly label: string;
  readonly of: (r: MethodRow) => readonly number[];
}
const MEASURES: readonly Measure[] = [
  { label: 'positions at which φ was evaluated', of: r => r.history.positions },
  { label: 'seconds', of: r => r.history.seconds },
];

/** What F* is taken to be: the proven lower bound, else the least F of all. */
const groundOf = ({ lower, upper }: MethodComparison): number => (Number.isFinite(lower) ? lower : upper);
const floorOf = ({ lower, upper }: MethodComparison): number =>
  Math.max(Number.isFinite(lower) ? upper - lower : 0, ROUNDING * Math.abs(upper), Number.MIN_VALUE);

/** Methods that never evaluate φ before their last round have no line against evaluations. */
const moves = (x: readonly number[]): boolean => x.length < 3 || x[x.length - 2] > x[0];

const NAMES_WIDTH = 146;
/** Pixels from one name to the next. */
const NAMES_APART = 14;

interface End extends Point {
  readonly method: string;
  readonly colour: string;
  /** Where the name stands on the y axis. */
  readonly beside: number;
}

/** Names in the right margin, in the order of the ends and no nearer than a line of text: a file has no legend beside it. */
function named(ends: readonly Omit<End, 'beside'>[], [low, high]: readonly [number, number]): End[] {
  const pixels = HEIGHT - MARGIN.top - MARGIN.bottom;
  const apart = (NAMES_APART / pixels) * Math.log(high / low);
  let free = Number.NEGATIVE_INFINITY;
  const up = [...ends]
    .sort((a, b) => a.y - b.y)
    .map(end => {
      free = Math.max(Math.log(end.y), free + apart);
      return { end, at: free };
    });
  // Those that were pushed out at the top come down again.
  let most = Math.log(high);
  return up.reverse().map(({ end, at }) => {
    const beside = Math.min(at, most);
    most = beside - apart;
    return { ...end, beside: Math.exp(beside) };
  });
}

function nameMarks(ends: readonly End[], right: number): Plot.Markish[] {
  return ends.flatMap(e => [
    Plot.link([e], { x1: 'x', y1: 'y', x2: () => right, y2: 'beside', stroke: e.colour, strokeOpacity: 0.35 }),
    Plot.text([e], { x: () => right, y: 'beside', text: () => e.method, fill: e.colour, textAnchor: 'start', dx: 5 }),
  ]);
}

function pointsOf(c: MethodComparison, r: MethodRow, { of }: Measure): readonly Point[] {
  const x = of(r);
  if (!moves(x)) return [];
  const ground = groundOf(c);
  return logPoints(
    x,
    r.history.energy.map(F => F - ground),
    floorOf(c),
  );
}

function panelOf(c: MethodComparison, measure: Measure): Panel {
  const lines = c.rows.map(r => pointsOf(c, r, measure));
  const all = lines.flat();
  const x = decades(...(extent(all.map(p => p.x)) ?? ([1, 10] as const)));
  const y = decades(...(extent(all.map(p => p.y)) ?? ([1e-16, 1] as const)));
  const ends = c.rows.flatMap((r, i) =>
    lines[i].slice(-1).map(p => ({ ...p, method: r.method, colour: runColour(i) })),
  );
  const marks = [
    ...nameMarks(named(ends, y), x[1]),
    ...lines.flatMap((points, i) => [
      line(points, { colour: runColour(i), dash: dash(i) }),
      Plot.dot(points.slice(-1), { x: 'x', y: 'y', r: 3.2, fill: runColour(i) }),
    ]),
  ];
  const alt = `F − F* against ${measure.label}: ${c.rows.map(r => `${r.method} ends at ${num(r.energy - groundOf(c), 2)}`).join(', ')}.`;
  const svg = chart({
    width: panelWidth(2) + 60,
    height: HEIGHT,
    x: { label: measure.label, log: true, domain: x },
    y: { label: Number.isFinite(c.lower) ? 'F − F*' : 'F − least F', log: true, domain: y },
    alt,
    marks,
    marginRight: NAMES_WIDTH,
  });
  return { heading: `against ${measure.label}`, svg, legend: [] };
}

/** Null when no method came to anything. */
export function methodsFigure(c: MethodComparison): Figure | null {
  if (c.rows.length === 0) return null;
  const bracket = Number.isFinite(c.lower)
    ? `F* is taken at its proven lower bound, ${numUp(c.upper - c.lower, 2)} below the best F: what stands there is as good as can be told.`
    : 'There is no proven lower bound of F*, and nothing says that the least F is the minimum.';
  const silent = c.rows.filter(r => !moves(r.history.positions)).map(r => r.method);
  const without =
    silent.length > 0 ? ` ${silent.join(' and ')} works on moments and has a line against time only.` : '';
  return {
    title: 'Methods',
    panels: MEASURES.map(m => panelOf(c, m)),
    // Every line has its name beside it.
    legend: [],
    caption: `${Number.isFinite(c.lower) ? 'F − F*' : 'F minus the least F of all'} along the way of each method; a dot is its end. ${bracket} A supremum of |η| counts for nothing on the left, and for what it costs on the right.${without}`,
  };
}
