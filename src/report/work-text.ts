/** What a terminal shows of a work–precision study. */
import type { Recommendation, WorkPrecision } from '../work-results.js';
import { columns, wrapped } from './text-table.js';
import { given, many, num, numUp } from './words.js';

const HEAD = ['method', 'rtol', 'error', 'error/rtol', 'evaluations', 'seconds', 'energy defect', 'events', 'outcome'];

function adviceWords({ error, evaluations, seconds }: Recommendation): string {
  const work = `${evaluations.method} with about ${many(Math.round(evaluations.work), 'evaluation')}`;
  const time =
    seconds.method === evaluations.method
      ? `, also the fastest (${num(seconds.work, 2)} s)`
      : `; ${seconds.method} is the fastest (${num(seconds.work, 2)} s)`;
  return `For an error of ${given(error)} take ${work}${time}.`;
}

/** A row per method and tolerance, then what to take. */
export function workText(w: WorkPrecision): string {
  const rows = w.rows.map(r => [
    r.method,
    given(r.rtol),
    Number.isNaN(r.error) ? '—' : `${r.floor ? '≤ ' : ''}${num(r.error, 2)}`,
    Number.isNaN(r.error) ? '—' : num(r.error / r.rtol, 2),
    String(r.outcome.stats.velocityEvaluations),
    num(r.seconds, 2),
    Number.isFinite(r.defect) ? numUp(r.defect, 2) : '—',
    String(r.outcome.stats.events),
    r.outcome.code,
  ]);
  const advice = w.recommended.map(adviceWords);
  return `${[
    wrapped(
      `Work and precision on ${w.problem}, m = ${w.particles}, up to t = ${given(w.end)}. Errors against ${w.reference.method} at rtol ${given(w.reference.rtol)}, itself known to ${numUp(w.reference.error, 2)}; all are by the displacement.`,
    ),
    '',
    columns([HEAD, ...rows]),
    '',
    ...(advice.length > 0
      ? advice.map(a => wrapped(a))
      : ['No method reached an error of 1e-3: nothing to recommend.']),
  ].join('\n')}\n`;
}
