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
  /** Of F, where it is an estimate. */
  readonly standardError?: number[];
  /** The arrays hold every stride-th step: 1, doubled each time they are full. */
  stride: number;
}

/** F rounds to about this share of its size, so a rise below it is no rise. */
const ROUNDING = 16 * Number.EPSILON;

/** More entries than any picture or reader wants; a few times as many no longer fit one JSON text. */
const FULL = 2 ** 19;

/** t, F, D, |u′|_m and, where there is one, the standard error of F. */
type Entry = readonly number[];

/** Appends an entry; full arrays keep every second one, and from then on twice as few are taken. */
function keep(audit: EnergyAudit, entry: Entry, full: number): void {
  const series = [audit.t, audit.energy, audit.dissipation, audit.stationarity, audit.standardError ?? []];
  entry.forEach((x, k) => {
    series[k].push(x);
  });
  if (audit.t.length < full) return;
  audit.stride *= 2;
  for (const a of series) {
    for (let i = 0; 2 * i < a.length; i++) a[i] = a[2 * i];
    a.length = Math.ceil(a.length / 2);
  }
}

export interface AuditOptions {
  /** Entries kept before every second one is dropped. */
  readonly full?: number;
  /**
   * Increasing times: F is measured at the first step that reaches each, not at every one. For stochastic methods, whose steps cost less
   * than F, and whose noise dissipates too: no identity holds.
   */
  readonly looks?: readonly number[] | undefined;
}

/** Whether a step that ends at t is the first to reach one of the times. */
function looking(looks: readonly number[] | undefined): (t: number) => boolean {
  let next = 0;
  return t => {
    if (!looks) return true;
    const from = next;
    while (next < looks.length && looks[next] <= t) next++;
    return next > from;
  };
}

/** @returns the observer; `current` is the audit so far. */
export function energyAudit(
  flow: Flow,
  y0: Vec,
  v0: Vec,
  { full = FULL, looks }: AuditOptions = {},
): Observer<EnergyAudit> & { readonly current: EnergyAudit } {
  const start = flow.energy(y0);
  const scale = Math.abs(start) > 0 ? Math.abs(start) : 1;
  const audit: EnergyAudit = {
    t: [0],
    energy: [start],
    dissipation: [0],
    stationarity: [Math.sqrt(squaredSpeed(flow, y0, v0))],
    ...(flow.standardError && { standardError: [flow.standardError(y0)] }),
    relativeDefect: looks ? Number.NaN : 0,
    rises: 0,
    largestRise: 0,
    stride: 1,
  };
  let last = start;
  let seen = 1;
  const due = looking(looks);
  let entry: Entry | undefined;
  let passedBy: Segment | undefined;
  const measure = (s: Segment) => {
    const energy = flow.energy(s.y1);
    const error = flow.standardError ? [flow.standardError(s.y1)] : [];
    entry = [s.t1, energy, s.dissipation1, Math.sqrt(squaredSpeed(flow, s.y1, s.v1)), ...error];
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
  };
  return {
    name: 'energy',
    see(s: Segment) {
      passedBy = due(s.t1) ? undefined : s;
      if (!passedBy) measure(s);
    },
    current: audit,
    finish() {
      if (passedBy) measure(passedBy);
      passedBy = undefined;
      // The last step is always there, whatever the stride.
      if (entry && audit.t.at(-1) !== entry[0]) keep(audit, entry, Number.POSITIVE_INFINITY);
      return audit;
    },
  };
}
