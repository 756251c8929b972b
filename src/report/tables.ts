/** The tables of the report, as markup. */
import type { RunResult, Spike, StepRow, StepsizeResult, Study } from '../results.js';
import { type Html, html, type Part } from './markup.js';
import { spread } from './thin.js';
import {
  countOf,
  endEnergy,
  eventCounts,
  excessBounds,
  given,
  leavesWords,
  num,
  numDown,
  numUp,
  outcomeWords,
  proofWords,
  runLabels,
  startEnergy,
  withError,
} from './words.js';

/** Where there is no certificate its numbers are not known: a dash, not a NaN. */
const known = (x: number, show: (x: number) => string): string => (Number.isNaN(x) ? '—' : show(x));

/** Beyond this many runs a column per run no longer fits a page: then a row per run. */
const MOST_COLUMNS = 5;

const GLOBAL = {
  'global-within-gap': 'global within the gap',
  'not-global': 'not global',
  unknown: 'unknown',
} as const;

interface Quantity {
  readonly name: string;
  readonly of: (run: RunResult) => string;
  readonly words?: boolean;
}

const HEAD: readonly Quantity[] = [
  { name: 'particles m', of: run => String(countOf(run)) },
  { name: 'solver', of: run => run.spec.solver?.kind ?? 'inclusion' },
  { name: 'outcome', of: outcomeWords, words: true },
  { name: 'F at t = 0', of: run => startEnergy(run, 6) },
  { name: 'F at the end', of: run => endEnergy(run, 12) },
];

const CERTIFICATE: readonly Quantity[] = [
  { name: 'certified gap', of: run => numUp(run.certificate.gap) },
  { name: 'verdict', of: run => GLOBAL[run.certificate.verdict] ?? run.certificate.verdict },
  { name: 'max|η|', of: run => known(run.certificate.maxAbsEta, x => num(x, 10)) },
  { name: 'bound on |η|', of: run => known(run.certificate.bound, given) },
  { name: 'supremum of |η|', of: run => proofWords(run.certificate), words: true },
];

const AUDIT: readonly Quantity[] = [
  { name: 'energy defect / F(0)', of: run => known(run.audit.relativeDefect, numUp) },
  { name: 'rises of F', of: run => String(run.audit.rises) },
  { name: 'largest rise', of: run => num(run.audit.largestRise) },
  { name: '|u′|ₘ at the end', of: run => num(run.series.stationarity.at(-1) ?? Number.NaN) },
  { name: 'path length ∫|u′|ₘ dt', of: run => (run.convergence ? num(run.convergence.path) : '—') },
  { name: 'active particles', of: run => String(run.sparsity?.active ?? '—') },
  { name: 'spikes', of: run => String(run.sparsity?.spikes.length ?? '—') },
];

const AGAINST: Quantity = {
  name: 'true spikes recovered / missed / spurious',
  of: ({ sparsity }) =>
    sparsity?.truth ? `${sparsity.truth.recovered} / ${sparsity.truth.missed} / ${sparsity.truth.spurious}` : '—',
};

const LIMIT: Quantity = {
  name: '2/ρ in flow time (as a raw rate)',
  of: ({ spectrum }) => (spectrum ? `${num(spectrum.limitStep)} (${num(spectrum.limitRate)})` : '—'),
};

const last = (run: RunResult) => run.heldOut?.points.at(-1);
const shareOf = (x: number | null | undefined): string => (typeof x === 'number' ? num(x, 4) : '—');

/** On rows that no step saw. */
const HELD_OUT: readonly Quantity[] = [
  {
    name: 'loss held out (± standard error)',
    of: run => withError(num(last(run)?.loss ?? Number.NaN, 5), last(run)?.standardError),
  },
  { name: 'accuracy held out', of: run => shareOf(last(run)?.accuracy) },
];

const WORK: readonly Quantity[] = [
  { name: 'evaluations', of: run => String(run.outcome.stats.velocityEvaluations) },
  { name: 'steps (rejected)', of: ({ outcome: { stats } }) => `${stats.steps} (${stats.rejected})` },
];

const SYSTEMS: Quantity = {
  name: 'Jacobians (factorisations)',
  of: ({ outcome: { stats } }) => (stats.jacobians > 0 ? `${stats.jacobians} (${stats.factorisations})` : '—'),
};

function excessText(run: RunResult, minimum: Study['minimum']): string {
  const [low, high] = excessBounds(run, minimum);
  return `${numDown(low)} … ${numUp(high)}`;
}

/** What may be told of each run. */
const quantitiesOf = ({ runs, minimum }: Study): Quantity[] => [
  ...HEAD,
  { name: 'F − F* lies in', of: run => excessText(run, minimum) },
  ...CERTIFICATE,
  ...AUDIT,
  AGAINST,
  LIMIT,
  ...(runs.some(r => r.heldOut) ? HELD_OUT : []),
  ...WORK,
  SYSTEMS,
];

