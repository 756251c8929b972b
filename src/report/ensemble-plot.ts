/** F along t over many seeds: its mean, the band between two quantiles, and some of the members. */
import * as Plot from '@observablehq/plot';
import type { Ensemble, Study } from '../results.js';
import { chart, decades, extent, type Figure, line, type Panel, panelWidth } from './chart.js';
import { colour, runColour } from './palette.js';
import type { Point } from './thin.js';
import { roomy, shown } from './time-plot.js';
import { given, num } from './words.js';

const HEIGHT = 320;
/** More members than this make a smear of the band. */
const MOST_MEMBERS = 5;

/** A logarithmic axis shows less than a linear one of values that differ by less than this factor. */
const DECADES = 20;

const percent = (level: number): string => `${given(100 * level)} %`;

const through = (t: readonly number[], values: readonly number[]): Point[] =>
  shown(t).map(k => ({ x: t[k], y: values[k] }));

function panel(e: Ensemble, width: number): Panel | null {
  const times = shown(e.t);
  if (times.length < 2) return null;
  const band = times.map(k => ({ x: e.t[k], low: e.low[k], high: e.high[k] }));
  const members = e.members.filter(m => m.t.length === e.t.length).slice(0, MOST_MEMBERS);
  const range = extent([...band.flatMap(b => [b.low, b.high]), ...members.flatMap(m => times.map(k => m.energy[k]))]);
  if (!range) return null;
  const log = range[0] > 0 && range[1] > DECADES * range[0];
  const [mean, deviation] = [e.mean[e.mean.length - 1], e.deviation[e.deviation.length - 1]];
  const svg = chart({
    width,
    height: HEIGHT,
    x: { label: 't, time of the method', log: true, domain: [e.t[times[0]], e.t[times[times.length - 1]]] },
    y: { label: 'F, objective', log, domain: log ? decades(...range) : roomy(range) },
    alt: `F over time, m = ${e.particles}, ${e.seeds} seeds: mean ${num(e.mean[0])} at the start, ${num(mean)} at the end with standard deviation ${num(deviation, 2)}.`,
    marks: [
      Plot.areaY(band, { x: 'x', y1: 'low', y2: 'high', fill: runColour(0), fillOpacity: 0.22 }),
      ...members.map(m => line(through(e.t, m.energy), { colour: colour('muted'), width: 0.7, opacity: 0.8 })),
      line(through(e.t, e.mean), { colour: runColour(0), width: 2.2 }),
    ],
  });
  return { heading: `m = ${e.particles}, ${e.seeds} seeds`, svg, legend: [] };
}

/** Null where no seeds are compared. */
export function ensembleFigure({ ensembles = [] }: Study): Figure | null {
  const panels = ensembles.flatMap(e => panel(e, panelWidth(ensembles.length)) ?? []);
  if (panels.length === 0) return null;
  const [{ levels, starts, data }] = ensembles;
  const band = `${percent(levels[0])} to ${percent(levels[1])}`;
  return {
    title: 'Objective over seeds',
    panels,
    legend: [
      { text: 'mean of F over the seeds', colour: runColour(0) },
      { text: `band: quantiles ${band}`, colour: runColour(0), mark: 'square' },
      { text: `up to ${MOST_MEMBERS} of the seeds`, colour: colour('muted') },
    ],
    caption: `The same experiment under many seeds, ${starts === 'same' ? 'all from the same start' : 'each from a start of its own'}${data ? ' and on data of its own' : ''}. Eight of ten seeds lie in the band at any one time.`,
  };
}
