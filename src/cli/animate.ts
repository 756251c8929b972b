import { statSync } from 'node:fs';
import { relative } from 'node:path';
import { EXIT, Refusal } from './exit.js';
import { writeFile } from './output.js';
import { storedStudy } from './report.js';
import { print } from './session.js';

export interface AnimateFlags {
  readonly output?: string;
  readonly fps: string;
  readonly seconds: string;
  readonly size: string;
  readonly particles?: string;
  readonly force?: boolean;
}

function within(flag: string, text: string, low: number, high: number): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (!(value >= low && value <= high))
    throw new Refusal(EXIT.usage, `--${flag} must lie in [${low}, ${high}], found ${JSON.stringify(text)}`);
  return value;
}

export async function animateCommand(path: string, flags: AnimateFlags): Promise<number> {
  const pace = {
    fps: within('fps', flags.fps, 1, 60),
    seconds: within('seconds', flags.seconds, 0.1, 60),
    width: within('size', flags.size, 200, 2000),
  };
  const output = flags.output ?? 'animation.svg';
  if (!output.endsWith('.svg')) throw new Refusal(EXIT.usage, `animations are SVG files: -o NAME.svg, found ${output}`);
  const study = storedStudy(path);
  const counts = study.runs.map(r => r.final.particles.length);
  const run = flags.particles === undefined ? study.runs.at(-1) : study.runs[counts.indexOf(Number(flags.particles))];
  if (!run) throw new Refusal(EXIT.usage, `no run has m = ${flags.particles}; there are ${counts.join(', ')}`);
  if (!flags.force && statSync(output, { throwIfNoEntry: false }))
    throw new Refusal(EXIT.io, `${output} exists; use --force to replace it, or another -o`);
  const { animationSvg } = await import('../report/animation.js');
  const svg = animationSvg(study, run, pace);
  if (svg === null) throw new Refusal(EXIT.usage, `${path}: its particles do not move in a plane`);
  writeFile(output, svg);
  print(relative(process.cwd(), output));
  return EXIT.ok;
}
