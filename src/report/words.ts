/** What the numbers say, in sentences that the terminal and the page share. */
import { meanings } from '../outcome.js';
import type {
  Audit,
  Certificate,
  Convergence,
  Ensemble,
  FreeEnergy,
  Polished,
  RunResult,
  Spectrum,
  StepRow,
  StepsizeResult,
  Study,
  Verification,
} from '../results.js';
import { given, many, num, numDown, numUp } from './numbers.js';

export * from './numbers.js';

type Rows = readonly (readonly number[])[];

/** The particles a run ended with, rows [w, θ]. */
export const finalParticles = ({ final }: RunResult): Rows => final.particles;

/** m. */
export const countOf = (run: RunResult): number => finalParticles(run).length;

/** A name for each run, by its particle count; where that does not tell them apart, by its place too. */
export function runLabels(runs: readonly RunResult[]): string[] {
  const counts = runs.map(countOf);
  return counts.map((m, i) => (counts.indexOf(m) === counts.lastIndexOf(m) ? `m = ${m}` : `run ${i + 1}, m = ${m}`));
}

/** Why and when it ended. */
export const outcomeWords = ({ outcome }: RunResult): string =>
  `${meanings[outcome.code]?.says ?? outcome.code} (t = ${given(outcome.t)})`;

/** A run that still has this share of its largest speed has not settled. */
const MOVING = 1e-3;

/** Whether the velocity is gone at the end. */
export function restWords({ series, audit }: RunResult): string {
  const speed = series.stationarity.at(-1);
  if (speed === undefined) return '';
  if (!Number.isFinite(speed)) return 'the velocity at the end is not finite';
  if (audit.looks !== undefined || audit.dynamics === 'noisy')
    return `the last step had |u′|ₘ = ${num(speed, 2)}, noise included`;
  const moving = speed > MOVING * series.stationarity.reduce((a, b) => Math.max(a, b), 0);
  return `|u′|ₘ = ${num(speed, 2)} is left at the end${moving ? ': still moving' : ''}`;
}

/** Whether the path has come to its end. */
export function fateWords({ fate, path, rate, remaining, size }: Convergence): string {
  const slope = rate === null ? '' : `; over the second half of the time |u′|ₘ falls like t^${num(-rate, 2)}`;
  const length = `path length ∫|u′|ₘ dt = ${num(path)}${slope}`;
  if (fate === 'settled') return `settled: ${length}, which leaves ${numUp(remaining, 2)} of it`;
  if (fate === 'drifting') return `still drifting: ${length}`;
  return `moving outwards, perhaps to infinity: ${length}, most of it away from 0 lately, |u|ₘ = ${num(size)} by now; the theorems need a limit`;
}

/** How far the run is from itself at a tenth of the tolerance. */
export function verificationWords({ rtol, outcome, distance, at, energy, sameEvents }: Verification): string {
  if (Number.isNaN(distance)) return `at rtol ${given(rtol)} the run ${meanings[outcome].says}: nothing to compare`;
  const states = `the states differ by ${numUp(distance, 2)} of the displacement (${numUp(distance / (10 * rtol), 2)} × rtol, at t = ${given(at)})`;
  const events = sameEvents ? 'the same events' : 'OTHER EVENTS';
  return `against rtol ${given(rtol)} ${states}, F by ${numUp(energy, 2)}·F(0), ${events}`;
}

/** What Newton made of the end. */
export function polishedWords({ energy, residual, steps, dropped, spikes }: Polished): string {
  const list = spikes.map(s => `${num(s.weight, 6)} at ${s.position.map(p => num(p, 8)).join(', ')}`);
  return `after the run, ${many(steps, 'step')} of Newton on ${many(spikes.length, 'merged spike')}${dropped > 0 ? ` (${dropped} lighter ones dropped)` : ''}: F = ${num(energy, 16)}, |u′|ₘ = ${num(residual, 2)}; ${list.join('; ')}`;
}

