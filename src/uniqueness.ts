/** Where a flow with kinks of Φ need not be unique, in words. */
import type { Flow, KinkEvent, KinkOwner, RepellingSide, Vec } from './types.js';

/** A kink that pushes to both sides at the start. */
const atStart = ({ particle, sample }: KinkOwner, side: RepellingSide): string =>
  `particle ${particle} starts on kink ${sample} of Φ, which pushes it away to both sides: the flow is not unique there, and the side on which the unit is ${side} was followed; solver.repelling: ${side === 'on' ? 'off' : 'on'} follows the other`;

/** More kinks at once than θ has coordinates. */
const together = (t: number, particle: number, kinks: number): string =>
  `particle ${particle} met ${kinks} kinks of Φ at once at t = ${t.toPrecision(6)}, more than independent inputs meet anywhere but at θ = 0: the flow need not be unique there`;

/**
 * @param events those of the run, each with whose kink it was
 * @param side that was followed from a kink that repels
 */
export function uniquenessNotes(
  flow: Flow,
  y0: Vec,
  events: readonly (KinkEvent & KinkOwner)[],
  side: RepellingSide = 'off',
): string[] {
  const met = new Map<string, { t: number; particle: number; samples: Set<number> }>();
  for (const { t, particle, sample } of events) {
    if (sample === undefined) continue;
    const key = `${t} ${particle}`;
    const at = met.get(key) ?? { t, particle, samples: new Set() };
    met.set(key, at);
    at.samples.add(sample);
  }
  const crowds = [...met.values()].filter(c => c.samples.size >= flow.dim);
  return [
    ...(flow.kinks?.repelling?.(y0) ?? []).map(k => atStart(k, side)),
    ...crowds.slice(0, 3).map(c => together(c.t, c.particle, c.samples.size)),
  ];
}