const headCell = (text: string): Html => html`<th scope="col">${text}</th>`;

/** A table whose first column names the row; it scrolls by itself where the page is narrow. */
function table(caption: string, head: readonly string[], body: readonly Html[], look = ''): Html {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}"><table class="${look}"><caption>${caption}</caption>
<thead><tr>${head.map(headCell)}</tr></thead>
<tbody>${body.map(r => [r, '\n'])}</tbody></table></div>`;
}

const row = (name: Part, cells: readonly Part[], off = false): Html =>
  html`<tr${off && html` class="off"`}><th scope="row">${name}</th>${cells}</tr>`;

const cellOf = (text: string, words = false): Html =>
  words ? html`<td class="words">${text}</td>` : html`<td>${text}</td>`;

/** More than dashes. */
const SAYS = /[^—…\s]/;

/** Every run in numbers: a column per run while they fit, else a row per run. */
export function verdictTable(study: Study): Html {
  const { runs } = study;
  const labels = runLabels(runs);
  const quantities = quantitiesOf(study).filter(q => runs.some(run => SAYS.test(q.of(run))));
  const title = 'The runs in numbers';
  if (runs.length <= MOST_COLUMNS) {
    const rows = quantities.map(q =>
      row(
        q.name,
        runs.map(run => cellOf(q.of(run))),
      ),
    );
    return table(title, ['', ...labels], rows, 'tall');
  }
  const rows = runs.map((run, i) =>
    row(
      labels[i],
      quantities.map(q => cellOf(q.of(run), q.words === true)),
    ),
  );
  return table(title, ['run', ...quantities.map(q => q.name)], rows);
}

const stepCells = (r: StepRow): Html[] =>
  [
    given(r.step),
    given(r.rate),
    num(r.ofLimit),
    num(r.distance),
    num(r.relativeDistance),
    ...leavesWords(r),
    num(r.excess),
    r.stable ? 'yes' : 'NO',
    String(r.rises),
    num(r.largestRise),
    r.outcome,
  ].map(text => cellOf(text));

const STEP_HEAD = [
  'method',
  'η',
  'raw rate',
  'η/(2/ρ)',
  'distance',
  'relative',
  'leaves at t',
  'predicted',
  'F − reference',
  'stable',
  'rises',
  'largest rise',
  'outcome',
];

const stepCaption = (s: StepsizeResult): string =>
  `Step sizes against the flow at m = ${s.particles}, up to t = ${given(s.end)}. ρ = ${num(s.radius, 5)}, so 2/ρ = ${num(s.limitStep)} in flow time and ${num(s.limitRate)} as a raw rate. Distance: sup over k of |uₖ − u(kη)|ₘ, and relative to how far the flow moves. Leaves: t when that exceeds 1 %, and when the flow first is sharper than η bears, 2/η (with momentum (2 + 2β)/η). Reference: ${num(s.reference.value, 12)} (${s.reference.source}).`;

/** A row per method and step size, then what follows per method. */
export function stepsizeTables(s: StepsizeResult): Html {
  const methods = s.methods.map(({ method, order, fittedOver, largestStable: top }) =>
    row(
      method,
      [
        order === null ? '—' : num(order, 4),
        fittedOver.length > 0 ? `${num(Math.min(...fittedOver))} … ${num(Math.max(...fittedOver))}` : '—',
        ...(top
          ? [num(top.step, 4), num(top.rate, 4), num(top.ofLimit, 4), num(top.unstableAt, 4)]
          : ['—', '—', '—', '—']),
      ].map(text => cellOf(text)),
    ),
  );
  const head = ['method', 'fitted order', 'over η', 'largest stable η', 'raw rate', 'η/(2/ρ)', 'unstable at'];
  return html`${table(
    stepCaption(s),
    STEP_HEAD,
    s.rows.map(r => row(r.method, stepCells(r), !r.stable)),
  )}
