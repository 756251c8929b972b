/** Paths of particles in a plane, and the marks that draw them: one line mark and one dot mark per fate. */
import * as Plot from '@observablehq/plot';
import { type Chart, line } from './chart.js';
import { colour, runColour } from './palette.js';
import { BREAK, type Point, simplify } from './thin.js';

/** More paths than this are a smear, and megabytes. */
export const MOST_PATHS = 400;
/** Above this many paths lines and dots get thinner. */
const CROWD = 40;

/** How a particle ends: by the sign of its weight; at weight zero after moving, or without; `plain` where there is no weight. */
export type Fate = 'positive' | 'negative' | 'gone' | 'resting' | 'plain';

export interface Track {
  readonly fate: Fate;
  /** Which of the rows kept for pictures. */
  readonly row: number;
  readonly points: readonly Point[];
}

/** @param weights along the path */
export function fateOf(weights: readonly number[]): Fate {
  const last = weights.at(-1) ?? 0;
  if (last !== 0) return last > 0 ? 'positive' : 'negative';
  return weights.some(w => w !== 0) ? 'gone' : 'resting';
}

/** Length of the axes in pixels per unit, and how a path is bent where the plane is rolled up. */
export interface Sheet {
  readonly sx: number;
  readonly sy: number;
  readonly path?: (points: readonly Point[]) => readonly Point[];
  readonly x?: (x: number) => number;
}

export const paint = (fate: Fate): string =>
  fate === 'plain' ? runColour(0) : colour(fate === 'gone' || fate === 'resting' ? 'muted' : fate);

/** All paths of one fate as one line mark. */
function pathMark(
  tracks: readonly Track[],
  fate: Fate,
  { sx, sy, path = p => p }: Sheet,
  opacity: number,
): Plot.Markish {
  const chosen = tracks.filter(t => t.fate === fate);
  const points = chosen.flatMap(t => [...path(simplify(t.points, sx, sy, 0.25)), BREAK]);
  return line(points, { colour: paint(fate), width: tracks.length > CROWD ? 0.8 : 1.3, opacity });
}

function endMark(tracks: readonly Track[], fate: Fate, { x = v => v }: Sheet): Plot.Markish {
  const ends = tracks.filter(t => t.fate === fate).flatMap(t => t.points.slice(-1));
  const still = fate === 'gone' || fate === 'resting';
  const r = (tracks.length > CROWD ? 2.4 : 3.6) - (still ? 0.6 : 0);
  return Plot.dot(ends, {
    x: p => x(p.x),
    y: 'y',
    r,
    ...(still ? { stroke: paint(fate), strokeOpacity: 0.7, strokeWidth: 1 } : { fill: paint(fate) }),
  });
}

/** The lines alone. */
export const pathMarks = (tracks: readonly Track[], sheet: Sheet, opacity = 0.3): Plot.Markish[] =>
  (['gone', 'negative', 'positive', 'plain'] as const).map(fate => pathMark(tracks, fate, sheet, opacity));

/** Lines below dots, the weightless below the others. */
export const trackMarks = (tracks: readonly Track[], sheet: Sheet): Plot.Markish[] => [
  ...pathMarks(tracks, sheet, 0.85),
  ...(['resting', 'gone', 'negative', 'positive', 'plain'] as const).map(fate => endMark(tracks, fate, sheet)),
];

/** Everything a picture of particles in a plane is made of, still or moving. */
export interface Scene {
  readonly frame: Omit<Chart, 'marks' | 'alt'>;
  readonly guides: readonly Plot.Markish[];
  readonly tracks: readonly Track[];
  readonly sheet: Sheet;
  place(row: readonly number[]): Point;
  /** Of a dot in pixels, where it tells something. */
  radius?(row: readonly number[]): number;
}

/** Said below a picture that leaves particles out. */
export const cutWords = (largest: number): string =>
  largest > MOST_PATHS ? ` Of more than ${MOST_PATHS} particles, ${MOST_PATHS} are drawn, evenly by index.` : '';
