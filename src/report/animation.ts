/** The particles in motion: one SVG file that plays by itself (SMIL), evenly in the logarithm of time. */
import type { RunResult, Study } from '../results.js';
import { chart, MARGIN } from './chart.js';
import { escaped } from './markup.js';
import { spikeScene } from './particle-plot.js';
import { planeScene } from './plane-plot.js';
import type { Point } from './thin.js';
import { paint, pathMarks, type Scene, type Track } from './tracks.js';
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

/** One dot that visits its particle's states. */
function dot(run: RunResult, scene: Scene, { fate, row }: Track, shown: readonly number[], seconds: number): string {
  const to = pixels(scene);
  const at = shown.map(k => to(scene.place(run.paths.particles[k][row])));
  if (!at.every(p => Number.isFinite(p.x) && Number.isFinite(p.y))) return '';
  const [xs, ys] = [at.map(p => place(p.x)), at.map(p => place(p.y))];
  const still = fate === 'gone' || fate === 'resting';
  const look = still ? `fill="none" stroke="${paint(fate)}" r="2.8"` : `fill="${paint(fate)}" r="3.4"`;
  return `<circle cx="${xs[xs.length - 1]}" cy="${ys[ys.length - 1]}" ${look}>${moving('cx', xs, seconds)}${moving('cy', ys, seconds)}</circle>`;
}

/** The time of each stretch of equal frames; where nothing moves, the last one is seen. */
function clock(run: RunResult, shown: readonly number[], { seconds, width }: Pace): string {
  const text = (k: number) => `t = ${num(run.paths.t[k], 2)}`;
  const states = [...new Set(shown)];
  return states
    .map((k, i) => {
      const from = shown.indexOf(k) / shown.length;
      const to = (shown.lastIndexOf(k) + 1) / shown.length;
      const times = [...(from > 0 ? [0] : []), from, ...(to < 1 ? [to] : [])];
      const values = [...(from > 0 ? ['hidden'] : []), 'visible', ...(to < 1 ? ['hidden'] : [])];
      const last = i === states.length - 1;
      return `<text x="${width - MARGIN.right}" y="16" text-anchor="end" visibility="${last ? 'visible' : 'hidden'}">${text(k)}<animate attributeName="visibility" calcMode="discrete" dur="${seconds}s" repeatCount="indefinite" values="${values.join(';')}" keyTimes="${times.map(share).join(';')}"/></text>`;
    })
    .join('\n');
}

/** Null where the particles live in no plane, or nothing was kept of their way. */
export function animationSvg(study: Study, run: RunResult, pace: Pace): string | null {
  const scene = spikeScene(study, run, pace.width) ?? planeScene(run, pace.width);
  if (!scene || run.paths.t.length < 2) return null;
  const { width, height } = scene.frame;
  const shown = frameStates(run.paths.t.length, pace);
  const alt = `${scene.tracks.length} particles in motion in the plane of ${scene.frame.x.label} and ${scene.frame.y.label}, up to t = ${num(run.paths.t[run.paths.t.length - 1])}.`;
  const lines = pathMarks(scene.tracks, scene.sheet);
  const base = chart({ ...scene.frame, alt, marks: [...scene.guides, ...lines] });
  const dots = scene.tracks.map(track => dot(run, scene, track, shown, pace.seconds)).join('\n');
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height + HEAD}" width="${width}" height="${height + HEAD}" color="black" fill="currentColor" font-family="system-ui, sans-serif" font-size="13">
<title>${escaped(study.title)}</title><rect width="100%" height="100%" fill="white"/>
<text x="8" y="16" font-weight="600">m = ${countOf(run)}</text>
${clock(run, shown, pace)}
<g transform="translate(0,${HEAD})">${base}
${dots}</g>
</svg>
`;
}
