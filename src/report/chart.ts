/** One panel: axes and marks by Observable Plot, on a document of linkedom instead of a browser's. */
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import type { Point } from './thin.js';
import { thin } from './thin.js';

export interface Axis {
  /** Symbol and meaning. */
  readonly label: string;
  readonly log: boolean;
  /** Counts on a log axis: 20 in place of 2·10¹. */
  readonly plain?: boolean;
  readonly domain: readonly [number, number];
  /** Values to name on the axis, in place of round ones. */
  readonly ticks?: readonly number[];
}

export interface LegendItem {
  readonly text: string;
  readonly colour: string;
  readonly dash?: string;
  /** A line where none is named; beside a dash, both. */
  readonly mark?: 'dot' | 'ring' | 'triangle' | 'square' | 'tick' | 'cross';
}

export interface Panel {
  readonly heading: string;
  readonly svg: string;
  readonly legend: readonly LegendItem[];
}

export interface Figure {
  readonly title: string;
  readonly panels: readonly Panel[];
  /** Shared by the panels. */
  readonly legend: readonly LegendItem[];
  readonly caption: string;
}

/** Pixels: three panels in a row, or two (or one beside its caption). */
export const panelWidth = (panels: number): number => (panels >= 3 ? 344 : 516);

export const MARGIN = { left: 48, right: 14, top: 26, bottom: 40 } as const;

const SUPERSCRIPT = '⁰¹²³⁴⁵⁶⁷⁸⁹';
const superscript = (n: number): string =>
  String(n)
    .replace('-', '⁻')
    .replace(/\d/g, d => SUPERSCRIPT[Number(d)]);

/** Whole powers of ten around [low, high]: at least one decade. */
export function decades(low: number, high: number): readonly [number, number] {
  const from = Math.floor(Math.log10(low) + 1e-9);
  return [10 ** from, 10 ** Math.max(from + 1, Math.ceil(Math.log10(high) - 1e-9))];
}

/** Powers of ten inside the domain, at most `most` of them; 2 and 5 too where there is room. */
function powers([low, high]: readonly [number, number], most: number): number[] {
  const from = Math.ceil(Math.log10(low) - 1e-9);
  const to = Math.floor(Math.log10(high) + 1e-9);
  const stride = Math.max(1, Math.ceil((to - from + 1) / most));
  const exponents = Array.from({ length: to - from + 1 }, (_, i) => from + i).filter(k => k % stride === 0);
  if (to - from >= 2) return exponents.map(k => Number(`1e${k}`));
  const within = [from - 1, ...exponents, to + 1].flatMap(k => [1, 2, 5].map(d => Number(`${d}e${k}`)));
  return [...new Set(within)].filter(v => v >= low * (1 - 1e-9) && v <= high * (1 + 1e-9));
}

function powerText(v: number): string {
  const [head, exponent] = v.toExponential(0).split('e').map(Number);
  return head === 1 ? `10${superscript(exponent)}` : `${head}·10${superscript(exponent)}`;
}

const plainText = (v: number): string =>
  String(Number(v.toPrecision(10)))
    .replace('-', '−')
    .replace('e+', 'e');

const ticksOf = ({ log, domain, ticks }: Axis, most: number): number[] =>
  ticks ? [...ticks] : log ? powers(domain, most) : tickValues(domain, most);

/** Round steps of 1, 2 or 5 over the domain. */
function tickValues([low, high]: readonly [number, number], most: number): number[] {
  const rough = (high - low) / most;
  const unit = 10 ** Math.floor(Math.log10(rough));
  const step = unit * ([1, 2, 5].find(d => d * unit >= 0.75 * rough) ?? 10);
  const from = Math.ceil(low / step - 1e-9);
  const count = Math.floor(high / step + 1e-9) - from + 1;
  return Number.isSafeInteger(count) ? Array.from({ length: count }, (_, i) => (from + i) * step) : [low, high];
}

