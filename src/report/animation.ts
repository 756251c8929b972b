/** The particles in motion, evenly in the logarithm of time: one SVG file that plays by itself (SMIL), frames of a film, or a sheet of them. */
import type { RunResult, Study } from '../results.js';
import { chart, MARGIN } from './chart.js';
import { escaped } from './markup.js';
import { spikeScene } from './particle-plot.js';
import { planeScene } from './plane-plot.js';
import type { Point } from './thin.js';
import { torusScene } from './torus-plot.js';
import { type Fate, paint, pathMarks, type Scene, type Track } from './tracks.js';
import { countOf, num } from './words.js';

export interface Pace {
  readonly fps: number;
  /** Of one round. */
  readonly seconds: number;
  /** Pixels. */
  readonly width: number;
}

const HEAD = 24;
/** Of a round, the share in which the end is held. */
const HOLD = 0.15;

const share = (v: number): string => String(Number(v.toFixed(4)));
const place = (v: number): string => String(Number(v.toFixed(1)));

/** Which of `states` each frame shows: all of the way, then the end held. */
function frameStates(states: number, { fps, seconds }: Pace): number[] {
  const frames = Math.max(2, Math.round(fps * seconds));
  const moving = Math.max(1, Math.round(frames * (1 - HOLD)) - 1);
  return Array.from({ length: frames }, (_, k) => Math.min(states - 1, Math.round((k / moving) * (states - 1))));
}

const moving = (attribute: string, values: readonly string[], seconds: number): string =>
  new Set(values).size === 1
    ? ''
    : `<animate attributeName="${attribute}" calcMode="discrete" dur="${seconds}s" repeatCount="indefinite" values="${values.join(';')}"/>`;

function pixels({ frame: { width, height, x, y } }: Scene): (p: Point) => Point {
  const across = (width - MARGIN.left - MARGIN.right) / (x.domain[1] - x.domain[0]);
  const up = (height - MARGIN.top - MARGIN.bottom) / (y.domain[1] - y.domain[0]);
  return p => ({
    x: MARGIN.left + (p.x - x.domain[0]) * across,
    y: height - MARGIN.bottom - (p.y - y.domain[0]) * up,
  });
}

const isStill = (fate: Fate): boolean => fate === 'gone' || fate === 'resting';

const lookOf = (fate: Fate): string =>
  isStill(fate) ? `fill="none" stroke="${paint(fate)}"` : `fill="${paint(fate)}"`;

/** Where and how large a particle is in the states asked for; null where it is nowhere. */
function placesOf(run: RunResult, scene: Scene, { fate, row }: Track, states: readonly number[]): string[][] | null {
  const to = pixels(scene);
  const rows = states.map(k => run.paths.particles[k][row]);
  const at = rows.map(r => to(scene.place(r)));
  if (!at.every(p => Number.isFinite(p.x) && Number.isFinite(p.y))) return null;
  const size = scene.radius ?? (() => (isStill(fate) ? 2.8 : 3.4));
  return [at.map(p => place(p.x)), at.map(p => place(p.y)), rows.map(r => place(size(r)))];
}

/** One dot that visits its particle's states. */
function dot(run: RunResult, scene: Scene, track: Track, shown: readonly number[], seconds: number): string {
  const places = placesOf(run, scene, track, shown);
  if (!places) return '';
  const [cx, cy, r] = places.map(values => values[values.length - 1]);
  const motion = ['cx', 'cy', 'r'].map((attribute, j) => moving(attribute, places[j], seconds)).join('');
  return `<circle cx="${cx}" cy="${cy}" ${lookOf(track.fate)} r="${r}">${motion}</circle>`;
}

const timeText = (run: RunResult, k: number): string => `t = ${num(run.paths.t[k], 2)}`;

/** The time of each stretch of equal frames; where nothing moves, the last one is seen. */
function clock(run: RunResult, shown: readonly number[], { seconds, width }: Pace): string {
  const states = [...new Set(shown)];
  return states
    .map((k, i) => {
      const from = shown.indexOf(k) / shown.length;
      const to = (shown.lastIndexOf(k) + 1) / shown.length;
      const times = [...(from > 0 ? [0] : []), from, ...(to < 1 ? [to] : [])];
      const values = [...(from > 0 ? ['hidden'] : []), 'visible', ...(to < 1 ? ['hidden'] : [])];
      const last = i === states.length - 1;
      return `<text x="${width - MARGIN.right}" y="16" text-anchor="end" visibility="${last ? 'visible' : 'hidden'}">${timeText(run, k)}<animate attributeName="visibility" calcMode="discrete" dur="${seconds}s" repeatCount="indefinite" values="${values.join(';')}" keyTimes="${times.map(share).join(';')}"/></text>`;
    })
    .join('\n');
}

