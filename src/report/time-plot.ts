/** Particles on a line: their coordinate against time. */
import * as Plot from '@observablehq/plot';
import type { RunResult, Study } from '../results.js';
import { chart, extent, type Figure, line, type Panel, panelWidth } from './chart.js';
import { runColour } from './palette.js';
import { BREAK, type Point, spread } from './thin.js';
import { cutWords, MOST_PATHS } from './tracks.js';
import { countOf, num, runLabels } from './words.js';

const HEIGHT = 290;

/** Index of the states that a logarithmic time axis can show. */
export const shown = (t: readonly number[]): number[] =>
  Array.from(t.keys()).filter(k => t[k] > 0 && Number.isFinite(t[k]));

/** A range with room above and below. */
export function roomy(values: Iterable<number>): readonly [number, number] {
  const [low, high] = extent(values) ?? [0, 0];
  const room = (high - low) * 0.08 || 1;
  return [low - room, high + room];
}

const drawable = ({ domain, paths }: RunResult): boolean =>
  domain.length === 1 && domain[0].kind !== 'period' && shown(paths.t).length > 1;

function panel(run: RunResult, heading: string, width: number): Panel {
  const { t, particles } = run.paths;
  const times = shown(t);
  const indices = spread(Array.from(particles[0].keys()), MOST_PATHS);
  const paths = indices.map(i => times.map((k): Point => ({ x: t[k], y: particles[k][i][0] })));
  const ends = paths.map(p => p[p.length - 1]);
  const values = roomy(paths.flatMap(p => p.map(q => q.y)));
  const svg = chart({
    width,
    height: HEIGHT,
    x: { label: 't, flow time', log: true, domain: [t[times[0]], t[times[times.length - 1]]] },
    y: { label: run.domain[0].name, log: false, domain: values },
    alt: `Coordinate of ${paths.length} particles over time, ${heading}: they end between ${num(Math.min(...ends.map(p => p.y)))} and ${num(Math.max(...ends.map(p => p.y)))}.`,
    marks: [
      line(
        paths.flatMap(p => [...p, BREAK]),
        { colour: runColour(0), width: paths.length > 40 ? 0.8 : 1.3, opacity: 0.85 },
      ),
      Plot.dot(ends, { x: 'x', y: 'y', r: 3, fill: runColour(0) }),
    ],
  });
  return { heading, svg, legend: [] };
}

/** Null where no particle lives on a line. */
export function timeFigure(study: Study): Figure | null {
  const labels = runLabels(study.runs);
  const drawn = study.runs.filter(drawable);
  if (drawn.length === 0) return null;
  return {
    title: 'Particles along the flow',
    panels: drawn.map(run => panel(run, labels[study.runs.indexOf(run)], panelWidth(drawn.length))),
    legend: [{ text: 'path and end of a particle', colour: runColour(0), dash: 'none', mark: 'dot' }],
    caption: `Each line is the coordinate of one particle over time.${cutWords(Math.max(...drawn.map(countOf)))}`,
  };
}