/** Axes with the text given outright: Plot would drop the labels of 2 and 5 on a log axis. */
function axisMarks({ x, y, width }: Chart): Plot.Markish[] {
  const [across, up] = [ticksOf(x, width < 400 ? 5 : 7), ticksOf(y, 6)];
  const text = ({ log, plain, ticks }: Axis) => (log && !plain && !ticks ? powerText : plainText);
  return [
    Plot.gridX(across, { strokeOpacity: 0.12 }),
    Plot.gridY(up, { strokeOpacity: 0.12 }),
    Plot.axisX(across, { text: text(x), label: x.label, labelAnchor: 'center', labelArrow: 'none', labelOffset: 36 }),
    Plot.axisY(up, { text: text(y), label: y.label, labelArrow: 'none' }),
  ];
}

const scale = ({ log, domain }: Axis): Plot.ScaleOptions => ({
  type: log ? 'log' : 'linear',
  domain: [...domain],
  axis: null,
});

const { document } = parseHTML('<!doctype html><html><body></body></html>');

export interface Chart {
  readonly width: number;
  readonly height: number;
  readonly x: Axis;
  readonly y: Axis;
  readonly marks: readonly Plot.Markish[];
  /** Said to those who do not see it. */
  readonly alt: string;
  readonly marginRight?: number;
  /** Marks end at the frame. */
  readonly clip?: boolean;
}

/** SVG text that stands alone: in a file of its own, and in either colour scheme (axes are currentColor). */
export function chart(c: Chart): string {
  const svg = Plot.plot({
    // Plot asks for a Document of the DOM library; what it uses of one is what linkedom has.
    document: document as never,
    width: c.width,
    height: c.height,
    marginLeft: MARGIN.left,
    marginRight: c.marginRight ?? MARGIN.right,
    marginTop: MARGIN.top,
    marginBottom: MARGIN.bottom,
    x: scale(c.x),
    y: scale(c.y),
    ...(c.clip && { clip: true }),
    marks: [...axisMarks(c), ...c.marks],
  }) as unknown as { setAttribute(name: string, value: string): void; readonly outerHTML: string };
  svg.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  svg.setAttribute('role', 'img');
  svg.setAttribute('font-size', '12');
  // linkedom leaves < and & as they are in attributes, which a stand-alone SVG does not forgive.
  svg.setAttribute('aria-label', c.alt.replace(/[<>&"]/g, ' '));
  return svg.outerHTML;
}

export interface Stroke {
  readonly colour: string;
  readonly dash?: string;
  readonly width?: number;
  readonly opacity?: number;
}

/** A line through the points, interrupted at BREAK. */
export const line = (
  points: readonly Point[],
  { colour, dash = 'none', width = 1.6, opacity = 1 }: Stroke,
): Plot.Markish =>
  Plot.line(points as Point[], {
    x: 'x',
    y: 'y',
    stroke: colour,
    strokeWidth: width,
    strokeOpacity: opacity,
    ...(dash !== 'none' && { strokeDasharray: dash, strokeLinecap: 'butt' }),
  });

/** Points of a series that a log-log plot can show, lifted to `floor`, thinned evenly in log x. */
export function logPoints(x: readonly number[], y: readonly number[], floor: number, most = 1500): readonly Point[] {
  const points: Point[] = [];
  for (let k = 0; k < x.length; k++)
    if (x[k] > 0 && Number.isFinite(x[k]) && Number.isFinite(y[k])) points.push({ x: x[k], y: Math.max(y[k], floor) });
  return thin(points, most, Math.log);
}

/** The smallest and largest of a list of any length; null when nothing is finite. */
export function extent(values: Iterable<number>): readonly [number, number] | null {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const v of values) {
    if (!Number.isFinite(v)) continue;
    low = Math.min(low, v);
    high = Math.max(high, v);
  }
  return low <= high ? [low, high] : null;
}
