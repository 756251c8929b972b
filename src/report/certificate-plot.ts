/** η(θ) at the end of each run between the bounds that optimality asks of it. */
import * as Plot from '@observablehq/plot';
import type { RunResult, Study } from '../results.js';
import { chart, extent, type Figure, line, type Panel, panelWidth } from './chart.js';
import { colour } from './palette.js';
import { type Point, simplify, spread } from './thin.js';
import { finalParticles, given, num, runLabels } from './words.js';

const HEIGHT = 270;
const MOST_PARTICLES = 600;

type Curve = NonNullable<RunResult['curve']>;

const wrap = (theta: number): number => theta - Math.floor(theta);

/** η between two points of the curve; NaN outside of it. */
function etaAt({ theta, eta }: Curve, at: number): number {
  const after = theta.findIndex(x => x >= at);
  if (after < 0) return eta[eta.length - 1] ?? Number.NaN;
  if (after === 0) return eta[0];
  const s = (at - theta[after - 1]) / (theta[after] - theta[after - 1]);
  return eta[after - 1] + s * (eta[after] - eta[after - 1]);
}

interface Seat extends Point {
  readonly weight: number;
}

function seats(run: RunResult, curve: Curve): Seat[] {
  return spread(finalParticles(run), MOST_PARTICLES)
    .filter(([w, theta]) => Number.isFinite(w) && Number.isFinite(theta))
    .map(([weight, theta]) => ({ weight, x: wrap(theta), y: etaAt(curve, wrap(theta)) }));
}

/** Names of the two bounds in the right margin; one name where they are too close for two. */
function boundNames(bound: number, top: number): Plot.Markish[] {
  const apart = bound / top > 0.09;
  const names = apart ? [bound, -bound] : [0];
  return [
    Plot.text(names, {
      x: () => 1,
      y: d => d,
      text: d => (apart ? (d > 0 ? '+β' : '−β') : '±β'),
      dx: 4,
      textAnchor: 'start',
    }),
  ];
}

function marks(run: RunResult, curve: Curve, top: number, width: number): Plot.Markish[] {
  const { bound } = run.certificate;
  const places = seats(run, curve);
  const points = curve.theta.map((x, k) => ({ x, y: curve.eta[k] })).filter(p => Number.isFinite(p.y));
  const at = (sign: number, role: 'negative' | 'positive') =>
    Plot.dot(
      places.filter(p => Math.sign(p.weight) === sign),
      { x: 'x', y: 'y', r: 3.4, fill: colour(role), stroke: 'var(--paper, white)', strokeWidth: 0.6 },
    );
  return [
    Plot.ruleY([0], { stroke: 'currentColor', strokeOpacity: 0.35 }),
    Plot.ruleY([bound, -bound], { stroke: 'currentColor', strokeDasharray: '6 3', strokeWidth: 1 }),
    line(simplify(points, width, HEIGHT / (2 * top), 0.15), { colour: 'currentColor', width: 1.4, opacity: 0.75 }),
    Plot.ruleX(
      places.filter(p => p.weight === 0),
      { x: 'x', y1: () => -top, y2: () => -0.94 * top, stroke: colour('muted'), strokeWidth: 0.9 },
    ),
    at(-1, 'negative'),
    at(1, 'positive'),
    ...boundNames(bound, top),
  ];
}

/** A value as it is, or, where it all but touches the bound, by how much it misses it. */
function besideBound(value: number, bound: number): string {
  const over = value - bound;
  if (!(bound > 0 && Math.abs(over) < 1e-3 * bound)) return num(value);
  return over === 0 ? 'β' : `β ${over > 0 ? '+' : '−'} ${num(Math.abs(over), 2)}`;
}

type Shown = RunResult & { readonly curve: Curve };

const hasCurve = (run: RunResult): run is Shown =>
  run.curve !== null && run.curve.theta.length > 1 && extent(run.curve.eta) !== null;

function panel(run: Shown, label: string, width: number): Panel {
  const { curve } = run;
  const [low, high] = extent(curve.eta) ?? [0, 0];
  const { bound, maxAbsEta } = run.certificate;
  const top = 1.12 * (Math.max(bound, -low, high) || 1);
  const svg = chart({
    width,
    height: HEIGHT,
    marginRight: 26,
    x: { label: 'position θ', log: false, domain: [0, 1] },
    y: { label: 'η(θ), pull on a weight at θ', log: false, domain: [-top, top] },
    alt: `Certificate curve, ${label}: η ranges from ${num(low)} to ${num(high)}, largest size ${num(maxAbsEta)}, bound ${given(bound)}.`,
    marks: marks(run, curve, top, width),
  });
  return { heading: `${label}: max|η| = ${besideBound(maxAbsEta, bound)}`, svg, legend: [] };
}

/** Null when no run has a curve. */
export function certificateFigure({ runs }: Study): Figure | null {
  const labels = runLabels(runs);
  const width = panelWidth(runs.filter(hasCurve).length);
  const panels = runs.flatMap((run, i) => (hasCurve(run) ? [panel(run, labels[i], width)] : []));
  if (panels.length === 0) return null;
  return {
    title: 'Certificate of optimality',
    panels,
    legend: [
      { text: 'η at the end of the run', colour: 'currentColor' },
      { text: 'bounds ±β', colour: 'currentColor', dash: '6 3' },
      { text: 'particle with w > 0', colour: colour('positive'), mark: 'dot' },
      { text: 'particle with w < 0', colour: colour('negative'), mark: 'dot' },
      { text: 'particle at rest, w = 0', colour: colour('muted'), mark: 'tick' },
    ],
    caption:
      'The measure is a global minimum exactly when η stays between the dashed bounds everywhere and touches +β where there is positive weight, −β where there is negative. Where η leaves the bounds, weight put there would lower F. Each panel has its own scale.',
  };
}
