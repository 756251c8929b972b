import { decodeDoubles, decodeInto, encodeDoubles } from '../math/doubles.js';
import { squaredSpeed } from '../math/vec.js';
import type { Flow, Observer, Segment, Vec } from '../types.js';

/** F and ∫|u′|²_m along accepted steps, and how well F(t) + ∫|u′|²_m = F(0) holds (Chizat & Bach 2018, Proposition 2.3). */
export interface EnergyAudit {
  readonly t: number[];
  readonly energy: number[];
  readonly dissipation: number[];
  /** |u′|_m. */
  readonly stationarity: number[];
  /** max |F + ∫|u′|² − F(0)| / |F(0)|. */
  relativeDefect: number;
  rises: number;
  largestRise: number;
  /** The arrays hold every stride-th step: 1, doubled each time they are full. */
  stride: number;
}

/** F rounds to about this share of its size, so a rise below it is no rise. */
const ROUNDING = 16 * Number.EPSILON;

/** More entries than any picture or reader wants; a few times as many no longer fit one JSON text. */
const FULL = 2 ** 19;

type Entry = readonly [t: number, energy: number, dissipation: number, stationarity: number];

const SERIES = ['t', 'energy', 'dissipation', 'stationarity'] as const;
const SCALARS = ['relativeDefect', 'rises', 'largestRise', 'stride'] as const;

interface Saved {
  readonly series: readonly string[];
  readonly scalars: string;
  /** The last F, how many steps were seen, and the last entry if there is one. */
  readonly last: string;
}

/** Appends an entry; full arrays keep every second one, and from then on twice as few are taken. */
function keep(audit: EnergyAudit, entry: Entry, full: number): void {
  const series = SERIES.map(key => audit[key]);
  series.forEach((a, k) => {
    a.push(entry[k]);
  });
  if (audit.t.length < full) return;
  audit.stride *= 2;
  for (const a of series) {
    for (let i = 0; 2 * i < a.length; i++) a[i] = a[2 * i];
    a.length = Math.ceil(a.length / 2);
  }
}

/** @returns the observer; `current` is the audit so far. */
export function energyAudit(
  flow: Flow,
  y0: Vec,
  v0: Vec,
  full = FULL,
): Observer<EnergyAudit> & { readonly current: EnergyAudit } {
  const start = flow.energy(y0);
  const scale = Math.abs(start) > 0 ? Math.abs(start) : 1;
  const audit: EnergyAudit = {
    t: [0],
    energy: [start],
    dissipation: [0],
    stationarity: [Math.sqrt(squaredSpeed(flow, y0, v0))],
    relativeDefect: 0,
    rises: 0,
    largestRise: 0,
    stride: 1,
  };
  let last = start;
  let seen = 1;
  let entry: Entry | undefined;
  return {
    name: 'energy',
    see(s: Segment) {
      const energy = flow.energy(s.y1);
      entry = [s.t1, energy, s.dissipation1, Math.sqrt(squaredSpeed(flow, s.y1, s.v1))];
      if (seen++ % audit.stride === 0) keep(audit, entry, full);
      const defect = Math.abs(energy + s.dissipation1 - start) / scale;
      // Math.max keeps a NaN, whatever comes after it.
      audit.relativeDefect = Math.max(audit.relativeDefect, defect);
      const rise = energy - last;
      if (!(rise <= ROUNDING * Math.max(scale, Math.abs(last)))) {
        audit.rises++;
        audit.largestRise = Math.max(audit.largestRise, rise);
      }
      last = energy;
    },
    current: audit,
    save: (): Saved => ({
      series: SERIES.map(key => encodeDoubles(audit[key])),
      scalars: encodeDoubles(SCALARS.map(key => audit[key])),
      last: encodeDoubles([last, seen, ...(entry ?? [])]),
    }),
    restore(saved) {
      const s = saved as Saved;
      for (const [k, key] of SERIES.entries()) decodeInto(s.series[k], audit[key]);
      const scalars = decodeDoubles(s.scalars);
      for (const [k, key] of SCALARS.entries()) audit[key] = scalars[k];
      const [energy, count, ...rest] = decodeDoubles(s.last);
      [last, seen] = [energy, count];
      entry = rest.length > 0 ? (rest as unknown as Entry) : undefined;
    },
    finish() {
      // The last step is always there, whatever the stride.
      if (entry && audit.t.at(-1) !== entry[0]) keep(audit, entry, Number.POSITIVE_INFINITY);
      return audit;
    },
  };
}
