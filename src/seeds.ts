/** What the seeds of an ensemble change besides the method's own draws: the start, the data; and where they change nothing. */
import type { Fault } from './experiment-file.js';
import { random } from './math/random.js';
import type { Experiment } from './spec.js';
import type { Problem, ProblemSpec } from './types.js';

/** The first member is the run of the experiment itself. */
export const seedOf = ({ seed }: Pick<Experiment, 'seed'>, k: number): string =>
  k === 0 ? String(seed) : `${seed}/${k}`;

/** Enough particles to see whether a start is drawn. */
const SAMPLE = 10;

const fault = (key: string, message: string): Fault[] => [{ path: ['compare', key], message }];

function startFaults({ particles, seed, solver }: Experiment, { initial }: Problem): Fault[] {
  if ('values' in particles) return [];
  const init = particles.init ?? Object.keys(initial)[0];
  const differs = (name: string) => {
    const [a, b] = [0, 1].map(k =>
      initial[name].draw(Math.min(particles.count, SAMPLE), random(seedOf({ seed }, k), 'init'), particles.scale),
    );
    return a.some((x, k) => x !== b[k]);
  };
  if (differs(init)) return [];
  const drawn = Object.keys(initial).filter(differs);
  return fault(
    'starts',
    `the start ${init} is one for all seeds, and ${solver?.kind} would draw the same curve again and again: take particles.init: ${drawn.join(' or ')}, or data: drawn`,
  );
}

/** How the problem came to be, and how it would under another seed. */
export interface Building {
  readonly frozen: ProblemSpec;
  /** It took something from a file. */
  readonly reads: boolean;
  again(seed: string): ProblemSpec;
}

function dataFaults({ seed }: Experiment, { frozen, reads, again }: Building): Fault[] {
  if (reads) return fault('data', 'the rows of a file are the same for every seed; leave out data');
  if (JSON.stringify(again(seedOf({ seed }, 1))) !== JSON.stringify(frozen)) return [];
  return fault(
    'data',
    'nothing in problem is drawn by the seed of the experiment: it is written out, or has a seed of its own; leave out data',
  );
}

/** Why every seed would give the same start, or the same data, where each is to have its own. */
export function seedFaults(experiment: Experiment, problem: Problem, building: Building): Fault[] {
  const { compare } = experiment;
  return [
    ...(compare?.starts === 'drawn' ? startFaults(experiment, problem) : []),
    ...(compare?.data === 'drawn' ? dataFaults(experiment, building) : []),
  ];
}
