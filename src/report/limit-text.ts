/** What a terminal and a table show of the many-particle limit. */
import type { GridCells, GridStudy, LimitSlope, LimitStudy } from '../limit-results.js';
import { csv } from './csv.js';
import { columns, wrapped } from './text-table.js';
import { given, many, num, numDown } from './words.js';

/** Distances below this are rounding. */
export const TINY = 1e-14;

/** What is not known is a dash. */
const known = (x: number | undefined, digits: number): string =>
  x === undefined || Number.isNaN(x) ? '—' : num(x, digits);

export const slopeText = ({ slope, error }: LimitSlope): string =>
  slope === null ? '—' : `${num(slope, 3)} ± ${num(error, 1)}`;

/** (F − lower bound of F*) / scale: one row for each m, one column for each t; rounding below 0 is 0. */
export const excesses = ({ bracket, scale }: GridStudy, { energy }: GridCells): number[][] =>
  energy.map(row => row.map(F => Math.max(0, F - bracket.lower) / scale));

export const limitWords = ({ start, reference, seeds, times }: LimitStudy): string =>
  `Start ${start}${seeds > 1 ? `, ${seeds} draws` : ''}; t up to ${given(times[times.length - 1])}. Distances are from ${reference.particles} particles, start ${reference.start}.`;

export const LIMIT_HEAD = ({ counts }: LimitStudy): string[] => ['t', ...counts.map(m => `m = ${m}`), 'slope in m'];

/** Of one metric: a row for each t. */
export const limitTable = (study: LimitStudy, metric: string): string[][] =>
  study.slopes
    .filter(s => s.metric === metric)
    .map(s => {
      const at = (m: number) => study.rows.find(r => r.metric === metric && r.t === s.t && r.particles === m);
      return [given(s.t), ...study.counts.map(m => known(at(m)?.mean, 3)), slopeText(s)];
    });

export const failureWords = ({ failures }: LimitStudy | GridStudy): string[] =>
  failures.map(f => `m = ${f.particles}, seed ${f.seed}, is LEFT OUT: ${f.message}`);

/** A table of each metric, with the exponent of m at each t. */
export function limitText(study: LimitStudy): string {
  const tables = study.metrics.flatMap(({ metric, name }) => [
    wrapped(name),
    columns([LIMIT_HEAD(study), ...limitTable(study, metric)]),
    '',
  ]);
  return `${[wrapped(limitWords(study)), '', ...tables, ...[...failureWords(study), ...study.notes].map(w => wrapped(w))].join('\n').trimEnd()}\n`;
}

/** One row for each metric, m, t and seed. */
export const limitCsv = (study: LimitStudy): string =>
  csv(
    ['metric', 'particles', 't', 'draw', 'distance'],
    study.rows.flatMap(r => r.values.map((value, k) => [r.metric, r.particles, r.t, k, value])),
  );

const VERDICTS = { global: 'global', 'not-global': 'NOT global', unknown: 'unknown' } as const;

export const verdictWords = (cells: GridCells, i: number): string => {
  const verdict = VERDICTS[cells.verdicts[i]];
  return cells.verdicts[i] === 'not-global' ? `${verdict}, F − F* ≥ ${numDown(cells.excessAtLeast[i])}` : verdict;
};

export const GRID_HEAD = ({ times }: GridStudy): string[] => [
  'm',
  ...times.map(t => `t = ${given(t)}`),
  'at the last t, certified',
];

export const gridTable = (study: GridStudy, cells: GridCells): string[][] =>
  excesses(study, cells).map((row, i) => [
    String(study.counts[i]),
    ...row.map(v => known(v, 2)),
    verdictWords(cells, i),
  ]);

export const bracketWords = ({ bracket: b, scaleName }: GridStudy): string =>
  `F* lies in [${num(b.lower, 15)}, ${num(b.upper, 15)}] by ${b.source}${b.proof ? '' : ', NOT proven'}; excesses over the lower end are shares of ${scaleName}`;

/** A share of this much counts as reached. */
const REACHED = 1e-6;

/** Both orders of the limits, in words: from which t on along the largest m, and from which m on at the last t. */
export function orderWords(study: GridStudy): string[] {
  const { counts, times } = study;
  const excess = excesses(study, study.cells);
  const from = (list: readonly number[], values: readonly number[]): number | null => {
    const last = list.findLastIndex(v => !(v <= REACHED));
    return last === list.length - 1 ? null : values[last + 1];
  };
  const t = from(excess[excess.length - 1] ?? [], times);
  const m = from(
    excess.map(row => row[row.length - 1]),
    counts,
  );
  const [most, end] = [counts[counts.length - 1], given(times[times.length - 1])];
  return [
    `first m → ∞, then t: at m = ${most} the excess is ≤ 1e-6 ${t === null ? `NOT by t = ${end}` : `from t = ${given(t)} on`}`,
    `first t → ∞, then m: at t = ${end} it is ≤ 1e-6 ${m === null ? `NOT by m = ${most}` : `from m = ${m} on`}`,
  ];
}

/** How the control compares: whether it fails wherever the start that separates succeeds. */
export function controlWords({ counts, cells, control }: GridStudy): string | null {
  if (!control) return null;
  const count = (of: GridCells, verdict: string) => of.verdicts.filter(v => v === verdict).length;
  return `the control (${control.start}) is certified not global for ${count(control, 'not-global')} of ${many(counts.length, 'm', 'm')}, the other start global for ${count(cells, 'global')}`;
}

export function gridText(study: GridStudy): string {
  const { control, cells } = study;
  const parts = [
    wrapped(`F(μ_{m,t}) − F*. ${bracketWords(study)}.`),
    '',
    wrapped(`Start ${cells.start}`),
    columns([GRID_HEAD(study), ...gridTable(study, cells)]),
    '',
    ...(control
      ? [wrapped(`Control: ${control.start}`), columns([GRID_HEAD(study), ...gridTable(study, control)]), '']
      : []),
    ...orderWords(study).map(w => wrapped(w)),
    ...[controlWords(study)].flatMap(w => (w === null ? [] : [wrapped(w)])),
    ...[...failureWords(study), ...study.notes].map(w => wrapped(w)),
  ];
  return `${parts.join('\n').trimEnd()}\n`;
}

/** One row for each start, m and t. */
export const gridCsv = (study: GridStudy): string =>
  csv(
    ['start', 'particles', 't', 'energy', 'excessAtMost', 'relativeExcess'],
    [study.cells, ...(study.control ? [study.control] : [])].flatMap(cells =>
      cells.energy.flatMap((row, i) =>
        row.map((F, k) => [
          cells.start,
          study.counts[i],
          study.times[k],
          F,
          F - study.bracket.lower,
          excesses(study, cells)[i][k],
        ]),
      ),
    ),
  );
