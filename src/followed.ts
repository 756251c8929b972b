/** Solvers of particles told in the way of the methods over measures: F, a bound and the work, round by round. */
import { cpgd } from '../solvers/index.js';
import { certify } from './diagnostics/certificate.js';
import { flowOf } from './flow.js';
import { type Baseline, type Counter, counted, type Iterate, workOf } from './measure/baseline.js';
import { conicWeighted, type Lifting, projected } from './measure/lifting.js';
import { newtonFinish, polish } from './measure/polish.js';
import type { Program } from './measure/program.js';
import type { Atom, Outcome, Problem, Segment, SolveOptions, Solver, Vec } from './types.js';

/** A cloud that some solver moves, and what is found where it stands. */
export interface Cloud {
  readonly problem: Problem;
  readonly m: number;
  readonly start: Vec;
  /** How particles stand for a measure on the positions; null where they do not. */
  readonly lifting: Lifting | null;
}

/** A bound of F* that the cloud proves; −∞ where it proves none. */
type Bounding = (y: Vec, energy: number) => number;

/** The certificate of the problem itself. */
export const certified =
  ({ problem, m }: Cloud): Bounding =>
  (y, energy) => {
    const { proof, dual } = certify(problem, y, m, energy);
    return proof ? dual : Number.NEGATIVE_INFINITY;
  };

/** Looked at after so many steps, and each time a quarter more. */
const FIRST_LOOK = 4;
const GROWTH = 1.25;

const atomsOf = ({ problem, lifting }: Cloud, y: Vec): Atom[] | null => lifting && projected(y, problem.dim, lifting);

/** The end is kept in `last`. */
export interface Trail {
  last: Vec;
}

/** `solver` on the cloud to the end of `options`. What is only looked at is not counted. */
export function* followed(
  cloud: Cloud,
  solver: Solver,
  options: SolveOptions,
  counter: Counter,
  bounding: Bounding,
  trail: Trail,
): Baseline {
  const { problem, m, start } = cloud;
  const measuring = flowOf(problem, m);
  const steps: Generator<Segment, Outcome> = solver.integrate(flowOf(counted(problem, counter), m), start, options);
  let [lower, look, round] = [Number.NEGATIVE_INFINITY, FIRST_LOOK, 0];
  const iterate = (y: Vec, seen: boolean): Iterate => {
    const energy = measuring.energy(y);
    if (seen) lower = Math.max(lower, bounding(y, energy));
    const atoms = seen ? atomsOf(cloud, y) : null;
    return { round, atoms, energy, gap: Math.max(0, energy - lower), work: workOf(counter) };
  };
  for (;;) {
    const next = steps.next();
    if (next.done) {
      const { ok, message, choices = [] } = next.value;
      yield iterate(trail.last, true);
      const by = [...new Set(choices.map(c => c.method))].join(', ');
      return { ok, words: `${by === '' ? '' : `by ${by}; `}${message}` };
    }
    trail.last = next.value.y1;
    round++;
    const seen = round >= look;
    if (seen) look *= GROWTH;
    yield iterate(next.value.y1, seen);
  }
}

/** Newton from the end of a run: one round. */
export function* finished({ problem, m }: Cloud, y: Vec, counter: Counter): Baseline {
  const found = newtonFinish(counted(problem, counter), y, m);
  if (typeof found === 'string') return { ok: false, words: found };
  const bracket = polish(problem, y, m);
  const gap = bracket ? Math.max(0, found.energy - bracket.lower) : Number.POSITIVE_INFINITY;
  const atoms = found.spikes.map(({ weight, position }) => ({ weight, position }));
  yield { round: found.steps, atoms, energy: found.energy, gap, work: workOf(counter) };
  return { ok: true, words: `${found.steps} Newton steps from the end of the flow, its spikes merged` };
}

const FIRST_STEP = 0.1;
const LEAST_STEP = 1e-9;
/** A rise of F by this share is no rounding. */
const RISE = 1e-12;

/**
 * Conic particle gradient descent, mirror retraction: the longest step of a ladder of halves along which F does not rise, begun anew with the
 * next one when it does.
 */
export function* conicDescent(cloud: Cloud, program: Program, rounds: number, counter: Counter): Baseline {
  const method = cpgd.variant({ retraction: 'mirror' });
  const bounding: Bounding = y => program.inspect(projected(y, cloud.problem.dim, conicWeighted)).dual;
  for (let step = FIRST_STEP; step > LEAST_STEP; step /= 2) {
    const steps = followed(cloud, method, { end: rounds * step, step }, counter, bounding, { last: cloud.start });
    let before = flowOf(cloud.problem, cloud.m).energy(cloud.start);
    for (;;) {
      const next = steps.next();
      if (next.done && next.value.ok) return { ok: true, words: `α = ${step}, ${rounds} steps` };
      if (next.done) break;
      const { energy } = next.value;
      if (!(energy <= before + RISE * Math.abs(before))) break;
      before = energy;
      yield next.value;
    }
  }
  return { ok: false, words: `F rises at every step down to ${LEAST_STEP}` };
}