${methods.length > 0 && table('What follows per method', head, methods)}`;
}

interface Pair {
  readonly spike: Spike | null;
  readonly truth: readonly [number, number] | null;
}

const onCircle = (a: number, b: number): number => Math.abs(a - b - Math.round(a - b));

/** One to one, nearest first, equal signs only, no farther apart than `radius`. */
function pairs(spikes: readonly Spike[], truth: readonly (readonly [number, number])[], radius: number): Pair[] {
  const all = spikes.flatMap(spike =>
    truth.map(t => ({
      spike,
      truth: t,
      apart: spike.weight * t[0] > 0 ? onCircle(spike.position[0], t[1]) : Number.POSITIVE_INFINITY,
    })),
  );
  const used = new Set<unknown>();
  const matched: Pair[] = [];
  for (const { spike, truth, apart } of all.sort((a, b) => a.apart - b.apart)) {
    if (!(apart <= radius) || used.has(spike) || used.has(truth)) continue;
    used.add(spike).add(truth);
    matched.push({ spike, truth });
  }
  const lost = truth.filter(t => !used.has(t)).map(t => ({ spike: null, truth: t }));
  const extra = spikes.filter(s => !used.has(s)).map(spike => ({ spike, truth: null }));
  const place = (p: Pair) => p.truth?.[1] ?? p.spike?.position[0] ?? 0;
  return [...matched, ...lost, ...extra].sort((a, b) => place(a) - place(b));
}

function spikeRow({ spike, truth }: Pair, withTruth: boolean): Html {
  const cells = [spike ? num(spike.weight, 6) : 'missed'];
  if (withTruth) {
    cells.push(truth ? num(truth[1], 6) : '—', truth ? num(truth[0], 6) : '—');
    cells.push(spike && truth ? num(onCircle(spike.position[0], truth[1]), 2) : '—');
    cells.push(spike && truth ? num(spike.weight - truth[0], 2) : '—');
  }
  return row(
    spike ? spike.position.map(p => num(p, 8)).join(', ') : '—',
    cells.map(text => cellOf(text)),
  );
}

/** The spikes of the polished minimiser, or of the lowest run where none was polished, beside the true ones. */
export function spikesTable({ minimum, truth, runs }: Study): Html | null {
  const lowest = runs.reduce<RunResult | null>(
    (a, b) => (a && a.certificate.primal <= b.certificate.primal ? a : b),
    null,
  );
  const spikes = minimum?.spikes ?? lowest?.sparsity?.spikes ?? [];
  if (spikes.length === 0 && !truth?.length) return null;
  const radius = runs.find(r => r.sparsity?.truth)?.sparsity?.truth?.radius ?? 0.05;
  const whose = minimum
    ? `Spikes of the minimiser (merged and polished from m = ${minimum.from}; ${numDown(minimum.lower, 14)} ≤ F* ≤ ${numUp(minimum.upper, 14)})`
    : 'Spikes of the run with the lowest F';
  const head = [
    'position',
    'weight',
    ...(truth ? ['true position', 'true weight', 'position error', 'weight error'] : []),
  ];
  const caption = truth ? `${whose} against the true ones, paired within ${num(radius, 2)}` : whose;
  return table(
    caption,
    head,
    pairs(spikes, truth ?? [], radius).map(p => spikeRow(p, truth !== null)),
  );
}

/** Times of an ensemble in its table: few, and the last. */
const MOST_TIMES = 8;

/** F over the seeds at some times. Null where no seeds are compared. */
export function ensembleTable({ ensembles = [] }: Study): Html | null {
  if (ensembles.length === 0) return null;
  const [{ levels }] = ensembles;
  const rows = ensembles.flatMap(e =>
    spread(Array.from(e.t.keys()), MOST_TIMES).map(k =>
      row(
        `m = ${e.particles}`,
        [
          given(Number(e.t[k].toPrecision(6))),
          withError(num(e.mean[k], 6), e.deviation[k] / Math.sqrt(e.seeds - e.failed)),
          num(e.deviation[k]),
          num(e.low[k], 6),
          num(e.high[k], 6),
        ].map(text => cellOf(text)),
      ),
    ),
  );
  const head = [
    '',
    't',
    'mean of F ± its standard error',
    'standard deviation',
    ...levels.map(l => `${given(100 * l)} %`),
  ];
  return table(`F over ${ensembles[0].seeds} seeds: mean, deviation and the two quantiles of the band`, head, rows);
}

/** Mode changes of particles. Null when no run had any. */
export function eventsTable({ runs }: Study): Html | null {
  if (runs.every(r => r.events.length === 0)) return null;
  const labels = runLabels(runs);
  const rows = runs.map((run, i) => {
    const { leave, stick, cross } = eventCounts(run);
    const times = run.events.map(e => e.t);
    const ends = times.length > 0 ? [given(times[0]), given(times[times.length - 1])] : ['—', '—'];
    return row(
      labels[i],
      [String(leave), String(stick), String(cross), ...ends].map(text => cellOf(text)),
    );
  });
  const walls = runs.some(r => r.events.some(e => e.wall));
  return table(
    'Events: particles that changed mode',
    [
      '',
      'left rest',
      `came to rest ${walls ? 'at a kink of V or a bound' : 'at w = 0'}`,
      'changed sign',
      'first at t',
      'last at t',
    ],
    rows,
  );
}