/** Whether the bounds rest on a proven supremum, and by what method. */
export const proofWords = ({ proof, method }: Certificate): string => `${proof ? 'proven' : 'NOT proven'}: ${method}`;

function notGlobalWords(c: Certificate): string {
  // What is attained at one place proves it, whether or not it is the supremum.
  const bound = `F − F* ≥ ${numDown(c.excessAtLeast)} is proven`;
  if (Number.isNaN(c.maxAbsEta)) return `NOT global: ${bound}`;
  const gap = Number.isFinite(c.gap) ? `, certified gap ${numUp(c.gap)}` : '';
  return `NOT global: ${bound}${gap}, max|η| = ${num(c.maxAbsEta)} where optimality allows ${given(c.bound)}`;
}

/** The bound that decides, and the other one beside it. */
function gapWords(c: Certificate): string {
  const relative = (gap: number) => {
    const r = gap / Math.abs(c.primal);
    // Where F* is 0 the gap is F itself, and a share of it says nothing.
    return Number.isFinite(r) && r < 1 ? ` (relative ${numUp(r, 2)})` : '';
  };
  const certified = c.proof ? 'a certified gap' : 'an uncertified gap';
  if (c.decidedBy === 'polished' && c.polishedGap !== null)
    return `${certified} of ${numUp(c.polishedGap, 2)}${relative(c.polishedGap)} by polished spikes; by its own dual value ${numUp(c.gap, 2)}`;
  const polished = c.polishedGap === null ? '' : `, ${numUp(c.polishedGap, 2)} by polished spikes`;
  return `${certified} of ${numUp(c.gap, 2)}${relative(c.gap)}${polished}`;
}

function unknownWords(c: Certificate): string {
  if (Number.isNaN(c.maxAbsEta)) return `unknown whether global: no certificate (${c.method})`;
  const known = Number.isFinite(c.gap)
    ? `F − F* lies between ${numDown(Math.max(0, c.excessAtLeast), 2)} and ${numUp(Math.min(c.gap, c.polishedGap ?? c.gap), 2)}`
    : 'no bound on F − F* was found';
  return `unknown whether global: ${known}, max|η| = ${num(c.maxAbsEta)} where optimality allows ${given(c.bound)}`;
}

/** The certificate in one sentence, and whether its supremum is proven. */
export function certificateWords(c: Certificate): string {
  const says =
    c.verdict === 'global-within-gap'
      ? `global minimum within ${gapWords(c)}`
      : c.verdict === 'not-global'
        ? notGlobalWords(c)
        : unknownWords(c);
  if (Number.isNaN(c.maxAbsEta)) return c.proof ? `${says}: ${c.method}` : says;
  return `${says}; the supremum of |η| is ${c.proof ? 'proven' : `NOT proven (${c.method})`}`;
}

/** The same for a run of m particles. */
export const certificateSentence = (c: Certificate, m: number): string => `m = ${m}: ${certificateWords(c)}`;

/** Why a method keeps no identity F + ∫|u′|² = F(0). */
const DYNAMICS = {
  inertial: 'here F is traded against the kinetic energy of the momentum, and may rise',
  adaptive: 'these steps have one length for every gradient, so ∫|u′|² is not what F loses',
  noisy: 'the noise of these steps feeds F while it moves the particles',
} as const;

/** The energy identity F(t) + D(t) = F(0). */
export function identityWords({
  audit: { relativeDefect, looks, dynamics },
  series,
}: Pick<RunResult, 'audit' | 'series'>): string {
  if (series.t.length < 2) return 'no step was taken, so there is nothing to audit';
  if (dynamics !== undefined) return `the energy identity is that of the gradient flow; ${DYNAMICS[dynamics]}`;
  if (looks !== undefined) return `F was measured after ${many(looks, 'step')}; noisy steps keep no energy identity`;
  if (!Number.isFinite(relativeDefect)) return 'the energy identity could not be measured';
  return `the energy identity F + D = F(0) holds to ${numUp(relativeDefect, 2)}·F(0)`;
}

