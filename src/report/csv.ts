import type { Ensemble, HeldOutResult, RunResult, StepsizeResult } from '../results.js';

type Cell = number | string;

/** A spreadsheet runs a cell that begins like a formula; numbers, though they may begin with + or −, stay as they are. */
const guarded = (text: string): string =>
  /^[=+\-@\t\r]/.test(text) && !(text.trim() !== '' && Number.isFinite(Number(text))) ? `'${text}` : text;

function cell(value: Cell): string {
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value);
  const text = guarded(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** RFC 4180 with a header line; doubles in their shortest form that reads back exactly. */
export function csv(header: readonly string[], rows: Iterable<readonly Cell[]>): string {
  const lines = [header.map(cell).join(',')];
  for (const row of rows) lines.push(row.map(cell).join(','));
  return `${lines.join('\r\n')}\r\n`;
}

/** One row per accepted step, after one for t = 0; with the standard error of the energy where it is an estimate. */
export function seriesCsv({ series }: RunResult): string {
  const { t, energy, dissipation, stationarity, standardError } = series;
  const columns = { t, energy, dissipation, stationarity, ...(standardError && { standardError }) };
  return csv(
    Object.keys(columns),
    t.map((_, k) => Object.values(columns).map(column => column[k])),
  );
}

/** What a row of saved.csv begins with; a coordinate of the same name is told apart by its particle u. */
const PLACE = ['t', 'particle', 'copy'];
const columnOf = (name: string): string => (PLACE.includes(name) ? `u.${name}` : name);

function* particleRows({ saved, copies }: RunResult): Generator<Cell[]> {
  for (const [k, t] of saved.t.entries())
    for (const [i, row] of saved.particles[k].entries()) yield [t, i, ...(copies ? [copies[i]] : []), ...row];
}

/** One row per saved time and particle, a column for each coordinate; positions are not wrapped. */
export function savedCsv(run: RunResult): string {
  const place = run.copies ? PLACE : PLACE.slice(0, 2);
  return csv([...place, ...run.domain.map(c => columnOf(c.name))], particleRows(run));
}

/** One row per saved time, and the end: loss and accuracy on the rows held out; no accuracy where targets are no labels. */
export const heldOutCsv = ({ points }: HeldOutResult): string =>
  csv(
    ['t', 'loss', 'standardError', 'accuracy', 'trainingLoss', 'trainingAccuracy'],
    points.map(p =>
      [p.t, p.loss, p.standardError, p.accuracy, p.trainingLoss, p.trainingAccuracy].map(value => value ?? ''),
    ),
  );

/** F over the seeds: one row per time looked at. */
export const ensembleCsv = ({ t, mean, deviation, levels, low, high }: Ensemble): string =>
  csv(
    ['t', 'mean', 'deviation', ...levels.map(l => `quantile${l}`)],
    t.map((time, k) => [time, mean[k], deviation[k], low[k], high[k]]),
  );

const STEP_COLUMNS = [
  'method',
  'step',
  'rate',
  'ofLimit',
  'distance',
  'relativeDistance',
  'finalEnergy',
  'excess',
  'stable',
  'rises',
  'largestRise',
  'outcome',
] as const;
const LEAVES = ['leavesPredicted', 'leavesActual'] as const;

/** One row per method and step size. */
export const stepsizeCsv = (s: StepsizeResult): string =>
  csv(
    [...STEP_COLUMNS, ...LEAVES],
    s.rows.map(row => [
      ...STEP_COLUMNS.map(name => {
        const value = row[name];
        return typeof value === 'boolean' ? String(value) : value;
      }),
      row.leaves?.predicted ?? '',
      row.leaves?.actual ?? '',
    ]),
  );
