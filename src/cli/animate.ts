import { extname, relative } from 'node:path';
import type { Pace } from '../report/animation.js';
import type { RunResult, Study } from '../results.js';
import { EXIT, Refusal } from './exit.js';
import { claimFile, writeFile } from './output.js';
import { drawingOn } from './progress.js';
import { storedStudy } from './report.js';
import { print } from './session.js';

export interface AnimateFlags {
  readonly output?: string;
  readonly fps: string;
  readonly seconds: string;
  readonly size: string;
  readonly frames: string;
  readonly particles?: string;
  readonly force?: boolean;
  readonly progress?: boolean;
}

/** Of all frames of a GIF together: some minutes of drawing. */
const MAX_PIXELS = 5e8;

function within(flag: string, text: string, low: number, high: number): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (!(value >= low && value <= high))
    throw new Refusal(EXIT.usage, `--${flag} must lie in [${low}, ${high}], found ${JSON.stringify(text)}`);
  return value;
}

interface Film {
  readonly study: Study;
  readonly run: RunResult;
  readonly pace: Pace;
  /** Pictures of a sheet. */
  readonly count: number;
  readonly progress: boolean;
}

/** Null where the particles do not move in a plane. */
type Draw = (film: Film) => Promise<string | Uint8Array | null>;

async function gifOf({ study, run, pace, progress }: Film): Promise<Uint8Array | null> {
  const { animationFrames } = await import('../report/animation.js');
  const frames = animationFrames(study, run, pace);
  if (!frames) return null;
  const [{ rasteriser }, { gifWith, paletteOf }] = await Promise.all([
    import('./raster.js'),
    import('../report/gif.js'),
  ]);
  const { pixels } = await rasteriser('a GIF');
  const [first, middle, last] = [0, frames.length >> 1, frames.length - 1].map(k => pixels(frames[k].svg()));
  if (last.rgba.length / 4 > MAX_PIXELS / frames.length)
    throw new Refusal(
      EXIT.usage,
      `${frames.length} frames of ${last.width} × ${last.height} pixels are more than a GIF should have (${MAX_PIXELS} in all); take a smaller --size, --fps or --seconds`,
    );
  const gif = gifWith(paletteOf([first, middle, last]));
  const line = drawingOn(process.stderr, progress);
  for (const [k, frame] of frames.entries()) {
    line.show(k, frames.length);
    gif.add(pixels(frame.svg()), frame.milliseconds);
  }
  line.clear();
  return gif.finish();
}

const drawings: Readonly<Record<string, Draw>> = {
  async '.svg'({ study, run, pace }) {
    return (await import('../report/animation.js')).animationSvg(study, run, pace);
  },
  '.gif': gifOf,
  async '.png'({ study, run, pace, count }) {
    const sheet = (await import('../report/animation.js')).animationSheet(study, run, count, pace.width);
    return sheet && (await (await import('./raster.js')).rasteriser('a PNG')).png(sheet);
  },
};

function runOf(study: Study, particles: string | undefined): RunResult {
  const counts = study.runs.map(r => r.final.particles.length);
  const run = particles === undefined ? study.runs.at(-1) : study.runs[counts.indexOf(Number(particles))];
  if (!run) throw new Refusal(EXIT.usage, `no run has m = ${particles}; there are ${counts.join(', ')}`);
  return run;
}

export async function animateCommand(path: string, flags: AnimateFlags): Promise<number> {
  const output = flags.output ?? 'animation.svg';
  const ending = extname(output).toLowerCase();
  const pace = {
    // Delays in a GIF are hundredths of a second, and shorter ones than two are not kept by browsers.
    fps: within('fps', flags.fps, 1, ending === '.gif' ? 50 : 60),
    seconds: within('seconds', flags.seconds, 0.1, 60),
    width: within('size', flags.size, 200, 2000),
  };
  const count = Math.round(within('frames', flags.frames, 1, 12));
  const draw = drawings[ending];
  if (!draw)
    throw new Refusal(EXIT.usage, `the end of the name says what to draw: -o NAME.svg, .gif or .png; found ${output}`);
  const study = storedStudy(path);
  const run = runOf(study, flags.particles);
  claimFile(output, flags);
  const drawn = await draw({ study, run, pace, count, progress: flags.progress !== false });
  if (drawn === null) throw new Refusal(EXIT.usage, `${path}: its particles do not move in a plane`);
  writeFile(output, drawn);
  print(relative(process.cwd(), output));
  return EXIT.ok;
}