/** Whether F ever rose. */
export const riseWords = ({ rises, largestRise, looks }: Audit): string =>
  rises === 0
    ? 'F never rose'
    : `F rose over ${looks === undefined ? many(rises, 'step') : `${rises} of the stretches between`}, by up to ${numUp(largestRise, 2)}`;

/** A number with its standard error, where it has one. */
export const withError = (value: string, error: number | undefined): string =>
  error === undefined || Number.isNaN(error) ? value : `${value} ± ${num(error, 2)}`;

/** Digits of an estimate. */
const ESTIMATED = 5;
const energyText = (value: number, digits: number, error: number | undefined): string =>
  withError(num(value, error === undefined ? digits : ESTIMATED), error);

/** F at the start and at the end; with its standard error where it is an estimate. */
export const startEnergy = ({ series }: RunResult, digits: number): string =>
  energyText(series.energy[0] ?? Number.NaN, digits, series.standardError?.[0]);
export const endEnergy = ({ certificate, series }: RunResult, digits: number): string =>
  energyText(certificate.primal, digits, series.standardError?.at(-1));

const share = (x: number | null): string => (x === null ? '' : `, accuracy ${num(x, 4)}`);

/** The loss on rows that no step saw, at the end. Null where none are held out. */
export function heldOutWords({ heldOut }: RunResult): string | null {
  const last = heldOut?.points.at(-1);
  if (!heldOut || !last) return null;
  const loss = withError(num(last.loss, 5), last.standardError);
  if (heldOut.source === 'evaluation')
    return `loss ${loss} (standard error) on ${heldOut.rows} independent samples of the evaluation stream${share(last.accuracy)}`;
  const trained =
    last.trainingLoss === null
      ? ''
      : `; on the rows trained on ${num(last.trainingLoss, 5)}${share(last.trainingAccuracy)}`;
  return `test loss ${loss} (standard error) on ${many(heldOut.rows, 'row')} held out${share(last.accuracy)}${trained}`;
}

/** When a discrete run leaves the flow, and when its sharpness said that it would. */
export function leavesWords({ leaves }: StepRow): readonly [actual: string, predicted: string] {
  const time = (t: number | null | undefined) => (typeof t === 'number' ? num(t) : '—');
  return [time(leaves?.actual), time(leaves?.predicted)];
}

/** The stability limit as a flow step and as a raw learning rate. */
export const limitWords = (s: Pick<Spectrum, 'limitStep' | 'limitRate'>): string =>
  `2/ρ = ${num(s.limitStep)} in flow time, ${num(s.limitRate)} as a raw rate on ∇Fₘ`;

/** The spikes the final particles form; empty where particles are no spikes. */
export function sparsityWords(run: RunResult): string {
  if (!run.sparsity) return '';
  const { active, spikes, truth } = run.sparsity;
  const found = `${active} of ${many(countOf(run), 'particle')} active, in ${many(spikes.length, 'spike')}`;
  if (truth === null) return found;
  return `${found}; of the true ones ${truth.recovered} recovered, ${truth.missed} missed, ${truth.spurious} spurious (radius ${num(truth.radius, 2)})`;
}

/** F − τ·entropy along t, and its standard error. */
export const freeEnergyOf = ({ temperature, energy, entropy, standardError }: FreeEnergy) => ({
  value: energy.map((F, k) => F - temperature * entropy[k]),
  error: standardError.map(e => temperature * e),
});

/** Two estimates differ where they are farther apart than this many standard errors. */
const APART = 3;