/** All that does not move. */
interface Stage {
  readonly scene: Scene;
  readonly width: number;
  readonly height: number;
  readonly base: string;
}

/** Null where the particles live in no plane, or nothing was kept of their way. */
function stageOf(study: Study, run: RunResult, wide: number): Stage | null {
  const scene = spikeScene(study, run, wide) ?? torusScene(study, run, wide) ?? planeScene(run, wide);
  if (!scene || run.paths.t.length < 2) return null;
  const { width, height } = scene.frame;
  const alt = `${scene.tracks.length} particles in motion in the plane of ${scene.frame.x.label} and ${scene.frame.y.label}, up to t = ${num(run.paths.t[run.paths.t.length - 1])}.`;
  const lines = pathMarks(scene.tracks, scene.sheet);
  const base = chart({ ...scene.frame, alt, marks: [...scene.guides, ...lines] });
  return { scene, width, height: height + HEAD, base };
}

const page = (study: Study, width: number, height: number, inside: string): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" color="black" fill="currentColor" font-family="system-ui, sans-serif" font-size="13">
<title>${escaped(study.title)}</title><rect width="100%" height="100%" fill="white"/>
${inside}
</svg>
`;

const headed = (run: RunResult, { base }: Stage, time: string, dots: string): string =>
  `<text x="8" y="16" font-weight="600">m = ${countOf(run)}</text>
${time}
<g transform="translate(0,${HEAD})">${base}
${dots}</g>`;

/** Null where the particles live in no plane, or nothing was kept of their way. */
export function animationSvg(study: Study, run: RunResult, pace: Pace): string | null {
  const stage = stageOf(study, run, pace.width);
  if (!stage) return null;
  const shown = frameStates(run.paths.t.length, pace);
  const dots = stage.scene.tracks.map(track => dot(run, stage.scene, track, shown, pace.seconds)).join('\n');
  return page(study, stage.width, stage.height, headed(run, stage, clock(run, shown, pace), dots));
}

/** One state of a run as it stands. */
function still(run: RunResult, stage: Stage, k: number): string {
  const circle = (track: Track) => {
    const [[cx], [cy], [r]] = placesOf(run, stage.scene, track, [k]) ?? [[], [], []];
    return cx === undefined ? '' : `<circle cx="${cx}" cy="${cy}" r="${r}" ${lookOf(track.fate)}/>`;
  };
  const time = `<text x="${stage.width - MARGIN.right}" y="16" text-anchor="end">${timeText(run, k)}</text>`;
  return headed(run, stage, time, stage.scene.tracks.map(circle).join('\n'));
}

/** A frame of a film and how long it is seen. */
export interface Frame {
  readonly milliseconds: number;
  /** An SVG file without motion. */
  svg(): string;
}

/** The frames of the same animation, equal neighbours as one; null as for animationSvg. */
export function animationFrames(study: Study, run: RunResult, pace: Pace): Frame[] | null {
  const stage = stageOf(study, run, pace.width);
  if (!stage) return null;
  const shown = frameStates(run.paths.t.length, pace);
  return [...new Set(shown)].map(k => ({
    milliseconds: (shown.filter(s => s === k).length * 1000) / pace.fps,
    svg: () => page(study, stage.width, stage.height, still(run, stage, k)),
  }));
}

const ROW = 3;

/** The same states as a sheet of `count` pictures on one page; null as for animationSvg. */
export function animationSheet(study: Study, run: RunResult, count: number, width: number): string | null {
  const stage = stageOf(study, run, width);
  if (!stage) return null;
  const last = run.paths.t.length - 1;
  const states = [...new Set(Array.from({ length: count }, (_, i) => Math.round((i / Math.max(1, count - 1)) * last)))];
  // One picture is the end.
  const chosen = count === 1 ? [last] : states;
  const columns = Math.min(ROW, chosen.length);
  const cells = chosen.map((k, i) => {
    const [x, y] = [(i % columns) * stage.width, Math.floor(i / columns) * stage.height];
    return `<g transform="translate(${x},${y})">${still(run, stage, k)}</g>`;
  });
  return page(study, columns * stage.width, Math.ceil(chosen.length / columns) * stage.height, cells.join('\n'));
}
