import type { Capability, Code, Flow, Outcome, Stats } from './types.js';

interface Meaning {
  readonly ok: boolean;
  readonly says: string;
  readonly cause: string;
  readonly remedy: string;
}

/** The closed set of ways a run can end. */
export const meanings: Readonly<Record<Code, Meaning>> = {
  end: { ok: true, says: 'reached the end time', cause: '', remedy: '' },
  stationary: { ok: true, says: 'the velocity vanished', cause: '', remedy: '' },
  stopped: { ok: true, says: 'a stop condition was met', cause: '', remedy: '' },
  'max-steps': {
    ok: false,
    says: 'the budget of steps was used up',
    cause: 'a stiff stretch, or a tolerance or step far smaller than needed',
    remedy: 'raise budget.steps, loosen solver.rtol, or shorten time.end',
  },
  'max-time': {
    ok: false,
    says: 'the budget of wall time was used up',
    cause: 'a stiff stretch or a large problem',
    remedy: 'raise budget.seconds or loosen solver.rtol',
  },
  'step-underflow': {
    ok: false,
    says: 'the step size fell below the spacing of the time',
    cause: 'a blow-up in finite time, or a discontinuity the solver does not locate',
    remedy: 'use the inclusion solver, or end before this time',
  },
  'not-finite': {
    ok: false,
    says: 'the velocity or the energy is not finite',
    cause: 'overflow, or a function outside its domain',
    remedy: 'look at the last good state; start closer, or bound the domain',
  },
  diverged: {
    ok: false,
    says: 'the particles ran off to infinity',
    cause: 'a step size above the stability limit, or a functional unbounded below',
    remedy: 'take a smaller step (compare with 2/ρ in `pgf stepsize`)',
  },
  'energy-rise': {
    ok: false,
    says: 'F rose along the flow',
    cause: 'an energy and a velocity that do not belong together',
    remedy: 'check the gradient, tighten solver.rtol',
  },
  'inner-solve-failed': {
    ok: false,
    says: 'an inner equation could not be solved',
    cause: 'a nearly singular system, or descent that ends at a kink of Φ',
    remedy: 'take smaller steps or an explicit solver',
  },
  chattering: {
    ok: false,
    says: 'events accumulate at one time',
    cause: 'a kink that pushes a particle back from both sides, met by a solver that cannot rest on it',
    remedy: 'use the inclusion solver, proximal-euler, or a tighter solver.rtol',
  },
  'missing-capability': {
    ok: false,
    says: 'the solver cannot integrate this flow further',
    cause: 'it needs something this problem does not offer',
    remedy: 'use the inclusion solver for a flow, sgd for a stream of fresh samples',
  },
  interrupted: {
    ok: false,
    says: 'stopped from outside',
    cause: 'a signal from outside',
    remedy: 'run again; the result so far is kept',
  },
};

/** A particle farther out than this has escaped; its square still fits a double. */
export const ESCAPE = 1e100;

/** What is known of this run in place of the general meaning. */
export interface Finding {
  readonly says?: string;
  readonly cause?: string;
  readonly remedy?: string;
}

/** @param found what happened in this run: a sentence, or more of the meaning. */
export function outcome(code: Code, t: number, stats: Stats, found: string | Finding = {}): Outcome {
  const m = meanings[code];
  const { says, cause = m.cause, remedy = m.remedy } = typeof found === 'string' ? { says: found } : found;
  const head = says ? says : `${m.says} (t = ${t})`;
  const tail = m.ok ? '' : `. Likely cause: ${cause}. Try: ${remedy}`;
  return { code, ok: m.ok, t, message: head + tail, stats: { ...stats } };
}

/** NaN never passes as success: a good end at which F is not finite is none. */
export const soundEnd = (code: Code, energy: () => number): Code =>
  meanings[code].ok && !Number.isFinite(energy()) ? 'not-finite' : code;

/** Counters while a run goes on. */
export type Counts = { -readonly [K in keyof Stats]: Stats[K] };
export const noCounts = (): Counts => ({
  steps: 0,
  rejected: 0,
  velocityEvaluations: 0,
  marginEvaluations: 0,
  jacobians: 0,
  factorisations: 0,
  events: 0,
});

/** What a method wants of this flow and does not find; undefined when it can run. */
export function lacking(
  name: string,
  needs: readonly Capability[],
  { split, unsplit, batch }: Flow,
): string | undefined {
  if (needs.includes('split') && !split)
    return unsplit ?? `${name} needs a penalty with a proximal map, and this one has none`;
  if (needs.includes('batch') && !batch) return `${name} draws batches, and R is no mean over a sample here`;
  // Its evaluation sample has a gradient, but a method that followed it would be judged by what it was fitted to.
  if (!needs.includes('batch') && batch?.rows === null)
    return `${name} follows the whole gradient, and a stream of fresh samples has none`;
  return undefined;
}
