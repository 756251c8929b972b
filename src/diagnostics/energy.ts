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

const seriesOf = (a: EnergyAudit): number[][] => [
  a.t,
  a.energy,
  a.dissipation,
  a.stationarity,
  ...(a.standardError ? [a.standardError] : []),
];
const SCALARS = ['relativeDefect', 'rises', 'largestRise', 'stride'] as const;

/** What F is measured at. */
type Point = Pick<Segment, 't1' | 'y1' | 'v1' | 'dissipation1'>;

interface Saved {
  readonly series: readonly string[];
  readonly scalars: string;
  /** The last F, how many steps were seen, the next time to look at, and the last entry if there is one. */
  readonly last: string;
  /** The last step, where it was not measured: t, ∫|u′|², y and v. */
  readonly passedBy: string | null;
}

/** Appends an entry; full arrays keep every second one, and from then on twice as few are taken. */
function keep(audit: EnergyAudit, entry: Entry, full: number): void {
  const series = seriesOf(audit);
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
  /** The method follows another dynamics than the gradient flow, so that no identity holds. */
  readonly departs?: boolean;
}

/** What the audit remembers besides what it shows. */
interface Memory {
  /** The last F, and how many steps were seen. */
  last: number;
  seen: number;
  /** The next time to look at. */
  next: number;
  entry: Entry | undefined;
  /** The last step, where it was not measured. */
  passedBy: Point | undefined;
}

/** Whether a step that ends at t is the first to reach one of the times. */
function isDue(memory: Memory, looks: readonly number[] | undefined, t: number): boolean {
  if (!looks) return true;
  const from = memory.next;
  while (memory.next < looks.length && looks[memory.next] <= t) memory.next++;
  return memory.next > from;
}

const saved = (audit: EnergyAudit, { last, seen, next, entry, passedBy: p }: Memory): Saved => ({
  series: seriesOf(audit).map(encodeDoubles),
  scalars: encodeDoubles(SCALARS.map(key => audit[key])),
  last: encodeDoubles([last, seen, next, ...(entry ?? [])]),
  passedBy: p ? encodeDoubles([p.t1, p.dissipation1, ...p.y1, ...p.v1]) : null,
});

function restore(s: Saved, audit: EnergyAudit, memory: Memory): void {
  for (const [k, list] of seriesOf(audit).entries()) decodeInto(s.series[k], list);
  const scalars = decodeDoubles(s.scalars);
  for (const [k, key] of SCALARS.entries()) audit[key] = scalars[k];
  const [last, seen, next, ...rest] = decodeDoubles(s.last);
  const passedBy = s.passedBy === null ? undefined : pointOf(decodeDoubles(s.passedBy));
  Object.assign(memory, { last, seen, next, entry: rest.length > 0 ? rest : undefined, passedBy });
}

function pointOf(numbers: Vec): Point {
  const n = (numbers.length - 2) / 2;
  const [t1, dissipation1] = numbers;
  return { t1, dissipation1, y1: numbers.slice(2, 2 + n), v1: numbers.slice(2 + n) };
}

/** @returns the observer; `current` is the audit so far. */
export function energyAudit(
  flow: Flow,
  y0: Vec,
  v0: Vec,
  { full = FULL, looks, departs = false }: AuditOptions = {},
): Observer<EnergyAudit> & { readonly current: EnergyAudit } {
  const start = flow.energy(y0);
  const scale = Math.abs(start) > 0 ? Math.abs(start) : 1;
  const audit: EnergyAudit = {
    t: [0],
    energy: [start],
    dissipation: [0],
    stationarity: [Math.sqrt(squaredSpeed(flow, y0, v0))],
    ...(flow.standardError && { standardError: [flow.standardError(y0)] }),
    relativeDefect: looks || departs ? Number.NaN : 0,
    rises: 0,
    largestRise: 0,
    stride: 1,
  };
  const memory: Memory = { last: start, seen: 1, next: 0, entry: undefined, passedBy: undefined };
  const measure = (s: Point) => {
    const energy = flow.energy(s.y1);
    const error = flow.standardError ? [flow.standardError(s.y1)] : [];
    memory.entry = [s.t1, energy, s.dissipation1, Math.sqrt(squaredSpeed(flow, s.y1, s.v1)), ...error];
    if (memory.seen++ % audit.stride === 0) keep(audit, memory.entry, full);
    const defect = Math.abs(energy + s.dissipation1 - start) / scale;
    // Math.max keeps a NaN, whatever comes after it.
    audit.relativeDefect = Math.max(audit.relativeDefect, defect);
    const rise = energy - memory.last;
    if (!(rise <= ROUNDING * Math.max(scale, Math.abs(memory.last)))) {
      audit.rises++;
      audit.largestRise = Math.max(audit.largestRise, rise);
    }
    memory.last = energy;
  };
  return {
    name: 'energy',
    see(s: Segment) {
      memory.passedBy = isDue(memory, looks, s.t1) ? undefined : s;
      if (!memory.passedBy) measure(s);
    },
    current: audit,
    save: () => saved(audit, memory),
    restore: from => restore(from as Saved, audit, memory),
    finish() {
      if (memory.passedBy) measure(memory.passedBy);
      memory.passedBy = undefined;
      // The last step is always there, whatever the stride.
      if (memory.entry && audit.t.at(-1) !== memory.entry[0]) keep(audit, memory.entry, Number.POSITIVE_INFINITY);
      return audit;
    },
  };
}
