/** What a terminal and a spreadsheet show of a comparison of methods. */
import type { MethodComparison, MethodRow } from '../method-results.js';
import { csv } from './csv.js';
import { columns, entry, wrapped } from './text-table.js';
import { many, num, numDown, numUp } from './words.js';

export const METHOD_COLUMNS = ['method', 'atoms', 'spikes', 'F', 'excess', 'gap', 'evaluated', 'suprema', 'seconds'];

/** Where there is no proof a dash, not an infinity. */
const bound = (x: number): string => (Number.isFinite(x) ? numUp(x, 2) : '—');

/** One row of the table, a text for each of METHOD_COLUMNS. */
export const methodCells = (r: MethodRow): string[] => [
  r.method,
  r.atoms === null ? '—' : String(r.atoms.length),
  r.spikes === null ? '—' : String(r.spikes),
  num(r.energy, 9),
  num(r.excess, 2),
  bound(r.gap),
  String(r.positions),
  String(r.suprema),
  num(r.seconds, 2),
];

/** Between which numbers F* lies. */
export function minimumWords({ lower, upper, rows }: MethodComparison): string {
  if (rows.length === 0) return 'no method came to anything';
  const best = rows.filter(r => r.excess === 0).map(r => r.method);
  if (!Number.isFinite(lower))
    return `least F ${num(upper, 12)} (${best.join(', ')}); nothing proves that it is the minimum`;
  return `${numDown(lower, 14)} ≤ F* ≤ ${numUp(upper, 14)}, proven; least F by ${best.join(', ')}`;
}

export const endWords = ({ ok, words }: MethodRow): string => `${ok ? '' : 'not to its end: '}${words}`;

/** Reasons, each with all the methods that it keeps out. */
export function reasonsOf({ leftOut }: MethodComparison): { methods: string; reason: string }[] {
  const reasons = [...new Set(leftOut.map(l => l.reason))];
  return reasons.map(reason => ({
    methods: leftOut
      .filter(l => l.reason === reason)
      .map(l => l.method)
      .join(', '),
    reason,
  }));
}

/** The table, then a line of each method's own words, then what the problem cannot have. */
export function methodsText(c: MethodComparison): string {
  return `${[
    wrapped(`${many(c.rows.length, 'method')} on ${c.title}: ${minimumWords(c)}.`),
    '',
    columns([METHOD_COLUMNS, ...c.rows.map(methodCells)]),
    '',
    wrapped(
      'evaluated: positions at which φ was summed or paired; a supremum of |η| counts apart. gap: F − F* is at most this, by the method’s own bound.',
    ),
    '',
    ...c.rows.map(r => `${r.method}\n${entry('', endWords(r))}`),
    ...(c.leftOut.length > 0 ? ['', 'Not to be had here:'] : []),
    ...reasonsOf(c).map(l => `${wrapped(l.methods)}\n${entry('', l.reason)}`),
  ].join('\n')}\n`;
}

/** One row per method. */
export const methodsCsv = ({ rows }: MethodComparison): string =>
  csv(
    [
      'method',
      'ok',
      'atoms',
      'spikes',
      'energy',
      'excess',
      'gap',
      'rounds',
      'positions',
      'suprema',
      'seconds',
      'words',
    ],
    rows.map(r => [
      r.method,
      String(r.ok),
      r.atoms?.length ?? '',
      r.spikes ?? '',
      r.energy,
      r.excess,
      r.gap,
      r.rounds,
      r.positions,
      r.suprema,
      r.seconds,
      r.words,
    ]),
  );

/** One row per method and look. */
export const methodHistoryCsv = ({ rows }: MethodComparison): string =>
  csv(
    ['method', 'round', 'positions', 'suprema', 'seconds', 'energy', 'gap'],
    rows.flatMap(({ method, history: h }) =>
      h.round.map((round, k) => [method, round, h.positions[k], h.suprema[k], h.seconds[k], h.energy[k], h.gap[k]]),
    ),
  );
