/** What a reader must know about how a run was computed: the methods that were chosen, how events were taken, where derivatives came from. */
import { MANY_PARTICLES, takenSoftly } from './soft-events.js';
import type { SolverSpec } from './spec.js';
import { MOST_KINKS, STAGE_RTOL } from './stage-values.js';
import type { Choice, Flow, Outcome, Rescues, SolveOptions, Solver } from './types.js';

/** A note that lists more changes than this is no longer read. */
const MOST_CHOICES = 6;

const choiceWords = ({ t, method, why }: Choice): string => `${method} from t = ${short(t)} (${why})`;

function choicesNote(choices: readonly Choice[]): string {
  const more = choices.length - MOST_CHOICES;
  const tail = more > 0 ? `, and ${more} more changes (outcome.choices)` : '';
  return `method: ${choices.slice(0, MOST_CHOICES).map(choiceWords).join(', ')}${tail}`;
}

const short = (t: number): number => Number(t.toPrecision(4));

function rescueNote({ refusals, rises, first, last }: Rescues): string {
  const total = refusals + rises;
  const when = first === last ? `at t = ${short(first)}` : `from t = ${short(first)} to ${short(last)}`;
  const causes = [
    refusals > 0 && `${refusals} where steps were refused again and again`,
    rises > 0 && `${rises} after a rise of F`,
  ];
  const steps = total === 1 ? 'step' : 'steps';
  return `safety net: ${total} ${steps} by minimising movement, of order 1, ${when}: ${causes.filter(Boolean).join(', ')}`;
}

const byDifferences = ({ size }: Flow): string =>
  `this problem gives no second derivatives: each Jacobian is ${2 * size} evaluations of the velocity`;

const softNote = ({ particles }: Flow): string =>
  `events are taken softly, many in one step, at interpolated times: ${particles} particles${particles > MANY_PARTICLES ? ` are more than ${MANY_PARTICLES}` : ''}; where more attempts are refused than there are events they are located from there on; solver.events: located takes all of them one by one`;

/** @param defect of the energy identity, measured in this run */
export const unlocatedWarning = (kinks: number, defect: number): string =>
  `${kinks} kinks of Φ are more than ${MOST_KINKS}: they were not located, but read at the stages of dopri5 at rtol ≥ ${STAGE_RTOL}; its energy identity holds to ${defect.toExponential(1)} in this run, a floor that smaller tolerances hardly lower; solver.events: located locates them, one step for each`;

/** Where numbers of the run are of fewer digits than the others. */
export const precisionNotes = (solver: SolverSpec | undefined): string[] =>
  solver?.precision === 'single'
    ? [
        'gradients of batches are in single precision, some 1e-7 of their size; the particles, F and what is measured are in double',
      ]
    : [];

/** @param events as in the experiment's solver */
export function methodNotes(flow: Flow, solver: Solver, events: SolveOptions['events'], ended: Outcome): string[] {
  return [
    ...(ended.choices ? [choicesNote(ended.choices)] : []),
    ...(ended.rescues ? [rescueNote(ended.rescues)] : []),
    ...(solver.located && takenSoftly(flow, events) ? [softNote(flow)] : []),
    ...(solver.stepper?.implicit && !flow.linearise ? [byDifferences(flow)] : []),
  ];
}