/** Where the free energy went, and whether it ever rose by more than sampling explains. */
export function freeEnergyWords(along: FreeEnergy): string {
  const { value, error } = freeEnergyOf(along);
  const known = Array.from(value.keys()).filter(k => Number.isFinite(value[k]));
  if (known.length === 0) return 'particles coincide: no density, and no entropy';
  const [first, last] = [known[0], known[known.length - 1]];
  const rises = known
    .slice(1)
    .filter((k, i) => value[k] - value[known[i]] > APART * Math.hypot(error[k], error[known[i]]));
  const rose = rises.length === 0 ? 'it never rose' : `it rose ${many(rises.length, 'time')}`;
  return `F + τ∫ρ log ρ from ${withError(num(value[first], 5), error[first])} at t = ${given(along.t[first])} to ${withError(num(value[last], 5), error[last])}; ${rose} by more than ${APART} standard errors of the estimate, by neighbour ${along.neighbours} of each particle and biased beyond them`;
}

/** What each seed drew for itself beside the method's own randomness. */
function ownOf(starts: Ensemble['starts'], data: Ensemble['data']): string {
  const own = [...(starts === 'drawn' ? ['starts'] : []), ...(data ? ['data'] : [])];
  return own.length > 0 ? ` with ${own.join(' and ')} of their own` : '';
}

/** F at the end over the seeds. */
export function ensembleWords({ seeds, failed, starts, data, mean, deviation, levels, low, high }: Ensemble): string {
  const lost = failed > 0 ? `; ${failed} DID NOT REACH THE END and are left out` : '';
  const whole = seeds - failed;
  if (whole === 0) return `none of ${seeds} seeds reached the end`;
  const last = mean.length - 1;
  const band = `${levels.map(l => given(100 * l)).join(' to ')} % of the seeds: ${num(low[last], 5)} to ${num(high[last], 5)}`;
  return `F at the end over ${seeds} seeds${ownOf(starts, data)}: mean ${num(mean[last], 5)} ± ${num(deviation[last] / Math.sqrt(whole), 2)} (standard error), deviation ${num(deviation[last], 2)}, ${band}${lost}`;
}

/** What was found about step sizes: the limit, then a line per method. */
export function stepsizeWords(s: StepsizeResult): string[] {
  const methods = s.methods.map(({ method, order, largestStable: top }) => {
    const stable = top
      ? `stable up to η = ${num(top.step, 4)} (raw rate ${num(top.rate, 4)}) = ${num(top.ofLimit, 4)} × 2/ρ, unstable at ${num(top.unstableAt, 4)}`
      : 'largest stable step not bracketed';
    return `${method}: ${stable}; ${order === null ? 'no order fitted' : `distance to the flow shrinks like η^${num(order)}`}`;
  });
  return [`stability limit at m = ${s.particles}: ${limitWords(s)}`, ...methods];
}

/** The best lower bound of F* known here, and whose it is. Null when no run has one. */
export function lowerBound({
  minimum,
  runs,
}: Pick<Study, 'minimum' | 'runs'>): { value: number; source: string } | null {
  if (minimum && Number.isFinite(minimum.lower)) return { value: minimum.lower, source: 'the polished minimiser' };
  const duals = runs.map(r => r.certificate).filter(c => Number.isFinite(c.dual));
  // Runs of one study share the problem, so the largest dual value bounds F* for all of them; proven ones come first.
  const proven = duals.filter(c => c.proof);
  const values = (proven.length > 0 ? proven : duals).map(c => c.dual);
  return values.length === 0 ? null : { value: Math.max(...values), source: 'the best dual value of the runs' };
}

/** Bounds of F − F* for one run, from its own certificate and the polished minimiser. */
export function excessBounds({ certificate: c }: RunResult, minimum: Study['minimum']): readonly [number, number] {
  const low = Math.max(0, c.excessAtLeast, minimum ? c.primal - minimum.upper : 0);
  return [low, Math.max(low, Math.min(c.gap, minimum ? c.primal - minimum.lower : c.gap))];
}

/** Mode changes by kind: from rest, to rest, through zero. */
export function eventCounts({ events }: RunResult): { leave: number; stick: number; cross: number } {
  const leave = events.filter(e => e.from === 0 && e.to !== 0).length;
  const stick = events.filter(e => e.from !== 0 && e.to === 0).length;
  return { leave, stick, cross: events.filter(e => e.from * e.to < 0).length };
}
