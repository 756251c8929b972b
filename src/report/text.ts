/** What a terminal shows of a result. */
import type { RunResult, StepsizeResult, Study } from '../results.js';
import { columns, entry, wrapped } from './text-table.js';
import {
  certificateWords,
  countOf,
  endEnergy,
  ensembleWords,
  fateWords,
  freeEnergyWords,
  given,
  heldOutWords,
  identityWords,
  leavesWords,
  limitWords,
  many,
  num,
  numDown,
  numUp,
  outcomeWords,
  polishedWords,
  restWords,
  riseWords,
  runLabels,
  sparsityWords,
  startEnergy,
  verificationWords,
} from './words.js';

function workWords({ outcome: { stats } }: RunResult): string {
  const steps = `${many(stats.steps, 'step')} (${stats.rejected} rejected)`;
  const systems =
    stats.jacobians > 0
      ? `, ${many(stats.jacobians, 'Jacobian')} (${many(stats.factorisations, 'factorisation')})`
      : '';
  return `${steps}, ${many(stats.velocityEvaluations, 'evaluation')} of the velocity${systems}, ${many(stats.events, 'event')}`;
}

function runBlock(run: RunResult, label: string): string {
  const { series, outcome, certificate, audit, spectrum } = run;
  const energies = `${startEnergy(run, 10)} at t = 0, ${endEnergy(run, 16)} at the end`;
  const heldOut = heldOutWords(run);
  const solver = run.spec.solver?.kind ?? 'inclusion';
  return [
    wrapped(`${label}, solver ${solver}: ${outcomeWords(run)}`, 2),
    ...(outcome.ok ? [] : [entry('ended early', outcome.message)]),
    entry('verdict', certificateWords(certificate)),
    entry('F', energies),
    ...(heldOut === null ? [] : [entry('held out', heldOut)]),
    entry('energy', `${identityWords(run)}; ${riseWords(audit)}`),
    ...(run.freeEnergy ? [entry('free energy', freeEnergyWords(run.freeEnergy))] : []),
    ...(series.stationarity.length > 0 ? [entry('velocity', restWords(run))] : []),
    ...(run.convergence ? [entry('convergence', fateWords(run.convergence))] : []),
    ...(run.verification ? [entry('verified', verificationWords(run.verification))] : []),
    ...(run.polished ? [entry('polished', polishedWords(run.polished))] : []),
    ...(run.sparsity ? [entry('particles', sparsityWords(run))] : []),
    ...(spectrum ? [entry('step size', limitWords(spectrum))] : []),
    entry('work', workWords(run)),
    ...run.notes.map(text => entry('note', text)),
    ...run.warnings.map(text => entry('warning', text)),
  ].join('\n');
}

/** One run in about ten lines. */
export const runText = (run: RunResult): string => `${runBlock(run, runLabels([run])[0])}\n`;

const STEP_HEAD = ['method', 'η', 'raw rate', 'η/(2/ρ)', 'distance', 'F − ref', 'stable', 'rises', 'outcome'];

/** The steps that leave the flow, or that its sharpness says would. */
function leavesText({ rows }: StepsizeResult): string[] {
  const left = rows.filter(({ leaves }) => leaves && (leaves.actual !== null || leaves.predicted !== null));
  if (left.length === 0) return [];
  const table = left.map(r => [r.method, given(r.step), ...leavesWords(r)]);
  return ['', columns([['method', 'η', 'leaves the flow by 1 % at t', 'flow sharper than η bears from t'], ...table])];
}

/** A row per method and step size, then the fitted order and the largest stable step of each method. */
export function stepsizeText(s: StepsizeResult): string {
  const rows = s.rows.map(r => [
    r.method,
    given(r.step),
    given(r.rate),
    num(r.ofLimit),
    num(r.distance),
    num(r.excess),
    r.stable ? 'yes' : 'NO',
    String(r.rises),
    r.outcome,
  ]);
  const methods = s.methods.map(({ method, order, largestStable: top }) => [
    method,
    order === null ? '—' : num(order),
    ...(top ? [num(top.step, 4), num(top.rate, 4), num(top.ofLimit, 4), num(top.unstableAt, 4)] : ['—', '—', '—', '—']),
  ]);
  const summary = [['method', 'order', 'largest stable η', 'raw rate', 'η/(2/ρ)', 'unstable at'], ...methods];
  const text = [
    wrapped(
      `Step sizes against the flow: m = ${s.particles}, up to t = ${given(s.end)}, ρ = ${num(s.radius, 5)}, ${limitWords(s)}.`,
    ),
    wrapped(
      `distance: sup over k of |uₖ − u(kη)|ₘ. F − ref: F at the end minus ${num(s.reference.value, 12)} (${s.reference.source}).`,
    ),
    '',
    columns([STEP_HEAD, ...rows]),
    ...(methods.length > 0 ? ['', columns(summary)] : []),
    ...leavesText(s),
  ];
  return `${text.join('\n')}\n`;
}

function overview(runs: readonly RunResult[], labels: readonly string[]): string {
  const head = ['run', 'outcome', 'F at the end', 'gap ≤', 'max|η|', 'defect', 'rises', 'active', 'spikes', 'evals'];
  const rows = runs.map((run, i) => [
    labels[i],
    run.outcome.code,
    endEnergy(run, 12),
    numUp(run.certificate.gap),
    Number.isNaN(run.certificate.maxAbsEta) ? '—' : num(run.certificate.maxAbsEta),
    Number.isNaN(run.audit.relativeDefect) ? '—' : numUp(run.audit.relativeDefect, 2),
    String(run.audit.rises),
    run.sparsity ? `${run.sparsity.active}/${countOf(run)}` : '—',
    String(run.sparsity?.spikes.length ?? '—'),
    String(run.outcome.stats.velocityEvaluations),
  ]);
  return columns([head, ...rows]);
}

/** All runs side by side, each in words, the minimum, and the step sizes. */
export function studyText(study: Study): string {
  const { runs, minimum, stepsize, title } = study;
  const labels = runLabels(runs);
  const bracket = minimum
    ? [
        wrapped(
          `Minimum: ${numDown(minimum.lower, 14)} ≤ F* ≤ ${numUp(minimum.upper, 14)}, by spikes merged from m = ${minimum.from} and polished.`,
        ),
        '',
      ]
    : [];
  const parts = [
    wrapped(title),
    '',
    ...(runs.length > 1 ? [overview(runs, labels), ''] : []),
    ...runs.flatMap((run, i) => [runBlock(run, labels[i]), '']),
    ...(study.ensembles ?? []).flatMap(e => [wrapped(`m = ${e.particles}: ${ensembleWords(e)}`), '']),
    ...bracket,
    ...(stepsize ? [stepsizeText(stepsize)] : []),
  ];
  return `${parts.join('\n').trimEnd()}\n`;
}
